//! The verbs of the case's page: each form is one of them.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::change;
use crate::actions::ActionError;
use crate::actions::draft::Mode;
use crate::actions::outcome::{NewAnswer, Settled};
use crate::domain::case::{CaseNumber, Outcome};
use crate::domain::flow::Step;
use crate::domain::id::{CaseId, DepartmentId, NoticeId};
use crate::domain::kept_template::first_gap;
use crate::domain::link::LinkKind;
use crate::domain::notice::{ByHand, Way};
use crate::web::auth::SignedIn;
use crate::web::editors::GONE_AFTER;
use crate::web::error::WebError;
use crate::web::state::App;

#[derive(Debug, Deserialize)]
pub struct AnswerForm {
    version: i64,
    outcome: Outcome,
    #[serde(default)]
    words: String,
    #[serde(default)]
    silence: String,
    #[serde(default)]
    note: String,
}

pub async fn answer(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    headers: HeaderMap,
    Form(form): Form<AnswerForm>,
) -> Result<Response, WebError> {
    let AnswerForm { version, outcome, words, silence, note } = form;
    no_gap(&signed_in, &words)?;
    let answer = NewAnswer { outcome, words, silence, note };
    let done = app.actions.answer_case(&signed_in.actor(), CaseId(id), version, answer).await;
    if done.is_ok() {
        app.actions.keep_draft(&signed_in.actor(), CaseId(id), Mode::Answer, "").await?;
    }
    stored(&app, &signed_in, CaseId(id), done, &headers, "answer-stored").await
}

#[derive(Debug, Deserialize)]
pub struct ReplyForm {
    words: String,
    /// Empty: as the citizen chose.
    #[serde(default)]
    way: String,
}

pub async fn reply(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    headers: HeaderMap,
    Form(form): Form<ReplyForm>,
) -> Result<Response, WebError> {
    no_gap(&signed_in, &form.words)?;
    let way: Option<Way> = form.way.parse().ok();
    let done = app.actions.reply(&signed_in.actor(), CaseId(id), &form.words, way).await;
    if done.is_ok() {
        app.actions.keep_draft(&signed_in.actor(), CaseId(id), Mode::Reply, "").await?;
    }
    stored(&app, &signed_in, CaseId(id), done, &headers, "reply-stored").await
}

/// The verbs refuse it too; here the reader is told which gap it is.
fn no_gap(signed_in: &SignedIn, words: &str) -> Result<(), WebError> {
    let told = |gap: &str| Err(WebError::Told(signed_in.page.with("gap-unfilled", "gap", gap)));
    first_gap(words).map_or(Ok(()), told)
}

/// One form for the steps that need few words or none.
#[derive(Debug, Deserialize)]
pub struct StepForm {
    version: i64,
    step: Step,
    #[serde(default)]
    reason: String,
    department: Option<i64>,
}

pub async fn step(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    headers: HeaderMap,
    Form(form): Form<StepForm>,
) -> Result<Response, WebError> {
    let (actor, case) = (signed_in.actor(), CaseId(id));
    let StepForm { version, step, reason, department } = form;
    let done = match step {
        Step::TakeUp | Step::PutBack | Step::Close => {
            app.actions.set_status(&actor, case, version, step.to()).await
        }
        Step::Forward => match department {
            Some(to) => app.actions.forward_case(&actor, case, version, DepartmentId(to), &reason).await,
            None => Err(ActionError::Invalid("no service was chosen".into())),
        },
        Step::SendBack => app.actions.return_case(&actor, case, version, &reason).await,
        Step::Reopen => app.actions.reopen_case(&actor, case, version, &reason).await,
        Step::Answer => Err(ActionError::Invalid("an answer is a form of its own".into())),
    };
    change::answer(&app, &signed_in, case, done.map(drop).map_err(WebError::from), &headers).await
}

#[derive(Debug, Deserialize)]
pub struct PlaceForm {
    version: i64,
    place: String,
}

pub async fn place(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    headers: HeaderMap,
    Form(form): Form<PlaceForm>,
) -> Result<Response, WebError> {
    let done = app.actions.set_place(&signed_in.actor(), CaseId(id), form.version, &form.place).await;
    change::answer(&app, &signed_in, CaseId(id), done.map(drop).map_err(WebError::from), &headers).await
}

#[derive(Debug, Deserialize)]
pub struct WatchForm {
    watch: bool,
}

/// For oneself.
pub async fn watch(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    headers: HeaderMap,
    Form(form): Form<WatchForm>,
) -> Result<Response, WebError> {
    let (actor, me, case) = (signed_in.actor(), signed_in.user.id, CaseId(id));
    let done = if form.watch {
        app.actions.watch(&actor, case, me).await
    } else {
        app.actions.unwatch(&actor, case, me).await
    };
    change::answer(&app, &signed_in, case, done.map(drop).map_err(WebError::from), &headers).await
}

#[derive(Debug, Deserialize)]
pub struct SettleForm {
    notice: i64,
    /// Empty: it cannot be done, for `reason`.
    #[serde(default)]
    told: String,
    #[serde(default)]
    reason: String,
}

pub async fn settle(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    headers: HeaderMap,
    Form(form): Form<SettleForm>,
) -> Result<Response, WebError> {
    let settled = match form.told.parse::<ByHand>() {
        Ok(how) => Settled::Told(how),
        Err(_) => Settled::Impossible(form.reason),
    };
    let notice = NoticeId(form.notice);
    let done = app.actions.settle_notice(&signed_in.actor(), CaseId(id), notice, settled).await;
    change::answer(&app, &signed_in, CaseId(id), done.map_err(WebError::from), &headers).await
}

#[derive(Debug, Deserialize)]
pub struct AnnulForm {
    version: i64,
    #[serde(default)]
    reason: String,
}

/// A case that was opened by mistake.
pub async fn annul(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    headers: HeaderMap,
    Form(form): Form<AnnulForm>,
) -> Result<Response, WebError> {
    let done = app.actions.annul_case(&signed_in.actor(), CaseId(id), form.version, &form.reason).await;
    change::answer(&app, &signed_in, CaseId(id), done.map(drop).map_err(WebError::from), &headers).await
}

#[derive(Debug, Deserialize)]
pub struct MergeForm {
    version: i64,
    /// The number of the other case, as people write it.
    number: String,
}

pub async fn merge(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    headers: HeaderMap,
    Form(form): Form<MergeForm>,
) -> Result<Response, WebError> {
    let into = by_number(&app, &signed_in, &form.number).await?;
    let done = app.actions.merge_cases(&signed_in.actor(), CaseId(id), form.version, into).await;
    change::answer(&app, &signed_in, CaseId(id), done.map(drop).map_err(WebError::from), &headers).await
}

#[derive(Debug, Deserialize)]
pub struct UnmergeForm {
    part: i64,
}

pub async fn unmerge(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    headers: HeaderMap,
    Form(form): Form<UnmergeForm>,
) -> Result<Response, WebError> {
    let done = app.actions.unmerge_case(&signed_in.actor(), CaseId(form.part)).await;
    change::answer(&app, &signed_in, CaseId(id), done.map(drop).map_err(WebError::from), &headers).await
}

#[derive(Debug, Deserialize)]
pub struct LinkForm {
    number: String,
    kind: LinkKind,
}

pub async fn link(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    headers: HeaderMap,
    Form(form): Form<LinkForm>,
) -> Result<Response, WebError> {
    let other = by_number(&app, &signed_in, &form.number).await?;
    let done = app.actions.link_cases(&signed_in.actor(), CaseId(id), other, form.kind).await;
    change::answer(&app, &signed_in, CaseId(id), done.map(drop).map_err(WebError::from), &headers).await
}

#[derive(Debug, Deserialize)]
pub struct UnlinkForm {
    from: i64,
    to: i64,
    kind: LinkKind,
}

pub async fn unlink(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    headers: HeaderMap,
    Form(form): Form<UnlinkForm>,
) -> Result<Response, WebError> {
    if form.from != id && form.to != id {
        return Err(WebError::NotFound);
    }
    let (from, to) = (CaseId(form.from), CaseId(form.to));
    let done = app.actions.unlink_cases(&signed_in.actor(), from, to, form.kind).await;
    change::answer(&app, &signed_in, CaseId(id), done.map(drop).map_err(WebError::from), &headers).await
}

async fn by_number(app: &App, signed_in: &SignedIn, number: &str) -> Result<CaseId, WebError> {
    let number = CaseNumber(number.trim().to_owned());
    let found = app.db.case_by_number(&number).await?;
    found.ok_or_else(|| WebError::Told(signed_in.page.with("no-such-number", "number", number)))
}

#[derive(Debug, Deserialize)]
pub struct DraftForm {
    mode: Mode,
    words: String,
}

/// Also the sign that somebody writes. The page calls it while they type.
pub async fn draft(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Form(form): Form<DraftForm>,
) -> Result<StatusCode, WebError> {
    let (case, me) = (CaseId(id), signed_in.user.id);
    app.actions.keep_draft(&signed_in.actor(), case, form.mode, &form.words).await?;
    if form.words.trim().is_empty() {
        app.editors().stops(case, me);
    } else if app.editors().writes(case, me, app.clock.now()) {
        let app = app.clone();
        tokio::spawn(async move {
            // Until their last sign is too old, or the program ends.
            let wait = || tokio::time::sleep(GONE_AFTER);
            while app.shutdown().run_until_cancelled(wait()).await.is_some() {
                if !app.editors().still(case, me, app.clock.now()) {
                    return;
                }
            }
        });
    }
    Ok(StatusCode::NO_CONTENT)
}

/// The page was left.
pub async fn left(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
) -> Result<StatusCode, WebError> {
    app.editors().stops(CaseId(id), signed_in.user.id);
    Ok(StatusCode::NO_CONTENT)
}

/// The script forgets what was written only when it is stored.
async fn stored<T>(
    app: &App,
    signed_in: &SignedIn,
    case: CaseId,
    done: Result<T, ActionError>,
    headers: &HeaderMap,
    event: &'static str,
) -> Result<Response, WebError> {
    let well = done.is_ok();
    if well {
        app.editors().stops(case, signed_in.user.id);
    }
    let shown = change::answer(app, signed_in, case, done.map(drop).map_err(WebError::from), headers).await?;
    Ok(if well { ([(HeaderName::from_static("hx-trigger"), event)], shown).into_response() } else { shown })
}
