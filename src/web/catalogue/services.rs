//! Services of the municipality and other institutions.

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::{RIGHT, Refused, Row, chosen, found, refused};
use crate::actions::catalogue::DepartmentChange;
use crate::domain::department::DepartmentKind;
use crate::domain::id::DepartmentId;
use crate::domain::script::alphabetical;
use crate::store::directory::{Department, Directory};
use crate::web::auth::SignedIn;
use crate::web::cases::view::Choice;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::queues::form::Sent;
use crate::web::state::App;

#[derive(Debug, Default, Deserialize)]
pub struct Search {
    #[serde(default)]
    pub q: String,
}

/// The form of one service, new or known.
#[derive(Debug)]
pub struct Fields {
    pub key: String,
    pub name_sr: String,
    pub name_en: String,
    pub kinds: Vec<Choice>,
    pub parents: Vec<Choice>,
    pub email: String,
    pub place: i64,
    pub active: bool,
}

#[derive(askama::Template)]
#[template(path = "catalogue/services.html")]
pub struct ServicesPage<'a> {
    pub page: &'a Page,
    pub q: String,
    pub rows: Vec<Row>,
    pub fields: Fields,
    pub refused: Option<Refused>,
}

#[derive(askama::Template)]
#[template(path = "catalogue/service.html")]
pub struct ServicePage<'a> {
    pub page: &'a Page,
    pub title: String,
    pub fields: Fields,
    /// Who works there.
    pub people: Vec<String>,
    /// Address and name of the categories that lead here.
    pub categories: Vec<(String, String)>,
    pub refused: Option<Refused>,
}

pub async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(search): Query<Search>,
) -> Result<Response, WebError> {
    signed_in.require(RIGHT)?;
    listed(&app, &signed_in, search.q, None)
}

pub async fn create(
    State(app): State<App>,
    signed_in: SignedIn,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let sent = Sent::new(pairs);
    let change = DepartmentChange { active: true, ..change(&sent) };
    match app.actions.add_department(&signed_in.actor(), sent.text("key"), change.clone()).await {
        Ok(id) => {
            let directory = app.db.directory();
            let key = directory.department(id).map(|d| d.key.clone()).unwrap_or_default();
            Ok(Redirect::to(&format!("/services/{key}")).into_response())
        }
        Err(error) => {
            let refused = refused(&signed_in.page, error)?;
            let again = (change, sent.text("key").to_owned(), refused);
            let page = listed(&app, &signed_in, String::new(), Some(again))?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(key): Path<String>,
) -> Result<Response, WebError> {
    signed_in.require(RIGHT)?;
    let directory = app.db.directory();
    let service = directory.department_by_key(&key).ok_or(WebError::NotFound)?;
    shown(&signed_in.page, &directory, service, &service.into(), None)
}

pub async fn save(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(key): Path<String>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let directory = app.db.directory();
    let service = directory.department_by_key(&key).ok_or(WebError::NotFound)?;
    let change = change(&Sent::new(pairs));
    match app.actions.change_department(&signed_in.actor(), service.id, change.clone()).await {
        Ok(()) => Ok(Redirect::to("/services").into_response()),
        Err(error) => {
            let refused = refused(&signed_in.page, error)?;
            let page = shown(&signed_in.page, &directory, service, &change, Some(refused))?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

fn change(sent: &Sent) -> DepartmentChange {
    DepartmentChange {
        name_sr: sent.text("name_sr").to_owned(),
        name_en: sent.text("name_en").to_owned(),
        kind: sent.text("kind").parse().unwrap_or(DepartmentKind::Service),
        parent: chosen(sent.text("parent")).map(DepartmentId),
        email: sent.text("email").to_owned(),
        active: sent.is_ticked("active"),
        place: sent.text("place").parse().unwrap_or(0),
    }
}

fn listed(
    app: &App,
    signed_in: &SignedIn,
    q: String,
    again: Option<(DepartmentChange, String, Refused)>,
) -> Result<Response, WebError> {
    let page = &signed_in.page;
    let directory = app.db.directory();
    let names = |d: &Department| format!("{} {} {}", d.name_sr, d.name_en, d.key);
    let shown = found(&directory.departments, &q, names, |d| d.id, |d| d.parent);
    let rows = directory.departments.iter().filter(|d| shown.contains(&d.id));
    let rows = rows.map(|department| row(page, &directory, department)).collect();
    let (fields, refused) = match again {
        None => (fields(page, &directory, None, String::new(), &empty()), None),
        Some((change, key, refused)) => (fields(page, &directory, None, key, &change), Some(refused)),
    };
    html(ServicesPage { page, q, rows, fields, refused })
}

fn row(page: &Page, directory: &Directory, department: &Department) -> Row {
    let above =
        std::iter::successors(department.parent, |id| directory.department(*id).and_then(|d| d.parent));
    let people = directory.users.iter().filter(|user| user.active && user.department == Some(department.id));
    let people = i64::try_from(people.count()).unwrap_or(i64::MAX);
    let mut details = vec![department.key.clone()];
    details.extend(department.email.clone());
    if people > 0 {
        details.push(page.count("service-people-count", people));
    }
    Row {
        key: department.key.clone(),
        name: page.name(&department.name_sr, Some(&department.name_en)),
        depth: above.take(crate::store::directory::DEPTH).count(),
        details,
        institution: department.kind == DepartmentKind::Institution,
        active: department.active,
    }
}

fn shown(
    page: &Page,
    directory: &Directory,
    service: &Department,
    change: &DepartmentChange,
    refused: Option<Refused>,
) -> Result<Response, WebError> {
    let here = directory.users.iter().filter(|user| user.active && user.department == Some(service.id));
    let mut people: Vec<String> = here.map(|user| page.name(&user.name, None)).collect();
    people.sort_by_key(|name| alphabetical(name));
    let leads = |category: &&crate::store::directory::Category| {
        category.department == Some(service.id)
            || category.routes.iter().any(|route| route.department == service.id)
    };
    let categories = directory.categories.iter().filter(leads);
    html(ServicePage {
        page,
        title: page.name(&service.name_sr, Some(&service.name_en)),
        fields: fields(page, directory, Some(service.id), service.key.clone(), change),
        people,
        categories: categories
            .map(|c| (format!("/categories/{}", c.key), page.name(&c.name_sr, Some(&c.name_en))))
            .collect(),
        refused,
    })
}

fn empty() -> DepartmentChange {
    DepartmentChange {
        name_sr: String::new(),
        name_en: String::new(),
        kind: DepartmentKind::Service,
        parent: None,
        email: String::new(),
        active: true,
        place: 0,
    }
}

/// `own`: it and what is under it cannot be above it.
fn fields(
    page: &Page,
    directory: &Directory,
    own: Option<DepartmentId>,
    key: String,
    change: &DepartmentChange,
) -> Fields {
    let under = own.map(|own| directory.department_branch(own)).unwrap_or_default();
    let parents = directory.departments.iter().filter(|d| d.active && !under.contains(&d.id));
    Fields {
        key,
        name_sr: change.name_sr.clone(),
        name_en: change.name_en.clone(),
        kinds: DepartmentKind::ALL
            .iter()
            .map(|kind| Choice {
                value: kind.as_str().to_owned(),
                label: page.word("department-kind", kind.as_str()),
                chosen: *kind == change.kind,
            })
            .collect(),
        parents: parents
            .map(|d| Choice {
                value: d.id.to_string(),
                label: page.name(&d.name_sr, Some(&d.name_en)),
                chosen: change.parent == Some(d.id),
            })
            .collect(),
        email: change.email.clone(),
        place: change.place,
        active: change.active,
    }
}

#[cfg(test)]
pub mod samples {
    use askama::Template as _;

    use super::super::samples::{choices, row};
    use super::*;

    fn fields(words: &str) -> Fields {
        Fields {
            key: words.into(),
            name_sr: words.into(),
            name_en: words.into(),
            kinds: choices(words),
            parents: choices(words),
            email: words.into(),
            place: 1,
            active: true,
        }
    }

    fn problem(words: &str) -> Option<Refused> {
        Some(Refused { sentence: words.into(), field: "email" })
    }

    pub fn list(page: &Page, words: &str) -> askama::Result<String> {
        let (fields, refused) = (fields(words), problem(words));
        ServicesPage { page, q: words.into(), rows: vec![row(words)], fields, refused }.render()
    }

    pub fn one(page: &Page, words: &str) -> askama::Result<String> {
        ServicePage {
            page,
            title: words.into(),
            fields: fields(words),
            people: vec![words.into()],
            categories: vec![("/categories/x".into(), words.into())],
            refused: problem(words),
        }
        .render()
    }
}
