//! Lines: for each leg of the switch its SIP dialog and its media, and what both have agreed on.

use std::collections::HashMap;

use super::media::{LegId, LegMedia};
use crate::call::board::{Side, Warning};
use crate::call::switch::{CallKey, LegKey};
use crate::protocol::sip::agent::DialogId;
use crate::protocol::sip::sdp::{self, Codec, Wish};

/// One leg as the network sees it.
#[derive(Debug)]
pub(super) struct Line {
    pub dialog: DialogId,
    pub media: LegId,
    /// What the last description of ours says.
    pub sdp: Vec<u8>,
    pub local: sdp::Local,
    /// Of our last offer.
    pub wish: Wish,
    pub agreed: Option<sdp::Agreed>,
    /// The engine has it.
    pub open: bool,
    /// We called, or were called without an offer: the next description of the peer is an answer.
    pub offered: bool,
    digits: Digits,
    /// Who is on it, for warnings.
    pub side: Side,
}

/// Some gateways send a key both as RFC 4733 and as INFO; the way of the first key is the way of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Digits {
    Unknown,
    Media,
    Info,
}

impl Line {
    pub fn new(dialog: DialogId, media: LegId, local: sdp::Local, side: Side) -> Self {
        Self {
            dialog,
            media,
            sdp: Vec::new(),
            local,
            wish: Wish::default(),
            agreed: None,
            open: false,
            offered: false,
            digits: Digits::Unknown,
            side,
        }
    }

    pub fn codec(&self) -> Option<Codec> {
        self.agreed.as_ref().map(|agreed| agreed.codec)
    }

    pub fn leg_media(&self) -> Option<LegMedia> {
        self.agreed.as_ref().map(LegMedia::from)
    }

    /// Whether a key that came this way counts.
    pub fn takes_digit(&mut self, way: Digits) -> bool {
        if self.digits == Digits::Unknown {
            self.digits = way;
        }
        self.digits == way
    }

    /// In the words of the board: why nothing is heard of this side.
    pub fn nothing_arrives(&self, signalled: std::net::SocketAddr) -> Warning {
        Warning::NothingArrives {
            from: self.side,
            address: signalled.to_string(),
            private: is_private(signalled.ip()),
        }
    }
}

/// An address that means nothing outside of its own network, which is the usual reason for one-way audio.
fn is_private(ip: std::net::IpAddr) -> bool {
    match ip.to_canonical() {
        std::net::IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            ip.is_private() || ip.is_loopback() || ip.is_link_local() || (a == 100 && (64..128).contains(&b))
        }
        std::net::IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

/// All lines, found by whatever names them.
#[derive(Debug, Default)]
pub(super) struct Lines {
    lines: HashMap<LegKey, Line>,
    by_dialog: HashMap<DialogId, LegKey>,
    by_media: HashMap<LegId, LegKey>,
    /// Whose recording a stream of media carries; outlives the line until the file is complete.
    recordings: HashMap<LegId, CallKey>,
}

impl Lines {
    pub fn insert(&mut self, leg: LegKey, line: Line) {
        self.by_dialog.insert(line.dialog, leg);
        self.by_media.insert(line.media, leg);
        self.lines.insert(leg, line);
    }

    pub fn remove(&mut self, leg: LegKey) -> Option<Line> {
        let line = self.lines.remove(&leg)?;
        self.by_dialog.remove(&line.dialog);
        self.by_media.remove(&line.media);
        Some(line)
    }

    pub fn get(&self, leg: LegKey) -> Option<&Line> {
        self.lines.get(&leg)
    }

    pub fn get_mut(&mut self, leg: LegKey) -> Option<&mut Line> {
        self.lines.get_mut(&leg)
    }

    pub fn of_dialog(&self, dialog: DialogId) -> Option<LegKey> {
        self.by_dialog.get(&dialog).copied()
    }

    pub fn of_media(&self, media: LegId) -> Option<LegKey> {
        self.by_media.get(&media).copied()
    }

    pub fn media(&self, leg: LegKey) -> Option<LegId> {
        self.lines.get(&leg).map(|line| line.media)
    }

    pub fn records(&mut self, leg: LegId, call: CallKey) {
        self.recordings.insert(leg, call);
    }

    pub fn recorded(&mut self, leg: LegId) -> Option<CallKey> {
        self.recordings.remove(&leg)
    }

    pub fn len(&self) -> usize {
        self.lines.len()
    }
}
