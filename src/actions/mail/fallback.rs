//! What becomes of what a mail carried, when the mail comes to its end: a notice goes on by its ladder, a receipt goes by text.

use jiff::Timestamp;

use crate::actions::{ActionError, Shared};
use crate::domain::case::CaseRef;
use crate::domain::id::OutboxId;
use crate::domain::mail::MailPurpose;
use crate::domain::message::DeliveryState;
use crate::domain::notice::language_for;
use crate::domain::phone::PhoneNumber;
use crate::domain::task::TaskKind;
use crate::store::Tx;
use crate::store::event::By;
use crate::store::mail::SentMail;

/// Notice that answers a contact which opened a case.
const RECEIPT: &str = "receipt";

impl Shared {
    /// Called wherever the state of a mail becomes final, in the same transaction.
    pub(super) async fn mail_settled(
        &self,
        tx: &mut Tx<'_>,
        mail: OutboxId,
        state: DeliveryState,
        at: Timestamp,
    ) -> Result<(), ActionError> {
        let failed =
            matches!(state, DeliveryState::Rejected | DeliveryState::Expired | DeliveryState::Undeliverable);
        // Nobody knows whether it arrived, and it is never sent again by itself.
        let lost = failed || state == DeliveryState::Uncertain;
        let sent = if lost { tx.outbox_mail(mail).await? } else { None };
        let Some(sent) = sent else { return self.heard(tx, mail, state, at).await };
        match sent.purpose {
            MailPurpose::Receipt if failed => self.receipt_by_text(tx, mail, at).await,
            MailPurpose::Alert | MailPurpose::Alerts | MailPurpose::Code => {
                let why = sent.error.as_deref().unwrap_or_default();
                // A server that refuses everything, or is away for days, says nothing about the address.
                if failed && blames_the_address(why) {
                    return self.colleague_unreached(tx, &sent, why).await;
                }
                Ok(())
            }
            MailPurpose::Reply | MailPurpose::Forward if tx.notice_of_text(mail).await?.is_none() => {
                self.letter_is_lost(tx, &sent, at).await
            }
            _ => self.heard(tx, mail, state, at).await,
        }
    }

    /// Nothing more is sent to an address that takes nothing, until its user has confirmed it again; what waits for them is on their page.
    async fn colleague_unreached(
        &self,
        tx: &mut Tx<'_>,
        sent: &SentMail,
        why: &str,
    ) -> Result<(), ActionError> {
        if tx.user_email_failed(&sent.to, why).await? {
            tracing::warn!("the address of a colleague takes no mail: it has to be confirmed again");
            tx.rights_changed().await?;
        }
        Ok(())
    }

    /// What somebody wrote by e-mail goes by no other channel: a human is told, or a case would wait for an answer to what nobody read.
    async fn letter_is_lost(
        &self,
        tx: &mut Tx<'_>,
        sent: &SentMail,
        at: Timestamp,
    ) -> Result<(), ActionError> {
        let Some(id) = sent.case else { return Ok(()) };
        let Some(case) = tx.case_fields(id).await? else { return Ok(()) };
        let (whole, case) = self.whole(tx, (id, case)).await?;
        self.ask(tx, (whole, &case), (TaskKind::MailFailed, sent.purpose.as_str()), at).await.map(drop)
    }

    /// The citizen hears the number of their case all the same, when a number of theirs takes texts. Once: a mail fails once.
    async fn receipt_by_text(
        &self,
        tx: &mut Tx<'_>,
        mail: OutboxId,
        at: Timestamp,
    ) -> Result<(), ActionError> {
        let Some((id, Some(interaction))) = tx.contact_of_mail(mail).await? else { return Ok(()) };
        let Some(case) = tx.case_fields(id).await? else { return Ok(()) };
        let Some(person) = case.person else { return Ok(()) };
        let reach = tx.reach(person).await?;
        let phones = reach.phones.iter().filter_map(|phone| PhoneNumber::from_stored(phone));
        let Some(to) = phones.into_iter().find(PhoneNumber::takes_texts) else { return Ok(()) };
        let language = language_for(&reach, &case.summary);
        let reference = CaseRef { id, number: case.number.clone() };
        match self.queue_notice(tx, &reference, interaction, (RECEIPT, language), &to, at).await {
            Ok((_, entry)) => tx.append(id, at, &By::default(), &[entry]).await.map(drop)?,
            // What became of the mail is written down all the same.
            Err(ActionError::Invalid(why)) => tracing::warn!(why, "a receipt cannot go by text"),
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

/// RFC 3463 §3.2: there is no such mailbox; §3.3: it is closed.
fn blames_the_address(why: &str) -> bool {
    let mut words = why.split(|c: char| !c.is_ascii_digit() && c != '.');
    words.any(|word| word.starts_with("5.1.") || word == "5.2.1")
}

#[cfg(test)]
mod tests {
    use super::blames_the_address;

    #[test]
    fn only_what_is_said_about_the_address_counts_against_it() {
        for (why, blames) in [
            ("550 5.1.1 no such user", true),
            ("550-5.1.1 The email account", true),
            ("5.2.1 disabled", true),
            ("554 5.7.1 relay access denied", false),
            ("552 5.2.2 mailbox full", false),
            ("15.1.1.7 is on a list", false),
            ("", false),
        ] {
            assert_eq!(blames_the_address(why), blames, "{why}");
        }
    }
}
