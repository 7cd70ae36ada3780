//! The one task that owns all of SIP: what arrives is handed to the agent and the calls, what they want is done. No lock, no waiting:
//! whatever takes time (store, media) is started here and comes back through a channel.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::admission::Admission;
use super::announcing::{Announced, Announcing};
use super::arrivals::ExternalIds;
use super::dialling::{DialCalls, DialRequest};
use super::door::{self, Clerk, Door, DoorEvent, Opening};
use super::handle::{Ordered, TelephonyHandle};
use super::ledger::Ledger;
use super::lines::Lines;
use super::media::{MediaEvent, MediaHandle, Samples};
use super::peers::Peers;
use super::people::{self, People};
use super::plans::Plans;
use super::prompts::Prompts;
use super::resolve::Resolved;
use super::tcp::{self, Connections, TcpEvent};
use super::tls;
use super::trunks::{Around, Trunks};
use super::udp::{self, Udp};
use super::writer::{Writer, Written};
use crate::actions::Actions;
use crate::call::floor::Floor;
use crate::call::switch::{Moment, Switch};
use crate::clock::Clock;
use crate::config::sip::Sip;
use crate::domain::announcement::Rules;
use crate::domain::id::UserId;
use crate::domain::outbound::Outbound;
use crate::protocol::sip::Transport;
use crate::protocol::sip::agent::{Agent, Event};
use crate::protocol::sip::message::{Method, Status};
use crate::protocol::sip::registrar::guard::Guard;

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
    /// Where numbers may be dialled, with what was spent today.
    pub outbound: Outbound,
    /// When and how often a message is read.
    pub announcements: Rules,
}

/// Datagrams and results taken at one go, so that neither starves the other.
pub(super) const BATCH: usize = 256;

/// Every call has at most one writing under way; with more calls than this the writers wait a moment for the exchange.
const WRITTEN: usize = 4_096;

/// At the end of the program calls are ended and written; what is not done by then is found in the journal at the next start.
const LAST_WORDS: Duration = Duration::from_secs(6);

/// A recording with less voice than a short word is noise of the line: nothing was said.
pub(super) const LEAST_VOICE: Duration = Duration::from_millis(200);

/// The exchange looks around at least so often.
const LONGEST_NAP: Duration = Duration::from_secs(60);

/// Pages see a new board no more often than this.
const BOARD_EVERY: Duration = Duration::from_millis(500);

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
    let tls_listener = match parts.config.tls_listen {
        Some(address) => Some(TcpListener::bind(address).await?),
        None => None,
    };
    let tls_bound = tls_listener.as_ref().map(TcpListener::local_addr).transpose()?;
    let peers = Peers::new(&parts.config, bound, tls_bound);
    let (tcp_sender, tcp_events) = mpsc::channel(tcp::INCOMING);
    let (results, written) = mpsc::channel(WRITTEN);
    let mut listening = vec![format!("udp {bound}"), format!("tcp {bound}")];
    let plain = tcp::Listener { socket: tcp_listener, tls: None };
    tokio::spawn(tcp::accept(plain, tcp_sender.clone(), stop.clone()));
    if let (Some(socket), Some(address)) = (tls_listener, tls_bound) {
        let identity = tls::Identity::load(&parts.config, &parts.data).map_err(std::io::Error::other)?;
        let acceptor = identity.acceptor().map_err(std::io::Error::other)?;
        handle.set_identity(identity.clone());
        tokio::spawn(stop.clone().run_until_cancelled_owned(identity.follow()));
        let secured = tcp::Listener { socket, tls: Some(acceptor) };
        tokio::spawn(tcp::accept(secured, tcp_sender.clone(), stop.clone()));
        listening.push(format!("tls {address}"));
    }
    handle.set_listening(listening);
    let around = Around {
        actions: &parts.actions,
        peers: peers.clone(),
        handle: handle.clone(),
        clock: parts.clock.clone(),
        zone: parts.zone.clone(),
    };
    let mut outbound = parts.outbound;
    let (trunks, resolved) =
        Trunks::start(&parts.config, &mut outbound, around).await.map_err(std::io::Error::other)?;
    let now = parts.clock.instant();
    let writer =
        Writer::new(parts.actions.clone(), &parts.data, results, parts.announcements, parts.clock.clone());
    let (orders, announcements) = (handle.take_orders(), handle.take_announcements());
    let (dial_calls, dial_news) = DialCalls::new();
    let dials = handle.take_dials(dial_news);
    let (clerk, opening) =
        Clerk::start(parts.actions.clone(), &parts.config.realm).await.map_err(std::io::Error::other)?;
    let Opening { directory, bindings, events, incoming: door_events } = opening;
    handle.door().attach(events);
    let guard = Guard::new(&parts.config.realm, door::kept_key(&parts.data), now, parts.clock.now());
    let mut door = Door::new(peers, bound, guard, clerk, now);
    door.open(directory, bindings, now, parts.clock.now());
    let people = people::read(&parts.actions).await.map_err(std::io::Error::other)?;
    let kept = people::read_kept(&parts.actions).await.map_err(std::io::Error::other)?;
    let (news, staff) = mpsc::channel(people::NEWS);
    tokio::spawn(people::follow(parts.actions.clone(), news, stop.clone()));
    let mut exchange = Exchange {
        agent: Agent::new(rand::random()),
        admission: Admission::new(&parts.config, now),
        switch: Switch::new(Floor::new(), outbound),
        lines: Lines::default(),
        ledger: Ledger::new(writer.clone()),
        external: ExternalIds::new(),
        announcing: Announcing::default(),
        dial_calls,
        operators_changed: BTreeSet::new(),
        ringback: Samples::ringback(),
        board_at: now,
        today: parts.clock.now().to_zoned(parts.zone.clone()).date(),
        keep_at: now,
        door,
        trunks,
        connections: Connections::default(),
        tcp_sender,
        udp,
        bound,
        writer,
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
    exchange.begin_with(people, kept);
    exchange.phones_moved();
    let channels = Channels {
        staff,
        tcp: tcp_events,
        media: parts.media_events,
        written,
        orders,
        announcements,
        dials,
        door: door_events,
        resolved,
    };
    Ok((bound, exchange.run(channels, stop)))
}

/// What comes to the exchange besides datagrams.
struct Channels {
    tcp: mpsc::Receiver<TcpEvent>,
    media: mpsc::Receiver<MediaEvent>,
    written: mpsc::Receiver<Written>,
    orders: mpsc::Receiver<Ordered>,
    announcements: mpsc::Receiver<Announced>,
    dials: mpsc::Receiver<DialRequest>,
    door: mpsc::Receiver<DoorEvent>,
    staff: mpsc::Receiver<People>,
    resolved: mpsc::Receiver<Resolved>,
}

pub(super) struct Exchange {
    pub agent: Agent,
    pub(super) admission: Admission,
    pub switch: Switch,
    pub lines: Lines,
    pub ledger: Ledger,
    pub external: ExternalIds,
    pub(super) announcing: Announcing,
    pub(super) dial_calls: DialCalls,
    /// Whose state is to be kept.
    pub operators_changed: BTreeSet<UserId>,
    /// The ringing tone of the country.
    pub ringback: Samples,
    /// When pages may see the next board.
    board_at: Instant,
    /// Local; figures of queues and operators begin anew with it.
    today: jiff::civil::Date,
    /// When the state of operators may be written next.
    pub(super) keep_at: Instant,
    pub door: Door,
    pub trunks: Trunks,
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
    async fn run(mut self, channels: Channels, stop: CancellationToken) {
        let Channels {
            mut tcp,
            mut media,
            mut written,
            mut orders,
            mut announcements,
            mut dials,
            door: mut door_events,
            mut staff,
            mut resolved,
        } = channels;
        let mut deadline = None;
        loop {
            let due = [
                self.agent.poll_timeout(),
                self.switch.next_timeout(),
                self.door.poll_timeout(),
                self.trunks.next_timeout(),
                self.board_due(),
                (!self.operators_changed.is_empty()).then_some(self.keep_at),
                deadline,
            ];
            let due = due.into_iter().flatten().min();
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
                    self.was_written(done.call, done.input);
                    drain(&mut written, |done| self.was_written(done.call, done.input));
                }
                Some((order, answer)) = orders.recv() => {
                    let m = self.moment();
                    let _ = answer.send(self.switch.order(order, m));
                    self.carry_out();
                }
                Some(announced) = announcements.recv() => self.announce(announced),
                Some(request) = dials.recv() => self.dial_request(request),
                Some(event) = door_events.recv() => self.door_event(event),
                Some(people) = staff.recv() => self.meet(people),
                Some(found) = resolved.recv() => self.trunks.resolved(found, self.parts.clock.instant()),
                () = tokio::time::sleep_until(nap.into()) => self.timeouts(),
            }
            self.phones_moved();
            self.work();
            self.show_board();
            self.keep_operators();
            let idle = self.ledger.is_empty() && self.trunks.is_over();
            if self.stopping && (idle || deadline.is_some_and(|end| end <= self.now())) {
                break;
            }
        }
        if !self.ledger.is_empty() {
            tracing::warn!(calls = self.ledger.len(), "calls are left to the journal");
        }
        let (now, at) = (self.now(), self.parts.clock.now());
        self.door.close(now, at).await;
        self.handle.set_listening(Vec::new());
        tracing::info!("telephony stopped");
    }

    pub(super) fn now(&self) -> Instant {
        self.parts.clock.instant()
    }

    /// The present moment on all clocks.
    pub(super) fn moment(&self) -> Moment {
        let at = self.parts.clock.now();
        Moment { now: self.parts.clock.instant(), at, local: at.to_zoned(self.parts.zone.clone()).datetime() }
    }

    /// Ends every call; new ones are refused from now on.
    fn stop(&mut self) {
        self.stopping = true;
        self.trunks.stop(self.parts.clock.instant());
        let m = self.moment();
        self.switch.stop(m);
        self.carry_out();
    }

    fn timeouts(&mut self) {
        let m = self.moment();
        self.agent.handle_timeout(m.now);
        self.door_timeouts();
        self.switch.handle_timeout(m);
        self.carry_out();
    }

    fn board_due(&self) -> Option<Instant> {
        self.switch.is_changed().then_some(self.board_at)
    }

    fn show_board(&mut self) {
        if self.board_at <= self.now() && self.switch.take_changed() {
            let m = self.moment();
            self.board_at = m.now + BOARD_EVERY;
            if m.local.date() != self.today {
                self.today = m.local.date();
                self.switch.floor.new_day();
            }
            let board = self.switch.board(m);
            for queue in &board.queues {
                let gauge = |name, value: u32| {
                    metrics::gauge!(name, "queue" => queue.queue.clone()).set(f64::from(value));
                };
                gauge("odziv_queue_waiting", queue.waiting.len() as u32);
                gauge("odziv_queue_operators_ready", queue.ready);
                gauge("odziv_queue_operators_talking", queue.talking);
                gauge("odziv_queue_operators_paused", queue.paused);
            }
            self.handle.set_board(board);
        }
    }

    /// What the agent has to say, then what it has to send.
    fn work(&mut self) {
        self.sip_events();
        self.send_probes();
        self.trunks.work(&mut self.agent, &mut self.switch.outbound, self.parts.clock.instant());
        while let Some(transmit) = self.agent.poll_transmit() {
            match transmit.flow.transport {
                Transport::Udp => self.udp.send(&transmit.bytes, transmit.flow.remote),
                transport @ (Transport::Tcp | Transport::Tls) => {
                    let line = (transport, transmit.flow.remote);
                    if let Err(bytes) = self.connections.send(line, transmit.bytes) {
                        self.dial(line, bytes);
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

    /// There is no connection (any more): to the server of a trunk we open one, and to a trunk that closed its own while its call
    /// goes on; to nobody else.
    fn dial(&mut self, line: tcp::Line, bytes: Arc<[u8]>) {
        let (transport, _) = line;
        let (line, client) = match self.trunks.connects_to(line) {
            Some(client) => (line, client),
            None => {
                let is_trunk = |hop: &SocketAddr| self.door.peers.get(hop.ip()).is_some();
                let Some(hop) = tcp::next_hop(&bytes).filter(is_trunk) else {
                    self.agent.unreachable(transport, line.1, self.now());
                    return self.sip_events();
                };
                ((transport, hop), self.trunks.connects_to((transport, hop)).flatten())
            }
        };
        if let Err(bytes) = self.connections.send(line, bytes) {
            self.connections.open(line, bytes, client, self.tcp_sender.clone());
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
            Event::Request { id, request, flow } => {
                let status = Status::METHOD_NOT_ALLOWED;
                let answer = request.answer(status, flow.remote, "odziv").header("Allow", Method::ALLOWED);
                self.agent.respond(id, status, answer.finish(), self.parts.clock.instant());
            }
            Event::Reply { request, response } => {
                self.trunks.replied(request, &response, self.parts.clock.instant());
            }
            event => self.dialog_event(event),
        }
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
            .field("calls", &self.ledger.len())
            .field("bound", &self.bound)
            .finish_non_exhaustive()
    }
}
