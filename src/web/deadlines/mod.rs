//! Deadlines: the rules as the administrator sets them, and how pages speak of them.

pub mod card;
pub mod chip;
pub mod edit;
pub mod entries;
pub mod explain;
pub mod form;
#[cfg(test)]
pub mod samples;

use axum::Form;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::Deserialize;

use crate::actions::deadline::Preview;
use crate::domain::id::CategoryId;
use crate::domain::permission::Right;
use crate::web::auth::SignedIn;
use crate::web::cases::view::{Choice, Viewer};
use crate::web::error::WebError;
use crate::web::i18n::Locale;
use crate::web::page::{Page, html};
use crate::web::queues::form::Sent;
use crate::web::state::App;
use chip::moment;
use explain::{explain, rule};

#[derive(Debug)]
pub struct ProfileView {
    pub key: String,
    pub name: String,
    pub goal: String,
    pub rule: String,
    /// Who has it: every case, or categories; empty when nobody has.
    pub applies: String,
    pub active: bool,
    pub preview: Option<PreviewView>,
}

/// When a case that came at the moment asked for would be due.
#[derive(Debug)]
pub struct PreviewView {
    pub due: String,
    pub explanation: Vec<String>,
}

#[derive(Debug)]
pub struct CategoryView {
    pub id: i64,
    pub name: String,
    pub profiles: Vec<Choice>,
}

#[derive(askama::Template)]
#[template(path = "deadlines/list.html")]
pub struct DeadlinesPage<'a> {
    pub page: &'a Page,
    /// For which the previews are, as a field of the form has it: `2026-11-22T14:05`.
    pub at: String,
    pub profiles: Vec<ProfileView>,
    pub categories: Vec<CategoryView>,
}

#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    at: String,
}

pub async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    signed_in.require(Right::ManageCalendar)?;
    let page = &signed_in.page;
    let at = read_moment(page, &asked.at);
    let directory = app.db.directory();
    let viewer = Viewer { locale: &page.locale, directory: &directory };
    let profiles = app.actions.preview_deadlines(at);
    let profiles = profiles.into_iter().map(|preview| profile(page, &viewer, preview)).collect();
    let categories = directory.categories.iter().map(|category| CategoryView {
        id: category.id.0,
        name: viewer.category(category.id),
        profiles: choices(&viewer, category.deadline_profile.as_deref()),
    });
    html(DeadlinesPage { page, at: written(page, at), profiles, categories: categories.collect() })
}

/// Which profile each category has.
pub async fn set_categories(
    State(app): State<App>,
    signed_in: SignedIn,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    signed_in.require(Right::ManageCalendar)?;
    let sent = Sent::new(pairs);
    let directory = app.db.directory();
    for category in &directory.categories {
        let name = format!("category-{}", category.id);
        if !sent.is_ticked(&name) {
            continue;
        }
        let chosen = Some(sent.text(&name).to_owned()).filter(|key| !key.is_empty());
        if chosen != category.deadline_profile {
            app.actions.set_category_deadline(&signed_in.actor(), CategoryId(category.id.0), chosen).await?;
        }
    }
    Ok(Redirect::to("/deadlines#categories").into_response())
}

fn profile(page: &Page, viewer: &Viewer<'_>, preview: Preview) -> ProfileView {
    let profile = preview.profile;
    let categories = viewer.directory.categories.iter();
    let own = categories.filter(|c| c.deadline_profile.as_deref() == Some(profile.key.as_str()));
    let own: Vec<String> = own.map(|category| viewer.category(category.id)).collect();
    let everywhere = profile.everywhere.then(|| page.say("deadline-everywhere-short"));
    let applies: Vec<String> = everywhere.into_iter().chain(own).collect();
    ProfileView {
        name: viewer.profile(&profile.key),
        goal: page.word("goal", profile.terms.goal.as_str()),
        rule: rule(page, &profile.terms),
        applies: applies.join(", "),
        active: profile.active,
        preview: preview.due.map(|due| PreviewView {
            due: moment(page, due.at),
            explanation: explain(page, &due.explanation),
        }),
        key: profile.key,
    }
}

fn choices(viewer: &Viewer<'_>, chosen: Option<&str>) -> Vec<Choice> {
    let profiles = viewer.directory.deadline_profiles.iter();
    let offered = profiles.filter(|profile| profile.active || Some(profile.key.as_str()) == chosen);
    offered
        .map(|profile| Choice {
            label: viewer.profile(&profile.key),
            chosen: Some(profile.key.as_str()) == chosen,
            value: profile.key.clone(),
        })
        .collect()
}

/// What is no moment is now.
pub fn read_moment(locale: &Locale, text: &str) -> Timestamp {
    let local = text.parse::<DateTime>().ok();
    local.and_then(|local| locale.zone.to_timestamp(local).ok()).unwrap_or(locale.now)
}

pub fn written(locale: &Locale, at: Timestamp) -> String {
    at.to_zoned(locale.zone.clone()).strftime("%Y-%m-%dT%H:%M").to_string()
}
