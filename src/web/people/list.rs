//! The list of people: by any word that is known of them, or those with a name, newest first.

use axum::Form;
use axum::extract::{Query as UrlQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::actions::ActionError;
use crate::domain::id::PersonId;
use crate::domain::permission::Right;
use crate::domain::person::{PersonFacts, Point, PointKind};
use crate::domain::phone::PhoneNumber;
use crate::domain::search::Query;
use crate::web::auth::SignedIn;
use crate::web::cases::view::Viewer;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::search::{Finder, LONGEST, PersonHitView};
use crate::web::state::App;

const ROWS: u32 = 50;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    /// Where the page before ended.
    after: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NewPersonForm {
    pub name: String,
    pub phone: String,
    pub email: String,
    pub address: String,
}

#[derive(Debug)]
pub struct PeopleView {
    pub q: String,
    pub people: Vec<PersonHitView>,
    pub more: Option<String>,
    pub may_add: bool,
    pub may_export: bool,
    /// What was typed, when it was not taken.
    pub form: NewPersonForm,
    pub problem: Option<String>,
}

#[derive(askama::Template)]
#[template(path = "people/list.html")]
pub struct PeoplePage<'a> {
    pub page: &'a Page,
    pub view: PeopleView,
}

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    UrlQuery(asked): UrlQuery<Asked>,
) -> Result<Response, WebError> {
    signed_in.require(Right::ReadPeople)?;
    let view = load(&app, &signed_in, &asked).await?;
    html(PeoplePage { page: &signed_in.page, view })
}

pub async fn add(
    State(app): State<App>,
    signed_in: SignedIn,
    Form(form): Form<NewPersonForm>,
) -> Result<Response, WebError> {
    let facts = PersonFacts { name: form.name.clone(), language: None, tell_by: None };
    let points = [
        (PointKind::Phone, &form.phone),
        (PointKind::Email, &form.email),
        (PointKind::Address, &form.address),
    ];
    let points = points.into_iter().filter(|(_, value)| !value.trim().is_empty());
    let points = points.map(|(kind, value)| Point { kind, value: value.clone() }).collect();
    match app.actions.add_person(&signed_in.actor(), facts, points).await {
        Ok(id) => Ok(Redirect::to(&format!("/people/{id}")).into_response()),
        Err(ActionError::Invalid(_)) => {
            let view = load(&app, &signed_in, &Asked::default()).await?;
            let view = PeopleView { form, problem: Some(signed_in.page.say("person-add-wrong")), ..view };
            let shown = html(PeoplePage { page: &signed_in.page, view })?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

async fn load(app: &App, signed_in: &SignedIn, asked: &Asked) -> Result<PeopleView, WebError> {
    let q: String = asked.q.trim().chars().take(LONGEST).collect();
    let query = Query::parse(&q);
    let phone = PhoneNumber::parse(&q, &app.country).ok();
    let after = asked.after.parse().ok().map(PersonId);
    let mut people = app.db.people(query.as_ref(), phone.as_ref(), after, ROWS).await?;
    let is_more = people.len() > ROWS as usize;
    people.truncate(ROWS as usize);
    let shown: Vec<PersonId> = people.iter().map(|person| person.id).collect();
    app.actions.people_listed(&signed_in.actor(), "people", &shown).await?;
    let more =
        people.last().filter(|_| is_more && query.is_none()).map(|last| format!("/people?after={}", last.id));
    let directory = app.db.directory();
    let viewer = Viewer { locale: &signed_in.page.locale, directory: &directory };
    let finder = Finder { viewer, words: query.as_ref().map_or(&[], Query::words) };
    Ok(PeopleView {
        people: people.iter().map(|row| finder.person(row)).collect(),
        more,
        may_export: signed_in.page.may(Right::Export),
        may_add: signed_in.page.may(Right::EditPeople),
        form: NewPersonForm::default(),
        problem: None,
        q,
    })
}
