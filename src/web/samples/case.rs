//! A list of cases, and a case with everything that it may have.

use super::*;

pub(super) fn row() -> RowView {
    RowView {
        id: 7,
        number: "400-7/2026-01".into(),
        channel: Labelled { word: "call", label: HOSTILE.into() },
        status: Labelled { word: "new", label: HOSTILE.into() },
        category: HOSTILE.into(),
        department: HOSTILE.into(),
        assignee: HOSTILE.into(),
        who: HOSTILE.into(),
        phone: HOSTILE.into(),
        summary: HOSTILE.into(),
        due: Some(deadlines::samples::due(HOSTILE)),
        opened: "14:05".into(),
        opened_whole: "22.11.2026. 14:05".into(),
        opened_machine: Timestamp::UNIX_EPOCH.to_string(),
    }
}

pub(super) fn list(rows: Vec<RowView>) -> ListView {
    let tab = Tab { word: "new", label: HOSTILE.into(), address: "/cases".into(), count: 3, chosen: true };
    let query = Query { q: HOSTILE.into(), ..Query::default() };
    let due = DueTab {
        word: "overdue",
        label: HOSTILE.into(),
        address: "/cases".into(),
        count: "999+".into(),
        is_none: false,
        chosen: true,
    };
    ListView {
        query,
        tabs: vec![tab],
        dues: vec![due],
        saved: Some(saved::samples::saved(HOSTILE)),
        rows,
        more: Some("/cases?after=1.1&q=<script>".into()),
    }
}

pub(super) fn filters() -> Filters {
    Filters {
        channels: choices(),
        categories: choices(),
        departments: choices(),
        users: choices(),
        outcomes: choices(),
        told: choices(),
        orders: choices(),
    }
}

pub(super) fn choices() -> Vec<Choice> {
    vec![Choice { value: "1".into(), label: HOSTILE.into(), chosen: true }]
}

pub(super) fn bulk(done: bool) -> BulkView {
    let form = BulkForm {
        cases: HOSTILE.into(),
        filter: HOSTILE.into(),
        action: HOSTILE.into(),
        words: HOSTILE.into(),
        ..BulkForm::default()
    };
    BulkView {
        form,
        rows: vec![BulkRow { case: row(), state: "no", why: HOSTILE.into() }],
        ready: HOSTILE.into(),
        ready_count: 1,
        actions: choices(),
        users: choices(),
        departments: choices(),
        categories: choices(),
        macros: choices(),
        cut: true,
        problem: Some(HOSTILE.into()),
        done,
    }
}

pub(super) fn desk() -> DeskView {
    DeskView {
        version: 3,
        steps: Step::ALL.iter().map(|step| step.as_str()).collect(),
        may_reply: true,
        may_merge: true,
        may_link: true,
        may_place: true,
        may_watch: true,
        watching: true,
        watchers: HOSTILE.into(),
        place: HOSTILE.into(),
        told: Some(ToldView { word: "failed", line: HOSTILE.into(), outcome: HOSTILE.into() }),
        waits: vec![HOSTILE.into()],
        tasks: vec![TaskView {
            notice: 1,
            title: HOSTILE.into(),
            words: HOSTILE.into(),
            phones: vec![("064/123-45-67".into(), "+381641234567".into())],
        }],
        outcomes: choices(),
        ways: choices(),
        departments: choices(),
        whom: HOSTILE.into(),
        note: HOSTILE.into(),
        reply: HOSTILE.into(),
        answer: HOSTILE.into(),
        editors: HOSTILE.into(),
        whole: Some(row()),
        parts: vec![row()],
        parts_unread: 2,
        links: vec![TieView { kind: "related", label: HOSTILE.into(), from: 1, to: 2, other: row() }],
        may_split: true,
        may_annul: true,
        origin: Some(SplitTie { id: 1, number: HOSTILE.into(), part: 2 }),
        splits: vec![SplitTie { id: 2, number: HOSTILE.into(), part: 2 }],
        link_kinds: choices(),
        hand_ways: choices(),
        note_templates: choices(),
        reply_templates: choices(),
        answer_templates: choices(),
        letters: choices(),
        macros: choices(),
        write: "reply",
    }
}

pub(super) fn case(known: bool) -> CaseView {
    let person = PersonView {
        id: 3,
        name: HOSTILE.into(),
        address: HOSTILE.into(),
        phones: vec![("064/123-45-67".into(), "+381641234567".into())],
    };
    let bodies = [
        Body::None,
        Body::Detail(HOSTILE.into()),
        Body::Words(HOSTILE.into()),
        Body::Change { from: HOSTILE.into(), to: HOSTILE.into() },
        Body::Text { words: HOSTILE.into(), state: Labelled { word: "delivered", label: HOSTILE.into() } },
        Body::File(FileLink { id: Some(1), name: HOSTILE.into(), about: HOSTILE.into() }),
        Body::File(FileLink { id: None, name: HOSTILE.into(), about: HOSTILE.into() }),
        Body::Mail(MailView {
            subject: HOSTILE.into(),
            words: HOSTILE.into(),
            rest: HOSTILE.into(),
            hint: HOSTILE.into(),
            state: Some(Labelled { word: "accepted", label: HOSTILE.into() }),
        }),
        Body::Recording(RecordingView {
            id: 1,
            length: "0:42".into(),
            seconds: 42.0,
            turns: ["0:00", "0:21"]
                .map(|from| TurnView { seconds: 21.0, from: from.into(), who: HOSTILE.into() })
                .into(),
        }),
    ];
    let timeline = bodies.into_iter().map(|body| EntryView {
        id: 1,
        day: Some(HOSTILE.into()),
        icon: "note",
        title: HOSTILE.into(),
        who: HOSTILE.into(),
        time: "14:05".into(),
        whole: "14:05".into(),
        machine: "x".into(),
        body,
        internal: true,
        of: HOSTILE.into(),
        went: vec![(1, HOSTILE.into())],
        group: "note",
    });
    CaseView {
        files: vec![file(false), file(true)],
        may_remove_files: known,
        may_add_files: known,
        max_file_mb: 25,
        desk: desk(),
        pin: "4071".into(),
        case: row(),
        person: known.then_some(person),
        timeline: timeline.collect(),
        others: vec![row()],
        deadlines: deadlines::samples::card(HOSTILE),
        facts: Facts {
            version: 3,
            statuses: choices(),
            users: choices(),
            categories: choices(),
            departments: choices(),
            may_classify: known,
            is_mine: known,
            conflict: known,
        },
        answers: vec![AnswerView { question: HOSTILE.into(), answer: HOSTILE.into() }],
        answers_missing: 2,
        asks: known,
        may_answer: known,
    }
}

pub(super) fn file(bad: bool) -> FileView {
    FileView {
        id: 3,
        name: HOSTILE.into(),
        about: "PDF · 1,2 MB".into(),
        who: HOSTILE.into(),
        when: "14:05".into(),
        when_whole: "14:05".into(),
        when_machine: "x".into(),
        is_picture: !bad,
        is_shown: !bad,
        icon: "file",
        internal: bad,
        mismatch: true,
        danger: bad.then(|| HOSTILE.into()),
        locked: bad,
    }
}
