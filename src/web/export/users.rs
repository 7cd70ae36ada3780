//! `GET /users/export`: who may log in.

use axum::extract::{Query as UrlQuery, State};
use axum::response::Response;

use super::{Asked, Cell, Pages, send};
use crate::domain::permission::Right;
use crate::web::auth::SignedIn;
use crate::web::cases::view::Viewer;
use crate::web::error::WebError;
use crate::web::state::App;

/// A list that is in memory already.
struct Ready(Vec<Vec<Cell>>);

impl Pages for Ready {
    async fn next(&mut self) -> Result<Vec<Vec<Cell>>, WebError> {
        Ok(std::mem::take(&mut self.0))
    }
}

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
        page.say("user-inactive"),
    ];
    let directory = app.db.directory();
    let viewer = Viewer { locale: &page.locale, directory: &directory };
    let rows = directory.users.iter().map(|user| {
        vec![
            Cell::text(viewer.script(&user.name)),
            Cell::text(user.login.as_str()),
            Cell::text(page.word("role", user.role.as_str())),
            Cell::text(user.department.map(|d| viewer.department(d)).unwrap_or_default()),
            if user.active { Cell::Nothing } else { Cell::text("✓") },
        ]
    });
    let rows = Ready(rows.collect());
    send(&app, &signed_in, ("users", ""), asked.format, heading, rows).await
}
