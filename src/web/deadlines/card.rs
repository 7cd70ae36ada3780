//! Deadlines on the page of their case: where each stands and why, and the forms to pause, resume and extend it.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::chip::{DueView, moment};
use super::explain::{amount, explain};
use crate::domain::deadline::{DeadlineState, PauseReason};
use crate::domain::id::{CaseId, DeadlineId};
use crate::store::deadline::Deadline;
use crate::web::auth::SignedIn;
use crate::web::cases::show;
use crate::web::cases::view::{Choice, Labelled, Viewer};
use crate::web::client::is_partial;
use crate::web::error::WebError;
use crate::web::state::App;

#[derive(Debug)]
pub struct DeadlineView {
    pub id: i64,
    pub name: String,
    pub goal: String,
    pub state: Labelled,
    /// While it runs.
    pub due: Option<DueView>,
    /// When the time was over or, of a paused one, would have been.
    pub due_at: String,
    /// When it was met or dropped.
    pub ended: String,
    pub explanation: Vec<String>,
    pub paused: Option<PausedView>,
    pub may_pause: bool,
    pub may_resume: bool,
    /// How much may still be added, in words and as a number; 0: nothing.
    pub extend_by: u32,
    pub extend_words: String,
}

#[derive(Debug)]
pub struct PausedView {
    pub since: String,
    pub reason: String,
    pub words: String,
}

/// All of one case, and what is offered for a pause.
#[derive(Debug, Default)]
pub struct DeadlinesView {
    pub live: Vec<DeadlineView>,
    pub over: Vec<DeadlineView>,
    pub reasons: Vec<Choice>,
}

#[derive(Debug, Deserialize)]
pub struct PauseForm {
    reason: PauseReason,
    #[serde(default)]
    words: String,
}

#[derive(Debug, Deserialize)]
pub struct ExtendForm {
    by: u32,
    words: String,
}

/// `may`: whether the reader may pause, resume and extend.
pub fn deadlines(viewer: &Viewer<'_>, all: &[Deadline], may: bool) -> DeadlinesView {
    let (live, over): (Vec<&Deadline>, Vec<&Deadline>) = all.iter().partition(|d| d.state.is_live());
    let views = |list: Vec<&Deadline>| list.into_iter().map(|d| deadline(viewer, d, may)).collect();
    let reason = |reason: &PauseReason| Choice {
        value: reason.as_str().to_owned(),
        label: viewer.locale.word("pause", reason.as_str()),
        chosen: false,
    };
    DeadlinesView {
        live: views(live),
        over: views(over),
        reasons: PauseReason::ALL.iter().map(reason).collect(),
    }
}

fn deadline(viewer: &Viewer<'_>, deadline: &Deadline, may: bool) -> DeadlineView {
    let locale = viewer.locale;
    let (state, terms) = (deadline.state, &deadline.terms);
    let is_running = state == DeadlineState::Running;
    let extend_by = if may && state.is_live() { deadline.may_extend_by() } else { 0 };
    DeadlineView {
        id: deadline.id.0,
        name: viewer.profile(&deadline.profile),
        goal: locale.word("goal", terms.goal.as_str()),
        state: Labelled { word: state.as_str(), label: locale.word("deadline-state", state.as_str()) },
        due: is_running.then(|| DueView::new(locale, deadline.due_at)),
        due_at: moment(locale, deadline.due_at),
        ended: deadline.ended_at.map(|at| locale.moment(at)).unwrap_or_default(),
        explanation: explain(locale, &deadline.explanation),
        paused: deadline.open_pause().map(|pause| PausedView {
            since: locale.moment(pause.from),
            reason: locale.word("pause", pause.reason.as_str()),
            words: pause.words.clone(),
        }),
        may_pause: may && is_running && deadline.due_at > locale.now,
        may_resume: may && state == DeadlineState::Paused,
        extend_by,
        extend_words: amount(locale, terms.unit, extend_by),
    }
}

impl Viewer<'_> {
    /// What people call a profile; one that is no more, by its key.
    pub fn profile(&self, key: &str) -> String {
        let profile = self.directory.deadline_profile(key);
        profile.map_or_else(|| key.to_owned(), |p| self.locale.name(&p.name_sr, Some(&p.name_en)))
    }
}

pub async fn pause(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((case, deadline)): Path<(i64, i64)>,
    headers: HeaderMap,
    Form(form): Form<PauseForm>,
) -> Result<Response, WebError> {
    let (case, deadline) = (CaseId(case), DeadlineId(deadline));
    app.actions.pause_deadline(&signed_in.actor(), case, deadline, form.reason, &form.words).await?;
    answer(&app, &signed_in, case, &headers).await
}

pub async fn resume(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((case, deadline)): Path<(i64, i64)>,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    let (case, deadline) = (CaseId(case), DeadlineId(deadline));
    app.actions.resume_deadline(&signed_in.actor(), case, deadline).await?;
    answer(&app, &signed_in, case, &headers).await
}

pub async fn extend(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((case, deadline)): Path<(i64, i64)>,
    headers: HeaderMap,
    Form(form): Form<ExtendForm>,
) -> Result<Response, WebError> {
    let (case, deadline) = (CaseId(case), DeadlineId(deadline));
    app.actions.extend_deadline(&signed_in.actor(), case, deadline, form.by, &form.words).await?;
    answer(&app, &signed_in, case, &headers).await
}

async fn answer(
    app: &App,
    signed_in: &SignedIn,
    case: CaseId,
    headers: &HeaderMap,
) -> Result<Response, WebError> {
    if is_partial(headers) {
        return show::part(app, signed_in, case, false).await;
    }
    Ok(Redirect::to(&format!("/cases/{case}#deadlines")).into_response())
}
