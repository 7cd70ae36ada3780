//! Areas of the municipality with their streets, one by one or from a table.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::{RIGHT, Refused, refused};
use crate::actions::catalogue::{AreaChange, ImportError};
use crate::domain::area::{Area, Street, parse_table, written_houses};
use crate::web::auth::SignedIn;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

#[derive(Debug)]
pub struct AreaRow {
    pub key: String,
    pub name: String,
    pub streets: String,
}

#[derive(askama::Template)]
#[template(path = "catalogue/areas.html")]
pub struct AreasPage<'a> {
    pub page: &'a Page,
    pub areas: Vec<AreaRow>,
    /// What was sent and could not be read, to be mended.
    pub table: String,
    pub refused: Option<Refused>,
}

#[derive(askama::Template)]
#[template(path = "catalogue/area.html")]
pub struct AreaPage<'a> {
    pub page: &'a Page,
    pub key: String,
    pub title: String,
    pub name_sr: String,
    pub name_en: String,
    /// A street and its houses on a line.
    pub streets: String,
    pub refused: Option<Refused>,
}

#[derive(Deserialize)]
pub struct TableForm {
    table: String,
}

#[derive(Deserialize)]
pub struct AreaForm {
    #[serde(default)]
    key: String,
    name_sr: String,
    #[serde(default)]
    name_en: String,
    #[serde(default)]
    streets: String,
}

pub async fn list(State(app): State<App>, signed_in: SignedIn) -> Result<Response, WebError> {
    signed_in.require(RIGHT)?;
    listed(&app, &signed_in.page, String::new(), None)
}

pub async fn import(
    State(app): State<App>,
    signed_in: SignedIn,
    Form(form): Form<TableForm>,
) -> Result<Response, WebError> {
    let page = &signed_in.page;
    let refused = match app.actions.import_areas(&signed_in.actor(), &form.table).await {
        Ok(_) => return Ok(Redirect::to("/areas").into_response()),
        Err(ImportError::Catalogue(error)) => refused(page, error)?,
        Err(ImportError::Line(number, words)) => unreadable(page, number, words),
    };
    let shown = listed(&app, page, form.table, Some(refused))?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
}

pub async fn create(
    State(app): State<App>,
    signed_in: SignedIn,
    Form(form): Form<AreaForm>,
) -> Result<Response, WebError> {
    let page = &signed_in.page;
    let change = AreaChange { name_sr: form.name_sr, name_en: form.name_en, streets: Vec::new() };
    match app.actions.put_area(&signed_in.actor(), &form.key, change).await {
        Ok(key) => Ok(Redirect::to(&format!("/areas/{key}")).into_response()),
        Err(error) => {
            let shown = listed(&app, page, String::new(), Some(refused(page, error)?))?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
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
    let area = directory.areas.by_key(&key).ok_or(WebError::NotFound)?;
    let page = &signed_in.page;
    let (even, odd) = (page.say("houses-even"), page.say("houses-odd"));
    let line = |street: &Street| match written_houses(street, &even, &odd) {
        houses if houses.is_empty() => street.name.clone(),
        houses => format!("{}; {houses}", street.name),
    };
    let streets = area.streets.iter().map(line).collect::<Vec<_>>().join("\n");
    let form = AreaForm {
        key: area.key.clone(),
        name_sr: area.name_sr.clone(),
        name_en: area.name_en.clone(),
        streets,
    };
    shown(page, area, form, None)
}

pub async fn save(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(key): Path<String>,
    Form(form): Form<AreaForm>,
) -> Result<Response, WebError> {
    let directory = app.db.directory();
    let area = directory.areas.by_key(&key).ok_or(WebError::NotFound)?;
    let page = &signed_in.page;
    let refused = match streets(&form.streets) {
        Err((number, words)) => unreadable(page, number, words),
        Ok(streets) => {
            let change = AreaChange { name_sr: form.name_sr.clone(), name_en: form.name_en.clone(), streets };
            match app.actions.put_area(&signed_in.actor(), &key, change).await {
                Ok(_) => return Ok(Redirect::to("/areas").into_response()),
                Err(error) => refused(page, error)?,
            }
        }
    };
    let shown = shown(page, area, form, Some(refused))?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
}

pub async fn remove(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(key): Path<String>,
) -> Result<Response, WebError> {
    match app.actions.remove_area(&signed_in.actor(), &key).await {
        Ok(()) => Ok(Redirect::to("/areas").into_response()),
        Err(error) => Err(WebError::Invalid(refused(&signed_in.page, error)?.sentence)),
    }
}

/// `street; houses` on a line: a table of one area.
fn streets(lines: &str) -> Result<Vec<Street>, (usize, String)> {
    let table: Vec<String> = lines
        .lines()
        .map(|line| match line.trim() {
            "" => String::new(),
            line => format!("x;{}", line.replace('\t', ";")),
        })
        .collect();
    let rows = parse_table(&table.join("\n"));
    let rows = rows.map_err(|(number, words)| (number, words.trim_start_matches("x;").to_owned()))?;
    Ok(rows.into_iter().filter_map(|(_, street)| street).collect())
}

fn unreadable(page: &Page, number: usize, words: String) -> Refused {
    let values = [("line", number.to_string()), ("words", words)];
    Refused { sentence: page.with_values("areas-unreadable", &values), field: "streets" }
}

fn listed(app: &App, page: &Page, table: String, refused: Option<Refused>) -> Result<Response, WebError> {
    let directory = app.db.directory();
    let row = |area: &Area| AreaRow {
        key: area.key.clone(),
        name: page.name(&area.name_sr, Some(&area.name_en)),
        streets: page.count("area-streets-count", i64::try_from(area.streets.len()).unwrap_or(i64::MAX)),
    };
    html(AreasPage { page, areas: directory.areas.all().iter().map(row).collect(), table, refused })
}

fn shown(page: &Page, area: &Area, form: AreaForm, refused: Option<Refused>) -> Result<Response, WebError> {
    html(AreaPage {
        page,
        key: area.key.clone(),
        title: page.name(&area.name_sr, Some(&area.name_en)),
        name_sr: form.name_sr,
        name_en: form.name_en,
        streets: form.streets,
        refused,
    })
}

#[cfg(test)]
pub mod samples {
    use askama::Template as _;

    use super::*;

    pub fn list(page: &Page, words: &str) -> askama::Result<String> {
        let row = AreaRow { key: "centar".into(), name: words.into(), streets: words.into() };
        let refused = Some(Refused { sentence: words.into(), field: "streets" });
        AreasPage { page, areas: vec![row], table: words.into(), refused }.render()
    }

    pub fn one(page: &Page, words: &str) -> askama::Result<String> {
        AreaPage {
            page,
            key: "centar".into(),
            title: words.into(),
            name_sr: words.into(),
            name_en: words.into(),
            streets: words.into(),
            refused: Some(Refused { sentence: words.into(), field: "streets" }),
        }
        .render()
    }

    #[test]
    fn streets_of_an_area_are_lines() {
        let read = streets("Душанова\n\nКнеза Милоша; 1-40\nНова\t7").unwrap();
        assert_eq!(read.len(), 3);
        assert_eq!((read[1].from, read[1].to), (Some(1), Some(40)));
        assert_eq!(streets("Душанова\nНова; где год"), Err((2, "Нова; где год".into())));
    }
}
