//! Surveys by telephone: the campaigns that are dialled, the page of each with its figures, its contacts, and the desk of whoever talks with them.

pub mod contacts;
pub mod deeds;
pub mod desk;
pub mod edit;
pub mod figures;
pub mod foresee;
pub mod form;
pub mod place;
#[cfg(test)]
pub mod samples;
pub mod show;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::actions::ActionError;
use crate::actions::dialer::DialError;
use crate::domain::dialer::{DialState, Mode};
use crate::domain::permission::Right;
use crate::store::dial_campaign::{DialCampaign, DialCounts};
use crate::web::auth::SignedIn;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

pub const READ: Right = Right::ReadCampaigns;
const SHOWN: u32 = 200;

/// One line of the list.
#[derive(Debug)]
pub struct DialRow {
    pub id: i64,
    pub name: String,
    pub state: DialState,
    pub state_label: String,
    pub mode: String,
    pub changed: String,
    pub machine: String,
    /// "312 of 2,000 done".
    pub done: String,
    /// Of a hundred.
    pub share: i64,
}

#[derive(askama::Template)]
#[template(path = "dialer/list.html")]
pub struct DialerPage<'a> {
    pub page: &'a Page,
    pub rows: Vec<DialRow>,
    pub may_make: bool,
}

pub async fn list(State(app): State<App>, signed_in: SignedIn) -> Result<Response, WebError> {
    signed_in.require(READ)?;
    let page = &signed_in.page;
    let mut rows = Vec::new();
    for campaign in app.db.dial_campaigns(SHOWN).await? {
        let counts = app.db.dial_counts(campaign.id).await?;
        rows.push(row(page, &campaign, &counts));
    }
    html(DialerPage { page, rows, may_make: page.may(Right::ManageCampaigns) })
}

fn row(page: &Page, campaign: &DialCampaign, counts: &DialCounts) -> DialRow {
    let (done, all) = (figures::done(counts), figures::all(counts));
    let said = [("done", page.number(done)), ("all", page.number(all))];
    DialRow {
        id: campaign.id.0,
        name: campaign.name.clone(),
        state: campaign.state,
        state_label: state_label(page, campaign.state),
        mode: mode_label(page, campaign.settings.mode),
        changed: page.short(campaign.updated_at),
        machine: campaign.updated_at.to_string(),
        done: if all > 0 { page.with_values("dial-done-of", &said) } else { String::new() },
        share: done * 100 / all.max(1),
    }
}

pub fn state_label(page: &Page, state: DialState) -> String {
    page.word("dial-state", state.as_str())
}

#[cfg(test)]
pub const MODES: [&str; 5] = ["preview", "progressive", "power", "predictive", "agentless"];

/// The word of a mode, for forms and names.
pub fn mode_word(mode: Mode) -> &'static str {
    match mode {
        Mode::Preview => "preview",
        Mode::Progressive => "progressive",
        Mode::Power { .. } => "power",
        Mode::Predictive => "predictive",
        Mode::Agentless => "agentless",
    }
}

pub fn mode_label(page: &Page, mode: Mode) -> String {
    page.word("dial-mode", mode_word(mode))
}

/// What people can mend, in a sentence. `Err`: nothing that the page can show.
pub fn problem(page: &Page, error: DialError) -> Result<String, WebError> {
    let said = match error {
        DialError::Action(other) => return Err(other.into()),
        DialError::Name => page.say("dial-bad-name"),
        DialError::Setting(wrong) => page.word("dial-bad", wrong.as_str()),
        DialError::NotAnOperator => page.say("dial-not-an-operator"),
        DialError::NotNow { state, .. } => page.with("dial-not-now", "state", state_label(page, state)),
        DialError::Survey => page.say("dial-bad-survey"),
        DialError::Nobody => page.say("dial-nobody"),
        DialError::TooMany => page.say("dial-too-many"),
        DialError::ContactElsewhere => page.say("dial-contact-elsewhere"),
        DialError::DoNotCall => page.say("dial-do-not-call"),
        DialError::Closed => page.say("dial-closed"),
        DialError::InterviewOpen => page.say("dial-interview-open"),
        DialError::NoOutcomeOfATalk(_) => page.say("dial-no-outcome"),
    };
    Ok(said)
}

/// With what status a page comes back that says why something was not done.
pub fn refusal(error: &DialError) -> StatusCode {
    match error {
        DialError::Action(ActionError::Conflict) | DialError::NotNow { .. } => StatusCode::CONFLICT,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// For addresses that have no page of their own to say it.
pub fn whole(page: &Page, error: DialError) -> WebError {
    problem(page, error).map_or_else(|error| error, WebError::Told)
}
