//! Every template, rendered with samples in every language: what the compiler cannot see is seen here.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use askama::Template;
use jiff::Timestamp;

use super::admin::phones::{LinphoneConfig, PhoneView, PhonesPage, PlaceView, QrView, SecretView};
use super::admin::safety::{BannedView, LoudView, SafetyPage};
use super::admin::system::{self, CallsView, LinkView, PartView, SystemPage, TrunkView};
use super::admin::users::{UserView, UsersPage};
use super::board::view::{BoardView, board};
use super::board::{BoardPage, BoardPart};
use super::cases::bulk::{BulkForm, BulkPage, BulkRow, BulkRows, BulkView};
use super::cases::desk::{DeskView, SplitTie, TaskView, TieView, ToldView};
use super::cases::filter::Query;
use super::cases::list::{DueTab, Filters, ListPage, ListPart, ListView, RowsPart, Tab};
use super::cases::saved;
use super::cases::show::{CasePage, CasePart, CaseView, Facts, PersonView};
use super::cases::timeline::{Body, EntryView, FileLink, MailView, RecordingView, TurnView};
use super::cases::view::{Choice, Labelled, RowView, Viewer};
use super::dialplans::ProblemView;
use super::dialplans::check::{GraphPart, WalkPart, WalkView};
use super::dialplans::diff;
use super::dialplans::edit::{EditPage, EditView, Notice};
use super::dialplans::graph::{Graph, Traffic, draw};
use super::dialplans::list::{PlanCard, PlanState, PlansPage};
use super::dialplans::versions::{VersionView, VersionsPage};
use super::error::ErrorPage;
use super::files::view::FileView;
use super::i18n::Language;
use super::i18n::tests::locale;
use super::login::LoginPage;
use super::page::Page;
use super::questions::AnswerView;
use super::setup::SetupPage;
use super::{
    calendar, cases, catalogue, deadlines, follow, intake, kept_templates, line, macros, people, presence,
    questions, queues, search, tasks, webhooks,
};
use crate::domain::flow::Step;
use crate::domain::id::UserId;
use crate::domain::permission::{Role, RoleRules};
use crate::store::directory::{Directory, User};
use crate::store::queue::PauseReason;
use crate::telephony::handle::{
    Board, CallStage, CallView, Direction, OperatorState, OperatorView, QueueToday, QueueView,
    RecordingView as Recorded, Side, WaitingView, Warning,
};

/// What somebody may have sent us; it must come out as text.
const HOSTILE: &str = "<script>alert('1')</script> & \"цев\"";

#[test]
fn every_template_renders_in_every_language() {
    let mut rendered = BTreeSet::new();
    for language in Language::ALL {
        for (name, html) in pages(language) {
            rendered.insert(name);
            assert!(!html.contains("<script>"), "{name}: {html}");
            assert!(
                !html.contains(" style=") && !html.contains(" onclick="),
                "{name}: against our own policy"
            );
            if !name.contains("/_") {
                assert!(html.contains(&format!("<html lang=\"{}\">", language.code())), "{name}");
                assert_eq!(html.matches("<h1").count(), 1, "{name}: one heading of the first rank a page");
            }
            if language != Language::SerbianCyrillic {
                // Left out: the names of the languages in themselves, and what the sample citizen wrote.
                let ours = ["Ћирилица", "Ћир", "цев"].iter().fold(html, |text, word| text.replace(word, ""));
                let cyrillic: String = ours.chars().filter(|c| ('\u{400}'..'\u{500}').contains(c)).collect();
                assert_eq!(cyrillic, "", "{name} in {}", language.code());
            }
        }
    }
    let known = templates(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web/templates"), "");
    // The last is for a machine and has a test of its own.
    let included = [
        "base.html",
        "cases/_acts.html",
        "_export.html",
        "cases/_composer.html",
        "cases/_dialogs.html",
        "cases/_saved.html",
        "cases/_together.html",
        "cases/_answers.html",
        "catalogue/_key.html",
        "catalogue/_names.html",
        "catalogue/_search.html",
        "catalogue/_service.html",
        "catalogue/_tabs.html",
        "catalogue/_tree.html",
        "kept/_tabs.html",
        "webhooks/_events.html",
        "cases/_entry.html",
        "deadlines/_card.html",
        "cases/_files.html",
        "cases/_files_add.html",
        "dialplans/_diff.html",
        "board/_since.html",
        "admin/linphone.xml",
    ]
    .map(str::to_owned);
    let missing: Vec<_> =
        known.iter().filter(|t| !rendered.contains(t.as_str()) && !included.contains(t)).collect();
    assert!(missing.is_empty(), "no sample of {missing:?}");
}

fn templates(dir: &Path, under: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{under}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            found.extend(templates(&entry.path(), &format!("{name}/")));
        } else {
            found.push(name);
        }
    }
    found
}

fn pages(language: Language) -> Vec<(&'static str, String)> {
    let page = &page(language);
    let stranger = &Page { user: None, ..page.clone() };
    let problem = Some(HOSTILE.to_owned());
    let render = |name, html: askama::Result<String>| (name, html.unwrap());
    let mut pages = vec![
        render(
            "login.html",
            LoginPage { page: stranger, next: HOSTILE, name: HOSTILE, problem: problem.clone() }.render(),
        ),
        render(
            "setup.html",
            SetupPage {
                page: stranger,
                name: HOSTILE,
                login: "ana",
                problem: problem.clone(),
                password_min: 10,
            }
            .render(),
        ),
        render(
            "error.html",
            ErrorPage {
                page,
                title: "x".into(),
                text: HOSTILE.into(),
                reason: HOSTILE.into(),
                why: "/rights/why".into(),
                status: 404,
            }
            .render(),
        ),
        render("cases/list.html", ListPage { page, filters: filters(), list: list(vec![row()]) }.render()),
        render("cases/list.html", ListPage { page, filters: filters(), list: list(Vec::new()) }.render()),
        render("cases/_list.html", ListPart { page, list: list(Vec::new()) }.render()),
        render("cases/_rows.html", RowsPart { page, list: list(vec![row()]) }.render()),
        render("cases/bulk.html", BulkPage { page, view: bulk(false) }.render()),
        render("cases/bulk.html", BulkPage { page, view: bulk(true) }.render()),
        render("cases/split.html", cases::split::samples::page(page, row(), HOSTILE)),
        render("cases/_bulk_rows.html", BulkRows { view: bulk(true) }.render()),
        render("cases/show.html", CasePage { page, view: case(true) }.render()),
        render("cases/_case.html", CasePart { page, view: case(false) }.render()),
        render("board/show.html", BoardPage { page, view: live(page, true) }.render()),
        render("board/_board.html", BoardPart { page, view: live(page, false) }.render()),
        render(
            "dialplans/list.html",
            PlansPage { page, plans: vec![plan()], trouble: problem.clone() }.render(),
        ),
        render("dialplans/edit.html", EditPage { page, view: edited(page) }.render()),
        render("dialplans/_graph.html", GraphPart { page, graph: &graph(page) }.render()),
        render(
            "dialplans/_walk.html",
            WalkPart { page, walk: Some(walk()), problem: problem.clone() }.render(),
        ),
        render(
            "dialplans/versions.html",
            VersionsPage {
                page,
                name: "main".into(),
                versions: vec![version()],
                seen: "abc".into(),
                chunks: diff::chunks(HOSTILE, "x"),
                compared: true,
                notice: problem.clone(),
            }
            .render(),
        ),
        render("people/list.html", people::samples::list(page, HOSTILE)),
        render("people/show.html", people::samples::show(page, HOSTILE, true)),
        render("people/show.html", people::samples::show(page, HOSTILE, false)),
        render("people/merge.html", people::samples::merge(page, HOSTILE, true)),
        render("people/merge.html", people::samples::merge(page, HOSTILE, false)),
        render("search/show.html", search::samples::page(page, row(), HOSTILE)),
        render("search/show.html", search::samples::nothing(page, HOSTILE, true)),
        render("search/show.html", search::samples::nothing(page, HOSTILE, false)),
        render("intake/new.html", intake::samples::new(page, HOSTILE)),
        render("intake/_people.html", intake::samples::people(page, HOSTILE)),
        render("intake/_similar.html", intake::samples::similar(page, HOSTILE, row())),
        render("intake/slip.html", intake::samples::slip(page, HOSTILE)),
        render("follow/show.html", follow::samples::asked(stranger, HOSTILE)),
        render("follow/show.html", follow::samples::found(stranger, HOSTILE)),
        render("queues/list.html", queues::samples::list(page, HOSTILE)),
        render("queues/edit.html", queues::samples::edit(page, HOSTILE)),
        render("questions/_fields.html", questions::samples::part(page, HOSTILE)),
        render("questions/edit.html", questions::edit::sample(page, HOSTILE)),
        render("calendar/show.html", calendar::samples::show(page, HOSTILE)),
        render("deadlines/list.html", deadlines::samples::list(page, HOSTILE)),
        render("deadlines/edit.html", deadlines::samples::edit(page, HOSTILE)),
        render("tasks/show.html", tasks::samples::show(page, HOSTILE, row())),
        render("tasks/show.html", tasks::samples::nothing(page)),
        render("privacy/report.html", super::privacy::samples::report(page, HOSTILE)),
        render("privacy/erase.html", super::privacy::samples::erase(page, HOSTILE, false)),
        render("privacy/erase.html", super::privacy::samples::erase(page, HOSTILE, true)),
        render("privacy/retention.html", super::privacy::samples::retention(page, HOSTILE)),
        render("audit/list.html", super::audit::samples::list(page, HOSTILE)),
        render("line/_line.html", line::samples::part(page, row, HOSTILE)),
        render("presence/_presence.html", presence::samples::part(page, HOSTILE)),
        render(
            "admin/users.html",
            UsersPage {
                page,
                users: users(),
                roles: choices(),
                departments: choices(),
                problem,
                password_min: 10,
            }
            .render(),
        ),
        render(
            "login_code.html",
            super::login::CodePage { page: stranger, next: HOSTILE, problem: Some(HOSTILE.into()) }.render(),
        ),
        render("account/show.html", super::account::samples::account(page, HOSTILE, true)),
        render("account/show.html", super::account::samples::account(page, HOSTILE, false)),
        render(
            "account/second_factor.html",
            super::account::second_factor::samples::second_factor(page, HOSTILE, false),
        ),
        render(
            "account/second_factor.html",
            super::account::second_factor::samples::second_factor(page, HOSTILE, true),
        ),
        render("admin/tokens.html", super::admin::tokens::samples::tokens(page, HOSTILE)),
        render("rights/matrix.html", super::rights::samples::matrix(page, HOSTILE)),
        render("rights/cell.html", super::rights::cell::samples::cell(page, HOSTILE)),
        render("rights/why.html", super::rights::why::samples::why(page, HOSTILE)),
        render("admin/phones.html", phones(page).render()),
        render("admin/safety.html", safety(page).render()),
        render(
            "admin/system.html",
            SystemPage {
                page,
                parts: vec![part()],
                calls: Some(calls()),
                links: vec![link()],
                mails: vec![link()],
                waiting: Some(system::WaitingView {
                    too_long: true,
                    line: HOSTILE.into(),
                    why: HOSTILE.into(),
                }),
                version: "0.1.0",
            }
            .render(),
        ),
    ];
    pages.push(render("webhooks/list.html", webhooks::samples::list(page, HOSTILE)));
    pages.push(render("webhooks/show.html", webhooks::samples::show(page, HOSTILE)));
    pages.extend(
        kept_templates::samples::pages(page, HOSTILE).into_iter().map(|(name, html)| render(name, html)),
    );
    let tried = (row(), case(true).timeline);
    pages.extend(
        macros::samples::pages(page, HOSTILE, tried).into_iter().map(|(name, html)| render(name, html)),
    );
    pages.extend(catalogue::samples::pages(page, HOSTILE).into_iter().map(|(name, html)| render(name, html)));
    pages
}

pub fn page(language: Language) -> Page {
    let user = User {
        id: UserId(1),
        login: "ana".into(),
        name: HOSTILE.into(),
        role: Role::Administrator,
        role_id: RoleRules::seeded_id(Role::Administrator),
        department: None,
        active: true,
    };
    let roles = Role::ALL.iter().map(|role| RoleRules::seeded(*role)).collect();
    let directory = Directory { users: vec![user.clone()], roles, ..Directory::default() };
    Page {
        locale: locale(language),
        user: Some(user),
        directory: Arc::new(directory),
        csrf: "0".repeat(64),
        municipality: HOSTILE.into(),
        tasks: 100,
        here: "/cases?q=<script>".into(),
    }
}

fn row() -> RowView {
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

fn list(rows: Vec<RowView>) -> ListView {
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

fn filters() -> Filters {
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

fn choices() -> Vec<Choice> {
    vec![Choice { value: "1".into(), label: HOSTILE.into(), chosen: true }]
}

fn bulk(done: bool) -> BulkView {
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

fn desk() -> DeskView {
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

fn case(known: bool) -> CaseView {
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

fn file(bad: bool) -> FileView {
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

/// Everything at once, or nothing at all.
fn live(page: &Page, busy: bool) -> BoardView {
    let directory = crate::store::directory::Directory::default();
    let viewer = Viewer { locale: &page.locale, directory: &directory };
    let sample = if busy { sample_board() } else { Board::default() };
    let reasons = [PauseReason {
        key: String::from("meal"),
        name_sr: "Оброк".into(),
        name_en: "Meal".into(),
        retired: false,
    }];
    board(&sample, &viewer, &reasons, page.user.as_ref().unwrap(), busy)
}

fn plan() -> PlanCard {
    PlanCard {
        name: "main".into(),
        numbers: vec![HOSTILE.into()],
        size: HOSTILE.into(),
        state: PlanState::Differs,
        author: HOSTILE.into(),
        at: "14:05".into(),
        note: HOSTILE.into(),
        problems: vec![plan_problem()],
    }
}

fn plan_problem() -> ProblemView {
    ProblemView {
        plan: "other".into(),
        line: 3,
        column: 9,
        width: 4,
        message: HOSTILE.into(),
        help: HOSTILE.into(),
        notes: vec![HOSTILE.into()],
    }
}

fn edited(page: &Page) -> EditView {
    EditView {
        name: "main".into(),
        text: HOSTILE.into(),
        seen: "abc".into(),
        note: HOSTILE.into(),
        problems: vec![plan_problem()],
        size: HOSTILE.into(),
        graph: Some(graph(page)),
        today: HOSTILE.into(),
        number: HOSTILE.into(),
        now: "2026-11-22T14:05".into(),
        last: HOSTILE.into(),
        notice: Some(Notice::Conflict(diff::chunks(HOSTILE, "x"))),
        note_chars: 300,
    }
}

fn graph(page: &Page) -> Graph {
    let plan = crate::dialplan::parse::parse("main", crate::dialplan::SHIPPED).plan.unwrap();
    let mut traffic = Traffic::default();
    traffic.now.insert(plan.nodes[0].name.clone(), 2);
    draw(&plan, &traffic, page).unwrap()
}

fn walk() -> WalkView {
    let line = ("10:00:00".into(), HOSTILE.into(), HOSTILE.into());
    WalkView { lines: vec![line], path: HOSTILE.into(), outcome: HOSTILE.into(), unused: HOSTILE.into() }
}

fn version() -> VersionView {
    VersionView {
        id: 1,
        revision: "abc".into(),
        author: HOSTILE.into(),
        at: "14:05".into(),
        whole: "14:05".into(),
        note: HOSTILE.into(),
        in_force: false,
        is_old: true,
        is_new: false,
    }
}

fn users() -> Vec<UserView> {
    vec![UserView {
        id: 1,
        login: "ana".into(),
        name: HOSTILE.into(),
        role: HOSTILE.into(),
        department: HOSTILE.into(),
        roles: choices(),
        departments: choices(),
        has_second_factor: true,
        email: super::account::email::EmailView {
            address: HOSTILE.into(),
            failed: HOSTILE.into(),
            ..Default::default()
        },
        active: true,
        is_me: true,
    }]
}

fn part() -> PartView {
    PartView { name: HOSTILE.into(), works: false, state: HOSTILE.into(), why: HOSTILE.into() }
}

fn calls() -> CallsView {
    let trunk = TrunkView {
        name: HOSTILE.into(),
        lamp: "is-bad",
        state: HOSTILE.into(),
        way: HOSTILE.into(),
        target: "192.0.2.1:5060 (+1)".into(),
        registered_until: "14:05".into(),
        round_trip: "12 ms".into(),
        channels: "1 / 30".into(),
        spent: "0.00".into(),
        last_seen: String::new(),
        why: HOSTILE.into(),
    };
    CallsView {
        live: 1,
        accepted: 2,
        refused: 3,
        listening: vec!["udp 0.0.0.0:5060".into()],
        trunks: vec![trunk],
    }
}

fn link() -> LinkView {
    LinkView {
        part: part(),
        address: "127.0.0.1:2775".into(),
        since: "14:05".into(),
        received: 1,
        accepted: 2,
        refused: 0,
        outstanding: 3,
    }
}

fn sample_board() -> Board {
    let at = Timestamp::UNIX_EPOCH;
    let call = |call: u64, stage, recording| CallView {
        call,
        interaction: None,
        direction: Direction::In,
        caller: Some(HOSTILE.into()),
        called: "+38121480000".into(),
        since: at,
        stage,
        stage_since: at,
        plan: Some("main".into()),
        node: Some(HOSTILE.into()),
        queue: (call.is_multiple_of(2)).then(|| "operators".into()),
        operators: vec![UserId(7)],
        listeners: vec![UserId(8)],
        recording,
        warning: Some(Warning::NothingArrives {
            from: Side::Caller,
            address: "10.0.0.5".into(),
            private: true,
        }),
    };
    let operator = |id: i64, state| OperatorView {
        user: UserId(id),
        name: HOSTILE.into(),
        extension: Some("101".into()),
        state,
        since: at,
        phones: 1,
        call: Some(1),
        queues: Vec::new(),
    };
    let waiting = |position| WaitingView {
        call: 2,
        position,
        since: at,
        expected_s: Some(90),
        callback: position > 1,
        ringing: Some(UserId(7)),
    };
    Board {
        at,
        calls: vec![
            call(1, CallStage::Talking, Recorded::Running),
            call(2, CallStage::Held, Recorded::Paused),
            call(3, CallStage::Plan, Recorded::No),
        ],
        operators: vec![
            operator(7, OperatorState::Talking),
            operator(8, OperatorState::Paused { reason: HOSTILE.into() }),
            operator(9, OperatorState::Offline),
        ],
        queues: vec![QueueView {
            queue: "operators".into(),
            name: HOSTILE.into(),
            waiting: (1..=20).map(waiting).collect(),
            ready: 1,
            talking: 2,
            wrap_up: 3,
            paused: 4,
            today: QueueToday {
                offered: 9,
                answered: 7,
                abandoned: 2,
                answered_in_time: 6,
                average_wait_s: 42,
            },
        }],
    }
}

fn phones(page: &Page) -> PhonesPage<'_> {
    let place = PlaceView {
        remote: "198.51.100.7:40000".into(),
        transport: "UDP",
        user_agent: HOSTILE.into(),
        since: "14:05".into(),
        nat: true,
    };
    let phone = |places| PhoneView {
        id: 1,
        label: HOSTILE.into(),
        username: "ana-k7fm".into(),
        added: "14:05".into(),
        last_seen: String::new(),
        places,
    };
    let secret = SecretView {
        label: HOSTILE.into(),
        server: "odziv.example".into(),
        username: "ana-k7fm".into(),
        password: "k7fm-2q9x".into(),
        uri: "sip:ana-k7fm:k7fm-2q9x@odziv.example;transport=tls".into(),
        link: HOSTILE.into(),
        qr: Some(QrView { side: 21, path: "M0 0h1v1h-1z".into() }),
    };
    PhonesPage {
        page,
        user_id: 1,
        name: HOSTILE.into(),
        login: "ana".into(),
        extension: "201".into(),
        phones: vec![phone(vec![place]), phone(Vec::new())],
        secret: Some(secret),
        problem: Some(HOSTILE.into()),
    }
}

fn safety(page: &Page) -> SafetyPage<'_> {
    let ban = BannedView {
        address: "192.0.2.66".into(),
        why: HOSTILE.into(),
        since: "14:05".into(),
        until: "14:15".into(),
        dropped: 7,
    };
    let loud = |proven| LoudView { source: "192.0.2.66".into(), heard: 9, dropped: 1, proven };
    SafetyPage {
        page,
        bans: vec![ban],
        sources: vec![loud(true), loud(false)],
        counts: crate::telephony::handle::DoorCounts::default(),
    }
}

#[test]
fn configuration_for_linphone_is_escaped() {
    let config = LinphoneConfig {
        name: HOSTILE.into(),
        username: "ana-k7fm".into(),
        password: "k7fm-2q9x".into(),
        realm: "odziv".into(),
        host: "odziv.example".into(),
        server: "odziv.example:5062".into(),
        transport: "tls",
    };
    let xml = config.render().unwrap();
    assert!(!xml.contains("<script>"));
    assert!(xml.contains("&lt;sip:odziv.example:5062;transport=tls&gt;"), "{xml}");
}
