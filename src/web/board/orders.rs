//! A supervisor steps in: listens, whispers, joins, ends a call, pauses its recording. The switch puts every
//! use on the case's timeline; the log has the tries too.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::domain::id::UserId;
use crate::domain::permission::Right;
use crate::telephony::handle::{Order, OrderRefused, Supervision};
use crate::web::auth::SignedIn;
use crate::web::client::is_partial;
use crate::web::error::WebError;
use crate::web::page::Page;
use crate::web::state::App;

/// As the buttons of the page send it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intervention {
    ListenedIn,
    Whispered,
    JoinedIn,
    HungUp,
    RecordingPaused,
    RecordingResumed,
}

#[derive(Deserialize)]
pub struct Wanted {
    what: Intervention,
}

pub async fn order(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(call): Path<u64>,
    headers: HeaderMap,
    Form(Wanted { what }): Form<Wanted>,
) -> Result<Response, WebError> {
    signed_in.require(Right::Supervise)?;
    let page = &signed_in.page;
    let telephony = app.telephony.as_ref().ok_or(WebError::NotFound)?;
    let by = signed_in.user.id;
    tracing::info!(call, user = by.0, ?what, "a supervisor steps in");
    if let Err(refused) = telephony.order(order_for(what, call, by)).await {
        tracing::info!(call, user = by.0, ?what, %refused, "stepping in was refused");
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, refusal(refused, page)).into_response());
    }
    metrics::counter!("odziv_web_interventions_total", "what" => what.as_str()).increment(1);
    if !is_partial(&headers) {
        return Ok(Redirect::to("/live").into_response());
    }
    let rings = matches!(what, Intervention::ListenedIn | Intervention::Whispered | Intervention::JoinedIn);
    if rings {
        return Ok((StatusCode::OK, page.say("board-phone-rings")).into_response());
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

impl Intervention {
    fn as_str(self) -> &'static str {
        match self {
            Self::ListenedIn => "listened_in",
            Self::Whispered => "whispered",
            Self::JoinedIn => "joined_in",
            Self::HungUp => "hung_up",
            Self::RecordingPaused => "recording_paused",
            Self::RecordingResumed => "recording_resumed",
        }
    }
}

pub fn order_for(what: Intervention, call: u64, by: UserId) -> Order {
    let supervise = |mode| Order::Supervise { call, by, mode };
    match what {
        Intervention::ListenedIn => supervise(Supervision::Listen),
        Intervention::Whispered => supervise(Supervision::Whisper),
        Intervention::JoinedIn => supervise(Supervision::Barge),
        Intervention::HungUp => Order::HangUp { call, by },
        Intervention::RecordingPaused => Order::PauseRecording { call, by, paused: true },
        Intervention::RecordingResumed => Order::PauseRecording { call, by, paused: false },
    }
}

pub fn refusal(refused: OrderRefused, page: &Page) -> String {
    match refused {
        OrderRefused::NoSuchCall => page.say("refused-no-call"),
        OrderRefused::NoSuchOperator | OrderRefused::NoPhone => page.say("refused-no-phone"),
        OrderRefused::NotNow => page.say("refused-not-now"),
        OrderRefused::NotAllowed => page.say("refused-not-allowed"),
        OrderRefused::NotRunning => page.say("refused-not-running"),
    }
}
