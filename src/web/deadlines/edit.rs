//! One profile: change it, add it, and see beforehand what it would mean for a case that comes at some moment.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::chip::moment;
use super::explain::explain;
use super::form::{Fields, Selects};
use super::{PreviewView, read_moment, written};
use crate::actions::deadline::SettingsError;
use crate::domain::deadline::{Profile, Wrong};
use crate::domain::permission::Right;
use crate::web::auth::SignedIn;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::queues::form::Sent;
use crate::web::state::App;

/// In the address, where a profile has its key.
const NEW: &str = "new";

#[derive(askama::Template)]
#[template(path = "deadlines/edit.html")]
pub struct EditPage<'a> {
    pub page: &'a Page,
    pub is_new: bool,
    pub title: String,
    pub address: String,
    pub fields: Fields,
    pub selects: Selects,
    /// For which the preview is.
    pub at: String,
    pub preview: Option<PreviewView>,
    /// The field that is wrong, and what is wrong with it.
    pub wrong: &'static str,
    pub problem: Option<String>,
}

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(key): Path<String>,
) -> Result<Response, WebError> {
    signed_in.require(Right::ManageCalendar)?;
    let fields = if key == NEW { Fields::fresh() } else { Fields::of(&find(&app, &key)?) };
    let at = signed_in.page.now;
    html(edit(&app, &signed_in, &key, fields, at, None)?)
}

/// Saves, or only shows what it would mean.
pub async fn save(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(key): Path<String>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    signed_in.require(Right::ManageCalendar)?;
    let sent = Sent::new(pairs);
    let mut fields = Fields::sent(&sent);
    if key != NEW {
        fields.key = find(&app, &key)?.key;
    }
    let at = read_moment(&signed_in.page, sent.text("at"));
    if sent.is_ticked("preview") {
        let wrong = fields.terms().err();
        return answer(edit(&app, &signed_in, &key, fields, at, wrong)?);
    }
    let saved = match fields.profile() {
        Ok(profile) => app.actions.put_deadline_profile(&signed_in.actor(), profile, key == NEW).await,
        Err(wrong) => Err(SettingsError::Wrong(wrong)),
    };
    match saved {
        Ok(()) => Ok(Redirect::to("/deadlines").into_response()),
        Err(SettingsError::Wrong(wrong)) => answer(edit(&app, &signed_in, &key, fields, at, Some(wrong))?),
        Err(SettingsError::Action(other)) => Err(other.into()),
    }
}

fn answer(edit: EditPage<'_>) -> Result<Response, WebError> {
    let status = if edit.problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, html(edit)?).into_response())
}

fn find(app: &App, key: &str) -> Result<Profile, WebError> {
    app.db.directory().deadline_profile(key).cloned().ok_or(WebError::NotFound)
}

fn edit<'a>(
    app: &App,
    signed_in: &'a SignedIn,
    key: &str,
    fields: Fields,
    at: jiff::Timestamp,
    wrong: Option<Wrong>,
) -> Result<EditPage<'a>, WebError> {
    let page = &signed_in.page;
    let due = fields.terms().ok().and_then(|terms| app.actions.preview_deadline(&terms, at));
    let preview = due
        .map(|due| PreviewView { due: moment(page, due.at), explanation: explain(page, &due.explanation) });
    Ok(EditPage {
        page,
        is_new: key == NEW,
        title: if key == NEW {
            page.say("deadline-new")
        } else {
            page.name(&fields.name_sr, Some(&fields.name_en))
        },
        address: format!("/deadlines/{key}"),
        selects: fields.selects(page),
        at: written(page, at),
        preview,
        wrong: wrong.map_or("", field),
        problem: wrong.map(|wrong| page.word("deadline-wrong", field(wrong))),
        fields,
    })
}

/// The name of the form's field.
pub fn field(wrong: Wrong) -> &'static str {
    match wrong {
        Wrong::Key => "key",
        Wrong::Name => "name",
        Wrong::Source => "source",
        Wrong::Amount => "amount",
        Wrong::ExtendBy => "extend-by",
        Wrong::WarnHours => "warn-hours",
        Wrong::Escalation => "escalation",
    }
}
