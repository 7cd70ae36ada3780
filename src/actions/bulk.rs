//! One change to many cases: first what would happen to each, then each by itself.
//!
//! The preview asks what the verbs ask: the same rights, the same table of transitions. Carrying out is the verbs themselves, each
//! case in a transaction of its own and with the version that the preview saw, so that what somebody else changed meanwhile is left
//! alone and named.

use super::case_macro::{MacroError, Stopped};
use super::{ActionError, Actions, Actor};
use crate::domain::case::Status;
use crate::domain::flow::{Refused, Step};
use crate::domain::id::{CaseId, CategoryId, DepartmentId, MacroId, UserId};
use crate::domain::permission::{Decision, Right};
use crate::store::case::CaseRow;

/// Cases of one change: what somebody can look over before they agree to it.
pub const MOST_CASES: usize = 500;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    TakeUp,
    PutBack,
    Close,
    Assign(Option<UserId>),
    Forward {
        to: DepartmentId,
        note: String,
    },
    Classify(CategoryId),
    Watch,
    Note(String),
    /// All its acts on each case, or none on it.
    Macro(MacroId),
}

/// What would happen to one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Will,
    /// It is so already.
    Already,
    Impossible(Refused),
    Forbidden(Box<Decision>),
    /// An act of the macro cannot be taken.
    Stopped(Box<Stopped>),
}

#[derive(Clone, Debug)]
pub struct Preview {
    pub case: CaseRow,
    pub verdict: Verdict,
}

/// What became of one case.
#[derive(Debug)]
pub struct Done {
    pub case: CaseId,
    pub result: Result<(), ActionError>,
}

impl Change {
    fn right(&self) -> Right {
        match self {
            Self::TakeUp | Self::PutBack | Self::Close => {
                self.step().map_or(Right::ChangeStatus, Step::right)
            }
            Self::Assign(_) => Right::Assign,
            Self::Forward { .. } => Right::Forward,
            Self::Classify(_) => Right::Classify,
            Self::Watch => Right::Watch,
            Self::Note(_) => Right::AddNote,
            // Each act asks for its own.
            Self::Macro(_) => Right::ReadCases,
        }
    }

    fn step(&self) -> Option<Step> {
        match self {
            Self::TakeUp => Some(Step::TakeUp),
            Self::PutBack => Some(Step::PutBack),
            Self::Close => Some(Step::Close),
            Self::Forward { .. } => Some(Step::Forward),
            Self::Assign(_) | Self::Classify(_) | Self::Watch | Self::Note(_) | Self::Macro(_) => None,
        }
    }

    fn is_so_already(&self, case: &CaseRow) -> bool {
        match self {
            Self::TakeUp => case.status == Status::InProgress,
            Self::PutBack => case.status == Status::New,
            Self::Close => case.status == Status::Closed,
            Self::Assign(to) => case.assignee == *to,
            Self::Forward { to, .. } => case.status == Status::Forwarded && case.department == Some(*to),
            Self::Classify(to) => case.category == *to,
            Self::Watch | Self::Note(_) | Self::Macro(_) => false,
        }
    }
}

impl Actions {
    /// In the order of `cases`; those that the actor may not read are left out.
    pub async fn preview_bulk(
        &self,
        actor: &Actor,
        cases: &[CaseId],
        change: &Change,
    ) -> Result<Vec<Preview>, ActionError> {
        self.shared.allow(actor, Right::ChangeInBulk)?;
        bounded(cases.len())?;
        let mut previews = Vec::with_capacity(cases.len());
        for id in cases {
            let Some(case) = self.shared.db.case_row(*id).await? else { continue };
            if self.decide(actor, Right::ReadCases, Some(&case.facts())).allowed {
                let verdict = match change {
                    Change::Macro(used) => self.macro_verdict(actor, *id, *used).await?,
                    _ => self.verdict(actor, &case, change),
                };
                previews.push(Preview { case, verdict });
            }
        }
        Ok(previews)
    }

    /// Tried out on the case itself: what its acts lead to is not seen from a table.
    async fn macro_verdict(
        &self,
        actor: &Actor,
        case: CaseId,
        used: MacroId,
    ) -> Result<Verdict, ActionError> {
        match self.try_macro(actor, case, used).await {
            Ok(_) => Ok(Verdict::Will),
            Err(MacroError::Stopped(stopped)) => Ok(Verdict::Stopped(stopped)),
            Err(MacroError::Action(error)) => Err(error),
        }
    }

    fn verdict(&self, actor: &Actor, case: &CaseRow, change: &Change) -> Verdict {
        let decision = self.decide(actor, change.right(), Some(&case.facts()));
        if !decision.allowed {
            return Verdict::Forbidden(Box::new(decision));
        }
        if change.is_so_already(case) {
            return Verdict::Already;
        }
        let merged = case.merged_into.is_some();
        match change.step() {
            Some(step) => match step.check_at(case.status, case.told, merged) {
                Ok(()) => Verdict::Will,
                Err(why) => Verdict::Impossible(why),
            },
            None if merged && !matches!(change, Change::Note(_) | Change::Watch) => {
                Verdict::Impossible(Refused::Merged)
            }
            None => Verdict::Will,
        }
    }

    /// Each case with the version that was seen. Ends early only when nothing can be written at all.
    pub async fn carry_out_bulk(
        &self,
        actor: &Actor,
        cases: &[(CaseId, i64)],
        change: &Change,
    ) -> Result<Vec<Done>, ActionError> {
        self.shared.allow(actor, Right::ChangeInBulk)?;
        bounded(cases.len())?;
        let mut done = Vec::with_capacity(cases.len());
        for (case, version) in cases {
            let result = self.change_one(actor, *case, *version, change).await;
            if let Err(error @ ActionError::Unavailable(_)) = result {
                return Err(error);
            }
            done.push(Done { case: *case, result });
        }
        Ok(done)
    }

    async fn change_one(
        &self,
        actor: &Actor,
        case: CaseId,
        version: i64,
        change: &Change,
    ) -> Result<(), ActionError> {
        match change {
            Change::TakeUp | Change::PutBack | Change::Close => {
                let to = change.step().map_or(Status::New, Step::to);
                self.set_status(actor, case, version, to).await.map(drop)
            }
            Change::Assign(to) => self.assign(actor, case, version, *to).await.map(drop),
            Change::Forward { to, note } => {
                self.forward_case(actor, case, version, *to, note).await.map(drop)
            }
            Change::Classify(to) => self.set_category(actor, case, version, *to).await.map(drop),
            Change::Watch => match actor {
                Actor::User { id, .. } => self.watch(actor, case, *id).await.map(drop),
                _ => Err(ActionError::Invalid("only people watch cases".into())),
            },
            Change::Note(words) => self.add_note(actor, case, words).await.map(drop),
            Change::Macro(used) => match self.use_macro(actor, case, version, *used).await {
                Ok(_) => Ok(()),
                Err(MacroError::Stopped(stopped)) => {
                    Err(ActionError::Invalid(MacroError::Stopped(stopped).to_string()))
                }
                Err(MacroError::Action(error)) => Err(error),
            },
        }
    }
}

fn bounded(cases: usize) -> Result<(), ActionError> {
    if cases > MOST_CASES {
        return Err(ActionError::Invalid(format!("at most {MOST_CASES} cases are changed at once")));
    }
    Ok(())
}
