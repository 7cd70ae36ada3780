//! The dialplans: which there are, one in the editor with its picture, its versions.

pub mod check;
pub mod counts;
pub mod diff;
pub mod edit;
pub mod graph;
mod layout;
pub mod list;
pub mod versions;
pub mod words;

use std::sync::Arc;

use self::counts::Ways;
use self::graph::Traffic;
use self::words::words;
use crate::dialplan::problem::Finding;
use crate::store::plan::PlanVersionRow;
use crate::telephony::plans::{Plans, PlansError};
use crate::web::error::WebError;
use crate::web::page::Page;
use crate::web::state::App;

/// Versions that count for today's callers, and that the list of versions shows.
pub const VERSIONS: i64 = 200;

/// One thing that the checker says.
#[derive(Clone, Debug, serde::Serialize)]
pub struct ProblemView {
    /// The plan, when it is another one.
    pub plan: String,
    pub line: usize,
    pub column: usize,
    pub width: usize,
    pub message: String,
    pub help: String,
    pub notes: Vec<String>,
}

impl ProblemView {
    fn new(finding: &Finding, page: &Page) -> Self {
        let file = finding.file.rsplit(['/', '\\']).next().unwrap_or_default();
        Self {
            plan: file.strip_suffix(".toml").unwrap_or(file).to_owned(),
            line: finding.line,
            column: finding.column,
            width: finding.width,
            message: words(page, &finding.problem.message),
            help: finding.problem.help.as_ref().map(|help| words(page, help)).unwrap_or_default(),
            notes: finding.problem.notes.iter().map(|note| words(page, note)).collect(),
        }
    }
}

fn plans(app: &App) -> Result<Plans, WebError> {
    app.plans.clone().ok_or(WebError::NotFound)
}

/// Reads files and checks: not on the threads that serve pages.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, WebError> {
    tokio::task::spawn_blocking(work).await.map_err(|e| WebError::Internal(e.to_string()))
}

fn unreadable(error: PlansError) -> WebError {
    WebError::Internal(error.to_string())
}

/// Where the callers of this plan went today, whichever text of it answered them, and where they are now.
async fn traffic(app: &App, name: &str, versions: &[PlanVersionRow]) -> Result<Traffic, WebError> {
    let by_revision = app.counts().today(&app.db, app.clock.now(), &app.time_zone).await?;
    let mut today = Ways::default();
    for (revision, ways) in &by_revision {
        if versions.iter().any(|version| version.revision == *revision) {
            today.add(ways);
        }
    }
    let mut traffic = Traffic { today, ..Traffic::default() };
    let board = app.telephony.as_ref().map_or_else(Arc::default, |telephony| telephony.board());
    for call in &board.calls {
        if call.plan.as_deref() == Some(name)
            && let Some(node) = &call.node
        {
            *traffic.now.entry(node.clone()).or_default() += 1;
        }
    }
    Ok(traffic)
}

/// Who put a version into force.
fn author(app: &App, page: &Page, version: &PlanVersionRow) -> String {
    match version.author {
        Some(user) => {
            let directory = app.db.directory();
            directory.user(user).map_or_else(|| user.to_string(), |user| page.name(&user.name, None))
        }
        None => page.say("plan-by-hand"),
    }
}
