//! The editor of one macro: a line for each act, and what it names.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};

use super::{RIGHT, name};
use crate::actions::case_macro::{CaseMacro, MacroChange};
use crate::actions::kept_template::{KeepError, KeptTemplate};
use crate::domain::case::Outcome;
use crate::domain::case_macro::{Act, Assignee, MOST_ACTS};
use crate::domain::deadline::PauseReason;
use crate::domain::id::{CategoryId, DepartmentId, MacroId, TemplateId, UserId};
use crate::web::auth::SignedIn;
use crate::web::cases::view::{Choice, Viewer};
use crate::web::error::WebError;
use crate::web::kept_templates::edit::version;
use crate::web::kept_templates::{self, Refused, refusal, refused};
use crate::web::page::{Page, html};
use crate::web::queues::form::Sent;
use crate::web::state::App;

/// One line. The style sheet shows of it what belongs to the act that is chosen.
#[derive(Clone, Debug, Default)]
pub struct ActRow {
    pub acts: Vec<Choice>,
    pub assignees: Vec<Choice>,
    pub categories: Vec<Choice>,
    pub departments: Vec<Choice>,
    pub outcomes: Vec<Choice>,
    pub templates: Vec<Choice>,
    pub reasons: Vec<Choice>,
    pub words: String,
    pub is_wrong: bool,
}

#[derive(askama::Template)]
#[template(path = "macros/edit.html")]
pub struct MacroPage<'a> {
    pub page: &'a Page,
    /// `None`: a new one.
    pub id: Option<i64>,
    pub version: i64,
    pub title: String,
    pub name_sr: String,
    pub name_en: String,
    pub departments: Vec<Choice>,
    pub rows: Vec<ActRow>,
    pub archived: bool,
    pub refused: Option<Refused>,
}

/// One act as the form names it; what is missing in it is empty.
#[derive(Clone, Debug, Default)]
struct Typed {
    act: String,
    assignee: String,
    category: String,
    department: String,
    outcome: String,
    template: String,
    reason: String,
    words: String,
}

/// The whole form, also where it cannot be a macro.
#[derive(Clone, Debug, Default)]
struct TypedMacro {
    name_sr: String,
    name_en: String,
    department: String,
    acts: Vec<Typed>,
}

/// The address of a macro that is not kept yet.
const NEW: &str = "new";
/// Empty lines below the acts.
const SPARE: usize = 3;
const ME: &str = "me";

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    signed_in.require(RIGHT)?;
    if id == NEW {
        return shown(&app, &signed_in.page, None, TypedMacro::default(), None).await;
    }
    let id = id.parse().map(MacroId).map_err(|_| WebError::NotFound)?;
    let stored = app.db.case_macro(id).await?.ok_or(WebError::NotFound)?;
    let typed = TypedMacro::of(&stored);
    shown(&app, &signed_in.page, Some(stored), typed, None).await
}

pub async fn create(
    State(app): State<App>,
    signed_in: SignedIn,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let typed = TypedMacro::sent(&Sent::new(pairs));
    let added = match typed.change() {
        Ok(change) => app.actions.add_macro(&signed_in.actor(), change).await,
        Err(error) => Err(error),
    };
    match added {
        Ok(_) => Ok(Redirect::to("/macros").into_response()),
        Err(error) => again(&app, &signed_in.page, None, typed, error).await,
    }
}

pub async fn save(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let (sent, id) = (Sent::new(pairs), MacroId(id));
    let typed = TypedMacro::sent(&sent);
    let saved = match typed.change() {
        Ok(change) => app.actions.change_macro(&signed_in.actor(), id, version(&sent)?, change).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(()) => Ok(Redirect::to("/macros").into_response()),
        Err(error) => {
            let stored = app.db.case_macro(id).await?.ok_or(WebError::NotFound)?;
            again(&app, &signed_in.page, Some(stored), typed, error).await
        }
    }
}

pub async fn archive(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let (sent, id) = (Sent::new(pairs), MacroId(id));
    let archived = sent.text("archived") == "true";
    match app.actions.archive_macro(&signed_in.actor(), id, version(&sent)?, archived).await {
        Ok(()) => Ok(Redirect::to("/macros").into_response()),
        Err(error) => {
            let stored = app.db.case_macro(id).await?.ok_or(WebError::NotFound)?;
            let typed = TypedMacro::of(&stored);
            again(&app, &signed_in.page, Some(stored), typed, error).await
        }
    }
}

async fn again(
    app: &App,
    page: &Page,
    stored: Option<CaseMacro>,
    typed: TypedMacro,
    error: KeepError,
) -> Result<Response, WebError> {
    let status = refusal(&error);
    let wrong = if let KeepError::WrongAct(at) = error { Some(at) } else { None };
    let refused = refused(page, error)?;
    Ok((status, shown(app, page, stored, typed, Some((refused, wrong))).await?).into_response())
}

async fn shown(
    app: &App,
    page: &Page,
    stored: Option<CaseMacro>,
    typed: TypedMacro,
    refused: Option<(Refused, Option<usize>)>,
) -> Result<Response, WebError> {
    let templates = app.db.kept_templates().await?;
    let directory = app.db.directory();
    let viewer = Viewer { locale: &page.locale, directory: &directory };
    let (refused, wrong) = refused.map_or((None, None), |(refused, wrong)| (Some(refused), wrong));
    let lines = (typed.acts.len() + SPARE).min(MOST_ACTS.max(typed.acts.len()));
    let rows = (0..lines).map(|at| {
        let row = row(&viewer, &templates, &typed.acts.get(at).cloned().unwrap_or_default());
        ActRow { is_wrong: wrong == Some(at + 1), ..row }
    });
    html(MacroPage {
        page,
        id: stored.as_ref().map(|one| one.id.0),
        version: stored.as_ref().map(|one| one.version).unwrap_or_default(),
        title: stored.as_ref().map_or_else(|| page.say("macro-add"), |one| name(&page.locale, one)),
        archived: stored.is_some_and(|one| one.archived),
        name_sr: typed.name_sr,
        name_en: typed.name_en,
        departments: viewer.departments(&typed.department),
        rows: rows.collect(),
        refused,
    })
}

fn row(viewer: &Viewer<'_>, templates: &[KeptTemplate], typed: &Typed) -> ActRow {
    let t = viewer.locale;
    let choice = |value: &str, label: String, chosen: &str| Choice {
        value: value.to_owned(),
        label,
        chosen: value == chosen,
    };
    let me = choice(ME, t.say("macro-me"), &typed.assignee);
    // Those that are offered, and the chosen one in any case. Which kind it is stands behind the name.
    let offered = templates.iter().filter(|one| !one.archived || one.id.to_string() == typed.template);
    let template = |one: &KeptTemplate| {
        let kind = t.word("template-kind", one.kind.as_str());
        choice(&one.id.to_string(), format!("{} ({kind})", kept_templates::name(t, one)), &typed.template)
    };
    ActRow {
        acts: Act::WORDS.iter().map(|word| choice(word, t.word("act", word), &typed.act)).collect(),
        assignees: [me].into_iter().chain(viewer.users(&typed.assignee)).collect(),
        categories: viewer.categories(&typed.category),
        departments: viewer.departments(&typed.department),
        outcomes: Outcome::ALL
            .iter()
            .map(|one| choice(one.as_str(), t.word("outcome", one.as_str()), &typed.outcome))
            .collect(),
        templates: offered.map(template).collect(),
        reasons: PauseReason::ALL
            .iter()
            .map(|one| choice(one.as_str(), t.word("pause", one.as_str()), &typed.reason))
            .collect(),
        words: typed.words.clone(),
        is_wrong: false,
    }
}

impl TypedMacro {
    fn sent(sent: &Sent) -> Self {
        let columns = ["act", "assignee", "category", "department", "outcome", "template", "reason", "words"]
            .map(|name| sent.all(&format!("act-{name}")));
        let [acts, assignees, categories, departments, outcomes, templates, reasons, words] = &columns;
        let at = |column: &Vec<String>, at: usize| {
            column.get(at).map(|text| text.trim().to_owned()).unwrap_or_default()
        };
        let line = |n: usize| Typed {
            act: at(acts, n),
            assignee: at(assignees, n),
            category: at(categories, n),
            department: at(departments, n),
            outcome: at(outcomes, n),
            template: at(templates, n),
            reason: at(reasons, n),
            words: at(words, n),
        };
        Self {
            name_sr: sent.text("name_sr").to_owned(),
            name_en: sent.text("name_en").to_owned(),
            department: sent.text("department").to_owned(),
            // Empty lines between acts close up.
            acts: (0..acts.len()).map(line).filter(|line| !line.act.is_empty()).collect(),
        }
    }

    fn of(stored: &CaseMacro) -> Self {
        Self {
            name_sr: stored.name_sr.clone(),
            name_en: stored.name_en.clone(),
            department: stored.department.map(|id| id.to_string()).unwrap_or_default(),
            acts: stored.acts.iter().map(Typed::of).collect(),
        }
    }

    fn change(&self) -> Result<MacroChange, KeepError> {
        let act = |(at, typed): (usize, &Typed)| typed.act().ok_or(KeepError::WrongAct(at + 1));
        Ok(MacroChange {
            name_sr: self.name_sr.clone(),
            name_en: self.name_en.clone(),
            department: self.department.parse().ok().map(DepartmentId),
            acts: self.acts.iter().enumerate().map(act).collect::<Result<_, _>>()?,
        })
    }
}

impl Typed {
    fn of(act: &Act) -> Self {
        let mut typed = Self {
            act: act.word().to_owned(),
            template: act.template().map(|id| id.to_string()).unwrap_or_default(),
            ..Self::default()
        };
        match act {
            Act::Classify { category } => typed.category = category.to_string(),
            Act::Forward { to, .. } => typed.department = to.to_string(),
            Act::Assign { to: Assignee::Me } => typed.assignee = ME.to_owned(),
            Act::Assign { to: Assignee::User(user) } => typed.assignee = user.to_string(),
            Act::Answer { outcome, .. } => typed.outcome = outcome.to_string(),
            Act::PauseDeadlines { reason, words } => {
                typed.reason = reason.to_string();
                typed.words = words.clone();
            }
            _ => {}
        }
        typed
    }

    /// `None`: something that the act needs is not chosen.
    fn act(&self) -> Option<Act> {
        let id = |text: &str| text.parse::<i64>().ok();
        let template = || id(&self.template).map(TemplateId);
        Some(match self.act.as_str() {
            "take_up" => Act::TakeUp,
            "put_back" => Act::PutBack,
            "close" => Act::Close,
            "classify" => Act::Classify { category: CategoryId(id(&self.category)?) },
            "assign" if self.assignee.is_empty() => Act::Assign { to: Assignee::Nobody },
            "assign" if self.assignee == ME => Act::Assign { to: Assignee::Me },
            "assign" => Act::Assign { to: Assignee::User(UserId(id(&self.assignee)?)) },
            "forward" => Act::Forward { to: DepartmentId(id(&self.department)?), template: template() },
            "note" => Act::Note { template: template()? },
            "reply" => Act::Reply { template: template()? },
            "answer" => Act::Answer { outcome: self.outcome.parse().ok()?, template: template()? },
            "watch" => Act::Watch,
            "pause_deadlines" => {
                Act::PauseDeadlines { reason: self.reason.parse().ok()?, words: self.words.clone() }
            }
            "resume_deadlines" => Act::ResumeDeadlines,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_form_shows_comes_back_as_the_same_act() {
        let template = TemplateId(3);
        let acts = [
            Act::TakeUp,
            Act::PutBack,
            Act::Close,
            Act::Classify { category: CategoryId(2) },
            Act::Assign { to: Assignee::Nobody },
            Act::Assign { to: Assignee::Me },
            Act::Assign { to: Assignee::User(UserId(4)) },
            Act::Forward { to: DepartmentId(5), template: None },
            Act::Forward { to: DepartmentId(5), template: Some(template) },
            Act::Note { template },
            Act::Reply { template },
            Act::Answer { outcome: Outcome::Unfounded, template },
            Act::Watch,
            Act::PauseDeadlines { reason: PauseReason::Other, words: "Поплава".into() },
            Act::ResumeDeadlines,
        ];
        for act in acts {
            assert_eq!(Typed::of(&act).act(), Some(act));
        }
        assert_eq!(Typed { act: "reply".into(), ..Typed::default() }.act(), None);
    }
}
