//! `GET /do-not-disturb/export`: the register as it is looked through.

use axum::extract::{Query as UrlQuery, State};
use axum::response::Response;

use super::{Asked, Cell, Pages, SEARCHED, send};
use crate::domain::id::OptOutId;
use crate::domain::permission::Right;
use crate::store::opt_out::OptOutFilter;
use crate::web::auth::SignedIn;
use crate::web::cases::view::Viewer;
use crate::web::error::WebError;
use crate::web::opt_outs;
use crate::web::page::Page;
use crate::web::state::App;

struct Register {
    app: App,
    page: Page,
    filter: OptOutFilter,
    before: Option<OptOutId>,
}

const ROWS: u32 = 500;

pub async fn export(
    State(app): State<App>,
    signed_in: SignedIn,
    UrlQuery(asked): UrlQuery<Asked>,
    UrlQuery(narrowed): UrlQuery<opt_outs::Asked>,
) -> Result<Response, WebError> {
    signed_in.require(Right::ReadPeople)?;
    let page = signed_in.page.clone();
    let heading = [
        "opt-out-address",
        "opt-out-channel",
        "opt-out-means",
        "export-since",
        "opt-out-remark",
        "opt-out-by",
    ];
    let heading = heading.map(|key| page.say(key)).into();
    let told = match (narrowed.q.trim(), narrowed.channel.as_str(), narrowed.means.as_str()) {
        ("", "", "") => String::new(),
        ("", channel, means) => format!("channel={channel}&means={means}"),
        _ => SEARCHED.to_owned(),
    };
    let pages = Register { filter: narrowed.filter(&app), app: app.clone(), page, before: None };
    send(&app, &signed_in, (opt_outs::LIST, &told), asked.format, heading, pages).await
}

impl Pages for Register {
    async fn next(&mut self) -> Result<Vec<Vec<Cell>>, WebError> {
        let rows = self.app.db.opt_outs(&self.filter, self.before, ROWS).await?;
        self.before = rows.last().map(|row| row.id).or(self.before);
        let directory = self.app.db.directory();
        let viewer = Viewer { locale: &self.page.locale, directory: &directory };
        let cells = |row: &crate::store::opt_out::OptOut| {
            let shown = viewer.opt_out(row);
            vec![
                // As it is stored, so that the file can be imported elsewhere.
                Cell::text(row.address.clone().unwrap_or(shown.address)),
                Cell::text(row.channel.as_str()),
                Cell::text(shown.means),
                Cell::moment(viewer.locale, row.at),
                Cell::text(shown.remark),
                Cell::text(shown.who),
            ]
        };
        Ok(rows.iter().map(cells).collect())
    }
}
