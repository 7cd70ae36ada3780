//! Every text that was in force: who, when, why; what differs between two; and the way back.

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::diff::{self, Chunk, Kind};
use super::edit::{Outcome, put_into_force};
use super::{VERSIONS, author, plans};
use crate::dialplan::parse::revision;
use crate::domain::permission::Right;
use crate::web::auth::SignedIn;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

#[derive(Debug)]
pub struct VersionView {
    pub id: i64,
    pub revision: String,
    pub author: String,
    pub at: String,
    pub whole: String,
    pub note: String,
    pub in_force: bool,
    /// Chosen as the older or the newer side.
    pub is_old: bool,
    pub is_new: bool,
}

#[derive(askama::Template)]
#[template(path = "dialplans/versions.html")]
pub struct VersionsPage<'a> {
    pub page: &'a Page,
    pub name: String,
    pub versions: Vec<VersionView>,
    /// Of the file now, so that a return overwrites nothing unseen.
    pub seen: String,
    pub chunks: Vec<Chunk>,
    pub compared: bool,
    /// Somebody else was faster, or the old text has mistakes now.
    pub notice: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
pub struct Sides {
    old: Option<i64>,
    new: Option<i64>,
    #[serde(default)]
    conflict: bool,
}

#[derive(Deserialize)]
pub struct Return {
    seen: String,
}

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(name): Path<String>,
    Query(sides): Query<Sides>,
) -> Result<Response, WebError> {
    signed_in.require(Right::ManageDialplans)?;
    let page = &signed_in.page;
    let rows = app.db.plan_versions(&name, VERSIONS).await?;
    if rows.is_empty() {
        return Err(WebError::NotFound);
    }
    let handle = plans(&app)?;
    let in_force = handle.in_force(&name).map(|source| revision(&source.text));
    let own = name.clone();
    let file = super::aside(move || handle.file(&own)).await?.map_err(super::unreadable)?;
    // Without a choice: the last change.
    let new = sides.new.or_else(|| rows.first().map(|row| row.id));
    let old = sides.old.or_else(|| rows.iter().find(|row| Some(row.id) < new).map(|row| row.id));
    let chunks = match (text(&app, &name, old).await?, text(&app, &name, new).await?) {
        (Some(old), Some(new)) => Some(super::aside(move || diff::chunks(&old, &new)).await?),
        _ => None,
    };
    // A text that came back is several versions; the newest of them is the one in force.
    let current = rows.iter().find(|row| Some(&row.revision) == in_force.as_ref()).map(|row| row.id);
    let versions = rows.iter().map(|row| VersionView {
        id: row.id,
        revision: row.revision.clone(),
        author: author(&app, page, row),
        at: page.short(row.at),
        whole: page.moment(row.at),
        note: row.note.clone(),
        in_force: current == Some(row.id),
        is_old: old == Some(row.id),
        is_new: new == Some(row.id),
    });
    html(VersionsPage {
        page,
        versions: versions.collect(),
        name,
        seen: file.map(|file| revision(&file.text)).unwrap_or_default(),
        compared: chunks.is_some(),
        chunks: chunks.unwrap_or_default(),
        notice: sides.conflict.then(|| page.say("plan-conflict")),
    })
}

/// Puts an earlier text into force. One that has mistakes by now goes into the editor instead.
pub async fn go_back(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((name, id)): Path<(String, i64)>,
    Form(form): Form<Return>,
) -> Result<Response, WebError> {
    signed_in.require(Right::ManageDialplans)?;
    let found = app.db.plan_version(id).await?.filter(|(version, _)| version.name == name);
    let (version, text) = found.ok_or(WebError::NotFound)?;
    let note = signed_in.page.with("plan-returned", "moment", signed_in.page.moment(version.at));
    let outcome = put_into_force(&app, &signed_in.actor(), &name, &text, &form.seen, &note).await?;
    let next = match outcome {
        Outcome::Saved | Outcome::Unchanged => format!("/dialplans/{name}?saved=true"),
        Outcome::Conflict(_) => format!("/dialplans/{name}/versions?conflict=true"),
        Outcome::Mistakes => format!("/dialplans/{name}?version={id}"),
        Outcome::Failed(why) => return Err(WebError::Unavailable(why)),
    };
    Ok(Redirect::to(&next).into_response())
}

async fn text(app: &App, name: &str, id: Option<i64>) -> Result<Option<String>, WebError> {
    let Some(id) = id else { return Ok(None) };
    Ok(app.db.plan_version(id).await?.filter(|(version, _)| version.name == name).map(|(_, text)| text))
}
