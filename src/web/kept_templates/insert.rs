//! A template is put into what somebody writes on a case: by the script at the cursor, or without it at the end of the draft.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::labels;
use crate::actions::draft::Mode;
use crate::domain::id::{CaseId, TemplateId};
use crate::web::auth::SignedIn;
use crate::web::client::is_partial;
use crate::web::error::WebError;
use crate::web::state::App;

#[derive(Debug, Deserialize)]
pub struct InsertForm {
    mode: Mode,
    template: String,
    /// What is written so far.
    #[serde(default)]
    words: String,
}

pub async fn insert(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    headers: HeaderMap,
    Form(form): Form<InsertForm>,
) -> Result<Response, WebError> {
    let (actor, case) = (signed_in.actor(), CaseId(id));
    let back = format!("/cases/{id}?write={}#composer", form.mode);
    let Ok(template) = form.template.parse().map(TemplateId) else {
        // None was chosen; what was written is kept all the same.
        app.actions.keep_draft(&actor, case, form.mode, &form.words).await?;
        return Ok(Redirect::to(&back).into_response());
    };
    let filled = app.actions.fill_template(&actor, case, template, labels(&signed_in.page.locale)).await?;
    if is_partial(&headers) {
        return Ok(filled.words.into_response());
    }
    let words = [form.words.trim(), filled.words.as_str()];
    let words: Vec<&str> = words.into_iter().filter(|words| !words.is_empty()).collect();
    app.actions.keep_draft(&actor, case, form.mode, &words.join("\n\n")).await?;
    Ok(Redirect::to(&back).into_response())
}
