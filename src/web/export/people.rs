//! `GET /people/export`: people as they are searched, or all who have a name.

use axum::extract::{Query as UrlQuery, State};
use axum::response::Response;
use serde::Deserialize;

use super::{Asked, Cell, Pages, SEARCHED, send};
use crate::domain::id::PersonId;
use crate::domain::permission::Right;
use crate::domain::phone::PhoneNumber;
use crate::domain::search::Query;
use crate::store::person::PEOPLE_MAX;
use crate::web::auth::SignedIn;
use crate::web::cases::view::{Viewer, for_people};
use crate::web::error::WebError;
use crate::web::page::Page;
use crate::web::state::App;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Searched {
    q: String,
}

struct People {
    app: App,
    page: Page,
    query: Option<Query>,
    phone: Option<PhoneNumber>,
    after: Option<PersonId>,
    is_over: bool,
}

pub async fn export(
    State(app): State<App>,
    signed_in: SignedIn,
    UrlQuery(asked): UrlQuery<Asked>,
    UrlQuery(searched): UrlQuery<Searched>,
) -> Result<Response, WebError> {
    signed_in.require(Right::ReadPeople)?;
    let page = signed_in.page.clone();
    let heading = vec![
        page.say("person-name"),
        page.say("point-phone"),
        page.say("point-email"),
        page.say("point-address"),
        page.say("export-known-since"),
    ];
    let pages = People {
        query: Query::parse(&searched.q),
        phone: PhoneNumber::parse(&searched.q, &app.country).ok(),
        app: app.clone(),
        page,
        after: None,
        is_over: false,
    };
    let told = if searched.q.trim().is_empty() { "" } else { SEARCHED };
    send(&app, &signed_in, ("people", told), asked.format, heading, pages).await
}

impl Pages for People {
    async fn next(&mut self) -> Result<Vec<Vec<Cell>>, WebError> {
        if self.is_over {
            return Ok(Vec::new());
        }
        let mut rows =
            self.app.db.people(self.query.as_ref(), self.phone.as_ref(), self.after, PEOPLE_MAX).await?;
        let is_more = rows.len() > PEOPLE_MAX as usize;
        rows.truncate(PEOPLE_MAX as usize);
        // What was searched for is the best hundred; the plain list goes on.
        self.is_over = !is_more || self.query.is_some();
        self.after = rows.last().map(|row| row.id);
        let directory = self.app.db.directory();
        let viewer = Viewer { locale: &self.page.locale, directory: &directory };
        let cells = |row: &crate::store::person::PersonRow| {
            vec![
                Cell::text(viewer.script(&row.name)),
                Cell::text(for_people(&row.phone)),
                Cell::text(row.email.as_str()),
                Cell::text(viewer.script(&row.address)),
                Cell::moment(viewer.locale, row.created_at),
            ]
        };
        Ok(rows.iter().map(cells).collect())
    }
}
