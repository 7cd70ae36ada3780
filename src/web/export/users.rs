//! `GET /users/export`: who may log in.

use axum::extract::{Query as UrlQuery, State};
use axum::response::Response;

use super::lists::Ready;
use super::{Asked, Cell, send};
use crate::domain::permission::Right;
use crate::web::auth::SignedIn;
use crate::web::cases::view::Viewer;
use crate::web::error::WebError;
use crate::web::rights::words::role_name;
use crate::web::state::App;

pub async fn export(
    State(app): State<App>,
    signed_in: SignedIn,
    UrlQuery(asked): UrlQuery<Asked>,
) -> Result<Response, WebError> {
    signed_in.require(Right::ManageUsers)?;
    let page = &signed_in.page;
    let heading = vec![
        page.say("user-name"),
        page.say("user-login"),
        page.say("user-role"),
        page.say("department"),
        page.say("second-factor"),
        page.say("user-inactive"),
    ];
    let directory = app.db.directory();
    let viewer = Viewer { locale: &page.locale, directory: &directory };
    let rows = directory.users.iter().map(|user| {
        vec![
            Cell::text(viewer.script(&user.name)),
            Cell::text(user.login.as_str()),
            Cell::text(directory.role(user.role_id).map(|role| role_name(page, role)).unwrap_or_default()),
            Cell::text(user.department.map(|d| viewer.department(d)).unwrap_or_default()),
            if directory.second_factors.contains(&user.id) { Cell::text("✓") } else { Cell::Nothing },
            if user.active { Cell::Nothing } else { Cell::text("✓") },
        ]
    });
    let rows = Ready(rows.collect());
    send(&app, &signed_in, ("users", ""), asked.format, heading, rows).await
}
