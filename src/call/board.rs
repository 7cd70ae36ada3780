//! What goes on in telephony now, for pages; and what pages may order. Plain data: the switch makes it, the handle carries it.

use jiff::Timestamp;
use serde::Serialize;

pub use crate::domain::call::Direction;
use crate::domain::id::{InteractionId, UserId};

/// Everything at one moment. Made anew when something changed, a few times a second at most.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Board {
    pub at: Timestamp,
    pub calls: Vec<CallView>,
    pub operators: Vec<OperatorView>,
    pub queues: Vec<QueueView>,
}

/// One call, named by a number that is unique for the life of the process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CallView {
    pub call: u64,
    pub interaction: Option<InteractionId>,
    pub direction: Direction,
    /// E.164, a name, or `None` when the number is hidden.
    pub caller: Option<String>,
    pub called: String,
    pub since: Timestamp,
    pub stage: CallStage,
    /// Since when it is in this stage.
    pub stage_since: Timestamp,
    pub plan: Option<String>,
    /// The node of the plan in which the caller is.
    pub node: Option<String>,
    pub queue: Option<String>,
    /// Who talks with the caller, or is being rung.
    pub operators: Vec<UserId>,
    pub listeners: Vec<UserId>,
    pub recording: RecordingView,
    pub warning: Option<Warning>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CallStage {
    Arriving,
    /// In the hands of the dialplan: prompts, menus, voicemail.
    Plan,
    /// In a queue; nobody is being rung.
    Waiting,
    /// Somebody is being rung.
    Ringing,
    Talking,
    /// Talking, and one side holds.
    Held,
    /// Between two people: a transfer is under way.
    Transferring,
    Conference,
    Ending,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordingView {
    No,
    Running,
    Paused,
}

/// Something that people in the call notice before we can say why; pages say it in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Warning {
    /// Not a single packet of this side has come, although its SDP says that it sends from `address`.
    NothingArrives { from: Side, address: String, private: bool },
    /// Packets came and have stopped.
    WentSilent { from: Side },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Caller,
    Operator,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OperatorView {
    pub user: UserId,
    pub name: String,
    pub extension: Option<String>,
    pub state: OperatorState,
    pub since: Timestamp,
    /// Phones that are registered now.
    pub phones: u32,
    pub call: Option<u64>,
    pub queues: Vec<String>,
    /// Stays on the line between calls, and is not rung for them.
    pub session: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum OperatorState {
    /// No phone is registered.
    Offline,
    Ready,
    Ringing,
    Talking,
    /// After a conversation; until when at most.
    WrapUp {
        until: Option<Timestamp>,
    },
    Paused {
        reason: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QueueView {
    pub queue: String,
    pub name: String,
    pub waiting: Vec<WaitingView>,
    pub ready: u32,
    pub talking: u32,
    pub wrap_up: u32,
    pub paused: u32,
    pub today: QueueToday,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WaitingView {
    pub call: u64,
    pub position: u32,
    pub since: Timestamp,
    pub expected_s: Option<u32>,
    /// Not on the line any more: is called back when it is their turn.
    pub callback: bool,
    pub ringing: Option<UserId>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct QueueToday {
    pub offered: u32,
    pub answered: u32,
    pub abandoned: u32,
    /// Answered within the queue's service level.
    pub answered_in_time: u32,
    pub average_wait_s: u32,
}

/// What a page orders. Whether the person may is decided before, by the verb that the page calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    Ready {
        operator: UserId,
    },
    Pause {
        operator: UserId,
        reason: String,
    },
    FinishWrapUp {
        operator: UserId,
    },
    /// Rings the operator's own phones, and joins them to the call when answered.
    Supervise {
        call: u64,
        by: UserId,
        mode: Supervision,
    },
    /// Rings the operator's own phones, then the number.
    Place {
        operator: UserId,
        number: String,
    },
    HangUp {
        call: u64,
        by: UserId,
    },
    PauseRecording {
        call: u64,
        by: UserId,
        paused: bool,
    },
    /// Blind: to an extension, a queue or a number.
    Transfer {
        call: u64,
        by: UserId,
        to: String,
    },
    /// The two calls of one operator become one conversation of three.
    Merge {
        operator: UserId,
    },
    /// Rings the operator's own phones; from then on calls come to the one that was answered without ringing.
    JoinSession {
        operator: UserId,
    },
    LeaveSession {
        operator: UserId,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Supervision {
    /// Hears all, is heard by nobody.
    Listen,
    /// Hears all, is heard by the operator.
    Whisper,
    /// Takes part.
    Barge,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderRefused {
    #[error("this call is over")]
    NoSuchCall,
    #[error("this person is no operator")]
    NoSuchOperator,
    #[error("no phone of this person is registered")]
    NoPhone,
    #[error("not possible in this state")]
    NotNow,
    #[error("this number may not be dialled")]
    NotAllowed,
    #[error("telephony does not run")]
    NotRunning,
}
