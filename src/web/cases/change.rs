//! What people do on the page of a case. Every change names the version that the reader looked at.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::show;
use crate::actions::answer::missing;
use crate::actions::draft::Mode;
use crate::domain::case::Status;
use crate::domain::id::{CaseId, CategoryId, DepartmentId, UserId};
use crate::domain::permission::Right;
use crate::web::auth::SignedIn;
use crate::web::client::is_partial;
use crate::web::error::WebError;
use crate::web::state::App;

/// Empty selects mean "nobody" and "none"; a field that is missing is left as it is.
#[derive(Debug, Deserialize)]
pub struct FactsForm {
    version: i64,
    status: Option<Status>,
    assignee: Option<String>,
    category: Option<i64>,
    department: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct TakeForm {
    version: i64,
}

#[derive(Debug, Deserialize)]
pub struct NoteForm {
    words: String,
}

pub async fn facts(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    headers: HeaderMap,
    Form(form): Form<FactsForm>,
) -> Result<Response, WebError> {
    let was = app.db.case_row(CaseId(id)).await?.map(|row| row.category);
    let changed = change(&app, &signed_in, CaseId(id), &form).await;
    if changed.is_ok() && asks(&app, &signed_in, CaseId(id), was).await? {
        return Ok(go_on(&format!("/cases/{id}/answers"), &headers));
    }
    answer(&app, &signed_in, CaseId(id), changed, &headers).await
}

/// Whether the case has another category than it `was` in, which wants answers that nobody gave yet, and the reader can give them. They
/// are asked for at once, while whoever chose the category may still have the citizen on the line. An answer does not wait for them: a
/// citizen who cannot be asked any more has a right to one all the same, and the page goes on saying what is missing.
async fn asks(
    app: &App,
    signed_in: &SignedIn,
    id: CaseId,
    was: Option<CategoryId>,
) -> Result<bool, WebError> {
    let row = app.db.case_row(id).await?.ok_or(WebError::NotFound)?;
    if was == Some(row.category) {
        return Ok(false);
    }
    let stored = app.db.answers(id).await?;
    let is_missing = !missing(&app.db.directory(), row.category, &stored).is_empty();
    Ok(is_missing && signed_in.page.may_on(Right::EditFacts, &row.facts()))
}

fn go_on(to: &str, headers: &HeaderMap) -> Response {
    if is_partial(headers) {
        return ([(HeaderName::from_static("hx-redirect"), to.to_owned())], StatusCode::NO_CONTENT)
            .into_response();
    }
    Redirect::to(to).into_response()
}

/// Only what differs is changed, one verb each; the version goes from one to the next.
async fn change(app: &App, signed_in: &SignedIn, id: CaseId, form: &FactsForm) -> Result<(), WebError> {
    let actor = signed_in.actor();
    let now = app.db.case_row(id).await?.ok_or(WebError::NotFound)?;
    let mut version = form.version;
    if now.version != version {
        return Err(WebError::Conflict);
    }
    if let Some(category) = form.category.map(CategoryId).filter(|c| *c != now.category) {
        version = app.actions.set_category(&actor, id, version, category).await?;
    }
    if let Some(department) = chosen(form.department.as_deref()).map(|d| d.map(DepartmentId))
        && department != now.department
    {
        version = app.actions.set_department(&actor, id, version, department).await?;
    }
    if let Some(assignee) = chosen(form.assignee.as_deref()).map(|u| u.map(UserId))
        && assignee != now.assignee
    {
        version = app.actions.assign(&actor, id, version, assignee).await?;
    }
    if let Some(status) = form.status.filter(|s| *s != now.status) {
        app.actions.set_status(&actor, id, version, status).await?;
    }
    Ok(())
}

/// `None`: no such field; `Some(None)`: the empty choice.
fn chosen(field: Option<&str>) -> Option<Option<i64>> {
    let field = field?.trim();
    if field.is_empty() { Some(None) } else { field.parse().ok().map(Some) }
}

/// "I take this one": assigned to me, and in progress when it was waiting.
pub async fn take(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    headers: HeaderMap,
    Form(form): Form<TakeForm>,
) -> Result<Response, WebError> {
    let me = Some(signed_in.user.id.to_string());
    let row = app.db.case_row(CaseId(id)).await?.ok_or(WebError::NotFound)?;
    let waits = matches!(row.status, Status::New | Status::Forwarded | Status::Reopened);
    let status = waits.then_some(Status::InProgress);
    let form = FactsForm { version: form.version, status, assignee: me, category: None, department: None };
    let changed = change(&app, &signed_in, CaseId(id), &form).await;
    answer(&app, &signed_in, CaseId(id), changed, &headers).await
}

pub(super) async fn answer(
    app: &App,
    signed_in: &SignedIn,
    id: CaseId,
    changed: Result<(), WebError>,
    headers: &HeaderMap,
) -> Result<Response, WebError> {
    let conflict = match changed {
        Ok(()) => false,
        Err(WebError::Conflict) => true,
        Err(other) => return Err(other),
    };
    if !conflict && !still_reads(app, signed_in, id).await? {
        return Ok(to_the_list(headers));
    }
    if is_partial(headers) {
        return show::part(app, signed_in, id, conflict).await;
    }
    let notice = if conflict { "?conflict=true" } else { "" };
    Ok(Redirect::to(&format!("/cases/{id}{notice}")).into_response())
}

/// Whoever sends a case to another service may have given it out of their own sight.
async fn still_reads(app: &App, signed_in: &SignedIn, id: CaseId) -> Result<bool, WebError> {
    let row = app.db.case_row(id).await?;
    Ok(row.is_some_and(|row| signed_in.page.may_on(Right::ReadCases, &row.facts())))
}

/// It was done; there is nothing to show of it.
fn to_the_list(headers: &HeaderMap) -> Response {
    if is_partial(headers) {
        (StatusCode::NO_CONTENT, [(HeaderName::from_static("hx-redirect"), "/cases")]).into_response()
    } else {
        Redirect::to("/cases").into_response()
    }
}

pub async fn note(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    headers: HeaderMap,
    Form(form): Form<NoteForm>,
) -> Result<Response, WebError> {
    app.actions.add_note(&signed_in.actor(), CaseId(id), form.words.trim()).await?;
    app.actions.keep_draft(&signed_in.actor(), CaseId(id), Mode::Note, "").await?;
    app.editors().stops(CaseId(id), signed_in.user.id);
    if is_partial(&headers) {
        let shown = show::part(&app, &signed_in, CaseId(id), false).await?;
        // The script forgets the draft only when the note is stored.
        return Ok(([(HeaderName::from_static("hx-trigger"), "note-stored")], shown).into_response());
    }
    Ok(Redirect::to(&format!("/cases/{id}#note")).into_response())
}
