//! The roles themselves: added by copying, named, removed when nobody has them.

use std::collections::HashMap;

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::matrix;
use super::words::role_name;
use crate::actions::ActionError;
use crate::domain::id::RoleId;
use crate::domain::permission::{Role, RoleRules};
use crate::domain::script::search_key;
use crate::store::role::RoleHead;
use crate::web::auth::SignedIn;
use crate::web::error::WebError;
use crate::web::page::Page;
use crate::web::state::App;

#[derive(Debug)]
pub struct RoleView {
    pub id: i64,
    pub name: String,
    pub name_sr: String,
    pub name_en: String,
    pub kind: String,
    pub users: String,
    pub needs_second_factor: bool,
    /// Added here, and nobody has it.
    pub removable: bool,
}

#[derive(Deserialize)]
pub struct NewRole {
    from: i64,
    name_sr: String,
    #[serde(default)]
    name_en: String,
}

#[derive(Deserialize)]
pub struct RoleForm {
    name_sr: String,
    #[serde(default)]
    name_en: String,
    second_factor: Option<String>,
}

pub fn view(page: &Page, role: &RoleRules) -> RoleView {
    let users = super::users_of(page, role.id);
    RoleView {
        id: role.id.0,
        name: role_name(page, role),
        name_sr: role.name_sr.clone(),
        name_en: role.name_en.clone(),
        kind: page.word("role", role.base.as_str()),
        users: page.count("role-users", users),
        needs_second_factor: role.needs_second_factor,
        removable: !role.is_seeded() && users == 0,
    }
}

pub async fn add(
    State(app): State<App>,
    signed_in: SignedIn,
    Form(form): Form<NewRole>,
) -> Result<Response, WebError> {
    let head = RoleHead {
        key: key(&signed_in.page, &form.name_sr),
        base: Role::Officer,
        name_sr: form.name_sr,
        name_en: form.name_en,
        needs_second_factor: false,
    };
    let done = app.actions.copy_role(&signed_in.actor(), RoleId(form.from), head).await;
    answered(&app, &signed_in, done.map(drop)).await
}

pub async fn save(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Form(form): Form<RoleForm>,
) -> Result<Response, WebError> {
    let head = RoleHead {
        key: String::new(),
        base: Role::Officer,
        name_sr: form.name_sr,
        name_en: form.name_en,
        needs_second_factor: form.second_factor.is_some(),
    };
    let done = app.actions.set_role(&signed_in.actor(), RoleId(id), head).await;
    answered(&app, &signed_in, done).await
}

pub async fn remove(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, WebError> {
    let done = app.actions.remove_role(&signed_in.actor(), RoleId(id)).await;
    answered(&app, &signed_in, done).await
}

async fn answered(
    app: &App,
    signed_in: &SignedIn,
    done: Result<(), ActionError>,
) -> Result<Response, WebError> {
    match done {
        Ok(()) => Ok(Redirect::to("/rights#roles").into_response()),
        Err(ActionError::Invalid(_)) => {
            let problem = signed_in.page.say("role-invalid");
            let page = matrix(app, signed_in, &HashMap::new(), None, Some(problem)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

/// Made of the name, so that nobody has to think of one; with a number when it is taken.
fn key(page: &Page, name: &str) -> String {
    let base: String = search_key(name).replace(' ', "-").chars().filter(char::is_ascii).take(30).collect();
    let base = if base.is_empty() { "role".to_owned() } else { base };
    let taken = |key: &str| page.directory.roles.iter().any(|role| role.key == key);
    let numbered = (2..1_000).map(|n| format!("{base}-{n}"));
    std::iter::once(base.clone()).chain(numbered).find(|key| !taken(key)).unwrap_or(base)
}
