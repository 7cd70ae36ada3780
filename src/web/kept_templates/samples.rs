//! The pages with everything on them.

use askama::Template;

use super::edit::{FieldView, TemplatePage};
use super::letter::LetterPage;
use super::preview::{PreviewPart, PreviewView};
use super::{Refused, TemplateGroup, TemplateRow, TemplatesPage};
use crate::web::catalogue::samples::choices;
use crate::web::page::Page;

pub fn pages(page: &Page, words: &str) -> Vec<(&'static str, askama::Result<String>)> {
    vec![
        ("kept/list.html", list(page, words)),
        ("kept/edit.html", edit(page, words, true)),
        ("kept/edit.html", edit(page, words, false)),
        ("kept/letter.html", letter(page, words)),
        ("kept/_preview.html", PreviewPart { page, preview: Some(preview(words, None)) }.render()),
        (
            "kept/_preview.html",
            PreviewPart { page, preview: Some(preview(words, Some(refused(words)))) }.render(),
        ),
    ]
}

fn list(page: &Page, words: &str) -> askama::Result<String> {
    let row = || TemplateRow {
        id: 1,
        name: words.into(),
        kind: words.into(),
        service: words.into(),
        words: words.into(),
    };
    let groups = vec![TemplateGroup { name: words.into(), rows: vec![row()] }];
    TemplatesPage { page, groups, archived: vec![row()] }.render()
}

fn edit(page: &Page, words: &str, kept: bool) -> askama::Result<String> {
    TemplatePage {
        page,
        id: kept.then_some(3),
        version: 2,
        title: words.into(),
        name_sr: words.into(),
        name_en: words.into(),
        kinds: choices(words),
        departments: choices(words),
        words_sr: words.into(),
        words_en: words.into(),
        most_chars: 10_000,
        archived: kept,
        fields: vec![FieldView { code: "{number}".into(), label: words.into() }],
        case: words.into(),
        preview: kept.then(|| preview(words, None)),
        refused: kept.then(|| refused(words)),
    }
    .render()
}

fn letter(page: &Page, words: &str) -> askama::Result<String> {
    let words = || words.to_owned();
    LetterPage { page, case: 3, number: words(), name: words(), words: words(), gaps: words() }.render()
}

fn preview(words: &str, refused: Option<Refused>) -> PreviewView {
    PreviewView {
        words: words.into(),
        gaps: words.into(),
        lengths: vec![words.into()],
        refused,
        on: words.into(),
    }
}

fn refused(words: &str) -> Refused {
    Refused { sentence: words.into(), field: "words_sr" }
}
