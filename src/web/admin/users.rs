//! Who may log in.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::actions::ActionError;
use crate::actions::user::{NewUser, PASSWORD_MIN_CHARS};
use crate::domain::id::{DepartmentId, RoleId, UserId};
use crate::domain::permission::{Right, Role, RoleRules};
use crate::domain::script::alphabetical;
use crate::web::account::email::EmailView;
use crate::web::auth::SignedIn;
use crate::web::cases::view::{Choice, Viewer};
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::rights::words::role_name;
use crate::web::state::App;

#[derive(Debug)]
pub struct UserView {
    pub id: i64,
    pub login: String,
    pub name: String,
    pub role: String,
    pub department: String,
    pub roles: Vec<Choice>,
    pub departments: Vec<Choice>,
    pub has_second_factor: bool,
    pub email: EmailView,
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
    /// Its key.
    role: String,
    #[serde(default)]
    department: String,
    password: String,
}

#[derive(Deserialize)]
pub struct RoleForm {
    role: String,
    #[serde(default)]
    department: String,
}

#[derive(Deserialize)]
pub struct ActiveForm {
    active: bool,
}

#[derive(Deserialize)]
pub struct PasswordForm {
    password: String,
}

pub async fn list(State(app): State<App>, signed_in: SignedIn) -> Result<Response, WebError> {
    signed_in.require(Right::ManageUsers)?;
    shown(&app, &signed_in, None).await
}

pub async fn create(
    State(app): State<App>,
    signed_in: SignedIn,
    Form(form): Form<UserForm>,
) -> Result<Response, WebError> {
    let Some(role) = role_by_key(&signed_in.page, &form.role) else {
        return refused(&app, &signed_in, signed_in.page.say("user-invalid")).await;
    };
    let user = NewUser {
        login: form.login.trim().to_lowercase(),
        name: form.name.trim().to_owned(),
        role: Role::Officer,
        department: form.department.parse().ok().map(DepartmentId),
        password: form.password,
    };
    match app.actions.create_user_of(&signed_in.actor(), user, role).await {
        Ok(_) => Ok(Redirect::to("/users").into_response()),
        Err(ActionError::Invalid(_) | ActionError::Conflict) => {
            refused(&app, &signed_in, signed_in.page.say("user-invalid")).await
        }
        Err(other) => Err(other.into()),
    }
}

/// The role and the service.
pub async fn set_role(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Form(form): Form<RoleForm>,
) -> Result<Response, WebError> {
    let Some(role) = role_by_key(&signed_in.page, &form.role) else {
        return refused(&app, &signed_in, signed_in.page.say("user-role-refused")).await;
    };
    let department = form.department.parse().ok().map(DepartmentId);
    let done = app.actions.set_user_role(&signed_in.actor(), UserId(id), role, department).await;
    answered(&app, &signed_in, done).await
}

/// Locks an account out, or lets it in again.
pub async fn set_active(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Form(form): Form<ActiveForm>,
) -> Result<Response, WebError> {
    let done = app.actions.set_user_active(&signed_in.actor(), UserId(id), form.active).await;
    answered(&app, &signed_in, done).await
}

async fn answered(
    app: &App,
    signed_in: &SignedIn,
    done: Result<(), ActionError>,
) -> Result<Response, WebError> {
    match done {
        Ok(()) => Ok(Redirect::to("/users").into_response()),
        Err(ActionError::Invalid(_)) => {
            refused(app, signed_in, signed_in.page.say("user-role-refused")).await
        }
        Err(other) => Err(other.into()),
    }
}

fn role_by_key(page: &Page, key: &str) -> Option<RoleId> {
    page.directory.roles.iter().find(|role| role.key == key).map(|role| role.id)
}

fn roles(page: &Page, chosen: RoleId) -> Vec<Choice> {
    page.directory
        .roles
        .iter()
        .map(|role| Choice {
            value: role.key.clone(),
            label: role_name(page, role),
            chosen: role.id == chosen,
        })
        .collect()
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
            refused(
                &app,
                &signed_in,
                format!(
                    "{} {}",
                    signed_in.page.count("password-short", least),
                    signed_in.page.say("password-rules")
                ),
            )
            .await
        }
        Err(other) => Err(other.into()),
    }
}

pub async fn refused(app: &App, signed_in: &SignedIn, problem: String) -> Result<Response, WebError> {
    Ok((StatusCode::UNPROCESSABLE_ENTITY, shown(app, signed_in, Some(problem)).await?).into_response())
}

async fn shown(app: &App, signed_in: &SignedIn, problem: Option<String>) -> Result<Response, WebError> {
    let page = &signed_in.page;
    let directory = app.db.directory();
    let viewer = Viewer { locale: &page.locale, directory: &directory };
    let emails = app.db.user_emails().await?;
    let mut users: Vec<UserView> = directory
        .users
        .iter()
        .map(|user| UserView {
            id: user.id.0,
            login: user.login.clone(),
            name: viewer.script(&user.name),
            role: directory.role(user.role_id).map(|role| role_name(page, role)).unwrap_or_default(),
            roles: roles(page, user.role_id),
            departments: viewer.departments(&user.department.map(|d| d.to_string()).unwrap_or_default()),
            department: user.department.map(|d| viewer.department(d)).unwrap_or_default(),
            has_second_factor: directory.second_factors.contains(&user.id),
            email: EmailView::new(page, emails.iter().find(|email| email.user == user.id)),
            active: user.active,
            is_me: user.id == signed_in.user.id,
        })
        .collect();
    users.sort_by_key(|user| alphabetical(&user.name));
    let roles = roles(page, RoleRules::seeded_id(Role::Operator));
    let departments = viewer.departments("");
    html(UsersPage { page, users, roles, departments, problem, password_min: PASSWORD_MIN_CHARS })
}
