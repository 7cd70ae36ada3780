//! A macro on a case: what it would do, then whether it may.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::{act_words, name, stopped};
use crate::actions::audit::What;
use crate::actions::case_macro::{CaseMacro, MacroError, Would};
use crate::domain::id::{CaseEventId, CaseId, MacroId};
use crate::domain::permission::Right;
use crate::store::case::CaseDetail;
use crate::store::event::TimelineEntry;
use crate::web::auth::SignedIn;
use crate::web::cases::timeline::{Body, EntryView};
use crate::web::cases::view::{RowView, Viewer};
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

#[derive(askama::Template)]
#[template(path = "macros/use.html")]
pub struct UsePage<'a> {
    pub page: &'a Page,
    pub id: i64,
    pub name: String,
    pub case: RowView,
    /// In words, in their order.
    pub acts: Vec<String>,
    /// What would come onto the timeline.
    pub entries: Vec<EntryView>,
    /// The version of the case that was looked at.
    pub version: i64,
    /// Why nothing can be done.
    pub stopped: Option<String>,
    /// Somebody changed the case since it was looked at.
    pub conflict: bool,
}

#[derive(Debug, Deserialize)]
pub struct UseForm {
    version: i64,
}

pub async fn look(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((case, id)): Path<(i64, i64)>,
) -> Result<Response, WebError> {
    let shown = shown(&app, &signed_in, CaseId(case), MacroId(id), false).await?;
    app.actions.viewed(&signed_in.actor(), What::CaseViewed, CaseId(case)).await?;
    Ok(shown)
}

pub async fn carry_out(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((case, id)): Path<(i64, i64)>,
    Form(form): Form<UseForm>,
) -> Result<Response, WebError> {
    let (case, id) = (CaseId(case), MacroId(id));
    match app.actions.use_macro(&signed_in.actor(), case, form.version, id).await {
        Ok(_) => Ok(Redirect::to(&format!("/cases/{case}")).into_response()),
        // The preview says why; it may differ from what was agreed to.
        Err(MacroError::Stopped(_)) => {
            let page = shown(&app, &signed_in, case, id, false).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(MacroError::Action(crate::actions::ActionError::Conflict)) => {
            let page = shown(&app, &signed_in, case, id, true).await?;
            Ok((StatusCode::CONFLICT, page).into_response())
        }
        Err(MacroError::Action(other)) => Err(other.into()),
    }
}

async fn shown(
    app: &App,
    signed_in: &SignedIn,
    case: CaseId,
    id: MacroId,
    conflict: bool,
) -> Result<Response, WebError> {
    signed_in.require(Right::ReadCases)?;
    let page = &signed_in.page;
    let actor = signed_in.actor();
    let detail = app.actions.read_case(&actor, case).await?;
    let used = app.db.case_macro(id).await?.ok_or(WebError::NotFound)?;
    let tried = app.actions.try_macro(&actor, case, id).await;
    let directory = app.db.directory();
    let viewer = Viewer { locale: &page.locale, directory: &directory };
    let templates = app.db.kept_templates().await?;
    let (entries, version, why) = match tried {
        Ok(would) => (entries(&viewer, signed_in, &detail, &would), would.version, None),
        Err(MacroError::Stopped(why)) => {
            (Vec::new(), detail.case.version, Some(stopped(page, &viewer, &templates, &why)))
        }
        Err(MacroError::Action(error)) => return Err(error.into()),
    };
    let CaseMacro { acts, .. } = &used;
    html(UsePage {
        page,
        id: id.0,
        name: name(&page.locale, &used),
        case: viewer.row(&detail.case),
        acts: acts.iter().map(|act| act_words(&viewer, &templates, act)).collect(),
        entries,
        version,
        stopped: why,
        conflict,
    })
}

/// As the timeline would show them.
fn entries(viewer: &Viewer<'_>, signed_in: &SignedIn, detail: &CaseDetail, would: &Would) -> Vec<EntryView> {
    let entry = |entry: &crate::domain::timeline::Entry| {
        let stored = TimelineEntry {
            id: CaseEventId(0),
            case: detail.case.id,
            at: viewer.locale.now,
            actor: Some(signed_in.user.id),
            token: None,
            visibility: entry.visibility(),
            entry: entry.clone(),
            erased: false,
        };
        viewer.entry(detail, &stored)
    };
    would.entries.iter().map(entry).collect()
}
