//! The desk of whoever talks with the contacts of campaigns: they join once, then answered calls come by themselves with the survey open; contacts
//! that are looked at first are dialled by a key.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::contacts::{ContactView, view};
use super::place::{Place, Stand, stand, talks};
use super::whole;
use crate::actions::ActionError;
use crate::domain::dialer::{DialState, Mode, Outcome};
use crate::domain::id::{DialAttemptId, DialCampaignId, DialContactId};
use crate::domain::permission::Right;
use crate::store::dial_attempt::DialAttempt;
use crate::telephony::handle::{DialCall, Order, OrderRefused, TelephonyHandle};
use crate::web::auth::SignedIn;
use crate::web::cases::view::Choice;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

/// A campaign that the operator serves.
#[derive(Debug)]
pub struct ServedView {
    pub id: i64,
    pub name: String,
    pub mode: String,
    /// Its contacts are looked at before they are dialled.
    pub preview: bool,
}

#[derive(Debug)]
pub struct NowView {
    pub place: Place,
    pub said: String,
    pub hint: String,
    /// On the line.
    pub joined: bool,
    /// That a talk goes on, which can be ended here.
    pub call: bool,
    pub campaign: String,
    pub contact: Option<ContactView>,
    /// The attempt of which something is to be said; 0: none.
    pub attempt: i64,
    /// It asks something.
    pub survey: bool,
    pub served: Vec<ServedView>,
    pub later: Vec<Choice>,
}

#[derive(askama::Template)]
#[template(path = "dialer/desk.html")]
pub struct DeskPage<'a> {
    pub page: &'a Page,
    pub now: NowView,
}

#[derive(askama::Template)]
#[template(path = "dialer/_desk.html")]
pub struct DeskPart<'a> {
    pub page: &'a Page,
    pub now: NowView,
}

#[derive(Debug, Default, Deserialize)]
pub struct Seen {
    /// The attempt that the page shows already.
    #[serde(default)]
    attempt: i64,
    /// All that it shows.
    #[serde(default)]
    mark: String,
}

pub async fn show(State(app): State<App>, signed_in: SignedIn) -> Result<Response, WebError> {
    let now = now(&app, &signed_in).await?;
    html(DeskPage { page: &signed_in.page, now })
}

/// Asked for by the page once a second. A talk that it does not show yet leads to its survey at once.
pub async fn part(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(seen): Query<Seen>,
) -> Result<Response, WebError> {
    let now = now(&app, &signed_in).await?;
    if now.survey && now.place == Place::Talks && now.attempt != seen.attempt {
        let to = HeaderValue::from_str(&format!("/dialer/attempts/{}/survey", now.attempt));
        let to = to.map_err(|error| WebError::Invalid(error.to_string()))?;
        return Ok(([("hx-redirect", to)], "").into_response());
    }
    // What somebody types or has opened is not taken from under their hands.
    if now.mark() == seen.mark {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    html(DeskPart { page: &signed_in.page, now })
}

impl NowView {
    /// Another one for everything else that it could show.
    pub fn mark(&self) -> String {
        let mut hasher = DefaultHasher::new();
        format!("{self:?}").hash(&mut hasher);
        format!("{:x}", hasher.finish())
    }
}

async fn now(app: &App, signed_in: &SignedIn) -> Result<NowView, WebError> {
    signed_in.require(Right::ReadCases)?;
    let page = &signed_in.page;
    let Stand { place, joined, talks: call, attempt, contact, campaign } =
        stand(app, signed_in.user.id).await?;
    let contact = match contact {
        Some(contact) => {
            app.actions.list_viewed(&signed_in.actor(), "campaign-recipients").await?;
            app.actions
                .people_listed(&signed_in.actor(), "campaign-recipients", contact.person.as_slice())
                .await?;
            let tried = app.db.dial_attempts(contact.id).await?;
            Some(view(page, &contact, &tried, false))
        }
        None => None,
    };
    Ok(NowView {
        place,
        said: page.word("desk", place.word()),
        hint: page.word("desk-hint", place.word()),
        joined,
        call,
        survey: campaign.as_ref().is_some_and(|campaign| campaign.survey_version.is_some())
            && page.may(Right::ConductInterviews),
        campaign: campaign.map(|campaign| campaign.name).unwrap_or_default(),
        contact,
        attempt: attempt.map_or(0, |attempt| attempt.id.0),
        served: served(app, signed_in).await?,
        later: later(page),
    })
}

async fn served(app: &App, signed_in: &SignedIn) -> Result<Vec<ServedView>, WebError> {
    let (page, mut served) = (&signed_in.page, Vec::new());
    for campaign in app.db.dial_campaigns_alive().await? {
        let operators = app.db.dial_operators(campaign.id).await?;
        let mine = operators.is_empty() || operators.contains(&signed_in.user.id);
        if mine && campaign.state == DialState::Running && campaign.settings.mode.needs_operators() {
            served.push(ServedView {
                id: campaign.id.0,
                mode: super::mode_label(page, campaign.settings.mode),
                preview: campaign.settings.mode == Mode::Preview,
                name: campaign.name,
            });
        }
    }
    Ok(served)
}

/// When a contact that is put off comes again, in minutes.
const LATER: [u32; 4] = [15, 60, 240, 1_440];

fn later(page: &Page) -> Vec<Choice> {
    let choice = |minutes: u32| Choice {
        value: minutes.to_string(),
        label: crate::web::campaigns::form::limit_words(page, minutes),
        chosen: false,
    };
    LATER.map(choice).into()
}

const DESK: &str = "/dialer/desk";

fn to_desk() -> Response {
    Redirect::to(DESK).into_response()
}

pub async fn join(State(app): State<App>, signed_in: SignedIn) -> Result<Response, WebError> {
    let operator = signed_in.user.id;
    order(&app, &signed_in, Order::JoinSession { operator }).await
}

pub async fn leave(State(app): State<App>, signed_in: SignedIn) -> Result<Response, WebError> {
    let operator = signed_in.user.id;
    order(&app, &signed_in, Order::LeaveSession { operator }).await
}

/// Ends the talk, not the line of the operator.
pub async fn hang_up(State(app): State<App>, signed_in: SignedIn) -> Result<Response, WebError> {
    let by = signed_in.user.id;
    let board = app.telephony.as_ref().map(TelephonyHandle::board).unwrap_or_default();
    let own = board.operators.iter().find(|operator| operator.user == by && operator.session);
    match own.and_then(|own| own.call) {
        Some(call) => order(&app, &signed_in, Order::HangUp { call, by }).await,
        // They were faster.
        None => Ok(to_desk()),
    }
}

async fn order(app: &App, signed_in: &SignedIn, order: Order) -> Result<Response, WebError> {
    signed_in.require(Right::ReadCases)?;
    let telephony = app.telephony.as_ref().ok_or(WebError::NotFound)?;
    match telephony.order(order).await {
        Ok(()) | Err(OrderRefused::NoSuchCall) => Ok(to_desk()),
        Err(refused) => Err(WebError::Told(crate::web::board::orders::refusal(refused, &signed_in.page))),
    }
}

#[derive(Debug, Deserialize)]
pub struct Next {
    campaign: i64,
}

pub async fn next(
    State(app): State<App>,
    signed_in: SignedIn,
    Form(next): Form<Next>,
) -> Result<Response, WebError> {
    let shown = app.actions.show_dial_contact(&signed_in.actor(), DialCampaignId(next.campaign)).await;
    match shown.map_err(|error| whole(&signed_in.page, error))? {
        Some(_) => Ok(to_desk()),
        None => Err(WebError::Told(signed_in.page.say("desk-nobody-now"))),
    }
}

#[derive(Debug, Deserialize)]
pub struct Skip {
    minutes: i64,
}

pub async fn skip(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Form(skip): Form<Skip>,
) -> Result<Response, WebError> {
    let later = SignedDuration::from_mins(skip.minutes.clamp(0, LONGEST_MINUTES));
    let until = app.clock.now().saturating_add(later).unwrap_or(Timestamp::MAX);
    let done = app.actions.skip_dial_contact(&signed_in.actor(), DialContactId(id), until).await;
    done.map_err(|error| whole(&signed_in.page, error))?;
    Ok(to_desk())
}

/// A month.
const LONGEST_MINUTES: i64 = 31 * 24 * 60;

/// The contact that one looks at, or one picked from the list.
pub async fn dial(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, WebError> {
    let page = &signed_in.page;
    let telephony = app.telephony.as_ref().ok_or(WebError::NotFound)?;
    let claimed = app.actions.claim_dial_contact(&signed_in.actor(), DialContactId(id)).await;
    let claimed = claimed.map_err(|error| whole(page, error))?;
    let campaign = app.db.dial_campaign(claimed.campaign).await?.ok_or(WebError::NotFound)?;
    let attempt = claimed.attempt;
    let call = DialCall { claimed, settings: campaign.settings, survey: None };
    if let Err(refused) = telephony.dial_with_operator(call).await {
        let back = app.actions.unclaim_dial(attempt, app.clock.now()).await;
        back.map_err(|error| whole(page, error))?;
        let said = match refused {
            OrderRefused::NoPhone => page.say("desk-join-first"),
            other => crate::web::board::orders::refusal(other, page),
        };
        return Err(WebError::Told(said));
    }
    Ok(to_desk())
}

/// The survey of whoever is on the line, in the language in which they want to be told.
pub async fn survey(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, WebError> {
    let page = &signed_in.page;
    let attempt = app.db.dial_attempt(DialAttemptId(id)).await?.ok_or(WebError::NotFound)?;
    let language = language(&app, &attempt).await?;
    let opened = app.actions.interview_of_dial(&signed_in.actor(), attempt.id, language).await;
    let opened = opened.map_err(|error| crate::web::surveys::words::whole(page, error))?;
    Ok(match opened {
        Some(interview) => Redirect::to(&format!("/interviews/{interview}")).into_response(),
        None => to_desk(),
    })
}

async fn language(
    app: &App,
    attempt: &DialAttempt,
) -> Result<crate::domain::person::PersonLanguage, WebError> {
    use crate::domain::person::PersonLanguage;
    let campaign = app.db.dial_campaign(attempt.campaign).await?.ok_or(WebError::NotFound)?;
    let contact = app.db.dial_contact(attempt.contact).await?.ok_or(WebError::NotFound)?;
    let person = match contact.person {
        Some(person) => app.db.person(person).await?,
        None => None,
    };
    let usual = if campaign.settings.language == "en" {
        PersonLanguage::English
    } else {
        PersonLanguage::SerbianCyrillic
    };
    let wanted = person.and_then(|person| person.language).unwrap_or(usual);
    let version = match campaign.survey_version {
        Some(version) => app.db.survey_version(version).await?,
        None => None,
    };
    Ok(version.map_or(wanted, |version| {
        crate::web::surveys::citizen::nearest(wanted, &version.questionnaire.languages)
    }))
}

#[derive(Debug, Deserialize)]
pub struct OutcomeForm {
    outcome: String,
    /// Local time; of a call back.
    #[serde(default)]
    wished: String,
}

pub async fn outcome(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Form(form): Form<OutcomeForm>,
) -> Result<Response, WebError> {
    let page = &signed_in.page;
    let outcome: Outcome = form.outcome.parse().map_err(|_| WebError::Invalid("no such outcome".into()))?;
    let wished = match form.wished.trim() {
        "" => None,
        text => Some(local(&app, text).ok_or_else(|| WebError::Told(page.say("desk-bad-time")))?),
    };
    let done = app.actions.set_dial_outcome(&signed_in.actor(), DialAttemptId(id), outcome, wished).await;
    done.map_err(|error| whole(page, error))?;
    Ok(to_desk())
}

fn local(app: &App, text: &str) -> Option<Timestamp> {
    let at: DateTime = text.parse().ok()?;
    Some(at.to_zoned(app.time_zone.clone()).ok()?.timestamp())
}

/// For the survey of a talk: whom it is with, and where its campaign is.
pub async fn on_the_line(
    app: &App,
    signed_in: &SignedIn,
    attempt: DialAttemptId,
) -> Result<Option<OnTheLine>, WebError> {
    let Some(attempt) = app.db.dial_attempt(attempt).await? else { return Ok(None) };
    let Some(contact) = app.db.dial_contact(attempt.contact).await? else { return Ok(None) };
    let campaign = app.db.dial_campaign(attempt.campaign).await?.ok_or(ActionError::NotFound)?;
    let own = attempt.operator == Some(signed_in.user.id);
    let board = app.telephony.as_ref().map(TelephonyHandle::board).unwrap_or_default();
    let me = board.operators.iter().find(|operator| operator.user == signed_in.user.id);
    Ok(Some(OnTheLine {
        attempt: attempt.id.0,
        campaign: campaign.name,
        contact: view(&signed_in.page, &contact, &[], false),
        open: own && attempt.outcome.is_none(),
        talks: own && talks(me),
        own,
    }))
}

#[derive(Debug)]
pub struct OnTheLine {
    pub attempt: i64,
    pub campaign: String,
    pub contact: ContactView,
    /// What came of it is still to be said.
    pub open: bool,
    /// It still goes on.
    pub talks: bool,
    /// It is the reader who talks.
    pub own: bool,
}
