//! What pages may know of telephony. Cheap to clone, never blocks.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use arc_swap::ArcSwap;
use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::{mpsc, oneshot, watch};

pub use crate::call::board::{
    Board, CallStage, CallView, Direction, OperatorState, OperatorView, Order, OrderRefused, QueueToday,
    QueueView, RecordingView, Side, Supervision, WaitingView, Warning,
};

use super::announcing::{Announce, Announced, Ended};
pub use super::dialling::DialCall;
use super::dialling::{DialNews, DialRequest, order_refused};
pub use super::door::{BanView, Desk, DoorCounts, RegistrationView, SafetyView, SourceView};
pub use super::speech::{Heard, Recorded, Speech, SpeechError};
use super::tls;
pub use super::tls::TlsError;
use crate::call::switch::{DialView, NotPlaced};
use crate::domain::id::DialCampaignId;
use crate::domain::queue::QueueSettings;

/// A trunk as an administrator wants to see it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TrunkStatus {
    pub name: String,
    /// Addresses from which it may call in.
    pub peers: Vec<String>,
    /// When something last came from it.
    pub last_seen: Option<Timestamp>,
    /// As configured; empty for a trunk that only calls in.
    pub server: String,
    /// `UDP`, `TCP` or `TLS`.
    pub transport: &'static str,
    /// Where the server is, in the order in which it is tried; the one in use is `current`.
    pub targets: Vec<String>,
    pub current: Option<String>,
    pub state: TrunkState,
    pub registered_until: Option<Timestamp>,
    pub last_error: Option<String>,
    pub round_trip_ms: Option<u64>,
    /// Calls at once, now and at most (0: no limit).
    pub channels: u32,
    pub max_channels: u32,
    /// Today, in the currency of the tariffs; at most (0: no limit).
    pub spent: f64,
    pub daily_spend: f64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TrunkState {
    /// It has no server: it calls, and we cannot ask it.
    #[default]
    ByAddress,
    /// Nothing was heard yet.
    Trying,
    Up,
    Registered,
    Down,
}

/// Orders that wait for the exchange, which takes them many times a second: more is a page gone mad.
const ORDERS: usize = 256;

/// Of calls to be dialled; who dials waits for a line first.
const ANNOUNCEMENTS: usize = 64;

#[derive(Clone, Debug, Default)]
pub struct TelephonyHandle(Arc<Shared>);

/// An order on its way, and where its answer goes.
pub(super) type Ordered = (Order, oneshot::Sender<Result<(), OrderRefused>>);

#[derive(Debug, Default)]
struct Shared {
    board: ArcSwap<Board>,
    door: Desk,
    /// Counts the boards.
    changed: watch::Sender<u64>,
    orders: Mutex<Option<mpsc::Sender<Ordered>>>,
    announcements: Mutex<Option<mpsc::Sender<Announced>>>,
    dials: Mutex<Option<mpsc::Sender<DialRequest>>>,
    /// For the dialler, which takes it once.
    dial_news: Mutex<Option<mpsc::Receiver<DialNews>>>,
    /// What is read to citizens is spoken by it.
    speech: OnceLock<Speech>,
    live: AtomicU64,
    accepted: AtomicU64,
    refused: AtomicU64,
    /// Where the listeners stand; empty before the start and after the end.
    listening: Mutex<Vec<String>>,
    trunks: Mutex<Vec<TrunkStatus>>,
    /// Of the TLS listener, when there is one.
    identity: Mutex<Option<Arc<tls::Identity>>>,
}

impl TelephonyHandle {
    pub fn live_calls(&self) -> u64 {
        self.0.live.load(Ordering::Relaxed)
    }

    /// Since the start.
    pub fn accepted_calls(&self) -> u64 {
        self.0.accepted.load(Ordering::Relaxed)
    }

    /// Refused for overload, since the start.
    pub fn refused_calls(&self) -> u64 {
        self.0.refused.load(Ordering::Relaxed)
    }

    pub fn listening(&self) -> Vec<String> {
        self.0.listening.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn trunks(&self) -> Vec<TrunkStatus> {
        self.0.trunks.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the TLS certificate again at once; with a mistake in it the old one goes on. Blocks for the files.
    pub fn reload_certificate(&self) -> Result<(), TlsError> {
        let identity = self.0.identity.lock().unwrap_or_else(PoisonError::into_inner).clone();
        identity.map_or(Ok(()), |identity| identity.reload())
    }

    /// Phones that are registered, bans.
    pub fn door(&self) -> &Desk {
        &self.0.door
    }

    /// What goes on now.
    pub fn board(&self) -> Arc<Board> {
        self.0.board.load_full()
    }

    /// Changes when there is a new board: a few times a second at most.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.0.changed.subscribe()
    }

    /// Done, or refused with the reason.
    pub async fn order(&self, order: Order) -> Result<(), OrderRefused> {
        let orders = self.0.orders.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (answer, answered) = oneshot::channel();
        orders
            .ok_or(OrderRefused::NotRunning)?
            .send((order, answer))
            .await
            .map_err(|_| OrderRefused::NotRunning)?;
        answered.await.unwrap_or(Err(OrderRefused::NotRunning))
    }

    /// The exchange is there and takes orders.
    pub(super) fn take_orders(&self) -> mpsc::Receiver<Ordered> {
        let (sender, receiver) = mpsc::channel(ORDERS);
        *self.0.orders.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender);
        receiver
    }

    /// What messages to be read sound like, while they are prepared. `None`: telephony does not run.
    pub fn speech(&self) -> Option<&Speech> {
        self.0.speech.get()
    }

    pub fn speak_with(&self, speech: Speech) {
        let _ = self.0.speech.set(speech);
    }

    /// Journals a call and dials it, or says why nothing was done. What it resolves to resolves when the call is over.
    pub(super) async fn announce(&self, announce: Announce) -> Result<oneshot::Receiver<Ended>, NotPlaced> {
        let calls = self.0.announcements.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (answer, answered) = oneshot::channel();
        let sent = calls.ok_or(NotPlaced::NotRunning)?.send((announce, answer)).await;
        sent.map_err(|_| NotPlaced::NotRunning)?;
        // Not taken up any more: nothing was dialled.
        answered.await.unwrap_or(Err(NotPlaced::NotRunning))
    }

    /// The exchange is there and dials.
    pub(super) fn take_announcements(&self) -> mpsc::Receiver<Announced> {
        let (sender, receiver) = mpsc::channel(ANNOUNCEMENTS);
        *self.0.announcements.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender);
        receiver
    }

    /// The contact that an operator looked at, or picked, is called, and joined with them when they answer.
    pub async fn dial_with_operator(&self, call: DialCall) -> Result<(), OrderRefused> {
        self.dial(call).await.map_err(|why| order_refused(&why))
    }

    /// Journals a call of a campaign and dials it, or says why nothing was done.
    pub(super) async fn dial(&self, call: DialCall) -> Result<(), NotPlaced> {
        let (answer, answered) = oneshot::channel();
        self.ask_to_dial(DialRequest::Place(Box::new(call), answer)).await;
        answered.await.unwrap_or(Err(NotPlaced::NotRunning))
    }

    /// `None`: telephony does not run.
    pub(super) async fn dial_view(&self) -> Option<DialView> {
        let (answer, answered) = oneshot::channel();
        self.ask_to_dial(DialRequest::View(answer)).await;
        answered.await.ok()
    }

    pub(super) async fn dial_queues(&self, queues: Vec<QueueSettings>) {
        self.ask_to_dial(DialRequest::Queues(queues)).await;
    }

    /// What rings for this campaign is ended.
    pub(super) async fn dial_break_off(&self, campaign: DialCampaignId) {
        self.ask_to_dial(DialRequest::BreakOff(campaign)).await;
    }

    /// One that is not taken up is answered by its channel being dropped.
    async fn ask_to_dial(&self, request: DialRequest) {
        let dials = self.0.dials.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(dials) = dials {
            let _ = dials.send(request).await;
        }
    }

    /// The exchange is there and dials for campaigns; `news`: what becomes of it.
    pub(super) fn take_dials(&self, news: mpsc::Receiver<DialNews>) -> mpsc::Receiver<DialRequest> {
        let (sender, receiver) = mpsc::channel(ANNOUNCEMENTS);
        *self.0.dials.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender);
        *self.0.dial_news.lock().unwrap_or_else(PoisonError::into_inner) = Some(news);
        receiver
    }

    /// Once: there is one dialler.
    pub(super) fn take_dial_news(&self) -> Option<mpsc::Receiver<DialNews>> {
        self.0.dial_news.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(super) fn set_board(&self, board: Board) {
        self.0.board.store(Arc::new(board));
        self.0.changed.send_modify(|count| *count += 1);
    }

    pub(super) fn set_listening(&self, listening: Vec<String>) {
        *self.0.listening.lock().unwrap_or_else(PoisonError::into_inner) = listening;
    }

    pub(super) fn set_identity(&self, identity: Arc<tls::Identity>) {
        *self.0.identity.lock().unwrap_or_else(PoisonError::into_inner) = Some(identity);
    }

    pub(super) fn set_trunks(&self, trunks: Vec<TrunkStatus>) {
        *self.0.trunks.lock().unwrap_or_else(PoisonError::into_inner) = trunks;
    }

    pub(super) fn update_trunk(&self, trunk: usize, change: impl FnOnce(&mut TrunkStatus)) {
        if let Some(trunk) = self.0.trunks.lock().unwrap_or_else(PoisonError::into_inner).get_mut(trunk) {
            change(trunk);
        }
    }

    pub(super) fn seen(&self, trunk: usize, at: Timestamp) {
        if let Some(trunk) = self.0.trunks.lock().unwrap_or_else(PoisonError::into_inner).get_mut(trunk) {
            trunk.last_seen = Some(at);
        }
    }

    pub(super) fn set_live(&self, live: usize) {
        self.0.live.store(live as u64, Ordering::Relaxed);
    }

    pub(super) fn accepted(&self) {
        self.0.accepted.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn refused(&self) {
        self.0.refused.fetch_add(1, Ordering::Relaxed);
    }
}
