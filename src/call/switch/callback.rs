//! Promises to call back. The promise keeps its place in the queue; when its turn comes an operator is rung, and then the citizen.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::{About, CallKey, CallbackNews, Moment, Output, Switch};
use crate::call::board::Direction;
use crate::call::contact::{self, Script};
use crate::call::floor::{JoinRefused, Left, Waiting};
use crate::dialplan::machine::DialTarget;
use crate::domain::caller::Caller;
use crate::domain::id::{InteractionId, UserId};
use crate::domain::outbound::Who;
use crate::domain::timeline::Entry;

/// A citizen who does not answer is tried so often in all.
const TRIES: u32 = 3;
/// Between two tries.
const PAUSE: Duration = Duration::from_secs(5 * 60);
/// More promises than a day's calls of a large city are a fault.
const MOST: usize = 10_000;

/// Promises by the number under which the floor knows them.
#[derive(Debug, Default)]
pub(super) struct Callbacks {
    promised: BTreeMap<u64, Promise>,
    running: BTreeMap<u64, CallKey>,
    /// Not answered: into the queue again at this time.
    later: BTreeMap<(Instant, u64), ()>,
}

/// What a citizen was promised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promise {
    /// The contact in which it was given.
    pub interaction: InteractionId,
    pub queue: String,
    pub number: String,
    pub language: String,
    pub tries: u32,
    pub place: Place,
}

/// Where a promise stands in its queue. Kept with it, so that a restart sends nobody to the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The caller began to wait, or was promised to be called back without having waited.
    pub since: Timestamp,
    pub priority: i32,
    pub service: Option<String>,
}

impl Callbacks {
    pub(super) fn next_timeout(&self) -> Option<Instant> {
        self.later.keys().next().map(|(due, _)| *due)
    }

    pub(super) fn call_of(&self, number: u64) -> Option<CallKey> {
        self.running.get(&number).copied()
    }

    pub(super) fn is_promised(&self, number: u64) -> bool {
        self.promised.contains_key(&number)
    }
}

impl Switch {
    /// A promise that an earlier run of the program gave.
    pub fn restore_callback(&mut self, promise: Promise, m: Moment) {
        let number = self.next_key();
        self.wait_again(number, &promise, m);
        self.callbacks.promised.insert(number, promise);
        self.settle(m);
    }

    pub(super) fn promise_callback(
        &mut self,
        key: CallKey,
        queue: String,
        number: Option<String>,
        m: Moment,
    ) {
        let promise = self.promise(key, queue, number, m);
        let accepted = promise.is_some();
        if let Some(mut promise) = promise {
            match self.floor.waits(key.0, m.now) {
                Some(waits) if self.floor.into_callback(key.0) => {
                    let since = m.at.checked_sub(waits.since).unwrap_or(m.at);
                    promise.place = Place { since, priority: waits.priority, service: waits.service };
                    promise.queue = waits.queue;
                }
                _ => {
                    let joined = self.floor.join(waiting(key.0, &promise), m.now);
                    self.callback_waits(key.0, joined, m);
                }
            }
            self.note(key, Entry::CallbackPromised { queue: promise.queue.clone() });
            self.out.push_back(Output::Callback(CallbackNews::Promised(promise.clone())));
            self.callbacks.promised.insert(key.0, promise);
        } else {
            self.floor.leave(key.0, Left::Plan, m.now);
        }
        self.quiet(key, m);
        self.tell(key, contact::Input::CallbackAccepted(accepted));
    }

    /// Only to a number that may be dialled.
    fn promise(&self, key: CallKey, queue: String, number: Option<String>, m: Moment) -> Option<Promise> {
        let call = self.calls.get(&key)?;
        let interaction = call.interaction?;
        let number = number.or_else(|| match &call.caller {
            Caller::Number(number) => Some(number.as_str().to_owned()),
            Caller::Name(_) | Caller::Email(_) | Caller::Hidden => None,
        })?;
        let fits = self.callbacks.promised.len() < MOST && self.is_queue(&queue, m);
        self.outbound.route(&number, Who::System, m.local.date()).ok().filter(|_| fits)?;
        let place = Place { since: m.at, priority: 0, service: None };
        Some(Promise { interaction, queue, number, language: call.language.clone(), tries: 0, place })
    }

    /// In the place that it had.
    fn wait_again(&mut self, number: u64, promise: &Promise, m: Moment) {
        let waited = Duration::try_from(m.at.duration_since(promise.place.since)).unwrap_or_default();
        let since = m.now.checked_sub(waited).unwrap_or(m.now);
        let joined = self.floor.join_again(waiting(number, promise), since, m.now);
        self.callback_waits(number, joined, m);
    }

    /// No such queue now, or no room in it: tried again later, as for a citizen who did not answer.
    fn callback_waits(&mut self, number: u64, joined: Result<(), JoinRefused>, m: Moment) {
        if joined.is_err() {
            self.callbacks.later.insert((m.now + PAUSE, number), ());
        }
    }

    pub(super) fn callbacks_due(&mut self, m: Moment) {
        while let Some((&(due, number), ())) = self.callbacks.later.first_key_value() {
            if due > m.now {
                return;
            }
            self.callbacks.later.remove(&(due, number));
            if let Some(promise) = self.callbacks.promised.get(&number).cloned() {
                self.wait_again(number, &promise, m);
            }
        }
    }

    /// The call in which a promise is kept; `None`: there is no such promise.
    pub(super) fn begin_callback(&mut self, number: u64, operator: UserId, m: Moment) -> Option<CallKey> {
        if let Some(running) = self.callbacks.call_of(number) {
            return Some(running);
        }
        let promise = self.callbacks.promised.get(&number)?.clone();
        let key = CallKey(self.next_key());
        let target = DialTarget::Number(promise.number.clone());
        let about = About {
            direction: Direction::Out,
            caller: Caller::Hidden,
            called: promise.number,
            operator: Some(operator),
            errand: None,
        };
        self.begin_call(key, None, Script::Direct { target, record: true, patience: None }, about, m);
        if let Some(call) = self.calls.get_mut(&key) {
            call.callback = Some(number);
            call.language = promise.language;
        }
        self.callbacks.running.insert(number, key);
        Some(key)
    }

    /// The citizen has answered.
    pub(super) fn callback_kept(&mut self, key: CallKey) {
        let Some(call) = self.calls.get(&key) else { return };
        let Some(number) = call.callback else { return };
        let by = call.anchor.and_then(|leg| self.legs.get(&leg)).and_then(|leg| leg.who.operator());
        if let Some(promise) = self.callbacks.promised.remove(&number) {
            let interaction = promise.interaction;
            self.out.push_back(Output::Callback(CallbackNews::Kept { interaction, by }));
        }
    }

    /// No operator is being rung for it any more: the promise waits on, its call does not.
    pub(super) fn callback_missed(&mut self, key: CallKey) {
        let Some(call) = self.calls.get(&key) else { return };
        if call.callback.is_some() && call.anchor.is_none() && call.attempts.is_empty() {
            self.tell(key, contact::Input::CallerLeft);
        }
    }

    /// The call of a promise is over: kept, or tried again later.
    pub(super) fn callback_over(&mut self, key: CallKey, m: Moment) {
        let Some(number) = self.calls.get(&key).and_then(|call| call.callback) else { return };
        self.callbacks.running.remove(&number);
        let rung = self.calls.get(&key).is_some_and(|call| call.placed);
        let Some(promise) = self.callbacks.promised.get_mut(&number) else { return };
        if !rung {
            return;
        }
        promise.tries += 1;
        let interaction = promise.interaction;
        self.out.push_back(Output::Callback(CallbackNews::Tried { interaction }));
        if self.callbacks.promised.get(&number).is_some_and(|promise| promise.tries < TRIES) {
            self.callbacks.later.insert((m.now + PAUSE, number), ());
        } else {
            self.callback_exit(number);
        }
    }

    /// The promise cannot be kept: people must be told.
    pub(super) fn callback_exit(&mut self, number: u64) {
        if let Some(promise) = self.callbacks.promised.remove(&number) {
            let interaction = promise.interaction;
            self.out.push_back(Output::Callback(CallbackNews::GivenUp { interaction }));
        }
    }
}

fn waiting(number: u64, promise: &Promise) -> Waiting {
    Waiting {
        call: number,
        queue: promise.queue.clone(),
        language: promise.language.clone(),
        service: promise.place.service.clone(),
        priority: promise.place.priority,
        max_wait: None,
        callback: true,
    }
}
