//! What an operator does now, and how they change it: a small menu in the header of every page, asked for by the page itself.

use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Deserialize;

use crate::domain::operator::PAUSE_MISSED;
use crate::domain::permission::Role;
use crate::store::queue::PauseReason;
use crate::telephony::handle::{OperatorState, Order, OrderRefused};
use crate::web::auth::SignedIn;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

/// A page that was answered before the board shows what it ordered would show the old state until the next look.
const NEXT_BOARD: std::time::Duration = std::time::Duration::from_millis(600);

#[derive(Debug)]
pub struct ReasonChoice {
    pub key: String,
    pub name: String,
    pub chosen: bool,
}

#[derive(askama::Template)]
#[template(path = "presence/_presence.html")]
pub struct Presence<'a> {
    pub page: &'a Page,
    /// Colour and form of the lamp.
    pub tone: &'static str,
    pub state: String,
    /// Since when, by the clock.
    pub since: String,
    /// When wrap-up ends by itself, in seconds since 1970; counted down by the page.
    pub until: Option<i64>,
    pub wraps_up: bool,
    /// Ready, or would be with a phone.
    pub is_ready: bool,
    pub reasons: Vec<ReasonChoice>,
    pub problem: Option<String>,
}

#[derive(Deserialize)]
pub struct Wish {
    /// `ready`, `finish`, or `pause:` and the key of a reason.
    to: String,
}

pub async fn show(State(app): State<App>, signed_in: SignedIn) -> Result<Response, WebError> {
    part(&app, &signed_in, None).await
}

pub async fn change(
    State(app): State<App>,
    signed_in: SignedIn,
    Form(wish): Form<Wish>,
) -> Result<Response, WebError> {
    let operator = signed_in.user.id;
    let reason = wish.to.strip_prefix("pause:");
    app.actions.may_set_state(&signed_in.actor(), operator, reason).await?;
    let order = match (wish.to.as_str(), reason) {
        (_, Some(reason)) => Order::Pause { operator, reason: reason.to_owned() },
        ("ready", None) => Order::Ready { operator },
        ("finish", None) => Order::FinishWrapUp { operator },
        _ => return Err(WebError::Invalid("no such state".into())),
    };
    let Some(telephony) = &app.telephony else { return Err(WebError::NotFound) };
    let mut changed = telephony.changed();
    changed.mark_unchanged();
    match telephony.order(order).await {
        Ok(()) => {
            // No new board: nothing was different, or it comes with the next look.
            let _ = tokio::time::timeout(NEXT_BOARD, changed.changed()).await;
            part(&app, &signed_in, None).await
        }
        Err(refused) => {
            let page = part(&app, &signed_in, Some(refused)).await?;
            Ok((StatusCode::CONFLICT, page).into_response())
        }
    }
}

async fn part(app: &App, signed_in: &SignedIn, refused: Option<OrderRefused>) -> Result<Response, WebError> {
    let page = &signed_in.page;
    let board = app.telephony.as_ref().map(|telephony| telephony.board()).unwrap_or_default();
    let operator = board.operators.iter().find(|operator| operator.user == signed_in.user.id);
    let takes_calls = matches!(signed_in.user.role, Role::Operator | Role::Supervisor);
    let Some(operator) = operator.filter(|_| takes_calls) else {
        // Not an operator, or telephony does not run: the header has no such menu.
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    let reasons = app.db.pause_reasons().await?;
    let problem = refused.map(|refused| match refused {
        OrderRefused::NotRunning => page.say("presence-not-running"),
        _ => page.say("presence-not-now"),
    });
    html(presence(page, &operator.state, operator.since, &reasons, problem))
}

fn presence<'a>(
    page: &'a Page,
    state: &OperatorState,
    since: Timestamp,
    reasons: &[PauseReason],
    problem: Option<String>,
) -> Presence<'a> {
    let paused = match state {
        OperatorState::Paused { reason } => Some(reason.as_str()),
        _ => None,
    };
    let until = match state {
        OperatorState::WrapUp { until } => until.map(Timestamp::as_second),
        _ => None,
    };
    let choice = |reason: &PauseReason| ReasonChoice {
        key: reason.key.clone(),
        name: page.name(&reason.name_sr, Some(&reason.name_en)),
        chosen: paused == Some(reason.key.as_str()),
    };
    let (tone, words) = shown(page, state, reasons);
    Presence {
        page,
        tone,
        state: words,
        since: page.time(since),
        until,
        wraps_up: matches!(state, OperatorState::WrapUp { .. }),
        is_ready: matches!(state, OperatorState::Ready),
        reasons: reasons.iter().filter(|reason| !reason.retired).map(choice).collect(),
        problem,
    }
}

fn shown(page: &Page, state: &OperatorState, reasons: &[PauseReason]) -> (&'static str, String) {
    match state {
        OperatorState::Offline => ("off", page.say("presence-offline")),
        OperatorState::Ready => ("ready", page.say("presence-ready")),
        OperatorState::Ringing => ("busy", page.say("presence-ringing")),
        OperatorState::Talking => ("busy", page.say("presence-talking")),
        OperatorState::WrapUp { .. } => ("busy", page.say("presence-wrap-up")),
        OperatorState::Paused { reason } if reason == PAUSE_MISSED => ("paused", page.say("presence-missed")),
        OperatorState::Paused { reason } => {
            let known = reasons.iter().find(|known| known.key == *reason);
            let name = known.map(|known| page.name(&known.name_sr, Some(&known.name_en)));
            ("paused", name.unwrap_or_else(|| reason.clone()))
        }
    }
}

#[cfg(test)]
pub mod samples {
    use askama::Template as _;

    use super::*;
    use crate::web::i18n::Language;

    pub fn part(page: &Page, words: &str) -> askama::Result<String> {
        let state = OperatorState::WrapUp { until: Some(Timestamp::UNIX_EPOCH) };
        presence(page, &state, Timestamp::UNIX_EPOCH, &[reason("meal", words)], Some(words.into())).render()
    }

    fn reason(key: &str, name: &str) -> PauseReason {
        PauseReason { key: key.into(), name_sr: name.into(), name_en: name.into(), retired: key == "old" }
    }

    fn shown_as(state: OperatorState) -> String {
        let page = crate::web::samples::page(Language::English);
        let reasons = [reason("meal", "Meal"), reason("old", "Old")];
        presence(&page, &state, Timestamp::UNIX_EPOCH, &reasons, None).render().unwrap()
    }

    #[test]
    fn menu_offers_what_the_state_allows() {
        let ready = shown_as(OperatorState::Ready);
        assert!(ready.contains("<b>Ready</b>") && ready.contains("value=\"pause:meal\""));
        assert!(!ready.contains("value=\"finish\"") && !ready.contains("pause:old"));
        let wrap_up = shown_as(OperatorState::WrapUp { until: Some(Timestamp::UNIX_EPOCH) });
        assert!(wrap_up.contains("value=\"finish\"") && wrap_up.contains("data-until=\"0\""));
        let paused = shown_as(OperatorState::Paused { reason: "old".into() });
        assert!(paused.contains("<b>Old</b>"), "a reason that is no longer offered keeps its name");
        let missed = shown_as(OperatorState::Paused { reason: PAUSE_MISSED.into() });
        assert!(missed.contains("missed calls"));
    }
}
