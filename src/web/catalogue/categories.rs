//! The tree of categories.

use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::services::Search;
use super::{RIGHT, Refused, Row, chosen, departments, found, refused};
use crate::actions::catalogue::CategoryChange;
use crate::domain::id::{CategoryId, DepartmentId};
use crate::store::directory::{Category, Directory};
use crate::web::auth::SignedIn;
use crate::web::cases::view::{Choice, Viewer};
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::queues::form::Sent;
use crate::web::state::App;

#[derive(askama::Template)]
#[template(path = "catalogue/categories.html")]
pub struct CategoriesPage<'a> {
    pub page: &'a Page,
    pub q: String,
    pub rows: Vec<Row>,
    pub name_sr: String,
    pub name_en: String,
    pub key: String,
    pub parents: Vec<Choice>,
    pub departments: Vec<Choice>,
    pub refused: Option<Refused>,
}

pub async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(search): Query<Search>,
) -> Result<Response, WebError> {
    signed_in.require(RIGHT)?;
    listed(&app, &signed_in.page, search.q, &Sent::new(Vec::new()), None)
}

/// With what a new one needs; its page has the rest.
pub async fn create(
    State(app): State<App>,
    signed_in: SignedIn,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let sent = Sent::new(pairs);
    let parent = chosen(sent.text("parent")).map(CategoryId);
    let directory = app.db.directory();
    let above = parent.and_then(|id| directory.category(id));
    let change = CategoryChange {
        name_sr: sent.text("name_sr").to_owned(),
        name_en: sent.text("name_en").to_owned(),
        // One matter is one series of numbers, until somebody says otherwise.
        class: above.map(|c| c.class.clone()).unwrap_or_default(),
        department: chosen(sent.text("department")).map(DepartmentId),
        parent,
        deadline_profile: String::new(),
        active: true,
        place: 0,
        routes: Vec::new(),
    };
    match app.actions.add_category(&signed_in.actor(), sent.text("key"), change).await {
        Ok(id) => {
            let directory = app.db.directory();
            let key = directory.category(id).map(|c| c.key.clone()).unwrap_or_default();
            Ok(Redirect::to(&format!("/categories/{key}")).into_response())
        }
        Err(error) => {
            let refused = refused(&signed_in.page, error)?;
            let page = listed(&app, &signed_in.page, String::new(), &sent, Some(refused))?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

fn listed(
    app: &App,
    page: &Page,
    q: String,
    sent: &Sent,
    refused: Option<Refused>,
) -> Result<Response, WebError> {
    let directory = app.db.directory();
    let names = |c: &Category| format!("{} {} {} {}", c.name_sr, c.name_en, c.key, c.class);
    let shown = found(&directory.categories, &q, names, |c| c.id, |c| c.parent);
    let rows = directory.categories.iter().filter(|c| shown.contains(&c.id));
    let rows = rows.map(|category| row(page, &directory, category)).collect();
    let viewer = Viewer { locale: &page.locale, directory: &directory };
    html(CategoriesPage {
        page,
        q,
        rows,
        name_sr: sent.text("name_sr").to_owned(),
        name_en: sent.text("name_en").to_owned(),
        key: sent.text("key").to_owned(),
        parents: viewer.categories(sent.text("parent")),
        departments: departments(page, &directory, chosen(sent.text("department"))),
        refused,
    })
}

fn row(page: &Page, directory: &Directory, category: &Category) -> Row {
    let mut details = vec![category.key.clone(), category.class.clone()];
    let routed = directory.route(category.id, None).department.and_then(|id| directory.department(id));
    details.push(routed.map_or_else(|| page.say("none"), |d| page.name(&d.name_sr, Some(&d.name_en))));
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let asked = category.questions.iter().filter(|question| question.active).count();
    if asked > 0 {
        details.push(page.count("category-questions-count", count(asked)));
    }
    if !category.routes.is_empty() {
        details.push(page.count("category-routes-count", count(category.routes.len())));
    }
    Row {
        key: category.key.clone(),
        name: page.name(&category.name_sr, Some(&category.name_en)),
        depth: directory.category_line(category.id).len().saturating_sub(1),
        details,
        institution: false,
        active: category.active,
    }
}

#[cfg(test)]
pub fn sample(page: &Page, words: &str) -> askama::Result<String> {
    use askama::Template as _;

    use super::samples;
    CategoriesPage {
        page,
        q: words.into(),
        rows: vec![samples::row(words)],
        name_sr: words.into(),
        name_en: words.into(),
        key: words.into(),
        parents: samples::choices(words),
        departments: samples::choices(words),
        refused: Some(Refused { sentence: words.into(), field: "key" }),
    }
    .render()
}
