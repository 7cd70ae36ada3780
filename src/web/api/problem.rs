//! Errors as `application/problem+json` (RFC 9457).

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::actions::ActionError;
use crate::store::StoreError;

pub const MEDIA_TYPE: &str = "application/problem+json";

/// `type` is always `about:blank`: the status says what kind of problem it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    #[serde(rename = "type")]
    #[schema(example = "about:blank")]
    kind: &'static str,
    #[schema(example = "Not Found")]
    title: &'static str,
    #[schema(example = 404)]
    status: u16,
    detail: String,
}

#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error("a valid bearer token is needed")]
    Unauthorized,
    #[error("there is no such thing here")]
    NotFound,
    #[error("this address does not know this method")]
    MethodNotAllowed,
    #[error("{0}")]
    BadRequest(String),
    #[error(transparent)]
    Action(#[from] ActionError),
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It can be read, and cannot be done.
    #[error("{0}")]
    Unfit(String),
    #[error("longer than {mb} MB")]
    TooLarge { mb: u32 },
    #[error("the recording or file cannot be read")]
    Unreadable,
}

impl ApiError {
    fn status(&self) -> StatusCode {
        match self {
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::NotFound | Self::Action(ActionError::NotFound) => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Unfit(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Action(ActionError::Conflict) => StatusCode::CONFLICT,
            Self::Action(ActionError::Forbidden(_)) => StatusCode::FORBIDDEN,
            Self::Action(ActionError::Busy) => StatusCode::TOO_MANY_REQUESTS,
            Self::Action(ActionError::Invalid(_)) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Action(ActionError::Unavailable(_) | ActionError::Refused(_))
            | Self::Store(StoreError::Unavailable(_) | StoreError::Collided(_)) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Store(_) | Self::Unreadable => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = self.status();
        // Table names and file paths are for the log, not for the network.
        let detail = if status.is_server_error() {
            tracing::error!(error = %self, "an API request failed");
            "the server could not do this now; its log says why".to_owned()
        } else {
            self.to_string()
        };
        let title = status.canonical_reason().unwrap_or("Error");
        let problem = Json(Problem { kind: "about:blank", title, status: status.as_u16(), detail });
        let mut response = (status, [(CONTENT_TYPE, MEDIA_TYPE)], problem).into_response();
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, axum::http::HeaderValue::from_static("Bearer"));
        }
        response
    }
}
