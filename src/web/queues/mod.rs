//! Queues as supervisors set them: how they stand now, the settings of each, who is in it, and the reasons of pauses.

pub mod edit;
pub mod form;

use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::actions::ActionError;
use crate::actions::queue::QueueError;
use crate::domain::permission::Right;
use crate::domain::queue::QueueSettings;
use crate::store::queue::{PauseReason, QueueRow};
use crate::telephony::handle::{QueueToday, QueueView};
use crate::web::auth::SignedIn;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

#[derive(Debug)]
pub struct QueueCard {
    pub key: String,
    pub name: String,
    pub strategy: String,
    pub members: String,
    pub waiting: usize,
    /// Since when the first of them waits; empty when nobody does.
    pub longest: String,
    pub ready: u32,
    pub talking: u32,
    pub paused: u32,
    pub offered: u32,
    pub answered: u32,
    /// Empty when nobody was answered yet.
    pub in_time: String,
    pub abandoned: u32,
    pub average: String,
}

#[derive(Debug)]
pub struct ReasonView {
    pub key: String,
    pub name_sr: String,
    pub name_en: String,
    pub name: String,
    pub retired: bool,
}

#[derive(askama::Template)]
#[template(path = "queues/list.html")]
pub struct QueuesPage<'a> {
    pub page: &'a Page,
    pub queues: Vec<QueueCard>,
    pub reasons: Vec<ReasonView>,
    pub problem: Option<String>,
}

#[derive(Deserialize)]
pub struct NewQueue {
    key: String,
    name: String,
}

#[derive(Deserialize)]
pub struct ReasonForm {
    key: String,
    name_sr: String,
    name_en: String,
    #[serde(default)]
    retired: Option<String>,
}

pub async fn list(State(app): State<App>, signed_in: SignedIn) -> Result<Response, WebError> {
    signed_in.require(Right::ManageQueues)?;
    shown(&app, &signed_in, None).await
}

pub async fn create(
    State(app): State<App>,
    signed_in: SignedIn,
    Form(form): Form<NewQueue>,
) -> Result<Response, WebError> {
    let key = form.key.trim().to_lowercase();
    let queue = QueueRow { settings: QueueSettings::new(key.clone(), form.name.trim()), everyone: false };
    match app.actions.put_queue(&signed_in.actor(), queue, true).await {
        Ok(()) => Ok(Redirect::to(&format!("/queues/{key}")).into_response()),
        Err(QueueError::Wrong(_)) => refused(&app, &signed_in, signed_in.page.say("queue-new-wrong")).await,
        Err(QueueError::Action(other)) => Err(other.into()),
    }
}

pub async fn put_reason(
    State(app): State<App>,
    signed_in: SignedIn,
    Form(form): Form<ReasonForm>,
) -> Result<Response, WebError> {
    let reason = PauseReason {
        key: form.key.trim().to_lowercase(),
        name_sr: form.name_sr.trim().to_owned(),
        name_en: form.name_en.trim().to_owned(),
        retired: form.retired.is_some(),
    };
    match app.actions.put_pause_reason(&signed_in.actor(), reason).await {
        Ok(()) => Ok(Redirect::to("/queues#reasons").into_response()),
        Err(ActionError::Invalid(_)) => refused(&app, &signed_in, signed_in.page.say("reason-wrong")).await,
        Err(other) => Err(other.into()),
    }
}

async fn refused(app: &App, signed_in: &SignedIn, problem: String) -> Result<Response, WebError> {
    Ok((StatusCode::UNPROCESSABLE_ENTITY, shown(app, signed_in, Some(problem)).await?).into_response())
}

async fn shown(app: &App, signed_in: &SignedIn, problem: Option<String>) -> Result<Response, WebError> {
    let page = &signed_in.page;
    let board = app.telephony.as_ref().map(|telephony| telephony.board()).unwrap_or_default();
    let floor = app.actions.floor_settings().await?;
    let queues = floor
        .queues
        .iter()
        .map(|settings| card(page, settings, board.queues.iter().find(|queue| queue.queue == settings.key)))
        .collect();
    let reasons = app.db.pause_reasons().await?.into_iter().map(|reason| reason_view(page, reason)).collect();
    html(QueuesPage { page, queues, reasons, problem })
}

fn card(page: &Page, settings: &QueueSettings, now: Option<&QueueView>) -> QueueCard {
    let today = now.map_or_else(QueueToday::default, |now| now.today);
    let longest = now.and_then(|now| now.waiting.iter().filter(|w| !w.callback).map(|w| w.since).min());
    let members = i64::try_from(settings.members.len()).unwrap_or(i64::MAX);
    QueueCard {
        key: settings.key.clone(),
        name: page.name(&settings.name, None),
        strategy: page.word("strategy", settings.strategy.as_str()),
        members: page.count("queue-members-count", members),
        waiting: now.map_or(0, |now| now.waiting.len()),
        longest: longest.map(|since| page.time(since)).unwrap_or_default(),
        ready: now.map_or(0, |now| now.ready),
        talking: now.map_or(0, |now| now.talking),
        paused: now.map_or(0, |now| now.paused),
        offered: today.offered,
        answered: today.answered,
        in_time: share(today.answered_in_time, today.answered),
        abandoned: today.abandoned,
        average: if today.answered == 0 { String::new() } else { minutes(today.average_wait_s) },
    }
}

fn reason_view(page: &Page, reason: PauseReason) -> ReasonView {
    ReasonView {
        name: page.name(&reason.name_sr, Some(&reason.name_en)),
        key: reason.key,
        name_sr: reason.name_sr,
        name_en: reason.name_en,
        retired: reason.retired,
    }
}

fn share(part: u32, whole: u32) -> String {
    let percent = u64::from(part).saturating_mul(100).checked_div(u64::from(whole));
    percent.map(|percent| format!("{percent} %")).unwrap_or_default()
}

/// `m:ss`.
fn minutes(seconds: u32) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
pub mod samples {
    use askama::Template as _;

    use super::*;
    use crate::web::queues::edit::{MemberView, QueuePage};
    use crate::web::queues::form::NumberFields;

    pub fn list(page: &Page, words: &str) -> askama::Result<String> {
        let settings = QueueSettings::new("operators", words);
        let reason =
            PauseReason { key: "meal".into(), name_sr: words.into(), name_en: words.into(), retired: true };
        let (queues, reasons) = (vec![card(page, &settings, None)], vec![reason_view(page, reason)]);
        QueuesPage { page, queues, reasons, problem: Some(words.into()) }.render()
    }

    pub fn edit(page: &Page, words: &str) -> askama::Result<String> {
        let choice = || {
            vec![crate::web::cases::view::Choice { value: words.into(), label: words.into(), chosen: true }]
        };
        let member = MemberView {
            id: 1,
            name: words.into(),
            role: words.into(),
            is_member: true,
            place: 1,
            lines: choice(),
            languages: choice(),
            services: choice(),
            knows: words.into(),
        };
        QueuePage {
            page,
            key: "operators".into(),
            name: words.into(),
            title: words.into(),
            strategies: choice(),
            fields: NumberFields::of(page, &QueueSettings::new("operators", words), Some("ring")),
            wait_while_paused: true,
            announce_wait: true,
            everyone: true,
            others: choice(),
            members: vec![member],
            problem: Some(words.into()),
        }
        .render()
    }

    #[test]
    fn share_of_nothing_is_not_shown() {
        assert_eq!((share(0, 0), share(2, 3), minutes(65)), (String::new(), "66 %".into(), "1:05".into()));
    }
}
