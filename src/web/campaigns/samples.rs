//! The pages with everything on them.

use askama::Template;

use super::edit::{EditPage, FieldView, Lengths, SourceView};
use super::form::{Fields, StepView};
use super::look::{CostView, LookPart, LookView, SaidView};
use super::progress::{ProgressPart, ProgressView, StateLine, StepLine};
use super::recipients::{AttemptView, RecipientView, RecipientsPage};
use super::segments::{SegmentPage, SegmentRow, SegmentsPage, SizePart};
use super::show::{CampaignPage, EventView, Line, May};
use super::sources::{FaultView, FaultsPage};
use super::{CampaignRow, CampaignsPage};
use crate::domain::campaign::message::Words;
use crate::domain::campaign::{CampaignState, RecipientState};
use crate::domain::id::PersonId;
use crate::web::catalogue::samples::choices;
use crate::web::page::Page;

pub fn pages(page: &Page, words: &str) -> Vec<(&'static str, askama::Result<String>)> {
    vec![
        ("campaigns/list.html", list(page, words)),
        ("campaigns/edit.html", edit(page, words)),
        ("campaigns/show.html", show(page, words, CampaignState::Prepared)),
        ("campaigns/show.html", show(page, words, CampaignState::Running)),
        ("campaigns/_look.html", LookPart { page, look: look(words) }.render()),
        (
            "campaigns/_progress.html",
            ProgressPart { page, progress: progress(words, CampaignState::Running) }.render(),
        ),
        ("campaigns/faults.html", faults(page, words)),
        ("campaigns/recipients.html", recipients(page, words)),
        ("campaigns/segments.html", segments(page, words)),
        ("campaigns/segment.html", segment(page, words)),
        ("campaigns/_size.html", SizePart { size: words.into() }.render()),
    ]
}

fn list(page: &Page, words: &str) -> askama::Result<String> {
    let row = CampaignRow {
        id: 1,
        name: words.into(),
        state: CampaignState::Running,
        state_label: words.into(),
        changed: words.into(),
        machine: words.into(),
        reached: words.into(),
        share: 70,
    };
    CampaignsPage { page, rows: vec![row], older: Some("/campaigns".into()), may_make: true }.render()
}

fn look(words: &str) -> LookView {
    let said =
        SaidView { label: words.into(), subject: words.into(), words: words.into(), sound: String::new() };
    let played = SaidView {
        label: words.into(),
        subject: String::new(),
        words: String::new(),
        sound: "/sound".into(),
    };
    let cost = CostView { script: words.into(), chosen: true, length: words.into(), total: words.into() };
    LookView { who: words.into(), said: vec![said, played], costs: vec![cost], problems: vec![words.into()] }
}

fn edit(page: &Page, words: &str) -> askama::Result<String> {
    let both = || Words { sr: words.into(), en: words.into() };
    let fields = Fields {
        name: words.into(),
        text: both(),
        subject: both(),
        letter: both(),
        speech: both(),
        scripts: choices(words),
        steps: vec![StepView { place: 0, ways: choices(words), limits: choices(words) }],
        from: words.into(),
        to: words.into(),
        weekdays: true,
        start_at: words.into(),
        per_minute: words.into(),
        senders: choices(words),
    };
    let source = SourceView {
        id: 1,
        name: words.into(),
        is_list: true,
        size: words.into(),
        faulty: words.into(),
        broken: true,
    };
    EditPage {
        page,
        id: 1,
        version: 1,
        name: words.into(),
        state_label: words.into(),
        sources: vec![source],
        segments: choices(words),
        fields,
        own_fields: vec![FieldView { code: words.into(), label: words.into() }],
        most: Lengths { text: 1, subject: 1, letter: 1, speech: 1 },
        look: look(words),
        calls: true,
        recorded: true,
        problems: vec![words.into()],
        returned: words.into(),
        test_address: words.into(),
    }
    .render()
}

fn progress(words: &str, state: CampaignState) -> ProgressView {
    let line = StateLine {
        state: RecipientState::Reached,
        label: words.into(),
        count: words.into(),
        from: "0".into(),
        share: "50".into(),
        address: "/campaigns/1".into(),
    };
    let step = StepLine { way: words.into(), waiting: words.into(), sending: words.into() };
    ProgressView {
        id: 1,
        state,
        lives: true,
        all: words.into(),
        reached: words.into(),
        percent: words.into(),
        lines: vec![line],
        steps: vec![step],
        pace: words.into(),
        forecast: words.into(),
    }
}

fn show(page: &Page, words: &str, state: CampaignState) -> askama::Result<String> {
    let line = || Line { label: words.into(), count: words.into(), address: "/campaigns/1".into() };
    let event =
        EventView { when: words.into(), machine: words.into(), who: words.into(), what: words.into() };
    let may = May {
        approve: true,
        wrote: true,
        start: true,
        revise: true,
        pause: true,
        resume: true,
        stop: true,
        let_go_on: true,
    };
    CampaignPage {
        page,
        id: 1,
        version: 1,
        name: words.into(),
        state,
        state_label: words.into(),
        sources: vec![words.into()],
        begins: vec![line()],
        skipped: vec![line()],
        costs: words.into(),
        steps: vec![words.into()],
        hours: words.into(),
        look: look(words),
        progress: progress(words, state),
        events: vec![event],
        may,
    }
    .render()
}

fn faults(page: &Page, words: &str) -> askama::Result<String> {
    let fault = |usable| FaultView { line: words.into(), value: words.into(), what: words.into(), usable };
    FaultsPage {
        page,
        campaign: 1,
        source: 1,
        campaign_name: words.into(),
        name: words.into(),
        usable: words.into(),
        faulty: words.into(),
        columns: vec![words.into()],
        faults: vec![fault(true), fault(false)],
        next: Some(9),
        may_remove: true,
    }
    .render()
}

fn recipients(page: &Page, words: &str) -> askama::Result<String> {
    let one = |person, state| RecipientView {
        id: 1,
        name: words.into(),
        person,
        phone: words.into(),
        email: words.into(),
        address: words.into(),
        state,
        state_label: words.into(),
        detail: words.into(),
        attempts: vec![AttemptView {
            way: words.into(),
            to: words.into(),
            state: words.into(),
            when: words.into(),
            error: words.into(),
        }],
        may_tell: true,
        may_take_out: true,
    };
    RecipientsPage {
        page,
        id: 1,
        name: words.into(),
        states: choices(words),
        chosen: "by_hand".into(),
        recipients: vec![one(Some(PersonId(1)), RecipientState::ByHand), one(None, RecipientState::Waiting)],
        next: Some(9),
        export: "/campaigns/1/recipients/export".into(),
        reads_people: true,
    }
    .render()
}

fn segments(page: &Page, words: &str) -> askama::Result<String> {
    let row = SegmentRow { id: 1, name: words.into(), rule: words.into() };
    SegmentsPage { page, rows: vec![row], may_write: true }.render()
}

fn segment(page: &Page, words: &str) -> askama::Result<String> {
    SegmentPage {
        page,
        id: Some(1),
        version: 1,
        name: words.into(),
        areas: choices(words),
        categories: choices(words),
        tags: choices(words),
        consents: choices(words),
        languages: choices(words),
        since: words.into(),
        until: words.into(),
        address: words.into(),
        size: words.into(),
        problems: vec![words.into()],
    }
    .render()
}
