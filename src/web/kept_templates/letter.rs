//! A letter on a case: the words of a template, still to be changed, and printed as a sheet.

use axum::extract::{Path, State};
use axum::response::Response;

use super::{labels, name};
use crate::actions::audit::What;
use crate::domain::id::{CaseId, TemplateId};
use crate::domain::kept_template::TemplateKind;
use crate::domain::permission::Right;
use crate::web::auth::SignedIn;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

#[derive(askama::Template)]
#[template(path = "kept/letter.html")]
pub struct LetterPage<'a> {
    pub page: &'a Page,
    pub case: i64,
    pub number: String,
    pub name: String,
    pub words: String,
    /// What the case has nothing for, in a sentence; empty when all is filled.
    pub gaps: String,
}

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((case, template)): Path<(i64, i64)>,
) -> Result<Response, WebError> {
    signed_in.require(Right::ReadCases)?;
    let (page, actor) = (&signed_in.page, signed_in.actor());
    let (case, template) = (CaseId(case), TemplateId(template));
    let filled = app.actions.fill_template(&actor, case, template, labels(&page.locale)).await?;
    if filled.kind != TemplateKind::Letter {
        return Err(WebError::NotFound);
    }
    app.actions.viewed(&actor, What::CaseViewed, case).await?;
    let row = app.db.case_row(case).await?.ok_or(WebError::NotFound)?;
    let template = app.db.kept_template(template).await?.ok_or(WebError::NotFound)?;
    let gaps: Vec<String> = filled.gaps.iter().map(|gap| page.word("template-field", gap.as_str())).collect();
    html(LetterPage {
        page,
        case: case.0,
        number: row.number.to_string(),
        name: name(&page.locale, &template),
        words: filled.words,
        gaps: if gaps.is_empty() {
            String::new()
        } else {
            page.with("letter-gaps", "names", gaps.join(", "))
        },
    })
}
