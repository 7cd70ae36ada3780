//! The pages with what somebody hostile wrote.

use askama::Template as _;

use super::import::{ErrorView, ImportPage, ImportView};
use super::unsubscribe::UnsubscribePage;
use super::{OptOutRow, OptOutsPage, OptOutsView};
use crate::web::cases::view::Choice;
use crate::web::page::Page;

pub fn list(page: &Page, words: &str, may: bool) -> askama::Result<String> {
    let choices = || vec![Choice { value: "sms".into(), label: words.into(), chosen: true }];
    let view = OptOutsView {
        rows: if may { vec![row(words)] } else { Vec::new() },
        q: words.into(),
        channels: choices(),
        all_means: choices(),
        means: choices(),
        channel: words.into(),
        chosen_means: words.into(),
        more: Some(7),
        may_edit: may,
        may_import: may,
        problem: Some(words.into()),
    };
    OptOutsPage { page, view }.render()
}

pub fn row(words: &str) -> OptOutRow {
    OptOutRow {
        id: 7,
        channel: words.into(),
        address: words.into(),
        means: words.into(),
        remark: words.into(),
        since: words.into(),
        machine: "x".into(),
        who: words.into(),
    }
}

pub fn import(page: &Page, words: &str, done: bool) -> askama::Result<String> {
    let view = ImportView {
        file: words.into(),
        numbers: words.into(),
        remark: words.into(),
        lines: words.into(),
        new: words.into(),
        known: words.into(),
        wrong: words.into(),
        errors: vec![ErrorView { line: 3, why: words.into(), words: words.into() }],
        more_errors: true,
        done,
    };
    ImportPage { page, view }.render()
}

pub fn unsubscribe(page: &Page, done: bool) -> askama::Result<String> {
    UnsubscribePage { page, token: "<script>", done, too_many: !done }.render()
}
