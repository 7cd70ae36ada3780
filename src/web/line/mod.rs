//! Who is on the operator's line: a slim banner on every page, with the card of the caller, the case of the call and other open cases.
//! Asked for by the page itself, as the operator's own state is: one more stream of events would take one of the six connections that a
//! browser has for all open pages.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::actions::audit::What;
use crate::domain::case::Status;
use crate::domain::id::UserId;
use crate::domain::permission::Right;
use crate::domain::phone::PhoneNumber;
use crate::store::case_list::CaseFilter;
use crate::telephony::handle::{Board, CallStage, CallView, Direction};
use crate::web::auth::SignedIn;
use crate::web::cases::view::{RowView, Viewer, for_people};
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

/// A banner holds no more; the rest is on the card.
const MOST_CASES: u32 = 3;

#[derive(Debug)]
pub struct LineView {
    /// `ringing` or `talking`.
    pub stage: &'static str,
    /// The name that is known, or the number, or that it is hidden.
    pub who: String,
    /// Under the name; empty when `who` is the number.
    pub number: String,
    /// For the address of the form for a new case; empty when it is hidden.
    pub phone: String,
    /// Id of the card.
    pub person: Option<i64>,
    /// What this call became.
    pub case: Option<RowView>,
    /// Further open cases of the caller.
    pub open: Vec<RowView>,
}

#[derive(askama::Template)]
#[template(path = "line/_line.html")]
pub struct LinePart<'a> {
    pub page: &'a Page,
    pub line: LineView,
}

/// Nothing (204) while there is nobody on the line.
pub async fn show(State(app): State<App>, signed_in: SignedIn) -> Result<Response, WebError> {
    signed_in.require(Right::ReadPeople)?;
    let board = app.telephony.as_ref().map(|telephony| telephony.board()).unwrap_or_default();
    let Some((call, stage)) = own(&board, signed_in.user.id) else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    let line = line(&app, &signed_in, call, stage).await?;
    html(LinePart { page: &signed_in.page, line })
}

/// The call of this operator with somebody outside; of several the one that came last.
fn own(board: &Board, me: UserId) -> Option<(&CallView, &'static str)> {
    let stage = |call: &CallView| match call.stage {
        CallStage::Ringing => Some("ringing"),
        CallStage::Talking | CallStage::Held | CallStage::Transferring | CallStage::Conference => {
            Some("talking")
        }
        CallStage::Arriving | CallStage::Plan | CallStage::Waiting | CallStage::Ending => None,
    };
    let mine = board
        .calls
        .iter()
        .filter(|call| call.direction != Direction::Internal && call.operators.contains(&me));
    mine.filter_map(|call| Some((call, stage(call)?))).max_by_key(|(call, _)| call.since)
}

async fn line(
    app: &App,
    signed_in: &SignedIn,
    call: &CallView,
    stage: &'static str,
) -> Result<LineView, WebError> {
    let page = &signed_in.page;
    let directory = app.db.directory();
    let viewer = Viewer { locale: &page.locale, directory: &directory };
    let outside = match call.direction {
        Direction::Out => Some(call.called.clone()),
        Direction::In | Direction::Internal => call.caller.clone(),
    };
    let phone = outside.as_deref().and_then(PhoneNumber::from_stored);
    let person = match &phone {
        Some(phone) => app.db.person_by_phone(phone).await?,
        None => None,
    };
    if let Some(person) = &person {
        app.actions.viewed(&signed_in.actor(), What::PersonViewed, person.id).await?;
    }
    let may_read = |row: &crate::store::case::CaseRow| page.may_on(Right::ReadCases, &row.facts());
    let case = match call.interaction {
        Some(interaction) => app.db.case_of_contact(interaction).await?,
        None => None,
    };
    let case = match case {
        Some(case) => app.db.case_row(case).await?.filter(may_read),
        None => None,
    };
    let open = match &phone {
        Some(phone) => {
            let filter = CaseFilter {
                phone: Some(phone.clone()),
                statuses: Status::ALL.iter().copied().filter(|status| status.is_open()).collect(),
                reach: signed_in.reach(),
                ..CaseFilter::default()
            };
            // One more, for the case of the call is shown apart.
            app.db.case_list(&filter, None, MOST_CASES + 1).await?.rows
        }
        None => Vec::new(),
    };
    let of_call = case.as_ref().map(|row| row.id);
    let open = open.iter().filter(|row| Some(row.id) != of_call).take(MOST_CASES as usize);
    let open = open.map(|row| viewer.row(row)).collect();
    let number = outside.as_deref().map_or_else(|| page.say("caller-hidden"), for_people);
    let name = person.as_ref().map(|person| viewer.script(&person.name)).filter(|name| !name.is_empty());
    let (who, number) = match name {
        Some(name) => (name, number),
        None => (number, String::new()),
    };
    Ok(LineView {
        stage,
        who,
        number,
        phone: phone.map(|phone| phone.as_str().trim_start_matches('+').to_owned()).unwrap_or_default(),
        person: person.map(|person| person.id.0),
        case: case.as_ref().map(|row| viewer.row(row)),
        open,
    })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::telephony::handle::RecordingView;

    fn call(call: u64, second: i64, direction: Direction, stage: CallStage, operator: i64) -> CallView {
        let since = Timestamp::from_second(second).unwrap();
        CallView {
            call,
            interaction: None,
            direction,
            caller: None,
            called: String::new(),
            since,
            stage,
            stage_since: since,
            plan: None,
            node: None,
            queue: None,
            operators: vec![UserId(operator)],
            listeners: vec![UserId(9)],
            recording: RecordingView::No,
            warning: None,
        }
    }

    #[test]
    fn the_line_is_that_of_the_operator_and_of_the_latest_call_with_somebody_outside() {
        let board = Board {
            calls: vec![
                call(1, 10, Direction::In, CallStage::Talking, 7),
                call(2, 20, Direction::In, CallStage::Ringing, 7),
                call(3, 30, Direction::Internal, CallStage::Talking, 7),
                call(4, 40, Direction::In, CallStage::Ending, 7),
                call(5, 50, Direction::Out, CallStage::Held, 8),
            ],
            ..Board::default()
        };
        let of = |user| own(&board, UserId(user)).map(|(call, stage)| (call.call, stage));
        assert_eq!(of(7), Some((2, "ringing")));
        assert_eq!(of(8), Some((5, "talking")));
        assert_eq!(of(9), None, "who listens in has nobody on the line");
    }
}

#[cfg(test)]
pub mod samples {
    use askama::Template as _;

    use super::*;

    pub fn part(page: &Page, row: impl Fn() -> RowView, words: &str) -> askama::Result<String> {
        let line = LineView {
            stage: "talking",
            who: words.into(),
            number: words.into(),
            phone: "381641234567".into(),
            person: Some(1),
            case: Some(row()),
            open: vec![row()],
        };
        LinePart { page, line }.render()
    }
}
