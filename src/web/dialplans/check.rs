//! Asked while somebody types: what is wrong with this text, what does it look like, and what would a caller hear.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Response};
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use super::graph::{self, Graph};
use super::list::size;
use super::words::words;
use super::{ProblemView, VERSIONS, aside, plans, traffic};
use crate::dialplan::parse::parse;
use crate::dialplan::script::Script;
use crate::dialplan::simulate::{Simulation, simulate};
use crate::domain::permission::Right;
use crate::web::auth::SignedIn;
use crate::web::error::WebError;
use crate::web::page::Page;
use crate::web::state::App;

#[derive(Deserialize)]
pub struct Asked {
    text: String,
}

#[derive(Debug, Serialize)]
pub struct Checked {
    problems: Vec<ProblemView>,
    /// What stands above the editor.
    summary: String,
    /// The picture, as HTML; none for a text that cannot be read.
    graph: Option<String>,
}

#[derive(askama::Template)]
#[template(path = "dialplans/_graph.html")]
pub struct GraphPart<'a> {
    pub page: &'a Page,
    pub graph: &'a Graph,
}

pub async fn check(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(name): Path<String>,
    Json(asked): Json<Asked>,
) -> Result<Response, WebError> {
    signed_in.require(Right::ManageDialplans)?;
    let page = &signed_in.page;
    let versions = app.db.plan_versions(&name, VERSIONS).await?;
    let traffic = traffic(&app, &name, &versions).await?;
    let handle = plans(&app)?;
    let own_name = name.clone();
    let (plan, findings) = aside(move || match handle.try_text(&own_name, &asked.text) {
        Ok(set) => (set.plans().iter().find(|plan| plan.name == own_name).cloned(), Vec::new()),
        Err(findings) => (parse(&own_name, &asked.text).plan, findings),
    })
    .await?;
    let problems: Vec<ProblemView> = findings.iter().map(|f| ProblemView::new(f, page)).collect();
    let count = i64::try_from(problems.len()).unwrap_or(i64::MAX);
    let summary = match &plan {
        Some(plan) if problems.is_empty() => size(plan, page),
        _ => page.count("plan-mistakes", count),
    };
    let graph = plan.and_then(|plan| graph::draw(&plan, &traffic, page));
    let graph =
        graph.map(|graph| askama::Template::render(&GraphPart { page, graph: &graph })).transpose()?;
    Ok(Json(Checked { problems, summary, graph }).into_response())
}

#[derive(Deserialize)]
pub struct Trial {
    text: String,
    number: String,
    /// `2026-11-22T10:00`, local.
    at: String,
    keys: String,
}

#[derive(Debug)]
pub struct WalkView {
    pub lines: Vec<(String, String, String)>,
    pub path: String,
    pub outcome: String,
    pub unused: String,
}

#[derive(askama::Template)]
#[template(path = "dialplans/_walk.html")]
pub struct WalkPart<'a> {
    pub page: &'a Page,
    pub walk: Option<WalkView>,
    pub problem: Option<String>,
}

pub async fn try_out(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(name): Path<String>,
    Json(trial): Json<Trial>,
) -> Result<Response, WebError> {
    signed_in.require(Right::ManageDialplans)?;
    let page = &signed_in.page;
    let (walk, problem) = match walked(&app, page, name, trial).await? {
        Ok(walk) => (Some(walk), None),
        Err(why) => (None, Some(why)),
    };
    Ok(Html(askama::Template::render(&WalkPart { page, walk, problem })?).into_response())
}

async fn walked(
    app: &App,
    page: &Page,
    name: String,
    trial: Trial,
) -> Result<Result<WalkView, String>, WebError> {
    let script: Script = match trial.keys.parse::<Script>() {
        Ok(script) => script,
        Err(error) => return Ok(Err(words(page, &error.phrase()))),
    };
    let at: DateTime = match trial.at.parse() {
        Ok(at) => at,
        Err(_) => return Ok(Err(page.say("try-no-time"))),
    };
    let handle = plans(app)?;
    let catalogue = handle.catalogue();
    let Ok(set) = aside(move || handle.try_text(&name, &trial.text).map(|set| (set, name))).await? else {
        return Ok(Err(page.say("plan-has-mistakes")));
    };
    let (set, name) = set;
    let plan = set.plans().iter().find(|plan| plan.name == name);
    let walk = plan.and_then(|plan| simulate(plan, &trial.number, at, &script, &catalogue));
    Ok(walk.map(|walk| walk_view(&walk, page)).ok_or_else(|| page.say("try-no-number")))
}

fn walk_view(walk: &Simulation, page: &Page) -> WalkView {
    let lines = walk.lines.iter();
    WalkView {
        lines: lines
            .map(|line| {
                let what = line.what.as_ref().map(|what| words(page, what)).unwrap_or_default();
                (line.at.strftime("%H:%M:%S").to_string(), line.node.clone(), what)
            })
            .collect(),
        path: walk.path.join(" "),
        outcome: words(page, &walk.outcome()),
        unused: if walk.unused.is_empty() { String::new() } else { Script(walk.unused.clone()).to_string() },
    }
}
