//! A mail of ours came back: its row in the outbox says so, and the timeline of its case.

use jiff::Timestamp;

use crate::actions::{ActionError, Shared};
use crate::domain::id::CaseId;
use crate::domain::message::{Bounced, DeliveryState};
use crate::domain::timeline::Entry;
use crate::store::Tx;
use crate::store::event::By;

/// What a mail server reports about one mail of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailBounce {
    /// The Message-ID of ours; `None` when the report does not name it.
    pub original_id: Option<String>,
    pub what: Bounced,
    /// RFC 3463 status and the server's words.
    pub error: String,
}

impl MailBounce {
    /// The case whose timeline changed; `None` when the mail is not known, or its end was known already.
    pub(super) async fn record(
        &self,
        shared: &Shared,
        tx: &mut Tx<'_>,
        at: Timestamp,
    ) -> Result<Option<CaseId>, ActionError> {
        let Some(id) = self.original_id.as_deref() else { return Ok(None) };
        let Some(sent) = tx.sent_mail(id).await? else { return Ok(None) };
        let state = match self.what {
            Bounced::Failed => DeliveryState::Undeliverable,
            Bounced::Delivered => DeliveryState::Delivered,
            // Nothing is decided; people see that it takes long.
            Bounced::Delayed => sent.state,
            Bounced::Relayed => return Ok(None),
        };
        // Nobody bounces what was not sent, and a mail comes back once. What was presumed to have arrived may still come back.
        let open = !matches!(sent.state, DeliveryState::Queued) && !sent.state.is_final();
        if !open {
            return Ok(None);
        }
        let error = Some(self.error.as_str()).filter(|_| self.what != Bounced::Delivered);
        // Also of one that takes long: the day after which it is presumed to have arrived begins anew.
        tx.set_text_state(sent.id, state, error, at).await?;
        let Some(case) = sent.case else {
            // To a colleague, about no case.
            if self.what != Bounced::Delayed {
                shared.mail_settled(tx, sent.id, state, at).await?;
            }
            return Ok(None);
        };
        let entry = Entry::MailReported { outbox: sent.id, state, error: error.map(str::to_owned) };
        tx.append(case, at, &By::default(), &[entry]).await?;
        if self.what == Bounced::Delayed {
            shared.delayed(tx, sent.id, at).await?;
        } else {
            shared.mail_settled(tx, sent.id, state, at).await?;
        }
        Ok(Some(case))
    }
}
