//! The pages with everything on them.

use askama::Template;

use super::contacts::{AddedPage, AttemptView, ContactView, ContactsPage};
use super::desk::{DeskPage, DeskPart, NowView, ServedView};
use super::edit::EditPage;
use super::figures::{Abandoned, FiguresPart, FiguresView, Line};
use super::foresee::{ForeseenPart, ForeseenView};
use super::form::Fields;
use super::place::Place;
use super::show::{May, ShowPage};
use super::{DialRow, DialerPage};
use crate::domain::dialer::{DialSettings, DialState};
use crate::domain::id::UserId;
use crate::store::dial_campaign::DialDraft;
use crate::web::campaigns::sources::FaultView;
use crate::web::catalogue::samples::choices;
use crate::web::page::Page;

pub fn pages(page: &Page, words: &str) -> Vec<(&'static str, askama::Result<String>)> {
    let mut pages = vec![
        ("dialer/list.html", list(page, words)),
        ("dialer/edit.html", edit(page, words)),
        ("dialer/show.html", show(page, words, DialState::Draft)),
        ("dialer/show.html", show(page, words, DialState::Running)),
        ("dialer/_figures.html", FiguresPart { page, figures: figures(words) }.render()),
        ("dialer/_foreseen.html", foreseen(page, words)),
        ("dialer/contacts.html", contacts(page, words)),
        ("dialer/added.html", added(page, words)),
        ("dialer/desk.html", DeskPage { page, now: now(words, Place::Talks) }.render()),
    ];
    for place in [Place::Away, Place::Looks, Place::Waits] {
        pages.push(("dialer/_desk.html", DeskPart { page, now: now(words, place) }.render()));
    }
    pages
}

fn list(page: &Page, words: &str) -> askama::Result<String> {
    let row = DialRow {
        id: 1,
        name: words.into(),
        state: DialState::Running,
        state_label: words.into(),
        mode: words.into(),
        changed: words.into(),
        machine: words.into(),
        done: words.into(),
        share: 40,
    };
    DialerPage { page, rows: vec![row], may_make: true }.render()
}

fn edit(page: &Page, words: &str) -> askama::Result<String> {
    let draft = DialDraft {
        name: words.into(),
        settings: DialSettings { caller_id: Some(words.into()), ..DialSettings::default() },
        survey_version: None,
        operators: vec![UserId(1)],
    };
    EditPage {
        page,
        address: "/dialer/1".into(),
        back: "/dialer/1".into(),
        is_new: false,
        version: 1,
        title: words.into(),
        fields: Fields::of(page, &draft, &[(UserId(1), words.into())]),
        surveys: choices(words),
        problem: words.into(),
    }
    .render()
}

fn show(page: &Page, words: &str, state: DialState) -> askama::Result<String> {
    ShowPage {
        page,
        id: 1,
        version: 1,
        name: words.into(),
        state,
        state_label: words.into(),
        filled: state == DialState::Running,
        size: words.into(),
        survey: Some((words.into(), "/surveys/1/versions/1".into())),
        plan: vec![(words.into(), words.into())],
        segments: choices(words),
        figures: figures(words),
        foreseen: true,
        may: May { change: true, add: true, start: true, pause: true, resume: true, stop: true },
    }
    .render()
}

fn figures(words: &str) -> FiguresView {
    let line = |word| Line {
        word,
        label: words.into(),
        count: words.into(),
        address: "/dialer/1/contacts".into(),
        from: "0".into(),
        share: "50".into(),
    };
    FiguresView {
        id: 1,
        state: DialState::Running,
        lives: true,
        closed_until: words.into(),
        percent: "50".into(),
        done: words.into(),
        contacts: vec![line("done"), line("waiting")],
        reasons: vec![line("completed")],
        outcomes: vec![line("completed")],
        dialled: words.into(),
        answered: words.into(),
        abandoned: vec![Abandoned {
            label: words.into(),
            rate: words.into(),
            said: words.into(),
            over: true,
        }],
        to_operator: words.into(),
        talk: words.into(),
        mistaken: words.into(),
        rates: vec![(words.into(), words.into())],
        attempts: vec![(words.into(), words.into())],
    }
}

fn foreseen(page: &Page, words: &str) -> askama::Result<String> {
    let foreseen = ForeseenView {
        operators: 5,
        answered: "40".into(),
        talk: "120".into(),
        busy: words.into(),
        abandoned: words.into(),
        worst: words.into(),
        over: true,
        wait: words.into(),
        end: words.into(),
        days: words.into(),
    };
    ForeseenPart { page, id: 1, foreseen }.render()
}

pub fn contact(words: &str) -> ContactView {
    let attempt =
        AttemptView { when: words.into(), machine: words.into(), what: words.into(), reason: words.into() };
    ContactView {
        id: 1,
        name: words.into(),
        person: Some(1),
        phone: words.into(),
        fields: vec![(words.into(), words.into())],
        stage_label: words.into(),
        detail: words.into(),
        attempts: vec![attempt],
        may_call: true,
    }
}

fn contacts(page: &Page, words: &str) -> askama::Result<String> {
    let nameless = ContactView { name: String::new(), person: None, ..contact(words) };
    ContactsPage {
        page,
        id: 1,
        name: words.into(),
        stages: choices(words),
        chosen: "waiting".into(),
        contacts: vec![contact(words), nameless],
        next: Some(2),
    }
    .render()
}

fn added(page: &Page, words: &str) -> askama::Result<String> {
    let fault = FaultView { line: words.into(), value: words.into(), what: words.into(), usable: false };
    AddedPage {
        page,
        id: 1,
        campaign: words.into(),
        name: words.into(),
        added: words.into(),
        left_out: words.into(),
        faulty: words.into(),
        faults: vec![fault],
        problem: String::new(),
    }
    .render()
}

fn now(words: &str, place: Place) -> NowView {
    let with = matches!(place, Place::Talks | Place::Looks);
    NowView {
        place,
        said: words.into(),
        hint: words.into(),
        joined: place != Place::Away,
        call: place == Place::Talks,
        campaign: words.into(),
        contact: with.then(|| contact(words)),
        attempt: i64::from(place == Place::Talks),
        survey: true,
        served: vec![ServedView { id: 1, name: words.into(), mode: words.into(), preview: true }],
        later: choices(words),
    }
}
