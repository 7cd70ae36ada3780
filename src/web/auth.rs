//! Who is asking: one look at the session a request, for pages, forms and errors alike.

use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{COOKIE, SET_COOKIE, USER_AGENT, VARY};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use tower_sessions::Session;

use super::client::ClientAddress;
use super::csrf;
use super::error::{self, WebError};
use super::i18n::{Language, Locale};
use super::page::Page;
use super::state::App;
use super::trouble::troubles;
use crate::actions::Actor;
use crate::domain::id::UserId;
use crate::domain::permission::reach::Reach;
use crate::domain::permission::{OnCase, Right};
use crate::store::directory::User;

/// In a cookie, so that it also holds before the log-in.
pub const LANGUAGE_COOKIE: &str = "odziv_language";
const FORM_COOKIE: &str = "odziv_form";
pub const SESSION_USER: &str = "user";
const SESSION_CSRF: &str = "csrf";
pub const SESSION_SEEN: &str = "seen";
/// Since when, from where and with what somebody is logged in: what the list of sessions shows.
pub const SESSION_BEGAN: &str = "began";
pub const SESSION_ADDRESS: &str = "address";
pub const SESSION_AGENT: &str = "agent";
/// Gave the right password, and not the second factor yet.
const SESSION_HALF: &str = "half";
const SESSION_HALF_AT: &str = "half_at";
/// A code is typed within this, or the password again.
const HALF_S: i64 = 5 * 60;
/// Of what a browser calls itself.
const AGENT_CHARS: usize = 200;
/// The session's end is moved forward at most this often, so that reading pages does not write the database.
const SEEN_EVERY_S: i64 = 60;
/// A duty of a day and a night: whoever is there longer shows the password again, however busy they are.
const MOST_AGE_S: i64 = 24 * 60 * 60;
/// What a page sends along when it asks by itself, because something changed.
const BY_ITSELF: &str = "x-odziv-by-itself";

/// Everything about the one who asks; in the extensions of every request to a page.
#[derive(Clone, Debug)]
pub struct Visitor {
    pub page: Page,
}

/// Extracts the visitor's page and the user; sends whoever is not logged in to the log-in page.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub page: Page,
    pub user: User,
}

impl SignedIn {
    pub fn actor(&self) -> Actor {
        Actor::User { id: self.user.id, role: self.user.role }
    }

    /// The cases that the reader may read, for lists.
    pub fn reach(&self) -> Reach {
        self.page.directory.reach(self.user.id)
    }

    /// On a case: to whoever may not read it, it does not exist.
    pub fn require_on(&self, right: Right, on: &OnCase) -> Result<(), WebError> {
        if !self.page.may_on(Right::ReadCases, on) {
            return Err(WebError::NotFound);
        }
        let decision = self.page.decide(right, Some(on));
        if decision.allowed { Ok(()) } else { Err(WebError::Forbidden(Box::new(decision))) }
    }

    pub fn require(&self, right: Right) -> Result<(), WebError> {
        let decision = self.page.decide(right, None);
        if decision.allowed { Ok(()) } else { Err(WebError::Forbidden(Box::new(decision))) }
    }
}

impl FromRequestParts<App> for Visitor {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, WebError> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| WebError::Internal("no visitor".into()))
    }
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, WebError> {
        let Visitor { page } = Visitor::from_request_parts(parts, app).await?;
        let user = page.user.clone().ok_or(WebError::SignIn)?;
        Ok(Self { page, user })
    }
}

/// Finds out who asks, lets the request through, and shows what went wrong in the language of the one who asked.
pub async fn visit(State(app): State<App>, session: Session, mut request: Request, next: Next) -> Response {
    let jar = CookieJar::from_headers(request.headers());
    let here = request.uri().path_and_query().map_or("/", |p| p.as_str()).to_owned();
    let is_get = request.method() == Method::GET;
    let by_itself = is_get && asked_by_page(&request);
    let (visitor, fresh_form_cookie) = match look_up(&app, &session, &jar, &here, by_itself).await {
        Ok(found) => found,
        Err(why) => {
            let page = anonymous(&app, &jar, &here, String::new());
            return error::render(&why, &page, request.headers(), &here, is_get);
        }
    };
    let page = visitor.page.clone();
    let headers = request.headers().clone();
    request.extensions_mut().insert(visitor);
    let mut response = next.run(request).await;
    if let Some(why) = response.extensions().get::<WebError>() {
        response = error::render(why, &page, &headers, &here, is_get);
    }
    if let Some(cookie) = fresh_form_cookie.and_then(|c| HeaderValue::from_str(&c.to_string()).ok()) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    // Pages differ by session and language.
    response.headers_mut().append(VARY, HeaderValue::from_name(COOKIE));
    response
}

/// A new session with a new id, so that an id known before the log-in is worth nothing (session fixation).
pub async fn begin(app: &App, session: &Session, user: UserId, from: &From) -> Result<(), WebError> {
    session.remove::<i64>(SESSION_HALF).await.map_err(store_error)?;
    session.cycle_id().await.map_err(store_error)?;
    session.insert(SESSION_USER, user.0).await.map_err(store_error)?;
    session.insert(SESSION_CSRF, csrf::fresh_token()).await.map_err(store_error)?;
    let now = app.clock.now().as_second();
    session.insert(SESSION_BEGAN, now).await.map_err(store_error)?;
    session.insert(SESSION_ADDRESS, &from.address).await.map_err(store_error)?;
    session.insert(SESSION_AGENT, &from.agent).await.map_err(store_error)?;
    session.insert(SESSION_SEEN, now).await.map_err(store_error)
}

/// The password was right; a code is asked for next. Nobody is logged in by this.
pub async fn begin_half(app: &App, session: &Session, user: UserId) -> Result<(), WebError> {
    session.flush().await.map_err(store_error)?;
    session.insert(SESSION_HALF, user.0).await.map_err(store_error)?;
    session.insert(SESSION_HALF_AT, app.clock.now().as_second()).await.map_err(store_error)
}

/// Who gave the right password just now.
pub async fn half(app: &App, session: &Session) -> Result<Option<User>, WebError> {
    let at: i64 = session.get(SESSION_HALF_AT).await.map_err(store_error)?.unwrap_or(0);
    if app.clock.now().as_second() - at > HALF_S {
        return Ok(None);
    }
    let user: Option<i64> = session.get(SESSION_HALF).await.map_err(store_error)?;
    let user = user.and_then(|id| app.db.directory().user(UserId(id)).cloned());
    Ok(user.filter(|user| user.active))
}

/// Where a log-in came from.
#[derive(Clone, Debug)]
pub struct From {
    pub address: String,
    pub agent: String,
}

impl FromRequestParts<App> for From {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let ClientAddress(address) = ClientAddress::from_request_parts(parts, app).await?;
        let agent = parts.headers.get(USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
        Ok(Self { address: address.to_string(), agent: agent.chars().take(AGENT_CHARS).collect() })
    }
}

async fn look_up(
    app: &App,
    session: &Session,
    jar: &CookieJar,
    here: &str,
    by_itself: bool,
) -> Result<(Visitor, Option<Cookie<'static>>), WebError> {
    if let Some(user) = user_of(app, session, by_itself).await? {
        let csrf: String = session.get(SESSION_CSRF).await.map_err(store_error)?.unwrap_or_default();
        if !csrf.is_empty() {
            let reach = app.db.directory().reach(user.id);
            let tasks = app.db.task_count(user.id, &reach).await?;
            let troubles = troubles(app);
            let page = Page { user: Some(user), tasks, troubles, ..anonymous(app, jar, here, csrf) };
            return Ok((Visitor { page }, None));
        }
    }
    match jar.get(FORM_COOKIE).map(|c| c.value().to_owned()).filter(|token| token.len() == 64) {
        Some(token) => Ok((Visitor { page: anonymous(app, jar, here, token) }, None)),
        None => {
            let token = csrf::fresh_token();
            let cookie = lasting(app, FORM_COOKIE, token.clone());
            Ok((Visitor { page: anonymous(app, jar, here, token) }, Some(cookie)))
        }
    }
}

/// Pages that are open ask by themselves, which does not mean that somebody sits there.
fn asked_by_page(request: &Request) -> bool {
    let path = request.uri().path();
    path == "/presence" || path.ends_with("/events") || request.headers().contains_key(BY_ITSELF)
}

async fn user_of(app: &App, session: &Session, by_itself: bool) -> Result<Option<User>, WebError> {
    let Some(id) = session.get::<i64>(SESSION_USER).await.map_err(store_error)? else { return Ok(None) };
    let Some(user) = app.db.directory().user(UserId(id)).filter(|user| user.active).cloned() else {
        // Removed or locked since the log-in.
        session.flush().await.map_err(store_error)?;
        return Ok(None);
    };
    let now = app.clock.now().as_second();
    let began: i64 = session.get(SESSION_BEGAN).await.map_err(store_error)?.unwrap_or(0);
    if now - began > MOST_AGE_S {
        session.flush().await.map_err(store_error)?;
        return Ok(None);
    }
    let seen: i64 = session.get(SESSION_SEEN).await.map_err(store_error)?.unwrap_or(0);
    if now - seen >= SEEN_EVERY_S && !by_itself {
        session.insert(SESSION_SEEN, now).await.map_err(store_error)?;
    }
    Ok(Some(user))
}

fn anonymous(app: &App, jar: &CookieJar, here: &str, csrf: String) -> Page {
    let chosen = jar.get(LANGUAGE_COOKIE).and_then(|c| Language::from_code(c.value()));
    let language =
        chosen.or_else(|| Language::from_code(&app.config.language)).unwrap_or(Language::SerbianCyrillic);
    Page {
        locale: Locale { language, zone: app.time_zone.clone(), now: app.clock.now() },
        user: None,
        directory: app.db.directory(),
        csrf,
        municipality: app.config.municipality.clone(),
        tasks: 0,
        troubles: Vec::new(),
        here: here.to_owned(),
    }
}

/// A cookie of ours that only the server reads.
pub fn lasting(app: &App, name: &'static str, value: String) -> Cookie<'static> {
    Cookie::build((name, value))
        .path("/")
        .http_only(true)
        .secure(app.is_https())
        .same_site(SameSite::Lax)
        .permanent()
        .build()
}

pub fn store_error(error: tower_sessions::session::Error) -> WebError {
    WebError::Unavailable(error.to_string())
}

/// A path of ours to go on to after a log-in or a change of language; never another site.
pub fn local_path(wanted: Option<&str>) -> &str {
    match wanted {
        Some(path)
            if path.starts_with('/')
                && !path.starts_with("//")
                && !path.contains(|c: char| c == '\\' || c.is_control()) =>
        {
            path
        }
        _ => "/",
    }
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn redirects_stay_on_this_site() {
        assert_eq!(local_path(Some("/cases/7?x=1")), "/cases/7?x=1");
        for foreign in ["https://evil.example", "//evil.example", "/\\evil.example", "/a\r\nb", "cases", ""] {
            assert_eq!(local_path(Some(foreign)), "/");
        }
        assert_eq!(local_path(None), "/");
    }
}
