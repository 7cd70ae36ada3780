//! What those who are no trunk get: an INVITE one cheap refusal, up to a rate; everything else silence.

use std::time::{Duration, Instant};

use crate::protocol::sip::agent::refuse_stateless;
use crate::protocol::sip::message::{Message, Method, Status, parse};
use crate::protocol::sip::{Flow, Transmit};

/// Enough for a mistyped trunk to be noticed by its owner, too little to be of use in a flood of spoofed packets.
const REFUSALS_PER_SECOND: u32 = 20;

#[derive(Debug)]
pub(super) struct Strangers {
    second: Instant,
    refused: u32,
    /// The log names strangers once a second at most.
    named: bool,
}

impl Strangers {
    pub fn new(now: Instant) -> Self {
        Self { second: now, refused: 0, named: false }
    }

    pub fn answer(&mut self, bytes: &[u8], flow: Flow, now: Instant) -> Option<Transmit> {
        metrics::counter!("odziv_sip_strangers_total", "transport" => "udp").increment(1);
        if now.saturating_duration_since(self.second) >= Duration::from_secs(1) {
            *self = Self::new(now);
        }
        // Not even parsed beyond the rate: a flood costs a look at its first bytes.
        if self.refused >= REFUSALS_PER_SECOND || !bytes.starts_with(b"INVITE ") {
            return None;
        }
        self.refused += 1;
        if !std::mem::replace(&mut self.named, true) {
            tracing::info!(remote = %flow.remote, "a call from an address that is no trunk is refused");
        }
        match parse(bytes) {
            Ok(Message::Request(request)) if request.method == Method::Invite => {
                Some(refuse_stateless(&request, flow, Status::FORBIDDEN))
            }
            _ => None,
        }
    }
}
