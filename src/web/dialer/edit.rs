//! A dialling campaign while it is written.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};

use super::form::{Fields, draft};
use super::{problem, refusal};
use crate::actions::dialer::DialError;
use crate::actions::queue::is_operator;
use crate::domain::dialer::{DialSettings, Mode};
use crate::domain::id::{DialCampaignId, UserId};
use crate::domain::permission::Right;
use crate::store::dial_campaign::{DialCampaign, DialDraft};
use crate::web::auth::SignedIn;
use crate::web::cases::view::Choice;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::queues::form::Sent;
use crate::web::state::App;
use crate::web::surveys::published;

#[derive(askama::Template)]
#[template(path = "dialer/edit.html")]
pub struct EditPage<'a> {
    pub page: &'a Page,
    /// Where it is sent to, and where the way back leads.
    pub address: String,
    pub back: String,
    pub is_new: bool,
    pub version: i64,
    pub title: String,
    pub fields: Fields,
    pub surveys: Vec<Choice>,
    pub problem: String,
}

pub async fn new(State(app): State<App>, signed_in: SignedIn) -> Result<Response, WebError> {
    signed_in.require(Right::ManageCampaigns)?;
    html(edited(&app, &signed_in.page, None, &new_draft(&signed_in.page), String::new()).await?)
}

pub async fn create(
    State(app): State<App>,
    signed_in: SignedIn,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let (page, sent) = (&signed_in.page, Sent::new(pairs));
    let before = new_draft(page);
    let made = async { app.actions.make_dial_campaign(&signed_in.actor(), draft(&sent, &before)?).await };
    match made.await {
        Ok(id) => Ok(Redirect::to(&format!("/dialer/{id}#who")).into_response()),
        Err(error) => refused(&app, page, None, (&sent, before), error).await,
    }
}

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, WebError> {
    signed_in.require(Right::ManageCampaigns)?;
    let campaign = app.db.dial_campaign(DialCampaignId(id)).await?.ok_or(WebError::NotFound)?;
    let draft = kept(&app, &campaign).await?;
    html(edited(&app, &signed_in.page, Some(&campaign), &draft, String::new()).await?)
}

pub async fn save(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let (page, sent, id) = (&signed_in.page, Sent::new(pairs), DialCampaignId(id));
    let version = sent.text("version").parse().map_err(|_| WebError::Invalid("no version".into()))?;
    let campaign = app.db.dial_campaign(id).await?.ok_or(WebError::NotFound)?;
    let before = kept(&app, &campaign).await?;
    let done = async {
        let draft = draft(&sent, &before)?;
        app.actions.change_dial_campaign(&signed_in.actor(), (id, version), draft).await
    };
    match done.await {
        Ok(()) => Ok(Redirect::to(&format!("/dialer/{id}")).into_response()),
        Err(error) => refused(&app, page, Some(&campaign), (&sent, before), error).await,
    }
}

/// What was typed stays as far as it is a draft at all.
async fn refused(
    app: &App,
    page: &Page,
    campaign: Option<&DialCampaign>,
    (sent, before): (&Sent, DialDraft),
    error: DialError,
) -> Result<Response, WebError> {
    let status = refusal(&error);
    let told = problem(page, error)?;
    let typed = draft(sent, &before).unwrap_or(before);
    Ok((status, html(edited(app, page, campaign, &typed, told).await?)?).into_response())
}

async fn edited<'p>(
    app: &App,
    page: &'p Page,
    campaign: Option<&DialCampaign>,
    draft: &DialDraft,
    problem: String,
) -> Result<EditPage<'p>, WebError> {
    let own = campaign.map(|campaign| format!("/dialer/{}", campaign.id));
    Ok(EditPage {
        page,
        back: own.clone().unwrap_or_else(|| "/dialer".into()),
        address: own.unwrap_or_else(|| "/dialer".into()),
        is_new: campaign.is_none(),
        version: campaign.map_or(0, |campaign| campaign.version),
        title: campaign.map_or_else(|| page.say("dial-add"), |campaign| campaign.name.clone()),
        fields: Fields::of(page, draft, &may_serve(page)),
        surveys: published(app, page, draft.survey_version).await?,
        problem,
    })
}

/// Everybody who may serve a campaign, by name.
pub fn may_serve(page: &Page) -> Vec<(UserId, String)> {
    let users = page.directory.users.iter().filter(|user| is_operator(user));
    let mut named: Vec<_> = users.map(|user| (user.id, page.name(&user.name, None))).collect();
    named.sort_by(|one, other| one.1.cmp(&other.1));
    named
}

/// With few operators guessing ahead gains little.
fn new_draft(page: &Page) -> DialDraft {
    let mode = Mode::default_for(may_serve(page).len());
    DialDraft {
        name: page.say("dial-new-name"),
        settings: DialSettings { mode, ..DialSettings::default() },
        survey_version: None,
        operators: Vec::new(),
    }
}

async fn kept(app: &App, campaign: &DialCampaign) -> Result<DialDraft, WebError> {
    Ok(DialDraft {
        name: campaign.name.clone(),
        settings: campaign.settings.clone(),
        survey_version: campaign.survey_version,
        operators: app.db.dial_operators(campaign.id).await?,
    })
}
