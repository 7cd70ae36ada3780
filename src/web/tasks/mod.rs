//! What waits for me: reminders, what was passed up to me, and my cases in the order in which they are due.

#[cfg(test)]
pub mod samples;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};

use crate::domain::id::TaskId;
use crate::domain::permission::Right;
use crate::domain::task::TaskKind;
use crate::store::case_list::{Assignee, CaseFilter, DueWindow};
use crate::store::task::{OpenTask, TASKS_COUNTED};
use crate::web::auth::SignedIn;
use crate::web::cases::view::{Labelled, RowView, Viewer};
use crate::web::deadlines::chip::DueView;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

/// Of my own cases; the rest is in the list.
const CASES: u32 = 50;

#[derive(Debug)]
pub struct TaskView {
    pub id: i64,
    pub case: i64,
    pub number: String,
    pub category: String,
    pub summary: String,
    pub kind: Labelled,
    /// What it is about: for a deadline its name.
    pub subject: String,
    pub due: Option<DueView>,
    pub since: String,
    pub machine: String,
}

#[derive(askama::Template)]
#[template(path = "tasks/show.html")]
pub struct TasksPage<'a> {
    pub page: &'a Page,
    pub tasks: Vec<TaskView>,
    pub cases: Vec<RowView>,
}

pub async fn show(State(app): State<App>, signed_in: SignedIn) -> Result<Response, WebError> {
    signed_in.require(Right::ReadCases)?;
    app.actions.list_viewed(&signed_in.actor(), "tasks").await?;
    let page = &signed_in.page;
    let directory = app.db.directory();
    let viewer = Viewer { locale: &page.locale, directory: &directory };
    let tasks = app.db.open_tasks(signed_in.user.id, &signed_in.reach(), TASKS_COUNTED).await?;
    let filter = CaseFilter {
        assignee: Some(Assignee::User(signed_in.user.id)),
        due: Some(DueWindow::default()),
        reach: signed_in.reach(),
        ..CaseFilter::default()
    };
    let cases = app.db.case_list(&filter, None, CASES).await?;
    html(TasksPage {
        page,
        tasks: tasks.iter().map(|task| view(&viewer, task)).collect(),
        cases: cases.rows.iter().map(|row| viewer.row(row)).collect(),
    })
}

pub async fn finish(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, WebError> {
    app.actions.finish_task(&signed_in.actor(), TaskId(id)).await?;
    Ok(Redirect::to("/tasks").into_response())
}

fn view(viewer: &Viewer<'_>, task: &OpenTask) -> TaskView {
    let locale = viewer.locale;
    TaskView {
        id: task.id.0,
        case: task.case.0,
        number: task.number.to_string(),
        category: viewer.category(task.category),
        summary: task.summary.clone(),
        kind: Labelled { word: task.kind.as_str(), label: locale.word("task", task.kind.as_str()) },
        subject: subject(viewer, task),
        due: task.due_at.map(|due| DueView::new(locale, due)),
        since: locale.short(task.at),
        machine: task.at.to_string(),
    }
}

/// What it is about, in words.
pub fn subject(viewer: &Viewer<'_>, task: &OpenTask) -> String {
    let locale = viewer.locale;
    match task.kind {
        TaskKind::TellCitizen => locale.word(&format!("notice-{}", task.subject), "failed"),
        TaskKind::Arrived => locale.word("arrived", &task.subject),
        TaskKind::MailFailed => locale.word("mail-failed", &task.subject),
        TaskKind::Watched => locale.word("watched", &task.subject),
        TaskKind::DeadlineNear | TaskKind::DeadlineMissed | TaskKind::Escalated => {
            viewer.profile(&task.subject)
        }
    }
}
