//! The page of one case.

use axum::extract::{Path, Query as UrlQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::desk::{Around, DeskView};
use super::timeline::{Body, EntryView};
use super::view::{Choice, RowView, Viewer, for_people};
use crate::actions::answer::missing;
use crate::actions::draft::Mode;
use crate::domain::case::CaseRef;
use crate::domain::id::CaseId;
use crate::domain::permission::Right;
use crate::domain::task::TaskKind;
use crate::store::case::{CaseDetail, CaseRow};
use crate::web::auth::SignedIn;
use crate::web::client::is_partial;
use crate::web::deadlines::card::{DeadlinesView, deadlines};
use crate::web::error::WebError;
use crate::web::files::view::FileView;
use crate::web::page::{Page, html};
use crate::web::questions::{self, AnswerView};
use crate::web::state::App;

#[derive(Debug)]
pub struct CaseView {
    pub case: RowView,
    pub person: Option<PersonView>,
    pub timeline: Vec<EntryView>,
    pub others: Vec<RowView>,
    pub facts: Facts,
    pub answers: Vec<AnswerView>,
    /// Questions of the category that must be answered and are not.
    pub answers_missing: i64,
    /// Whether the category asks anything.
    pub asks: bool,
    pub may_answer: bool,
    pub deadlines: DeadlinesView,
    pub files: Vec<FileView>,
    pub may_remove_files: bool,
    pub may_add_files: bool,
    pub max_file_mb: u32,
    /// What the citizen types to hear the state by telephone.
    pub pin: String,
    pub desk: DeskView,
}

#[derive(Debug)]
pub struct PersonView {
    pub id: i64,
    pub name: String,
    pub address: String,
    /// As people write it, and for `tel:`.
    pub phones: Vec<(String, String)>,
}

/// What may be changed, as one form.
#[derive(Debug)]
pub struct Facts {
    pub version: i64,
    pub statuses: Vec<Choice>,
    pub users: Vec<Choice>,
    pub categories: Vec<Choice>,
    pub departments: Vec<Choice>,
    pub may_classify: bool,
    pub is_mine: bool,
    /// Somebody else was faster: what was chosen is not stored.
    pub conflict: bool,
}

#[derive(askama::Template)]
#[template(path = "cases/show.html")]
pub struct CasePage<'a> {
    pub page: &'a Page,
    pub view: CaseView,
}

/// What the live page replaces: head, facts, timeline.
#[derive(askama::Template)]
#[template(path = "cases/_case.html")]
pub struct CasePart<'a> {
    pub page: &'a Page,
    pub view: CaseView,
}

#[derive(Debug, Default, Deserialize)]
pub struct Notice {
    #[serde(default)]
    conflict: bool,
    /// The kind of words that the composer opens with.
    write: Option<Mode>,
}

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    UrlQuery(notice): UrlQuery<Notice>,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    let view = load(&app, &signed_in, CaseId(id), notice).await?;
    let page = &signed_in.page;
    if is_partial(&headers) { html(CasePart { page, view }) } else { html(CasePage { page, view }) }
}

/// The part again after a form of it was handled.
pub async fn part(app: &App, signed_in: &SignedIn, id: CaseId, conflict: bool) -> Result<Response, WebError> {
    let view = load(app, signed_in, id, Notice { conflict, write: None }).await?;
    let shown = html(CasePart { page: &signed_in.page, view })?;
    let status = if conflict { StatusCode::CONFLICT } else { StatusCode::OK };
    Ok((status, shown).into_response())
}

async fn load(app: &App, signed_in: &SignedIn, id: CaseId, notice: Notice) -> Result<CaseView, WebError> {
    signed_in.require(Right::ReadCases)?;
    let detail = app.actions.read_case(&signed_in.actor(), id).await?;
    let on = detail.case.facts();
    let case = CaseRef { id, number: detail.case.number.clone() };
    let pin = app.actions.case_pin(&signed_in.actor(), &case).await?;
    let stored = app.db.answers(id).await?;
    let directory = app.db.directory();
    let category = detail.case.category;
    let viewer = Viewer { locale: &signed_in.page.locale, directory: &directory };
    let may_manage = signed_in.page.may_on(Right::ManageDeadlines, &on);
    let opens_dangerous = signed_in.page.may(Right::OpenDangerousFiles);
    let around = around(app, signed_in, &detail, notice.write).await?;
    let person = person(&viewer, &detail);
    Ok(CaseView {
        desk: viewer.desk(&signed_in.page, &detail, person.as_ref(), &around),
        case: viewer.row(&detail.case),
        person,
        timeline: viewer.timeline(&detail),
        others: detail.others.iter().map(|row| viewer.row(row)).collect(),
        deadlines: deadlines(&viewer, &detail.deadlines, may_manage),
        facts: facts(&viewer, signed_in, &detail, notice.conflict),
        answers: questions::answers(viewer.locale, &directory, category, &stored),
        answers_missing: i64::try_from(missing(&directory, category, &stored).len()).unwrap_or(i64::MAX),
        asks: !directory.questions(category).is_empty(),
        files: detail.files.iter().map(|row| viewer.file(row, opens_dangerous)).collect(),
        may_remove_files: signed_in.page.may(Right::RemoveFile),
        may_add_files: signed_in.page.may(Right::AddFile),
        max_file_mb: app.config.max_file_mb,
        may_answer: signed_in.page.may(Right::EditFacts),
        pin,
    })
}

async fn around(
    app: &App,
    signed_in: &SignedIn,
    detail: &CaseDetail,
    write: Option<Mode>,
) -> Result<Around, WebError> {
    let (id, me) = (detail.case.id, signed_in.user.id);
    // What one may not read is not there, also when it is linked.
    let may_read = |row: &CaseRow| signed_in.page.may_on(Right::ReadCases, &row.facts());
    let mut links = app.db.links(id).await?;
    links.retain(|link| may_read(&link.other));
    Ok(Around {
        notices: app.db.notices(id).await?,
        waits: app.db.waiting_on(id, [TaskKind::Arrived, TaskKind::MailFailed]).await?,
        watchers: app.db.watchers(id).await?,
        links,
        whole: match detail.case.merged_into {
            Some(whole) => app.db.case_row(whole).await?.filter(may_read),
            None => None,
        },
        drafts: app.db.drafts(me, id).await?,
        editors: app.editors().others(id, me, app.clock.now()),
        templates: app.actions.templates_for(&signed_in.actor()).await?,
        macros: app.actions.macros_for(&signed_in.actor()).await?,
        write: write.unwrap_or(Mode::Note),
    })
}

fn person(viewer: &Viewer<'_>, detail: &CaseDetail) -> Option<PersonView> {
    detail.person.as_ref().map(|person| PersonView {
        id: person.id.0,
        name: viewer.script(&person.name),
        address: viewer.script(&person.address),
        phones: person.phones.iter().map(|p| (for_people(p.as_str()), p.to_string())).collect(),
    })
}

fn facts(viewer: &Viewer<'_>, signed_in: &SignedIn, detail: &CaseDetail, conflict: bool) -> Facts {
    let case = &detail.case;
    let text = |id: Option<String>| id.unwrap_or_default();
    Facts {
        version: case.version,
        statuses: viewer.next_statuses(case),
        users: viewer.users(&text(case.assignee.map(|u| u.to_string()))),
        categories: viewer.categories(&case.category.to_string()),
        departments: viewer.departments(&text(case.department.map(|d| d.to_string()))),
        may_classify: signed_in.page.may_on(Right::Classify, &case.facts()),
        is_mine: case.assignee == Some(signed_in.user.id),
        conflict,
    }
}
