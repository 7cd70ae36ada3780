//! The pages with everything on them.

use askama::Template;

use super::edit::{ActRow, MacroPage};
use super::use_it::UsePage;
use super::{MacroRow, MacrosPage};
use crate::web::cases::timeline::EntryView;
use crate::web::cases::view::RowView;
use crate::web::catalogue::samples::choices;
use crate::web::kept_templates::Refused;
use crate::web::page::Page;

pub fn pages(
    page: &Page,
    words: &str,
    (case, entries): (RowView, Vec<EntryView>),
) -> Vec<(&'static str, askama::Result<String>)> {
    vec![
        ("macros/list.html", list(page, words)),
        ("macros/edit.html", edit(page, words, true)),
        ("macros/edit.html", edit(page, words, false)),
        ("macros/use.html", used(page, words, (case.clone(), entries), None)),
        ("macros/use.html", used(page, words, (case, Vec::new()), Some(words.into()))),
    ]
}

fn list(page: &Page, words: &str) -> askama::Result<String> {
    let row = || MacroRow { id: 1, name: words.into(), service: words.into(), acts: vec![words.into()] };
    MacrosPage { page, macros: vec![row()], archived: vec![row()] }.render()
}

fn edit(page: &Page, words: &str, kept: bool) -> askama::Result<String> {
    let row = ActRow {
        acts: choices(words),
        assignees: choices(words),
        categories: choices(words),
        departments: choices(words),
        outcomes: choices(words),
        templates: choices(words),
        reasons: choices(words),
        words: words.into(),
        is_wrong: kept,
    };
    MacroPage {
        page,
        id: kept.then_some(3),
        version: 2,
        title: words.into(),
        name_sr: words.into(),
        name_en: words.into(),
        departments: choices(words),
        rows: vec![row, ActRow::default()],
        archived: kept,
        refused: kept.then(|| Refused { sentence: words.into(), field: "acts" }),
    }
    .render()
}

fn used(
    page: &Page,
    words: &str,
    (case, entries): (RowView, Vec<EntryView>),
    stopped: Option<String>,
) -> askama::Result<String> {
    UsePage {
        page,
        id: 3,
        name: words.into(),
        case,
        acts: vec![words.into()],
        entries,
        version: 2,
        conflict: stopped.is_some(),
        stopped,
    }
    .render()
}
