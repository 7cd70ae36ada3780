//! One question as a form, the same for operators, for citizens and in the preview; and the answer back from what was sent.

use crate::domain::person::PersonLanguage;
use crate::domain::survey::{Answer, Code, Interview, Kind, Position, Question, QuestionKey, Refused};
use crate::web::page::Page;
use crate::web::queues::form::Sent;

/// Something that can be chosen, with the key that chooses it.
#[derive(Debug)]
pub struct OptionView {
    pub value: String,
    pub label: String,
    /// What stands under a point of a scale; empty for options.
    pub name: String,
    pub key: Option<char>,
    pub chosen: bool,
    /// "None of these".
    pub exclusive: bool,
}

#[derive(Debug)]
pub struct AskView {
    pub key: String,
    pub text: String,
    /// For whoever asks; empty for others.
    pub note: String,
    /// `single`, `multiple`, `scale`, `number`, `text` or `date`.
    pub kind: &'static str,
    pub options: Vec<OptionView>,
    pub value: String,
    pub unit: String,
    pub min: String,
    pub max: String,
    pub step: String,
    pub longest: u16,
    /// "Choose up to 3."
    pub hint: String,
    /// What can be said instead of an answer, and whether it was.
    pub passing: Vec<PassView>,
    pub problem: String,
}

/// A button that goes on without an answer.
#[derive(Debug)]
pub struct PassView {
    /// `dont_know`, `refuse` or `skip`.
    pub word: &'static str,
    pub label: String,
    /// The letter that presses it.
    pub key: &'static str,
    pub chosen: bool,
}

/// How far it is.
#[derive(Debug, Default)]
pub struct ProgressView {
    pub said: String,
    pub answered: usize,
    pub all: usize,
}

/// A scale with more points is typed as a number.
const MOST_POINTS: i32 = 11;

impl AskView {
    /// `asks`: the reader is whoever asks, not who is asked.
    pub fn of(page: &Page, question: &Question, (interview, asks): (&Interview, bool)) -> Self {
        let language = interview.language();
        let kept = interview.kept(&question.key);
        let mut view = Self {
            key: question.key.0.clone(),
            text: question.text.in_language(language).into_owned(),
            note: if asks {
                question.note.in_language(super::words::reader(page)).into_owned()
            } else {
                String::new()
            },
            kind: question.kind.name().as_str(),
            options: Vec::new(),
            value: String::new(),
            unit: String::new(),
            min: String::new(),
            max: String::new(),
            step: String::new(),
            longest: 0,
            hint: String::new(),
            passing: passing(page, question, kept, asks),
            problem: String::new(),
        };
        view.fill(page, question, kept, (language, interview.seed()));
        view
    }

    fn fill(
        &mut self,
        page: &Page,
        question: &Question,
        kept: Option<&Answer>,
        (language, seed): (PersonLanguage, u32),
    ) {
        match &question.kind {
            Kind::Single { .. } | Kind::Multiple { .. } => {
                self.options = options(question, kept, (language, seed));
                if let Kind::Multiple { min, max, .. } = &question.kind {
                    self.hint = how_many(page, *min, *max);
                }
            }
            Kind::Scale { from, to, .. } => {
                if i32::from(*to) - i32::from(*from) < MOST_POINTS {
                    self.options = points(question, kept, language);
                } else {
                    self.kind = "number";
                    (self.min, self.max, self.step) = (from.to_string(), to.to_string(), "1".into());
                    self.hint = ends(question, language);
                    if let Some(Answer::Point(point)) = kept {
                        self.value = point.to_string();
                    }
                }
            }
            Kind::Number { places, min, max, unit } => {
                let bound = |bound: &Option<crate::domain::survey::Decimal>| {
                    bound.map(|bound| bound.to_string()).unwrap_or_default()
                };
                (self.min, self.max) = (bound(min), bound(max));
                self.step = crate::domain::survey::Decimal::step(*places).to_string();
                self.unit = unit.in_language(language).into_owned();
                if let Some(Answer::Number(number)) = kept {
                    self.value = number.to_string();
                }
            }
            Kind::Text { max_chars } => {
                self.longest = *max_chars;
                if let Some(Answer::Text(text)) = kept {
                    self.value = text.clone();
                }
            }
            Kind::Date { from, to } => {
                let day =
                    |day: &Option<jiff::civil::Date>| day.map(|day| day.to_string()).unwrap_or_default();
                (self.min, self.max) = (day(from), day(to));
                if let Some(Answer::Date(day)) = kept {
                    self.value = day.to_string();
                }
            }
        }
    }

    /// What was typed and not taken stays in the field.
    pub fn with_problem(mut self, page: &Page, why: Refused, typed: &Sent) -> Self {
        self.problem = super::words::refused(page, why);
        let sent = typed.all("answer");
        for option in &mut self.options {
            option.chosen = sent.contains(&option.value);
        }
        if self.options.is_empty() {
            self.value = sent.last().cloned().unwrap_or_default();
        }
        self
    }
}

impl ProgressView {
    pub fn of(page: &Page, interview: &Interview) -> Self {
        let progress = interview.progress();
        let all = progress.answered + progress.longest;
        let left = if progress.shortest == progress.longest {
            page.with("survey-left", "left", progress.longest)
        } else {
            let said =
                [("shortest", progress.shortest.to_string()), ("longest", progress.longest.to_string())];
            page.with_values("survey-left-between", &said)
        };
        Self { said: left, answered: progress.answered, all: all.max(1) }
    }
}

/// What a form says of a question.
pub fn given(question: &Question, sent: &Sent) -> Result<Answer, Refused> {
    match sent.text("do") {
        "dont_know" => question.accept(Answer::DoesNotKnow),
        "refuse" => question.accept(Answer::Refuses),
        "skip" => question.accept(Answer::Nothing),
        _ => question.read(&sent.all("answer").join(" ")),
    }
}

/// The question before the one at which it is.
pub fn before(interview: &Interview) -> Option<QuestionKey> {
    let mut before = interview.clone();
    if !before.back() {
        return None;
    }
    match before.position() {
        Position::Question(question) => Some(question.key.clone()),
        Position::End(_) | Position::Over(_) => None,
    }
}

fn options(
    question: &Question,
    kept: Option<&Answer>,
    (language, seed): (PersonLanguage, u32),
) -> Vec<OptionView> {
    let chosen = |code: Code| match kept {
        Some(Answer::One(one)) => *one == code,
        Some(Answer::Many(codes)) => codes.contains(&code),
        _ => false,
    };
    let offered = question.offered(seed);
    let keys = ('1'..='9').map(Some).chain(std::iter::repeat(None));
    let option = |(option, key): (&crate::domain::survey::kind::Choice, Option<char>)| OptionView {
        value: option.code.to_string(),
        label: option.text.in_language(language).into_owned(),
        name: String::new(),
        key,
        chosen: chosen(option.code),
        exclusive: option.exclusive,
    };
    offered.into_iter().zip(keys).map(option).collect()
}

fn points(question: &Question, kept: Option<&Answer>, language: PersonLanguage) -> Vec<OptionView> {
    let Kind::Scale { from, to, labels } = &question.kind else { return Vec::new() };
    let point = |point: i16| {
        let label = labels.iter().find(|label| label.value == point);
        OptionView {
            value: point.to_string(),
            label: point.to_string(),
            name: label.map(|label| label.text.in_language(language).into_owned()).unwrap_or_default(),
            key: u32::try_from(point).ok().and_then(|digit| char::from_digit(digit, 10)),
            chosen: kept == Some(&Answer::Point(point)),
            exclusive: false,
        }
    };
    (*from..=*to).map(point).collect()
}

/// "0: not at all, 100: fully"
fn ends(question: &Question, language: PersonLanguage) -> String {
    let Kind::Scale { labels, .. } = &question.kind else { return String::new() };
    let said: Vec<String> =
        labels.iter().map(|label| format!("{}: {}", label.value, label.text.in_language(language))).collect();
    said.join(", ")
}

fn how_many(page: &Page, min: Option<u16>, max: Option<u16>) -> String {
    match (min, max) {
        (None, None) => page.say("survey-choose-any"),
        (Some(min), None) => page.with("survey-choose-min", "min", min),
        (None, Some(max)) => page.with("survey-choose-max", "max", max),
        (Some(min), Some(max)) => {
            page.with_values("survey-choose-between", &[("min", min.to_string()), ("max", max.to_string())])
        }
    }
}

fn passing(page: &Page, question: &Question, kept: Option<&Answer>, asks: bool) -> Vec<PassView> {
    let who = |asking: &str, own: &str| page.say(if asks { asking } else { own });
    let mut ways = Vec::new();
    let mut way = |offered: bool, word, label: String, key, answer: &Answer| {
        if offered {
            ways.push(PassView { word, label, key, chosen: kept == Some(answer) });
        }
    };
    let (knows, refuses, skips) = (
        who("survey-does-not-know", "survey-i-do-not-know"),
        who("survey-refuses", "survey-i-refuse"),
        page.say("survey-skip"),
    );
    way(question.may_not_know, "dont_know", knows, "n", &Answer::DoesNotKnow);
    way(question.may_refuse, "refuse", refuses, "r", &Answer::Refuses);
    way(!question.required, "skip", skips, "s", &Answer::Nothing);
    ways
}

/// What was answered, for people.
pub fn said(page: &Page, question: &Question, answer: &Answer, language: PersonLanguage) -> String {
    let option = |code: &Code| {
        let option = question.kind.option(*code);
        option.map_or_else(|| code.to_string(), |option| option.text.in_language(language).into_owned())
    };
    match answer {
        Answer::One(code) => option(code),
        Answer::Many(codes) => codes.iter().map(option).collect::<Vec<_>>().join("; "),
        Answer::Point(point) => point.to_string(),
        Answer::Number(number) => number.to_string(),
        Answer::Text(text) => text.clone(),
        Answer::Date(day) => page.civil(*day),
        Answer::DoesNotKnow => page.say("survey-does-not-know"),
        Answer::Refuses => page.say("survey-refuses"),
        Answer::Nothing => page.say("survey-no-answer"),
    }
}
