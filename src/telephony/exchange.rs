//! The one task that owns all of SIP: what arrives is handed to the agent and the calls, what they want is done. No lock, no waiting:
//! whatever takes time (store, media) is started here and comes back through a channel.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::admission::Admission;
use super::door::{Clerk, Door, DoorEvent, Opening};
use super::handle::{TelephonyHandle, TrunkStatus};
use super::live::Live;
use super::media::{LegId, MediaEvent, MediaHandle};
use super::peers::Peers;
use super::plans::Plans;
use super::prompts::Prompts;
use super::tcp::{self, Connections, TcpEvent};
use super::udp::{self, Udp};
use super::writer::{Writer, Written};
use crate::actions::Actions;
use crate::call::Input;
use crate::clock::Clock;
use crate::config::sip::Sip;
use crate::protocol::sip::Transport;
use crate::protocol::sip::agent::{Agent, DialogId, Event};
use crate::protocol::sip::message::{Method, Status};
use crate::protocol::sip::transaction::timers::Timers;

/// What telephony is made of. The media engine and the plans are running already.
#[derive(Debug)]
pub struct Parts {
    pub config: Sip,
    pub clock: Clock,
    pub actions: Actions,
    pub media: MediaHandle,
    pub media_events: mpsc::Receiver<MediaEvent>,
    pub prompts: Prompts,
    pub plans: Plans,
    /// Recordings are written below it.
    pub data: std::path::PathBuf,
    /// Zone of the plans' schedules.
    pub zone: jiff::tz::TimeZone,
    /// Whose notation callers without a country code are in.
    pub country: String,
}

/// A call, named after its dialog.
pub(super) type CallKey = u64;

/// Datagrams and results taken at one go, so that neither starves the other.
pub(super) const BATCH: usize = 256;

/// Every call has at most one writing under way; with more calls than this the writers wait a moment for the exchange.
const WRITTEN: usize = 4_096;

/// At the end of the program calls are ended and written; what is not done by then is found in the journal at the next start.
const LAST_WORDS: Duration = Duration::from_secs(6);

/// A recording with less voice than a short word is noise of the line: nothing was said.
const LEAST_VOICE: Duration = Duration::from_millis(200);

/// A call looks at its clock at least so often. Without this the timers of calls long over would lie around for hours.
const LONGEST_NAP: Duration = Duration::from_secs(60);

/// Listens at once (an address in use is an error here), then runs until `stop`.
pub async fn start(
    parts: Parts,
    handle: TelephonyHandle,
    stop: CancellationToken,
) -> std::io::Result<(SocketAddr, impl Future<Output = ()> + Send + 'static)> {
    let tcp_listener = TcpListener::bind(parts.config.listen).await?;
    // With port 0 both get the port that the system chose for TCP.
    let bound = tcp_listener.local_addr()?;
    let udp = Udp::new(udp::bind(bound)?)?;
    let peers = Peers::new(&parts.config, bound);
    let (tcp_sender, tcp_events) = mpsc::channel(tcp::INCOMING);
    let (results, written) = mpsc::channel(WRITTEN);
    tokio::spawn(tcp::accept(tcp_listener, tcp_sender.clone(), stop.clone()));
    handle.set_listening(vec![format!("udp {bound}"), format!("tcp {bound}")]);
    handle.set_trunks(
        parts
            .config
            .trunk
            .iter()
            .map(|trunk| TrunkStatus {
                name: trunk.name.clone(),
                peers: trunk.peers.iter().map(ToString::to_string).collect(),
                last_seen: None,
            })
            .collect(),
    );
    let now = parts.clock.instant();
    let (clerk, opening) =
        Clerk::start(parts.actions.clone(), &parts.config.realm).await.map_err(std::io::Error::other)?;
    let Opening { directory, bindings, events, incoming: door_events } = opening;
    handle.door().attach(events);
    let mut door = Door::new(peers, bound, &parts.config.realm, clerk, now);
    door.open(directory, bindings, now, parts.clock.now());
    let exchange = Exchange {
        agent: Agent::new(rand::random()),
        admission: Admission::new(&parts.config, now),
        calls: HashMap::new(),
        journaling: 0,
        by_leg: HashMap::new(),
        timers: Timers::default(),
        door,
        connections: Connections::default(),
        tcp_sender,
        udp,
        bound,
        writer: Writer::new(parts.actions.clone(), results),
        handle,
        stopping: false,
        parts: Shared {
            config: parts.config,
            clock: parts.clock,
            media: parts.media,
            prompts: parts.prompts,
            plans: parts.plans,
            data: parts.data,
            zone: parts.zone,
            country: parts.country,
        },
    };
    Ok((bound, exchange.run(tcp_events, parts.media_events, written, door_events, stop)))
}

pub(super) struct Exchange {
    pub agent: Agent,
    pub(super) admission: Admission,
    pub calls: HashMap<CallKey, Live>,
    /// Calls whose journal is being written.
    pub journaling: usize,
    pub by_leg: HashMap<LegId, CallKey>,
    pub timers: Timers,
    pub door: Door,
    pub(super) connections: Connections,
    /// For connections that we open.
    tcp_sender: mpsc::Sender<TcpEvent>,
    pub(super) udp: Udp,
    pub(super) bound: SocketAddr,
    pub writer: Writer,
    pub handle: TelephonyHandle,
    pub(super) stopping: bool,
    pub parts: Shared,
}

/// What calls use.
pub(super) struct Shared {
    pub config: Sip,
    pub clock: Clock,
    pub media: MediaHandle,
    pub prompts: Prompts,
    pub plans: Plans,
    pub data: std::path::PathBuf,
    pub zone: jiff::tz::TimeZone,
    /// Whose notation callers without a country code are in.
    pub country: String,
}

impl Exchange {
    async fn run(
        mut self,
        mut tcp: mpsc::Receiver<TcpEvent>,
        mut media: mpsc::Receiver<MediaEvent>,
        mut written: mpsc::Receiver<Written>,
        mut door_events: mpsc::Receiver<DoorEvent>,
        stop: CancellationToken,
    ) {
        let mut deadline = None;
        loop {
            let due = [self.agent.poll_timeout(), self.timers.next(), self.door.poll_timeout(), deadline]
                .into_iter()
                .flatten()
                .min();
            let nap = due.unwrap_or_else(|| self.now() + LONGEST_NAP);
            tokio::select! {
                () = stop.cancelled(), if !self.stopping => {
                    deadline = Some(self.now() + LAST_WORDS);
                    self.stop();
                }
                () = self.udp.readable() => self.read_datagrams(),
                Some(event) = tcp.recv() => self.tcp_event(event),
                Some(event) = media.recv() => {
                    self.media_event(event);
                    drain(&mut media, |event| self.media_event(event));
                }
                Some(done) = written.recv() => {
                    self.was_written(done);
                    drain(&mut written, |done| self.was_written(done));
                }
                Some(event) = door_events.recv() => self.door_event(event),
                () = tokio::time::sleep_until(nap.into()) => self.timeouts(),
            }
            self.work();
            if self.stopping && (self.calls.is_empty() || deadline.is_some_and(|end| end <= self.now())) {
                break;
            }
        }
        if !self.calls.is_empty() {
            tracing::warn!(calls = self.calls.len(), "calls are left to the journal");
        }
        let (now, at) = (self.now(), self.parts.clock.now());
        self.door.close(now, at).await;
        self.handle.set_listening(Vec::new());
        tracing::info!("telephony stopped");
    }

    pub(super) fn now(&self) -> Instant {
        self.parts.clock.instant()
    }

    /// Ends every call; new ones are refused from now on.
    fn stop(&mut self) {
        self.stopping = true;
        let keys: Vec<CallKey> = self.calls.keys().copied().collect();
        for key in keys {
            self.tell(key, Input::Stopping);
        }
    }

    fn media_event(&mut self, event: MediaEvent) {
        let (leg, input) = match event {
            MediaEvent::Played { leg, tag } => (leg, Input::Played(tag)),
            MediaEvent::Digit { leg, digit } => return self.media_digit(leg, digit),
            MediaEvent::Recorded { leg, length, voice } => {
                (leg, Input::Recorded(if voice < LEAST_VOICE { Duration::ZERO } else { length }))
            }
            MediaEvent::RecordingFailed { leg, reason } => {
                metrics::counter!("odziv_telephony_recordings_failed_total").increment(1);
                tracing::error!(reason, "a recording failed");
                (leg, Input::RecordingFailed)
            }
            MediaEvent::Silent { leg } => (leg, Input::Silent),
            MediaEvent::NothingArrives { leg, signalled } => {
                metrics::counter!("odziv_telephony_one_way_audio_total").increment(1);
                tracing::warn!(leg = leg.0, %signalled, "the peer's packets do not arrive; this is where its SDP says it is");
                return;
            }
            MediaEvent::Arrives { leg, from } => {
                tracing::info!(leg = leg.0, %from, "the peer's packets arrive after all");
                return;
            }
            MediaEvent::Closed { leg, counters } => {
                tracing::debug!(leg = leg.0, ?counters, "media closed");
                return;
            }
        };
        if let Some(&key) = self.by_leg.get(&leg) {
            self.tell(key, input);
        }
    }

    fn timeouts(&mut self) {
        let now = self.now();
        self.agent.handle_timeout(now);
        self.door_timeouts();
        while let Some(key) = self.timers.pop(now) {
            if let Some(live) = self.calls.get_mut(&key) {
                live.armed.popped(now);
                self.tick(key);
            }
        }
    }

    /// What the agent has to say, then what it has to send.
    fn work(&mut self) {
        self.sip_events();
        self.send_probes();
        while let Some(transmit) = self.agent.poll_transmit() {
            match transmit.flow.transport {
                Transport::Udp => self.udp.send(&transmit.bytes, transmit.flow.remote),
                Transport::Tcp | Transport::Tls => {
                    if let Err(bytes) = self.connections.send(transmit.flow.remote, transmit.bytes) {
                        self.dial(bytes);
                    }
                }
            }
        }
    }

    pub(super) fn sip_events(&mut self) {
        while let Some(event) = self.agent.poll_event() {
            self.sip_event(event);
        }
    }

    /// A peer closed its connection while its call goes on: we open one, to trunks only.
    fn dial(&mut self, bytes: Arc<[u8]>) {
        let Some(hop) = tcp::next_hop(&bytes).filter(|hop| self.door.peers.get(hop.ip()).is_some()) else {
            return;
        };
        if let Err(bytes) = self.connections.send(hop, bytes) {
            tokio::spawn(tcp::dial(hop, bytes, self.tcp_sender.clone()));
        }
    }

    fn sip_event(&mut self, event: Event) {
        match event {
            Event::Invited { dialog, invite, flow } => {
                // The door let in nobody: such an INVITE cannot come.
                let Some(origin) = self.door.arriving.take() else {
                    return self.agent.reject(dialog, Status::FORBIDDEN, None, self.now());
                };
                self.invited(dialog, &invite, flow, origin);
            }
            Event::Cancelled { dialog } | Event::HungUp { dialog } => self.tell(dialog.0, Input::CallerLeft),
            Event::Acknowledged { dialog, body } => self.acknowledged(dialog, &body),
            Event::NeverAcknowledged { dialog } => self.tell(dialog.0, Input::CallerLost),
            Event::Reoffered { dialog, offer } => self.reoffered(dialog, &offer),
            Event::Digit { dialog, digit } => self.info_digit(dialog, digit),
            // Calls out are a later matter; the last words of a dialog change nothing any more.
            Event::Progress { .. }
            | Event::Answered { .. }
            | Event::Rejected { .. }
            | Event::Ended { .. }
            | Event::ReofferAnswered { .. }
            | Event::ReofferRefused { .. }
            | Event::Reply { .. } => {}
            Event::Referred { dialog, .. } => {
                self.agent.refuse_refer(dialog, Status::DECLINE, self.parts.clock.instant());
            }
            Event::Request { id, request, flow } => {
                let status = Status::METHOD_NOT_ALLOWED;
                let answer = request.answer(status, flow.remote, "odziv").header("Allow", Method::ALLOWED);
                self.agent.respond(id, status, answer.finish(), self.parts.clock.instant());
            }
        }
    }

    /// Arms the timer of a call for its next deadline.
    pub fn arm(&mut self, key: CallKey) {
        let now = self.now();
        if let Some(live) = self.calls.get_mut(&key) {
            let due = live.call.next_timeout().map(|due| due.min(now + LONGEST_NAP));
            self.timers.arm(key, &mut live.armed, due);
        }
    }

    pub fn dialog(key: CallKey) -> DialogId {
        DialogId(key)
    }
}

fn drain<T>(channel: &mut mpsc::Receiver<T>, mut each: impl FnMut(T)) {
    for _ in 0..BATCH {
        match channel.try_recv() {
            Ok(item) => each(item),
            Err(_) => return,
        }
    }
}

impl std::fmt::Debug for Exchange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Exchange")
            .field("calls", &self.calls.len())
            .field("bound", &self.bound)
            .finish_non_exhaustive()
    }
}
