//! Who may log in.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::actions::ActionError;
use crate::actions::user::{NewUser, PASSWORD_MIN_CHARS};
use crate::domain::id::{DepartmentId, UserId};
use crate::domain::permission::{Right, Role};
use crate::domain::script::alphabetical;
use crate::web::auth::SignedIn;
use crate::web::cases::view::{Choice, Viewer};
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

#[derive(Debug)]
pub struct UserView {
    pub id: i64,
    pub login: String,
    pub name: String,
    pub role: String,
    pub department: String,
    pub active: bool,
    pub is_me: bool,
}

#[derive(askama::Template)]
#[template(path = "admin/users.html")]
pub struct UsersPage<'a> {
    pub page: &'a Page,
    pub users: Vec<UserView>,
    pub roles: Vec<Choice>,
    pub departments: Vec<Choice>,
    pub problem: Option<String>,
    pub password_min: usize,
}

#[derive(Deserialize)]
pub struct UserForm {
    login: String,
    name: String,
    role: Role,
    #[serde(default)]
    department: String,
    password: String,
}

#[derive(Deserialize)]
pub struct PasswordForm {
    password: String,
}

pub async fn list(State(app): State<App>, signed_in: SignedIn) -> Result<Response, WebError> {
    signed_in.require(Right::ManageUsers)?;
    shown(&app, &signed_in, None)
}

pub async fn create(
    State(app): State<App>,
    signed_in: SignedIn,
    Form(form): Form<UserForm>,
) -> Result<Response, WebError> {
    let user = NewUser {
        login: form.login.trim().to_lowercase(),
        name: form.name.trim().to_owned(),
        role: form.role,
        department: form.department.parse().ok().map(DepartmentId),
        password: form.password,
    };
    match app.actions.create_user(&signed_in.actor(), user).await {
        Ok(_) => Ok(Redirect::to("/users").into_response()),
        Err(ActionError::Invalid(_) | ActionError::Conflict) => {
            refused(&app, &signed_in, signed_in.page.say("user-invalid"))
        }
        Err(other) => Err(other.into()),
    }
}

pub async fn set_password(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Form(form): Form<PasswordForm>,
) -> Result<Response, WebError> {
    match app.actions.set_password(&signed_in.actor(), UserId(id), &form.password).await {
        Ok(()) => Ok(Redirect::to("/users").into_response()),
        Err(ActionError::Invalid(_)) => {
            let least = i64::try_from(PASSWORD_MIN_CHARS).unwrap_or(i64::MAX);
            refused(&app, &signed_in, signed_in.page.count("password-short", least))
        }
        Err(other) => Err(other.into()),
    }
}

fn refused(app: &App, signed_in: &SignedIn, problem: String) -> Result<Response, WebError> {
    Ok((StatusCode::UNPROCESSABLE_ENTITY, shown(app, signed_in, Some(problem))?).into_response())
}

fn shown(app: &App, signed_in: &SignedIn, problem: Option<String>) -> Result<Response, WebError> {
    let page = &signed_in.page;
    let directory = app.db.directory();
    let viewer = Viewer { locale: &page.locale, directory: &directory };
    let mut users: Vec<UserView> = directory
        .users
        .iter()
        .map(|user| UserView {
            id: user.id.0,
            login: user.login.clone(),
            name: viewer.script(&user.name),
            role: page.word("role", user.role.as_str()),
            department: user.department.map(|d| viewer.department(d)).unwrap_or_default(),
            active: user.active,
            is_me: user.id == signed_in.user.id,
        })
        .collect();
    users.sort_by_key(|user| alphabetical(&user.name));
    let roles = Role::ALL
        .iter()
        .map(|role| Choice {
            value: role.as_str().to_owned(),
            label: page.word("role", role.as_str()),
            chosen: *role == Role::Operator,
        })
        .collect();
    let departments = viewer.departments("");
    html(UsersPage { page, users, roles, departments, problem, password_min: PASSWORD_MIN_CHARS })
}
