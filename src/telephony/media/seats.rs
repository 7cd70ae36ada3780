//! Who sits where: a leg's slot is its port, so that neither packets nor commands need a map.

use std::net::{IpAddr, SocketAddr, UdpSocket};

use super::BridgeId;
use super::LegId;
use super::leg::Leg;
use super::ports::Slot;

/// By slot.
pub(super) struct Seats {
    places: Vec<Option<Box<Seat>>>,
    taken: usize,
}

pub(super) struct Seat {
    pub(super) id: LegId,
    pub(super) socket: UdpSocket,
    /// For reports, one port higher.
    pub(super) reports: Option<UdpSocket>,
    /// From `Open` on; until then packets wait in the socket.
    pub(super) leg: Option<Leg>,
    pub(super) bridge: Option<BridgeId>,
    /// Who hears its packets as they come.
    pub(super) relays: Vec<Slot>,
    /// Hears a mix, which comes at the time of its bridge.
    pub(super) hears_mix: bool,
}

/// A leg's number holds its slot in the lowest 16 bits.
pub(super) fn leg_id(number: u64, slot: Slot) -> LegId {
    LegId(number << 16 | u64::from(slot.0))
}

pub(super) fn slot_of(leg: LegId) -> Slot {
    Slot(leg.0 as u16)
}

impl Seats {
    pub(super) fn new(count: u16) -> Self {
        Self { places: (0..count).map(|_| None).collect(), taken: 0 }
    }

    /// Takes a seat. What sat there before has closed, or the port would not have been free.
    pub(super) fn seat(&mut self, id: LegId, socket: UdpSocket) {
        if let Some(place) = self.places.get_mut(usize::from(slot_of(id).0)) {
            self.taken += usize::from(place.is_none());
            *place = Some(Box::new(Seat {
                id,
                socket,
                reports: None,
                leg: None,
                bridge: None,
                relays: Vec::new(),
                hears_mix: false,
            }));
        }
    }

    /// The seat of a leg that is still there.
    pub(super) fn of(&mut self, id: LegId) -> Option<&mut Seat> {
        self.at(slot_of(id)).filter(|seat| seat.id == id)
    }

    pub(super) fn at(&mut self, slot: Slot) -> Option<&mut Seat> {
        self.places.get_mut(usize::from(slot.0))?.as_deref_mut()
    }

    /// The leg gets up for good.
    pub(super) fn leave(&mut self, id: LegId) -> Option<Box<Seat>> {
        let place = self.places.get_mut(usize::from(slot_of(id).0))?;
        let seat = place.take_if(|seat| seat.id == id)?;
        self.taken -= 1;
        Some(seat)
    }

    /// Lifts a seat out, so that others can be worked with beside it; put it [`Self::back`].
    pub(super) fn lift(&mut self, slot: Slot) -> Option<Box<Seat>> {
        self.places.get_mut(usize::from(slot.0))?.take()
    }

    pub(super) fn back(&mut self, slot: Slot, seat: Box<Seat>) {
        if let Some(place) = self.places.get_mut(usize::from(slot.0)) {
            *place = Some(seat);
        }
    }

    pub(super) fn taken(&self) -> usize {
        self.taken
    }

    /// Slots run from 0 to this.
    pub(super) fn count(&self) -> u16 {
        self.places.len() as u16
    }
}

impl Seat {
    /// Sends from the leg's port. False: a full socket or an unreachable peer; the packet is lost, as on any network.
    pub(super) fn send(&self, bound_to: IpAddr, packet: &[u8], to: SocketAddr) -> bool {
        self.socket.send_to(packet, reachable(bound_to, to)).is_ok()
    }
}

/// A socket of IPv6 reaches IPv4 by mapped addresses.
pub(super) fn reachable(bound_to: IpAddr, to: SocketAddr) -> SocketAddr {
    match (bound_to, to.ip()) {
        (IpAddr::V6(_), IpAddr::V4(v4)) => SocketAddr::from((v4.to_ipv6_mapped(), to.port())),
        _ => to,
    }
}
