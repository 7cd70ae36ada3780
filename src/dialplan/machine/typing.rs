//! Questions that are answered with several digits: inputs, numbers and PINs.

use std::ops::RangeInclusive;
use std::sync::Arc;

use super::{Action, Event, Field, State, Step, Then, Walk};
use crate::dialplan::plan::{Callback, CaseState, Check, Kind, NodeId, Plan, Question};
use crate::dialplan::speech;
use crate::domain::case_state::CaseState as Found;

/// Guesses of number and PIN in one call. The server counts those of all calls together.
const MAX_LOOKUPS: u32 = 6;

/// From a local number to the longest of E.164 with its prefix.
const PHONE_LENGTH: RangeInclusive<usize> = 6..=17;
const CASE_NUMBER_LENGTH: RangeInclusive<usize> = 1..=24;
const PIN_LENGTH: RangeInclusive<usize> = 4..=4;

/// How some digits are asked for.
pub(super) struct Blank<'p> {
    pub question: &'p Question,
    pub length: RangeInclusive<usize>,
    pub terminator: char,
}

impl Walk {
    pub(super) fn ask_digits(
        &mut self,
        node: NodeId,
        field: Field,
        tries: u32,
        complaint: Option<String>,
        actions: &mut Vec<Action>,
    ) {
        let plan = Arc::clone(&self.plan);
        let Some(blank) = blank(&plan, node, &field) else { return self.end(actions) };
        self.play(complaint.into_iter().chain(blank.question.prompts.iter().cloned()).collect(), actions);
        let tries_left = tries.saturating_sub(1);
        self.state = State::Typing { node, field, typed: String::new(), tries_left, heard: false };
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one state, and what happened in it")]
    pub(super) fn typed(
        &mut self,
        node: NodeId,
        field: Field,
        mut typed: String,
        tries_left: u32,
        heard: bool,
        event: Event,
        actions: &mut Vec<Action>,
    ) {
        let plan = Arc::clone(&self.plan);
        let Some(blank) = blank(&plan, node, &field) else { return self.end(actions) };
        let complete = match event {
            Event::Played if !heard => {
                actions.push(Action::StartTimer(blank.question.timeout));
                self.state = State::Typing { node, field, typed, tries_left, heard: true };
                return;
            }
            Event::Digit(key) => {
                actions.push(if heard { Action::StopTimer } else { Action::StopPlaying });
                match key {
                    _ if key == blank.terminator => true,
                    '0'..='9' => {
                        typed.push(key);
                        typed.len() >= *blank.length.end()
                    }
                    // Anything else begins the digits anew.
                    _ => {
                        typed.clear();
                        false
                    }
                }
            }
            Event::TimedOut if heard => true,
            _ => return,
        };
        if !complete {
            actions.push(Action::StartTimer(blank.question.timeout));
            self.state = State::Typing { node, field, typed, tries_left, heard: true };
        } else if blank.length.contains(&typed.len()) && is_valid(&plan, node, &field, &typed) {
            self.nodes_without_key = 0;
            self.filled(&plan, node, field, typed, tries_left, actions);
        } else {
            let question = blank.question;
            let complaint =
                if typed.is_empty() { &question.no_input_prompt } else { &question.invalid_prompt };
            match tries_left {
                0 => self.not_filled(&plan, node, &field, actions),
                tries => self.ask_digits(node, field, tries, Some(complaint.clone()), actions),
            }
        }
    }

    fn filled(
        &mut self,
        plan: &Plan,
        node: NodeId,
        field: Field,
        typed: String,
        tries_left: u32,
        actions: &mut Vec<Action>,
    ) {
        match (field, plan.node(node).map(|n| &n.kind)) {
            (Field::Input, Some(Kind::Input(input))) => {
                self.inputs.insert(input.store.clone(), typed);
                self.enter(input.next, actions);
            }
            (Field::CallbackNumber, Some(Kind::Callback(callback))) => {
                self.ask(node, Step::Callback(Some(typed)), callback.confirm.tries, None, actions);
            }
            (Field::CaseNumber, Some(Kind::CaseState(case))) => {
                self.ask_pin(node, case, typed, tries_left + 1, actions);
            }
            (Field::CasePin { digits }, Some(Kind::CaseState(_))) => {
                self.look_up(node, digits, typed, tries_left, actions);
            }
            (Field::RoomPin, Some(Kind::Conference(_))) => self.talk(node, actions),
            _ => self.end(actions),
        }
    }

    fn not_filled(&mut self, plan: &Plan, node: NodeId, field: &Field, actions: &mut Vec<Action>) {
        let next = match (field, plan.node(node).map(|n| &n.kind)) {
            (Field::Input, Some(Kind::Input(input))) => Some(input.failed),
            (Field::CallbackNumber, Some(Kind::Callback(callback))) => Some(callback.failed),
            (Field::CaseNumber | Field::CasePin { .. }, Some(Kind::CaseState(case))) => Some(case.not_found),
            (Field::RoomPin, Some(Kind::Conference(conference))) => conference.wrong_pin,
            _ => None,
        };
        match next {
            Some(next) => self.enter(next, actions),
            None => self.end(actions),
        }
    }

    /// Who has shown a number confirms it; the others type one.
    pub(super) fn callback(&mut self, id: NodeId, callback: &Callback, actions: &mut Vec<Action>) {
        if self.caller.is_some() {
            self.ask(id, Step::Callback(None), callback.confirm.tries, None, actions);
        } else {
            self.ask_callback_number(id, callback, actions);
        }
    }

    pub(super) fn ask_callback_number(&mut self, id: NodeId, callback: &Callback, actions: &mut Vec<Action>) {
        self.ask_digits(id, Field::CallbackNumber, callback.number.tries, None, actions);
    }

    /// Begins with whatever is not known of number and PIN. `Some`: nothing can be asked, the walk goes on there.
    pub(super) fn case_state(
        &mut self,
        id: NodeId,
        node: &CaseState,
        actions: &mut Vec<Action>,
    ) -> Option<NodeId> {
        let typed = |name: &String| self.inputs.get(name).cloned().unwrap_or_default();
        match node.number_from.as_ref().map(typed) {
            None => self.ask_digits(id, Field::CaseNumber, node.tries, None, actions),
            Some(digits) if digits.is_empty() => return Some(node.not_found),
            Some(digits) => self.ask_pin(id, node, digits, node.tries, actions),
        }
        None
    }

    fn ask_pin(
        &mut self,
        id: NodeId,
        node: &CaseState,
        digits: String,
        tries: u32,
        actions: &mut Vec<Action>,
    ) {
        match node.pin_from.as_ref().map(|name| self.inputs.get(name).cloned().unwrap_or_default()) {
            None => self.ask_digits(id, Field::CasePin { digits }, tries, None, actions),
            Some(pin) => self.look_up(id, digits, pin, tries.saturating_sub(1), actions),
        }
    }

    fn look_up(
        &mut self,
        node: NodeId,
        digits: String,
        pin: String,
        tries_left: u32,
        actions: &mut Vec<Action>,
    ) {
        if self.lookups >= MAX_LOOKUPS {
            return self.not_found(node, actions);
        }
        self.lookups += 1;
        actions.push(Action::LookUpCase { digits, pin });
        self.state = State::LookingUp { node, tries_left };
    }

    pub(super) fn looked_up(
        &mut self,
        node: NodeId,
        tries_left: u32,
        found: Option<Found>,
        actions: &mut Vec<Action>,
    ) {
        let plan = Arc::clone(&self.plan);
        let Some(Kind::CaseState(case)) = plan.node(node).map(|n| &n.kind) else { return self.end(actions) };
        match found {
            Some(found) => {
                self.play(speech::case_state(&found), actions);
                self.state = State::Playing { then: Then::Enter(case.found) };
            }
            // What was typed elsewhere cannot be typed again here.
            None if tries_left > 0 && case.number_from.is_none() => {
                let complaint = Some(case.number.invalid_prompt.clone());
                self.ask_digits(node, Field::CaseNumber, tries_left, complaint, actions);
            }
            None => self.not_found(node, actions),
        }
    }

    fn not_found(&mut self, node: NodeId, actions: &mut Vec<Action>) {
        match self.kind(node) {
            Some(Kind::CaseState(case)) => {
                let next = case.not_found;
                self.enter(next, actions);
            }
            _ => self.end(actions),
        }
    }
}

pub(super) fn blank<'p>(plan: &'p Plan, node: NodeId, field: &Field) -> Option<Blank<'p>> {
    let hash = |question, length| Blank { question, length, terminator: '#' };
    Some(match (field, &plan.node(node)?.kind) {
        (Field::Input, Kind::Input(input)) => {
            Blank { question: &input.question, length: input.length.clone(), terminator: input.terminator }
        }
        (Field::CallbackNumber, Kind::Callback(callback)) => hash(&callback.number, PHONE_LENGTH),
        (Field::CaseNumber, Kind::CaseState(case)) => hash(&case.number, CASE_NUMBER_LENGTH),
        (Field::CasePin { .. }, Kind::CaseState(case)) => hash(&case.pin, PIN_LENGTH),
        (Field::RoomPin, Kind::Conference(conference)) => {
            let (pin, question) = conference.pin.as_ref()?;
            hash(question, 1..=pin.len())
        }
        _ => return None,
    })
}

fn is_valid(plan: &Plan, node: NodeId, field: &Field, typed: &str) -> bool {
    match (field, plan.node(node).map(|n| &n.kind)) {
        (Field::Input, Some(Kind::Input(input))) => input.check.accepts(typed),
        (Field::RoomPin, Some(Kind::Conference(conference))) => {
            conference.pin.as_ref().is_some_and(|(pin, _)| pin == typed)
        }
        _ => true,
    }
}

impl Check {
    pub fn accepts(&self, digits: &str) -> bool {
        match self {
            Self::None => true,
            Self::Luhn => luhn(digits),
            Self::Mod97 => remainder_97(digits) == 1,
            Self::Range(range) => digits.parse().is_ok_and(|number: u64| range.contains(&number)),
        }
    }
}

fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .chars()
        .rev()
        .filter_map(|digit| digit.to_digit(10))
        .enumerate()
        .map(|(index, digit)| match (index % 2, digit * 2) {
            (0, _) => digit,
            (_, doubled @ 10..) => doubled - 9,
            (_, doubled) => doubled,
        })
        .sum();
    digits.len() > 1 && sum.is_multiple_of(10)
}

fn remainder_97(digits: &str) -> u32 {
    digits.chars().filter_map(|digit| digit.to_digit(10)).fold(0, |rest, digit| (rest * 10 + digit) % 97)
}
