//! The thread that moves all packets.
//!
//! It works by the clock and not by readiness: every leg has its tick of 5 ms within the frame of 20 ms, at which it reads its
//! socket and sends its packet. So nothing is registered anywhere, a leg costs one or two system calls a frame, and a leg that is
//! only recorded reads several packets in one. Without legs the thread sleeps.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};
use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::TrySendError;

use super::courtesy::{Change, Courtesy};
use super::leg::{Leg, Output, RecordOrder};
use super::ports::{Ports, Slot};
use super::samples::Samples;
use super::schedule::{Due, Schedule, TICKS_A_FRAME, TICKS_A_SECOND, frame_of};
use super::sys::{BATCH, Batch};
use super::transmit::Transmit;
use super::writer::{Queue, RecordingId};
use super::{Command, LegId, MediaEvent, sys};
use crate::clock::Clock;

/// A recorded leg reads its socket every fifth frame, 100 ms: late enough to read together, early enough for the `#`.
const FRAMES_A_READ: u64 = 5;
/// Batches read from one socket at a time, so that a flood on one port does not starve the others; the kernel drops the rest.
const MOST_BATCHES: usize = 8;
/// Events that wait for a reader that is behind. Legs make a few a second at most; beyond this the reader is dead.
const MOST_EVENTS: usize = 65_536;
/// Commands that wait for the engine, which looks every 5 ms: it must have stood still for seconds.
const MOST_COMMANDS: usize = 65_536;
/// A beep as answering machines have it.
const BEEP_HERTZ: f64 = 1_400.0;
const BEEP_LENGTH: Duration = Duration::from_millis(400);
const BEEP_LEVEL: f64 = 0.25;

/// From the handle to the engine.
#[derive(Debug)]
pub(super) enum Work {
    Reserved { leg: LegId, socket: UdpSocket },
    Command(Command),
    Stop,
}

impl Work {
    /// What ends something must arrive; of that there is at most as much as there are legs.
    fn can_be_dropped(&self) -> bool {
        use Command::{Open, Play, Record, Update};
        matches!(self, Self::Command(Open { .. } | Update { .. } | Play { .. } | Record { .. }))
    }
}

#[derive(Debug, Default)]
pub(super) struct Inbox(Mutex<Vec<Work>>);

impl Inbox {
    /// True when the engine may be asleep and wants waking.
    pub(super) fn push(&self, work: Work) -> bool {
        let mut inbox = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if inbox.len() >= MOST_COMMANDS && work.can_be_dropped() {
            counter!("odziv_media_commands_dropped_total").increment(1);
            return false;
        }
        inbox.push(work);
        inbox.len() == 1
    }

    fn take(&self, into: &mut Vec<Work>) {
        std::mem::swap(into, &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

pub(super) struct Engine {
    shared: Shared,
    schedule: Schedule,
    /// By slot.
    seats: Vec<Option<Box<Seat>>>,
    taken: usize,
    recordings: u64,
    beep: Samples,
    batch: Batch,
    output: Output,
    waiting: VecDeque<MediaEvent>,
    meters: Meters,
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

struct Seat {
    id: LegId,
    socket: UdpSocket,
    /// From `Open` on; until then packets wait in the socket.
    leg: Option<Leg>,
}

/// A leg's number holds its slot in the lowest 16 bits, so that no map is needed.
pub(super) fn leg_id(number: u64, slot: Slot) -> LegId {
    LegId(number << 16 | u64::from(slot.0))
}

fn slot_of(leg: LegId) -> Slot {
    Slot(leg.0 as u16)
}

impl Engine {
    pub(super) fn new(shared: Shared) -> Self {
        let now = shared.clock.instant();
        let seats = (0..shared.ports.count()).map(|_| None).collect();
        Self {
            shared,
            schedule: Schedule::new(now),
            seats,
            taken: 0,
            recordings: 0,
            beep: Samples::tone(BEEP_HERTZ, BEEP_LENGTH, BEEP_LEVEL),
            batch: Batch::new(),
            output: Output::default(),
            waiting: VecDeque::new(),
            meters: Meters::new(),
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
                    Work::Reserved { leg, socket } => self.seat(leg, socket),
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
            if self.taken == 0 && self.waiting.is_empty() {
                thread::park();
                self.schedule.resume(self.shared.clock.instant());
            } else {
                thread::park_timeout(self.schedule.wait(rest));
            }
            let now = self.shared.clock.instant();
            match courtesy.rested(now.saturating_duration_since(rest), now) {
                Some(Change::Share) => {
                    tracing::warn!("media wants most of a core and goes first no longer");
                    let _ = sys::share();
                }
                Some(Change::GoFirst) => drop(sys::go_first()),
                None => {}
            }
        }
    }

    fn tick(&mut self, due: Due) {
        let frame = frame_of(due.tick);
        let phase = (due.tick % TICKS_A_FRAME) as usize;
        let now = self.shared.clock.instant();
        let mut recorded = 0_u32;
        for (slot, seat) in self.seats.iter_mut().enumerate().skip(phase).step_by(TICKS_A_FRAME as usize) {
            let Some(Seat { socket, leg: Some(leg), .. }) = seat.as_deref_mut() else { continue };
            let is_turn = (frame + slot as u64 / TICKS_A_FRAME).is_multiple_of(FRAMES_A_READ);
            if is_turn || !leg.can_wait() {
                let read = read(&mut self.batch, socket, leg, now, &mut self.output);
                self.meters.received += read as u64;
                // Only after a look at the socket: what waits there still belongs to a recording that ends now.
                leg.check(now, &mut self.output);
            }
            self.meters.sent +=
                u64::from(send(self.shared.bound_to, socket, leg, frame, now, &mut self.output));
            recorded += u32::from(leg.is_recording());
            if !self.output.jobs.is_empty() || !self.output.events.is_empty() {
                hand_over(&mut self.output, Some(leg), &self.shared.queue, &mut self.waiting);
            }
        }
        self.meters.tick(due.late, self.taken, phase, recorded);
    }

    fn seat(&mut self, leg: LegId, socket: UdpSocket) {
        if let Some(seat) = self.seats.get_mut(usize::from(slot_of(leg).0)) {
            *seat = Some(Box::new(Seat { id: leg, socket, leg: None }));
            self.taken += 1;
        }
    }

    fn obey(&mut self, command: Command, now: Instant) {
        let id = command.leg();
        let silent_after = self.shared.silent_after;
        let Some(place) = self.seats.get_mut(usize::from(slot_of(id).0)) else { return };
        let Some(seat) = place.as_deref_mut().filter(|seat| seat.id == id) else { return };
        let output = &mut self.output;
        if let (Command::StopRecording { .. } | Command::Close { .. }, Some(leg)) = (&command, &mut seat.leg)
        {
            // What has been said so far may still wait in the socket.
            self.meters.received += read(&mut self.batch, &seat.socket, leg, now, output) as u64;
        }
        match (command, &mut seat.leg) {
            (Command::Open { media, .. }, leg @ None) => {
                let frame = self.schedule.frame(now);
                *leg = Some(Leg::open(id, &media, Transmit::new(rand::random(), frame), silent_after, now));
            }
            (Command::Open { media, .. } | Command::Update { media, .. }, Some(leg)) => {
                leg.update(&media, now)
            }
            (Command::Play { tag, samples, .. }, Some(leg)) => leg.play(tag, samples, now),
            (Command::StopPlaying { .. }, Some(leg)) => leg.stop_playing(now),
            (Command::Record { path, max, silence, .. }, Some(leg)) => {
                self.recordings += 1;
                let order = RecordOrder { id: RecordingId(self.recordings), path, max, silence };
                leg.record(order, self.beep.clone(), now, output);
            }
            (Command::StopRecording { .. }, Some(leg)) => leg.stop_recording(now, output),
            (Command::Close { .. }, _) => {
                let leg = place.take().and_then(|seat| seat.leg);
                if let Some(leg) = leg {
                    leg.close(now, output);
                }
                self.taken -= 1;
                self.shared.ports.release(slot_of(id), now);
            }
            (
                Command::Join { .. }
                | Command::Part { .. }
                | Command::Music { .. }
                | Command::RecordBridge { .. }
                | Command::PauseRecording { .. },
                Some(_),
            ) => {}
            (_, None) => {}
        }
        hand_over(&mut self.output, None, &self.shared.queue, &mut self.waiting);
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
        for seat in std::mem::take(&mut self.seats).into_iter().flatten() {
            if let Some(leg) = seat.leg {
                leg.close(now, &mut self.output);
            }
        }
        hand_over(&mut self.output, None, &self.shared.queue, &mut self.waiting);
        self.deliver();
        self.shared.queue.close();
    }
}

fn read(batch: &mut Batch, socket: &UdpSocket, leg: &mut Leg, now: Instant, output: &mut Output) -> usize {
    let mut all = 0;
    for _ in 0..MOST_BATCHES {
        let got = batch.receive(socket, |from, datagram| leg.receive(from, datagram, now, output));
        all += got;
        if got < BATCH {
            break;
        }
    }
    all
}

/// True when a packet left.
fn send(
    bound_to: IpAddr,
    socket: &UdpSocket,
    leg: &mut Leg,
    frame: u64,
    now: Instant,
    output: &mut Output,
) -> bool {
    let mut packet = [0; 256];
    let Some((length, to)) = leg.frame(frame, now, &mut packet, output) else { return false };
    let to = match (bound_to, to.ip()) {
        (IpAddr::V6(_), IpAddr::V4(v4)) => SocketAddr::from((v4.to_ipv6_mapped(), to.port())),
        _ => to,
    };
    // A full socket or an unreachable peer: the packet is lost, as on any network.
    packet.get(..length).is_some_and(|packet| socket.send_to(packet, to).is_ok())
}

/// Jobs to the writer, events to those that wait. `leg`: whose recording fails when the writer's queue is full.
fn hand_over(
    output: &mut Output,
    mut leg: Option<&mut Leg>,
    queue: &Queue,
    waiting: &mut VecDeque<MediaEvent>,
) {
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

/// Counted in fields, told to the registry once a tick or a second.
struct Meters {
    received: u64,
    sent: u64,
    /// Worst of the last second, and the ticks in it: a histogram of every tick would say the same at two hundred times the cost.
    worst: Duration,
    ticks: u32,
    /// Recorded legs by phase.
    recorded: [u32; TICKS_A_FRAME as usize],
    packets_in: Counter,
    packets_out: Counter,
    legs: Gauge,
    recordings: Gauge,
    lateness: Histogram,
}

impl Meters {
    fn new() -> Self {
        Self {
            received: 0,
            sent: 0,
            worst: Duration::ZERO,
            ticks: 0,
            recorded: [0; TICKS_A_FRAME as usize],
            packets_in: counter!("odziv_media_packets_in_total"),
            packets_out: counter!("odziv_media_packets_out_total"),
            legs: gauge!("odziv_media_legs"),
            recordings: gauge!("odziv_media_recordings"),
            lateness: histogram!("odziv_media_worst_tick_late_seconds"),
        }
    }

    fn tick(&mut self, late: Duration, legs: usize, phase: usize, recorded: u32) {
        self.packets_in.increment(std::mem::take(&mut self.received));
        self.packets_out.increment(std::mem::take(&mut self.sent));
        self.worst = self.worst.max(late);
        self.ticks += 1;
        if let Some(of_phase) = self.recorded.get_mut(phase) {
            *of_phase = recorded;
        }
        if self.ticks == TICKS_A_SECOND {
            self.ticks = 0;
            self.lateness.record(std::mem::take(&mut self.worst));
            self.legs.set(legs as f64);
            self.recordings.set(f64::from(self.recorded.iter().sum::<u32>()));
        }
    }
}
