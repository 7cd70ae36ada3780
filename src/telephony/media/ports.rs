//! Ports of the configured range: free, in use, resting.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, UdpSocket};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rand::seq::SliceRandom;
use socket2::SockRef;

use super::handle::MediaError;
use crate::config::media::Media;

/// Other programs may hold ports of the range; after so many refusals the call is refused instead of searching on.
const BIND_TRIES: usize = 32;

/// Expedited forwarding, DSCP 46 (RFC 3246, RFC 4594 §4.1): routers send voice ahead of downloads.
const VOICE: u32 = 46 << 2;

/// Which even port: a small number that serves as the engine's index of the leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot(pub(super) u16);

#[derive(Debug)]
pub(super) struct Ports {
    first: u16,
    count: u16,
    quarantine: Duration,
    stock: Mutex<Stock>,
}

#[derive(Debug)]
struct Stock {
    free: VecDeque<Slot>,
    /// In the order of release. A late packet of the last call must not reach the next one.
    resting: VecDeque<(Instant, Slot)>,
}

impl Ports {
    /// Free ports are shuffled: a stranger cannot tell which port the next call gets.
    pub(super) fn new(config: &Media) -> Self {
        let first = config.port_min.next_multiple_of(2);
        let count = config.port_max.saturating_add(1).saturating_sub(first) / 2;
        let mut slots: Vec<Slot> = (0..count).map(Slot).collect();
        slots.shuffle(&mut rand::rng());
        let stock = Stock { free: slots.into(), resting: VecDeque::new() };
        let quarantine = Duration::from_secs(config.quarantine_s.into());
        Self { first, count, quarantine, stock: Mutex::new(stock) }
    }

    /// Slots are below this.
    pub(super) fn count(&self) -> u16 {
        self.count
    }

    pub(super) fn port(&self, slot: Slot) -> u16 {
        self.first + 2 * slot.0
    }

    /// Binds the port that has been free for longest.
    pub(super) fn reserve(&self, ip: IpAddr, now: Instant) -> Result<(Slot, UdpSocket), MediaError> {
        let mut refused = Vec::new();
        let result = loop {
            let Some(slot) = self.take(now) else { break Err(MediaError::NoPort) };
            match bind(ip, self.port(slot)) {
                Ok(socket) => break Ok((slot, socket)),
                Err(error) => {
                    refused.push(slot);
                    if error.kind() != io::ErrorKind::AddrInUse || refused.len() == BIND_TRIES {
                        break Err(error.into());
                    }
                }
            }
        };
        if !refused.is_empty() {
            self.stock.lock().unwrap_or_else(PoisonError::into_inner).free.extend(refused);
        }
        result
    }

    /// The socket is closed; the port rests.
    pub(super) fn release(&self, slot: Slot, now: Instant) {
        self.stock.lock().unwrap_or_else(PoisonError::into_inner).resting.push_back((now, slot));
    }

    fn take(&self, now: Instant) -> Option<Slot> {
        let mut stock = self.stock.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some((since, slot)) = stock.resting.front().copied() {
            if now.saturating_duration_since(since) < self.quarantine {
                break;
            }
            stock.resting.pop_front();
            stock.free.push_back(slot);
        }
        stock.free.pop_front()
    }
}

fn bind(ip: IpAddr, port: u16) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind((ip, port))?;
    socket.set_nonblocking(true)?;
    let options = SockRef::from(&socket);
    let marked = if ip.is_ipv4() { options.set_tos_v4(VOICE) } else { options.set_tclass_v6(VOICE) };
    // A system that does not let us mark packets still carries them.
    let _ = marked;
    Ok(socket)
}

/// The socket of a leg's reports, one port higher than its media (RFC 3550 §11). `None`: another program has it, and the leg lives
/// without reports.
pub(super) fn bind_reports(ip: IpAddr, port: u16) -> Option<UdpSocket> {
    let socket = UdpSocket::bind((ip, port.checked_add(1)?)).ok()?;
    socket.set_nonblocking(true).ok()?;
    Some(socket)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use jiff::Timestamp;

    use super::*;
    use crate::clock::Clock;

    const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn ports(port_min: u16, port_max: u16) -> Ports {
        Ports::new(&Media { port_min, port_max, ..Media::default() })
    }

    #[test]
    fn ports_are_even_and_the_odd_one_above_is_in_the_range() {
        let range = ports(30_001, 30_008);
        let mut all: Vec<u16> = (0..range.count()).map(|n| range.port(Slot(n))).collect();
        all.sort_unstable();
        assert_eq!(all, [30_002, 30_004, 30_006]);
        assert_eq!(ports(65_000, 65_535).port(Slot(267)), 65_534);
    }

    /// An even port that nobody holds now.
    fn free_port() -> u16 {
        std::iter::repeat_with(|| UdpSocket::bind((HOME, 0)).unwrap().local_addr().unwrap().port())
            .find(|port| port % 2 == 0 && *port < 65_500)
            .unwrap()
    }

    #[test]
    fn a_port_rests_before_it_is_used_again() {
        let clock = Clock::test(Timestamp::UNIX_EPOCH);
        let port = free_port();
        let range = ports(port, port + 1);
        let (slot, socket) = range.reserve(HOME, clock.instant()).unwrap();
        assert!(matches!(range.reserve(HOME, clock.instant()), Err(MediaError::NoPort)));
        drop(socket);
        range.release(slot, clock.instant());
        assert!(matches!(range.reserve(HOME, clock.instant()), Err(MediaError::NoPort)));
        clock.advance(Duration::from_secs(5));
        assert!(range.reserve(HOME, clock.instant()).is_ok());
    }

    #[test]
    fn a_port_held_by_another_program_is_passed_over() {
        let now = Clock::test(Timestamp::UNIX_EPOCH).instant();
        let port = free_port();
        let range = ports(port, port + 19);
        let _other = UdpSocket::bind((HOME, port)).unwrap();
        for _ in 0..range.count() {
            if let Ok((slot, _socket)) = range.reserve(HOME, now) {
                assert_ne!(range.port(slot), port);
            }
        }
    }
}
