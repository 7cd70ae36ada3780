//! What people write before they send it, kept so that it survives a closed tab and another computer. A draft is nobody else's
//! business: it is on no timeline.

use std::sync::Arc;

use jiff::Timestamp;

use super::case::NOTE_MAX_CHARS;
use super::on_case::written;
use super::{ActionError, Actions, Actor, Shared};
use crate::domain::flow::Refused;
use crate::domain::id::CaseId;
use crate::domain::permission::Right;
use crate::domain::words::words;
use crate::store::{Tx, Work};

words! {
    /// What is being written.
    Mode {
        Note = "note",
        Reply = "reply",
        Answer = "answer",
    }
}

impl Actions {
    /// Empty words end the draft. A token of the API has none.
    pub async fn keep_draft(
        &self,
        actor: &Actor,
        case: CaseId,
        mode: Mode,
        words: &str,
    ) -> Result<(), ActionError> {
        let words = written(words, "a draft", NOTE_MAX_CHARS)?.to_owned();
        let (shared, actor, at) = (Arc::clone(&self.shared), actor.clone(), self.clock.now());
        self.shared.db.write(KeepDraft { shared, actor, case, mode, words, at }).await
    }
}

struct KeepDraft {
    shared: Arc<Shared>,
    actor: Actor,
    case: CaseId,
    mode: Mode,
    words: String,
    at: Timestamp,
}

impl Work for KeepDraft {
    type Out = ();
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), ActionError> {
        let Actor::User { id, .. } = self.actor else {
            return Err(ActionError::Invalid("only people write drafts".into()));
        };
        let case = tx.case_fields(self.case).await?.ok_or(ActionError::NotFound)?;
        self.shared.allow_on(&self.actor, Right::ReadCases, &case)?;
        // A draft is on no timeline: nothing would erase it again.
        if case.erased_at.is_some() && !self.words.is_empty() {
            return Err(Refused::Erased.into());
        }
        Ok(tx.put_draft((id, self.case, self.mode.as_str()), &self.words, self.at).await?)
    }
}
