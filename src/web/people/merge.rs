//! Two cards of one person: looked at side by side, made one, and taken apart again.

use axum::Form;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::show::{Conflict, again};
use super::view::{CardView, Problem};
use crate::actions::ActionError;
use crate::actions::audit::What;
use crate::domain::id::{PersonEventId, PersonId};
use crate::domain::permission::Right;
use crate::domain::phone::PhoneNumber;
use crate::domain::search::Query;
use crate::web::auth::SignedIn;
use crate::web::cases::view::Viewer;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::search::{Finder, LONGEST, PersonHitView};
use crate::web::state::App;

/// Who is not among them is found with another word.
const FOUND: u32 = 20;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    other: Option<i64>,
}

#[derive(Debug)]
pub struct MergeView {
    pub q: String,
    pub survivor: CardView,
    pub found: Vec<PersonHitView>,
    pub other: Option<CardView>,
}

#[derive(askama::Template)]
#[template(path = "people/merge.html")]
pub struct MergePage<'a> {
    pub page: &'a Page,
    pub view: MergeView,
}

#[derive(Debug, Deserialize)]
pub struct MergeForm {
    other: i64,
}

#[derive(Debug, Deserialize)]
pub struct SplitForm {
    merge: i64,
}

/// Looks for the other card, and shows both before anything is done.
pub async fn look(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    UrlQuery(asked): UrlQuery<Asked>,
) -> Result<Response, WebError> {
    signed_in.require(Right::ReadPeople)?;
    signed_in.require(Right::MergePeople)?;
    let survivor = card(&app, &signed_in, PersonId(id)).await?.ok_or(WebError::NotFound)?;
    let other = match asked.other {
        Some(other) => card(&app, &signed_in, PersonId(other)).await?.filter(|other| other.id != survivor.id),
        None => None,
    };
    let actor = signed_in.actor();
    app.actions.viewed(&actor, What::PersonViewed, PersonId(survivor.id)).await?;
    if let Some(other) = &other {
        app.actions.viewed(&actor, What::PersonViewed, PersonId(other.id)).await?;
    }
    let q: String = asked.q.trim().chars().take(LONGEST).collect();
    let mut found = Vec::new();
    if let Some(query) = Query::parse(&q) {
        let phone = PhoneNumber::parse(&q, &app.country).ok();
        let directory = app.db.directory();
        let viewer = Viewer { locale: &signed_in.page.locale, directory: &directory };
        let finder = Finder { viewer, words: query.words() };
        let people = app.db.people(Some(&query), phone.as_ref(), None, FOUND).await?;
        let shown: Vec<PersonId> = people.iter().map(|person| person.id).collect();
        app.actions.people_listed(&actor, "people", &shown).await?;
        found = people.iter().filter(|row| row.id.0 != survivor.id).map(|row| finder.person(row)).collect();
    }
    html(MergePage { page: &signed_in.page, view: MergeView { q, survivor, found, other } })
}

pub async fn merge(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Form(form): Form<MergeForm>,
) -> Result<Response, WebError> {
    let merged = app.actions.merge_people(&signed_in.actor(), PersonId(id), PersonId(form.other)).await;
    answer(&app, &signed_in, id, merged.map(drop)).await
}

pub async fn split(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Form(form): Form<SplitForm>,
) -> Result<Response, WebError> {
    let split = app.actions.split_people(&signed_in.actor(), PersonId(id), PersonEventId(form.merge)).await;
    answer(&app, &signed_in, id, split).await
}

async fn answer(
    app: &App,
    signed_in: &SignedIn,
    id: i64,
    done: Result<(), ActionError>,
) -> Result<Response, WebError> {
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/people/{id}")).into_response()),
        Err(ActionError::Conflict) => again(app, signed_in, PersonId(id), Err(Conflict)).await,
        Err(ActionError::Invalid(_)) => {
            let problem = Problem { words: signed_in.page.say("merge-wrong"), other: None };
            again(app, signed_in, PersonId(id), Ok(problem)).await
        }
        Err(other) => Err(other.into()),
    }
}

async fn card(app: &App, signed_in: &SignedIn, id: PersonId) -> Result<Option<CardView>, WebError> {
    let reach = signed_in.reach();
    let Some(card) = app.db.person_card(id, &reach).await? else { return Ok(None) };
    let sent = app.db.sent_by(card.person.id, &reach, None).await?;
    let directory = app.db.directory();
    let viewer = Viewer { locale: &signed_in.page.locale, directory: &directory };
    Ok(Some(viewer.card(&card, &sent, &[])))
}
