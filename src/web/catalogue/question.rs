//! One question of a category, new or known.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::category::kind;
use super::{RIGHT, Refused, refused};
use crate::actions::catalogue::QuestionChange;
use crate::domain::question::{Question, QuestionKind, QuestionOption};
use crate::store::directory::Category;
use crate::web::auth::SignedIn;
use crate::web::cases::view::Choice;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::queues::form::Sent;
use crate::web::state::App;

#[derive(askama::Template)]
#[template(path = "catalogue/question.html")]
pub struct QuestionPage<'a> {
    pub page: &'a Page,
    pub category: String,
    pub category_key: String,
    /// Of a known question; empty for a new one.
    pub known: String,
    pub key: String,
    pub name_sr: String,
    pub name_en: String,
    pub kinds: Vec<Choice>,
    pub required: bool,
    pub active: bool,
    pub place: i64,
    /// Of a choice, with empty lines behind them.
    pub options: Vec<QuestionOption>,
    pub refused: Option<Refused>,
}

/// The word in the address of a question that is not there yet; no key has a dot.
const NEW: &str = "new.question";

/// Empty lines for further options.
const SPARE_OPTIONS: usize = 4;

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((category, key)): Path<(String, String)>,
) -> Result<Response, WebError> {
    signed_in.require(RIGHT)?;
    let directory = app.db.directory();
    let category = directory.category_by_key(&category).ok_or(WebError::NotFound)?;
    let known = known(category, &key)?;
    let change = known.map_or_else(|| empty(category), |question| as_it_is(category, question));
    shown(&signed_in.page, category, known, "", change, None)
}

pub async fn save(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((category, key)): Path<(String, String)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let directory = app.db.directory();
    let category = directory.category_by_key(&category).ok_or(WebError::NotFound)?;
    let known = known(category, &key)?;
    let sent = Sent::new(pairs);
    let change = change(&sent, known);
    let own = known.map_or(sent.text("key"), |question| question.key.as_str());
    if known.is_none() && category.questions.iter().any(|question| question.key == own) {
        let taken = crate::actions::catalogue::CatalogueError::Taken(own.to_owned());
        let refused = refused(&signed_in.page, taken)?;
        let page = shown(&signed_in.page, category, None, own, change, Some(refused))?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    match app.actions.put_question(&signed_in.actor(), category.id, own, change.clone()).await {
        Ok(_) => Ok(Redirect::to(&format!("/categories/{}#questions", category.key)).into_response()),
        Err(error) => {
            let refused = refused(&signed_in.page, error)?;
            let page = shown(&signed_in.page, category, known, own, change, Some(refused))?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// `None`: a new one.
fn known<'c>(category: &'c Category, key: &str) -> Result<Option<&'c Question>, WebError> {
    if key == NEW {
        return Ok(None);
    }
    let known = category.questions.iter().find(|question| question.key == key);
    known.map(Some).ok_or(WebError::NotFound)
}

fn empty(category: &Category) -> QuestionChange {
    QuestionChange {
        name_sr: String::new(),
        name_en: String::new(),
        kind: QuestionKind::Text,
        required: false,
        options: Vec::new(),
        active: true,
        place: i64::try_from(category.questions.len()).unwrap_or(0) + 1,
    }
}

fn as_it_is(category: &Category, question: &Question) -> QuestionChange {
    let place = category.questions.iter().position(|known| known.id == question.id).unwrap_or(0);
    QuestionChange {
        name_sr: question.name_sr.clone(),
        name_en: question.name_en.clone(),
        kind: question.kind,
        required: question.required,
        options: question.options.iter().filter(|option| !option.retired).cloned().collect(),
        active: question.active,
        place: i64::try_from(place).unwrap_or(0) + 1,
    }
}

/// A line of options without a Serbian name is none.
fn change(sent: &Sent, known: Option<&Question>) -> QuestionChange {
    let (keys, english) = (sent.all("option-key"), sent.all("option-en"));
    let serbian = sent.all("option-sr").into_iter().enumerate();
    let options = serbian.filter(|(_, name)| !name.trim().is_empty()).map(|(at, name_sr)| QuestionOption {
        key: keys.get(at).cloned().unwrap_or_default(),
        name_sr,
        name_en: english.get(at).cloned().unwrap_or_default(),
        retired: false,
    });
    let kind = known.map(|known| known.kind).or_else(|| sent.text("kind").parse().ok());
    QuestionChange {
        name_sr: sent.text("name_sr").to_owned(),
        name_en: sent.text("name_en").to_owned(),
        kind: kind.unwrap_or(QuestionKind::Text),
        required: sent.is_ticked("required"),
        options: options.collect(),
        active: known.is_none() || sent.is_ticked("active"),
        place: sent.text("place").parse().unwrap_or(0),
    }
}

fn shown(
    page: &Page,
    category: &Category,
    known: Option<&Question>,
    key: &str,
    change: QuestionChange,
    refused: Option<Refused>,
) -> Result<Response, WebError> {
    let blank = || QuestionOption {
        key: String::new(),
        name_sr: String::new(),
        name_en: String::new(),
        retired: false,
    };
    let kinds = QuestionKind::ALL.iter().map(|one| Choice {
        value: one.as_str().to_owned(),
        label: kind(page, *one),
        chosen: *one == change.kind,
    });
    html(QuestionPage {
        page,
        category: page.name(&category.name_sr, Some(&category.name_en)),
        category_key: category.key.clone(),
        known: known.map(|known| known.key.clone()).unwrap_or_default(),
        key: known.map_or(key, |known| &known.key).to_owned(),
        name_sr: change.name_sr,
        name_en: change.name_en,
        kinds: kinds.collect(),
        required: change.required,
        active: change.active,
        place: change.place,
        options: change.options.into_iter().chain((0..SPARE_OPTIONS).map(|_| blank())).collect(),
        refused,
    })
}

#[cfg(test)]
pub fn sample(page: &Page, words: &str) -> askama::Result<String> {
    use askama::Template as _;
    let option =
        QuestionOption { key: words.into(), name_sr: words.into(), name_en: words.into(), retired: false };
    QuestionPage {
        page,
        category: words.into(),
        category_key: "water".into(),
        known: "depth".into(),
        key: words.into(),
        name_sr: words.into(),
        name_en: words.into(),
        kinds: super::samples::choices(words),
        required: true,
        active: true,
        place: 1,
        options: vec![option],
        refused: Some(Refused { sentence: words.into(), field: "options" }),
    }
    .render()
}
