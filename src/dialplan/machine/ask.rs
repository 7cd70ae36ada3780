//! Questions that are answered with one key.

use std::sync::Arc;

use super::{Action, Event, State, Step, Walk};
use crate::dialplan::plan::{Kind, NodeId, Plan, Question, Survey};
use crate::dialplan::speech::{self, Gender, Manner};

/// Of a callback: yes, at another number, rather not.
pub(super) const CALLBACK_KEYS: [char; 3] = ['1', '2', '*'];

impl Walk {
    /// `tries`: how often it may still be heard, this time included.
    pub(super) fn ask(
        &mut self,
        node: NodeId,
        step: Step,
        tries: u32,
        complaint: Option<String>,
        actions: &mut Vec<Action>,
    ) {
        let plan = Arc::clone(&self.plan);
        let Some(question) = question(&plan, node, &step) else { return self.end(actions) };
        let prompts = complaint
            .into_iter()
            .chain(self.heard_before(&plan, node, &step))
            .chain(question.prompts.iter().cloned());
        self.play(prompts.collect(), actions);
        self.state = State::Asking { node, step, tries_left: tries.saturating_sub(1), heard: false };
    }

    /// What a callback says before it asks: the number.
    fn heard_before(&self, plan: &Plan, node: NodeId, step: &Step) -> Vec<String> {
        let (Step::Callback(number), Some(Kind::Callback(callback))) =
            (step, plan.node(node).map(|n| &n.kind))
        else {
            return Vec::new();
        };
        let number = number.as_ref().or(self.caller.as_ref()).cloned().unwrap_or_default();
        let number = speech::pieces(Manner::Phone, Gender::Masculine, &number, &self.language);
        std::iter::once(callback.offer_prompt.clone()).chain(number).collect()
    }

    pub(super) fn asked(
        &mut self,
        node: NodeId,
        step: Step,
        tries_left: u32,
        heard: bool,
        event: Event,
        actions: &mut Vec<Action>,
    ) {
        let plan = Arc::clone(&self.plan);
        let Some(question) = question(&plan, node, &step) else { return self.end(actions) };
        let complaint = match event {
            Event::Played if !heard => {
                actions.push(Action::StartTimer(question.timeout));
                self.state = State::Asking { node, step, tries_left, heard: true };
                return;
            }
            Event::Digit(key) => {
                actions.push(if heard { Action::StopTimer } else { Action::StopPlaying });
                if answers(&plan, node, &step).contains(&key) {
                    self.nodes_without_key = 0;
                    return self.answered(&plan, node, step, key, actions);
                }
                &question.invalid_prompt
            }
            Event::TimedOut if heard => &question.no_input_prompt,
            _ => return,
        };
        match tries_left {
            0 => self.unanswered(&plan, node, step, actions),
            tries => self.ask(node, step, tries, Some(complaint.clone()), actions),
        }
    }

    /// One of the keys that are asked for.
    fn answered(&mut self, plan: &Plan, node: NodeId, step: Step, key: char, actions: &mut Vec<Action>) {
        let next = match (step, plan.node(node).map(|n| &n.kind)) {
            (Step::Menu, Some(Kind::Menu(menu))) => exit_of(&menu.keys, key),
            (Step::Language, Some(Kind::LanguageMenu(menu))) => {
                if let Some((_, language)) = menu.keys.iter().find(|(k, _)| *k == key) {
                    self.language.clone_from(language);
                }
                Some(menu.next)
            }
            (Step::Callback(number), Some(Kind::Callback(callback))) => match key {
                '1' => {
                    actions.push(Action::RequestCallback {
                        queue: callback.queue.clone(),
                        number,
                        language: self.language.clone(),
                    });
                    self.state = State::Requesting { node };
                    return;
                }
                '2' => return self.ask_callback_number(node, callback, actions),
                _ => Some(callback.cancelled),
            },
            (Step::Survey(index), Some(Kind::Survey(survey))) => {
                if let Some(question) = survey.questions.get(index) {
                    actions.push(Action::SurveyAnswer {
                        survey: survey.name.clone(),
                        question: question.key.clone(),
                        answer: key,
                    });
                }
                self.ask_survey(node, survey, index + 1, actions)
            }
            _ => return self.end(actions),
        };
        if let Some(next) = next {
            self.enter(next, actions);
        }
    }

    fn unanswered(&mut self, plan: &Plan, node: NodeId, step: Step, actions: &mut Vec<Action>) {
        let next = match (step, plan.node(node).map(|n| &n.kind)) {
            (Step::Menu, Some(Kind::Menu(menu))) => Some(menu.otherwise),
            (Step::Language, Some(Kind::LanguageMenu(menu))) => Some(menu.next),
            (Step::Callback(_), Some(Kind::Callback(callback))) => Some(callback.failed),
            (Step::Survey(index), Some(Kind::Survey(survey))) => {
                self.ask_survey(node, survey, index + 1, actions)
            }
            _ => return self.end(actions),
        };
        if let Some(next) = next {
            self.enter(next, actions);
        }
    }

    /// `Some`: all questions were asked.
    pub(super) fn ask_survey(
        &mut self,
        id: NodeId,
        survey: &Survey,
        index: usize,
        actions: &mut Vec<Action>,
    ) -> Option<NodeId> {
        match survey.questions.get(index) {
            Some(question) => {
                self.ask(id, Step::Survey(index), question.question.tries, None, actions);
                None
            }
            None => Some(survey.next),
        }
    }
}

pub(super) fn question<'p>(plan: &'p Plan, node: NodeId, step: &Step) -> Option<&'p Question> {
    Some(match (step, &plan.node(node)?.kind) {
        (Step::Menu, Kind::Menu(menu)) => &menu.question,
        (Step::Language, Kind::LanguageMenu(menu)) => &menu.question,
        (Step::Callback(_), Kind::Callback(callback)) => &callback.confirm,
        (Step::Survey(index), Kind::Survey(survey)) => &survey.questions.get(*index)?.question,
        _ => return None,
    })
}

/// The keys that are asked for.
pub(super) fn answers(plan: &Plan, node: NodeId, step: &Step) -> Vec<char> {
    match (step, plan.node(node).map(|n| &n.kind)) {
        (Step::Menu, Some(Kind::Menu(menu))) => menu.keys.iter().map(|(key, _)| *key).collect(),
        (Step::Language, Some(Kind::LanguageMenu(menu))) => menu.keys.iter().map(|(key, _)| *key).collect(),
        (Step::Callback(_), Some(Kind::Callback(_))) => CALLBACK_KEYS.to_vec(),
        (Step::Survey(index), Some(Kind::Survey(survey))) => {
            survey.questions.get(*index).map(|question| question.answers.clone()).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

pub(super) fn exit_of(keys: &[(char, NodeId)], key: char) -> Option<NodeId> {
    keys.iter().find(|(k, _)| *k == key).map(|(_, next)| *next)
}
