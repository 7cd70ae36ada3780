//! Who knocks: bans, the loudest sources, what was turned away.

use std::net::IpAddr;

use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::domain::permission::Right;
use crate::telephony::handle::{BanView, DoorCounts, SourceView};
use crate::web::auth::SignedIn;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

#[derive(Debug)]
pub struct BannedView {
    pub address: String,
    pub why: String,
    pub since: String,
    pub until: String,
    pub dropped: u64,
}

#[derive(Debug)]
pub struct LoudView {
    pub source: String,
    pub heard: u64,
    pub dropped: u64,
    pub proven: bool,
}

#[derive(askama::Template)]
#[template(path = "admin/safety.html")]
pub struct SafetyPage<'a> {
    pub page: &'a Page,
    pub bans: Vec<BannedView>,
    pub sources: Vec<LoudView>,
    pub counts: DoorCounts,
}

#[derive(Deserialize)]
pub struct LiftForm {
    address: String,
}

pub async fn show(State(app): State<App>, signed_in: SignedIn) -> Result<Response, WebError> {
    signed_in.require(Right::ManageSettings)?;
    let page = &signed_in.page;
    let safety = app.telephony.as_ref().map(|telephony| telephony.door().safety()).unwrap_or_default();
    let bans = safety.bans.iter().map(|ban| banned(page, ban)).collect();
    let sources = safety.sources.iter().map(loud).collect();
    html(SafetyPage { page, bans, sources, counts: safety.counts })
}

pub async fn lift(
    State(app): State<App>,
    signed_in: SignedIn,
    Form(form): Form<LiftForm>,
) -> Result<Response, WebError> {
    signed_in.require(Right::ManageSettings)?;
    let address: IpAddr = form.address.parse().map_err(|_| WebError::Invalid("no address".into()))?;
    if let Some(telephony) = &app.telephony {
        telephony.door().lift_ban(address, signed_in.user.id).await;
    }
    Ok(Redirect::to("/safety").into_response())
}

fn banned(page: &Page, ban: &BanView) -> BannedView {
    BannedView {
        address: ban.address.to_string(),
        why: page.word("offence", ban.why),
        since: page.moment(ban.since),
        until: page.moment(ban.until),
        dropped: ban.dropped,
    }
}

fn loud(source: &SourceView) -> LoudView {
    LoudView {
        source: source.source.to_string(),
        heard: source.heard,
        dropped: source.dropped,
        proven: source.proven,
    }
}
