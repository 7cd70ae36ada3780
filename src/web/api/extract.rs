//! What a request says, read into types; what cannot be read is a problem in the form that the API has for them.

use axum::Json;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::problem::ApiError;

/// What the path names. A name that cannot be read names nothing.
#[derive(Debug)]
pub struct Named<T>(pub T);

/// What stands behind the `?`.
#[derive(Debug)]
pub struct Asked<T>(pub T);

/// The body, as JSON.
#[derive(Debug)]
pub struct Sent<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Named<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let named = Path::<T>::from_request_parts(parts, state).await;
        named.map(|Path(named)| Self(named)).map_err(|_| ApiError::NotFound)
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let asked = Query::<T>::from_request_parts(parts, state).await;
        asked.map(|Query(asked)| Self(asked)).map_err(|e| ApiError::BadRequest(e.body_text()))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Sent<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let sent = Json::<T>::from_request(request, state).await;
        sent.map(|Json(sent)| Self(sent)).map_err(|e| ApiError::BadRequest(e.body_text()))
    }
}
