//! What goes into the switch and what comes out.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::civil::DateTime;

use super::callback::Promise;
use crate::call::board::Warning;
use crate::call::contact::Work;
use crate::dialplan::machine::{Action, Walk};
use crate::domain::call::Direction;
use crate::domain::caller::Caller;
use crate::domain::dialer::greeting::Verdict;
use crate::domain::id::{DialAttemptId, InteractionId, OutboxId, UserId};
use crate::domain::outbound::TrunkId;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LegKey(pub u64);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallKey(pub u64);

/// A binding of the registrar: one phone that can be rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PhoneKey(pub u64);

/// Now, on all the clocks that matter.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// For timers.
    pub now: Instant,
    /// For what is written.
    pub at: Timestamp,
    /// Local, for plans, folders and money that is counted by the day.
    pub local: DateTime,
}

/// A new leg that wants something of us.
#[derive(Debug)]
pub struct Arrival {
    pub from: Origin,
    pub caller: Caller,
    pub called: String,
    /// The plan of the dialled number, begun.
    pub plan: Option<(Box<Walk>, Vec<Action>)>,
    /// The leg whose place it takes (RFC 3891).
    pub replaces: Option<LegKey>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    Trunk(TrunkId),
    Phone(UserId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArrivalRefused {
    /// Nobody has this number.
    NotFound,
    /// Not for this caller.
    Forbidden,
    /// The leg that is to be replaced is not there.
    NoSuchLeg,
    /// The trunk brings more calls than were agreed on.
    Busy,
}

/// What a leg reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LegEvent {
    /// The caller has our 200.
    Acknowledged,
    /// `early`: there is sound already.
    Ringing {
        early: bool,
    },
    Answered,
    /// *Last.* Not answered: refused, busy, timed out, unreachable.
    Refused {
        status: u16,
        /// The network's own words.
        reason: Option<String>,
    },
    /// *Last.* The peer hung up; `lost`: it is no longer there.
    Gone {
        lost: bool,
    },
    /// The peer holds us, or takes us back.
    Held(bool),
    Digit(char),
    Played(u32),
    /// A person or a machine has answered, as far as one can hear.
    Greeted(Verdict),
    /// No media for a long time.
    Silent,
    /// REFER: whom to call instead, `replaces` when that call exists already.
    Referred {
        to: String,
        replaces: Option<LegKey>,
    },
    /// `None`: all is well again.
    Warned(Option<Warning>),
}

/// What the shell does, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Before the caller hears of us. Answered by [`contact::Input::Journaled`].
    Journal {
        call: CallKey,
        journal: Journal,
    },
    Store {
        call: CallKey,
        interaction: InteractionId,
        work: Work,
        at: Timestamp,
    },
    /// Nothing more will come of this call; what is to be stored of it is on its way.
    Over {
        call: CallKey,
    },
    /// 180.
    Ring {
        leg: LegKey,
    },
    /// 183 with SDP; media opens.
    Early {
        leg: LegKey,
    },
    /// 200 with SDP; media opens.
    Answer {
        leg: LegKey,
    },
    /// *Last of the leg.* `retry`: with Retry-After.
    Reject {
        leg: LegKey,
        status: u16,
        retry: bool,
    },
    /// *Last of the leg.*
    HangUp {
        leg: LegKey,
        why: Why,
    },
    /// A new leg of ours.
    Dial {
        leg: LegKey,
        to: To,
        /// What the other side is shown.
        caller: Caller,
        /// Whose codec is offered first, so that nothing need be converted.
        like: Option<LegKey>,
    },
    Join {
        leg: LegKey,
        bridge: u64,
        role: Role,
    },
    Part {
        leg: LegKey,
    },
    /// Looped; `None` ends it.
    Music {
        leg: LegKey,
        music: Option<Music>,
    },
    Play {
        leg: LegKey,
        tag: u32,
        prompts: Vec<String>,
        language: String,
    },
    StopPlaying {
        leg: LegKey,
    },
    /// What the caller says. Reported to the call as a contact's input.
    Record {
        call: CallKey,
        leg: LegKey,
        path: String,
        max: Duration,
        silence: Option<Duration>,
    },
    /// Both sides. Reported to the call as a contact's input.
    RecordConversation {
        call: CallKey,
        leg: LegKey,
        path: String,
    },
    PauseRecording {
        leg: LegKey,
        paused: bool,
    },
    StopRecording {
        leg: LegKey,
    },
    /// Reported as [`LegEvent::Greeted`].
    HearGreeting {
        leg: LegKey,
    },
    /// 202, and a first NOTIFY.
    AcceptRefer {
        leg: LegKey,
    },
    RefuseRefer {
        leg: LegKey,
        status: u16,
    },
    /// How the transfer goes.
    NotifyRefer {
        leg: LegKey,
        status: u16,
    },
    /// The state or the figures of an operator are different: to be kept for the next start.
    OperatorChanged(UserId),
    Callback(CallbackNews),
}

/// Written so that promises survive a restart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallbackNews {
    Promised(Promise),
    /// The citizen did not answer; tried again later.
    Tried {
        interaction: InteractionId,
    },
    Kept {
        interaction: InteractionId,
        by: Option<UserId>,
    },
    GivenUp {
        interaction: InteractionId,
    },
}

/// What is written of a call before anything else happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journal {
    pub direction: Direction,
    pub caller: Caller,
    pub called: String,
    /// Who placed it.
    pub operator: Option<UserId>,
    /// The revision of the plan that leads it.
    pub plan_revision: String,
    /// The message that is read in it.
    pub message: Option<OutboxId>,
    /// Of a dialling campaign.
    pub attempt: Option<DialAttemptId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum To {
    Phone(PhoneKey),
    Trunk {
        trunk: TrunkId,
        number: String,
        /// A number of ours that is shown in place of the trunk's.
        shown: Option<String>,
    },
}

/// Why a leg is ended, for its Reason header (RFC 3326).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    Normal,
    /// Somebody else has answered.
    Elsewhere,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Talk,
    Listen,
    Whisper { to: LegKey },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Music {
    /// A prompt, looped.
    Prompt { key: String, language: String },
    /// The ringing tone of the country.
    Ringback,
}
