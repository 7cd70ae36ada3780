//! The states of one dialog that the agent keeps.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::auth::Auth;
use super::session::{SessionTimer, Terms};
use crate::protocol::sip::dialog::Dialog;
use crate::protocol::sip::message::{OutRequest, Request, Status};
use crate::protocol::sip::transaction::timers::Armed;
use crate::protocol::sip::transaction::{ClientId, ServerId};
use crate::protocol::sip::{Flow, SIXTY_FOUR_T1, T1, T2, Transmit};

/// RFC 3261 §13.3.1.1: said again each minute, so that no proxy on the way gives the call up.
const STILL_RINGING: Duration = Duration::from_secs(60);

/// A call that rings longer was forgotten by somebody. Proxies allow three minutes without news, exchanges seldom ten.
const LONGEST_RINGING: Duration = Duration::from_secs(30 * 60);

/// A leg looks at its clock at least so often. Otherwise the session timers of calls long over would lie around for a quarter of
/// an hour.
const LONGEST_NAP: Duration = Duration::from_secs(60);

/// Each of our INVITEs in a dialog whose 2xx may still be repeated; they come one after another, seconds apart.
const MAX_ACKS: usize = 4;

#[derive(Debug)]
pub(super) struct Leg {
    /// Call-ID and our tag: what requests within the dialog are found by.
    pub(super) key: Box<str>,
    pub(super) stage: Stage,
    pub(super) auth: Option<Box<Auth>>,
    pub(super) armed: Armed,
}

#[derive(Debug)]
pub(super) enum Stage {
    /// We were invited and have not answered.
    Invited(Box<Invited>),
    /// We invited and have no answer.
    Inviting(Box<Inviting>),
    Up(Box<Up>),
    /// Our BYE is on its way.
    Leaving(Box<Leaving>),
}

#[derive(Debug)]
pub(super) struct Invited {
    pub(super) invite: Arc<Request>,
    pub(super) transaction: ServerId,
    pub(super) tag: String,
    pub(super) flow: Flow,
    pub(super) said: Option<Said>,
    /// What the session timer will be.
    pub(super) terms: Option<Terms>,
}

/// The last 18x, and when it is due again.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) status: Status,
    pub(super) bytes: Arc<[u8]>,
    pub(super) again: Instant,
}

#[derive(Debug)]
pub(super) struct Inviting {
    pub(super) asked: Asked,
    pub(super) given_up: bool,
    /// When even the most patient user has given up.
    pub(super) until: Instant,
    /// Tags of the peers that ring: several when the call was forked.
    pub(super) early: Vec<String>,
}

#[derive(Debug)]
pub(super) struct Leaving {
    /// The user has heard the last of this dialog already.
    pub(super) told: bool,
    pub(super) bye: Asked,
}

/// A request of ours that waits for its final answer.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) request: Arc<OutRequest>,
    pub(super) client: ClientId,
    pub(super) flow: Flow,
    /// How often it was sent again with another CSeq, because of 401, 407 or 422.
    pub(super) tries: u8,
}

#[derive(Debug)]
pub(super) struct Up {
    pub(super) dialog: Dialog,
    /// Our 2xx, until its ACK comes.
    pub(super) unacknowledged: Option<Unacknowledged>,
    /// The peer was there and yet its ACK never came: no further one is worth the call either.
    pub(super) acks_are_lost: bool,
    /// A re-INVITE or UPDATE that the user has to answer.
    pub(super) reoffer: Option<Reoffer>,
    /// The ACKs that we owe to every repetition of a 2xx.
    pub(super) acks: VecDeque<(ClientId, Transmit)>,
    /// The call is ours: who waits longer when offers cross.
    pub(super) we_called: bool,
    /// We want to leave, but BYE must wait for the ACK (§15).
    pub(super) leaving: bool,
    /// Our re-INVITE or UPDATE on its way.
    pub(super) asking: Option<Asking>,
    /// What the user wants to offer next.
    pub(super) wanted: Option<Vec<u8>>,
    /// Offers crossed: not again before (§14.1).
    pub(super) not_before: Option<Instant>,
    pub(super) glares: u8,
    pub(super) timer: Option<SessionTimer>,
    /// The shortest interval that the peer takes, as its 422 said.
    pub(super) min_se_s: u32,
    /// What we last said of our media; a refresh by re-INVITE says it again.
    pub(super) sdp: Vec<u8>,
    /// What the peer last said, as a hash.
    pub(super) heard: u64,
    /// `sdp` is the answer to that.
    pub(super) answers: bool,
    /// The peer takes UPDATE.
    pub(super) updates: bool,
    pub(super) referral: Option<Referral>,
    /// REFERs seen: from the second on their NOTIFYs are numbered.
    pub(super) refers: u32,
}

/// §13.3.1.4: repeated at T1, doubling up to T2, for 64 T1, also over TCP (proxies on the way may use UDP).
#[derive(Debug)]
pub(super) struct Unacknowledged {
    pub(super) cseq: u32,
    /// Of the INVITE that made the dialog: until it is acknowledged there is no BYE.
    pub(super) first: bool,
    /// The 2xx carried our offer, so the ACK carries the answer.
    pub(super) offered: bool,
    pub(super) ok: Transmit,
    /// Media shows that the peer is there.
    pub(super) alive: bool,
    pub(super) at: Instant,
    pub(super) pause: Duration,
    pub(super) until: Instant,
}

#[derive(Debug)]
pub(super) struct Reoffer {
    pub(super) request: Box<Request>,
    pub(super) transaction: ServerId,
    pub(super) flow: Flow,
    pub(super) terms: Option<Terms>,
}

#[derive(Debug)]
pub(super) struct Asking {
    pub(super) asked: Asked,
    pub(super) why: Why,
    /// A peer that says 100 and then nothing is given up.
    pub(super) until: Option<Instant>,
}

#[derive(Debug)]
pub(super) enum Why {
    /// The user's.
    Offer(Vec<u8>),
    /// The session timer's.
    Refresh,
}

/// A REFER of the peer (RFC 3515).
#[derive(Debug)]
pub(super) enum Referral {
    /// The user has not said yet whether it will be tried.
    Open { request: Box<Request>, transaction: ServerId, flow: Flow, id: Option<u32> },
    /// The peer is told how it goes, one NOTIFY after another.
    Tried { id: Option<u32>, underway: Option<Asked>, over: bool, next: Option<Status> },
}

impl Up {
    pub(super) fn new(dialog: Dialog) -> Self {
        Self {
            dialog,
            unacknowledged: None,
            acks_are_lost: false,
            reoffer: None,
            acks: VecDeque::new(),
            we_called: false,
            leaving: false,
            asking: None,
            wanted: None,
            not_before: None,
            glares: 0,
            timer: None,
            min_se_s: 0,
            sdp: Vec::new(),
            heard: 0,
            answers: false,
            updates: false,
            referral: None,
            refers: 0,
        }
    }

    /// Keeps the ACK of a 2xx. Gives the INVITE whose repetitions nobody waits for any more.
    pub(super) fn keep_ack(&mut self, client: ClientId, ack: Transmit) -> Option<ClientId> {
        self.acks.push_back((client, ack));
        (self.acks.len() > MAX_ACKS).then(|| self.acks.pop_front()).flatten().map(|(client, _)| client)
    }

    /// Neither side has an offer under way.
    pub(super) fn is_settled(&self) -> bool {
        self.asking.is_none() && self.reoffer.is_none() && self.unacknowledged.is_none() && !self.leaving
    }

    /// When something of ours wants to go out. `None`: nothing does, or something else must end first.
    fn offer_due(&self, now: Instant) -> Option<Instant> {
        if !self.is_settled() {
            return None;
        }
        let wanted = self.wanted.as_ref().map(|_| now);
        let refresh = self.timer.as_ref().and_then(SessionTimer::refresh_at);
        let due = wanted.into_iter().chain(refresh).min()?;
        Some(self.not_before.map_or(due, |not_before| due.max(not_before)))
    }

    pub(super) fn may_offer(&self, now: Instant) -> bool {
        self.offer_due(now).is_some_and(|due| due <= now)
    }

    fn due(&self, now: Instant) -> Option<Instant> {
        [
            self.unacknowledged.as_ref().map(Unacknowledged::due),
            self.asking.as_ref().and_then(|asking| asking.until),
            self.timer.as_ref().map(SessionTimer::expires_at),
            self.offer_due(now),
        ]
        .into_iter()
        .flatten()
        .min()
    }
}

impl Unacknowledged {
    pub(super) fn new(cseq: u32, first: bool, offered: bool, ok: Transmit, now: Instant) -> Self {
        Self { cseq, first, offered, ok, alive: false, at: now + T1, pause: T1, until: now + SIXTY_FOUR_T1 }
    }

    fn due(&self) -> Instant {
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

impl Inviting {
    pub(super) fn new(asked: Asked, now: Instant) -> Self {
        Self { asked, given_up: false, until: now + LONGEST_RINGING, early: Vec::new() }
    }
}

impl Said {
    pub(super) fn new(status: Status, bytes: Arc<[u8]>, now: Instant) -> Self {
        Self { status, bytes, again: now + STILL_RINGING }
    }
}

impl Leg {
    pub(super) fn due(&self, now: Instant) -> Option<Instant> {
        let due = match &self.stage {
            Stage::Invited(invited) => invited.said.as_ref().map(|said| said.again),
            Stage::Up(up) => up.due(now),
            Stage::Inviting(inviting) => Some(inviting.until),
            Stage::Leaving(_) => None,
        };
        due.map(|due| due.min(now + LONGEST_NAP))
    }

    /// Every client transaction whose answer is waited for.
    pub(super) fn clients(&self) -> Vec<ClientId> {
        match &self.stage {
            Stage::Invited(_) => Vec::new(),
            Stage::Inviting(inviting) => vec![inviting.asked.client],
            Stage::Leaving(leaving) => vec![leaving.bye.client],
            Stage::Up(up) => {
                let notify = match &up.referral {
                    Some(Referral::Tried { underway: Some(asked), .. }) => Some(asked.client),
                    _ => None,
                };
                let asking = up.asking.as_ref().map(|asking| asking.asked.client);
                up.acks.iter().map(|(client, _)| *client).chain(asking).chain(notify).collect()
            }
        }
    }
}
