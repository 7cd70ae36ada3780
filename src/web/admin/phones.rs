//! Phones of a user: added with a password that is shown once, revoked; which are registered now and from where.

use askama::Template as _;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HOST};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use qrcode::{Color, EcLevel, QrCode};
use serde::Deserialize;

use crate::actions::ActionError;
use crate::actions::phone::NewPhone;
use crate::domain::id::{PhoneId, UserId};
use crate::domain::permission::Right;
use crate::telephony::handle::RegistrationView;
use crate::web::auth::SignedIn;
use crate::web::cases::view::Viewer;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

#[derive(Debug)]
pub struct PhoneView {
    pub id: i64,
    pub label: String,
    pub username: String,
    pub added: String,
    /// Empty when it never registered.
    pub last_seen: String,
    pub places: Vec<PlaceView>,
}

/// Where it is registered now.
#[derive(Debug)]
pub struct PlaceView {
    pub remote: String,
    pub transport: &'static str,
    pub user_agent: String,
    pub since: String,
    pub nat: bool,
}

/// What is shown once.
#[derive(Debug)]
pub struct SecretView {
    pub label: String,
    pub server: String,
    pub username: String,
    pub password: String,
    /// For phones that take one line.
    pub uri: String,
    /// Opened by a phone, once.
    pub link: String,
    pub qr: Option<QrView>,
}

/// A square of modules: the side, and an SVG path of the dark ones.
#[derive(Debug)]
pub struct QrView {
    pub side: usize,
    pub path: String,
}

#[derive(askama::Template)]
#[template(path = "admin/phones.html")]
pub struct PhonesPage<'a> {
    pub page: &'a Page,
    pub user_id: i64,
    pub name: String,
    pub login: String,
    pub extension: String,
    pub phones: Vec<PhoneView>,
    pub secret: Option<SecretView>,
    pub problem: Option<String>,
}

#[derive(askama::Template)]
#[template(path = "admin/linphone.xml", escape = "html")]
pub struct LinphoneConfig {
    pub name: String,
    pub username: String,
    pub password: String,
    pub realm: String,
    pub host: String,
    /// `host` or `host:port`.
    pub server: String,
    pub transport: &'static str,
}

#[derive(Deserialize)]
pub struct LabelForm {
    label: String,
}

#[derive(Deserialize)]
pub struct ExtensionForm {
    extension: String,
}

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, WebError> {
    signed_in.require(Right::ManageUsers)?;
    shown(&app, &signed_in, UserId(id), None, None).await
}

/// The answer is the page itself and no redirect, because the password exists nowhere else.
pub async fn add(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    headers: HeaderMap,
    Form(form): Form<LabelForm>,
) -> Result<Response, WebError> {
    let user = UserId(id);
    match app.actions.add_phone(&signed_in.actor(), user, &form.label, &app.phones.realm).await {
        Ok(phone) => {
            let secret = secret(&app, &headers, phone);
            let mut response = shown(&app, &signed_in, user, Some(secret), None).await?;
            response.headers_mut().insert(CACHE_CONTROL, axum::http::HeaderValue::from_static("no-store"));
            Ok(response)
        }
        Err(ActionError::Invalid(_) | ActionError::Conflict) => {
            refused(&app, &signed_in, user, signed_in.page.say("phone-invalid")).await
        }
        Err(other) => Err(other.into()),
    }
}

pub async fn set_extension(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Form(form): Form<ExtensionForm>,
) -> Result<Response, WebError> {
    match app.actions.set_extension(&signed_in.actor(), UserId(id), &form.extension).await {
        Ok(()) => Ok(Redirect::to(&format!("/users/{id}/phones")).into_response()),
        Err(ActionError::Invalid(_)) => {
            refused(&app, &signed_in, UserId(id), signed_in.page.say("extension-invalid")).await
        }
        Err(other) => Err(other.into()),
    }
}

pub async fn revoke(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, WebError> {
    let user = app.actions.revoke_phone(&signed_in.actor(), PhoneId(id)).await?;
    Ok(Redirect::to(&format!("/users/{user}/phones")).into_response())
}

/// Remote provisioning as Linphone reads it. Without a log-in: the phone itself asks, once, with a secret that nobody can guess.
pub async fn provision(
    State(app): State<App>,
    headers: HeaderMap,
    Path(secret): Path<String>,
) -> Result<Response, WebError> {
    let phone = app.actions.take_setup(&secret).ok_or(WebError::NotFound)?;
    let name = app.db.directory().user(phone.user).map(|user| user.name.clone()).unwrap_or_default();
    let host = host(&app, &headers);
    let config = LinphoneConfig {
        name,
        username: phone.username,
        password: phone.password,
        realm: phone.realm,
        server: app.phones.server(&host),
        host,
        transport: app.phones.transport(),
    };
    Ok(([(CONTENT_TYPE, "application/xml"), (CACHE_CONTROL, "no-store")], config.render()?).into_response())
}

async fn refused(
    app: &App,
    signed_in: &SignedIn,
    user: UserId,
    problem: String,
) -> Result<Response, WebError> {
    let page = shown(app, signed_in, user, None, Some(problem)).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn shown(
    app: &App,
    signed_in: &SignedIn,
    user: UserId,
    secret: Option<SecretView>,
    problem: Option<String>,
) -> Result<Response, WebError> {
    let page = &signed_in.page;
    let directory = app.db.directory();
    let owner = directory.user(user).ok_or(WebError::NotFound)?;
    let viewer = Viewer { locale: &page.locale, directory: &directory };
    let registrations = app.telephony.as_ref().map(|telephony| telephony.door().registrations());
    let places = |phone: PhoneId| {
        let here = registrations.iter().flat_map(|all| all.iter()).filter(move |one| one.phone == phone);
        here.map(|registration| place(page, registration)).collect()
    };
    let phones = app.db.phones_of(user).await?.into_iter().map(|phone| PhoneView {
        id: phone.id.0,
        label: phone.label,
        username: phone.username,
        added: page.moment(phone.created_at),
        last_seen: phone.last_seen_at.map(|at| page.moment(at)).unwrap_or_default(),
        places: places(phone.id),
    });
    let extensions = app.db.extensions().await?;
    let extension = extensions.iter().find(|(of, _)| *of == user).map(|(_, extension)| extension.to_string());
    html(PhonesPage {
        page,
        user_id: user.0,
        name: viewer.script(&owner.name),
        login: owner.login.clone(),
        extension: extension.unwrap_or_default(),
        phones: phones.collect(),
        secret,
        problem,
    })
}

fn place(page: &Page, registration: &RegistrationView) -> PlaceView {
    PlaceView {
        remote: registration.remote.clone(),
        transport: registration.transport,
        user_agent: registration.user_agent.clone().unwrap_or_default(),
        since: page.moment(registration.since),
        nat: registration.nat,
    }
}

fn secret(app: &App, headers: &HeaderMap, phone: NewPhone) -> SecretView {
    let host = host(app, headers);
    let server = app.phones.server(&host);
    let link = match app.config.public_url.trim_end_matches('/') {
        "" => format!(
            "http://{}/phone-setup/{}",
            headers.get(HOST).and_then(|h| h.to_str().ok()).unwrap_or("localhost"),
            phone.setup
        ),
        url => format!("{url}/phone-setup/{}", phone.setup),
    };
    let transport = app.phones.transport();
    SecretView {
        label: phone.label,
        uri: format!("sip:{}:{}@{server};transport={transport}", phone.username, phone.password),
        qr: qr(&link),
        link,
        server,
        username: phone.username,
        password: phone.password,
    }
}

/// What phones connect to: as configured, or the host under which the administrator reached us.
fn host(app: &App, headers: &HeaderMap) -> String {
    if !app.phones.domain.is_empty() {
        return app.phones.domain.clone();
    }
    let public = app.config.public_url.split_once("://").map(|(_, rest)| rest);
    let asked = headers.get(HOST).and_then(|host| host.to_str().ok());
    let authority = public.or(asked).unwrap_or("localhost").split('/').next().unwrap_or_default();
    // The port is that of the pages. An IPv6 address keeps its brackets.
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host.to_owned(),
        _ => authority.to_owned(),
    }
}

pub fn qr(text: &str) -> Option<QrView> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let side = code.width();
    let path = code
        .to_colors()
        .into_iter()
        .enumerate()
        .filter(|(_, color)| *color == Color::Dark)
        .map(|(at, _)| format!("M{} {}h1v1h-1z", at % side, at / side))
        .collect();
    Some(QrView { side, path })
}
