//! What people do on the card of a citizen. Every change names the version that the reader looked at.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::show::{Conflict, again};
use super::view::Problem;
use crate::actions::ActionError;
use crate::actions::person::PersonChange;
use crate::domain::email::EmailAddress;
use crate::domain::id::PersonId;
use crate::domain::person::{ConsentKind, ConsentMeans, PersonFacts, Point, PointKind};
use crate::domain::phone::PhoneNumber;
use crate::store::person::Person;
use crate::web::auth::SignedIn;
use crate::web::error::WebError;
use crate::web::page::Page;
use crate::web::state::App;

#[derive(Debug, Deserialize)]
pub struct FactsForm {
    version: i64,
    name: String,
    /// Empty: as they wrote.
    language: String,
    tell_by: String,
}

#[derive(Debug, Deserialize)]
pub struct PointForm {
    version: i64,
    kind: PointKind,
    value: String,
    /// `add`, `prefer`, `invalid`, `valid` or `remove`.
    deed: String,
}

#[derive(Debug, Deserialize)]
pub struct ConsentForm {
    version: i64,
    consent: ConsentKind,
    /// `given` or `withdrawn`.
    state: String,
    means: ConsentMeans,
    #[serde(default)]
    remark: String,
}

#[derive(Debug, Deserialize)]
pub struct NoteForm {
    version: i64,
    words: String,
}

pub async fn facts(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Form(form): Form<FactsForm>,
) -> Result<Response, WebError> {
    let facts = PersonFacts {
        name: form.name,
        language: form.language.parse().ok(),
        tell_by: form.tell_by.parse().ok(),
    };
    carry_out(
        &app,
        &signed_in,
        id,
        form.version,
        PersonChange::Facts(facts),
        signed_in.page.say("person-name-wrong"),
    )
    .await
}

pub async fn point(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Form(form): Form<PointForm>,
) -> Result<Response, WebError> {
    let point = Point { kind: form.kind, value: form.value };
    let change = match form.deed.as_str() {
        "add" => PersonChange::AddPoint(point),
        "prefer" => PersonChange::PreferPoint(point),
        "invalid" => PersonChange::MarkPoint { point, valid: false },
        "valid" => PersonChange::MarkPoint { point, valid: true },
        "remove" => PersonChange::RemovePoint(point),
        other => return Err(WebError::Invalid(format!("{other:?} is not done to a contact point"))),
    };
    carry_out(&app, &signed_in, id, form.version, change, signed_in.page.say("point-wrong")).await
}

pub async fn consent(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Form(form): Form<ConsentForm>,
) -> Result<Response, WebError> {
    let given = form.state == "given";
    let change =
        PersonChange::Consent { consent: form.consent, given, means: form.means, remark: form.remark };
    carry_out(&app, &signed_in, id, form.version, change, signed_in.page.say("error-invalid-text")).await
}

pub async fn note(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Form(form): Form<NoteForm>,
) -> Result<Response, WebError> {
    let change = PersonChange::Note(form.words);
    carry_out(&app, &signed_in, id, form.version, change, signed_in.page.say("error-invalid-text")).await
}

#[derive(Debug, Deserialize)]
pub struct TagsForm {
    tags: String,
}

pub async fn tags(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Form(form): Form<TagsForm>,
) -> Result<Response, WebError> {
    let tags: Vec<String> = form.tags.split([',', ';']).map(str::to_owned).collect();
    app.actions.tag_person(&signed_in.actor(), PersonId(id), &tags).await?;
    Ok(Redirect::to(&format!("/people/{id}")).into_response())
}

/// `wrong`: what is said when it is invalid.
async fn carry_out(
    app: &App,
    signed_in: &SignedIn,
    id: i64,
    version: i64,
    change: PersonChange,
    wrong: String,
) -> Result<Response, WebError> {
    let (person, actor) = (PersonId(id), signed_in.actor());
    let changed = app.actions.change_person(&actor, person, version, change.clone()).await;
    let problem = match changed {
        Ok(_) => return Ok(Redirect::to(&format!("/people/{id}")).into_response()),
        Err(ActionError::Conflict) => Err(Conflict),
        Err(ActionError::Invalid(_)) => {
            let owner = match added(app, change) {
                Some((kind, stored)) => app.db.person_by_point(kind, &stored).await?,
                None => None,
            };
            Ok(problem(&signed_in.page, person, owner, wrong))
        }
        Err(other) => return Err(other.into()),
    };
    again(app, signed_in, person, problem).await
}

/// A number or e-mail address that somebody else has leads to them: they may be the same person.
fn problem(page: &Page, person: PersonId, owner: Option<Person>, wrong: String) -> Problem {
    match owner {
        Some(owner) if owner.id == person => Problem { words: page.say("point-is-there"), other: None },
        Some(owner) => {
            let name =
                if owner.name.is_empty() { page.say("person-unnamed") } else { page.name(&owner.name, None) };
            Problem { words: page.say("point-taken"), other: Some((owner.id.0, name)) }
        }
        None => Problem { words: wrong, other: None },
    }
}

/// The number or e-mail address that was to be added, as it would be stored.
fn added(app: &App, change: PersonChange) -> Option<(PointKind, String)> {
    let PersonChange::AddPoint(point) = change else { return None };
    let stored = match point.kind {
        PointKind::Phone => PhoneNumber::parse(&point.value, &app.country).ok()?.to_string(),
        PointKind::Email => EmailAddress::parse(&point.value).ok()?.as_str().to_owned(),
        PointKind::Address => return None,
    };
    Some((point.kind, stored))
}
