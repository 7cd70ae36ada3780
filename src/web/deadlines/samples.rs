//! The pages with everything on them.

use askama::Template;

use super::card::{DeadlineView, DeadlinesView, PausedView};
use super::chip::DueView;
use super::edit::EditPage;
use super::form::Fields;
use super::{CategoryView, DeadlinesPage, PreviewView, ProfileView};
use crate::web::cases::view::{Choice, Labelled};
use crate::web::page::Page;

pub fn due(hostile: &str) -> DueView {
    DueView { state: "overdue", label: hostile.into(), whole: hostile.into() }
}

pub fn card(hostile: &str) -> DeadlinesView {
    let view = |paused: bool, state| DeadlineView {
        id: 1,
        name: hostile.into(),
        goal: hostile.into(),
        state: Labelled { word: state, label: hostile.into() },
        due: (!paused).then(|| due(hostile)),
        due_at: hostile.into(),
        ended: hostile.into(),
        explanation: vec![hostile.into()],
        paused: paused.then(|| PausedView {
            since: hostile.into(),
            reason: hostile.into(),
            words: hostile.into(),
        }),
        may_pause: !paused,
        may_resume: paused,
        extend_by: 25,
        extend_words: hostile.into(),
    };
    DeadlinesView {
        live: vec![view(false, "running"), view(true, "paused")],
        over: vec![view(false, "missed")],
        reasons: choices(hostile),
    }
}

fn choices(hostile: &str) -> Vec<Choice> {
    vec![Choice { value: hostile.into(), label: hostile.into(), chosen: true }]
}

fn preview(hostile: &str) -> PreviewView {
    PreviewView { due: hostile.into(), explanation: vec![hostile.into()] }
}

pub fn list(page: &Page, hostile: &str) -> askama::Result<String> {
    let profile = |active, preview| ProfileView {
        key: String::from("promise-48"),
        name: hostile.into(),
        goal: hostile.into(),
        rule: hostile.into(),
        applies: hostile.into(),
        active,
        preview,
    };
    DeadlinesPage {
        page,
        at: "2026-11-22T14:05".into(),
        profiles: vec![profile(true, Some(preview(hostile))), profile(false, None)],
        categories: vec![CategoryView { id: 1, name: hostile.into(), profiles: choices(hostile) }],
    }
    .render()
}

pub fn edit(page: &Page, hostile: &str) -> askama::Result<String> {
    let fields = Fields { name_sr: hostile.into(), source: hostile.into(), ..Fields::fresh() };
    EditPage {
        page,
        is_new: true,
        title: hostile.into(),
        address: "/deadlines/new".into(),
        selects: fields.selects(page),
        fields,
        at: hostile.into(),
        preview: Some(preview(hostile)),
        wrong: "amount",
        problem: Some(hostile.into()),
    }
    .render()
}
