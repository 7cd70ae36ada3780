//! A mail becomes a case, or an entry on the case whose thread it continues, when its sender belongs to that case.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::bounce::{MailBounce, reaches_somebody};
use super::queue::MailOut;
use crate::actions::file::attach_to_case;
use crate::actions::open::Opening;
use crate::actions::seed::OTHER;
use crate::actions::{ActionError, Actions, Shared, notify};
use crate::domain::caller::Caller;
use crate::domain::case::{CaseRef, Channel};
use crate::domain::email::EmailAddress;
use crate::domain::file::Kept;
use crate::domain::id::{CaseId, InteractionId, PersonId};
use crate::domain::link::LinkKind;
use crate::domain::mail::{
    Candidate, MailKind, MailParty, MailPurpose, OurMail, Thread, plain_subject, thread, tokens,
};
use crate::domain::opt_out::OptOutMeans;
use crate::domain::script::has_cyrillic;
use crate::domain::timeline::{Entry, Visibility};
use crate::store::event::By;
use crate::store::mail::NewReceived;
use crate::store::{Tx, Work};

/// One mail, read.
#[derive(Clone, Debug)]
pub struct MailArrived {
    /// The same when the mail is fetched again or comes twice: made of its Message-ID and its content.
    pub external_id: String,
    pub message_id: Option<String>,
    pub in_reply_to: Vec<String>,
    /// Oldest first.
    pub references: Vec<String>,
    pub sender: Option<EmailAddress>,
    /// As the sender calls himself.
    pub name: String,
    /// Our address, as the mail was written to.
    pub recipient: String,
    /// Where servers on the way say that it was to go; one of them may be the way back of a mail of ours.
    pub delivered_to: Vec<String>,
    pub subject: String,
    pub what: Arrived,
    pub at: Timestamp,
}

#[derive(Clone, Debug)]
pub enum Arrived {
    /// Somebody's words.
    Letter {
        kind: MailKind,
        words: String,
        rest: String,
        files: Vec<ArrivedFile>,
        left_out: u32,
    },
    Bounce(MailBounce),
    /// Somebody told their provider that they do not want a mail of ours (RFC 5965).
    Complaint {
        /// The Message-ID of ours.
        original_id: Option<String>,
    },
    /// One of ours that came back: journaled, and nothing else.
    Ours,
}

#[derive(Clone, Debug)]
pub struct ArrivedFile {
    pub name: String,
    pub declared: String,
    pub bytes: Vec<u8>,
}

/// Where in the mailbox it stands. Written with the mail, so that neither is ahead of the other.
#[derive(Clone, Debug)]
pub struct MailboxPosition {
    pub mailbox: String,
    pub uid_validity: u32,
    pub uid: u32,
}

impl MailboxPosition {
    async fn put(&self, tx: &mut Tx<'_>, at: Timestamp) -> Result<(), ActionError> {
        Ok(tx.put_mailbox_state(&self.mailbox, (self.uid_validity, self.uid), at).await?)
    }
}

/// How far a mailbox was read, and when.
#[derive(Clone, Copy, Debug)]
pub struct KnownPosition {
    pub uid_validity: u32,
    pub uid: u32,
    pub at: Timestamp,
}

struct SetPosition {
    position: MailboxPosition,
    at: Timestamp,
}

impl Work for SetPosition {
    type Out = ();
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), ActionError> {
        self.position.put(tx, self.at).await
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailOutcome {
    Opened(CaseRef),
    /// An entry on the case whose thread it continues.
    Added(CaseRef),
    /// A bounce; the case of the mail that it is about.
    Reported(Option<CaseId>),
    /// No more messages to many for its sender, and no case.
    OptOut,
    Ours,
    /// Was here already.
    Duplicate,
}

/// Notice that answers a mail which opened a case.
const RECEIPT: &str = "mail_receipt";
/// Of a sender's name.
const LONGEST_NAME: usize = 100;
/// Ids that are looked up for a thread: the answered mail and the latest before it.
const MOST_LOOKED_UP: usize = 12;

/// Which other case a new one has to do with.
#[derive(Clone, Copy, Debug)]
pub(super) enum PointsAt {
    /// The sender is no party of it.
    Hint(CaseId),
    /// It has ended, and this one comes after it.
    Follows(CaseId),
}

impl Actions {
    /// How far the mailbox is read; `None`: never before.
    pub async fn mailbox_position(&self, mailbox: &str) -> Result<Option<KnownPosition>, ActionError> {
        let known = self.shared.db.mailbox_state(mailbox).await?;
        Ok(known.map(|known| KnownPosition {
            uid_validity: known.uid_validity,
            uid: known.last_uid,
            at: known.updated_at,
        }))
    }

    /// Whether a mail of this `external_id` was committed.
    pub async fn is_journaled(&self, external_id: &str) -> Result<bool, ActionError> {
        Ok(self.shared.db.is_journaled(external_id).await?)
    }

    /// What is before it is read, or is not ours to read.
    pub async fn set_mailbox_position(&self, position: MailboxPosition) -> Result<(), ActionError> {
        self.shared.db.write(SetPosition { position, at: self.clock.now() }).await
    }

    /// Committed before the mail is marked as seen, with its place in the mailbox, if mails are read in their order. Idempotent by
    /// `external_id`. Its files are on the disk before.
    pub async fn receive_mail(
        &self,
        mail: MailArrived,
        position: Option<MailboxPosition>,
    ) -> Result<MailOutcome, ActionError> {
        let (mail, files) = self.keep_files(mail).await?;
        let work = ReceiveMail { shared: Arc::clone(&self.shared), mail, files, position };
        let outcome = self.shared.db.write(work).await?;
        match &outcome {
            MailOutcome::Opened(case) => {
                self.opened(case.id);
                self.shared.mails.notify_one();
            }
            MailOutcome::Added(case) => {
                self.changed(case.id);
                // A case that was opened again has its receipt.
                self.shared.mails.notify_one();
            }
            MailOutcome::Reported(Some(case)) => {
                self.changed(*case);
                // What failed may go another way now.
                self.shared.outbox.notify_one();
            }
            MailOutcome::Reported(None)
            | MailOutcome::OptOut
            | MailOutcome::Ours
            | MailOutcome::Duplicate => {}
        }
        Ok(outcome)
    }

    /// Takes the files out of the mail. One that cannot be kept stays in the mailbox, and the case says so.
    async fn keep_files(&self, mut mail: MailArrived) -> Result<(MailArrived, Vec<Kept>), ActionError> {
        let mut kept = Vec::new();
        if let Arrived::Letter { files, left_out, .. } = &mut mail.what {
            for file in std::mem::take(files) {
                match self.keep_file(&file.name, Some(&file.declared), file.bytes).await {
                    Ok(file) => kept.push(file),
                    Err(error @ (ActionError::Unavailable(_) | ActionError::Refused(_))) => {
                        return Err(error);
                    }
                    Err(error) => {
                        tracing::warn!(%error, "a file of an e-mail is not kept");
                        *left_out += 1;
                    }
                }
            }
        }
        Ok((mail, kept))
    }
}

pub(super) struct ReceiveMail {
    pub shared: Arc<Shared>,
    pub mail: MailArrived,
    pub files: Vec<Kept>,
    position: Option<MailboxPosition>,
}

impl Work for ReceiveMail {
    type Out = MailOutcome;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<MailOutcome, ActionError> {
        let mail = &self.mail;
        let sender = mail.sender.as_ref();
        // Two mails of one sender are taken one after the other, or both might open a case.
        tx.lock(sender.map(EmailAddress::as_str).unwrap_or_default()).await?;
        if let Some(position) = &self.position {
            position.put(tx, mail.at).await?;
        }
        let journaled = tx.journal_mail(&mail.external_id, sender, &mail.recipient, mail.at).await?;
        let Some(id) = journaled else { return Ok(MailOutcome::Duplicate) };
        if let Arrived::Letter { kind, words, .. } = &mail.what
            && let Some(sender) = sender.filter(|_| kind.is_by_a_person())
        {
            reaches_somebody(tx, sender, mail.at).await?;
            if let Some(asked) = self.opt_out_asked(tx, sender, words).await? {
                self.shared.unsubscribed(tx, &asked, OptOutMeans::Email, mail.at).await?;
                self.received(tx, id, None, "opt_out").await?;
                return Ok(MailOutcome::OptOut);
            }
        }
        match &mail.what {
            Arrived::Letter { kind, words, .. } => match self.thread(tx).await? {
                Thread::Joins(case) => self.join(tx, id, case, (*kind, words)).await,
                Thread::Hint(case) => self.open(tx, id, (*kind, words), Some(PointsAt::Hint(case))).await,
                Thread::Nowhere => self.open(tx, id, (*kind, words), None).await,
            },
            Arrived::Bounce(bounce) => {
                let case = bounce.record(&self.shared, tx, self.returned_to(), mail.at).await?;
                self.received(tx, id, case, "bounce").await?;
                Ok(MailOutcome::Reported(case))
            }
            Arrived::Complaint { original_id } => {
                self.complained(tx, original_id.as_deref()).await?;
                self.received(tx, id, None, "complaint").await?;
                Ok(MailOutcome::OptOut)
            }
            Arrived::Ours => {
                self.received(tx, id, None, "loop").await?;
                Ok(MailOutcome::Ours)
            }
        }
    }
}

impl ReceiveMail {
    /// Which case it continues. A token in the subject and ids of ours before ids that others made.
    async fn thread(&self, tx: &mut Tx<'_>) -> Result<Thread, ActionError> {
        let mail = &self.mail;
        let domain = self.shared.mail.own_domain();
        // With whom we wrote to there: an institution or an officer belongs to a case by a mail of ours that they got, and by nothing else.
        let mut cases: Vec<(CaseId, Option<EmailAddress>)> = Vec::new();
        for token in tokens(&mail.subject) {
            cases.extend(tx.party_of_token(&token).await?.map(|(case, to)| (case, Some(to))));
        }
        let latest_first = mail.in_reply_to.iter().chain(mail.references.iter().rev());
        for id in latest_first.take(MOST_LOOKED_UP) {
            // Also the random part must be right: the whole id is looked up, not the numbers in it.
            match OurMail::parse(id, &domain) {
                Some(_) => {
                    let sent = tx.sent_mail(id).await?;
                    cases.extend(sent.and_then(|sent| Some((sent.case?, Some(sent.to)))));
                }
                None => cases.extend(tx.cases_of_received(id).await?.into_iter().map(|case| (case, None))),
            }
        }
        let mut candidates: Vec<Candidate> = Vec::new();
        for (case, written_to) in cases {
            let proven = match (written_to, &mail.sender) {
                (Some(to), Some(sender)) if to == *sender => {
                    self.still_answers(tx, case, &to).await?.then_some(to)
                }
                _ => None,
            };
            match candidates.iter_mut().find(|known| known.case == case) {
                Some(known) => known.parties.extend(proven),
                None => {
                    let mut parties = tx.mail_parties(case).await?;
                    parties.extend(proven);
                    candidates.push(Candidate { case, parties });
                }
            }
        }
        Ok(thread(mail.sender.as_ref(), &candidates))
    }

    /// Whom we wrote to may have left since.
    async fn still_answers(
        &self,
        tx: &mut Tx<'_>,
        case: CaseId,
        who: &EmailAddress,
    ) -> Result<bool, ActionError> {
        match tx.mail_party(case, who).await? {
            Some(MailParty::Officer) => match tx.user_of_email(who).await? {
                Some(user) => Ok(self.shared.db.directory().user(user).is_some_and(|user| user.active)),
                // Somebody without an account here, to whom it was forwarded by address.
                None => Ok(true),
            },
            known => Ok(known.is_some()),
        }
    }

    pub(super) async fn open(
        &self,
        tx: &mut Tx<'_>,
        id: InteractionId,
        (kind, words): (MailKind, &str),
        points_at: Option<PointsAt>,
    ) -> Result<MailOutcome, ActionError> {
        let (mail, shared) = (&self.mail, &self.shared);
        let directory = shared.db.directory();
        let person = self.person(tx).await?;
        let subject = plain_subject(&mail.subject);
        let said = [subject.as_str(), words].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>();
        let caller = mail.sender.clone().map_or(Caller::Hidden, Caller::Email);
        let opening = Opening {
            channel: Channel::Email,
            category: shared.category(&directory, OTHER)?,
            caller: &caller,
            person,
            words: &said.join(": "),
            place: "",
            by: None,
            at: mail.at,
        };
        let (case, opened) = shared.open(tx, &directory, &opening).await?;
        let mut entries = vec![opened, self.entry(id, MailParty::Citizen, kind)];
        match points_at {
            Some(PointsAt::Hint(other)) => {
                if let Some(other) = tx.case_ref(other).await? {
                    entries.push(Entry::MailPointsAt { case: other.id, number: other.number });
                }
            }
            Some(PointsAt::Follows(other)) => entries.extend(self.linked(tx, &case, other).await?),
            None => {}
        }
        let files = attach_to_case(tx, (case.id, Some(id)), &self.files, Visibility::Public, (None, mail.at));
        entries.extend(files.await?);
        tx.set_interaction_case(id, case.id).await?;
        self.received(tx, id, Some(case.id), kind.as_str()).await?;
        entries.extend(self.receipt(tx, id, &case, (kind, words)).await?);
        tx.append(case.id, mail.at, &By::default(), &entries).await?;
        Ok(MailOutcome::Opened(case))
    }

    /// Linked with the one that it comes after; the entry is for the new one.
    async fn linked(
        &self,
        tx: &mut Tx<'_>,
        case: &CaseRef,
        other: CaseId,
    ) -> Result<Option<Entry>, ActionError> {
        let (link, at) = (LinkKind::Follows, self.mail.at);
        let Some(mut before) = tx.case_fields(other).await? else { return Ok(None) };
        if !tx.link((case.id, other, link), at).await? {
            return Ok(None);
        }
        let entry = |case: &CaseRef, outward| {
            let (other, number) = (case.id, case.number.clone());
            Entry::Linked { other, number, link, outward }
        };
        let there = entry(case, false);
        self.shared.enter(tx, (other, &mut before), at, &By::default(), &[there]).await?;
        Ok(Some(entry(&CaseRef { id: other, number: before.number }, true)))
    }

    /// Whose address it is, written down now if nobody's was.
    async fn person(&self, tx: &mut Tx<'_>) -> Result<Option<(PersonId, String)>, ActionError> {
        let Some(sender) = &self.mail.sender else { return Ok(None) };
        if let Some(known) = tx.person_by_email(sender).await? {
            return Ok(Some(known));
        }
        let name: String = self.mail.name.chars().take(LONGEST_NAME).collect();
        // Many programs put the address where the name should be.
        let name = if name.contains('@') { String::new() } else { name };
        Ok(Some((tx.insert_person_with_email(&name, sender, self.mail.at).await?, name)))
    }

    /// Only to people, not where nobody reads, and not without end: two programs that thank each other would go on for ever.
    pub(super) async fn receipt(
        &self,
        tx: &mut Tx<'_>,
        id: InteractionId,
        case: &CaseRef,
        (kind, words): (MailKind, &str),
    ) -> Result<Option<Entry>, ActionError> {
        let (mail, shared) = (&self.mail, &self.shared);
        let Some(to) = &mail.sender else { return Ok(None) };
        let ourselves = to.as_str() == shared.mail.address.to_lowercase();
        if !shared.mail.sends() || !kind.is_by_a_person() || ourselves || to.reads_nothing() {
            return Ok(None);
        }
        let hour_ago = mail.at.saturating_sub(SignedDuration::from_hours(1)).unwrap_or(Timestamp::MIN);
        if tx.receipts_since(to, hour_ago).await? >= i64::from(shared.mail.receipts_per_hour) {
            return Ok(None);
        }
        // In the script in which the citizen wrote.
        let cyrillic = has_cyrillic(words) || has_cyrillic(&mail.subject);
        let language = if cyrillic { notify::CYRILLIC } else { notify::LATIN };
        let text = shared.mail_notice(tx, RECEIPT, language, case, &[]).await?;
        let out = MailOut {
            case,
            interaction: Some(id),
            to,
            party: MailParty::Citizen,
            purpose: MailPurpose::Receipt,
            subject: "",
            words: &text,
            files: &[],
            at: mail.at,
        };
        Ok(Some(shared.queue_mail(tx, &out).await?.1))
    }

    pub(super) fn entry(&self, interaction: InteractionId, party: MailParty, kind: MailKind) -> Entry {
        let mail = &self.mail;
        let (words, rest, left_out) = match &mail.what {
            Arrived::Letter { words, rest, left_out, .. } => (words.clone(), rest.clone(), *left_out),
            Arrived::Bounce(_) | Arrived::Complaint { .. } | Arrived::Ours => Default::default(),
        };
        Entry::MailReceived {
            interaction,
            sender: mail.sender.as_ref().map(|sender| sender.as_str().to_owned()),
            name: mail.name.chars().take(LONGEST_NAME).collect(),
            party,
            mail: kind,
            subject: mail.subject.clone(),
            words,
            rest,
            left_out,
        }
    }

    pub(super) async fn received(
        &self,
        tx: &mut Tx<'_>,
        interaction: InteractionId,
        case: Option<CaseId>,
        kind: &str,
    ) -> Result<(), ActionError> {
        let mail = &self.mail;
        let received = NewReceived {
            interaction,
            case,
            message_id: mail.message_id.as_deref(),
            sender: mail.sender.as_ref(),
            subject: &mail.subject,
            thread: &mail.references,
            kind,
            at: mail.at,
        };
        Ok(tx.insert_received(&received).await?)
    }
}
