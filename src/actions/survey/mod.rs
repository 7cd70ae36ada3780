//! Surveys: written ([`draft`]), recorded for the telephone ([`recording`]), published and retired ([`version`]), asked ([`interview`]), also by a link of one's own ([`link`]). What is
//! asked, and what follows an answer, is decided by `domain/survey`.

pub mod draft;
pub mod interview;
pub mod link;
mod quota;
pub mod recording;
pub mod version;

use serde_json::Value as Json;

use super::{ActionError, Actor};
use crate::domain::audit::What;
use crate::domain::id::SurveyId;
use crate::domain::survey::Refused;
use crate::domain::survey::check::Problem;
use crate::domain::survey::version::{Deed, VersionState};
use crate::store::survey::{Survey, SurveyVersion};
use crate::store::{StoreError, Tx};

/// Why something was not done with a survey or an interview.
#[derive(Debug, thiserror::Error)]
pub enum SurveyError {
    #[error(transparent)]
    Action(#[from] ActionError),
    #[error("a survey has a name of 1 to {NAME_CHARS} characters")]
    Name,
    #[error("the questions are longer than {MOST_BYTES} bytes")]
    TooLong,
    /// All that is wrong, also what would not keep it back.
    #[error("the questions cannot be asked as they are: {}", told(.0))]
    Problems(Vec<Problem>),
    #[error("a version that is {state} cannot be changed so ({deed})")]
    NotNow { state: VersionState, deed: Deed },
    #[error("the survey has no such passage")]
    NoPassage,
    #[error("the survey has a draft already")]
    HasDraft,
    #[error("the survey is asked in: {0}")]
    Language(String),
    #[error("the answer is not taken: {0}")]
    Answer(Refused),
    /// It cannot be finished while a question is open.
    #[error("a question is open")]
    Open,
}

impl From<StoreError> for SurveyError {
    fn from(error: StoreError) -> Self {
        Self::Action(error.into())
    }
}

impl From<Refused> for SurveyError {
    fn from(refused: Refused) -> Self {
        Self::Answer(refused)
    }
}

pub const NAME_CHARS: usize = 120;
/// Of a questionnaire as it is stored: 200 questions with all that may belong to them are less.
pub const MOST_BYTES: usize = 2_000_000;

fn told(problems: &[Problem]) -> String {
    let said = problems.iter().map(|problem| {
        let question =
            problem.place.question.map(|at| format!(" of question {}", at + 1)).unwrap_or_default();
        format!(
            "{} {}{question}: {} {}",
            problem.severity, problem.place.part, problem.reason, problem.detail
        )
    });
    said.collect::<Vec<_>>().join("; ")
}

/// The survey under a lock. `seen`: the version of its row that the person saw; `None`: whatever it is.
async fn locked(tx: &mut Tx<'_>, id: SurveyId, seen: Option<i64>) -> Result<Survey, SurveyError> {
    let survey = tx.survey(id).await?.ok_or(ActionError::NotFound)?;
    if seen.is_some_and(|seen| seen != survey.version) {
        return Err(ActionError::Conflict.into());
    }
    Ok(survey)
}

/// The state of the version after the deed, if it can be done now.
fn may(version: &SurveyVersion, deed: Deed) -> Result<VersionState, SurveyError> {
    let state = crate::domain::survey::version::after(version.state, deed);
    state.ok_or(SurveyError::NotNow { state: version.state, deed })
}

fn tell(tx: &mut Tx<'_>, actor: &Actor, id: SurveyId, said: Json, at: jiff::Timestamp) {
    if *actor != Actor::System {
        tx.audit(actor.audit(at, What::SurveyChanged, id, said));
    }
}
