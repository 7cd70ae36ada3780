//! `GET /people/{id}`.

use axum::extract::{Path, Query as UrlQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::view::{CampaignLine, CardView, Problem};
use crate::actions::audit::What;
use crate::domain::id::{CampaignId, PersonId};
use crate::domain::permission::Right;
use crate::store::campaign_recipient::Recipient;
use crate::web::auth::SignedIn;
use crate::web::cases::view::Viewer;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;
use crate::web::surveys::published;

#[derive(askama::Template)]
#[template(path = "people/show.html")]
pub struct CardPage<'a> {
    pub page: &'a Page,
    pub view: CardView,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// Where the page before ended.
    after: String,
}

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    UrlQuery(asked): UrlQuery<Asked>,
) -> Result<Response, WebError> {
    let view = load(&app, &signed_in, PersonId(id), &asked.after).await?;
    // Whoever was merged into somebody is found there.
    if view.id != id {
        return Ok(Redirect::to(&format!("/people/{}", view.id)).into_response());
    }
    app.actions.viewed(&signed_in.actor(), What::PersonViewed, PersonId(id)).await?;
    html(CardPage { page: &signed_in.page, view })
}

/// The card again, with what was not stored and why.
pub async fn again(
    app: &App,
    signed_in: &SignedIn,
    id: PersonId,
    why: Result<Problem, Conflict>,
) -> Result<Response, WebError> {
    let view = load(app, signed_in, id, "").await?;
    let (status, view) = match why {
        Ok(problem) => (StatusCode::UNPROCESSABLE_ENTITY, CardView { problem: Some(problem), ..view }),
        Err(Conflict) => (StatusCode::CONFLICT, CardView { conflict: true, ..view }),
    };
    Ok((status, html(CardPage { page: &signed_in.page, view })?).into_response())
}

/// Campaigns on a card; a page of its own would be for a city that writes too often.
const CAMPAIGNS: u32 = 20;

/// Somebody else changed the card in the meantime.
#[derive(Clone, Copy, Debug)]
pub struct Conflict;

async fn load(app: &App, signed_in: &SignedIn, id: PersonId, after: &str) -> Result<CardView, WebError> {
    signed_in.require(Right::ReadPeople)?;
    let reach = signed_in.reach();
    let card = app.db.person_card(id, &reach).await?.ok_or(WebError::NotFound)?;
    let sent = app.db.sent_by(card.person.id, &reach, after.parse().ok()).await?;
    let points = card.points.iter().map(|row| row.point.value.clone()).collect::<Vec<_>>();
    let opt_outs = app.db.opt_outs_of(&points).await?;
    let asks = signed_in.page.may(Right::ConductInterviews);
    let surveys = if asks { published(app, &signed_in.page, None).await? } else { Vec::new() };
    let directory = app.db.directory();
    let viewer = Viewer { locale: &signed_in.page.locale, directory: &directory };
    let tags = app.db.tags_of(card.person.id).await?;
    let reads = signed_in.page.may(Right::ReadCampaigns);
    let campaigns =
        if reads { app.db.campaigns_of_person(card.person.id, CAMPAIGNS).await? } else { Vec::new() };
    Ok(CardView {
        surveys,
        tags: tags.join(", "),
        campaigns: campaigns.iter().map(|one| campaign(&signed_in.page, one)).collect(),
        may_edit: signed_in.page.may(Right::EditPeople),
        may_merge: signed_in.page.may(Right::MergePeople),
        ..viewer.card(&card, &sent, &opt_outs)
    })
}

fn campaign(page: &Page, (id, name, one): &(CampaignId, String, Recipient)) -> CampaignLine {
    CampaignLine {
        id: id.0,
        name: name.clone(),
        outcome: page.word("recipient-state", one.state.as_str()),
        when: page.moment(one.updated_at),
    }
}
