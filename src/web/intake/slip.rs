//! The slip that the citizen takes along: what was registered, and how to ask about it.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;

use crate::actions::audit::What;
use crate::domain::case::CaseRef;
use crate::domain::id::CaseId;
use crate::domain::permission::Right;
use crate::web::admin::phones::{QrView, qr};
use crate::web::auth::SignedIn;
use crate::web::cases::view::Viewer;
use crate::web::error::{WebError, percent};
use crate::web::page::{Page, html};
use crate::web::state::App;

#[derive(Debug)]
pub struct SlipView {
    pub id: i64,
    pub number: String,
    pub pin: String,
    pub opened: String,
    pub category: String,
    pub department: String,
    pub channel: String,
    /// Until when there will be an answer; empty without a deadline.
    pub due: String,
    pub place: String,
    /// Where to follow it; empty when the installation has no public address.
    pub address: String,
    pub qr: Option<QrView>,
    /// It was registered a moment ago.
    pub new: bool,
    /// `a5` or `roll`.
    pub paper: &'static str,
}

#[derive(askama::Template)]
#[template(path = "intake/slip.html")]
pub struct SlipPage<'a> {
    pub page: &'a Page,
    pub slip: SlipView,
}

#[derive(Debug, Default, Deserialize)]
pub struct How {
    #[serde(default)]
    new: Option<String>,
    #[serde(default)]
    paper: String,
}

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Query(how): Query<How>,
) -> Result<Response, WebError> {
    signed_in.require(Right::ReadCases)?;
    let row = app.db.case_row(CaseId(id)).await?.ok_or(WebError::NotFound)?;
    app.actions.may_read_row(&signed_in.actor(), &row.facts(), &[])?;
    app.actions.viewed(&signed_in.actor(), What::CaseViewed, row.id).await?;
    let case = CaseRef { id: row.id, number: row.number.clone() };
    let pin = app.actions.case_pin(&signed_in.actor(), &case).await?;
    let directory = app.db.directory();
    let page = &signed_in.page;
    let viewer = Viewer { locale: &page.locale, directory: &directory };
    let address = address(&app.config.public_url, row.number.as_str());
    let slip = SlipView {
        id,
        number: row.number.to_string(),
        pin,
        opened: page.locale.moment(row.opened_at),
        category: viewer.category(row.category),
        department: row.department.map(|d| viewer.department(d)).unwrap_or_default(),
        channel: viewer.channel(row.channel).label,
        due: row.due_at.map(|at| page.locale.moment(at)).unwrap_or_default(),
        place: row.place.clone(),
        qr: (!address.is_empty()).then(|| qr(&address)).flatten(),
        address,
        new: how.new.is_some(),
        paper: if how.paper == "roll" { "roll" } else { "a5" },
    };
    html(SlipPage { page, slip })
}

/// Without the PIN: whoever picks the slip's address up from a screen knows the number only.
pub fn address(public_url: &str, number: &str) -> String {
    if public_url.is_empty() {
        return String::new();
    }
    format!("{}/follow?number={}", public_url.trim_end_matches('/'), percent(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_leads_to_the_number_and_not_past_the_pin() {
        let address = address("https://odziv.example.rs/", "400-73/2026-02");
        assert_eq!(address, "https://odziv.example.rs/follow?number=400-73/2026-02");
        assert!(qr(&address).unwrap().side >= 25);
        assert_eq!(super::address("", "1"), "");
    }
}
