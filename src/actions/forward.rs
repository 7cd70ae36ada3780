//! A case goes to another service or institution, and back.

use super::case::NOTE_MAX_CHARS;
use super::on_case::{OnCase, needed, written};
use super::outcome::REASON_MAX_CHARS;
use super::{ActionError, Actions, Actor};
use crate::domain::flow::{Refused, Step, whence};
use crate::domain::id::{CaseId, DepartmentId};
use crate::domain::script::search_key;
use crate::domain::timeline::Entry;
use crate::store::{Tx, Work};

impl Actions {
    /// The assignee has it no longer: the other service says who does it there. `note` goes along, for colleagues. The new version.
    pub async fn forward_case(
        &self,
        actor: &Actor,
        case: CaseId,
        version: i64,
        to: DepartmentId,
        note: &str,
    ) -> Result<i64, ActionError> {
        let note = written(note, "a note", NOTE_MAX_CHARS)?.to_owned();
        let on = self.on(actor, case, Some(version));
        self.carried_out(ForwardCase { on, to, note }, case).await
    }

    /// To whoever forwarded it last; with whom it was there, it is again. The new version.
    pub async fn return_case(
        &self,
        actor: &Actor,
        case: CaseId,
        version: i64,
        reason: &str,
    ) -> Result<i64, ActionError> {
        let reason = needed(reason, "the reason", REASON_MAX_CHARS)?.to_owned();
        let on = self.on(actor, case, Some(version));
        self.carried_out(ReturnCase { on, reason }, case).await
    }
}

pub(super) struct ForwardCase {
    pub on: OnCase,
    pub to: DepartmentId,
    pub note: String,
}

impl Work for ForwardCase {
    type Out = i64;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<i64, ActionError> {
        let Self { on, to, note } = self;
        let mut case = on.step(tx, Step::Forward).await?;
        if !on.shared.db.directory().department(*to).is_some_and(|department| department.active) {
            return Err(ActionError::Invalid("there is no such service".into()));
        }
        if case.status == Step::Forward.to() && case.department == Some(*to) {
            return Err(ActionError::Invalid("the case is with that service already".into()));
        }
        let (from, assignee, status) = (case.department, case.assignee, case.status);
        let mut entries = vec![Entry::Forwarded { from, to: *to, assignee, status }];
        if !note.is_empty() {
            // An entry of its own: citizens see where their case is, not what colleagues say about it.
            entries.push(Entry::Note { words: note.clone() });
        }
        entries.extend(on.shared.mail_to_department(tx, (on.case, &case), *to, note, on.at).await?);
        on.enter(tx, &mut case, &entries).await?;
        tx.add_case_words(on.case, &search_key(note)).await?;
        Ok(case.version)
    }
}

struct ReturnCase {
    on: OnCase,
    reason: String,
}

impl Work for ReturnCase {
    type Out = i64;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<i64, ActionError> {
        let Self { on, reason } = self;
        let mut case = on.step(tx, Step::SendBack).await?;
        let way = tx.entries_of(on.case, &["forwarded", "sent_back"]).await?;
        let whence = whence(&way).ok_or(Refused::NeverForwarded)?;
        // Who left meanwhile gets nothing back.
        let directory = on.shared.db.directory();
        let assignee = whence.assignee.filter(|id| directory.user(*id).is_some_and(|user| user.active));
        let (from, status, reason) = (case.department, case.status, reason.clone());
        let back = Entry::SentBack { from, to: whence.department, assignee, status, reason };
        on.enter(tx, &mut case, &[back]).await?;
        tx.add_case_words(on.case, &search_key(&self.reason)).await?;
        Ok(case.version)
    }
}
