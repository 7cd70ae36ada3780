//! The bytes of a file, to whoever may read it. What a citizen sent never runs as a page of ours.

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tokio_util::io::ReaderStream;

use crate::actions::{ActionError, Actor};
use crate::domain::audit::{Subject, SubjectKind, What};
use crate::domain::file::{FileKind, FileName, content_disposition};
use crate::domain::id::AttachmentId;
use crate::domain::permission::Right;
use crate::store::attachment::AttachmentRow;
use crate::web::auth::SignedIn;
use crate::web::error::WebError;
use crate::web::state::App;

/// No script, no form, no origin of ours. Chromium draws no PDF in a sandbox, and runs the scripts of a PDF in a process and an
/// origin of their own.
const SANDBOXED: &str = "sandbox; default-src 'none'; frame-ancestors 'none'";
const DOCUMENT: &str =
    "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/// What the audit says of it.
pub const FETCHED: What = What::FileFetched;

pub fn subject(id: i64) -> Subject {
    Subject::new(SubjectKind::File, id)
}

#[derive(Debug, Deserialize)]
pub struct How {
    /// `view`: within the browser, if the kind allows it.
    #[serde(rename = "as", default)]
    shown: String,
}

pub async fn file(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Query(how): Query<How>,
) -> Result<Response, WebError> {
    signed_in.require(Right::ReadFiles)?;
    let row = app.db.attachment(AttachmentId(id)).await?.ok_or(WebError::NotFound)?;
    may_fetch(&app, &signed_in.actor(), &row).await?;
    // Small pictures are fetched with every look at the page; the audit has one line for them all.
    app.actions.viewed(&signed_in.actor(), FETCHED, subject(id)).await?;
    bytes(&app, &row, how.shown == "view").await
}

/// With the rights on its case; what is on none yet is nobody's to read.
pub async fn may_fetch(app: &App, actor: &Actor, row: &AttachmentRow) -> Result<(), ActionError> {
    let dangerous: &[Right] = &[Right::ReadFiles, Right::OpenDangerousFiles];
    let further = if row.danger.is_some() { dangerous } else { &[Right::ReadFiles] };
    app.actions.may_read_file(actor, row, further).await
}

/// `inline` is followed for kinds that browsers only draw; everything else is offered to be saved.
pub async fn bytes(app: &App, row: &AttachmentRow, inline: bool) -> Result<Response, WebError> {
    let found = app.db.blobs().open(&row.hash).await?;
    let (file, length) = found.ok_or_else(|| {
        tracing::error!(file = row.id.0, "the bytes of a file are not in the data folder");
        WebError::NotFound
    })?;
    let inline = inline && row.kind.is_shown_inline() && row.danger.is_none();
    // Under a name that no system runs, and as nothing in particular.
    let (name, kind) = match row.danger {
        Some(_) => (FileName::new(&format!("{}.locked", row.name)), FileKind::Unknown),
        None => (row.name.clone(), row.kind),
    };
    let mut response = Body::from_stream(ReaderStream::new(file)).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind.media_type()));
    headers.insert(CONTENT_LENGTH, length.into());
    if let Ok(disposition) = HeaderValue::from_str(&content_disposition(&name, inline)) {
        headers.insert(CONTENT_DISPOSITION, disposition);
    }
    let policy = if inline && kind == FileKind::Pdf { DOCUMENT } else { SANDBOXED };
    headers.insert(HeaderName::from_static("content-security-policy"), HeaderValue::from_static(policy));
    // The bytes of an id never change; only the reader's own browser keeps them, for the gallery.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, max-age=3600"));
    Ok(response)
}
