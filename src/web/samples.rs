//! Every template, rendered with samples in every language: what the compiler cannot see is seen here.

mod board;
mod case;
mod dialplans;
mod office;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use askama::Template;
use jiff::Timestamp;

use self::board::*;
use self::case::*;
use self::dialplans::*;
use self::office::*;
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
    calendar, campaigns, cases, catalogue, deadlines, dialer, follow, intake, kept_templates, line, macros,
    people, presence, questions, queues, search, surveys, tasks, webhooks,
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
        "campaigns/_tabs.html",
        "surveys/_ask.html",
        "surveys/_fields.html",
        "surveys/_versions.html",
        "surveys/_tabs.html",
        "dialer/_outcome.html",
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
        render("opt_outs/list.html", super::opt_outs::samples::list(page, HOSTILE, true)),
        render("opt_outs/list.html", super::opt_outs::samples::list(page, HOSTILE, false)),
        render("opt_outs/import.html", super::opt_outs::samples::import(page, HOSTILE, false)),
        render("opt_outs/import.html", super::opt_outs::samples::import(page, HOSTILE, true)),
        render("opt_outs/unsubscribe.html", super::opt_outs::samples::unsubscribe(page, false)),
        render("opt_outs/unsubscribe.html", super::opt_outs::samples::unsubscribe(page, true)),
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
    pages.extend(dialer::samples::pages(page, HOSTILE).into_iter().map(|(name, html)| render(name, html)));
    pages.extend(surveys::samples::pages(page, HOSTILE).into_iter().map(|(name, html)| render(name, html)));
    pages.extend(campaigns::samples::pages(page, HOSTILE).into_iter().map(|(name, html)| render(name, html)));
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
        troubles: vec!["/system"],
        here: "/cases?q=<script>".into(),
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
