//! What is offered while the form is filled in: people who are known, and open cases that may be about the same.

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::domain::id::{CaseId, CategoryId, PersonId};
use crate::domain::permission::Right;
use crate::domain::phone::PhoneNumber;
use crate::domain::search;
use crate::store::person::PersonRow;
use crate::store::similar::Report;
use crate::web::auth::SignedIn;
use crate::web::cases::view::{RowView, Viewer, for_people};
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

/// Shorter beginnings fit half the town.
const SHORTEST: usize = 3;
/// So many are offered.
const OFFERED: u32 = 6;
/// Of what is looked for.
const LONGEST: usize = 200;

#[derive(Debug)]
pub struct PersonOffer {
    pub id: i64,
    pub name: String,
    pub phone: String,
    pub address: String,
}

#[derive(Debug)]
pub struct CaseOffer {
    pub row: RowView,
    pub place: String,
    pub of_person: bool,
    pub followers: i64,
}

#[derive(askama::Template)]
#[template(path = "intake/_people.html")]
pub struct PeoplePart<'a> {
    pub page: &'a Page,
    pub people: Vec<PersonOffer>,
    /// Something was looked for.
    pub asked: bool,
}

#[derive(askama::Template)]
#[template(path = "intake/_similar.html")]
pub struct SimilarPart<'a> {
    pub page: &'a Page,
    pub cases: Vec<CaseOffer>,
    /// Who would follow; `None`: nobody is chosen yet.
    pub person: Option<i64>,
}

#[derive(Debug, Deserialize)]
pub struct Find {
    #[serde(default)]
    q: String,
}

#[derive(Debug, Deserialize)]
pub struct Like {
    #[serde(default)]
    category: String,
    #[serde(default)]
    place: String,
    #[serde(default)]
    words: String,
    #[serde(default)]
    person: String,
}

#[derive(Debug, Deserialize)]
pub struct FollowForm {
    person: i64,
}

pub async fn people(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(find): Query<Find>,
) -> Result<Response, WebError> {
    signed_in.require(Right::OpenCase)?;
    let q = find.q.trim();
    // The form works without it: a person is then written down anew.
    let may_read = signed_in.page.may(Right::ReadPeople);
    let asked = may_read && q.chars().count() >= SHORTEST;
    let q: String = q.chars().take(LONGEST).collect();
    // Who may open cases and not see people types the name instead.
    let query = search::Query::parse(&q).filter(|_| asked && signed_in.page.may(Right::ReadPeople));
    let phone = PhoneNumber::parse(&q, &app.country).ok();
    let found = match &query {
        Some(query) => app.db.people(Some(query), phone.as_ref(), None, OFFERED).await?,
        None => Vec::new(),
    };
    let directory = app.db.directory();
    let viewer = Viewer { locale: &signed_in.page.locale, directory: &directory };
    let offer = |person: &PersonRow| PersonOffer {
        id: person.id.0,
        name: viewer.script(&person.name),
        phone: for_people(&person.phone),
        address: viewer.script(&person.address),
    };
    let shown: Vec<PersonId> = found.iter().take(OFFERED as usize).map(|person| person.id).collect();
    app.actions.people_listed(&signed_in.actor(), "intake", &shown).await?;
    let people = found.iter().take(OFFERED as usize).map(offer).collect();
    html(PeoplePart { page: &signed_in.page, people, asked })
}

pub async fn similar(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(like): Query<Like>,
) -> Result<Response, WebError> {
    signed_in.require(Right::OpenCase)?;
    let short = |text: &str| text.chars().take(1_000).collect::<String>();
    let person = like.person.parse().ok();
    let report = Report {
        category: like.category.parse().ok().map(CategoryId),
        place: short(&like.place),
        words: short(&like.words),
        person: person.map(PersonId),
    };
    app.actions.list_viewed(&signed_in.actor(), "similar").await?;
    let found = app.actions.similar_cases(&signed_in.actor(), &report).await?;
    let directory = app.db.directory();
    let viewer = Viewer { locale: &signed_in.page.locale, directory: &directory };
    let offer = |similar: &crate::store::similar::SimilarCase| CaseOffer {
        row: viewer.row(&similar.row),
        place: similar.row.place.clone(),
        of_person: similar.of_person,
        followers: similar.followers,
    };
    let cases = found.iter().map(offer).collect();
    html(SimilarPart { page: &signed_in.page, cases, person })
}

pub async fn follow(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Form(form): Form<FollowForm>,
) -> Result<Response, WebError> {
    app.actions.add_follower(&signed_in.actor(), CaseId(id), PersonId(form.person)).await?;
    Ok(Redirect::to(&format!("/cases/{id}")).into_response())
}
