//! The pages with what somebody hostile wrote.

use askama::Template as _;

use super::erase::{ErasePage, EraseView};
use super::report::{CaseView, EntryView, ReportPage, ReportView};
use super::retention::{RetentionPage, RuleView};
use crate::web::cases::view::Choice;
use crate::web::page::Page;

pub fn report(page: &Page, hostile: &str) -> askama::Result<String> {
    let text = || hostile.to_owned();
    let entry = || EntryView { at: text(), title: text(), words: text(), who: text() };
    let case = || CaseView {
        number: text(),
        opened: text(),
        channel: text(),
        status: text(),
        category: text(),
        department: text(),
        caller: text(),
        place: text(),
        entries: vec![entry(), EntryView { words: String::new(), who: String::new(), ..entry() }],
    };
    let view = ReportView {
        id: 7,
        made: text(),
        name: text(),
        address: text(),
        known_since: text(),
        contact_points: vec![text()],
        cases: vec![case()],
        follows: vec![text()],
        cut: true,
    };
    ReportPage { page, view }.render()
}

pub fn erase(page: &Page, hostile: &str, carried_out: bool) -> askama::Result<String> {
    let view = EraseView {
        id: 7,
        name: hostile.into(),
        erased: vec![hostile.into()],
        postponed: vec![(hostile.into(), hostile.into())],
        carried_out,
        done: carried_out,
        waits: hostile.into(),
        problem: Some(hostile.into()),
    };
    ErasePage { page, view }.render()
}

pub fn retention(page: &Page, hostile: &str) -> askama::Result<String> {
    let rule = |category: &str| RuleView {
        category: category.into(),
        name: hostile.into(),
        keep_days: 1_825,
        recording_days: 180,
        legal_days: 730,
        basis: hostile.into(),
    };
    RetentionPage {
        page,
        rules: vec![rule(""), rule("water")],
        others: vec![Choice { value: hostile.into(), label: hostile.into(), chosen: false }],
        most_days: 36_500,
        due: ("1".into(), "2".into(), "3".into()),
        problem: Some(hostile.into()),
    }
    .render()
}
