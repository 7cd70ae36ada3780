//! What is asked by the category: the fields of a form, what a browser sent, and the page on which answers of a case are changed.

pub mod edit;

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::response::Response;
use jiff::civil::Date;

use super::auth::SignedIn;
use super::cases::view::Choice;
use super::error::WebError;
use super::i18n::{Language, Locale};
use super::page::{Page, html};
use super::state::App;
use crate::domain::id::{CategoryId, QuestionId};
use crate::domain::permission::Right;
use crate::domain::question::{ANSWER_CHARS, NO, Question, QuestionKind, Wrong, YES};
use crate::store::directory::Directory;

/// One question as a field of a form. `questions/_fields.html` draws a `Vec` of these that is called `questions`.
#[derive(Clone, Debug)]
pub struct QuestionField {
    /// Of the field: see [`sent`].
    pub name: String,
    pub label: String,
    pub kind: QuestionKind,
    pub required: bool,
    pub value: String,
    /// Of a choice, and of yes and no.
    pub options: Vec<Choice>,
    /// What is wrong with what was sent.
    pub problem: Option<String>,
}

/// An answer as it is read.
#[derive(Clone, Debug)]
pub struct AnswerView {
    pub question: String,
    pub answer: String,
}

/// The fields alone, for a form whose category was changed.
#[derive(askama::Template)]
#[template(path = "questions/_fields.html")]
pub struct FieldsPart<'a> {
    pub page: &'a Page,
    pub questions: Vec<QuestionField>,
}

/// Fields are called `q-<id>`.
const PREFIX: &str = "q-";

impl QuestionField {
    pub fn is_text(&self) -> bool {
        self.kind == QuestionKind::Text
    }

    pub fn is_offered(&self) -> bool {
        matches!(self.kind, QuestionKind::Choice | QuestionKind::YesNo)
    }

    pub fn input(&self) -> &'static str {
        if self.kind == QuestionKind::Date { "date" } else { "text" }
    }

    pub fn is_number(&self) -> bool {
        self.kind == QuestionKind::Number
    }

    pub fn most(&self) -> usize {
        if self.is_text() { ANSWER_CHARS } else { 40 }
    }
}

/// The fields for the questions, with what was answered or sent so far.
pub fn fields(
    locale: &Locale,
    questions: &[&Question],
    values: &BTreeMap<QuestionId, String>,
    wrong: &[(QuestionId, Wrong)],
) -> Vec<QuestionField> {
    let field = |question: &&Question| {
        let value = values.get(&question.id).cloned().unwrap_or_default();
        let why = wrong.iter().find(|(id, _)| *id == question.id).map(|(_, why)| *why);
        QuestionField {
            name: format!("{PREFIX}{}", question.id),
            label: name(locale, question),
            kind: question.kind,
            required: question.required,
            options: options(locale, question, &value),
            value,
            problem: why.map(|why| locale.word("question-wrong", why.as_str())),
        }
    };
    questions.iter().map(field).collect()
}

/// What a form gave for questions, among its other fields.
pub fn sent(pairs: &[(String, String)]) -> Vec<(QuestionId, String)> {
    let one = |(name, value): &(String, String)| {
        let id = name.strip_prefix(PREFIX)?.parse().ok()?;
        Some((QuestionId(id), value.clone()))
    };
    pairs.iter().filter_map(one).collect()
}

/// The stored answers of a case, in the order in which they are asked; answers of an earlier category come behind.
pub fn answers(
    locale: &Locale,
    directory: &Directory,
    category: CategoryId,
    stored: &BTreeMap<QuestionId, String>,
) -> Vec<AnswerView> {
    let asked = directory.questions(category);
    let earlier = stored.keys().filter(|id| asked.iter().all(|question| question.id != **id));
    let earlier = earlier.filter_map(|id| directory.question(*id)).collect::<Vec<_>>();
    let all = asked.into_iter().chain(earlier);
    all.filter_map(|question| Some(answer(locale, question, stored.get(&question.id)?))).collect()
}

/// A stored answer in the reader's words.
pub fn answer(locale: &Locale, question: &Question, stored: &str) -> AnswerView {
    let answer = match question.kind {
        QuestionKind::Text => stored.to_owned(),
        QuestionKind::Number if locale.language != Language::English => stored.replace('.', ","),
        QuestionKind::Number => stored.to_owned(),
        QuestionKind::Date => {
            stored.parse::<Date>().map_or_else(|_| stored.to_owned(), |date| written(locale, date))
        }
        QuestionKind::YesNo if stored == YES => locale.say("yes"),
        QuestionKind::YesNo => locale.say("no"),
        QuestionKind::Choice => {
            let option = question.options.iter().find(|option| option.key == stored);
            option.map_or_else(|| stored.to_owned(), |o| locale.name(&o.name_sr, Some(&o.name_en)))
        }
    };
    AnswerView { question: name(locale, question), answer }
}

fn written(locale: &Locale, date: Date) -> String {
    match locale.language {
        Language::English => date.strftime("%-d %B %Y").to_string(),
        _ => date.strftime("%-d.%-m.%Y.").to_string(),
    }
}

fn name(locale: &Locale, question: &Question) -> String {
    locale.name(&question.name_sr, Some(&question.name_en))
}

fn options(locale: &Locale, question: &Question, value: &str) -> Vec<Choice> {
    let choice = |key: &str, label: String| Choice { value: key.to_owned(), label, chosen: key == value };
    match question.kind {
        QuestionKind::YesNo => vec![choice(YES, locale.say("yes")), choice(NO, locale.say("no"))],
        QuestionKind::Choice => {
            let options = question.options.iter().filter(|option| !option.retired);
            options.map(|o| choice(&o.key, locale.name(&o.name_sr, Some(&o.name_en)))).collect()
        }
        _ => Vec::new(),
    }
}

/// `GET /cases/questions/{category}`: the fields of the category that was just chosen in a form.
pub async fn part(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, WebError> {
    signed_in.require(Right::ReadCases)?;
    let directory = app.db.directory();
    let category = directory.category(CategoryId(id)).ok_or(WebError::NotFound)?;
    let page = &signed_in.page;
    let questions = fields(&page.locale, &directory.questions(category.id), &BTreeMap::new(), &[]);
    html(FieldsPart { page, questions })
}

#[cfg(test)]
pub mod samples {
    use askama::Template as _;

    use super::*;

    pub fn questions(words: &str) -> Vec<QuestionField> {
        let field = |kind| QuestionField {
            name: "q-1".into(),
            label: words.into(),
            kind,
            required: true,
            value: words.into(),
            options: vec![Choice { value: words.into(), label: words.into(), chosen: true }],
            problem: Some(words.into()),
        };
        QuestionKind::ALL.iter().map(|kind| field(*kind)).collect()
    }

    pub fn part(page: &Page, words: &str) -> askama::Result<String> {
        FieldsPart { page, questions: questions(words) }.render()
    }

    #[test]
    fn fields_of_questions_are_found_among_others() {
        let pairs = [("q-7", "да"), ("words", "x"), ("q-", "y"), ("q-x", "z")];
        let pairs: Vec<_> = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        assert_eq!(sent(&pairs), [(QuestionId(7), "да".to_owned())]);
    }
}
