//! The states of one dialog that the agent keeps.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::protocol::sip::dialog::Dialog;
use crate::protocol::sip::message::{OutRequest, Request};
use crate::protocol::sip::transaction::timers::Armed;
use crate::protocol::sip::transaction::{ClientId, ServerId};
use crate::protocol::sip::{Flow, SIXTY_FOUR_T1, T1, T2, Transmit};

#[derive(Debug)]
pub(super) struct Leg {
    /// Call-ID and our tag: what requests within the dialog are found by.
    pub(super) key: Box<str>,
    pub(super) stage: Stage,
    pub(super) armed: Armed,
}

#[derive(Debug)]
pub(super) enum Stage {
    /// We were invited and have not answered.
    Invited {
        invite: Arc<Request>,
        transaction: ServerId,
        tag: String,
        flow: Flow,
    },
    /// We invited and have no answer.
    Inviting {
        request: Box<OutRequest>,
        transaction: ClientId,
        given_up: bool,
    },
    Up(Box<Up>),
    /// Our BYE is on its way. `told`: the user has heard the last of this dialog already.
    Leaving {
        told: bool,
    },
}

#[derive(Debug)]
pub(super) struct Up {
    pub(super) dialog: Dialog,
    /// Our 2xx, until its ACK comes.
    pub(super) unacknowledged: Option<Unacknowledged>,
    /// A re-INVITE or UPDATE that the user has to answer.
    pub(super) reoffer: Option<Reoffer>,
    /// The ACK that we owe to every repetition of the peer's 2xx.
    pub(super) ack: Option<Transmit>,
    /// Our INVITE, while answers to it may still come.
    pub(super) invite: Option<(Box<OutRequest>, ClientId)>,
    /// We want to leave, but BYE must wait for the ACK (§15).
    pub(super) leaving: bool,
}

/// §13.3.1.4: repeated at T1, doubling up to T2, for 64 T1, also over TCP (proxies on the way may use UDP).
#[derive(Debug)]
pub(super) struct Unacknowledged {
    pub(super) cseq: u32,
    /// The 2xx carried our offer, so the ACK carries the answer.
    pub(super) offered: bool,
    pub(super) ok: Transmit,
    pub(super) at: Instant,
    pub(super) pause: Duration,
    pub(super) until: Instant,
}

#[derive(Debug)]
pub(super) struct Reoffer {
    pub(super) request: Box<Request>,
    pub(super) transaction: ServerId,
    pub(super) flow: Flow,
}

impl Up {
    pub(super) fn new(dialog: Dialog) -> Self {
        Self { dialog, unacknowledged: None, reoffer: None, ack: None, invite: None, leaving: false }
    }
}

impl Unacknowledged {
    pub(super) fn new(cseq: u32, offered: bool, ok: Transmit, now: Instant) -> Self {
        Self { cseq, offered, ok, at: now + T1, pause: T1, until: now + SIXTY_FOUR_T1 }
    }

    pub(super) fn due(&self) -> Instant {
        self.at.min(self.until)
    }

    /// What to send again now.
    pub(super) fn repeat(&mut self, now: Instant) -> Option<Transmit> {
        (self.at <= now).then(|| {
            self.pause = (self.pause * 2).min(T2);
            self.at = now + self.pause;
            self.ok.clone()
        })
    }
}

impl Leg {
    pub(super) fn due(&self) -> Option<Instant> {
        match &self.stage {
            Stage::Up(up) => up.unacknowledged.as_ref().map(Unacknowledged::due),
            _ => None,
        }
    }
}
