//! A small SMSC: binds, submits, receipts, texts from citizens, and the faults of real ones at the turn of a switch.
//!
//! It stores and forwards like the real thing: a text that is not acknowledged is delivered again, on the next link if
//! there is one. The demonstration, the tests and the load programs talk to the server through it.

mod link;
mod receipt;

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, broadcast, watch};
use tokio_util::sync::CancellationToken;

use self::link::Link;
use crate::clock::Clock;
use crate::protocol::smpp::pdu::{Address, Message, Pdu};
use crate::protocol::smpp::split::{self, Concatenation, SplitError};
use crate::protocol::smpp::status::Status;
use crate::protocol::smpp::text::{self, DefaultAlphabet};

/// Texts that the log remembers; older ones are forgotten, so that a demonstration can run for weeks.
const LOG_LENGTH: usize = 10_000;
/// Long texts of which not every part has come.
const OPEN_TEXTS: usize = 1_000;
/// Then the citizen's text is given up, as an SMSC does when its validity period is over.
const DELIVERY_ATTEMPTS: usize = 1_000;

#[derive(Clone, Debug)]
pub struct Options {
    pub system_id: String,
    pub password: String,
    /// After so long the phone has the text and the receipt is sent; `None`: no receipts at all.
    pub receipt_after: Option<Duration>,
    pub ids: Ids,
    /// Unacknowledged deliver_sm at once.
    pub window: usize,
    /// How long it waits for a deliver_sm_resp.
    pub response_timeout: Duration,
    /// How long it waits before it delivers again.
    pub redeliver_after: Duration,
    pub enquire_every: Option<Duration>,
    /// Keep what is received for [`SmscHandle::received`]. A load program does without.
    pub keep_log: bool,
    pub faults: Faults,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            system_id: "odziv".into(),
            password: "odziv".into(),
            receipt_after: Some(Duration::from_secs(2)),
            ids: Ids::Decimal,
            window: 20,
            response_timeout: Duration::from_secs(10),
            redeliver_after: Duration::from_secs(1),
            enquire_every: Some(Duration::from_secs(30)),
            keep_log: true,
            faults: Faults::default(),
        }
    }
}

/// How the message id stands in submit_sm_resp and how in the receipt: every one of these is found in the wild.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ids {
    #[default]
    Decimal,
    /// Hexadecimal in the answer, decimal in the receipt.
    HexThenDecimal,
    /// Decimal in the answer, padded with zeros in the receipt.
    Padded,
    Uuid,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Every n-th submit is answered by ESME_RTHROTTLED.
    pub throttle_every: Option<u64>,
    /// At every n-th submit the connection is dropped before the answer.
    pub drop_every: Option<u64>,
    /// More submits than this in one second are answered by ESME_RTHROTTLED.
    pub takes_per_second: Option<u64>,
    /// Every submit is answered by ESME_RMSGQFUL.
    pub full: bool,
    /// Every n-th submit is taken, and the connection is dropped instead of the answer; its receipt goes out all the same.
    pub take_and_drop_every: Option<u64>,
    /// No receipt for every n-th submit, whatever becomes of it.
    pub forget_receipt_every: Option<u64>,
    /// query_sm is not known here.
    pub knows_no_queries: bool,
    /// Every n-th submit is refused for good.
    pub reject_every: Option<u64>,
    /// The receipt of every n-th submit says UNDELIV.
    pub undeliverable_every: Option<u64>,
    /// The receipt is sent before the answer to the submit.
    pub receipt_first: bool,
    /// The receipt is sent twice.
    pub receipt_twice: bool,
    /// Every text of a citizen is delivered a second time, as if the acknowledgement had been lost.
    pub deliver_twice: bool,
    /// Nothing is answered any more, the connection stays open.
    pub silent: bool,
}

/// One text that came from our side, joined from its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedText {
    /// In the notation of the wire, without a plus.
    pub to: String,
    pub from: String,
    pub words: String,
    /// As answered, one for every part.
    pub message_ids: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeliverError {
    #[error("refused: {0}")]
    Refused(Status),
    #[error("nobody took it")]
    GaveUp,
    #[error(transparent)]
    Split(#[from] SplitError),
}

#[derive(Debug)]
pub struct Smsc;

impl Smsc {
    /// Port 0 takes a free one; [`SmscHandle::address`] says which.
    pub async fn start(address: SocketAddr, options: Options, clock: Clock) -> std::io::Result<SmscHandle> {
        let listener = TcpListener::bind(address).await?;
        let shared = Arc::new(Shared {
            address: listener.local_addr()?,
            faults: Mutex::new(options.faults),
            window: Semaphore::new(options.window),
            options,
            links: Mutex::default(),
            bound: watch::Sender::new(0),
            log: Mutex::default(),
            news: broadcast::Sender::new(1024),
            submits: AtomicU64::new(0),
            throttled: AtomicU64::new(0),
            queries: AtomicU64::new(0),
            second: Mutex::default(),
            started: clock.instant(),
            references: AtomicU64::new(0),
            stop: CancellationToken::new(),
            clock,
        });
        tokio::spawn(link::accept(listener, Arc::clone(&shared)));
        Ok(SmscHandle(shared))
    }
}

/// Cheap to clone. The SMSC runs until [`SmscHandle::stop`].
#[derive(Clone, Debug)]
pub struct SmscHandle(Arc<Shared>);

impl SmscHandle {
    pub fn address(&self) -> SocketAddr {
        self.0.address
    }

    /// A citizen texts. Resolves when every part was acknowledged.
    pub async fn send_text(&self, from: &str, to: &str, words: &str) -> Result<(), DeliverError> {
        self.deliver(self.parts(from, to, words)?).await
    }

    /// The parts of a text as a phone would send them, for those who want to shuffle, double or lose some.
    pub fn parts(&self, from: &str, to: &str, words: &str) -> Result<Vec<Message>, SplitError> {
        let reference = (self.0.references.fetch_add(1, Ordering::Relaxed) % 256) as u16;
        let parts = split::split(words, reference, DefaultAlphabet::Gsm7, Concatenation::Udh)?;
        let message = |part: split::Outgoing| Message {
            source: Address::of(from),
            destination: Address::of(to),
            esm_class: if part.udh { 0x40 } else { 0 },
            data_coding: part.data_coding,
            body: part.body,
            ..Message::default()
        };
        Ok(parts.into_iter().map(message).collect())
    }

    /// Delivers in the order given, all within the window at once; each again until it is acknowledged.
    pub async fn deliver(&self, messages: Vec<Message>) -> Result<(), DeliverError> {
        let outcomes = join_all(messages.into_iter().map(|message| self.0.deliver(message))).await;
        outcomes.into_iter().collect()
    }

    /// The log of texts that came from our side, oldest first.
    pub fn received(&self) -> Vec<ReceivedText> {
        lock(&self.0.log).texts.iter().cloned().collect()
    }

    /// Texts from our side as they come.
    pub fn listen(&self) -> broadcast::Receiver<ReceivedText> {
        self.0.news.subscribe()
    }

    /// Submits that were answered by ESME_RTHROTTLED or ESME_RMSGQFUL.
    pub fn throttled(&self) -> u64 {
        self.0.throttled.load(Ordering::Relaxed)
    }

    /// Questions about messages (query_sm).
    pub fn queries(&self) -> u64 {
        self.0.queries.load(Ordering::Relaxed)
    }

    /// Parts that were submitted, refused ones included.
    pub fn submits(&self) -> u64 {
        self.0.submits.load(Ordering::Relaxed)
    }

    pub fn set_faults(&self, faults: Faults) {
        *lock(&self.0.faults) = faults;
    }

    /// Links that are bound now and take texts of citizens.
    pub fn bound(&self) -> usize {
        *self.0.bound.borrow()
    }

    pub async fn wait_bound(&self) {
        let _ = self.0.bound.subscribe().wait_for(|bound| *bound > 0).await;
    }

    /// Cuts every connection without a word.
    pub fn drop_links(&self) {
        for link in lock(&self.0.links).drain(..) {
            link.close();
        }
    }

    pub fn stop(&self) {
        self.0.stop.cancel();
        self.drop_links();
    }
}

#[derive(Debug)]
struct Shared {
    address: SocketAddr,
    clock: Clock,
    options: Options,
    faults: Mutex<Faults>,
    window: Semaphore,
    links: Mutex<Vec<Arc<Link>>>,
    bound: watch::Sender<usize>,
    log: Mutex<Log>,
    news: broadcast::Sender<ReceivedText>,
    submits: AtomicU64,
    throttled: AtomicU64,
    queries: AtomicU64,
    /// The second since the start, and submits taken in it.
    second: Mutex<(u64, u64)>,
    started: Instant,
    references: AtomicU64,
    stop: CancellationToken,
}

impl Shared {
    async fn deliver(&self, message: Message) -> Result<(), DeliverError> {
        let _turn = self.window.acquire().await.map_err(|_| DeliverError::GaveUp)?;
        self.deliver_once(&message).await?;
        if self.faults().deliver_twice && !message.is_receipt() {
            self.deliver_once(&message).await?;
        }
        Ok(())
    }

    /// Until it is acknowledged; what happens in between is redelivery.
    async fn deliver_once(&self, message: &Message) -> Result<(), DeliverError> {
        for _ in 0..DELIVERY_ATTEMPTS {
            let link = self.bound_link().await.ok_or(DeliverError::GaveUp)?;
            match link.request(Pdu::DeliverSm(message.clone()), self.options.response_timeout).await {
                Some(status) if status.is_ok() => return Ok(()),
                Some(status) if !status.is_temporary() => return Err(DeliverError::Refused(status)),
                _ => tokio::time::sleep(self.options.redeliver_after).await,
            }
        }
        Err(DeliverError::GaveUp)
    }

    /// Waits for one. `None` when the SMSC stops.
    async fn bound_link(&self) -> Option<Arc<Link>> {
        let mut bound = self.bound.subscribe();
        loop {
            if let Some(link) = lock(&self.links).last() {
                return Some(Arc::clone(link));
            }
            tokio::select! {
                () = self.stop.cancelled() => return None,
                changed = bound.changed() => changed.ok()?,
            }
        }
    }

    /// Whether this second has room for one more submit.
    fn has_room(&self, most: u64) -> bool {
        let now = self.clock.instant().saturating_duration_since(self.started).as_secs();
        let mut second = lock(&self.second);
        if second.0 != now {
            *second = (now, 0);
        }
        second.1 += 1;
        second.1 <= most
    }

    fn faults(&self) -> Faults {
        *lock(&self.faults)
    }

    fn record(&self, message: &Message, message_id: &str, delivered: bool) {
        if !self.options.keep_log {
            return;
        }
        let mut log = lock(&self.log);
        if log.ends.len() >= LOG_LENGTH {
            log.ends.clear();
        }
        log.ends.insert(message_id.to_owned(), delivered);
        if let Some(text) = log.add(message, message_id) {
            let _ = self.news.send(text);
        }
    }
}

#[derive(Debug, Default)]
struct Log {
    texts: VecDeque<ReceivedText>,
    /// By recipient and reference.
    open: HashMap<(String, u16), Vec<ReceivedPart>>,
    /// Whether each part reached its telephone.
    ends: HashMap<String, bool>,
}

#[derive(Debug)]
struct ReceivedPart {
    index: u8,
    units: Vec<u16>,
    message_id: String,
}

impl Log {
    /// Returns the text when it is complete.
    fn add(&mut self, message: &Message, message_id: &str) -> Option<ReceivedText> {
        let read = text::read(message, DefaultAlphabet::Gsm7);
        let (units, message_ids) = match read.part {
            None => (read.units, vec![message_id.to_owned()]),
            Some(part) => {
                if self.open.len() >= OPEN_TEXTS {
                    self.open.clear();
                }
                let key = (message.destination.digits.clone(), part.reference);
                let parts = self.open.entry(key.clone()).or_default();
                parts.push(ReceivedPart {
                    index: part.index,
                    units: read.units,
                    message_id: message_id.to_owned(),
                });
                if parts.len() < usize::from(part.total) {
                    return None;
                }
                let mut parts = self.open.remove(&key)?;
                parts.sort_by_key(|part| part.index);
                let ids = parts.iter().map(|part| part.message_id.clone()).collect();
                (parts.into_iter().flat_map(|part| part.units).collect(), ids)
            }
        };
        let text = ReceivedText {
            to: message.destination.digits.clone(),
            from: message.source.digits.clone(),
            words: String::from_utf16_lossy(&units),
            message_ids,
        };
        if self.texts.len() >= LOG_LENGTH {
            self.texts.pop_front();
        }
        self.texts.push_back(text.clone());
        Some(text)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
