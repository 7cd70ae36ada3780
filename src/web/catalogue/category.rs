//! One category: its names and place, who answers where, what is asked; and where a case of it would go.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::{RIGHT, Refused, chosen, departments, refused};
use crate::actions::catalogue::CategoryChange;
use crate::domain::area::FoundBy;
use crate::domain::id::{CategoryId, DepartmentId};
use crate::domain::question::{Question, QuestionKind};
use crate::domain::routing::{Route, Why};
use crate::store::directory::{Category, Directory};
use crate::web::auth::SignedIn;
use crate::web::cases::view::{Choice, Viewer};
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::questions::{QuestionField, fields as question_fields};
use crate::web::queues::form::Sent;
use crate::web::state::App;

#[derive(Debug, Default, Deserialize)]
pub struct Trial {
    /// A place in words: where would a case from there go?
    #[serde(default)]
    place: String,
}

/// One line of the table of services by area.
#[derive(Debug)]
pub struct RouteRow {
    pub areas: Vec<Choice>,
    pub departments: Vec<Choice>,
}

/// A question in the list of the category.
#[derive(Debug)]
pub struct QuestionRow {
    pub key: String,
    pub name: String,
    pub kind: String,
    pub required: bool,
    pub active: bool,
}

#[derive(askama::Template)]
#[template(path = "catalogue/category.html")]
pub struct CategoryPage<'a> {
    pub page: &'a Page,
    pub key: String,
    pub title: String,
    pub name_sr: String,
    pub name_en: String,
    pub class: String,
    pub place: i64,
    pub active: bool,
    pub parents: Vec<Choice>,
    pub departments: Vec<Choice>,
    pub profiles: Vec<Choice>,
    pub routes: Vec<RouteRow>,
    pub has_areas: bool,
    pub asked: Vec<QuestionRow>,
    /// All that is asked, also by the categories above, as a form shows it.
    pub questions: Vec<QuestionField>,
    pub trial: String,
    /// What the trial found out, in sentences.
    pub trial_found: Vec<String>,
    pub refused: Option<Refused>,
}

/// Empty lines at the end of the table of services by area.
const SPARE_ROUTES: usize = 2;

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(key): Path<String>,
    Query(trial): Query<Trial>,
) -> Result<Response, WebError> {
    signed_in.require(RIGHT)?;
    let directory = app.db.directory();
    let category = directory.category_by_key(&key).ok_or(WebError::NotFound)?;
    shown(&signed_in.page, &directory, category, &category.into(), trial.place, None)
}

pub async fn save(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(key): Path<String>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let directory = app.db.directory();
    let category = directory.category_by_key(&key).ok_or(WebError::NotFound)?;
    let change = change(&Sent::new(pairs));
    match app.actions.change_category(&signed_in.actor(), category.id, change.clone()).await {
        Ok(()) => Ok(Redirect::to("/categories").into_response()),
        Err(error) => {
            let refused = refused(&signed_in.page, error)?;
            let page = shown(&signed_in.page, &directory, category, &change, String::new(), Some(refused))?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

fn change(sent: &Sent) -> CategoryChange {
    let services = sent.all("route-department");
    let areas = sent.all("route-area").into_iter().zip(services);
    let routes = areas.filter_map(|(area, service)| {
        let department = chosen(&service).map(DepartmentId)?;
        (!area.is_empty()).then_some(Route { area, department })
    });
    CategoryChange {
        name_sr: sent.text("name_sr").to_owned(),
        name_en: sent.text("name_en").to_owned(),
        class: sent.text("class").to_owned(),
        department: chosen(sent.text("department")).map(DepartmentId),
        parent: chosen(sent.text("parent")).map(CategoryId),
        deadline_profile: sent.text("deadline_profile").to_owned(),
        active: sent.is_ticked("active"),
        place: sent.text("place").parse().unwrap_or(0),
        routes: routes.collect(),
    }
}

fn shown(
    page: &Page,
    directory: &Directory,
    category: &Category,
    change: &CategoryChange,
    trial: String,
    refused: Option<Refused>,
) -> Result<Response, WebError> {
    let under = directory.category_branch(category.id);
    let viewer = Viewer { locale: &page.locale, directory };
    let parent = change.parent.map(|id| id.to_string()).unwrap_or_default();
    let mut parents = viewer.categories(&parent);
    parents.retain(|choice| under.iter().all(|id| id.to_string() != choice.value));
    let spare = std::iter::repeat_n(None, SPARE_ROUTES);
    let routes = change.routes.iter().map(Some).chain(spare).map(|route| RouteRow {
        areas: areas(page, directory, route.map_or("", |route| &route.area)),
        departments: departments(page, directory, route.map(|route| route.department.0)),
    });
    html(CategoryPage {
        page,
        key: category.key.clone(),
        title: page.name(&category.name_sr, Some(&category.name_en)),
        name_sr: change.name_sr.clone(),
        name_en: change.name_en.clone(),
        class: change.class.clone(),
        place: change.place,
        active: change.active,
        parents,
        departments: departments(page, directory, change.department.map(|id| id.0)),
        profiles: profiles(page, directory, &change.deadline_profile),
        routes: routes.collect(),
        has_areas: !directory.areas.all().is_empty(),
        asked: category.questions.iter().map(|question| question_row(page, question)).collect(),
        questions: question_fields(&page.locale, &directory.questions(category.id), &BTreeMap::new(), &[]),
        trial_found: if trial.trim().is_empty() {
            Vec::new()
        } else {
            tried(page, directory, category, &trial)
        },
        trial,
        refused,
    })
}

fn areas(page: &Page, directory: &Directory, chosen: &str) -> Vec<Choice> {
    let areas = directory.areas.all().iter();
    areas
        .map(|area| Choice {
            value: area.key.clone(),
            label: page.name(&area.name_sr, Some(&area.name_en)),
            chosen: area.key == chosen,
        })
        .collect()
}

/// Those in use, and the chosen one in any case.
fn profiles(page: &Page, directory: &Directory, chosen: &str) -> Vec<Choice> {
    let offered = directory.deadline_profiles.iter().filter(|p| p.active && !p.everywhere || p.key == chosen);
    offered
        .map(|profile| Choice {
            value: profile.key.clone(),
            label: page.name(&profile.name_sr, Some(&profile.name_en)),
            chosen: profile.key == chosen,
        })
        .collect()
}

fn question_row(page: &Page, question: &Question) -> QuestionRow {
    QuestionRow {
        key: question.key.clone(),
        name: page.name(&question.name_sr, Some(&question.name_en)),
        kind: kind(page, question.kind),
        required: question.required,
        active: question.active,
    }
}

pub(super) fn kind(page: &Page, kind: QuestionKind) -> String {
    page.word("question-kind", kind.as_str())
}

/// Where a case with this place would go, and why.
fn tried(page: &Page, directory: &Directory, category: &Category, place: &str) -> Vec<String> {
    let found = directory.areas.find(place);
    let name = |sr: &str, en: &str| page.name(sr, Some(en));
    let where_ = match &found {
        None => page.say("trial-no-area"),
        Some(found) => {
            let area = name(&found.area.name_sr, &found.area.name_en);
            match found.by {
                FoundBy::Name => page.with("trial-by-name", "area", area),
                FoundBy::Street { name: street, house } => page.with_values(
                    "trial-by-street",
                    &[
                        ("area", area),
                        ("street", page.name(street, None)),
                        ("house", house.map(|house| format!(" {house}")).unwrap_or_default()),
                    ],
                ),
            }
        }
    };
    let routed = directory.route(category.id, found.as_ref().map(|found| found.area.key.as_str()));
    let called =
        |id: CategoryId| directory.category(id).map(|c| name(&c.name_sr, &c.name_en)).unwrap_or_default();
    let service = routed.department.and_then(|id| directory.department(id));
    let service = service.map(|d| name(&d.name_sr, &d.name_en)).unwrap_or_default();
    let goes = match routed.why {
        Why::Area(by) => {
            page.with_values("trial-goes-by-area", &[("service", service), ("category", called(by))])
        }
        Why::Category(by) => {
            page.with_values("trial-goes-by-category", &[("service", service), ("category", called(by))])
        }
        Why::Nobody => page.say("trial-goes-nowhere"),
    };
    vec![where_, goes]
}

#[cfg(test)]
pub fn sample(page: &Page, words: &str) -> askama::Result<String> {
    use askama::Template as _;

    use super::samples::choices;
    let row = QuestionRow {
        key: words.into(),
        name: words.into(),
        kind: words.into(),
        required: true,
        active: false,
    };
    CategoryPage {
        page,
        key: "water".into(),
        title: words.into(),
        name_sr: words.into(),
        name_en: words.into(),
        class: words.into(),
        place: 1,
        active: true,
        parents: choices(words),
        departments: choices(words),
        profiles: choices(words),
        routes: vec![RouteRow { areas: choices(words), departments: choices(words) }],
        has_areas: true,
        asked: vec![row],
        questions: crate::web::questions::samples::questions(words),
        trial: words.into(),
        trial_found: vec![words.into()],
        refused: Some(Refused { sentence: words.into(), field: "class" }),
    }
    .render()
}
