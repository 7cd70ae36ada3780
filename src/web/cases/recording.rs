//! The sound of a recording, by ranges, and its waveform.

use std::path::{Component, Path, PathBuf};

use axum::Json;
use axum::body::Body;
use axum::extract::{Path as UrlPath, State};
use axum::http::header::{ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RANGE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use tokio::io::{AsyncReadExt, AsyncSeekExt, SeekFrom};
use tokio_util::io::ReaderStream;

use super::wave;
use crate::actions::Actor;
use crate::domain::id::RecordingId;
use crate::domain::permission::Right;
use crate::store::recording::RecordingRow;
use crate::web::auth::SignedIn;
use crate::web::error::WebError;
use crate::web::range::{self, Wanted};
use crate::web::state::App;

pub async fn audio(
    State(app): State<App>,
    signed_in: SignedIn,
    UrlPath(id): UrlPath<i64>,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    let recording = allowed(&app, &signed_in, id).await?;
    sound(&app, &signed_in.actor(), &recording, &headers).await
}

/// `audio/wav`, the whole or the range that was asked for.
pub async fn sound(
    app: &App,
    listener: &Actor,
    recording: &RecordingRow,
    headers: &HeaderMap,
) -> Result<Response, WebError> {
    let mut file = tokio::fs::File::open(path(app, recording)?).await.map_err(missing)?;
    let length = file.metadata().await.map_err(missing)?.len();
    let wanted = range::parse(headers.get(RANGE).and_then(|r| r.to_str().ok()), length);
    let (status, first, count) = match wanted {
        Wanted::Whole => (StatusCode::OK, 0, length),
        Wanted::Part { first, last } => (StatusCode::PARTIAL_CONTENT, first, last - first + 1),
        Wanted::Unsatisfiable => {
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, [(CONTENT_RANGE, format!("bytes */{length}"))])
                .into_response());
        }
    };
    // Players ask for further ranges as they go on.
    app.actions.listened(listener, recording.id, first == 0).await?;
    file.seek(SeekFrom::Start(first)).await.map_err(missing)?;
    let mut response = Body::from_stream(ReaderStream::new(file.take(count))).into_response();
    *response.status_mut() = status;
    let out = response.headers_mut();
    out.insert(CONTENT_TYPE, axum::http::HeaderValue::from_static("audio/wav"));
    out.insert(ACCEPT_RANGES, axum::http::HeaderValue::from_static("bytes"));
    out.insert(CONTENT_LENGTH, count.into());
    // Only the reader's own browser keeps it, and only while it is being listened to.
    out.insert(CACHE_CONTROL, axum::http::HeaderValue::from_static("private, max-age=300"));
    if status == StatusCode::PARTIAL_CONTENT
        && let Ok(range) = format!("bytes {first}-{}/{length}", first + count - 1).parse()
    {
        out.insert(CONTENT_RANGE, range);
    }
    Ok(response)
}

pub async fn peaks(
    State(app): State<App>,
    signed_in: SignedIn,
    UrlPath(id): UrlPath<i64>,
) -> Result<Response, WebError> {
    let recording = allowed(&app, &signed_in, id).await?;
    let path = path(&app, &recording)?;
    let peaks = tokio::task::spawn_blocking(move || wave::peaks(&path))
        .await
        .map_err(|e| WebError::Internal(e.to_string()))?
        .map_err(|why| {
            tracing::warn!(recording = id, %why, "no waveform of this recording");
            WebError::NotFound
        })?;
    let keep = if recording.length_ms.is_some() { "private, max-age=86400" } else { "no-store" };
    Ok(([(CACHE_CONTROL, keep)], Json(peaks)).into_response())
}

/// A recording that is on no case yet is heard by whoever may hear any.
async fn allowed(app: &App, signed_in: &SignedIn, id: i64) -> Result<RecordingRow, WebError> {
    signed_in.require(Right::ListenRecordings)?;
    let recording = app.db.recording(RecordingId(id)).await?.ok_or(WebError::NotFound)?;
    app.actions.may_read_recording(&signed_in.actor(), &recording).await?;
    Ok(recording)
}

/// Inside the data folder, whatever the row says.
fn path(app: &App, recording: &RecordingRow) -> Result<PathBuf, WebError> {
    let relative = Path::new(&recording.path);
    let inside = relative.components().all(|c| matches!(c, Component::Normal(_)));
    if inside { Ok(app.data_dir.join(relative)) } else { Err(WebError::NotFound) }
}

fn missing(error: std::io::Error) -> WebError {
    if error.kind() == std::io::ErrorKind::NotFound {
        WebError::NotFound
    } else {
        WebError::Internal(error.to_string())
    }
}
