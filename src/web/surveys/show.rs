//! A version that is not written any more: what it asks, what is different from the one before, how its quotas stand. A draft is shown by its editor
//! to whoever may change it.

use axum::extract::{Path, State};
use axum::response::Response;

use super::edit::{edited, stored};
use super::form::{Typed, combinations};
use super::words::{condition, reader, target};
use super::{READ, VersionView, languages, version_view, versions};
use crate::domain::id::SurveyId;
use crate::domain::permission::Right;
use crate::domain::survey::compare::{Change, compare};
use crate::domain::survey::quota::CellId;
use crate::domain::survey::version::Deed;
use crate::domain::survey::{Kind, Question, Questionnaire};
use crate::store::survey::{Survey, SurveyVersion};
use crate::web::auth::SignedIn;
use crate::web::cases::view::Choice;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

#[derive(Debug)]
pub struct QuestionView {
    pub key: String,
    pub text: String,
    pub kind: String,
    pub note: String,
    pub options: Vec<Choice>,
    pub branches: Vec<String>,
    /// From the version before; empty when there is no difference.
    pub differs: String,
}

#[derive(Debug)]
pub struct CellView {
    pub said: String,
    /// "12 of 50".
    pub done: String,
}

#[derive(Debug)]
pub struct OpenView {
    pub id: i64,
    pub said: String,
}

#[derive(Debug, Default)]
pub struct May {
    pub begin: bool,
    pub copy: bool,
    pub retire: bool,
    pub restore: bool,
    pub export: bool,
    pub results: bool,
}

#[derive(askama::Template)]
#[template(path = "surveys/show.html")]
pub struct ShowPage<'a> {
    pub page: &'a Page,
    pub id: i64,
    pub seen: i64,
    pub name: String,
    pub version: VersionView,
    pub languages: Vec<Choice>,
    pub questions: Vec<QuestionView>,
    /// Questions that the version before had.
    pub gone: String,
    pub cells: Vec<CellView>,
    pub open: Vec<OpenView>,
    pub versions: Vec<VersionView>,
    pub may: May,
}

/// Interviews of which one may go on.
const OPEN: u32 = 20;

pub async fn newest(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, WebError> {
    signed_in.require(READ)?;
    let page = &signed_in.page;
    let (survey, all) = stored(&app, SurveyId(id)).await?;
    let newest = all.first().ok_or(WebError::NotFound)?;
    if newest.number.is_none() && page.may(Right::ManageSurveys) {
        let (name, questionnaire) = (survey.name.clone(), newest.questionnaire.clone());
        let typed = Typed { name, questionnaire, faults: Vec::new() };
        return html(edited(&app, page, &survey, &all, (typed, Vec::new())).await?);
    }
    html(shown(&app, &signed_in, &survey, (&all, newest)).await?)
}

pub async fn version(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((id, version)): Path<(i64, i64)>,
) -> Result<Response, WebError> {
    signed_in.require(READ)?;
    let (survey, all) = stored(&app, SurveyId(id)).await?;
    let version = all.iter().find(|one| one.id.0 == version).ok_or(WebError::NotFound)?;
    html(shown(&app, &signed_in, &survey, (&all, version)).await?)
}

async fn shown<'p>(
    app: &App,
    signed_in: &'p SignedIn,
    survey: &Survey,
    (all, version): (&[SurveyVersion], &SurveyVersion),
) -> Result<ShowPage<'p>, WebError> {
    let page = &signed_in.page;
    let before = all.iter().find(|other| other.number.is_some() && other.id < version.id);
    let of = &version.questionnaire;
    let changes = before.map(|before| compare(&before.questionnaire, of)).unwrap_or_default();
    let can = |deed| crate::domain::survey::version::after(version.state, deed).is_some();
    let writes = page.may(Right::ManageSurveys);
    let has_draft = all.iter().any(|version| version.number.is_none());
    let asks = page.may(Right::ConductInterviews);
    let open = if asks { app.db.open_interviews(version.id, OPEN).await? } else { Vec::new() };
    let said = |one: &crate::store::interview::InterviewRow| {
        [("when", page.short(one.changed_at)), ("answered", page.number(one.answered))]
    };
    let chosen = of.languages.first().copied().unwrap_or_else(|| reader(page));
    let gone = changes.iter().filter(|(_, change)| *change == Change::Removed);
    Ok(ShowPage {
        page,
        id: survey.id.0,
        seen: survey.version,
        name: survey.name.clone(),
        version: version_view(page, version, Default::default()),
        languages: languages(page, &of.languages, chosen),
        questions: of.questions.iter().map(|question| question_view(page, of, question, &changes)).collect(),
        gone: gone.map(|(key, _)| key.0.as_str()).collect::<Vec<_>>().join(", "),
        cells: cells(app, page, version).await?,
        open: open
            .iter()
            .map(|one| OpenView { id: one.id.0, said: page.with_values("survey-open-one", &said(one)) })
            .collect(),
        versions: versions(app, page, all).await?,
        may: May {
            begin: asks && can(Deed::Begin),
            copy: writes && !has_draft && can(Deed::Copy),
            retire: writes && can(Deed::Retire),
            restore: writes && can(Deed::Restore),
            export: page.may(Right::ReadAnswers) && page.may(Right::Export) && version.number.is_some(),
            results: page.may(Right::ReadAnswers) && version.number.is_some(),
        },
    })
}

fn question_view(
    page: &Page,
    of: &Questionnaire,
    question: &Question,
    changes: &[(&crate::domain::survey::QuestionKey, Change)],
) -> QuestionView {
    let language = reader(page);
    let options = question.kind.options().iter().map(|option| Choice {
        value: option.code.to_string(),
        label: option.text.in_language(language).into_owned(),
        chosen: false,
    });
    let points = match &question.kind {
        Kind::Scale { labels, .. } => labels.as_slice(),
        _ => &[],
    };
    let points = points.iter().map(|label| Choice {
        value: label.value.to_string(),
        label: label.text.in_language(language).into_owned(),
        chosen: false,
    });
    let branch = |branch: &crate::domain::survey::questionnaire::Branch| {
        let said = [
            ("condition", condition(page, of, &branch.condition)),
            ("target", target(page, of, &branch.target)),
        ];
        page.with_values("survey-branch-says", &said)
    };
    let otherwise = question
        .otherwise
        .iter()
        .map(|to| page.with("survey-otherwise-says", "target", target(page, of, to)));
    QuestionView {
        key: question.key.0.clone(),
        text: question.text.in_language(language).into_owned(),
        kind: page.word("survey-kind", question.kind.name().as_str()),
        note: question.note.in_language(language).into_owned(),
        options: options.chain(points).collect(),
        branches: question.branches.iter().map(branch).chain(otherwise).collect(),
        differs: changes
            .iter()
            .find(|(key, _)| **key == question.key)
            .map(|(_, change)| differs(page, change))
            .unwrap_or_default(),
    }
}

/// "Changed: its words, the options. Its results are counted apart."
fn differs(page: &Page, change: &Change) -> String {
    match change {
        Change::Same | Change::Removed => String::new(),
        Change::Added => page.say("survey-change-added"),
        Change::Changed(differences) => {
            let words: Vec<String> =
                differences.iter().map(|one| page.word("survey-difference", one.as_str())).collect();
            let said = page.with("survey-change-of", "what", words.join(", "));
            if change.may_be_joined() { said } else { format!("{said} {}", page.say("survey-change-apart")) }
        }
    }
}

async fn cells(app: &App, page: &Page, version: &SurveyVersion) -> Result<Vec<CellView>, WebError> {
    let quotas = &version.questionnaire.quotas;
    if quotas.is_empty() || version.number.is_none() {
        return Ok(Vec::new());
    }
    let standings = app.db.survey_cells(version.id, app.actions.now()).await?;
    let mut views = Vec::new();
    for (quota, of) in quotas.iter().enumerate() {
        let named = combinations(&of.dimensions);
        for (cell, wants) in of.cells.iter().enumerate().filter(|(_, cell)| named.contains(&cell.groups)) {
            let id = CellId { quota, cell };
            let names = wants.groups.iter().zip(&of.dimensions).map(|(key, dimension)| {
                let group = dimension.groups.iter().find(|group| group.key == *key);
                let words = group.map(|group| group.text.in_language(reader(page)).into_owned());
                words.filter(|words| !words.is_empty()).unwrap_or_else(|| key.clone())
            });
            let counts = [
                ("done", page.number(standings.done(id))),
                ("most", page.number(wants.most)),
                ("held", page.number(standings.held(id))),
            ];
            views.push(CellView {
                said: names.collect::<Vec<_>>().join(", "),
                done: page.with_values("survey-cell-of", &counts),
            });
        }
    }
    Ok(views)
}
