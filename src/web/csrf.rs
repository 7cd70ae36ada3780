//! A form is accepted only from a page of ours: by where the browser says it comes from, and by a token in it.
//!
//! Logged in, the token is the session's. Before that (log-in, set-up) it is a cookie of its own, sent twice: in the cookie
//! and in the form, which a foreign page can do neither read nor set under `SameSite=Lax`.

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, HOST, ORIGIN};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::auth::Visitor;
use super::error::WebError;
use super::state::App;

/// Our largest form is a note of some pages.
const FORM_BYTES: usize = 256 * 1024;
pub const FIELD: &str = "csrf";
const HEADER: &str = "x-csrf-token";

pub async fn check(State(app): State<App>, request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return next.run(request).await;
    }
    let Some(expected) = request.extensions().get::<Visitor>().map(|v| v.page.csrf.clone()) else {
        return WebError::ForeignForm.into_response();
    };
    if !is_from_here(request.headers(), &app.config.public_url) {
        return WebError::ForeignForm.into_response();
    }
    if let Some(token) = request.headers().get(HEADER) {
        let same = equal(token.as_bytes(), expected.as_bytes());
        return if same { next.run(request).await } else { WebError::ForeignForm.into_response() };
    }
    match token_in_form(request).await {
        Some((token, request)) if equal(token.as_bytes(), expected.as_bytes()) => next.run(request).await,
        _ => WebError::ForeignForm.into_response(),
    }
}

/// Browsers of this decade send `Sec-Fetch-Site`; older ones send `Origin` with a form.
fn is_from_here(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text(ORIGIN.as_str()) else { return true };
    let host = origin.split_once("://").map(|(_, host)| host);
    origin == public_url.trim_end_matches('/') || host.is_some() && host == text(HOST.as_str())
}

/// Reads the form, finds the token, and puts the form back for the handler.
async fn token_in_form(request: Request) -> Option<(String, Request)> {
    let kind = request.headers().get(CONTENT_TYPE)?.to_str().ok()?;
    if !kind.starts_with("application/x-www-form-urlencoded") {
        return None;
    }
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, FORM_BYTES).await.ok()?;
    let token = std::str::from_utf8(&bytes)
        .ok()?
        .split('&')
        .find_map(|pair| pair.strip_prefix(FIELD)?.strip_prefix('='))?
        .to_owned();
    Some((token, Request::from_parts(parts, Body::from(bytes))))
}

/// Takes the same time wherever the first difference is.
fn equal(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

/// 256 random bits in letters that need no encoding in a form.
pub fn fresh_token() -> String {
    rand::random::<[u8; 32]>().iter().fold(String::new(), |mut token, byte| {
        token.push_str(&format!("{byte:02x}"));
        token
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_other_sites_are_told_apart() {
        let from = |pairs: &[(&'static str, &'static str)]| {
            let headers = pairs.iter().map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap())).collect();
            is_from_here(&headers, "https://odziv.example.rs")
        };
        assert!(from(&[]));
        assert!(from(&[("sec-fetch-site", "same-origin")]));
        assert!(!from(&[("sec-fetch-site", "same-site")]));
        assert!(!from(&[("sec-fetch-site", "cross-site"), ("origin", "https://odziv.example.rs")]));
        assert!(from(&[("origin", "https://odziv.example.rs"), ("host", "127.0.0.1:8080")]));
        assert!(from(&[("origin", "http://10.0.0.5:8080"), ("host", "10.0.0.5:8080")]));
        assert!(!from(&[("origin", "https://evil.example"), ("host", "10.0.0.5:8080")]));
        assert!(!from(&[("origin", "null"), ("host", "10.0.0.5:8080")]));
    }

    #[test]
    fn tokens_are_compared_whole() {
        assert!(equal(b"abc", b"abc"));
        assert!(!equal(b"abc", b"abd"));
        assert!(!equal(b"abc", b"ab"));
    }
}
