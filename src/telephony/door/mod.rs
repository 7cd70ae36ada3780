//! Who is it? Everything that arrives passes the door before it costs anything: what it belongs to is found out, and whoever has no
//! business here is sent away cheaply.

mod reception;
mod strangers;

use std::collections::HashMap;
use std::time::Instant;

use super::peers::Peers;
use crate::domain::id::{PhoneId, UserId};
use strangers::Strangers;

/// Whose call it is. Proven: a trunk by its address, a phone by its password, never by what From says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// Index of the trunk in the configuration.
    Trunk(usize),
    #[expect(dead_code, reason = "phones register next")]
    Phone { phone: PhoneId, user: UserId, extension: String },
}

pub(super) struct Door {
    pub peers: Peers,
    strangers: Strangers,
    /// Second in which a trunk was last reported as seen, so that the handle is not written for every packet.
    seen: HashMap<usize, i64>,
    /// Whose the INVITE is that was let in last, until the agent has told of it.
    pub arriving: Option<Origin>,
}

impl Door {
    pub fn new(peers: Peers, now: Instant) -> Self {
        Self { peers, strangers: Strangers::new(now), seen: HashMap::new(), arriving: None }
    }
}
