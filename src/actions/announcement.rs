//! Calls that read a message: claimed before anything is dialled, journaled with their contact, settled as soon as it is known how they ended.
//!
//! Such a call is a contact like every other, and its row is there before the telephone rings. It becomes no case, and goes on no case but the one
//! that the message is about: who calls many would else write on the timelines of all who have something open.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::call::CallArrived;
use super::{ActionError, Actions, Shared, delivery};
use crate::domain::announcement::{Next, Reached, Rules, Told};
use crate::domain::id::{CaseId, InteractionId, OutboxId};
use crate::domain::opt_out::{OptOutChannel, OptOutMeans};
use crate::domain::phone::PhoneNumber;
use crate::store::interaction::NewCall;
use crate::store::outbox_call::NewOutboxCall;
use crate::store::{Tx, Work};

/// A message that was put off, or queued by another node, is found by looking this often.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// A message that is to be read to somebody.
#[derive(Clone, Debug)]
pub struct NewAnnouncement {
    pub to: PhoneNumber,
    pub words: String,
    /// `sr` or `en`; `None`: as the words are.
    pub language: Option<String>,
    /// What its author spoke, played in place of the words.
    pub recording: Option<String>,
    /// A number of ours that is shown in place of the trunk's.
    pub sender: Option<String>,
    /// Whose timeline it stands on.
    pub case: Option<CaseId>,
    /// Whose message of a campaign it is.
    pub recipient: Option<i64>,
    /// Not before.
    pub due: Timestamp,
}

/// One that was claimed.
#[derive(Clone, Debug)]
pub struct OutboundCall {
    pub id: OutboxId,
    pub to: PhoneNumber,
    pub words: String,
    pub language: Option<String>,
    pub recording: Option<String>,
    pub sender: Option<String>,
}

impl Actions {
    pub async fn queue_call(&self, call: NewAnnouncement) -> Result<OutboxId, ActionError> {
        let id = self.shared.db.write(QueueCall { call, at: self.clock.now() }).await?;
        self.shared.calls.notify_one();
        Ok(id)
    }

    /// Up to `limit` due messages, now in state `sending`, committed. What is about a case first, then the oldest.
    pub async fn claim_calls(&self, limit: u32) -> Result<Vec<OutboundCall>, ActionError> {
        let node = self.shared.node().to_owned();
        self.shared.db.write(ClaimCalls { limit, node, now: self.clock.now() }).await
    }

    /// Resolves when there may be something to claim.
    pub async fn calls_changed(&self) {
        let _ = tokio::time::timeout(LOOK_AGAIN, self.shared.calls.notified()).await;
    }

    /// The contact, and that it is a call of this message; committed before it is dialled. A message that was withdrawn meanwhile is a
    /// conflict, and not read.
    pub async fn journal_announcement(
        &self,
        call: CallArrived,
        message: OutboxId,
    ) -> Result<InteractionId, ActionError> {
        self.shared.db.write(JournalAnnouncement { shared: Arc::clone(&self.shared), call, message }).await
    }

    /// How a call ended, and what follows for its message. Said again, it changes nothing.
    pub async fn call_told(
        &self,
        call: InteractionId,
        told: &Told,
        rules: &Rules,
        at: Timestamp,
    ) -> Result<(), ActionError> {
        let shared = Arc::clone(&self.shared);
        let work = CallTold { shared, call, told: told.clone(), rules: rules.clone(), at };
        let cases = self.shared.db.write(work).await?;
        self.message_moved(cases);
        Ok(())
    }

    /// A claimed message for which nothing was dialled.
    pub async fn call_not_placed(&self, message: OutboxId, next: Next) -> Result<(), ActionError> {
        let (shared, at) = (Arc::clone(&self.shared), self.clock.now());
        let cases = self.shared.db.write(NotPlaced { shared, message, next, at }).await?;
        self.message_moved(cases);
        Ok(())
    }

    fn message_moved(&self, cases: Vec<CaseId>) {
        // What failed may go another way now.
        self.shared.outbox.notify_one();
        self.shared.mails.notify_one();
        cases.into_iter().for_each(|case| self.changed(case));
    }
}

struct QueueCall {
    call: NewAnnouncement,
    at: Timestamp,
}

impl Work for QueueCall {
    type Out = OutboxId;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<OutboxId, ActionError> {
        let call = &self.call;
        let new = NewOutboxCall {
            to: &call.to,
            words: &call.words,
            language: call.language.as_deref(),
            recording: call.recording.as_deref(),
            sender: call.sender.as_deref(),
            case: call.case,
            recipient: call.recipient,
            urgency: i64::from(call.recipient.is_some()),
            due: call.due,
            at: self.at,
        };
        Ok(tx.queue_call(&new).await?)
    }
}

struct ClaimCalls {
    limit: u32,
    node: String,
    now: Timestamp,
}

impl Work for ClaimCalls {
    type Out = Vec<OutboundCall>;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Vec<OutboundCall>, ActionError> {
        let calls = tx.claim_calls(self.limit, (&self.node, self.now)).await?;
        let outbound = calls.into_iter().map(|call| OutboundCall {
            id: call.id,
            to: call.to,
            words: call.words,
            language: call.language,
            recording: call.recording,
            sender: call.sender,
        });
        Ok(outbound.collect())
    }
}

struct JournalAnnouncement {
    shared: Arc<Shared>,
    call: CallArrived,
    message: OutboxId,
}

impl Work for JournalAnnouncement {
    type Out = InteractionId;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<InteractionId, ActionError> {
        let Self { shared, call, message } = self;
        let new = NewCall {
            node: shared.node(),
            external_id: &call.external_id,
            direction: call.direction,
            operator: call.operator,
            caller: &call.caller,
            called: &call.called,
            at: call.at,
            plan_revision: &call.plan_revision,
        };
        let id = tx.journal_call(&new).await?;
        match tx.insert_call(*message, id, call.at).await? {
            true => Ok(id),
            false => Err(ActionError::Conflict),
        }
    }
}

struct CallTold {
    shared: Arc<Shared>,
    call: InteractionId,
    told: Told,
    rules: Rules,
    at: Timestamp,
}

impl Work for CallTold {
    /// Cases whose timelines changed.
    type Out = Vec<CaseId>;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Vec<CaseId>, ActionError> {
        let Some(message) = tx.message_of_call(self.call).await? else { return Ok(Vec::new()) };
        if !tx.end_message_call(self.call, &self.told).await? {
            return Ok(Vec::new());
        }
        if self.told.reached == Reached::OptedOut
            && let Some(number) = tx.message_address(message.id).await?
        {
            let address = (OptOutChannel::Voice, number.as_str());
            self.shared.opted_out_by_citizen(tx, address, OptOutMeans::Key, self.at).await?;
        }
        let calls = tx.count_calls(message.id).await?;
        follow(&self.shared, tx, message.id, &self.rules.next(&self.told, calls, self.at), self.at).await
    }
}

struct NotPlaced {
    shared: Arc<Shared>,
    message: OutboxId,
    next: Next,
    at: Timestamp,
}

impl Work for NotPlaced {
    /// Cases whose timelines changed.
    type Out = Vec<CaseId>;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Vec<CaseId>, ActionError> {
        follow(&self.shared, tx, self.message, &self.next, self.at).await
    }
}

/// Back to the queue, or to its end; one that was settled meanwhile stays as it is.
async fn follow(
    shared: &Shared,
    tx: &mut Tx<'_>,
    message: OutboxId,
    next: &Next,
    at: Timestamp,
) -> Result<Vec<CaseId>, ActionError> {
    match next {
        Next::Again(due) => {
            tx.requeue_text(message, *due, at).await?;
            Ok(Vec::new())
        }
        Next::Over(state, why) => {
            let settled = tx.settle_texts(&[message], *state, why.as_deref(), at).await?;
            delivery::told(shared, tx, settled, *state, why.as_deref(), at).await
        }
    }
}
