//! Mails that people write on a case: to its citizen, and to whoever is to decide about it.

use std::sync::Arc;

use jiff::Timestamp;

use super::queue::MailOut;
use crate::actions::on_case::sendable;
use crate::actions::{ActionError, Actions, Actor, Shared};
use crate::domain::case::CaseRef;
use crate::domain::email::EmailAddress;
use crate::domain::flow::Refused;
use crate::domain::id::{AttachmentId, CaseEventId, CaseId};
use crate::domain::mail::{MailParty, MailPurpose};
use crate::domain::permission::Right;
use crate::domain::projection::CaseFields;
use crate::domain::timeline::Entry;
use crate::store::event::By;
use crate::store::{Tx, Work};

/// A letter of some pages.
pub const MAIL_MAX_CHARS: usize = 20_000;
/// Files that go with one mail.
const MOST_FILES: usize = 20;

/// To an institution or an officer, who may answer the mail.
#[derive(Clone, Debug)]
pub struct ForwardMail {
    pub to: EmailAddress,
    pub party: MailParty,
    /// What is asked of them.
    pub note: String,
    /// Files of the case that go with it.
    pub files: Vec<AttachmentId>,
}

impl Actions {
    /// Writes to the citizen of the case, in the thread of their mails. The entry is public.
    pub async fn reply_by_mail(
        &self,
        actor: &Actor,
        case: CaseId,
        words: &str,
        files: Vec<AttachmentId>,
    ) -> Result<CaseEventId, ActionError> {
        let words = checked(words, &files)?;
        let (shared, actor, at) = (Arc::clone(&self.shared), actor.clone(), self.clock.now());
        self.write_mail(WriteMail { shared, actor, case, letter: Letter::Reply { words, files }, at }).await
    }

    /// Sends the facts of the case to somebody who may answer the mail; the answer lands on the case. The entry is internal.
    pub async fn forward_by_mail(
        &self,
        actor: &Actor,
        case: CaseId,
        forward: ForwardMail,
    ) -> Result<CaseEventId, ActionError> {
        let note = checked(&forward.note, &forward.files)?;
        if forward.party == MailParty::Citizen {
            return Err(ActionError::Invalid("a case is forwarded to an institution or an officer".into()));
        }
        let forward = ForwardMail { note, ..forward };
        let (shared, actor, at) = (Arc::clone(&self.shared), actor.clone(), self.clock.now());
        self.write_mail(WriteMail { shared, actor, case, letter: Letter::Forward(forward), at }).await
    }

    async fn write_mail(&self, work: WriteMail) -> Result<CaseEventId, ActionError> {
        let case = work.case;
        let id = self.shared.db.write(work).await?;
        self.shared.mails.notify_one();
        self.changed(case);
        Ok(id)
    }
}

fn checked(words: &str, files: &[AttachmentId]) -> Result<String, ActionError> {
    let words = words.trim();
    if words.is_empty() {
        return Err(ActionError::Invalid("an e-mail has words".into()));
    }
    sendable(words)?;
    if words.chars().count() > MAIL_MAX_CHARS {
        return Err(ActionError::Invalid(format!("an e-mail has at most {MAIL_MAX_CHARS} characters")));
    }
    if files.len() > MOST_FILES {
        return Err(ActionError::Invalid(format!("an e-mail has at most {MOST_FILES} files")));
    }
    Ok(words.to_owned())
}

struct WriteMail {
    shared: Arc<Shared>,
    actor: Actor,
    case: CaseId,
    letter: Letter,
    at: Timestamp,
}

enum Letter {
    Reply { words: String, files: Vec<AttachmentId> },
    Forward(ForwardMail),
}

impl Work for WriteMail {
    type Out = CaseEventId;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<CaseEventId, ActionError> {
        let mut case = tx.case_fields(self.case).await?.ok_or(ActionError::NotFound)?;
        if case.merged_into.is_some() {
            return Err(Refused::Merged.into());
        }
        let entry = match &self.letter {
            Letter::Reply { words, files } => self.reply(tx, &case, words, files).await?,
            Letter::Forward(forward) => self.forward(tx, &case, forward).await?,
        };
        let by: By = self.actor.by();
        let id = self.shared.enter(tx, (self.case, &mut case), self.at, &by, &[entry]).await?;
        id.ok_or(ActionError::NotFound)
    }
}

impl WriteMail {
    async fn reply(
        &self,
        tx: &mut Tx<'_>,
        case: &CaseFields,
        words: &str,
        files: &[AttachmentId],
    ) -> Result<Entry, ActionError> {
        self.shared.allow_on(&self.actor, Right::Reply, case)?;
        self.files_are_of_case(tx, files).await?;
        let to = match case.person {
            Some(person) => tx.email_of(person).await?,
            None => None,
        };
        let to =
            to.ok_or_else(|| ActionError::Invalid("no e-mail address of the citizen is known".into()))?;
        let language = if crate::domain::script::has_cyrillic(words) { "sr-Cyrl" } else { "sr-Latn" };
        let words = self.shared.signed(words, language);
        let reference = CaseRef { id: self.case, number: case.number.clone() };
        let out = MailOut {
            case: &reference,
            interaction: None,
            to: &to,
            party: MailParty::Citizen,
            purpose: MailPurpose::Reply,
            subject: "",
            words: &words,
            files,
            at: self.at,
        };
        Ok(self.shared.queue_mail(tx, &out).await?.1)
    }

    async fn forward(
        &self,
        tx: &mut Tx<'_>,
        case: &CaseFields,
        forward: &ForwardMail,
    ) -> Result<Entry, ActionError> {
        self.shared.allow_on(&self.actor, Right::Forward, case)?;
        self.files_are_of_case(tx, &forward.files).await?;
        let said = tx.first_words(self.case).await?;
        let said = if said.is_empty() { case.summary.clone() } else { said };
        let words = self.shared.forward_letter(&self.shared.db.directory(), case, (&forward.note, &said))?;
        let reference = CaseRef { id: self.case, number: case.number.clone() };
        let out = MailOut {
            case: &reference,
            interaction: None,
            to: &forward.to,
            party: forward.party,
            purpose: MailPurpose::Forward,
            subject: "",
            words: &words,
            files: &forward.files,
            at: self.at,
        };
        Ok(self.shared.queue_mail(tx, &out).await?.1)
    }

    /// A mail takes nothing along that is not on its case.
    async fn files_are_of_case(&self, tx: &mut Tx<'_>, files: &[AttachmentId]) -> Result<(), ActionError> {
        for file in files {
            if tx.attachment_case(*file).await? != Some(self.case) {
                return Err(ActionError::Invalid("a file is not on this case".into()));
            }
        }
        Ok(())
    }
}
