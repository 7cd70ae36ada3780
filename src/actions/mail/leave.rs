//! Mails by which somebody asks for no more messages to many: the one that the link of a mail program writes, a word in answer to one of them, a
//! complaint to the provider.

use super::receive::ReceiveMail;
use crate::actions::ActionError;
use crate::actions::opt_out::Unsubscribing;
use crate::domain::email::EmailAddress;
use crate::domain::id::OutboxId;
use crate::domain::mail::{MailPurpose, UNSUBSCRIBE, of_return_path};
use crate::domain::opt_out::{Asked, OptOutMeans, asked};
use crate::store::Tx;
use crate::store::mail::SentMail;
use crate::store::vault::Vault;

/// Of what a mark in the address that mails are returned to is made.
const RETURN_PATH: &str = "return path";
/// Mails that an answer names; the first is the one that it answers.
const MOST_LOOKED_UP: usize = 3;

pub(super) fn return_mark(vault: &Vault, mail: OutboxId) -> [u8; 32] {
    vault.mark(RETURN_PATH, &mail.0.to_be_bytes())
}

impl ReceiveMail {
    /// The mail of ours to whose way back it came.
    pub(super) fn returned_to(&self) -> Option<OutboxId> {
        let (vault, ours) = (self.shared.db.vault(), &self.shared.mail.return_address);
        if ours.is_empty() {
            return None;
        }
        let mark = |mail| return_mark(vault, mail);
        self.mail.delivered_to.iter().find_map(|address| of_return_path(address, ours, mark))
    }

    /// By the token in its subject, which only whoever got the mail has; or by one word in answer to a mail to many.
    pub(super) async fn opt_out_asked(
        &self,
        tx: &mut Tx<'_>,
        sender: &EmailAddress,
        words: &str,
    ) -> Result<Option<Unsubscribing>, ActionError> {
        let mut subject = self.mail.subject.split_whitespace();
        while let Some(word) = subject.next() {
            if word.eq_ignore_ascii_case(UNSUBSCRIBE)
                && let Some(asked) =
                    subject.next().and_then(|token| Unsubscribing::of_token(self.shared.db.vault(), token))
            {
                return Ok(Some(asked));
            }
        }
        if asked(words) != Some(Asked::Out) {
            return Ok(None);
        }
        for id in self.mail.in_reply_to.iter().take(MOST_LOOKED_UP) {
            if let Some(sent) = tx.sent_mail(id).await?
                && sent.purpose == MailPurpose::Campaign
                && sent.to == *sender
            {
                return Ok(Some(Unsubscribing { mail: sent.id, address: sent.to }));
            }
        }
        Ok(None)
    }

    pub(super) async fn complained(
        &self,
        tx: &mut Tx<'_>,
        original_id: Option<&str>,
    ) -> Result<(), ActionError> {
        let by_id = match original_id {
            Some(id) => tx.sent_mail(id).await?,
            None => None,
        };
        let sent: Option<SentMail> = match (by_id, self.returned_to()) {
            (Some(sent), _) => Some(sent),
            (None, Some(mail)) => tx.outbox_mail(mail).await?,
            (None, None) => None,
        };
        let Some(sent) = sent else {
            tracing::warn!("a complaint is about a mail that is not known");
            return Ok(());
        };
        let asked = Unsubscribing { mail: sent.id, address: sent.to };
        self.shared.unsubscribed(tx, &asked, OptOutMeans::Complaint, self.mail.at).await
    }
}
