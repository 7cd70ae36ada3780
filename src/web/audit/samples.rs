//! The page with entries that somebody hostile wrote.

use askama::Template as _;

use super::view::EntryView;
use super::{AuditPage, Query};
use crate::web::cases::view::Choice;
use crate::web::page::Page;

pub fn list(page: &Page, hostile: &str) -> askama::Result<String> {
    let choice = || vec![Choice { value: hostile.into(), label: hostile.into(), chosen: true }];
    let entry = |erased| EntryView {
        id: 7,
        at: "22.11.2026. 14:05:01".into(),
        machine: "2026-11-22T13:05:01Z".into(),
        who: hostile.into(),
        what: hostile.into(),
        subject: hostile.into(),
        link: if erased { String::new() } else { "/cases/7".into() },
        detail: hostile.into(),
        erased,
    };
    AuditPage {
        page,
        query: Query { subject: hostile.into(), ..Query::default() },
        people: choice(),
        deeds: choice(),
        kinds: choice(),
        entries: vec![entry(false), entry(true)],
        next: Some("/audit?before=7".into()),
        export: Some(("/audit/export?format=csv".into(), "/audit/export?format=xlsx&who=<script>".into())),
        head: "7:00".into(),
    }
    .render()
}
