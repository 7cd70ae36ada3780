//! Files come in: with the form of a case's page, or one at a time before their form is sent.

use axum::Json;
use axum::extract::{Multipart, Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use serde::{Deserialize, Serialize};

use super::receive::{Received, receive};
use super::view::about;
use crate::actions::file::NewFiles;
use crate::domain::id::{AttachmentId, CaseId};
use crate::domain::permission::Right;
use crate::domain::timeline::Visibility;
use crate::web::auth::SignedIn;
use crate::web::cases::show;
use crate::web::client::is_partial;
use crate::web::error::WebError;
use crate::web::state::App;

/// A file that waits for its form.
#[derive(Debug, Serialize)]
pub struct Staged {
    token: String,
    name: String,
    about: String,
    /// It is not what its name says.
    warning: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct RemoveForm {
    reason: String,
}

/// One file, for a page whose script shows how far it is. The page's form names it by the token.
pub async fn stage(
    State(app): State<App>,
    signed_in: SignedIn,
    form: Multipart,
) -> Result<Response, WebError> {
    signed_in.require(Right::AddFile)?;
    let t = &signed_in.page.locale;
    let mut received = receive(&app, form).await?;
    refuse(&received)?;
    let file = received.files.pop().ok_or_else(|| WebError::Invalid("no file in the form".into()))?;
    let (name, about) = (file.name.to_string(), about(t, file.kind, file.size));
    let warning = file.mismatch.then(|| t.say("file-mismatch"));
    let token = app.actions.stage_file(&signed_in.actor(), file).await?;
    Ok(Json(Staged { token, name, about, warning }).into_response())
}

pub async fn to_case(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    headers: HeaderMap,
    form: Multipart,
) -> Result<Response, WebError> {
    signed_in.require(Right::AddFile)?;
    let received = receive(&app, form).await?;
    refuse(&received)?;
    let visibility =
        if received.field("visibility") == "public" { Visibility::Public } else { Visibility::Internal };
    let uploads = received.all("upload");
    if !uploads.is_empty() || !received.files.is_empty() {
        let files = NewFiles { kept: received.files, uploads };
        app.actions.add_files(&signed_in.actor(), CaseId(id), files, visibility).await?;
    }
    if is_partial(&headers) {
        return show::part(&app, &signed_in, CaseId(id), false).await;
    }
    Ok(Redirect::to(&format!("/cases/{id}#files")).into_response())
}

pub async fn remove(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    headers: HeaderMap,
    axum::Form(form): axum::Form<RemoveForm>,
) -> Result<Response, WebError> {
    let case = app.actions.remove_file(&signed_in.actor(), AttachmentId(id), &form.reason).await?;
    if is_partial(&headers) {
        return show::part(&app, &signed_in, case, false).await;
    }
    Ok(Redirect::to(&format!("/cases/{case}#files")).into_response())
}

/// All of it, so that nobody believes that a file is on the case which is not.
fn refuse(received: &Received) -> Result<(), WebError> {
    match received.refused.first() {
        Some((name, _)) => Err(WebError::Dangerous { name: name.clone() }),
        None => Ok(()),
    }
}
