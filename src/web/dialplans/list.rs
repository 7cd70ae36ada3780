//! All plans: which numbers they answer, who changed them last, and what is wrong in the folder.

use axum::extract::State;
use axum::response::Response;

use super::{ProblemView, aside, author, plans, unreadable};
use crate::dialplan::parse::revision;
use crate::dialplan::plan::{Claim, Plan};
use crate::domain::permission::Right;
use crate::telephony::plans::PlansError;
use crate::web::auth::SignedIn;
use crate::web::cases::view::for_people;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

#[derive(Debug)]
pub struct PlanCard {
    pub name: String,
    pub numbers: Vec<String>,
    /// "12 nodes · 7 tests".
    pub size: String,
    pub state: PlanState,
    pub author: String,
    pub at: String,
    pub note: String,
    pub problems: Vec<ProblemView>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanState {
    /// The file is what answers calls.
    Answers,
    /// The file was changed and is not in force: it or another one has mistakes.
    Differs,
    /// The file was never in force.
    Waits,
    /// What answers calls has no file any more.
    Removed,
}

#[derive(askama::Template)]
#[template(path = "dialplans/list.html")]
pub struct PlansPage<'a> {
    pub page: &'a Page,
    pub plans: Vec<PlanCard>,
    /// Why the folder cannot be read at all.
    pub trouble: Option<String>,
}

pub async fn show(State(app): State<App>, signed_in: SignedIn) -> Result<Response, WebError> {
    signed_in.require(Right::ManageDialplans)?;
    let page = &signed_in.page;
    let handle = plans(&app)?;
    let (files, rejected, set) = aside(move || (handle.files(), handle.rejected(), handle.current())).await?;
    let (findings, trouble) = match rejected.as_deref() {
        Some(PlansError::Mistakes(findings)) => {
            (findings.iter().map(|f| ProblemView::new(f, page)).collect(), None)
        }
        Some(other) => (Vec::new(), Some(other.to_string())),
        None => (Vec::new(), None),
    };
    let files = files.map_err(unreadable)?;
    let mut names: Vec<&str> = files.iter().map(|source| source.name()).collect();
    names.extend(set.plans().iter().map(|plan| plan.name.as_str()));
    names.sort_unstable();
    names.dedup();
    let mut cards = Vec::with_capacity(names.len());
    for name in names {
        let plan = set.plans().iter().find(|plan| plan.name == name);
        let file = files.iter().find(|source| source.name() == name).map(|source| revision(&source.text));
        let version = app.db.plan_versions(name, 1).await?.into_iter().next();
        let problems: Vec<ProblemView> =
            findings.iter().filter(|f: &&ProblemView| f.plan == name).cloned().collect();
        cards.push(PlanCard {
            name: name.to_owned(),
            numbers: plan.map(|plan| numbers(plan, page)).unwrap_or_default(),
            size: plan.map(|plan| size(plan, page)).unwrap_or_default(),
            state: match (plan, file) {
                (Some(plan), Some(file)) if plan.revision == file => PlanState::Answers,
                (Some(_), Some(_)) => PlanState::Differs,
                (None, _) => PlanState::Waits,
                (Some(_), None) => PlanState::Removed,
            },
            author: version.as_ref().map(|v| author(&app, page, v)).unwrap_or_default(),
            at: version.as_ref().map(|v| page.short(v.at)).unwrap_or_default(),
            note: version.map(|v| v.note).unwrap_or_default(),
            problems,
        });
    }
    html(PlansPage { page, plans: cards, trouble })
}

pub fn numbers(plan: &Plan, page: &Page) -> Vec<String> {
    let number = |claim: &Claim| match claim {
        Claim::Exactly(number) => for_people(number),
        Claim::Any => page.say("plan-any-number"),
    };
    plan.numbers.iter().map(|n| number(&n.claim)).collect()
}

pub fn size(plan: &Plan, page: &Page) -> String {
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let nodes = page.count("plan-nodes", count(plan.nodes.len()));
    if plan.tests.is_empty() {
        return nodes;
    }
    let tests = page.count("plan-tests", count(plan.tests.len()));
    format!("{nodes} · {tests}")
}
