//! Reports of a leg (RTCP).

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::Leg;
use crate::telephony::media::{LegId, LegMedia};

#[derive(Debug)]
pub(super) struct Reports {}

impl Reports {
    pub(super) fn new(_id: LegId, _media: &LegMedia, _ssrc: u32, _now: Instant) -> Self {
        Self {}
    }
    pub(super) fn update(&mut self, _media: &LegMedia) {}
    pub(super) fn round_trip(&self) -> Option<Duration> {
        None
    }
    pub(super) fn lost_at_peer(&self) -> Option<u64> {
        None
    }
}

impl Leg {
    pub(in super::super) fn receive_report(&mut self, _from: SocketAddr, _bytes: &mut [u8], _now: Instant) {}
    pub(in super::super) fn report(
        &mut self,
        _now: Instant,
        _target: &mut [u8],
    ) -> Option<(usize, SocketAddr)> {
        None
    }
}
