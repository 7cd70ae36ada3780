//! `Authorization: Bearer ...` (RFC 6750).

use axum::extract::FromRequestParts;
use axum::http::HeaderValue;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use super::problem::ApiError;
use crate::actions::Actor;
use crate::store::token::TokenRow;
use crate::web::state::App;

/// The program that asks, by its token.
#[derive(Clone, Debug)]
pub struct Client {
    pub token: TokenRow,
}

impl Client {
    pub fn actor(&self) -> Actor {
        Actor::Token { name: self.token.name.clone(), role: self.token.role, owner: self.token.owner }
    }
}

impl FromRequestParts<App> for Client {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        // The door (`web/access.rs`) has looked already.
        match parts.extensions.get::<Self>() {
            Some(client) => Ok(client.clone()),
            None => verify(app, parts.headers.get(AUTHORIZATION)).await,
        }
    }
}

pub async fn verify(app: &App, header: Option<&HeaderValue>) -> Result<Client, ApiError> {
    let token = header
        .and_then(|h| h.to_str().ok())
        .and_then(|h| h.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or(ApiError::Unauthorized)?;
    let row = app.actions.verify_token(token).await?.ok_or(ApiError::Unauthorized)?;
    Ok(Client { token: row })
}
