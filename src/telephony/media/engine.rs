//! The thread that moves all packets.
//!
//! Two rhythms. A leg that is alone (a prompt plays, a voicemail is recorded) works by the clock: it has its tick of 5 ms within the
//! frame of 20 ms, at which it sends its packet and reads its socket, and one that is only recorded reads several packets in one
//! call. A leg in a bridge works by readiness: its packets leave as soon as they are read. What the engine must say by itself
//! (prompts, music, mixes, reports) stays on the clock for all. Without legs the thread sleeps.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use metrics::counter;
use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::TrySendError;

use super::bridge::{Bridge, Member};
use super::courtesy::{Change, Courtesy};
use super::inbox::{Inbox, Work};
use super::leg::{LONGEST_PACKET, Leg, Output, RecordOrder, Scratch};
use super::meters::Meters;
use super::poll::Poll;
use super::ports::{Ports, Slot};
use super::samples::Samples;
use super::schedule::{Due, Schedule, TICKS_A_FRAME, frame_of};
use super::seats::{Seat, Seats, slot_of};
use super::serve::PACKET;
use super::sys::Batch;
use super::transmit::Transmit;
use super::writer::{Queue, RecordingId};
use super::{BridgeId, Command, LegId, MediaEvent, Role, ports, serve, sys};
use crate::clock::Clock;

/// A recorded leg reads its socket every fifth frame, 100 ms: late enough to read together, early enough for the `#`.
const FRAMES_A_READ: u64 = 5;
/// Events that wait for a reader that is behind. Legs make a few a second at most; beyond this the reader is dead.
const MOST_EVENTS: usize = 65_536;
/// A beep as answering machines have it.
const BEEP_HERTZ: f64 = 1_400.0;
const BEEP_LENGTH: Duration = Duration::from_millis(400);
const BEEP_LEVEL: f64 = 0.25;
/// With more bridged legs than this the thread does not wake for every packet, but gives them a moment to come together: that
/// costs a packet a millisecond at most, and saves most of the switches between sleep and work.
const CROWD: usize = 100;
const MOMENT: Duration = Duration::from_millis(1);

pub(super) struct Engine {
    pub(super) shared: Shared,
    pub(super) schedule: Schedule,
    pub(super) seats: Seats,
    pub(super) bridges: HashMap<BridgeId, Bridge>,
    pub(super) poll: Poll,
    /// Legs that are read by readiness.
    pub(super) watched: usize,
    /// Sockets that were not read empty.
    pub(super) unread: Vec<u64>,
    pub(super) recordings: u64,
    beep: Samples,
    pub(super) batch: Batch,
    pub(super) scratch: Box<Scratch>,
    pub(super) packet: Box<[u8; PACKET]>,
    pub(super) output: Output,
    pub(super) waiting: VecDeque<MediaEvent>,
    pub(super) meters: Meters,
    pub(super) mixing: super::mixing::Mixing,
}

/// What the engine shares with the handle and the writer.
pub(super) struct Shared {
    pub(super) clock: Clock,
    pub(super) inbox: Arc<Inbox>,
    pub(super) ports: Arc<Ports>,
    pub(super) queue: Arc<Queue>,
    pub(super) events: Sender<MediaEvent>,
    pub(super) silent_after: Duration,
    pub(super) bound_to: IpAddr,
}

impl Engine {
    pub(super) fn new(shared: Shared, poll: Poll) -> Self {
        let now = shared.clock.instant();
        let seats = Seats::new(shared.ports.count());
        Self {
            shared,
            schedule: Schedule::new(now),
            seats,
            bridges: HashMap::new(),
            poll,
            watched: 0,
            unread: Vec::new(),
            recordings: 0,
            beep: Samples::tone(BEEP_HERTZ, BEEP_LENGTH, BEEP_LEVEL),
            batch: Batch::new(),
            scratch: Box::new([0; LONGEST_PACKET]),
            packet: Box::new([0; PACKET]),
            output: Output::default(),
            waiting: VecDeque::new(),
            meters: Meters::new(),
            mixing: super::mixing::Mixing::default(),
        }
    }

    /// The life of the thread.
    pub(super) fn run(mut self) {
        if let Err(error) = sys::go_first() {
            tracing::debug!(%error, "media runs at ordinary priority; CAP_SYS_NICE would let it go first on a busy machine");
        }
        let mut courtesy = Courtesy::new(self.shared.clock.instant());
        let mut work = Vec::new();
        loop {
            self.shared.inbox.take(&mut work);
            let now = self.shared.clock.instant();
            for work in work.drain(..) {
                match work {
                    Work::Reserved { leg, socket } => self.seats.seat(leg, socket),
                    Work::Command(command) => self.obey(command, now),
                    Work::Stop => return self.stop(now),
                }
            }
            // Not longer, however far behind: among what waits in the inbox are the legs to close.
            for _ in 0..TICKS_A_FRAME {
                let Some(due) = self.schedule.due(self.shared.clock.instant()) else { break };
                self.tick(due);
            }
            self.deliver();
            let rest = self.shared.clock.instant();
            let ready = self.rest(rest);
            let now = self.shared.clock.instant();
            self.serve(ready, now);
            change_priority(courtesy.rested(now.saturating_duration_since(rest), now));
        }
    }

    /// Sleeps until the next tick or until there is something to read; how many sockets are ready.
    fn rest(&mut self, now: Instant) -> usize {
        if !self.unread.is_empty() || self.poll.is_full() {
            return self.poll.wait(Some(Duration::ZERO));
        }
        if self.seats.taken() == 0 && self.waiting.is_empty() {
            let ready = self.poll.wait(None);
            self.schedule.resume(self.shared.clock.instant());
            return ready;
        }
        let mut time = self.schedule.wait(now);
        if self.watched > CROWD {
            thread::sleep(time.min(MOMENT));
            time = self.schedule.wait(self.shared.clock.instant());
        }
        self.poll.wait(Some(time))
    }

    fn tick(&mut self, due: Due) {
        let frame = frame_of(due.tick);
        let phase = due.tick % TICKS_A_FRAME;
        let now = self.shared.clock.instant();
        let mut recorded = 0_u32;
        for slot in (phase as u16..self.seats.count()).step_by(TICKS_A_FRAME as usize) {
            let Some(seat) = self.seats.at(Slot(slot)) else { continue };
            let Seat { socket, leg: Some(leg), bridge, hears_mix, .. } = seat else { continue };
            let is_turn = (frame + u64::from(slot) / TICKS_A_FRAME).is_multiple_of(FRAMES_A_READ);
            if is_turn || !leg.can_wait() {
                if bridge.is_none() {
                    let reader = &mut (&mut self.batch, &mut *self.scratch);
                    self.meters.received += serve::read_alone(reader, socket, leg, now, &mut self.output);
                }
                // Only after a look at the socket: what waits there still belongs to a recording that ends now.
                leg.check(now, &mut self.output);
            }
            if !*hears_mix {
                let sent = leg.frame(frame, None, now, &mut *self.packet, &mut self.output);
                self.meters.sent += serve::speak(self.shared.bound_to, seat, &mut *self.packet, sent);
            }
            if let Some(leg) = &mut seat.leg {
                recorded += u32::from(leg.is_recording());
                hand_over(&mut self.output, Some(leg), &self.shared.queue, &mut self.waiting);
            }
            self.report(Slot(slot), frame, now);
        }
        self.mix(phase, frame, now);
        self.meters.tick(due.late, self.seats.taken(), phase as usize, recorded);
    }

    fn obey(&mut self, command: Command, now: Instant) {
        let id = command.leg();
        if self.seats.of(id).is_none() {
            return;
        }
        if matches!(command, Command::StopRecording { .. } | Command::Close { .. }) {
            // What has been said so far may still wait in the socket.
            self.serve_leg(slot_of(id), now);
        }
        match command {
            Command::Close { leg } => self.close(leg, now),
            Command::Join { leg, bridge, role } => self.join(leg, bridge, role),
            Command::Part { leg } => self.part(leg),
            command => self.obey_alone(command, now),
        }
        hand_over(&mut self.output, None, &self.shared.queue, &mut self.waiting);
    }

    /// What concerns one leg only; its bridge hears of what it needs to know.
    fn obey_alone(&mut self, command: Command, now: Instant) {
        let id = command.leg();
        let frame = self.schedule.frame(now);
        let silent_after = self.shared.silent_after;
        let Some(seat) = self.seats.of(id) else { return };
        let output = &mut self.output;
        match (command, &mut seat.leg) {
            (Command::Open { media, .. }, leg @ None) => {
                let random = (Transmit::new(rand::random(), frame), rand::random());
                *leg = Some(Leg::open(id, &media, random, silent_after, now));
                if !media.mux {
                    let port = self.shared.ports.port(slot_of(id));
                    seat.reports = ports::bind_reports(self.shared.bound_to, port);
                    if let Some(socket) = &seat.reports {
                        let token = serve::report_token(slot_of(id));
                        let _ = self.poll.watch(socket.as_raw_fd(), token);
                    }
                }
                // It may have joined before it was opened.
                if let Some(bridge) = seat.bridge {
                    self.watch(id);
                    self.rewire(bridge);
                }
                return;
            }
            (Command::Open { media, .. } | Command::Update { media, .. }, Some(leg)) => {
                leg.update(&media, now)
            }
            (Command::Play { tag, samples, .. }, Some(leg)) => leg.play(tag, samples, now),
            (Command::StopPlaying { .. }, Some(leg)) => leg.stop_playing(now),
            (Command::Music { samples, .. }, Some(leg)) => leg.music(samples),
            (Command::Record { path, max, silence, .. }, Some(leg)) => {
                self.recordings += 1;
                let order = RecordOrder { id: RecordingId(self.recordings), path, max, silence };
                leg.record(order, self.beep.clone(), now, output);
            }
            (Command::RecordBridge { path, .. }, Some(leg)) => {
                self.recordings += 1;
                leg.record_bridge(RecordingId(self.recordings), path, now, output);
            }
            (Command::PauseRecording { paused, .. }, Some(leg)) => leg.pause_recording(paused),
            (Command::StopRecording { .. }, Some(leg)) => leg.stop_recording(now, output),
            (Command::HearGreeting { .. }, Some(leg)) => leg.hear_greeting(),
            (_, _) => {}
        }
        if let Some(bridge) = seat.bridge {
            self.rewire(bridge);
        }
    }

    fn close(&mut self, id: LegId, now: Instant) {
        self.part(id);
        if let Some(seat) = self.seats.leave(id) {
            if let Some(leg) = seat.leg {
                leg.close(now, &mut self.output);
            }
            // The sockets are closed here, before the port is given back.
            drop((seat.socket, seat.reports));
            self.shared.ports.release(slot_of(id), now);
        }
    }

    fn join(&mut self, id: LegId, bridge: BridgeId, role: Role) {
        let member = Member { slot: slot_of(id), leg: id, role, is_short: false };
        let Some(seat) = self.seats.of(id) else { return };
        let before = seat.bridge;
        if before != Some(bridge) {
            self.part(id);
        }
        if let Err(error) = self.bridges.entry(bridge).or_default().join(member) {
            tracing::error!(leg = id.0, bridge = bridge.0, %error, "a leg is left out of its bridge");
            counter!("odziv_media_bridges_full_total").increment(1);
            return;
        }
        if let Some(seat) = self.seats.of(id) {
            seat.bridge = Some(bridge);
        }
        if before != Some(bridge) {
            self.watch(id);
        }
        self.rewire(bridge);
    }

    fn part(&mut self, id: LegId) {
        let Some(seat) = self.seats.of(id) else { return };
        let Some(bridge) = seat.bridge.take() else { return };
        seat.relays.clear();
        seat.hears_mix = false;
        if let Some(leg) = &mut seat.leg {
            leg.connect(false, false);
            leg.read_at_once(false);
            self.watched -= 1;
            self.poll.forget(seat.socket.as_raw_fd());
        }
        if let Some(left) = self.bridges.get_mut(&bridge) {
            left.part(id);
            if left.members().is_empty() {
                self.bridges.remove(&bridge);
            }
        }
        self.rewire(bridge);
    }

    /// From now on the leg is read as its packets come.
    fn watch(&mut self, id: LegId) {
        let Some(Seat { socket, leg: Some(leg), .. }) = self.seats.of(id) else { return };
        leg.read_at_once(true);
        let socket = socket.as_raw_fd();
        self.watched += 1;
        if let Err(error) = self.poll.watch(socket, serve::token(slot_of(id))) {
            tracing::error!(leg = id.0, %error, "a leg cannot be watched and will not be heard");
        }
    }

    /// Who hears whom has changed, or what somebody needs to hear it.
    fn rewire(&mut self, bridge: BridgeId) {
        if let Some(known) = self.bridges.get_mut(&bridge) {
            let seats = &mut self.seats;
            known.note_short(|slot| {
                seats.at(slot).and_then(|seat| seat.leg.as_ref()).is_some_and(Leg::is_short)
            });
        }
        let has_mix = self.bridges.get(&bridge).is_some_and(Bridge::has_mix);
        self.mixing.note(bridge, has_mix);
        let Some(bridge) = self.bridges.get(&bridge) else { return };
        for member in bridge.members() {
            let route = bridge.route(*member);
            let Some(Seat { leg: Some(leg), .. }) = self.seats.at(member.slot) else { continue };
            let codec = leg.codec();
            // Between the laws of G.711 a table does it.
            let mut needs_samples = |slot: &Slot| {
                let Some(Seat { leg: Some(other), .. }) = self.seats.at(*slot) else { return false };
                let is_simple =
                    other.codec() == codec || other.codec().law().is_some() && codec.law().is_some();
                other.is_bridge_recorded() || !is_simple
            };
            let wants_samples = route.relays.iter().any(&mut needs_samples);
            if let Some(seat) = self.seats.at(member.slot) {
                seat.relays = route.relays;
                seat.hears_mix = route.hears_mix;
                if let Some(leg) = &mut seat.leg {
                    leg.connect(route.is_mixed, wants_samples);
                }
            }
        }
    }

    /// Gives waiting events to their reader.
    fn deliver(&mut self) {
        while let Some(event) = self.waiting.pop_front() {
            match self.shared.events.try_send(event) {
                Ok(()) => {}
                Err(TrySendError::Full(event)) => {
                    self.waiting.push_front(event);
                    break;
                }
                // Nobody reads any more.
                Err(TrySendError::Closed(_)) => self.waiting.clear(),
            }
        }
    }

    fn stop(mut self, now: Instant) {
        for slot in 0..self.seats.count() {
            if let Some(seat) = self.seats.lift(Slot(slot))
                && let Some(leg) = seat.leg
            {
                leg.close(now, &mut self.output);
            }
        }
        hand_over(&mut self.output, None, &self.shared.queue, &mut self.waiting);
        self.deliver();
        self.shared.queue.close();
    }
}

fn change_priority(change: Option<Change>) {
    match change {
        Some(Change::Share) => {
            tracing::warn!("media wants most of a core and goes first no longer");
            let _ = sys::share();
        }
        Some(Change::GoFirst) => drop(sys::go_first()),
        None => {}
    }
}

/// Jobs to the writer, events to those that wait. `leg`: whose recording fails when the writer's queue is full.
pub(super) fn hand_over(
    output: &mut Output,
    mut leg: Option<&mut Leg>,
    queue: &Queue,
    waiting: &mut VecDeque<MediaEvent>,
) {
    if output.jobs.is_empty() && output.events.is_empty() {
        return;
    }
    let mut is_full = false;
    for job in output.jobs.drain(..) {
        is_full |= !queue.push(job);
    }
    if is_full && let Some(leg) = &mut leg {
        leg.abandon_recording(output);
        output.jobs.drain(..).for_each(|job| {
            queue.push(job);
        });
    }
    for event in output.events.drain(..) {
        if waiting.len() < MOST_EVENTS {
            waiting.push_back(event);
        } else {
            counter!("odziv_media_events_dropped_total").increment(1);
        }
    }
}
