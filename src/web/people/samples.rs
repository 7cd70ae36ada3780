//! The templates of this screen with samples in them.

use askama::Template as _;

use super::list::{NewPersonForm, PeoplePage, PeopleView};
use super::merge::{MergePage, MergeView};
use super::show::CardPage;
use super::view::{
    CampaignLine, CardView, ConsentView, FailureView, HistoryView, MergedView, OptOutView, PartyView,
    PointView, Problem, SentView,
};
use crate::domain::snippet::Piece;
use crate::web::cases::view::{Choice, Labelled};
use crate::web::page::Page;
use crate::web::search::PersonHitView;

pub fn list(page: &Page, words: &str) -> askama::Result<String> {
    let form =
        NewPersonForm { name: words.into(), phone: words.into(), email: words.into(), address: words.into() };
    let view = PeopleView {
        q: words.into(),
        people: vec![hit(words)],
        more: Some("/people?after=<script>".into()),
        may_add: true,
        may_export: true,
        form,
        problem: Some(words.into()),
    };
    PeoplePage { page, view }.render()
}

pub fn show(page: &Page, words: &str, may: bool) -> askama::Result<String> {
    CardPage { page, view: card(words, may) }.render()
}

pub fn merge(page: &Page, words: &str, is_found: bool) -> askama::Result<String> {
    let view = MergeView {
        q: words.into(),
        survivor: card(words, true),
        found: vec![hit(words)],
        other: is_found.then(|| card(words, true)),
    };
    MergePage { page, view }.render()
}

fn hit(words: &str) -> PersonHitView {
    let pieces = || vec![Piece { text: words.into(), is_marked: true }];
    PersonHitView { id: 3, name: pieces(), phone: words.into(), email: words.into(), address: pieces() }
}

fn card(words: &str, may: bool) -> CardView {
    let labelled = |word| Labelled { word, label: words.into() };
    let choices = || vec![Choice { value: "1".into(), label: words.into(), chosen: true }];
    let failure = FailureView {
        at: "14:05".into(),
        machine: "x".into(),
        state: words.into(),
        why: words.into(),
        words: words.into(),
        case: Some(7),
    };
    let point = PointView {
        kind: labelled("phone"),
        value: words.into(),
        shown: words.into(),
        link: "tel:+381641234567".into(),
        is_primary: !may,
        invalid: may.then(|| words.into()),
        failure: Some(failure),
    };
    let sent = SentView {
        day: Some(words.into()),
        icon: "sms",
        title: words.into(),
        words: words.into(),
        case: 7,
        number: "400-7/2026-01".into(),
        category: words.into(),
        status: labelled("new"),
        time: "14:05".into(),
        whole: "14:05".into(),
        machine: "x".into(),
    };
    CardView {
        tags: words.into(),
        campaigns: vec![CampaignLine {
            id: 1,
            name: words.into(),
            outcome: words.into(),
            when: words.into(),
        }],
        surveys: choices(),
        id: 3,
        version: 4,
        title: words.into(),
        since: "22.11.2026.".into(),
        name: words.into(),
        languages: choices(),
        tell_by: choices(),
        points: vec![point],
        kinds: choices(),
        consents: vec![ConsentView {
            kind: labelled("surveys"),
            state: "given",
            state_label: words.into(),
            how: words.into(),
        }],
        means: choices(),
        opt_outs: [true, false]
            .map(|is_out| OptOutView {
                channel: labelled("sms"),
                value: words.into(),
                address: words.into(),
                row: is_out.then(|| crate::web::opt_outs::samples::row(words)),
            })
            .into(),
        opt_out_means: choices(),
        sent: vec![sent],
        older: Some("/people/3?after=<script>".into()),
        parties: vec![PartyView {
            case: 7,
            number: "400-7/2026-01".into(),
            category: words.into(),
            role: words.into(),
        }],
        history: vec![HistoryView {
            title: words.into(),
            detail: words.into(),
            who: words.into(),
            at: "14:05".into(),
            machine: "x".into(),
        }],
        merged: vec![MergedView { merge: 9, name: words.into() }],
        may_edit: may,
        may_merge: may,
        conflict: may,
        problem: Some(Problem { words: words.into(), other: Some((8, words.into())) }),
    }
}
