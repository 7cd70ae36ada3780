//! Sockets that have something to read: who hears it gets it at once.

use std::net::{IpAddr, UdpSocket};
use std::time::Instant;

use super::engine::{Engine, hand_over};
use super::leg::{Heard, Kind, Leg, Output, Scratch, Sent};
use super::ports::Slot;
use super::seats::{Seat, Seats, reachable};
use super::sys::{BATCH, Batch, Datagram};

/// Room for a packet that is sent: as long as any that is received, and what encryption adds.
pub(super) const PACKET: usize = 1_600;
/// Batches read from one socket at a time, so that a flood on one port does not starve the others; the kernel drops the rest.
const MOST_BATCHES: usize = 8;
/// Set in the token of a leg's second socket.
const REPORTS: u64 = 1 << 32;

/// What the socket of a slot is called in the poll.
pub(super) fn token(slot: Slot) -> u64 {
    slot.0.into()
}

pub(super) fn report_token(slot: Slot) -> u64 {
    REPORTS | token(slot)
}

/// What is needed to send on a leg that hears another.
struct Ears<'a> {
    seats: &'a mut Seats,
    bound_to: IpAddr,
    frame: u64,
    now: Instant,
    packet: &'a mut [u8],
    output: &'a mut Output,
    /// Packets that left.
    sent: u64,
}

impl Engine {
    /// Reads every socket that the last look named, and those that were not read empty before.
    pub(super) fn serve(&mut self, ready: usize, now: Instant) {
        let unread = std::mem::take(&mut self.unread);
        for token in &unread {
            self.serve_token(*token, now);
        }
        for n in 0..ready {
            if let Some(token) = self.poll.token(n) {
                self.serve_token(token, now);
            }
        }
        // Keep the room that was allocated, unless more has come into the new list.
        if self.unread.is_empty() {
            self.unread = unread;
            self.unread.clear();
        }
    }

    fn serve_token(&mut self, token: u64, now: Instant) {
        let slot = Slot(token as u16);
        if token & REPORTS != 0 {
            self.read_reports(slot, now);
        } else if !self.serve_leg(slot, now) {
            self.unread.push(token);
        }
    }

    /// Reads one leg and passes on what it says. False when more waits.
    pub(super) fn serve_leg(&mut self, slot: Slot, now: Instant) -> bool {
        let Some(mut seat) = self.seats.lift(slot) else { return true };
        let mut is_empty = true;
        if let Seat { socket, leg: Some(leg), relays, bridge, .. } = &mut *seat {
            let mut ears = Ears {
                seats: &mut self.seats,
                bound_to: self.shared.bound_to,
                frame: self.schedule.frame(now),
                now,
                packet: &mut *self.packet,
                output: &mut self.output,
                sent: 0,
            };
            let bridges = &self.bridges;
            let (scratch, mut all) = (&mut *self.scratch, 0);
            is_empty = false;
            for _ in 0..MOST_BATCHES {
                let got = self.batch.receive(socket, |from, datagram| {
                    let heard = leg.receive(from, datagram, scratch, now, ears.output);
                    let Some(heard) = heard else { return };
                    for slot in relays.iter() {
                        ears.relay(*slot, &heard);
                    }
                    if heard.kind == Kind::Digit
                        && let Some(bridge) = bridge.and_then(|bridge| bridges.get(&bridge))
                    {
                        ears.pass_digit(bridge, slot, &heard);
                    }
                });
                all += got;
                if got < BATCH {
                    is_empty = true;
                    break;
                }
            }
            self.meters.received += all as u64;
            self.meters.relayed += ears.sent;
            self.meters.sent += ears.sent;
            hand_over(&mut self.output, Some(leg), &self.shared.queue, &mut self.waiting);
        }
        self.seats.back(slot, seat);
        is_empty
    }
}

impl Ears<'_> {
    fn relay(&mut self, slot: Slot, heard: &Heard<'_>) {
        let Some(seat) = self.seats.at(slot) else { return };
        let Some(leg) = &mut seat.leg else { return };
        let sent = leg.relay(heard, self.frame, self.now, self.packet, self.output);
        self.sent += u64::from(send(self.bound_to, seat, self.packet, sent));
    }

    /// To those who hear this leg in a mix, where a key cannot be heard.
    fn pass_digit(&mut self, bridge: &super::bridge::Bridge, from: Slot, heard: &Heard<'_>) {
        let Some(speaker) = bridge.members().iter().find(|member| member.slot == from) else { return };
        for member in bridge.members().iter().filter(|member| super::bridge::hears(**member, *speaker)) {
            let Some(seat) = self.seats.at(member.slot).filter(|seat| seat.hears_mix) else { continue };
            let Some(leg) = &mut seat.leg else { continue };
            let sent = leg.pass_digit(&heard.packet, self.frame, self.packet);
            self.sent += u64::from(send(self.bound_to, seat, self.packet, sent));
        }
    }
}

/// Reads a leg that nobody hears.
pub(super) fn read_alone(
    (batch, scratch): &mut (&mut Batch, &mut Scratch),
    socket: &UdpSocket,
    leg: &mut Leg,
    now: Instant,
    output: &mut Output,
) -> u64 {
    let mut all = 0;
    for _ in 0..MOST_BATCHES {
        let got = batch.receive(socket, |from, datagram| {
            leg.receive(from, datagram, scratch, now, output);
        });
        all += got as u64;
        if got < BATCH {
            break;
        }
    }
    all
}

/// True when a packet left.
pub(super) fn send(bound_to: IpAddr, seat: &Seat, packet: &[u8], sent: Option<Sent>) -> bool {
    sent.and_then(|(length, to)| Some((packet.get(..length)?, to)))
        .is_some_and(|(packet, to)| seat.send(bound_to, packet, to))
}

/// What a leg says by itself in a frame: one packet, or two to a peer that takes short ones. How many left.
pub(super) fn speak(bound_to: IpAddr, seat: &mut Seat, packet: &mut [u8], sent: Option<Sent>) -> u64 {
    let first = send(bound_to, seat, packet, sent);
    let second = seat.leg.as_mut().and_then(|leg| leg.second_half(packet));
    u64::from(first) + u64::from(send(bound_to, seat, packet, second))
}

/// Reports are few: at most one batch at a time.
pub(super) fn read_reports(batch: &mut Batch, socket: &UdpSocket, leg: &mut Leg, now: Instant) {
    batch.receive(socket, |from, Datagram { buffer, length }| {
        if let Some(bytes) = buffer.get_mut(..length) {
            leg.receive_report(from, bytes, now);
        }
    });
}

impl Engine {
    fn read_reports(&mut self, slot: Slot, now: Instant) {
        if let Some(Seat { reports: Some(socket), leg: Some(leg), .. }) = self.seats.at(slot) {
            read_reports(&mut self.batch, socket, leg, now);
        }
    }

    /// Sends a leg's report when it is due.
    pub(super) fn report(&mut self, slot: Slot, frame: u64, now: Instant) {
        let Some(seat) = self.seats.at(slot) else { return };
        let Some(leg) = seat.leg.as_mut().filter(|leg| leg.is_report_due(now)) else { return };
        let at = self.shared.clock.now();
        if let Some((length, to)) = leg.report(frame, at, now, &mut *self.packet)
            && let Some(bytes) = self.packet.get(..length)
        {
            // A muxed leg has one socket for both.
            let socket = seat.reports.as_ref().unwrap_or(&seat.socket);
            let _ = socket.send_to(bytes, reachable(self.shared.bound_to, to));
        }
    }
}
