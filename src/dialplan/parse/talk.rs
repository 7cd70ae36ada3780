//! `[node.NAME.KIND]`: the kinds in which the caller talks to somebody, now or later.

use std::time::Duration;

use super::fields::{Fields, Placed};
use super::{Mentioned, Reader};
use crate::dialplan::machine::DialTarget;
use crate::dialplan::number;
use crate::dialplan::phrase::Phrase;
use crate::dialplan::plan::{Callback, Conference, Dial, Kind, NodeId, Queue, Target};
use crate::dialplan::problem::Problem;
use crate::dialplan::speech::{ANNOUNCEMENTS, Manner};

/// Nobody waits two hours.
const MAX_WAIT_S: u32 = 7_200;

/// The words of `hangup`: what becomes of a caller who hangs up while waiting.
const HANGUP: [&str; 1] = ["missed"];

impl Reader {
    pub(super) fn queue(&mut self, id: NodeId, fields: &mut Fields<'_, '_>) -> Option<Kind> {
        let queue = fields.needed_text("queue", &mut self.problems);
        let queue = queue.map(|key| self.mention(Mentioned::Queue, key));
        let max_wait = fields.number("max_wait_s", 5..=MAX_WAIT_S, 300, &mut self.problems);
        let priority = fields.number("priority", 0..=100, 0, &mut self.problems);
        let service = fields.text("service", &mut self.problems).map(|service| service.value);
        let music = self.prompt(fields, "music");
        let announce = fields.flag("announce", false, &mut self.problems);
        let (record, consent) = self.recorded(fields);
        let keys = self.key_exits(id, fields, false);
        let timeout = self.exit(id, fields, "timeout");
        let no_agents = self.exit(id, fields, "no_agents");
        let overflow = self.exit_or(id, fields, "overflow", no_agents);
        let after = self.optional_exit(id, fields, "after");
        if let Some(word) = fields.text("hangup", &mut self.problems)
            && !HANGUP.contains(&word.value.as_str())
        {
            self.problems.push(Problem::new(word.span, Phrase::hangup_says()).help(Phrase::only_missed()));
        }
        if announce {
            self.announced(fields);
        }
        Some(Kind::Queue(Queue {
            queue: queue?,
            max_wait: seconds(max_wait),
            priority: i32::try_from(priority).unwrap_or_default(),
            service,
            music,
            announce,
            record,
            consent,
            keys: keys?,
            timeout: timeout?,
            no_agents: no_agents?,
            overflow: overflow?,
            after: after?,
        }))
    }

    /// What the queue says to those who wait has to be recorded too.
    fn announced(&mut self, fields: &Fields<'_, '_>) {
        let span = fields.place.clone();
        self.outline.spoken.push(Placed { value: Manner::Number, span: span.clone() });
        for key in ANNOUNCEMENTS {
            self.mention(Mentioned::Prompt, Placed { value: key.to_owned(), span: span.clone() });
        }
    }

    pub(super) fn callback(&mut self, id: NodeId, fields: &mut Fields<'_, '_>) -> Option<Kind> {
        let queue = fields.needed_text("queue", &mut self.problems);
        let queue = queue.map(|key| self.mention(Mentioned::Queue, key));
        let offer_prompt = self.prompt_or(fields, "offer_prompt", "callback_offer", true);
        let accepted_prompt = self.prompt_or(fields, "accepted_prompt", "callback_accepted", true);
        let confirm = self.question_of(fields, "confirm_prompt", "callback_confirm", false);
        let number = self.question_of(fields, "number_prompt", "callback_number", true);
        let next = self.exit(id, fields, "next");
        let failed = self.exit(id, fields, "failed");
        let cancelled = self.exit_or(id, fields, "cancelled", failed);
        let span = fields.place.clone();
        self.outline.spoken.push(Placed { value: Manner::Phone, span });
        Some(Kind::Callback(Callback {
            queue: queue?,
            offer_prompt,
            confirm,
            number,
            accepted_prompt,
            next: next?,
            cancelled: cancelled?,
            failed: failed?,
        }))
    }

    pub(super) fn dial(&mut self, id: NodeId, fields: &mut Fields<'_, '_>) -> Option<Kind> {
        let target = self.dialled(fields);
        let timeout = fields.number("timeout_s", 5..=180, 30, &mut self.problems);
        let music = self.prompt(fields, "music");
        let (record, consent) = self.recorded(fields);
        let busy = self.exit(id, fields, "busy");
        let no_answer = self.exit(id, fields, "no_answer");
        let failed = self.exit(id, fields, "failed");
        let after = self.optional_exit(id, fields, "after");
        Some(Kind::Dial(Dial {
            target: target?,
            timeout: seconds(timeout),
            music,
            record,
            consent,
            busy: busy?,
            no_answer: no_answer?,
            failed: failed?,
            after: after?,
        }))
    }

    fn dialled(&mut self, fields: &mut Fields<'_, '_>) -> Option<Target> {
        let operator = fields.text("operator", &mut self.problems);
        let operator = operator.map(|key| self.mention(Mentioned::Extension, key));
        let department = fields.text("department", &mut self.problems);
        let department = department.map(|key| self.mention(Mentioned::Department, key));
        let written = fields.text("number", &mut self.problems);
        if let Some(written) = &written
            && !number::is_claimable(&written.value)
        {
            let problem = Problem::new(written.span.clone(), Phrase::not_a_phone_number(&written.value));
            let meant = number::normalize(&written.value);
            self.problems.push(if number::is_claimable(&meant) {
                problem.help(Phrase::write_as(meant))
            } else {
                problem.help(Phrase::write_like("\"+38121480000\""))
            });
        }
        let typed = self.input_name(fields, "operator_from");
        let mut targets = operator
            .map(|key| Target::Fixed(DialTarget::Operator(key)))
            .into_iter()
            .chain(department.map(|key| Target::Fixed(DialTarget::Department(key))))
            .chain(written.map(|number| Target::Fixed(DialTarget::Number(number.value))))
            .chain(typed.map(Target::OperatorFrom));
        match (targets.next(), targets.next()) {
            (Some(target), None) => Some(target),
            _ => {
                let problem = Problem::new(fields.place.clone(), Phrase::one_thing_to_dial());
                self.problems.push(problem.help(Phrase::dial_targets()));
                None
            }
        }
    }

    pub(super) fn conference(&mut self, id: NodeId, fields: &mut Fields<'_, '_>) -> Option<Kind> {
        let room = fields.needed_text("room", &mut self.problems);
        let pin = fields.text("pin", &mut self.problems);
        if let Some(pin) = &pin
            && (!(1..=12).contains(&pin.value.len()) || !pin.value.bytes().all(|b| b.is_ascii_digit()))
        {
            self.problems.push(Problem::new(pin.span.clone(), Phrase::pin_digits()));
        }
        let question = pin.as_ref().map(|_| self.question_of(fields, "pin_prompt", "conference_pin", true));
        let (record, consent) = self.recorded(fields);
        let wrong_pin = match pin {
            Some(_) => Some(self.exit(id, fields, "wrong_pin")?),
            None => None,
        };
        let next = self.optional_exit(id, fields, "next");
        let pin = pin.map(|pin| pin.value).zip(question);
        Some(Kind::Conference(Conference { room: room?.value, record, consent, pin, wrong_pin, next: next? }))
    }

    /// Who is recorded is told so first.
    fn recorded(&mut self, fields: &mut Fields<'_, '_>) -> (bool, Option<String>) {
        let record = fields.flag("record", false, &mut self.problems);
        if !record {
            if let Some((place, _)) = fields.find("consent") {
                let problem = Problem::new(place, Phrase::consent_without_record());
                self.problems.push(problem);
            }
            return (false, None);
        }
        (true, Some(self.prompt_or(fields, "consent", "call_recorded", true)))
    }

    /// `Some(None)`: left out. `None`: there is a mistake in it.
    fn optional_exit(
        &mut self,
        id: NodeId,
        fields: &mut Fields<'_, '_>,
        name: &'static str,
    ) -> Option<Option<NodeId>> {
        match fields.find(name) {
            Some(_) => self.exit(id, fields, name).map(Some),
            None => Some(None),
        }
    }
}

fn seconds(seconds: u32) -> Duration {
    Duration::from_secs(seconds.into())
}
