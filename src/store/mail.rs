//! E-mails: what goes out, beside the texts in the outbox; whose answers belong to which case; what came.

use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::sql::{Row, args};
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::case::CaseRef;
use crate::domain::email::EmailAddress;
use crate::domain::id::{CaseId, InteractionId, OutboxId, PersonId};
use crate::domain::mail::{MailParty, MailPurpose};
use crate::domain::message::DeliveryState;
use crate::domain::timeline::Entry;

#[derive(Clone, Debug)]
pub struct NewOutboxMail<'a> {
    /// `None`: to a colleague, about none or many.
    pub case: Option<CaseId>,
    pub interaction: Option<InteractionId>,
    pub purpose: MailPurpose,
    pub to: &'a EmailAddress,
    pub subject: &'a str,
    pub words: &'a str,
    pub in_reply_to: Option<&'a str>,
    /// Oldest first.
    pub thread: &'a [String],
    /// JSON list of ids.
    pub files: Option<String>,
    pub at: Timestamp,
}

#[derive(Clone, Debug)]
pub struct ClaimedMail {
    pub id: OutboxId,
    pub to: EmailAddress,
    pub subject: String,
    pub words: String,
    pub message_id: String,
    pub in_reply_to: Option<String>,
    pub thread: Vec<String>,
    pub purpose: MailPurpose,
    pub files: Option<String>,
    /// This attempt included.
    pub attempts: i64,
    pub created_at: Timestamp,
}

/// A mail of ours, for the bounce or the answer that names it.
#[derive(Clone, Debug)]
pub struct SentMail {
    pub id: OutboxId,
    pub case: Option<CaseId>,
    pub state: DeliveryState,
    pub purpose: MailPurpose,
    pub to: EmailAddress,
    /// Why it did not go, in the words of a mail server.
    pub error: Option<String>,
}

#[derive(Clone, Debug)]
pub struct NewReceived<'a> {
    pub interaction: InteractionId,
    pub case: Option<CaseId>,
    pub message_id: Option<&'a str>,
    pub sender: Option<&'a EmailAddress>,
    pub subject: &'a str,
    pub thread: &'a [String],
    /// Of `MailKind`, or `bounce` or `loop`.
    pub kind: &'a str,
    pub at: Timestamp,
}

/// The last mail of a conversation, which the next one answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastMail {
    pub message_id: Option<String>,
    /// Before it, oldest first.
    pub thread: Vec<String>,
    pub subject: String,
}

/// The citizen's first words are among the first entries.
const FIRST_ENTRIES: i64 = 20;
/// Cases of one id or token; more is a mistake.
const MOST_CASES: i64 = 10;

impl Db {
    /// How many mails wait to be sent, and since when the oldest does.
    pub async fn mails_waiting(&self) -> Result<(i64, Option<Timestamp>), StoreError> {
        let sql = "SELECT count(*), min(created_at) FROM outbox WHERE state = 'queued' AND channel = 'email'";
        let Some(row) = self.optional(sql, args![]).await? else { return Ok((0, None)) };
        Ok((row.get(0)?, row.get(1)?))
    }
}

impl Tx<'_> {
    /// Its Message-ID is set by [`Tx::name_mail`], which needs the row's id.
    pub async fn queue_mail(&mut self, mail: &NewOutboxMail<'_>) -> Result<OutboxId, StoreError> {
        let sql = "INSERT INTO outbox (channel, case_id, interaction_id, purpose, recipient, subject, words, in_reply_to, \
             thread_ids, files, state, due_at, created_at, updated_at) \
             VALUES ('email', $1, $2, $3, $4, $5, $6, $7, $8, $9, 'queued', $10, $10, $10)";
        let values = args![
            mail.case,
            mail.interaction,
            mail.purpose,
            mail.to.as_str(),
            mail.subject,
            mail.words,
            mail.in_reply_to,
            mail.thread.join(" "),
            mail.files.clone(),
            mail.at
        ];
        Ok(OutboxId(self.insert_one(sql, values).await?))
    }

    pub async fn name_mail(&mut self, id: OutboxId, message_id: &str) -> Result<(), StoreError> {
        self.execute("UPDATE outbox SET message_id = $2 WHERE id = $1", args![id, message_id]).await.map(drop)
    }

    /// Due mails, now in state `sending`; what is about a case before what goes to many, then oldest first. Several nodes may ask at once: each mail goes to one.
    pub async fn claim_mails(
        &mut self,
        limit: u32,
        (node, now): (&str, Timestamp),
    ) -> Result<Vec<ClaimedMail>, StoreError> {
        let skip = if self.is_postgres() { "FOR UPDATE SKIP LOCKED" } else { "" };
        let sql = format!(
            "UPDATE outbox SET state = 'sending', attempts = attempts + 1, updated_at = $1, node = $3 WHERE id IN \
             (SELECT id FROM outbox WHERE state = 'queued' AND channel = 'email' AND due_at <= $1 \
             ORDER BY urgency, due_at, id LIMIT $2 {skip}) \
             RETURNING id, recipient, subject, words, message_id, in_reply_to, thread_ids, purpose, files, attempts, created_at"
        );
        let rows = self.all(AssertSqlSafe(sql), args![now, i64::from(limit), node]).await?;
        let mut mails = rows.iter().map(claimed).collect::<Result<Vec<_>, _>>()?;
        mails.sort_by_key(|mail| mail.id);
        Ok(mails)
    }

    /// Back to the queue without having been tried.
    pub async fn put_mail_off(
        &mut self,
        id: OutboxId,
        due: Timestamp,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE outbox SET state = 'queued', due_at = $2, updated_at = $3, attempts = attempts - 1 \
             WHERE id = $1 AND state = 'sending'";
        self.execute(sql, args![id, due, at]).await.map(drop)
    }

    /// A network said that it reaches nobody; whose it is. `None`: nobody's, or known already.
    pub async fn network_says_invalid(
        &mut self,
        address: &EmailAddress,
        why: &str,
        at: Timestamp,
    ) -> Result<Option<PersonId>, StoreError> {
        let sql = "UPDATE contact_point SET invalid_at = $2, invalid_why = $3 WHERE kind = 'email' AND value = $1 \
             AND invalid_at IS NULL RETURNING person_id";
        self.optional(sql, args![address.as_str(), at, why]).await?.map(|row| row.get(0)).transpose()
    }

    /// A mail came from there; whose it is. `None`: nothing was wrong with it.
    pub async fn reaches_somebody(&mut self, address: &EmailAddress) -> Result<Option<PersonId>, StoreError> {
        let known = "SELECT person_id FROM contact_point WHERE kind = 'email' AND value = $1 AND invalid_at IS NOT NULL";
        if self.optional(known, args![address.as_str()]).await?.is_none() {
            return Ok(None);
        }
        let sql = "UPDATE contact_point SET invalid_at = NULL, invalid_why = NULL WHERE kind = 'email' AND value = $1 \
             RETURNING person_id";
        self.optional(sql, args![address.as_str()]).await?.map(|row| row.get(0)).transpose()
    }

    /// Mails that a server took before `before` and nobody returned. Each with its case.
    pub async fn presume_mails(
        &mut self,
        before: Timestamp,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<(OutboxId, Option<CaseId>)>, StoreError> {
        let sql = "UPDATE outbox SET state = 'presumed', updated_at = $2 WHERE id IN \
             (SELECT id FROM outbox WHERE state = 'accepted' AND channel = 'email' AND updated_at < $1 \
             ORDER BY updated_at, id LIMIT $3) RETURNING id, case_id";
        let rows = self.all(sql, args![before, now, limit]).await?;
        rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
    }

    pub async fn sent_mail(&mut self, message_id: &str) -> Result<Option<SentMail>, StoreError> {
        let sql = "SELECT id, case_id, state, purpose, recipient, error FROM outbox WHERE message_id = $1";
        self.optional(sql, args![message_id]).await?.as_ref().map(sent).transpose()
    }

    pub async fn outbox_mail(&mut self, id: OutboxId) -> Result<Option<SentMail>, StoreError> {
        let sql = "SELECT id, case_id, state, purpose, recipient, error FROM outbox WHERE id = $1 AND channel = 'email'";
        self.optional(sql, args![id]).await?.as_ref().map(sent).transpose()
    }

    /// Its case, and the contact that it answers.
    pub async fn contact_of_mail(
        &mut self,
        id: OutboxId,
    ) -> Result<Option<(CaseId, Option<InteractionId>)>, StoreError> {
        let sql = "SELECT case_id, interaction_id FROM outbox WHERE id = $1 AND case_id IS NOT NULL";
        let Some(row) = self.optional(sql, args![id]).await? else { return Ok(None) };
        Ok(Some((row.get(0)?, row.get(1)?)))
    }

    /// Receipts that went or go to this address since then.
    pub async fn receipts_since(&mut self, to: &EmailAddress, since: Timestamp) -> Result<i64, StoreError> {
        let sql = "SELECT COUNT(*) FROM outbox WHERE channel = 'email' AND recipient = $1 AND created_at >= $2 \
             AND purpose = 'receipt'";
        self.one(sql, args![to.as_str(), since]).await?.get(0)
    }

    /// The token of this case and address: the one that is there, or the new one.
    pub async fn put_mail_token(
        &mut self,
        case: CaseId,
        address: &EmailAddress,
        (party, token): (MailParty, &str),
        at: Timestamp,
    ) -> Result<String, StoreError> {
        let sql = "INSERT INTO mail_token (token, case_id, address, party, created_at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (case_id, address) DO NOTHING";
        self.execute(sql, args![token, case, address.as_str(), party, at]).await?;
        let sql = "SELECT token FROM mail_token WHERE case_id = $1 AND address = $2";
        self.one(sql, args![case, address.as_str()]).await?.get(0)
    }

    /// Whose case it is about, and to whom it was given.
    pub async fn party_of_token(
        &mut self,
        token: &str,
    ) -> Result<Option<(CaseId, EmailAddress)>, StoreError> {
        let sql = "SELECT case_id, address FROM mail_token WHERE token = $1";
        let Some(row) = self.optional(sql, args![token]).await? else { return Ok(None) };
        Ok(Some((row.get(0)?, row.get(1)?)))
    }

    /// What we know of this address in this case.
    pub async fn mail_party(
        &mut self,
        case: CaseId,
        address: &EmailAddress,
    ) -> Result<Option<MailParty>, StoreError> {
        let sql = "SELECT party FROM mail_token WHERE case_id = $1 AND address = $2";
        let row = self.optional(sql, args![case, address.as_str()]).await?;
        Ok(match row {
            Some(row) => Some(row.get(0)?),
            None => None,
        })
    }

    /// Citizens who may answer into the case: its own and its followers, by all their addresses. Institutions and officers prove that
    /// they were written to.
    pub async fn mail_parties(&mut self, case: CaseId) -> Result<Vec<EmailAddress>, StoreError> {
        let sql = "SELECT cp.value FROM case_file c JOIN person o ON o.id = c.person_id \
             JOIN person g ON g.id = COALESCE(o.merged_into, o.id) OR g.merged_into = COALESCE(o.merged_into, o.id) \
             JOIN contact_point cp ON cp.person_id = g.id WHERE c.id = $1 AND cp.kind = 'email' \
             UNION SELECT cp.value FROM case_party p JOIN contact_point cp ON cp.person_id = p.person_id \
             WHERE p.case_id = $1 AND cp.kind = 'email' \
             UNION SELECT address FROM mail_token WHERE case_id = $1 AND party = 'citizen'";
        self.all(sql, args![case]).await?.iter().map(|row| row.get(0)).collect()
    }

    /// Cases on which a mail of this id came.
    pub async fn cases_of_received(&mut self, message_id: &str) -> Result<Vec<CaseId>, StoreError> {
        let sql = "SELECT case_id FROM mail_received WHERE message_id = $1 AND case_id IS NOT NULL \
             ORDER BY interaction_id DESC LIMIT $2";
        self.all(sql, args![message_id, MOST_CASES]).await?.iter().map(|row| row.get(0)).collect()
    }

    pub async fn insert_received(&mut self, mail: &NewReceived<'_>) -> Result<(), StoreError> {
        let sql = "INSERT INTO mail_received (interaction_id, case_id, message_id, sender, subject, thread_ids, kind, arrived_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let values = args![
            mail.interaction,
            mail.case,
            mail.message_id,
            mail.sender.map(EmailAddress::as_str),
            mail.subject,
            mail.thread.join(" "),
            mail.kind,
            mail.at
        ];
        self.execute(sql, values).await.map(drop)
    }

    /// What a mail to this address about this case answers: their last one, else our last one to them.
    pub async fn last_mail(&mut self, case: CaseId, with: &EmailAddress) -> Result<LastMail, StoreError> {
        let sql = "SELECT message_id, thread_ids, subject FROM mail_received WHERE case_id = $1 AND sender = $2 \
             ORDER BY interaction_id DESC LIMIT 1";
        if let Some(row) = self.optional(sql, args![case, with.as_str()]).await? {
            return last(&row);
        }
        let sql = "SELECT message_id, thread_ids, subject FROM outbox WHERE case_id = $1 AND channel = 'email' \
             AND recipient = $2 ORDER BY id DESC LIMIT 1";
        match self.optional(sql, args![case, with.as_str()]).await? {
            Some(row) => last(&row),
            None => Ok(LastMail::default()),
        }
    }

    /// The subject of the first mail of a case; empty when none came.
    pub async fn first_subject(&mut self, case: CaseId) -> Result<String, StoreError> {
        let sql = "SELECT subject FROM mail_received WHERE case_id = $1 ORDER BY interaction_id LIMIT 1";
        self.optional(sql, args![case]).await?.map_or(Ok(String::new()), |row| row.get(0))
    }

    /// What the citizen said first, in their own words; empty for a call.
    pub async fn first_words(&mut self, case: CaseId) -> Result<String, StoreError> {
        let sql = "SELECT payload FROM case_event WHERE case_id = $1 ORDER BY id LIMIT $2";
        for row in self.all(sql, args![case, FIRST_ENTRIES]).await? {
            let entry = serde_json::from_str::<Entry>(&row.get::<String>(0)?);
            let entry = entry.map_err(|e| StoreError::Corrupt(e.to_string()))?;
            if let Some(words) = entry.words().filter(|_| !matches!(entry, Entry::Note { .. })) {
                return Ok(words.to_owned());
            }
        }
        Ok(String::new())
    }

    /// Where the person is written to: the address they wrote from first.
    pub async fn email_of(&mut self, person: PersonId) -> Result<Option<EmailAddress>, StoreError> {
        let sql = "SELECT cp.value FROM person o JOIN person g ON g.id = COALESCE(o.merged_into, o.id) \
             OR g.merged_into = COALESCE(o.merged_into, o.id) JOIN contact_point cp ON cp.person_id = g.id \
             WHERE o.id = $1 AND cp.kind = 'email' AND cp.invalid_at IS NULL ORDER BY cp.is_primary DESC, cp.id LIMIT 1";
        self.optional(sql, args![person]).await?.map(|row| row.get(0)).transpose()
    }

    pub async fn person_by_email(
        &mut self,
        address: &EmailAddress,
    ) -> Result<Option<(PersonId, String)>, StoreError> {
        let sql = "SELECT p.id, p.name FROM contact_point cp JOIN person o ON o.id = cp.person_id \
             JOIN person p ON p.id = COALESCE(o.merged_into, o.id) WHERE cp.kind = 'email' AND cp.value = $1";
        let Some(row) = self.optional(sql, args![address.as_str()]).await? else { return Ok(None) };
        Ok(Some((row.get(0)?, row.get(1)?)))
    }

    pub async fn insert_person_with_email(
        &mut self,
        name: &str,
        address: &EmailAddress,
        at: Timestamp,
    ) -> Result<PersonId, StoreError> {
        let sql = "INSERT INTO person (name, address, created_at) VALUES ($1, '', $2)";
        let id = PersonId(self.insert_one(sql, args![name, at]).await?);
        let sql = "INSERT INTO contact_point (person_id, kind, value) VALUES ($1, 'email', $2)";
        self.execute(sql, args![id, address.as_str()]).await?;
        self.index_person(id).await?;
        Ok(id)
    }

    /// `None` when it was journaled before.
    pub async fn journal_mail(
        &mut self,
        external_id: &str,
        sender: Option<&EmailAddress>,
        recipient: &str,
        at: Timestamp,
    ) -> Result<Option<InteractionId>, StoreError> {
        let sql = "INSERT INTO interaction (external_id, channel, direction, state, caller_kind, caller, called, started_at) \
             VALUES ($1, 'email', 'in', 'received', $2, $3, $4, $5) ON CONFLICT (external_id) DO NOTHING";
        let kind = if sender.is_some() { "email" } else { "hidden" };
        let values = args![external_id, kind, sender.map(EmailAddress::as_str), recipient, at];
        Ok(self.insert(sql, values).await?.map(InteractionId))
    }

    /// The case's person, or `None`, and its number.
    pub async fn case_ref(&mut self, id: CaseId) -> Result<Option<CaseRef>, StoreError> {
        let sql = "SELECT number FROM case_file WHERE id = $1";
        let Some(row) = self.optional(sql, args![id]).await? else { return Ok(None) };
        Ok(Some(CaseRef { id, number: row.get(0)? }))
    }
}

fn claimed(row: &Row) -> Result<ClaimedMail, StoreError> {
    let mut r = row.reader();
    Ok(ClaimedMail {
        id: r.next()?,
        to: r.next()?,
        subject: r.next::<Option<String>>()?.unwrap_or_default(),
        words: r.next()?,
        message_id: r.next::<Option<String>>()?.unwrap_or_default(),
        in_reply_to: r.next()?,
        thread: ids(&r.next::<Option<String>>()?.unwrap_or_default()),
        purpose: purpose(r.next()?),
        files: r.next()?,
        attempts: r.next()?,
        created_at: r.next()?,
    })
}

fn sent(row: &Row) -> Result<SentMail, StoreError> {
    let mut r = row.reader();
    Ok(SentMail {
        id: r.next()?,
        case: r.next()?,
        state: r.next()?,
        purpose: purpose(r.next()?),
        to: r.next()?,
        error: r.next()?,
    })
}

fn purpose(word: Option<String>) -> MailPurpose {
    word.and_then(|word| word.parse().ok()).unwrap_or(MailPurpose::Notice)
}

fn last(row: &Row) -> Result<LastMail, StoreError> {
    let mut r = row.reader();
    Ok(LastMail {
        message_id: r.next()?,
        thread: ids(&r.next::<Option<String>>()?.unwrap_or_default()),
        subject: r.next::<Option<String>>()?.unwrap_or_default(),
    })
}

fn ids(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}
