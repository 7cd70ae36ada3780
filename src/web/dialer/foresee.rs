//! Before a campaign is started: how busy its operators would be, how many would be abandoned, and when it would be over, by the same pacing that
//! will dial it. What it has learnt already is what is begun with.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use jiff::civil::Date;
use serde::Deserialize;

use super::READ;
use super::figures::all;
use crate::domain::dialer::pacing::Learnt;
use crate::domain::dialer::simulate::{Basics, Figures, Scenario, Setup};
use crate::domain::id::DialCampaignId;
use crate::store::dial_campaign::DialCampaign;
use crate::web::auth::SignedIn;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

/// What people guess of it.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub struct Guess {
    operators: Option<usize>,
    /// Of a hundred.
    answered: Option<f64>,
    /// Seconds, with what is written down afterwards.
    talk: Option<f64>,
}

#[derive(Debug)]
pub struct ForeseenView {
    pub operators: usize,
    pub answered: String,
    pub talk: String,
    pub busy: String,
    pub abandoned: String,
    pub worst: String,
    /// Its worst day is over the limit.
    pub over: bool,
    pub wait: String,
    pub end: String,
    /// Too many contacts or operators to be reckoned to the end.
    pub days: String,
}

#[derive(askama::Template)]
#[template(path = "dialer/_foreseen.html")]
pub struct ForeseenPart<'a> {
    pub page: &'a Page,
    pub id: i64,
    pub foreseen: ForeseenView,
}

/// Days of one operator that are simulated: some seconds of computing.
const WORK: usize = 300;
const MOST_OPERATORS: usize = 100;
const DAYS: (u32, u32) = (3, 60);
/// Around the share of answers that is guessed it moves so far in the course of a day.
const SWAY: f64 = 0.3;

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Query(guess): Query<Guess>,
) -> Result<Response, WebError> {
    signed_in.require(READ)?;
    let page = &signed_in.page;
    let campaign = app.db.dial_campaign(DialCampaignId(id)).await?.ok_or(WebError::NotFound)?;
    let learnt = app.db.dial_learnt(campaign.id).await?.unwrap_or_default();
    let contacts = all(&app.db.dial_counts(campaign.id).await?);
    let named = app.db.dial_operators(campaign.id).await?.len();
    let serving = if named > 0 { named } else { super::edit::may_serve(page).len() };
    let guess = guess.with(&learnt, serving);
    let setup = setup(&campaign, guess, contacts, app.dialer.calls_at_once);
    let figures = tokio::task::spawn_blocking(move || setup.run()).await;
    let figures = figures.map_err(|error| WebError::Invalid(error.to_string()))?;
    html(ForeseenPart { page, id, foreseen: view(&app, page, &campaign, (guess, &figures)) })
}

/// With nothing left open.
#[derive(Clone, Copy, Debug)]
struct Known {
    operators: usize,
    answered: f64,
    talk: f64,
}

impl Guess {
    fn with(self, learnt: &Learnt, serving: usize) -> Known {
        let answered = self.answered.map_or_else(|| learnt.answers.share(), |percent| percent / 100.0);
        Known {
            operators: self.operators.unwrap_or(serving).clamp(1, MOST_OPERATORS),
            answered: answered.clamp(0.05, 0.95),
            talk: self.talk.unwrap_or_else(|| learnt.handle.mean()).clamp(15.0, 3_600.0),
        }
    }
}

fn setup(campaign: &DialCampaign, guess: Known, contacts: i64, channels: u32) -> Setup {
    let settings = &campaign.settings;
    let days = u32::try_from(WORK / guess.operators).unwrap_or(DAYS.0).clamp(DAYS.0, DAYS.1);
    let sway = |by: f64| (guess.answered * by).clamp(0.02, 0.98);
    let basics = Basics {
        operators: guess.operators,
        days,
        seed: 1,
        mode: settings.mode,
        target: settings.abandon.target,
        answer_rate: (sway(1.0 - SWAY), sway(1.0 + SWAY)),
        handle_time: guess.talk,
    };
    let mut setup = Setup::of(&basics, Scenario::Base);
    setup.settings = settings.pacing();
    setup.channels = channels;
    setup.ring_time = f64::from(settings.ring.seconds());
    setup.rules = settings.retry.clone();
    setup.contacts = u32::try_from(contacts).ok().filter(|contacts| *contacts > 0);
    setup
}

fn view(
    app: &App,
    page: &Page,
    campaign: &DialCampaign,
    (guess, figures): (Known, &Figures),
) -> ForeseenView {
    let percent = |share: f64| format!("{} %", page.decimal(share * 100.0, 1));
    let days = i64::try_from(figures.days.len()).unwrap_or(i64::MAX);
    let end = match figures.list_over {
        Some((day, _)) => match date_of(app, campaign, day) {
            Some(date) => page.with_values(
                "dial-foreseen-end",
                &[("days", page.count("days", i64::from(day) + 1)), ("date", page.civil(date))],
            ),
            None => page.say("dial-closed-always"),
        },
        None => page.with("dial-foreseen-longer", "days", page.count("days", days)),
    };
    ForeseenView {
        operators: guess.operators,
        answered: format!("{:.0}", guess.answered * 100.0),
        talk: format!("{:.0}", guess.talk),
        busy: percent(figures.busy_share()),
        abandoned: percent(figures.abandon_rate()),
        worst: percent(figures.worst_day()),
        over: figures.worst_day() > campaign.settings.abandon.cap,
        wait: page.with("dial-seconds", "seconds", page.decimal(figures.wait_between_calls(), 1)),
        end,
        days: page.count("days", days),
    }
}

/// The date of the n-th day on which somebody may be called, beginning with today.
fn date_of(app: &App, campaign: &DialCampaign, nth: u32) -> Option<Date> {
    let times =
        campaign.settings.times(app.db.directory().office.calendar.closed.clone(), app.time_zone.clone());
    let mut at = times.next(app.clock.now(), |_, _| true)?;
    for _ in 0..nth {
        let date = times.local(at).date();
        at = times.next(at, |other, _| other.date() > date)?;
    }
    Some(times.local(at).date())
}
