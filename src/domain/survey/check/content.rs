//! Words, keys, options and bounds: what can be seen by looking at one question alone.

use std::collections::BTreeSet;

use super::super::decimal::{Decimal, PLACES};
use super::super::kind::{Choice, Code, Kind, ScaleLabel};
use super::super::questionnaire::{
    LABEL_CHARS, MOST_ANSWER_CHARS, MOST_BRANCHES, MOST_OPTIONS, MOST_POINTS, Question, Questionnaire,
    TEXT_CHARS,
};
use super::super::texts::Texts;
use super::{Found, Part, Place, Reason};
use crate::domain::person::PersonLanguage;

pub(super) fn check(questionnaire: &Questionnaire, found: &mut Found) {
    let languages = &questionnaire.languages;
    if languages.is_empty() {
        found.error(Place::of(Part::Languages), Reason::NoLanguage, "");
    }
    for (at, language) in languages.iter().enumerate() {
        if languages.iter().take(at).any(|before| before == language) {
            found.error(Place::of(Part::Languages), Reason::TwiceLanguage, language);
        }
    }
    let mut words = Words { languages, found };
    words.needed(&questionnaire.title, Place::of(Part::Title), LABEL_CHARS);
    words.needed(&questionnaire.greeting, Place::of(Part::Greeting), TEXT_CHARS);
    words.needed(&questionnaire.thanks, Place::of(Part::Thanks), TEXT_CHARS);
    words.optional(&questionnaire.apology, Place::of(Part::Apology), TEXT_CHARS);
    if questionnaire.questions.is_empty() {
        words.found.error(Place::of(Part::Questions), Reason::NoQuestion, "");
    }
    let mut keys = BTreeSet::new();
    for (at, question) in questionnaire.questions.iter().enumerate() {
        let place = |part| Place::question(part, at);
        if !question.key.is_well_formed() {
            words.found.error(place(Part::Key), Reason::BadKey, &question.key);
        }
        if !keys.insert(&question.key) {
            words.found.error(place(Part::Key), Reason::TwiceKey, &question.key);
        }
        words.needed(&question.text, place(Part::Text), TEXT_CHARS);
        // Notes are for people of the house, who read some language of it.
        if question.note.longest() > TEXT_CHARS {
            words.found.error(place(Part::Note), Reason::LongText, TEXT_CHARS);
        }
        if question.branches.len() > MOST_BRANCHES {
            words.found.error(place(Part::Branch), Reason::TooMany, MOST_BRANCHES);
        }
        kind(question, at, &mut words);
    }
}

/// The words of every language that the survey is asked in.
struct Words<'a> {
    languages: &'a [PersonLanguage],
    found: &'a mut Found,
}

impl Words<'_> {
    fn needed(&mut self, texts: &Texts, place: Place, most: usize) {
        if texts.is_empty() {
            return self.found.error(place, Reason::EmptyText, "");
        }
        self.optional(texts, place, most);
    }

    /// If there are words, then in every language.
    fn optional(&mut self, texts: &Texts, place: Place, most: usize) {
        if texts.longest() > most {
            self.found.error(place, Reason::LongText, most);
        }
        for language in self.languages.iter().filter(|language| !texts.is_empty() && !texts.has(**language)) {
            self.found.error(place, Reason::MissingText, language);
        }
    }
}

fn kind(question: &Question, at: usize, words: &mut Words<'_>) {
    let bounds = Place::question(Part::Bounds, at);
    match &question.kind {
        Kind::Single { options: of, .. } => {
            options(of, 2, at, words);
            for (item, _) in (0..).zip(of).filter(|(_, option)| option.exclusive) {
                let place = Place::question(Part::Option, at).item(item);
                words.found.warning(place, Reason::ExclusiveAlone, "");
            }
        }
        Kind::Multiple { options: of, min, max, .. } => {
            options(of, 1, at, words);
            let together = of.iter().filter(|option| !option.exclusive).count();
            let least = usize::from(min.unwrap_or(0));
            let most = max.map_or(usize::MAX, usize::from);
            if most == 0 || least > most || least > together.max(1) {
                words.found.error(bounds, Reason::ImpossibleBounds, "");
            }
        }
        Kind::Scale { from, to, labels } => {
            let points = i32::from(*to) - i32::from(*from) + 1;
            if points < 2 {
                words.found.error(bounds, Reason::ImpossibleBounds, "");
            } else if points > MOST_POINTS {
                words.found.error(bounds, Reason::TooMany, MOST_POINTS);
            }
            scale(*from, *to, labels, at, words);
        }
        Kind::Number { places, min, max, unit } => {
            let reversed = min.zip(*max).is_some_and(|(min, max)| min > max);
            let finer = |bound: &Option<Decimal>| bound.is_some_and(|bound| bound.places() > *places);
            if reversed || *places > PLACES || finer(min) || finer(max) {
                words.found.error(bounds, Reason::ImpossibleBounds, "");
            }
            words.optional(unit, Place::question(Part::Unit, at), LABEL_CHARS);
        }
        Kind::Text { max_chars } => {
            if !(1..=MOST_ANSWER_CHARS).contains(max_chars) {
                words.found.error(bounds, Reason::ImpossibleBounds, MOST_ANSWER_CHARS);
            }
        }
        Kind::Date { from, to } => {
            if from.zip(*to).is_some_and(|(from, to)| from > to) {
                words.found.error(bounds, Reason::ImpossibleBounds, "");
            }
        }
    }
}

fn options(options: &[Choice], least: usize, at: usize, words: &mut Words<'_>) {
    let whole = Place::question(Part::Options, at);
    if options.len() < least {
        words.found.error(whole, Reason::TooFewOptions, least);
    }
    if options.len() > MOST_OPTIONS {
        words.found.error(whole, Reason::TooMany, MOST_OPTIONS);
    }
    for (item, option) in options.iter().enumerate() {
        let place = Place::question(Part::Option, at).item(item);
        let mut before = options.iter().take(item);
        if !(1..=Code::MOST).contains(&option.code.0) {
            words.found.error(place, Reason::BadCode, option.code);
        }
        if before.clone().any(|other| other.code == option.code) {
            words.found.error(place, Reason::TwiceCode, option.code);
        }
        if before.any(|other| other.text == option.text && !option.text.is_empty()) {
            words.found.warning(place, Reason::TwiceOption, option.code);
        }
        words.needed(&option.text, place, LABEL_CHARS);
    }
}

fn scale(from: i16, to: i16, labels: &[ScaleLabel], at: usize, words: &mut Words<'_>) {
    for (item, label) in labels.iter().enumerate() {
        let place = Place::question(Part::Label, at).item(item);
        if !(from..=to).contains(&label.value) {
            words.found.error(place, Reason::LabelOutside, label.value);
        }
        if labels.iter().take(item).any(|before| before.value == label.value) {
            words.found.error(place, Reason::TwiceLabel, label.value);
        }
        words.needed(&label.text, place, LABEL_CHARS);
    }
    let named = |value: i16| labels.iter().any(|label| label.value == value);
    if !named(from) || !named(to) {
        words.found.warning(Place::question(Part::Bounds, at), Reason::NamelessEnds, "");
    }
}
