//! One plan in the editor: text, picture, and putting a text into force.

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::diff::{self, Chunk, Kind};
use super::graph::{self, Graph};
use super::list::size;
use super::{ProblemView, VERSIONS, aside, author, plans, traffic, unreadable};
use crate::actions::Actor;
use crate::actions::plan::{NOTE_CHARS, PlanTaken};
use crate::dialplan::parse::revision;
use crate::domain::permission::Right;
use crate::telephony::plans::{SaveError, is_good_name};
use crate::web::auth::SignedIn;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

/// What a new plan begins with: the smallest that runs once it has a number of its own.
const BLANK: &str = "schema = 1\nlanguage = \"sr\"\n\n[number.\"+381\"]\nstart = \"welcome\"\n\n\
    [node.welcome.record]\nprompt = \"leave_message\"\nmax_s = 180\nmin_s = 2\nnext = \"end\"\n\n\
    [node.end.hangup]\nprompt = \"goodbye\"\n";

#[derive(Debug)]
pub struct EditView {
    pub name: String,
    pub text: String,
    /// Revision of the file that the author has seen; empty for a new plan.
    pub seen: String,
    pub note: String,
    pub problems: Vec<ProblemView>,
    /// "12 nodes · 7 tests", when nothing is wrong.
    pub size: String,
    pub graph: Option<Graph>,
    /// How many called today.
    pub today: String,
    /// The number and the moment that the trial begins with.
    pub number: String,
    pub now: String,
    /// Who last put it into force, and when.
    pub last: String,
    pub notice: Option<Notice>,
    pub note_chars: usize,
}

#[derive(Debug)]
pub enum Notice {
    Saved,
    Unchanged,
    /// The text of an earlier version is in the editor, not in force.
    Earlier(String),
    /// The file is not what the author began with. What it says now, against the author's text.
    Conflict(Vec<Chunk>),
    NotSaved(String),
}

#[derive(askama::Template)]
#[template(path = "dialplans/edit.html")]
pub struct EditPage<'a> {
    pub page: &'a Page,
    pub view: EditView,
}

#[derive(Debug, Default, Deserialize)]
pub struct Opening {
    #[serde(default)]
    saved: bool,
    /// Of an earlier text to begin with.
    version: Option<i64>,
}

#[derive(Deserialize)]
pub struct Saving {
    text: String,
    #[serde(default)]
    seen: String,
    #[serde(default)]
    note: String,
}

#[derive(Deserialize)]
pub struct Naming {
    name: String,
}

/// From the list: where the new plan will be.
pub async fn name(signed_in: SignedIn, Form(form): Form<Naming>) -> Result<Redirect, WebError> {
    signed_in.require(Right::ManageDialplans)?;
    let name = form.name.trim().to_lowercase();
    if is_good_name(&name) {
        Ok(Redirect::to(&format!("/dialplans/{name}")))
    } else {
        Err(WebError::Invalid("a plan is named with small letters, digits, - and _".into()))
    }
}

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(name): Path<String>,
    Query(opening): Query<Opening>,
) -> Result<Response, WebError> {
    signed_in.require(Right::ManageDialplans)?;
    let file = file(&app, &name).await?;
    if file.is_none() && !is_good_name(&name) {
        return Err(WebError::NotFound);
    }
    let seen = file.as_deref().map(revision).unwrap_or_default();
    let mut text = file.unwrap_or_else(|| BLANK.to_owned());
    let mut notice = opening.saved.then_some(Notice::Saved);
    if let Some(id) = opening.version {
        let found = app.db.plan_version(id).await?.filter(|(version, _)| version.name == name);
        let (version, earlier) = found.ok_or(WebError::NotFound)?;
        text = earlier;
        notice = Some(Notice::Earlier(signed_in.page.moment(version.at)));
    }
    let view = view(&app, &signed_in.page, name, text, seen, notice).await?;
    html(EditPage { page: &signed_in.page, view })
}

pub async fn save(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(name): Path<String>,
    Form(form): Form<Saving>,
) -> Result<Response, WebError> {
    signed_in.require(Right::ManageDialplans)?;
    // Forms send every end of a line as CR LF.
    let text = form.text.replace("\r\n", "\n");
    let (status, notice) =
        match put_into_force(&app, &signed_in.actor(), &name, &text, &form.seen, &form.note).await? {
            Outcome::Saved => {
                return Ok(Redirect::to(&format!("/dialplans/{name}?saved=true")).into_response());
            }
            Outcome::Unchanged => (StatusCode::OK, Notice::Unchanged),
            Outcome::Conflict(theirs) => {
                (StatusCode::CONFLICT, Notice::Conflict(diff::chunks(&theirs, &text)))
            }
            Outcome::Mistakes => {
                (StatusCode::UNPROCESSABLE_ENTITY, Notice::NotSaved(signed_in.page.say("plan-has-mistakes")))
            }
            Outcome::Failed(why) => (StatusCode::SERVICE_UNAVAILABLE, Notice::NotSaved(why)),
        };
    let seen = file(&app, &name).await?.as_deref().map(revision).unwrap_or_default();
    let mut view = view(&app, &signed_in.page, name, text, seen, Some(notice)).await?;
    view.note = form.note;
    Ok((status, html(EditPage { page: &signed_in.page, view })?).into_response())
}

pub enum Outcome {
    Saved,
    Unchanged,
    /// What the file says now.
    Conflict(String),
    Mistakes,
    Failed(String),
}

/// File, calls and history; `seen` is empty for a new plan.
pub async fn put_into_force(
    app: &App,
    actor: &Actor,
    name: &str,
    text: &str,
    seen: &str,
    note: &str,
) -> Result<Outcome, WebError> {
    let handle = plans(app)?;
    let now = revision(text);
    let in_force = handle.in_force(name).map(|source| revision(&source.text));
    if seen == now && in_force.as_deref() == Some(now.as_str()) {
        return Ok(Outcome::Unchanged);
    }
    let (own_name, own_text, own_seen) = (name.to_owned(), text.to_owned(), seen.to_owned());
    let saved = aside(move || {
        let seen = (!own_seen.is_empty()).then_some(own_seen.as_str());
        handle.save(&own_name, &own_text, seen)
    });
    match saved.await? {
        Ok(()) => {}
        Err(SaveError::Changed) => {
            return Ok(Outcome::Conflict(file(app, name).await?.unwrap_or_default()));
        }
        Err(SaveError::Mistakes(_)) => return Ok(Outcome::Mistakes),
        Err(SaveError::Name) => return Err(WebError::NotFound),
        Err(error @ (SaveError::Folder(_) | SaveError::Write(_))) => {
            tracing::error!(%error, plan = name, "a dialplan was not saved");
            return Ok(Outcome::Failed(error.to_string()));
        }
    }
    let taken =
        PlanTaken { name: name.to_owned(), revision: now, text: text.to_owned(), note: note.to_owned() };
    // It is in force. Without its row it is noted as changed by hand as soon as the database answers.
    if let Err(error) = app.actions.record_plan(actor, taken).await {
        tracing::warn!(%error, plan = name, "the version of a dialplan was not written");
    }
    tracing::info!(plan = name, by = ?actor, "a dialplan was changed");
    Ok(Outcome::Saved)
}

async fn file(app: &App, name: &str) -> Result<Option<String>, WebError> {
    let (handle, name) = (plans(app)?, name.to_owned());
    let found = aside(move || handle.file(&name)).await?.map_err(unreadable)?;
    Ok(found.map(|source| source.text))
}

async fn view(
    app: &App,
    page: &Page,
    name: String,
    text: String,
    seen: String,
    notice: Option<Notice>,
) -> Result<EditView, WebError> {
    let versions = app.db.plan_versions(&name, VERSIONS).await?;
    let traffic = traffic(app, &name, &versions).await?;
    let handle = plans(app)?;
    let (own_name, own_text) = (name.clone(), text.clone());
    let checked = aside(move || {
        handle.look_around();
        handle.try_text(&own_name, &own_text)
    })
    .await?;
    let (plan, problems) = match checked {
        Ok(set) => (set.plans().iter().find(|plan| plan.name == name).cloned(), Vec::new()),
        Err(findings) => {
            // With mistakes that do not hide its shape, it is drawn all the same.
            let plan = crate::dialplan::parse::parse(&name, &text).plan;
            (plan, findings.iter().map(|f| ProblemView::new(f, page)).collect())
        }
    };
    let last = versions.first().map(|v| format!("{} · {}", page.short(v.at), author(app, page, v)));
    Ok(EditView {
        seen,
        note: String::new(),
        size: plan.as_ref().filter(|_| problems.is_empty()).map(|p| size(p, page)).unwrap_or_default(),
        graph: plan.as_ref().and_then(|plan| graph::draw(plan, &traffic, page)),
        today: page.count("plan-today", i64::try_from(traffic.today.calls).unwrap_or(i64::MAX)),
        number: plan.and_then(|plan| plan.first_number()).unwrap_or_default(),
        now: page.now.to_zoned(page.zone.clone()).strftime("%Y-%m-%dT%H:%M").to_string(),
        last: last.unwrap_or_default(),
        name,
        text,
        problems,
        notice,
        note_chars: NOTE_CHARS,
    })
}
