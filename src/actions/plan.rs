//! The history of the dialplans: who put which text into force, and when.

use jiff::Timestamp;
use serde_json::json;

use super::audit::{Subject, SubjectKind, What};
use super::{ActionError, Actions, Actor};
use crate::domain::permission::Right;
use crate::store::plan::NewPlanVersion;
use crate::store::{Tx, Work};

/// A text that is in force since now.
#[derive(Clone, Debug)]
pub struct PlanTaken {
    pub name: String,
    pub revision: String,
    pub text: String,
    /// Why, in the author's words.
    pub note: String,
}

/// A sentence or two; a longer story belongs into the plan itself, as a comment.
pub const NOTE_CHARS: usize = 300;

impl Actions {
    /// A text that is the newest version already gets no second one. The folder is watched and notes what it finds as changed by
    /// hand ([`Actor::System`]); the author who comes a moment later for the same text signs that entry.
    pub async fn record_plan(&self, actor: &Actor, plan: PlanTaken) -> Result<(), ActionError> {
        self.shared.allow(actor, Right::ManageDialplans)?;
        let note: String = plan.note.trim().chars().take(NOTE_CHARS).collect();
        let work =
            RecordPlan { actor: actor.clone(), plan: PlanTaken { note, ..plan }, at: self.clock.now() };
        self.shared.db.write(work).await
    }
}

struct RecordPlan {
    actor: Actor,
    plan: PlanTaken,
    at: Timestamp,
}

impl Work for RecordPlan {
    type Out = ();
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), ActionError> {
        let plan = &self.plan;
        let author = self.actor.by().user;
        tx.lock(&format!("plan {}", plan.name)).await?;
        let told = self.actor.audit(
            self.at,
            What::PlanChanged,
            Subject::new(SubjectKind::Plan, &plan.name),
            json!({ "revision": plan.revision }),
        );
        match (tx.latest_plan_version(&plan.name).await?, author) {
            (Some(latest), Some(author)) if latest.revision == plan.revision && latest.author.is_none() => {
                tx.sign_plan_version(latest.id, author, &plan.note).await?;
                tx.audit(told);
            }
            (Some(latest), _) if latest.revision == plan.revision => {}
            _ => {
                tx.insert_plan_version(&NewPlanVersion {
                    name: &plan.name,
                    revision: &plan.revision,
                    text: &plan.text,
                    author,
                    at: self.at,
                    note: &plan.note,
                })
                .await?;
                tx.audit(told);
            }
        }
        Ok(())
    }
}
