//! `GET` and `POST /cases/{id}/files`, `GET /files/{id}`.

use axum::Json;
use axum::extract::multipart::MultipartRejection;
use axum::extract::rejection::PathRejection;
use axum::extract::{Multipart, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::ApiError;
use super::token::Client;
use crate::actions::audit::What;
use crate::domain::id::{AttachmentId, CaseId};
use crate::domain::permission::Right;
use crate::domain::timeline::Visibility;
use crate::store::attachment::AttachmentRow;
use crate::web::error::WebError;
use crate::web::files::receive::receive;
use crate::web::files::serve;
use crate::web::state::App;

#[derive(Debug, Serialize, ToSchema)]
pub struct FileDto {
    pub id: i64,
    #[schema(example = "Жалба.pdf")]
    pub name: String,
    /// Address of the bytes.
    #[schema(example = "/api/v1/files/12")]
    pub href: String,
    pub size: i64,
    /// Found from the bytes.
    #[schema(example = "application/pdf")]
    pub media_type: &'static str,
    /// As the sender said.
    pub declared_type: Option<String>,
    /// Sender and bytes do not agree.
    pub mismatch: bool,
    /// Hidden data of a picture were removed.
    pub stripped: bool,
    /// Why it is locked away: `program`, `script`, `runs_by_name`, `macros`, `in_archive`; `null` for others.
    pub danger: Option<&'static str>,
    #[schema(example = "public")]
    pub visibility: &'static str,
    pub sha256: String,
    #[schema(value_type = String, format = DateTime)]
    pub added_at: String,
}

/// `file` once for each; `visibility`: `public` or `internal`.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "says to readers of the description what the form has; it is read as a stream")]
pub struct FilesForm {
    #[schema(value_type = Vec<String>, format = Binary)]
    file: Vec<u8>,
    visibility: Option<String>,
}

impl FileDto {
    pub fn new(row: &AttachmentRow) -> Self {
        Self {
            id: row.id.0,
            name: row.name.to_string(),
            href: format!("/api/v1/files/{}", row.id),
            size: row.size,
            media_type: row.kind.media_type(),
            declared_type: row.declared_type.clone(),
            mismatch: row.mismatch,
            stripped: row.stripped,
            danger: row.danger.map(|danger| danger.as_str()),
            visibility: row.visibility.as_str(),
            sha256: row.hash.to_string(),
            added_at: row.added_at.to_string(),
        }
    }
}

#[utoipa::path(get, path = "/cases/{id}/files", tag = "files", params(("id" = i64, Path, description = "`id` of a case")), responses(
    (status = 200, body = Vec<FileDto>),
))]
pub async fn list(
    State(app): State<App>,
    client: Client,
    id: Result<Path<i64>, PathRejection>,
) -> Result<Json<Vec<FileDto>>, ApiError> {
    let Path(id) = id.map_err(|_| ApiError::NotFound)?;
    app.actions.may_read(&client.actor(), CaseId(id), &[Right::ReadFiles]).await?;
    app.actions.viewed(&client.actor(), What::CaseViewed, CaseId(id)).await?;
    let files = app.db.case_attachments(CaseId(id)).await?;
    Ok(Json(files.iter().map(FileDto::new).collect()))
}

#[utoipa::path(post, path = "/cases/{id}/files", tag = "files",
    params(("id" = i64, Path, description = "`id` of a case")),
    request_body(content = FilesForm, content_type = "multipart/form-data"), responses(
    (status = 201, description = "All of them are on the case", body = Vec<FileDto>),
    (status = 400, description = "Not the form that is expected"),
    (status = 413, description = "A file is too long"),
    (status = 422, description = "No file, too many, or one that may run"),
))]
pub async fn add(
    State(app): State<App>,
    client: Client,
    id: Result<Path<i64>, PathRejection>,
    form: Result<Multipart, MultipartRejection>,
) -> Result<(StatusCode, Json<Vec<FileDto>>), ApiError> {
    let Path(id) = id.map_err(|_| ApiError::NotFound)?;
    let form = form.map_err(|e| ApiError::BadRequest(e.body_text()))?;
    app.actions.may_read(&client.actor(), CaseId(id), &[Right::AddFile]).await?;
    let received = receive(&app, form).await.map_err(refused)?;
    if let Some((name, danger)) = received.refused.first() {
        return Err(ApiError::Unfit(format!("{name} is refused: {danger}")));
    }
    let visibility =
        if received.field("visibility") == "public" { Visibility::Public } else { Visibility::Internal };
    let added = app.actions.add_files(&client.actor(), CaseId(id), received.files, visibility).await?;
    let mut files = app.db.case_attachments(CaseId(id)).await?;
    files.retain(|row| added.contains(&row.id));
    Ok((StatusCode::CREATED, Json(files.iter().map(FileDto::new).collect())))
}

#[utoipa::path(get, path = "/files/{id}", tag = "files", params(("id" = i64, Path, description = "`id` of a file")), responses(
    (status = 200, description = "The bytes", body = Vec<u8>, content_type = "application/octet-stream"),
    (status = 403, description = "Locked away"),
    (status = 404, description = "No such file"),
))]
pub async fn bytes(
    State(app): State<App>,
    client: Client,
    id: Result<Path<i64>, PathRejection>,
) -> Result<Response, ApiError> {
    let actor = client.actor();
    let Path(id) = id.map_err(|_| ApiError::NotFound)?;
    let row = app.db.attachment(AttachmentId(id)).await?.ok_or(ApiError::NotFound)?;
    serve::may_fetch(&app, &actor, &row).await?;
    app.actions.viewed(&actor, serve::FETCHED, serve::subject(id)).await?;
    serve::bytes(&app, &row, false).await.map_err(refused)
}

fn refused(error: WebError) -> ApiError {
    match error {
        WebError::NotFound => ApiError::NotFound,
        WebError::Invalid(why) => ApiError::BadRequest(why),
        WebError::TooLarge { mb } => ApiError::TooLarge { mb },
        _ => ApiError::Unreadable,
    }
}
