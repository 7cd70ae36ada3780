//! The editor as it is drawn: a questionnaire as fields with their names, and what is wrong beside each.

use crate::domain::person::PersonLanguage;
use crate::domain::script::to_latin;
use crate::domain::survey::check::{Problem, Severity, check};
use crate::domain::survey::condition::Operand;
use crate::domain::survey::keypad::GiveUp;
use crate::domain::survey::kind::KindName;
use crate::domain::survey::questionnaire::{Branch, Ending, LABEL_CHARS, Question, TEXT_CHARS, Target};
use crate::domain::survey::{Condition, Kind, Questionnaire, Test, Texts};
use crate::web::cases::view::Choice;
use crate::web::page::Page;

use super::quotas::{QuotaView, of_quota};
use super::words::{self, TESTS};

/// One text in its languages.
#[derive(Debug)]
pub struct TextsView {
    /// What the names of its fields begin with.
    pub name: String,
    pub cyrillic: String,
    pub latin: String,
    /// What Latin readers get when nobody writes anything else.
    pub made: String,
    pub english: String,
    pub longest: usize,
    /// Which languages are asked.
    pub serbian: bool,
    pub in_english: bool,
}

#[derive(Debug)]
pub struct ProblemView {
    pub part: &'static str,
    pub item: Option<usize>,
    pub is_error: bool,
    pub said: String,
}

/// Of one card, or of the head of the page.
#[derive(Debug, Default)]
pub struct Problems(Vec<ProblemView>);

#[derive(Debug)]
pub struct OptionRow {
    pub at: usize,
    pub code: String,
    pub text: TextsView,
    pub exclusive: bool,
    pub fixed: bool,
}

#[derive(Debug)]
pub struct TestRow {
    pub at: usize,
    pub of: Vec<Choice>,
    pub is: Vec<Choice>,
    pub value: String,
}

#[derive(Debug)]
pub struct BranchView {
    pub at: usize,
    /// "If the answer to ... is ..., then ..."
    pub said: String,
    pub any: bool,
    pub tests: Vec<TestRow>,
    /// A condition that is deeper than the form shows goes through it as it is.
    pub json: String,
    pub targets: Vec<Choice>,
}

#[derive(Debug)]
pub struct CardView {
    pub at: usize,
    pub number: usize,
    pub key: String,
    pub text: TextsView,
    pub note: TextsView,
    /// What stands in the closed card.
    pub title: String,
    pub kinds: Vec<Choice>,
    pub kind: &'static str,
    pub required: bool,
    pub may_not_know: bool,
    pub may_refuse: bool,
    pub random: bool,
    /// `from`, `to`, `least`, `most`, `min`, `max`, `places`, `chars`, `since`, `until`, as far as the kind has them.
    pub bounds: Bounds,
    pub unit: TextsView,
    pub options: Vec<OptionRow>,
    pub labels: Vec<OptionRow>,
    pub branches: Vec<BranchView>,
    pub otherwise: Vec<Choice>,
    pub is_first: bool,
    pub is_last: bool,
    pub problems: Problems,
}

#[derive(Debug, Default)]
pub struct Bounds {
    pub from: String,
    pub to: String,
    pub places: String,
    pub chars: String,
}

#[derive(Debug)]
pub struct KeypadView {
    pub on: bool,
    pub wrong: u8,
    pub silences: u8,
    pub give_up: Vec<Choice>,
    pub patience: u8,
    pub between: u8,
    pub opt_out: String,
}

/// All of it.
#[derive(Debug)]
pub struct Form {
    pub title: TextsView,
    pub greeting: TextsView,
    pub thanks: TextsView,
    pub apology: TextsView,
    pub languages: Vec<Choice>,
    pub cards: Vec<CardView>,
    pub quotas: Vec<QuotaView>,
    pub keypad: KeypadView,
    /// Of what is no question.
    pub problems: Problems,
    pub errors: usize,
    pub warnings: usize,
}

pub(super) struct Drawn<'a> {
    pub(super) page: &'a Page,
    pub(super) of: &'a Questionnaire,
    found: Vec<Problem>,
}

impl Form {
    pub fn of(page: &Page, questionnaire: &Questionnaire) -> Self {
        let found = check(questionnaire);
        let errors = found.iter().filter(|problem| problem.severity == Severity::Error).count();
        let warnings = found.len() - errors;
        let drawn = Drawn { page, of: questionnaire, found };
        let language = |language: &PersonLanguage| Choice {
            value: language.as_str().to_owned(),
            label: page.word("survey-language", &language.as_str().to_lowercase()),
            chosen: questionnaire.languages.contains(language),
        };
        Self {
            title: drawn.texts("title", &questionnaire.title, LABEL_CHARS),
            greeting: drawn.texts("greeting", &questionnaire.greeting, TEXT_CHARS),
            thanks: drawn.texts("thanks", &questionnaire.thanks, TEXT_CHARS),
            apology: drawn.texts("apology", &questionnaire.apology, TEXT_CHARS),
            languages: PersonLanguage::ALL.iter().map(language).collect(),
            cards: (0..)
                .zip(&questionnaire.questions)
                .map(|(at, question)| drawn.card(at, question))
                .collect(),
            quotas: (0..).zip(&questionnaire.quotas).map(|(at, quota)| drawn.quota(at, quota)).collect(),
            keypad: drawn.keypad(),
            problems: drawn.problems(|problem| problem.place.question.is_none() && !of_quota(problem)),
            errors,
            warnings,
        }
    }
}

impl Problems {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Of some parts, by words with blanks between.
    pub fn of(&self, parts: &str) -> impl Iterator<Item = &ProblemView> {
        self.0.iter().filter(move |problem| parts.split(' ').any(|part| part == problem.part))
    }

    /// Of one option, label or branch.
    pub fn at(&self, part: &str, item: &usize) -> impl Iterator<Item = &ProblemView> {
        self.0.iter().filter(move |problem| problem.part == part && problem.item == Some(*item))
    }

    pub fn all(&self) -> impl Iterator<Item = &ProblemView> {
        self.0.iter()
    }

    pub fn has_error(&self) -> bool {
        self.0.iter().any(|problem| problem.is_error)
    }
}

impl Drawn<'_> {
    pub(super) fn problems(&self, belongs: impl Fn(&Problem) -> bool) -> Problems {
        let view = |problem: &Problem| ProblemView {
            part: problem.place.part.as_str(),
            item: problem.place.item,
            is_error: problem.severity == Severity::Error,
            said: words::problem(self.page, problem),
        };
        Problems(self.found.iter().filter(|problem| belongs(problem)).map(view).collect())
    }

    pub(super) fn texts(&self, name: &str, texts: &Texts, longest: usize) -> TextsView {
        let has = |language| self.of.languages.contains(&language);
        TextsView {
            name: name.to_owned(),
            cyrillic: texts.cyrillic.clone(),
            latin: texts.latin.clone(),
            made: to_latin(&texts.cyrillic),
            english: texts.english.clone(),
            longest,
            serbian: has(PersonLanguage::SerbianCyrillic) || has(PersonLanguage::SerbianLatin),
            in_english: has(PersonLanguage::English),
        }
    }

    fn card(&self, at: usize, question: &Question) -> CardView {
        let kind = |kind: &KindName| Choice {
            value: kind.as_str().to_owned(),
            label: self.page.word("survey-kind", kind.as_str()),
            chosen: *kind == question.kind.name(),
        };
        let name = format!("q{at}");
        let empty = Texts::default();
        let unit = match &question.kind {
            Kind::Number { unit, .. } => unit,
            _ => &empty,
        };
        CardView {
            at,
            number: at + 1,
            key: question.key.0.clone(),
            text: self.texts(&format!("{name}.text"), &question.text, TEXT_CHARS),
            note: self.texts(&format!("{name}.note"), &question.note, TEXT_CHARS),
            title: question.text.in_language(words::reader(self.page)).into_owned(),
            kinds: KindName::ALL.iter().map(kind).collect(),
            kind: question.kind.name().as_str(),
            required: question.required,
            may_not_know: question.may_not_know,
            may_refuse: question.may_refuse,
            random: question.kind.is_random(),
            bounds: bounds(&question.kind),
            unit: self.texts(&format!("{name}.unit"), unit, LABEL_CHARS),
            options: self.options(&name, question),
            labels: self.labels(&name, question),
            branches: (0..).zip(&question.branches).map(|(n, branch)| self.branch(at, (n, branch))).collect(),
            otherwise: self.targets(at, question.otherwise.as_ref(), true),
            is_first: at == 0,
            is_last: at + 1 == self.of.questions.len(),
            problems: self.problems(|problem| problem.place.question == Some(at)),
        }
    }

    fn options(&self, name: &str, question: &Question) -> Vec<OptionRow> {
        let options = (0..).zip(question.kind.options());
        let row = |(at, option): (usize, &crate::domain::survey::kind::Choice)| OptionRow {
            at,
            code: option.code.to_string(),
            text: self.texts(&format!("{name}.o{at}.text"), &option.text, LABEL_CHARS),
            exclusive: option.exclusive,
            fixed: option.fixed,
        };
        options.map(row).collect()
    }

    fn labels(&self, name: &str, question: &Question) -> Vec<OptionRow> {
        let Kind::Scale { labels, .. } = &question.kind else { return Vec::new() };
        let row = |(at, label): (usize, &crate::domain::survey::kind::ScaleLabel)| OptionRow {
            at,
            code: label.value.to_string(),
            text: self.texts(&format!("{name}.l{at}.text"), &label.text, LABEL_CHARS),
            exclusive: false,
            fixed: false,
        };
        (0..).zip(labels).map(row).collect()
    }

    fn branch(&self, question: usize, (at, branch): (usize, &Branch)) -> BranchView {
        let flat = flat(&branch.condition);
        let row = |(at, (of, is)): (usize, (&str, &Test))| TestRow {
            at,
            of: self.questions(of, Some(question)),
            is: self.tests(words::word(is), false),
            value: value(is),
        };
        let said = [
            ("condition", words::condition(self.page, self.of, &branch.condition)),
            ("target", words::target(self.page, self.of, &branch.target)),
        ];
        BranchView {
            at,
            said: self.page.with_values("survey-branch-says", &said),
            any: matches!(branch.condition, Condition::Any(_)),
            json: match &flat {
                Some(_) => String::new(),
                None => serde_json::to_string(&branch.condition).unwrap_or_default(),
            },
            tests: (0..).zip(flat.unwrap_or_default()).map(row).collect(),
            targets: self.targets(question, Some(&branch.target), false),
        }
    }

    /// Only what is asked before can be compared, and the question itself.
    pub(super) fn questions(&self, chosen: &str, upto: Option<usize>) -> Vec<Choice> {
        let most = upto.map_or(usize::MAX, |upto| upto + 1);
        let choice = |(at, question): (usize, &Question)| Choice {
            value: question.key.0.clone(),
            label: self.named(at, question),
            chosen: question.key.0 == chosen,
        };
        let mut all: Vec<Choice> = (0..).zip(&self.of.questions).take(most).map(choice).collect();
        if !chosen.is_empty() && !all.iter().any(|choice| choice.chosen) {
            all.push(Choice { value: chosen.to_owned(), label: chosen.to_owned(), chosen: true });
        }
        all
    }

    fn named(&self, at: usize, question: &Question) -> String {
        let words = question.text.in_language(words::reader(self.page));
        let words = if words.is_empty() { question.key.0.clone() } else { words::quoted(&words) };
        format!("{}. {words}", at + 1)
    }

    /// Only forward: a survey has no loops.
    fn targets(&self, from: usize, chosen: Option<&Target>, or_next: bool) -> Vec<Choice> {
        let mut all = Vec::new();
        if or_next {
            let label = self.page.say("survey-next-question");
            all.push(Choice { value: String::new(), label, chosen: chosen.is_none() });
        }
        for (at, question) in (0..).zip(&self.of.questions) {
            let target = Target::Question(question.key.clone());
            let is_chosen = chosen == Some(&target);
            if at > from || is_chosen {
                let value = format!("question:{}", question.key);
                all.push(Choice { value, label: self.named(at, question), chosen: is_chosen });
            }
        }
        for ending in Ending::ALL {
            let label = self.page.word("survey-ending", ending.as_str());
            let is_chosen = chosen == Some(&Target::End(*ending));
            all.push(Choice { value: format!("end:{ending}"), label, chosen: is_chosen });
        }
        if let Some(Target::Question(key)) = chosen
            && !all.iter().any(|choice| choice.chosen)
        {
            all.push(Choice { value: format!("question:{key}"), label: key.0.clone(), chosen: true });
        }
        all
    }

    pub(super) fn tests(&self, chosen: &str, or_none: bool) -> Vec<Choice> {
        let none = or_none.then(|| Choice {
            value: String::new(),
            label: self.page.say("survey-test-none"),
            chosen: chosen.is_empty(),
        });
        let choice = |word: &&str| Choice {
            value: (*word).to_owned(),
            label: self.page.word("survey-test", word),
            chosen: *word == chosen,
        };
        none.into_iter().chain(TESTS.iter().map(choice)).collect()
    }

    fn keypad(&self) -> KeypadView {
        let settings = self.of.keypad.unwrap_or_default();
        let way = |way: &GiveUp| Choice {
            value: way.as_str().to_owned(),
            label: self.page.word("survey-give-up", way.as_str()),
            chosen: *way == settings.give_up,
        };
        KeypadView {
            on: self.of.keypad.is_some(),
            wrong: settings.wrong_keys,
            silences: settings.silences,
            give_up: GiveUp::ALL.iter().map(way).collect(),
            patience: settings.patience_s,
            between: settings.between_s,
            opt_out: settings.opt_out.map(String::from).unwrap_or_default(),
        }
    }
}

fn bounds(kind: &Kind) -> Bounds {
    fn shown<T: ToString>(value: &Option<T>) -> String {
        value.as_ref().map(ToString::to_string).unwrap_or_default()
    }
    match kind {
        Kind::Single { .. } => Bounds::default(),
        Kind::Multiple { min, max, .. } => Bounds { from: shown(min), to: shown(max), ..Bounds::default() },
        Kind::Scale { from, to, .. } => {
            Bounds { from: from.to_string(), to: to.to_string(), ..Bounds::default() }
        }
        Kind::Number { places, min, max, .. } => {
            Bounds { from: shown(min), to: shown(max), places: places.to_string(), ..Bounds::default() }
        }
        Kind::Text { max_chars } => Bounds { chars: max_chars.to_string(), ..Bounds::default() },
        Kind::Date { from, to } => Bounds { from: shown(from), to: shown(to), ..Bounds::default() },
    }
}

/// Its tests, when it is no deeper than the form.
fn flat(condition: &Condition) -> Option<Vec<(&str, &Test)>> {
    let one = |part: &'_ Condition| matches!(part, Condition::Answer { .. });
    match condition {
        Condition::Answer { .. } => {}
        Condition::All(parts) | Condition::Any(parts) if parts.iter().all(one) => {}
        _ => return None,
    }
    Some(condition.tests().into_iter().map(|(key, test)| (key.0.as_str(), test)).collect())
}

pub(super) fn value(test: &Test) -> String {
    let said = |operand: &Operand| match operand {
        Operand::Number(number) => number.to_string(),
        Operand::Date(day) => day.strftime("%-d.%-m.%Y.").to_string(),
    };
    let join = if matches!(test, Test::Between(..)) { " - " } else { ", " };
    test.operands().iter().map(said).collect::<Vec<_>>().join(join)
}
