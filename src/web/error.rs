//! Why a request was not answered as asked. Pages show it in the reader's language; the API has `api/problem`.

use std::time::Duration;

use axum::http::header::{LOCATION, REFERER, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::client;
use super::page::Page;
use super::rights::words::reason;
use crate::actions::ActionError;
use crate::domain::permission::Decision;
use crate::store::StoreError;

/// Whoever waited for a turn has had it by then.
const BUSY: Duration = Duration::from_secs(5);

#[derive(Clone, Debug, thiserror::Error)]
pub enum WebError {
    #[error("not found")]
    NotFound,
    #[error("not logged in")]
    SignIn,
    #[error("not allowed: {0}")]
    Forbidden(Box<Decision>),
    /// The form did not come from a page of ours, or from one of an older session.
    #[error("form without a valid token")]
    ForeignForm,
    #[error("{0}")]
    Invalid(String),
    /// A file, or a form with its files.
    #[error("longer than {mb} MB")]
    TooLarge { mb: u32 },
    #[error("a file that may run is not taken")]
    Dangerous { name: String },
    /// The same, with words that are in the reader's language already.
    #[error("{0}")]
    Told(String),
    #[error("changed by somebody else in the meantime")]
    Conflict,
    #[error("too many tries")]
    TooMany { wait: Duration },
    #[error("unavailable: {0}")]
    Unavailable(String),
    #[error("internal: {0}")]
    Internal(String),
}

impl From<ActionError> for WebError {
    fn from(error: ActionError) -> Self {
        match error {
            ActionError::NotFound => Self::NotFound,
            ActionError::Conflict => Self::Conflict,
            ActionError::Forbidden(why) => Self::Forbidden(why),
            ActionError::Invalid(why) => Self::Invalid(why),
            ActionError::Busy => Self::TooMany { wait: BUSY },
            ActionError::Unavailable(why) | ActionError::Refused(why) => Self::Unavailable(why),
        }
    }
}

impl From<StoreError> for WebError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(why) | StoreError::Collided(why) => Self::Unavailable(why),
            StoreError::Corrupt(why) | StoreError::Database(why) => Self::Internal(why),
        }
    }
}

impl From<askama::Error> for WebError {
    fn from(error: askama::Error) -> Self {
        Self::Internal(error.to_string())
    }
}

impl WebError {
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::SignIn => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) | Self::ForeignForm => StatusCode::FORBIDDEN,
            Self::Invalid(_) | Self::Told(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Dangerous { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Conflict => StatusCode::CONFLICT,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What it means to a reader: a heading and a sentence that says what to do.
    fn words(&self, page: &Page) -> (String, String) {
        match self {
            Self::NotFound => (page.say("error-not-found"), page.say("error-not-found-text")),
            Self::SignIn => (page.say("error-sign-in"), page.say("error-sign-in-text")),
            Self::Forbidden(_) => (page.say("error-forbidden"), page.say("error-forbidden-text")),
            Self::ForeignForm => (page.say("error-form"), page.say("error-form-text")),
            Self::Invalid(_) => (page.say("error-invalid"), page.say("error-invalid-text")),
            Self::TooLarge { mb } => (page.say("error-too-large"), page.with("file-too-large", "mb", mb)),
            Self::Dangerous { name } => {
                (page.say("error-dangerous"), page.with("file-refused", "name", name))
            }
            Self::Told(words) => (page.say("error-invalid"), words.clone()),
            Self::Conflict => (page.say("error-conflict"), page.say("error-conflict-text")),
            Self::TooMany { .. } => (page.say("error-too-many"), page.say("error-too-many-text")),
            Self::Unavailable(_) => (page.say("error-unavailable"), page.say("error-unavailable-text")),
            Self::Internal(_) => (page.say("error-internal"), page.say("error-internal-text")),
        }
    }
}

/// Until `visit` renders it in the reader's language, the error travels as an extension of an empty answer.
impl IntoResponse for WebError {
    fn into_response(self) -> Response {
        match &self {
            Self::Internal(why) => tracing::error!(why, "a page failed"),
            Self::Unavailable(why) => {
                tracing::warn!(why, "a page was refused because the store does not answer")
            }
            _ => {}
        }
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[derive(askama::Template)]
#[template(path = "error.html")]
pub struct ErrorPage<'a> {
    pub page: &'a Page,
    pub title: String,
    pub text: String,
    /// Which rule refused it; empty when none did.
    pub reason: String,
    /// Where that is explained.
    pub why: String,
    pub status: u16,
}

/// The page for people; for a part of a page only the sentence, which the script shows as a passing notice.
pub fn render(
    error: &WebError,
    page: &Page,
    headers: &axum::http::HeaderMap,
    path_and_query: &str,
    is_get: bool,
) -> Response {
    let partial = client::is_partial(headers);
    if matches!(error, WebError::SignIn) {
        let next = if is_get && !partial { path_and_query } else { came_from(headers).unwrap_or("/") };
        let login = format!("/login?next={}", percent(next));
        return to_login(&login, partial);
    }
    let (title, text) = error.words(page);
    let (reason, why) = match error {
        WebError::Forbidden(decision) => (reason(page, decision), why(decision, path_and_query)),
        _ => Default::default(),
    };
    let mut response = if partial {
        let text = if reason.is_empty() { text } else { format!("{title}. {reason}") };
        (error.status(), text).into_response()
    } else {
        let status = error.status().as_u16();
        let html =
            askama::Template::render(&ErrorPage { page, title, text: text.clone(), reason, why, status });
        (error.status(), axum::response::Html(html.unwrap_or(text))).into_response()
    };
    if let WebError::TooMany { wait } = error {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait.as_secs() + 1));
    }
    response
}

/// The page on which a form or a part stands: there one goes on after the log-in. Only its path: never another site.
fn came_from(headers: &axum::http::HeaderMap) -> Option<&str> {
    let (_, rest) = headers.get(REFERER)?.to_str().ok()?.split_once("://")?;
    let path = rest.get(rest.find('/')?..)?;
    (!path.starts_with("//")).then_some(path)
}

/// The page that explains it, about the same case.
fn why(decision: &Decision, path: &str) -> String {
    let case = path.strip_prefix("/cases/").map(|rest| rest.split(['/', '?']).next().unwrap_or_default());
    let case = case.and_then(|id| id.parse::<i64>().ok()).map(|id| format!("&case={id}")).unwrap_or_default();
    format!("/rights/why?right={}{case}", decision.right)
}

fn to_login(login: &str, partial: bool) -> Response {
    let Ok(target) = HeaderValue::from_str(login) else { return StatusCode::UNAUTHORIZED.into_response() };
    if partial {
        (StatusCode::UNAUTHORIZED, [("hx-redirect", target)]).into_response()
    } else {
        (StatusCode::SEE_OTHER, [(LOCATION, target)]).into_response()
    }
}

/// Percent-encodes everything but what is harmless in a query value.
pub fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
                out.push(char::from(byte))
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
        out
    })
}
