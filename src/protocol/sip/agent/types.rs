//! What the agent tells and what it is told.

use std::fmt;
use std::sync::Arc;

use crate::protocol::sip::Flow;
use crate::protocol::sip::message::{Replaces, Request, Response, Status};
use crate::protocol::sip::transaction::ServerId;

/// One dialog, unique for the life of the agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DialogId(pub u64);

/// A request of ours outside of any dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(pub u64);

/// What happened. After an event marked *last* the dialog is gone.
#[derive(Debug)]
pub enum Event {
    /// A new call; `100 Trying` has gone out. [`Request::replaces`] says whether it wants to take the place of another.
    Invited { dialog: DialogId, invite: Arc<Request>, flow: Flow },
    /// *Last.* The caller took the call back before it was answered; told `487`.
    Cancelled { dialog: DialogId },
    /// The caller has our 2xx. `body`: the SDP answer, when our 2xx carried the offer.
    Acknowledged { dialog: DialogId, body: Vec<u8> },
    /// *Last.* No ACK came for our 2xx; a BYE has gone out.
    NeverAcknowledged { dialog: DialogId },
    /// The peer wants other media: [`Agent::accept_offer`](super::Agent::accept_offer) or
    /// [`Agent::refuse_offer`](super::Agent::refuse_offer). Empty: it asks for our offer.
    Reoffered { dialog: DialogId, offer: Vec<u8> },
    /// The answer to [`Agent::reoffer`](super::Agent::reoffer), or what a peer said anew to the repetition of our old offer.
    ReofferAnswered { dialog: DialogId, body: Vec<u8> },
    /// The peer refused [`Agent::reoffer`](super::Agent::reoffer); the call goes on as it was.
    ReofferRefused { dialog: DialogId, status: Status },
    /// The peer asks us to call somebody else in its place: [`Agent::accept_refer`](super::Agent::accept_refer) or
    /// [`Agent::refuse_refer`](super::Agent::refuse_refer).
    Referred { dialog: DialogId, refer: Refer },
    /// A key by INFO.
    Digit { dialog: DialogId, digit: char },
    /// *Last.* The peer hung up, or its session expired (RFC 4028), or it forgot the call.
    HungUp { dialog: DialogId },
    /// Our INVITE is being worked on. `body`: SDP of early media. A call that was forked gives these of several peers in turn.
    Progress { dialog: DialogId, status: Status, body: Vec<u8> },
    /// Our INVITE was accepted; the ACK has gone out.
    Answered { dialog: DialogId, body: Vec<u8> },
    /// *Last.* Our INVITE was refused, or nobody answered (408). `contacts`: the URIs that a 3xx names.
    Rejected {
        dialog: DialogId,
        status: Status,
        /// The words of a Reason header (RFC 3326), for example `Q.850;cause=17`.
        reason: Option<String>,
        retry_after_s: Option<u32>,
        contacts: Vec<String>,
    },
    /// *Last.* What we ended is over at the peer too.
    Ended { dialog: DialogId },
    /// The final answer to [`Agent::request`](super::Agent::request).
    Reply { request: RequestId, response: Result<Box<Response>, TimedOut> },
    /// A request outside of any dialog that the agent does not decide: REGISTER. Answered by
    /// [`Agent::respond`](super::Agent::respond) within 32 s.
    Request { id: ServerId, request: Box<Request>, flow: Flow },
}

/// Nobody answered in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no answer in time")]
pub struct TimedOut;

/// A transfer that the peer asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refer {
    /// Whom to call, a URI.
    pub target: String,
    /// Attended: the dialog at that target whose place the new call takes.
    pub replaces: Option<Replaces>,
    /// Who wants it, as the Referred-By header says (RFC 3892).
    pub referred_by: Option<String>,
}

/// What the admission control says to a new INVITE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    Admit,
    /// `503` with so many seconds in Retry-After, without keeping anything.
    Overloaded {
        retry_after_s: u32,
    },
}

/// Who we are to a server that asks with 401 or 407.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    pub user: String,
    pub password: String,
    /// No other realm gets to see a digest of the password. `None`: whichever asks.
    pub realm: Option<String>,
}

/// A call that we place.
#[derive(Clone, Debug, Default)]
pub struct Outgoing {
    /// To, as a URI; also the Request-URI unless `uri` differs.
    pub to: String,
    pub uri: Option<String>,
    /// Route headers, whole values. The first hop is the flow that the call is placed on.
    pub route: Vec<String>,
    /// From, as a URI.
    pub from: String,
    pub display: Option<String>,
    /// Whatever else; `Max-Forwards` replaces our own.
    pub headers: Vec<(&'static str, String)>,
    /// Never empty: the ACK goes out with the answer's arrival and could carry no answer of ours.
    pub offer: Vec<u8>,
    pub credentials: Option<Credentials>,
    /// Whose place the call takes at its target.
    pub replaces: Option<Replaces>,
}

impl fmt::Debug for Credentials {
    /// Never the password: this ends in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("user", &self.user).finish_non_exhaustive()
    }
}
