//! Pure: all calls and everybody who takes part in them. The shell tells what legs, media, store and people do; the switch says
//! what is to be done, in order.
//!
//! ```text
//! arrived, leg, contact, order ┐                     ┌ poll -> Output for a leg, a contact or the pages
//! phones, queues, operators    ├──> [ Switch ] ──────┤
//! handle_timeout(moment)       ┘                     └ next_timeout -> when to call again
//! ```
//!
//! A *leg* is one person's line: a SIP dialog and a stream of media. A *call* is a contact and the legs that take part in it. A leg
//! belongs to one call at any time. It ends once: by [`Output::HangUp`] or [`Output::Reject`], or by [`LegEvent::Refused`] or
//! [`LegEvent::Gone`]; after any of these neither side speaks of it again.

mod announce;
mod callback;
mod contacts;
mod dialled;
mod directory;
mod leg;
mod money;
mod orders;
mod ring;
mod session;
mod talk;
#[cfg(test)]
mod tests;
#[cfg(all(fuzzing, not(test)))]
pub mod tests;
mod transfer;
mod types;
mod view;

pub use announce::{Announcement, NotPlaced};
pub use callback::{Place, Promise};
pub use dialled::{DialNow, DialNowStage, DialView, Dialling, Lead};
pub use directory::{Directory, Person};
pub use types::*;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use self::announce::Errand;
use self::callback::Callbacks;
use self::leg::Leg;
use self::ring::Attempt;
use self::session::Sessions;
use self::transfer::Transfer;
use super::board::{Direction, Warning};
use super::contact::{self, Contact, Keyed, Script, Setup};
use super::floor::Floor;
use crate::dialplan::machine::DialTarget;
use crate::domain::caller::Caller;
use crate::domain::id::{InteractionId, UserId};
use crate::domain::outbound::Outbound;
use crate::protocol::sip::transaction::timers::{Armed, Timers};

/// Music of a queue whose plan names none, and of whoever is put on hold.
const HOLD_MUSIC: &str = "hold_music";

#[derive(Debug)]
struct Call {
    contact: Contact,
    interaction: Option<InteractionId>,
    direction: Direction,
    caller: Caller,
    called: String,
    language: String,
    since: Timestamp,
    stage_since: Timestamp,
    /// Whose contact it is; `None` when that leg is gone.
    anchor: Option<LegKey>,
    /// Who talks with the anchor.
    others: Vec<LegKey>,
    /// Supervisors.
    listeners: Vec<LegKey>,
    /// Who is being rung.
    attempts: Vec<Attempt>,
    wish: Wish,
    transfer: Option<Transfer>,
    /// Whose line is being recorded.
    recorded: Option<LegKey>,
    /// The operator who ordered it is on the line.
    placed: bool,
    /// Rung for a promise; the floor knows it under this number.
    callback: Option<u64>,
    /// Why we call by ourselves.
    errand: Option<Errand>,
    warning: Option<Warning>,
    armed: Armed,
}

/// What the contact wants of others.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Wish {
    None,
    Queue {
        music: Music,
        announce: bool,
    },
    Dial,
    /// The operator's own phone is rung first; then this.
    DialLater {
        target: DialTarget,
        timeout: Duration,
    },
    Conference {
        room: String,
    },
}

#[derive(Debug)]
pub struct Switch {
    calls: HashMap<CallKey, Call>,
    legs: HashMap<LegKey, Leg>,
    pub floor: Floor,
    pub outbound: Outbound,
    directory: Directory,
    phones: BTreeMap<UserId, Vec<PhoneKey>>,
    /// Legs of an operator that are not from a queue.
    engaged: BTreeMap<UserId, u32>,
    rooms: BTreeMap<String, Vec<CallKey>>,
    callbacks: Callbacks,
    sessions: Sessions,
    timers: Timers,
    last_key: u64,
    /// What contacts are to be told, before anything else happens.
    inbox: VecDeque<(CallKey, contact::Input)>,
    out: VecDeque<Output>,
    changed: bool,
    stopping: bool,
}

impl Switch {
    pub fn new(floor: Floor, outbound: Outbound) -> Self {
        Self {
            calls: HashMap::new(),
            legs: HashMap::new(),
            floor,
            outbound,
            directory: Directory::default(),
            phones: BTreeMap::new(),
            engaged: BTreeMap::new(),
            rooms: BTreeMap::new(),
            callbacks: Callbacks::default(),
            sessions: Sessions::default(),
            timers: Timers::default(),
            last_key: 0,
            inbox: VecDeque::new(),
            out: VecDeque::new(),
            changed: true,
            stopping: false,
        }
    }

    /// Who can be dialled by extension and department.
    pub fn set_directory(&mut self, directory: Directory) {
        self.directory = directory;
        self.changed = true;
    }

    /// Queues or operators of the floor are others now.
    pub fn refresh(&mut self, m: Moment) {
        self.changed = true;
        self.settle(m);
    }

    /// The phones of a person that are registered now.
    pub fn set_phones(&mut self, user: UserId, phones: Vec<PhoneKey>, m: Moment) {
        let reachable = !phones.is_empty() || self.sessions.is_open(user);
        self.floor.reachable(user, reachable, m.now);
        if phones.is_empty() {
            self.phones.remove(&user);
        } else {
            self.phones.insert(user, phones);
        }
        self.settle(m);
    }

    /// A call comes in. Its journal is asked for; the leg waits for orders.
    pub fn arrived(&mut self, arrival: Arrival, m: Moment) -> Result<(CallKey, LegKey), ArrivalRefused> {
        if let Some(old) = arrival.replaces {
            let leg = self.replace(old, &arrival, m)?;
            self.settle(m);
            return Ok(leg);
        }
        let Arrival { from, caller, called, plan, .. } = arrival;
        let (script, direction) = match plan {
            Some((walk, opening)) => (Script::Plan { walk, opening }, Direction::In),
            None => match &from {
                // From outside, only numbers that lead into a plan.
                Origin::Trunk(_) => return Err(ArrivalRefused::NotFound),
                Origin::Phone(user) => self.dialled_by_operator(*user, &called, m)?,
            },
        };
        let ticket = match &from {
            Origin::Trunk(trunk) => {
                Some(self.outbound.arrive(*trunk, m.local.date()).map_err(|_| ArrivalRefused::Busy)?)
            }
            Origin::Phone(_) => None,
        };
        let operator = match &from {
            Origin::Phone(user) => Some(*user),
            Origin::Trunk(_) => None,
        };
        let key = CallKey(self.next_key());
        let leg = self.add_leg(key, leg::Who::arriving(&from), leg::State::Offered { early: false }, m);
        if let Some(leg) = self.legs.get_mut(&leg) {
            leg.ticket = ticket;
        }
        let about = About { direction, caller, called, operator, errand: None };
        self.begin_call(key, Some(leg), script, about, m);
        self.settle(m);
        Ok((key, leg))
    }

    /// Something happened to a leg. One that is gone is ignored.
    pub fn leg(&mut self, leg: LegKey, event: LegEvent, m: Moment) {
        if self.legs.contains_key(&leg) {
            self.leg_event(leg, event, m);
            self.settle(m);
        }
    }

    /// The store or the recorder answered a contact.
    pub fn contact(&mut self, call: CallKey, input: contact::Input, m: Moment) {
        if let contact::Input::Journaled(interaction) = &input
            && let Some(call) = self.calls.get_mut(&call)
        {
            call.interaction = Some(*interaction);
        }
        self.inbox.push_back((call, input));
        self.settle(m);
    }

    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    pub fn next_timeout(&self) -> Option<Instant> {
        let others =
            [self.callbacks.next_timeout(), self.outbound.next_timeout(), self.sessions.next_timeout()];
        [self.timers.next(), self.floor.next_timeout()].into_iter().chain(others).flatten().min()
    }

    pub fn handle_timeout(&mut self, m: Moment) {
        self.floor.handle_timeout(m.now);
        self.callbacks_due(m);
        self.sessions_due(m);
        self.end_exhausted(m);
        while let Some(key) = self.timers.pop(m.now) {
            let key = CallKey(key);
            let Some(call) = self.calls.get_mut(&key) else { continue };
            call.armed.popped(m.now);
            let mut outputs = Vec::new();
            call.contact.handle_timeout(m.now, m.at, &mut outputs);
            self.carry_out(key, outputs, m);
            self.attempts_due(key, m);
            self.settle(m);
            self.arm(key, m);
        }
        self.settle(m);
    }

    /// Ends every call; what arrives from now on is refused by the shell.
    pub fn stop(&mut self, m: Moment) {
        self.stopping = true;
        self.end_sessions(m);
        let keys: Vec<CallKey> = self.calls.keys().copied().collect();
        for key in keys {
            self.inbox.push_back((key, contact::Input::Stopping));
        }
        self.settle(m);
    }

    pub fn calls(&self) -> usize {
        self.calls.len()
    }

    pub fn legs(&self) -> usize {
        self.legs.len()
    }

    /// Whether the board is another one since the last [`Self::take_changed`].
    pub fn is_changed(&self) -> bool {
        self.changed
    }

    pub fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    /// Until nobody has anything to say: contacts first, then the floor.
    fn settle(&mut self, m: Moment) {
        loop {
            if let Some((key, input)) = self.inbox.pop_front() {
                let Some(call) = self.calls.get_mut(&key) else { continue };
                let mut outputs = Vec::new();
                call.contact.handle(input, m.now, m.at, &mut outputs);
                self.carry_out(key, outputs, m);
                self.arm(key, m);
                self.changed = true;
            } else if let Some(decision) = self.floor.poll() {
                self.decided(decision, m);
                self.changed = true;
            } else {
                return;
            }
        }
    }

    fn begin_call(&mut self, key: CallKey, anchor: Option<LegKey>, script: Script, about: About, m: Moment) {
        let About { direction, caller, called, operator, errand } = about;
        let (plan_revision, language) = match &script {
            Script::Plan { walk, .. } | Script::Announcement { walk, .. } => {
                (walk.plan().revision.clone(), walk.language().to_owned())
            }
            Script::Survey { keyed, .. } => (Keyed::NAME.to_owned(), keyed.language().to_owned()),
            Script::Direct { .. } => (String::new(), self.directory.language().to_owned()),
        };
        let asked = errand.as_ref().and_then(Errand::asked);
        let setup = Setup { script, ring: self.directory.ring(), at: m.local, asked };
        let contact = Contact::new(setup, m.now);
        let journal = Journal {
            direction,
            caller: caller.clone(),
            called: called.clone(),
            operator,
            plan_revision,
            message: errand.as_ref().and_then(Errand::message),
            attempt: errand.as_ref().and_then(Errand::attempt),
        };
        let call = Call {
            contact,
            interaction: None,
            direction,
            caller,
            called,
            language,
            since: m.at,
            stage_since: m.at,
            anchor,
            others: Vec::new(),
            listeners: Vec::new(),
            attempts: Vec::new(),
            wish: Wish::None,
            transfer: None,
            recorded: None,
            placed: false,
            callback: None,
            errand,
            warning: None,
            armed: Armed::default(),
        };
        self.calls.insert(key, call);
        self.out.push_back(Output::Journal { call: key, journal });
        self.arm(key, m);
    }

    fn is_queue(&self, key: &str, m: Moment) -> bool {
        self.floor.queue(key, m.now).is_some()
    }

    fn tell(&mut self, call: CallKey, input: contact::Input) {
        self.inbox.push_back((call, input));
    }

    fn next_key(&mut self) -> u64 {
        self.last_key += 1;
        self.last_key
    }

    /// Looks at the call's clock again no later than its next deadline.
    fn arm(&mut self, key: CallKey, m: Moment) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        let attempts = call.attempts.iter().filter_map(|attempt| attempt.until).min();
        let due = [call.contact.next_timeout(), attempts].into_iter().flatten().min();
        let due = due.map(|due| due.min(m.now + LONGEST_NAP));
        self.timers.arm(key.0, &mut call.armed, due);
    }
}

/// What a new call is about.
struct About {
    direction: Direction,
    caller: Caller,
    called: String,
    operator: Option<UserId>,
    errand: Option<Errand>,
}

/// A call looks at its clock at least so often. Without this the timers of calls long over would lie around for hours.
const LONGEST_NAP: Duration = Duration::from_secs(60);
