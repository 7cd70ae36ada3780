//! A mail on its way out: in the thread of the conversation, with the token of the one it goes to.

use jiff::Timestamp;

use crate::actions::{ActionError, Shared};
use crate::domain::case::CaseRef;
use crate::domain::email::EmailAddress;
use crate::domain::id::{AttachmentId, CaseId, InteractionId, OutboxId};
use crate::domain::mail::{MailParty, MailPurpose, OurMail, plain_subject, subject_with_token, token};
use crate::domain::timeline::Entry;
use crate::store::Tx;
use crate::store::mail::NewOutboxMail;

/// Ids in References: RFC 5322 sets no limit, and long ones are cut by others.
const LONGEST_THREAD: usize = 20;
/// In the name of a mail that is about no case; no case has this number.
const NO_CASE: CaseId = CaseId(0);

#[derive(Clone, Copy, Debug)]
pub(in crate::actions) struct MailOut<'a> {
    pub case: &'a CaseRef,
    /// The contact that it answers.
    pub interaction: Option<InteractionId>,
    pub to: &'a EmailAddress,
    /// As whom the addressee may answer.
    pub party: MailParty,
    pub purpose: MailPurpose,
    /// Empty: that of the conversation.
    pub subject: &'a str,
    pub words: &'a str,
    /// Files of the case that go with it.
    pub files: &'a [AttachmentId],
    pub at: Timestamp,
}

impl Shared {
    /// The entry that tells of it is the caller's to enter; after the commit `mails.notify_one()` sends it without delay.
    pub(in crate::actions) async fn queue_mail(
        &self,
        tx: &mut Tx<'_>,
        out: &MailOut<'_>,
    ) -> Result<(OutboxId, Entry), ActionError> {
        if !self.mail.sends() {
            return Err(ActionError::Invalid("no e-mail can be sent: [mail.smtp] is not configured".into()));
        }
        let last = tx.last_mail(out.case.id, out.to).await?;
        let subject = match out.subject.trim() {
            "" if last.subject.is_empty() => tx.first_subject(out.case.id).await?,
            "" => last.subject.clone(),
            given => given.to_owned(),
        };
        let party = (out.party, token(rand::random()));
        let token = tx.put_mail_token(out.case.id, out.to, (party.0, &party.1), out.at).await?;
        let subject = subject_with_token(&plain_subject(&subject), out.case.number.as_str(), &token);
        let mut thread = last.thread;
        thread.extend(last.message_id.clone());
        thread.drain(..thread.len().saturating_sub(LONGEST_THREAD));
        let mail = NewOutboxMail {
            case: Some(out.case.id),
            interaction: out.interaction,
            purpose: out.purpose,
            to: out.to,
            subject: &subject,
            words: out.words,
            in_reply_to: last.message_id.as_deref(),
            thread: &thread,
            files: files(out.files),
            at: out.at,
        };
        let outbox = tx.queue_mail(&mail).await?;
        let ours = OurMail { case: out.case.id, outbox, random: rand::random() };
        tx.name_mail(outbox, &ours.id(&self.mail.own_domain())).await?;
        let (to, words) = (out.to.as_str().to_owned(), out.words.to_owned());
        Ok((outbox, Entry::MailQueued { outbox, to, purpose: out.purpose, subject, words }))
    }
}

impl Shared {
    /// To a user, about no single case: not in any thread, and no answer to it belongs anywhere.
    pub(in crate::actions) async fn queue_mail_to_user(
        &self,
        tx: &mut Tx<'_>,
        to: &EmailAddress,
        (purpose, subject, words): (MailPurpose, &str, &str),
        at: Timestamp,
    ) -> Result<OutboxId, ActionError> {
        let mail = NewOutboxMail {
            case: None,
            interaction: None,
            purpose,
            to,
            subject,
            words,
            in_reply_to: None,
            thread: &[],
            files: None,
            at,
        };
        let outbox = tx.queue_mail(&mail).await?;
        let ours = OurMail { case: NO_CASE, outbox, random: rand::random() };
        tx.name_mail(outbox, &ours.id(&self.mail.own_domain())).await?;
        Ok(outbox)
    }
}

fn files(ids: &[AttachmentId]) -> Option<String> {
    let list = ids.iter().map(|id| id.to_string()).collect::<Vec<_>>().join(",");
    (!list.is_empty()).then_some(list)
}
