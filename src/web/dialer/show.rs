//! `GET /dialer/{id}`: a dialling campaign: whom it calls, how, how it goes, and what it would be like before it is started.

use axum::extract::{Path, State};
use axum::response::Response;

use super::figures::{FiguresView, all, figures};
use super::{READ, mode_label, state_label};
use crate::domain::dialer::campaign::after;
use crate::domain::dialer::retry::Follow;
use crate::domain::dialer::{DialDeed, DialState, Mode};
use crate::domain::id::DialCampaignId;
use crate::domain::permission::Right;
use crate::store::dial_campaign::DialCampaign;
use crate::web::auth::SignedIn;
use crate::web::cases::view::Choice;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

/// What can be done with it now.
#[derive(Debug, Default)]
pub struct May {
    pub change: bool,
    pub add: bool,
    pub start: bool,
    pub pause: bool,
    pub resume: bool,
    pub stop: bool,
}

#[derive(askama::Template)]
#[template(path = "dialer/show.html")]
pub struct ShowPage<'a> {
    pub page: &'a Page,
    pub id: i64,
    pub version: i64,
    pub name: String,
    pub state: DialState,
    pub state_label: String,
    /// Whoever is called is there.
    pub filled: bool,
    pub size: String,
    /// The survey with its version, and its address.
    pub survey: Option<(String, String)>,
    /// Word and meaning.
    pub plan: Vec<(String, String)>,
    pub segments: Vec<Choice>,
    pub figures: FiguresView,
    pub foreseen: bool,
    pub may: May,
}

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, WebError> {
    signed_in.require(READ)?;
    let page = &signed_in.page;
    let campaign = app.db.dial_campaign(DialCampaignId(id)).await?.ok_or(WebError::NotFound)?;
    let counts = app.db.dial_counts(campaign.id).await?;
    let total = all(&counts);
    let may = may(page, &campaign, total > 0);
    let kept = if may.add { app.db.segments().await? } else { Vec::new() };
    let segments =
        kept.iter().map(|one| Choice { value: one.id.to_string(), label: one.name.clone(), chosen: false });
    html(ShowPage {
        page,
        id,
        version: campaign.version,
        name: campaign.name.clone(),
        state: campaign.state,
        state_label: state_label(page, campaign.state),
        filled: total > 0,
        size: page.count("campaign-people", total),
        survey: survey(&app, page, &campaign).await?,
        plan: plan(&app, page, &campaign).await?,
        segments: segments.collect(),
        figures: figures(&app, page, &campaign, &counts).await?,
        // Of those whose number is right nothing is to be foreseen: one operator, one call.
        foreseen: campaign.settings.mode != Mode::Preview && campaign.settings.mode != Mode::Agentless,
        may,
    })
}

fn may(page: &Page, campaign: &DialCampaign, filled: bool) -> May {
    let can = |deed| page.may(Right::ManageCampaigns) && after(campaign.state, deed).is_some();
    May {
        change: can(DialDeed::Change),
        add: can(DialDeed::AddContacts),
        start: can(DialDeed::Start) && filled,
        pause: can(DialDeed::Pause),
        resume: can(DialDeed::Resume),
        stop: can(DialDeed::Stop),
    }
}

async fn survey(
    app: &App,
    page: &Page,
    campaign: &DialCampaign,
) -> Result<Option<(String, String)>, WebError> {
    let Some(id) = campaign.survey_version else { return Ok(None) };
    let Some(version) = app.db.survey_version(id).await? else { return Ok(None) };
    let title =
        version.questionnaire.title.in_language(crate::web::surveys::words::reader(page)).into_owned();
    let number = version.number.map(|number| page.with("survey-version", "number", number));
    let label = [title, number.unwrap_or_default()].join(", ");
    Ok(Some((label, format!("/surveys/{}/versions/{}", version.survey, version.id))))
}

async fn plan(app: &App, page: &Page, campaign: &DialCampaign) -> Result<Vec<(String, String)>, WebError> {
    let s = &campaign.settings;
    let mut said = vec![(page.say("dial-how"), mode_label(page, s.mode))];
    if s.mode.needs_operators() {
        let operators = app.db.dial_operators(campaign.id).await?;
        let names: Vec<String> = super::edit::may_serve(page)
            .into_iter()
            .filter(|(id, _)| operators.contains(id))
            .map(|(_, name)| name)
            .collect();
        let who = if operators.is_empty() { page.say("dial-all-operators") } else { names.join(", ") };
        said.push((page.say("dial-operators"), who));
    }
    let retries = match s.retry.busy {
        Follow::Again(again) => page.with_values(
            "dial-busy-again",
            &[("minutes", page.number(again.after_minutes)), ("times", page.number(again.times))],
        ),
        Follow::Finish => page.say("dial-busy-never"),
    };
    said.push((page.say("dial-ring"), page.with("dial-seconds", "seconds", s.ring.seconds())));
    said.push((page.say("dial-attempts"), page.number(s.retry.attempts)));
    said.push((page.say("dial-busy"), retries));
    if let Some(shown) = &s.caller_id {
        said.push((page.say("dial-caller-id"), shown.clone()));
    }
    Ok(said)
}
