//! What is kept of somebody is erased: first what would go and what must stay, then the reason.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::actions::ActionError;
use crate::actions::erase::{Erasure, Postponed};
use crate::domain::id::PersonId;
use crate::web::auth::SignedIn;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

#[derive(Debug)]
pub struct EraseView {
    pub id: i64,
    pub name: String,
    /// Numbers of cases that go, or went.
    pub erased: Vec<String>,
    /// Numbers of cases that stay for now, and why.
    pub postponed: Vec<(String, String)>,
    /// It was carried out; nothing is left.
    pub carried_out: bool,
    pub done: bool,
    /// Since when a request waits.
    pub waits: String,
    pub problem: Option<String>,
}

#[derive(askama::Template)]
#[template(path = "privacy/erase.html")]
pub struct ErasePage<'a> {
    pub page: &'a Page,
    pub view: EraseView,
}

#[derive(Deserialize)]
pub struct EraseForm {
    reason: String,
}

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, WebError> {
    shown(&app, &signed_in, PersonId(id), None).await
}

pub async fn carry_out(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Form(form): Form<EraseForm>,
) -> Result<Response, WebError> {
    let page = &signed_in.page;
    match app.actions.erase_person(&signed_in.actor(), PersonId(id), &form.reason).await {
        Ok(erasure) => {
            let mut view = view(page, id, &erasure);
            view.carried_out = true;
            html(ErasePage { page, view })
        }
        Err(ActionError::Invalid(_)) => {
            let problem = Some(page.say("erase-needs-reason"));
            let shown = shown(&app, &signed_in, PersonId(id), problem).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

async fn shown(
    app: &App,
    signed_in: &SignedIn,
    id: PersonId,
    problem: Option<String>,
) -> Result<Response, WebError> {
    let page = &signed_in.page;
    let erasure = app.actions.try_erasure(&signed_in.actor(), id).await?;
    let person = app.db.person(id).await?.ok_or(WebError::NotFound)?;
    let request = app.db.erasure_request(id).await?;
    let waits = request.map(|request| page.moment(request.asked_at)).unwrap_or_default();
    let name = page.name(&person.name, None);
    let view = EraseView { name, waits, problem, ..view(page, id.0, &erasure) };
    html(ErasePage { page, view })
}

fn view(page: &Page, id: i64, erasure: &Erasure) -> EraseView {
    let why = |why: &Postponed| match why {
        Postponed::Open => page.say("erase-open"),
        Postponed::UnderWay => page.say("erase-under-way"),
        Postponed::Legal { until, basis } => page
            .with_values("erase-legal", &[("until", page.date(*until)), ("basis", page.name(basis, None))]),
    };
    EraseView {
        id,
        name: String::new(),
        erased: erasure.erased.iter().map(ToString::to_string).collect(),
        postponed: erasure.postponed.iter().map(|(number, p)| (number.to_string(), why(p))).collect(),
        carried_out: false,
        done: erasure.done,
        waits: String::new(),
        problem: None,
    }
}
