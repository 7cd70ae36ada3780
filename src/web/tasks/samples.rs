//! The page with everything on it, and with nothing.

use askama::Template;

use super::{TaskView, TasksPage};
use crate::web::cases::view::{Labelled, RowView};
use crate::web::deadlines::samples::due;
use crate::web::page::Page;

pub fn show(page: &Page, hostile: &str, row: RowView) -> askama::Result<String> {
    let task = TaskView {
        id: 1,
        case: 7,
        number: "400-7/2026-01".into(),
        category: hostile.into(),
        summary: hostile.into(),
        kind: Labelled { word: "deadline_near", label: hostile.into() },
        subject: hostile.into(),
        due: Some(due(hostile)),
        since: "14:05".into(),
        machine: "x".into(),
    };
    TasksPage { page, tasks: vec![task], cases: vec![row] }.render()
}

pub fn nothing(page: &Page) -> askama::Result<String> {
    TasksPage { page, tasks: Vec::new(), cases: Vec::new() }.render()
}
