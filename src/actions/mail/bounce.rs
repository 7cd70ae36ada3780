//! A mail of ours came back: its row in the outbox says so, and the timeline of its case.

use jiff::Timestamp;

use crate::actions::{ActionError, Shared};
use crate::domain::email::EmailAddress;
use crate::domain::id::{CaseId, OutboxId, PersonId};
use crate::domain::mail_bounce::is_wrong_address;
use crate::domain::message::{Bounced, DeliveryState};
use crate::domain::person::{PersonEntry, Point, PointKind};
use crate::domain::timeline::Entry;
use crate::store::Tx;
use crate::store::event::By;

/// What a mail server reports about one mail of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailBounce {
    /// The Message-ID of ours; `None` when the report does not name it.
    pub original_id: Option<String>,
    pub what: Bounced,
    /// Whom it did not reach, as the report says.
    pub recipient: String,
    /// RFC 3463 status and the server's words.
    pub error: String,
}

impl MailBounce {
    /// The case whose timeline changed; `None` when the mail is not known, or its end was known already.
    pub(super) async fn record(
        &self,
        shared: &Shared,
        tx: &mut Tx<'_>,
        returned_to: Option<OutboxId>,
        at: Timestamp,
    ) -> Result<Option<CaseId>, ActionError> {
        let by_id = match self.original_id.as_deref() {
            Some(id) => tx.sent_mail(id).await?,
            None => None,
        };
        // A server that returns nothing of the mail returns it at least to where it came from.
        let by_path = match returned_to {
            Some(mail) if by_id.is_none() => tx.outbox_mail(mail).await?,
            _ => None,
        };
        let Some(sent) = by_id.or(by_path) else { return Ok(None) };
        if self.what == Bounced::Failed && self.is_about(&sent.to) {
            says_invalid(tx, &sent.to, &self.error, at).await?;
        }
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

impl MailBounce {
    /// A mail that was forwarded comes back from somewhere else, and then says nothing of the address that it went to first.
    fn is_about(&self, to: &EmailAddress) -> bool {
        EmailAddress::parse(&self.recipient).map_or(self.recipient.is_empty(), |about| about == *to)
    }
}

/// A server refused a mail of ours: when it says that there is nobody, the card says so too.
pub(super) async fn wrong_address(
    tx: &mut Tx<'_>,
    mail: OutboxId,
    said: &str,
    at: Timestamp,
) -> Result<(), ActionError> {
    if !is_wrong_address(said) {
        return Ok(());
    }
    match tx.outbox_mail(mail).await? {
        Some(sent) => says_invalid(tx, &sent.to, said, at).await,
        None => Ok(()),
    }
}

async fn says_invalid(
    tx: &mut Tx<'_>,
    address: &EmailAddress,
    said: &str,
    at: Timestamp,
) -> Result<(), ActionError> {
    if !is_wrong_address(said) {
        return Ok(());
    }
    let Some(person) = tx.network_says_invalid(address, said, at).await? else { return Ok(()) };
    mark(tx, person, address, (false, said), at).await
}

/// Whoever writes from there reads there.
pub(super) async fn reaches_somebody(
    tx: &mut Tx<'_>,
    address: &EmailAddress,
    at: Timestamp,
) -> Result<(), ActionError> {
    match tx.reaches_somebody(address).await? {
        Some(person) => mark(tx, person, address, (true, ""), at).await,
        None => Ok(()),
    }
}

async fn mark(
    tx: &mut Tx<'_>,
    person: PersonId,
    address: &EmailAddress,
    (valid, why): (bool, &str),
    at: Timestamp,
) -> Result<(), ActionError> {
    let point = Point { kind: PointKind::Email, value: address.as_str().to_owned() };
    let person = tx.survivor(person).await?;
    let entry = PersonEntry::PointMarked { point, valid, why: why.to_owned() };
    tx.append_person(person, at, &By::default(), &entry).await?;
    tx.index_person(person).await?;
    Ok(())
}
