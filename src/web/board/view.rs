//! The board in the reader's words.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::dialplan::announcement;
use crate::domain::id::UserId;
use crate::domain::operator::PAUSE_MISSED;
use crate::domain::script::alphabetical;
use crate::store::directory::User;
use crate::store::queue::PauseReason;
use crate::telephony::handle::{
    Board, CallStage, CallView, Direction, OperatorState, OperatorView, QueueView, RecordingView, Side,
    Warning,
};
use crate::web::cases::view::{Viewer, for_people};

/// Nobody reads more; the figures above count all.
const MOST_CALLS: usize = 100;
const MOST_WAITING: usize = 12;

#[derive(Debug)]
pub struct BoardView {
    /// Of the board: clocks on the page run from here.
    pub now: String,
    pub figures: Figures,
    pub queues: Vec<QueueCard>,
    pub operators: Vec<OperatorCard>,
    pub calls: Vec<CallRow>,
    /// How many calls are left out.
    pub more: usize,
    pub supervises: bool,
}

#[derive(Debug, Default)]
pub struct Figures {
    pub calls: usize,
    pub talking: usize,
    pub waiting: usize,
    /// Since when the one waits who has waited longest.
    pub longest: Option<Since>,
    pub ready: usize,
    pub paused: usize,
}

/// An instant from which the page counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Since {
    pub machine: String,
    pub time: String,
}

#[derive(Debug)]
pub struct QueueCard {
    pub key: String,
    pub name: String,
    pub longest: Option<Since>,
    pub waiting: Vec<WaitingRow>,
    pub count: usize,
    pub more: usize,
    pub ready: u32,
    pub talking: u32,
    pub wrap_up: u32,
    pub paused: u32,
    pub offered: u32,
    pub answered: u32,
    pub abandoned: u32,
    /// "84 %", or a dash while nobody has called.
    pub level: String,
    /// Below what a municipality can be content with.
    pub is_low: bool,
    pub average: String,
}

#[derive(Debug)]
pub struct WaitingRow {
    pub position: u32,
    pub who: String,
    pub since: Since,
    pub expected: Option<String>,
    pub callback: bool,
    pub ringing: String,
}

#[derive(Debug)]
pub struct OperatorCard {
    pub id: i64,
    pub name: String,
    pub extension: String,
    /// Picks the colour.
    pub word: &'static str,
    pub state: String,
    pub since: Since,
    pub phones: u32,
    /// With whom.
    pub call: String,
}

#[derive(Debug)]
pub struct CallRow {
    pub id: u64,
    pub icon: &'static str,
    pub who: String,
    pub called: String,
    pub since: Since,
    pub stage: String,
    pub word: &'static str,
    pub stage_since: Since,
    /// Queue or node of the plan.
    pub place: String,
    pub operators: String,
    pub listeners: String,
    pub recording: Recording,
    pub warning: String,
    /// There are two sides to listen to.
    pub may_join: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recording {
    No,
    Running,
    Paused,
}

pub fn board(
    board: &Board,
    viewer: &Viewer<'_>,
    reasons: &[PauseReason],
    reader: &User,
    supervises: bool,
) -> BoardView {
    let callers: BTreeMap<u64, String> =
        board.calls.iter().map(|call| (call.call, caller(call.caller.as_deref(), viewer))).collect();
    let mut calls: Vec<&CallView> = board.calls.iter().collect();
    // What needs a look first, then who has been here longest.
    calls.sort_by_key(|call| (call.warning.is_none(), call.since, call.call));
    BoardView {
        now: board.at.to_string(),
        figures: figures(board, viewer),
        queues: board.queues.iter().map(|queue| queue_card(queue, &callers, viewer)).collect(),
        operators: operators(board, &callers, reasons, viewer),
        more: calls.len().saturating_sub(MOST_CALLS),
        calls: calls.into_iter().take(MOST_CALLS).map(|call| call_row(call, board, viewer, reader)).collect(),
        supervises,
    }
}

fn figures(board: &Board, viewer: &Viewer<'_>) -> Figures {
    let in_state = |is: fn(&OperatorState) -> bool| board.operators.iter().filter(|o| is(&o.state)).count();
    let waiting = || board.queues.iter().flat_map(|queue| &queue.waiting);
    let longest = waiting().filter(|w| !w.callback).map(|w| w.since).min();
    let talks = |stage| matches!(stage, CallStage::Talking | CallStage::Held | CallStage::Conference);
    Figures {
        calls: board.calls.len(),
        talking: board.calls.iter().filter(|call| talks(call.stage)).count(),
        waiting: waiting().count(),
        longest: longest.map(|at| since(at, viewer)),
        ready: in_state(|state| matches!(state, OperatorState::Ready)),
        paused: in_state(|state| matches!(state, OperatorState::Paused { .. })),
    }
}

fn queue_card(queue: &QueueView, callers: &BTreeMap<u64, String>, viewer: &Viewer<'_>) -> QueueCard {
    let today = queue.today;
    let decided = today.answered + today.abandoned;
    let level = (today.answered_in_time * 100).checked_div(decided);
    let longest = queue.waiting.iter().filter(|w| !w.callback).map(|w| w.since).min();
    let length = |seconds: u32| viewer.locale.length(std::time::Duration::from_secs(seconds.into()));
    QueueCard {
        key: queue.queue.clone(),
        name: viewer.script(&queue.name),
        longest: longest.map(|at| since(at, viewer)),
        waiting: queue
            .waiting
            .iter()
            .take(MOST_WAITING)
            .map(|waiting| WaitingRow {
                position: waiting.position,
                who: callers.get(&waiting.call).cloned().unwrap_or_default(),
                since: since(waiting.since, viewer),
                expected: waiting.expected_s.map(length),
                callback: waiting.callback,
                ringing: waiting.ringing.map(|user| viewer.user(user)).unwrap_or_default(),
            })
            .collect(),
        count: queue.waiting.len(),
        more: queue.waiting.len().saturating_sub(MOST_WAITING),
        ready: queue.ready,
        talking: queue.talking,
        wrap_up: queue.wrap_up,
        paused: queue.paused,
        offered: today.offered,
        answered: today.answered,
        abandoned: today.abandoned,
        level: level.map_or_else(|| "–".to_owned(), |level| format!("{level} %")),
        is_low: level.is_some_and(|level| level < 80),
        average: if today.answered > 0 { length(today.average_wait_s) } else { "–".to_owned() },
    }
}

/// Those who work first; who has no phone comes last.
fn operators(
    board: &Board,
    callers: &BTreeMap<u64, String>,
    reasons: &[PauseReason],
    viewer: &Viewer<'_>,
) -> Vec<OperatorCard> {
    let mut operators: Vec<&OperatorView> = board.operators.iter().collect();
    let rank = |state: &OperatorState| match state {
        OperatorState::Ringing => 0,
        OperatorState::Talking => 1,
        OperatorState::Ready => 2,
        OperatorState::WrapUp { .. } => 3,
        OperatorState::Paused { .. } => 4,
        OperatorState::Offline => 5,
    };
    operators.sort_by_cached_key(|o| (rank(&o.state), alphabetical(&viewer.script(&o.name))));
    operators
        .into_iter()
        .map(|operator| {
            let word = state_word(&operator.state);
            OperatorCard {
                id: operator.user.0,
                name: viewer.script(&operator.name),
                extension: operator.extension.clone().unwrap_or_default(),
                word,
                state: state_words(&operator.state, reasons, viewer),
                since: since(operator.since, viewer),
                phones: operator.phones,
                call: operator.call.and_then(|call| callers.get(&call).cloned()).unwrap_or_default(),
            }
        })
        .collect()
}

fn state_words(state: &OperatorState, reasons: &[PauseReason], viewer: &Viewer<'_>) -> String {
    let t = viewer.locale;
    match state {
        OperatorState::Paused { reason } if reason == PAUSE_MISSED => t.say("presence-missed"),
        OperatorState::Paused { reason } => match reasons.iter().find(|known| known.key == *reason) {
            Some(known) => {
                let reason = t.name(&known.name_sr, Some(&known.name_en));
                t.with("operator-paused-for", "reason", reason)
            }
            None => t.word("operator", "paused"),
        },
        state => t.word("operator", state_word(state)),
    }
}

fn call_row(call: &CallView, board: &Board, viewer: &Viewer<'_>, reader: &User) -> CallRow {
    let word = stage_word(call.stage);
    let queue = call.queue.as_ref().map(|key| {
        let found = board.queues.iter().find(|queue| queue.queue == *key);
        found.map_or_else(|| key.clone(), |queue| viewer.script(&queue.name))
    });
    let names = |users: &[UserId]| users.iter().map(|u| viewer.user(*u)).collect::<Vec<_>>().join(", ");
    let talks = matches!(call.stage, CallStage::Talking | CallStage::Held | CallStage::Conference);
    let announces = call.plan.as_deref() == Some(announcement::NAME);
    let node = call.node.as_ref().filter(|_| !talks).map(|node| match announces {
        true => viewer.locale.word("announcement", node),
        false => node.clone(),
    });
    CallRow {
        id: call.call,
        icon: match call.direction {
            Direction::In => "call",
            Direction::Out => "forwarded",
            Direction::Internal => "status",
        },
        who: match announces {
            true => viewer.locale.say("board-announcement"),
            false => caller(call.caller.as_deref(), viewer),
        },
        called: for_people(&call.called),
        since: since(call.since, viewer),
        stage: viewer.locale.word("stage", word),
        word,
        stage_since: since(call.stage_since, viewer),
        // Who talks is no longer where the plan led them.
        place: queue.or(node).unwrap_or_default(),
        operators: names(&call.operators),
        listeners: names(&call.listeners),
        recording: match call.recording {
            RecordingView::No => Recording::No,
            RecordingView::Running => Recording::Running,
            RecordingView::Paused => Recording::Paused,
        },
        warning: call.warning.as_ref().map(|warning| warning_words(warning, viewer)).unwrap_or_default(),
        // One's own conversation is not listened in to.
        may_join: talks && !call.operators.contains(&reader.id),
    }
}

/// What people notice as "I hear nothing", with the reason.
fn warning_words(warning: &Warning, viewer: &Viewer<'_>) -> String {
    let t = viewer.locale;
    match warning {
        Warning::NothingArrives { from: Side::Caller, address, private: true } => {
            t.with("warning-caller-private", "address", address)
        }
        Warning::NothingArrives { from: Side::Caller, address, private: false } => {
            t.with("warning-caller-nothing", "address", address)
        }
        Warning::NothingArrives { from: Side::Operator, address, private: true } => {
            t.with("warning-operator-private", "address", address)
        }
        Warning::NothingArrives { from: Side::Operator, address, private: false } => {
            t.with("warning-operator-nothing", "address", address)
        }
        Warning::WentSilent { from: Side::Caller } => t.say("warning-caller-silent"),
        Warning::WentSilent { from: Side::Operator } => t.say("warning-operator-silent"),
    }
}

fn caller(caller: Option<&str>, viewer: &Viewer<'_>) -> String {
    caller.map_or_else(|| viewer.locale.say("caller-hidden"), for_people)
}

fn since(at: Timestamp, viewer: &Viewer<'_>) -> Since {
    Since { machine: at.to_string(), time: viewer.locale.time(at) }
}

pub fn stage_word(stage: CallStage) -> &'static str {
    match stage {
        CallStage::Arriving => "arriving",
        CallStage::Plan => "plan",
        CallStage::Waiting => "waiting",
        CallStage::Ringing => "ringing",
        CallStage::Talking => "talking",
        CallStage::Held => "held",
        CallStage::Transferring => "transferring",
        CallStage::Conference => "conference",
        CallStage::Ending => "ending",
    }
}

pub fn state_word(state: &OperatorState) -> &'static str {
    match state {
        OperatorState::Offline => "offline",
        OperatorState::Ready => "ready",
        OperatorState::Ringing => "ringing",
        OperatorState::Talking => "talking",
        OperatorState::WrapUp { .. } => "wrap_up",
        OperatorState::Paused { .. } => "paused",
    }
}

#[cfg(test)]
pub const STAGES: &[&str] =
    &["arriving", "plan", "waiting", "ringing", "talking", "held", "transferring", "conference", "ending"];
#[cfg(test)]
pub const STATES: &[&str] = &["offline", "ready", "ringing", "talking", "wrap_up", "paused"];
