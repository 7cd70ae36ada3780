//! A list of others: sent once, looked over, then taken in. In between it lies among the files, where it is swept after a day.

use axum::Form;
use axum::extract::{Multipart, State};
use axum::response::Response;
use serde::Deserialize;

use crate::actions::opt_out::{ImportAsked, Imported};
use crate::domain::opt_out::OptOutChannel;
use crate::domain::permission::Right;
use crate::web::auth::SignedIn;
use crate::web::error::WebError;
use crate::web::files::receive::receive;
use crate::web::page::{Page, html};
use crate::web::state::App;

#[derive(Debug)]
pub struct ErrorView {
    pub line: u64,
    pub why: String,
    pub words: String,
}

#[derive(Debug)]
pub struct ImportView {
    /// Hash of the file; empty before one was sent, and once it is taken in.
    pub file: String,
    /// `sms`, `voice` or `both`.
    pub numbers: String,
    pub remark: String,
    pub lines: String,
    pub new: String,
    pub known: String,
    pub wrong: String,
    pub errors: Vec<ErrorView>,
    /// There are more than are shown.
    pub more_errors: bool,
    pub done: bool,
}

#[derive(askama::Template)]
#[template(path = "opt_outs/import.html")]
pub struct ImportPage<'a> {
    pub page: &'a Page,
    pub view: ImportView,
}

#[derive(Debug, Deserialize)]
pub struct TakeForm {
    file: String,
    numbers: String,
    #[serde(default)]
    remark: String,
}

/// What becomes of the lines, before anything does.
pub async fn preview(
    State(app): State<App>,
    signed_in: SignedIn,
    form: Multipart,
) -> Result<Response, WebError> {
    signed_in.require(Right::ImportOptOuts)?;
    let received = receive(&app, form).await?;
    let file = received.files.first().ok_or_else(|| WebError::Invalid("no file in the form".into()))?;
    let form = TakeForm {
        file: file.hash.to_string(),
        numbers: received.field("numbers").to_owned(),
        remark: received.field("remark").to_owned(),
    };
    let imported = app.actions.try_opt_out_import(&signed_in.actor(), &form.asked()?).await?;
    html(ImportPage { page: &signed_in.page, view: view(&signed_in.page, form, imported, false) })
}

pub async fn take(
    State(app): State<App>,
    signed_in: SignedIn,
    Form(form): Form<TakeForm>,
) -> Result<Response, WebError> {
    let imported = app.actions.import_opt_outs(&signed_in.actor(), &form.asked()?).await?;
    html(ImportPage { page: &signed_in.page, view: view(&signed_in.page, form, imported, true) })
}

impl TakeForm {
    fn asked(&self) -> Result<ImportAsked, WebError> {
        Ok(ImportAsked {
            file: self.file.parse().map_err(|_| WebError::NotFound)?,
            numbers: numbers(&self.numbers),
            remark: self.remark.clone(),
        })
    }
}

/// What numbers without a channel of their own are for.
pub fn numbers(word: &str) -> Vec<OptOutChannel> {
    match word {
        "sms" => vec![OptOutChannel::Sms],
        "voice" => vec![OptOutChannel::Voice],
        _ => vec![OptOutChannel::Sms, OptOutChannel::Voice],
    }
}

fn view(page: &Page, form: TakeForm, imported: Imported, done: bool) -> ImportView {
    ImportView {
        file: form.file,
        numbers: form.numbers,
        remark: form.remark,
        lines: page.number(imported.lines),
        new: page.number(imported.new),
        known: page.number(imported.known),
        wrong: page.number(imported.wrong),
        more_errors: imported.wrong > imported.errors.len() as u64,
        errors: imported
            .errors
            .into_iter()
            .map(|error| ErrorView {
                line: error.line,
                why: page.word("opt-out-line", error.why.as_str()),
                words: error.words,
            })
            .collect(),
        done,
    }
}
