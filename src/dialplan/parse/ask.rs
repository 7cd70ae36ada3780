//! `[node.NAME.KIND]`: the kinds that ask the caller, and `say`.

use std::str::FromStr;
use std::time::Duration;

use toml::Spanned;
use toml::de::DeValue;

use super::fields::{Fields, Placed, list_of, text_of};
use super::{Mentioned, Reader};
use crate::dialplan::phrase::Phrase;
use crate::dialplan::plan::{
    CaseState, Check, Input, Kind, LanguageMenu, Menu, NodeId, Question, Say, Source, Survey, SurveyQuestion,
};
use crate::dialplan::problem::{Problem, Span};
use crate::dialplan::script::is_key;
use crate::dialplan::speech::{ANY_DEPARTMENT, Gender, Manner, is_sayable};
use crate::domain::case::Status;

/// Longer inputs are a slip of the finger, and a call keeps them in memory.
const MAX_DIGITS: u32 = 32;

/// A survey that asks more is not answered.
const MAX_QUESTIONS: usize = 10;

/// How a node asks unless it says otherwise.
struct Usual {
    tries: u32,
    invalid: &'static str,
}

const MENU: Usual = Usual { tries: 3, invalid: "invalid_choice" };
const DIGITS: Usual = Usual { tries: 3, invalid: "invalid_input" };

impl Reader {
    pub(super) fn menu(&mut self, id: NodeId, fields: &mut Fields<'_, '_>) -> Option<Kind> {
        let prompts = self.prompts(fields, None);
        let keys = self.key_exits(id, fields, true);
        let question = self.question(fields, prompts.unwrap_or_default(), &MENU);
        let otherwise = self.exit(id, fields, "otherwise");
        (!question.prompts.is_empty()).then_some(())?;
        Some(Kind::Menu(Menu { question, keys: keys?, otherwise: otherwise? }))
    }

    /// One language from here on, or a choice of languages by key.
    pub(super) fn language(&mut self, id: NodeId, fields: &mut Fields<'_, '_>) -> Option<Kind> {
        if fields.find("keys").is_none() {
            return self.mentioning(id, fields, "language", Mentioned::Language, |language, next| {
                Kind::Language { language, next }
            });
        }
        let prompts = self.prompts(fields, Some("language_choice"));
        let keys = self.keys(fields, |reader, language| Some(reader.mention(Mentioned::Language, language)));
        let question = self.question(fields, prompts.unwrap_or_default(), &MENU);
        let next = self.exit(id, fields, "next");
        Some(Kind::LanguageMenu(LanguageMenu { question, keys: keys?, next: next? }))
    }

    pub(super) fn input(&mut self, id: NodeId, fields: &mut Fields<'_, '_>) -> Option<Kind> {
        let prompts = self.prompts(fields, None);
        let store = fields.needed_text("store", &mut self.problems);
        let min = fields.number("min", 1..=MAX_DIGITS, 1, &mut self.problems);
        let max = fields.number("max", 1..=MAX_DIGITS, MAX_DIGITS, &mut self.problems);
        if min > max {
            let place = fields.find("min").map_or(fields.place.clone(), |(_, value)| value.span());
            self.problems.push(Problem::new(place, Phrase::more_than("min", "max", max)));
        }
        let terminator = self.terminator(fields);
        let check = self.check(fields);
        let question = self.question(fields, prompts.unwrap_or_default(), &DIGITS);
        let next = self.exit(id, fields, "next");
        let failed = self.exit(id, fields, "failed");
        let store = store?.value;
        self.stores.push(store.clone());
        let length = min as usize..=max as usize;
        Some(Kind::Input(Input {
            question,
            store,
            length,
            terminator,
            check: check?,
            next: next?,
            failed: failed?,
        }))
    }

    fn terminator(&mut self, fields: &mut Fields<'_, '_>) -> char {
        let Some(written) = fields.text("terminator", &mut self.problems) else { return '#' };
        match written.value.as_str() {
            "#" => '#',
            "*" => '*',
            _ => {
                self.problems.push(Problem::new(written.span, Phrase::terminator()));
                '#'
            }
        }
    }

    /// `check = "luhn"`, or `range = [1, 500]`.
    fn check(&mut self, fields: &mut Fields<'_, '_>) -> Option<Check> {
        const CHECKS: [&str; 3] = ["none", "luhn", "mod97"];
        if let Some((place, value)) = fields.find("range") {
            if let Some((second, _)) = fields.find("check") {
                self.problems.push(Problem::new(second, Phrase::check_or_range()));
            }
            let bounds: Vec<u64> = list_of("range", value, &mut self.problems)?
                .into_iter()
                .filter_map(|bound| bound.get_ref().as_integer()?.as_str().parse().ok())
                .collect();
            return match bounds.as_slice() {
                [low, high] if low <= high => Some(Check::Range(*low..=*high)),
                _ => {
                    let problem = Problem::new(place, Phrase::range_takes());
                    self.problems.push(problem.help(Phrase::example("range = [1, 500]")));
                    None
                }
            };
        }
        let Some(written) = fields.text("check", &mut self.problems) else { return Some(Check::None) };
        match written.value.as_str() {
            "none" => Some(Check::None),
            "luhn" => Some(Check::Luhn),
            "mod97" => Some(Check::Mod97),
            other => {
                let problem = Problem::new(written.span, Phrase::no_check(other));
                self.problems.push(problem.suggest(other, CHECKS));
                None
            }
        }
    }

    pub(super) fn case_state(&mut self, id: NodeId, fields: &mut Fields<'_, '_>) -> Option<Kind> {
        let number_from = self.input_name(fields, "number_from");
        let pin_from = self.input_name(fields, "pin_from");
        let number_prompt =
            self.prompt_or(fields, "number_prompt", "case_number_prompt", number_from.is_none());
        let pin_prompt = self.prompt_or(fields, "pin_prompt", "case_pin_prompt", pin_from.is_none());
        let mut number = self.question(fields, vec![number_prompt], &DIGITS);
        let tries = number.tries;
        let pin = Question { prompts: vec![pin_prompt], ..number.clone() };
        number.invalid_prompt = self.prompt_or(fields, "not_found_prompt", "case_not_found", true);
        let states = Status::ALL.iter().map(|status| format!("case_status_{status}"));
        for key in states.chain(["case_with".to_owned(), ANY_DEPARTMENT.to_owned()]) {
            self.mention(Mentioned::Prompt, Placed { value: key, span: fields.place.clone() });
        }
        let found = self.exit(id, fields, "found");
        let not_found = self.exit(id, fields, "not_found");
        Some(Kind::CaseState(CaseState {
            number,
            pin,
            number_from,
            pin_from,
            tries,
            found: found?,
            not_found: not_found?,
        }))
    }

    pub(super) fn survey(&mut self, id: NodeId, fields: &mut Fields<'_, '_>) -> Option<Kind> {
        let name = match fields.text("name", &mut self.problems) {
            Some(name) => Some(name.value),
            None => self.outline.nodes.get(id.0).map(|node| node.name.value.clone()),
        };
        let shared = self.question(fields, Vec::new(), &Usual { tries: 2, invalid: "invalid_choice" });
        let next = self.exit(id, fields, "next");
        let Some((place, value)) = fields.find("questions") else {
            let example =
                "questions = [{ key = \"satisfied\", prompt = \"survey_satisfied\", keys = \"12345\" }]";
            self.problems.push(fields.missing("questions").help(Phrase::example(example)));
            return None;
        };
        let written = list_of("questions", value, &mut self.problems)?;
        if written.is_empty() || written.len() > MAX_QUESTIONS {
            self.problems.push(Problem::new(place, Phrase::survey_length(MAX_QUESTIONS)));
        }
        let questions: Vec<Option<SurveyQuestion>> =
            written.into_iter().take(MAX_QUESTIONS).map(|item| self.survey_question(item, &shared)).collect();
        let questions = questions.into_iter().collect::<Option<Vec<SurveyQuestion>>>();
        Some(Kind::Survey(Survey { name: name?, questions: questions?, next: next? }))
    }

    fn survey_question(&mut self, item: &Spanned<DeValue<'_>>, shared: &Question) -> Option<SurveyQuestion> {
        let mut fields = Fields::of(item, item.span(), Phrase::the_question(), &mut self.problems)?;
        let key = fields.needed_text("key", &mut self.problems);
        let prompt = self.needed_prompt(&mut fields, "prompt");
        let answers = match fields.text("keys", &mut self.problems) {
            Some(keys) if !keys.value.is_empty() && keys.value.chars().all(is_key) => {
                Some(keys.value.chars().collect())
            }
            Some(keys) => {
                let problem = Problem::new(keys.span, Phrase::answer_keys());
                self.problems.push(problem.help(Phrase::example("keys = \"12345\"")));
                None
            }
            None => Some("12345".chars().collect()),
        };
        fields.finish(&mut self.problems);
        let question = Question { prompts: vec![prompt?], ..shared.clone() };
        Some(SurveyQuestion { key: key?.value, question, answers: answers? })
    }

    pub(super) fn say(&mut self, id: NodeId, fields: &mut Fields<'_, '_>) -> Option<Kind> {
        let before = self.some_prompts(fields, "before");
        let after = self.some_prompts(fields, "after");
        let manner = self.word::<Manner>(fields, "as", Manner::ALL.iter().map(|word| word.as_str()));
        if fields.find("as").is_none() {
            let words: Vec<&str> = Manner::ALL.iter().map(|word| word.as_str()).collect();
            self.problems.push(fields.missing("as").help(Phrase::one_of(words.join(", "))));
        }
        let gender = self.word::<Gender>(fields, "gender", Gender::ALL.iter().map(|word| word.as_str()));
        let source = self.source(fields, manner.as_ref().map(|manner| manner.value));
        let next = self.exit(id, fields, "next");
        let manner = manner?;
        self.outline.spoken.push(manner.clone());
        Some(Kind::Say(Say {
            before,
            after,
            source: source?,
            manner: manner.value,
            gender: gender.map_or(Gender::Masculine, |gender| gender.value),
            next: next?,
        }))
    }

    /// `value = "..."`, `input = "..."`, `now = true` or `caller = true`.
    fn source(&mut self, fields: &mut Fields<'_, '_>, manner: Option<Manner>) -> Option<Source> {
        let written = fields.text("value", &mut self.problems);
        let input = self.input_name(fields, "input");
        let now = fields.flag("now", false, &mut self.problems);
        let caller = fields.flag("caller", false, &mut self.problems);
        match (written, input, now, caller) {
            (Some(text), None, false, false) => {
                if let Some(manner) = manner.filter(|manner| !is_sayable(*manner, &text.value)) {
                    let message = Phrase::not_sayable(&text.value, manner);
                    let example = match manner {
                        Manner::Date => Phrase::write_like("\"2026-05-04\""),
                        Manner::Time => Phrase::write_like("\"07:30\""),
                        _ => Phrase::write_digits(),
                    };
                    self.problems.push(Problem::new(text.span, message).help(example));
                }
                Some(Source::Written(text.value))
            }
            (None, Some(name), false, false) => Some(Source::Input(name)),
            (None, None, true, false) if matches!(manner, None | Some(Manner::Date | Manner::Time)) => {
                Some(Source::Now)
            }
            (None, None, false, true) => Some(Source::Caller),
            (None, None, true, false) => {
                let place = fields.find("now").map_or(fields.place.clone(), |(place, _)| place);
                self.problems.push(Problem::new(place, Phrase::now_is_a_time()));
                None
            }
            _ => {
                let problem = Problem::new(fields.place.clone(), Phrase::one_thing_to_say());
                self.problems.push(problem.help(Phrase::say_sources()));
                None
            }
        }
    }

    /// A name that an input node stores.
    pub(super) fn input_name(&mut self, fields: &mut Fields<'_, '_>, name: &'static str) -> Option<String> {
        let used = fields.text(name, &mut self.problems)?;
        self.uses.push(used.clone());
        Some(used.value)
    }

    /// One of the words of an enum; a problem where it is none.
    pub(super) fn word<T: FromStr>(
        &mut self,
        fields: &mut Fields<'_, '_>,
        name: &'static str,
        known: impl Iterator<Item = &'static str>,
    ) -> Option<Placed<T>> {
        let Placed { value, span } = fields.text(name, &mut self.problems)?;
        match value.parse() {
            Ok(word) => Some(Placed { value: word, span }),
            Err(_) => {
                let problem = Problem::new(span, Phrase::cannot_be(name, &value));
                self.problems.push(problem.suggest(&value, known));
                None
            }
        }
    }

    /// A prompt or a list of prompts that may be left out.
    fn some_prompts(&mut self, fields: &mut Fields<'_, '_>, name: &'static str) -> Vec<String> {
        match fields.find(name) {
            Some((_, value)) if value.get_ref().is_array() => {
                let list = fields.texts(name, &mut self.problems).map(|list| list.value);
                let list = list.unwrap_or_default().into_iter();
                list.map(|key| self.mention(Mentioned::Prompt, key)).collect()
            }
            _ => self.prompt(fields, name).into_iter().collect(),
        }
    }

    /// `timeout_s`, `tries`, `invalid_prompt`, `no_input_prompt`.
    fn question(&mut self, fields: &mut Fields<'_, '_>, prompts: Vec<String>, usual: &Usual) -> Question {
        let timeout = fields.number("timeout_s", 1..=60, 6, &mut self.problems);
        let tries = fields.number("tries", 1..=10, usual.tries, &mut self.problems);
        let invalid_prompt = self.prompt_or(fields, "invalid_prompt", usual.invalid, tries > 1);
        let no_input_prompt = self.prompt_or(fields, "no_input_prompt", "no_input", tries > 1);
        let timeout = Duration::from_secs(timeout.into());
        Question { prompts, timeout, tries, invalid_prompt, no_input_prompt }
    }

    /// A question with a prompt of its own name, asked like that of a menu with `tries` or digits.
    pub(super) fn question_of(
        &mut self,
        fields: &mut Fields<'_, '_>,
        name: &'static str,
        usual: &str,
        digits: bool,
    ) -> Question {
        let prompt = self.prompt_or(fields, name, usual, true);
        self.question(fields, vec![prompt], if digits { &DIGITS } else { &MENU })
    }

    /// `keys = { 1 = "node" }`.
    pub(super) fn key_exits(
        &mut self,
        id: NodeId,
        fields: &mut Fields<'_, '_>,
        needed: bool,
    ) -> Option<Vec<(char, NodeId)>> {
        if fields.find("keys").is_none() {
            if !needed {
                return Some(Vec::new());
            }
            self.problems.push(fields.missing("keys").help(Phrase::example("keys = { 1 = \"water\" }")));
            return None;
        }
        self.keys(fields, |reader, exit| reader.exit_to(id, exit))
    }

    fn keys<T>(
        &mut self,
        fields: &mut Fields<'_, '_>,
        mut read: impl FnMut(&mut Self, Placed<String>) -> Option<T>,
    ) -> Option<Vec<(char, T)>> {
        let (place, value): (Span, &Spanned<DeValue<'_>>) = fields.find("keys")?;
        let table = Fields::of(value, place.clone(), Phrase::the_table("keys"), &mut self.problems)?;
        let mut keys = Vec::new();
        let mut whole = true;
        for (key, value) in table.entries() {
            let pressed = single_key(key.get_ref());
            if pressed.is_none() {
                let message = Phrase::not_a_key(key.get_ref().as_ref());
                self.problems.push(Problem::new(key.span(), message).help(Phrase::telephone_keys()));
            }
            let meant = text_of("keys", value, &mut self.problems).and_then(|name| read(self, name));
            whole &= pressed.is_some() && meant.is_some();
            keys.extend(pressed.zip(meant));
        }
        if whole && keys.is_empty() {
            self.problems.push(Problem::new(place, Phrase::no_keys()).help(Phrase::use_play()));
            return None;
        }
        whole.then_some(keys)
    }
}

fn single_key(written: &str) -> Option<char> {
    let mut letters = written.chars();
    letters.next().filter(|c| is_key(*c) && letters.next().is_none())
}
