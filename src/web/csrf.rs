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
use futures_util::StreamExt as _;

use super::auth::Visitor;
use super::error::WebError;
use super::state::App;
use crate::actions::index::OPEN;

/// Our largest form is a note of some pages.
const FORM_BYTES: usize = 256 * 1024;
/// The token and the head of its part.
const FIRST_PART_BYTES: usize = 1024;
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
    let refusal = refusal(&request);
    if let Some(token) = request.headers().get(HEADER) {
        let same = equal(token.as_bytes(), expected.as_bytes());
        return if same { next.run(request).await } else { refusal.into_response() };
    }
    let found = match boundary(request.headers()) {
        Some(boundary) => token_in_parts(request, &boundary).await,
        None => token_in_form(request).await,
    };
    match found {
        Some((token, request)) if equal(token.as_bytes(), expected.as_bytes()) => next.run(request).await,
        _ => refusal.into_response(),
    }
}

/// A form whose token is not that of the session: of an older one, or of somebody else. When there is no session at all, it has ended
/// while the form was being filled in: its reader is asked to log in, and comes back.
fn refusal(request: &Request) -> WebError {
    let is_stranger =
        request.extensions().get::<Visitor>().is_some_and(|visitor| visitor.page.user.is_none());
    let path = request.uri().path();
    let is_open = OPEN
        .iter()
        .filter_map(|(address, _)| address.strip_prefix("POST "))
        .any(|open| open.split_once('{').map_or(open == path, |(start, _)| path.starts_with(start)));
    if is_stranger && !is_open { WebError::SignIn } else { WebError::ForeignForm }
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

/// Of a form with files.
fn boundary(headers: &HeaderMap) -> Option<String> {
    let kind = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let parameters = kind.strip_prefix("multipart/form-data")?;
    let boundary = parameters.split(';').find_map(|one| one.trim().strip_prefix("boundary="))?;
    // RFC 2046 §5.1.1: at most 70 characters.
    Some(boundary.trim_matches('"').to_owned()).filter(|boundary| (1..=70).contains(&boundary.len()))
}

/// The token is the first part of a form with files, so that nothing of the files is read before it is known to be ours.
async fn token_in_parts(request: Request, boundary: &str) -> Option<(String, Request)> {
    let (parts, body) = request.into_parts();
    let mut rest = body.into_data_stream();
    let mut start = Vec::new();
    let token = loop {
        if let Some(token) = first_part(&start, boundary) {
            break token;
        }
        if start.len() > FIRST_PART_BYTES {
            return None;
        }
        start.extend_from_slice(&rest.next().await?.ok()?);
    };
    let start = futures_util::stream::once(std::future::ready(Ok(axum::body::Bytes::from(start))));
    Some((token, Request::from_parts(parts, Body::from_stream(start.chain(rest)))))
}

/// The value of the first part, when it is there whole and has the name of the token.
fn first_part(start: &[u8], boundary: &str) -> Option<String> {
    let start = std::str::from_utf8(start.get(..start.len().min(FIRST_PART_BYTES))?)
        .or_else(|error| std::str::from_utf8(start.get(..error.valid_up_to()).unwrap_or_default()))
        .ok()?;
    let (head, tail) = start.strip_prefix(&format!("--{boundary}\r\n"))?.split_once("\r\n\r\n")?;
    let named = head.lines().any(|line| {
        let line = line.to_ascii_lowercase();
        line.starts_with("content-disposition:") && line.contains(&format!("name=\"{FIELD}\""))
    });
    let (value, _) = tail.split_once(&format!("\r\n--{boundary}"))?;
    named.then(|| value.to_owned())
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

    #[tokio::test]
    async fn form_with_files_is_known_by_its_first_part_and_comes_on_whole() {
        let form = "--x\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nabc\r\n--x\r\n\
            Content-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n\u{0}\u{1}\r\n--x--\r\n";
        // However the network cut it.
        for size in [1, 7, 60, 4096] {
            let pieces: Vec<_> =
                form.as_bytes().chunks(size).map(|c| Ok::<_, std::io::Error>(c.to_vec())).collect();
            let request = Request::builder()
                .header(CONTENT_TYPE, "multipart/form-data; boundary=x")
                .body(Body::from_stream(futures_util::stream::iter(pieces)))
                .unwrap();
            let boundary = boundary(request.headers()).unwrap();
            let (token, request) = token_in_parts(request, &boundary).await.unwrap();
            assert_eq!(token, "abc");
            assert_eq!(to_bytes(request.into_body(), 4096).await.unwrap(), form.as_bytes());
        }
        let other = form.replacen("csrf", "word", 1);
        assert_eq!(first_part(other.as_bytes(), "x"), None);
        assert_eq!(first_part(&[0xff; 2000], "x"), None);
    }

    #[test]
    fn tokens_are_compared_whole() {
        assert!(equal(b"abc", b"abc"));
        assert!(!equal(b"abc", b"abd"));
        assert!(!equal(b"abc", b"ab"));
    }
}
