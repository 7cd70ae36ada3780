//! Words to the citizen while the case goes on: a question, news.

use super::on_case::{OnCase, needed, sendable};
use super::outcome::ANSWER_MAX_CHARS;
use super::telling::{Telling, Words};
use super::{ActionError, Actions, Actor};
use crate::domain::flow::Refused;
use crate::domain::id::{CaseId, NoticeId};
use crate::domain::notice::{NoticeState, Purpose, Way};
use crate::domain::permission::Right;
use crate::domain::script::search_key;
use crate::domain::timeline::Entry;
use crate::store::{Tx, Work};

impl Actions {
    /// By `way` first, or else as the citizen chose.
    pub async fn reply(
        &self,
        actor: &Actor,
        case: CaseId,
        words: &str,
        way: Option<Way>,
    ) -> Result<NoticeId, ActionError> {
        let words = needed(words, "a reply", ANSWER_MAX_CHARS)?.to_owned();
        sendable(&words)?;
        let on = self.on(actor, case, None);
        self.carried_out(Reply { on, words, way }, case).await
    }
}

pub(super) struct Reply {
    pub on: OnCase,
    pub words: String,
    pub way: Option<Way>,
}

impl Work for Reply {
    type Out = NoticeId;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<NoticeId, ActionError> {
        let Self { on, words, way } = self;
        let mut case = on.locked(tx, Right::Reply).await?;
        if case.merged_into.is_some() {
            return Err(Refused::Merged.into());
        }
        if case.erased_at.is_some() {
            return Err(Refused::Erased.into());
        }
        let telling = Telling {
            case: on.case,
            purpose: Purpose::Reply,
            words: Words::Say(words),
            first: *way,
            at: on.at,
        };
        let (sent, notice) = on.shared.tell(tx, &case, &telling, None).await?;
        let queued = tx.notice(notice).await?.is_some_and(|notice| notice.state == NoticeState::Telling);
        if !queued {
            return Err(ActionError::Invalid("there is no number or address to which this could go".into()));
        }
        let mut entries = vec![Entry::Replied { notice, words: words.clone() }];
        entries.extend(sent);
        on.enter(tx, &mut case, &entries).await?;
        tx.add_case_words(on.case, &search_key(words)).await?;
        Ok(notice)
    }
}
