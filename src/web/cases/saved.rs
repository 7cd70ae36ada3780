//! Lists that somebody keeps, above the list that is open.

use axum::Form;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::http::Uri;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::filter::Query;
use crate::actions::saved_filter::FilterChange;
use crate::domain::id::{FilterId, UserId};
use crate::domain::permission::Right;
use crate::store::case_list::DUE_COUNTED;
use crate::store::saved_filter::SavedFilter;
use crate::web::auth::SignedIn;
use crate::web::error::WebError;
use crate::web::page::Page;
use crate::web::state::App;

#[derive(Debug)]
pub struct SavedView {
    pub lists: Vec<SavedTab>,
    /// Address of the open list, without its path.
    pub query: String,
    /// Whether it is worth keeping.
    pub is_new: bool,
    pub may_share: bool,
    pub csv: String,
    pub xlsx: String,
    pub may_export: bool,
}

#[derive(Debug)]
pub struct SavedTab {
    pub id: i64,
    pub name: String,
    pub address: String,
    pub shared: bool,
    pub may_change: bool,
    pub is_first: bool,
    pub chosen: bool,
}

pub async fn load(app: &App, page: &Page, query: &Query, user: UserId) -> Result<SavedView, WebError> {
    let open = query.plain();
    let may_share = page.may(Right::ShareFilters);
    let saved = app.db.saved_filters(user).await?;
    let tab = |(at, filter): (usize, SavedFilter)| {
        let address = address(&filter.query);
        SavedTab {
            id: filter.id.0,
            name: page.name(&filter.name, None),
            chosen: address == open,
            address,
            shared: filter.shared,
            may_change: filter.owner == user || may_share,
            is_first: at == 0 || filter.owner != user,
        }
    };
    let lists: Vec<SavedTab> = saved.into_iter().enumerate().map(tab).collect();
    let is_new = query.is_filtered() && lists.iter().all(|list| !list.chosen);
    Ok(SavedView {
        query: bare(&open).to_owned(),
        is_new,
        lists,
        may_share,
        csv: query.export("csv"),
        xlsx: query.export("xlsx"),
        may_export: page.may(Right::Export),
    })
}

#[derive(Debug, Deserialize)]
pub struct SaveForm {
    name: String,
    query: String,
    #[serde(default)]
    shared: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct ChangeForm {
    /// `rename`, `up` or `remove`.
    deed: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    shared: Option<String>,
}

pub async fn save(
    State(app): State<App>,
    signed_in: SignedIn,
    Form(form): Form<SaveForm>,
) -> Result<Response, WebError> {
    // Whatever was sent, what is kept is the address of a list.
    let open = read(&form.query).plain();
    let shared = form.shared.is_some();
    app.actions.save_filter(&signed_in.actor(), &form.name, bare(&open), shared).await?;
    Ok(Redirect::to(&open).into_response())
}

pub async fn change(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Form(form): Form<ChangeForm>,
) -> Result<Response, WebError> {
    let change = match form.deed.as_str() {
        "rename" => FilterChange::Rename { name: form.name, shared: form.shared.is_some() },
        "up" => FilterChange::Up,
        "remove" => FilterChange::Remove,
        other => return Err(WebError::Invalid(format!("{other:?} is not done to a list"))),
    };
    let filter = app.db.saved_filter(FilterId(id)).await?.ok_or(WebError::NotFound)?;
    app.actions.change_filter(&signed_in.actor(), FilterId(id), change).await?;
    Ok(Redirect::to(&address(&filter.query)).into_response())
}

/// How many cases are in it, as text: asked for when somebody points at it.
pub async fn count(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, WebError> {
    signed_in.require(Right::ReadCases)?;
    let me = signed_in.user.id;
    let saved = app.db.saved_filter(FilterId(id)).await?;
    let saved = saved.filter(|saved| saved.shared || saved.owner == me).ok_or(WebError::NotFound)?;
    let page = &signed_in.page;
    let query = read(&saved.query);
    let filter = query.whole_filter(page, me, signed_in.reach());
    let count = app.db.case_count(&filter).await?;
    let more = if count < DUE_COUNTED { "" } else { "+" };
    Ok(format!("{}{more}", page.number(count)).into_response())
}

/// Whatever was sent, what is kept is the address of a list, without its path.
pub fn plain(query: &str) -> String {
    bare(&read(query).plain()).to_owned()
}

fn read(query: &str) -> Query {
    let uri: Option<Uri> = format!("/cases?{query}").parse().ok();
    let parsed = uri.and_then(|uri| UrlQuery::<Query>::try_from_uri(&uri).ok());
    parsed.map(|UrlQuery(query)| Query { after: String::new(), ..query }).unwrap_or_default()
}

fn address(query: &str) -> String {
    if query.is_empty() { "/cases".to_owned() } else { format!("/cases?{query}") }
}

fn bare(address: &str) -> &str {
    address.split_once('?').map_or("", |(_, query)| query)
}

#[cfg(test)]
pub mod samples {
    use super::*;

    pub fn saved(words: &str) -> SavedView {
        let tab = |may_change| SavedTab {
            id: 3,
            name: words.into(),
            address: "/cases?q=<script>".into(),
            shared: may_change,
            may_change,
            is_first: !may_change,
            chosen: may_change,
        };
        SavedView {
            lists: vec![tab(true), tab(false)],
            query: "q=<script>".into(),
            is_new: true,
            may_share: true,
            csv: "/cases/export?format=csv&q=<script>".into(),
            xlsx: "/cases/export?format=xlsx".into(),
            may_export: true,
        }
    }

    #[test]
    fn only_the_address_of_a_list_is_kept() {
        assert_eq!(
            read("status=new&q=%D1%86%D0%B5%D0%B2&after=1.2&evil=1").plain(),
            "/cases?status=new&q=%D1%86%D0%B5%D0%B2"
        );
        assert_eq!(read("//evil.example").plain(), "/cases");
        assert_eq!(bare("/cases"), "");
    }
}
