//! Contacts of dialling campaigns: in whose line they stand, who is next, and where they are.

use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::campaign::{json, parsed};
use super::sql::{Row, args, pieces, places};
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::dialer::Outcome;
use crate::domain::dialer::contact::{Stage, State};
use crate::domain::dialer::order::{Rank, Turn};
use crate::domain::dialer::retry::Reason;
use crate::domain::id::{DialCampaignId, DialContactId, PersonId, UserId};

#[derive(Clone, Debug)]
pub struct DialContact {
    pub id: DialContactId,
    pub campaign: DialCampaignId,
    pub person: Option<PersonId>,
    pub name: String,
    /// E.164; `None`: erased.
    pub phone: Option<String>,
    pub fields: Vec<(String, String)>,
    pub priority: i8,
    pub state: State,
    pub salt: u64,
    /// They named the time.
    pub appointment: bool,
    /// Attempts that were made, and the number of the last one, which may not have been.
    pub attempts: u32,
    pub last_attempt: u32,
    /// Who looks at it, or talks with them.
    pub operator: Option<UserId>,
    pub last_outcome: Option<Outcome>,
}

#[derive(Clone, Debug)]
pub struct NewDialContact {
    pub person: Option<PersonId>,
    pub name: String,
    pub phone: String,
    pub fields: Vec<(String, String)>,
    pub priority: i8,
    /// Drawn once.
    pub salt: u64,
}

impl NewDialContact {
    /// Its turn has come when it is added.
    fn rank(&self, due: Timestamp) -> Rank {
        Rank::of(&Turn { appointment: false, priority: self.priority, attempts: 0, due, salt: self.salt })
    }
}

const COLUMNS: &str = "id, campaign_id, person_id, name, phone, fields, priority, state, not_before, salt, appointment, attempts, \
     last_attempt, operator_id, last_outcome, reason";

/// Who is next, by the index of the line; `$1` is the campaign, `$2` how many.
pub const IN_LINE: &str = "SELECT id FROM dial_contact WHERE campaign_id = $1 AND state = 'waiting' AND rank IS NOT NULL ORDER BY rank, id LIMIT $2";
/// Whose turn has come, by the index of those who wait; `$2` is now, `$3` how many.
pub const DUE: &str = "SELECT id FROM dial_contact WHERE campaign_id = $1 AND state = 'waiting' AND rank IS NULL AND not_before <= $2 \
     ORDER BY not_before, id LIMIT $3";
/// Those of them who were promised it.
pub const PROMISED: &str = "SELECT id FROM dial_contact WHERE campaign_id = $1 AND state = 'waiting' AND rank IS NULL AND appointment = 1 \
     AND not_before <= $2 ORDER BY not_before, id LIMIT $3";

impl Db {
    pub async fn dial_contact(&self, id: DialContactId) -> Result<Option<DialContact>, StoreError> {
        let sql = AssertSqlSafe(format!("SELECT {COLUMNS} FROM dial_contact WHERE id = $1"));
        self.optional(sql, args![id]).await?.as_ref().map(contact).transpose()
    }

    /// Whom an operator looks at, or calls, and does not talk with yet.
    pub async fn dial_contact_before(&self, operator: UserId) -> Result<Option<DialContact>, StoreError> {
        let sql = AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM dial_contact WHERE state IN ('preview', 'dialling', 'ringing', 'answered') \
             AND operator_id = $1 ORDER BY updated_at DESC LIMIT 1"
        ));
        self.optional(sql, args![operator]).await?.as_ref().map(contact).transpose()
    }

    /// In the order in which they came, those behind `after`.
    pub async fn dial_contacts(
        &self,
        campaign: DialCampaignId,
        stage: Option<Stage>,
        after: DialContactId,
        limit: u32,
    ) -> Result<Vec<DialContact>, StoreError> {
        let narrowed = if stage.is_some() { "AND state = $4" } else { "AND $4 = ''" };
        let sql = AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM dial_contact WHERE campaign_id = $1 AND id > $2 {narrowed} ORDER BY id LIMIT $3"
        ));
        let word = stage.map_or("", Stage::as_str);
        let rows = self.all(sql, args![campaign, after, i64::from(limit), word]).await?;
        rows.iter().map(contact).collect()
    }

    /// How many could be dialled now, counted no further than `most`.
    pub async fn dial_ready(
        &self,
        campaign: DialCampaignId,
        now: Timestamp,
        most: u32,
    ) -> Result<u32, StoreError> {
        let sql = "SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM dial_contact WHERE campaign_id = $1 AND state = 'waiting' \
             AND rank IS NOT NULL LIMIT $3) l) + (SELECT COUNT(*) FROM (SELECT 1 FROM dial_contact WHERE campaign_id = $1 \
             AND state = 'waiting' AND rank IS NULL AND not_before <= $2 LIMIT $3) d)";
        let row = self.optional(sql, args![campaign, now, i64::from(most)]).await?;
        let ready = row.map_or(Ok(0), |row| row.get::<i64>(0))?;
        Ok(u32::try_from(ready).unwrap_or(most).min(most))
    }

    /// Whether anybody may still be called: waits, or is in a call.
    pub async fn dial_is_open(&self, campaign: DialCampaignId) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM dial_contact WHERE campaign_id = $1 AND state IN \
             ('waiting', 'preview', 'dialling', 'ringing', 'answered', 'talking', 'wrap_up') LIMIT 1";
        Ok(self.optional(sql, args![campaign]).await?.is_some())
    }
}

impl Tx<'_> {
    /// How many were new: a number stands in a campaign once.
    pub async fn insert_dial_contacts(
        &mut self,
        campaign: DialCampaignId,
        new: &[NewDialContact],
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        const VALUES: usize = 11;
        let mut inserted = 0;
        for piece in pieces(new) {
            let sql = format!(
                "INSERT INTO dial_contact (campaign_id, person_id, name, phone, fields, priority, state, not_before, rank, salt, \
                 updated_at) VALUES {} ON CONFLICT DO NOTHING",
                places(piece.len(), VALUES)
            );
            let mut values = Vec::with_capacity(piece.len() * VALUES);
            for one in piece {
                values.extend(args![
                    campaign,
                    one.person,
                    one.name.as_str(),
                    one.phone.as_str(),
                    json(&one.fields)?,
                    i64::from(one.priority),
                    Stage::Waiting,
                    at,
                    one.rank(at).column(),
                    salt_column(one.salt),
                    at
                ]);
            }
            inserted += self.execute(AssertSqlSafe(sql), values).await?;
        }
        Ok(inserted)
    }

    /// Under a lock until the end of the transaction.
    pub async fn dial_contact(&mut self, id: DialContactId) -> Result<Option<DialContact>, StoreError> {
        let lock = if self.is_postgres() { " FOR UPDATE" } else { "" };
        let sql = AssertSqlSafe(format!("SELECT {COLUMNS} FROM dial_contact WHERE id = $1{lock}"));
        self.optional(sql, args![id]).await?.as_ref().map(contact).transpose()
    }

    /// Those whose turn has come and who have no place in the line yet, by [`PROMISED`] or [`DUE`]; other processes leave them alone until the end of
    /// the transaction.
    pub async fn dial_due(
        &mut self,
        whose: &'static str,
        (campaign, now): (DialCampaignId, Timestamp),
        limit: u32,
    ) -> Result<Vec<DialContact>, StoreError> {
        let skip = self.skip_locked();
        let sql = AssertSqlSafe(format!("SELECT {COLUMNS} FROM dial_contact WHERE id IN ({whose} {skip})"));
        let rows = self.all(sql, args![campaign, now, i64::from(limit)]).await?;
        rows.iter().map(contact).collect()
    }

    pub async fn put_in_line(&mut self, id: DialContactId, rank: Rank) -> Result<(), StoreError> {
        self.execute("UPDATE dial_contact SET rank = $2 WHERE id = $1", args![id, rank.column()])
            .await
            .map(drop)
    }

    /// The first of the line, in its order; other processes leave them alone until the end of the transaction.
    pub async fn dial_next(
        &mut self,
        campaign: DialCampaignId,
        limit: u32,
    ) -> Result<Vec<DialContact>, StoreError> {
        let skip = self.skip_locked();
        let sql = AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM dial_contact WHERE id IN ({IN_LINE} {skip}) ORDER BY rank, id"
        ));
        let rows = self.all(sql, args![campaign, i64::from(limit)]).await?;
        rows.iter().map(contact).collect()
    }

    /// Whether this number is being called by any campaign: nobody is rung twice at once.
    pub async fn is_being_dialled(&mut self, phone: &str) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM dial_contact WHERE phone = $1 AND state IN \
             ('dialling', 'ringing', 'answered', 'talking') LIMIT 1";
        Ok(self.optional(sql, args![phone]).await?.is_some())
    }

    /// Where it stands from now on. Whoever waits has no place in the line until their turn has come.
    pub async fn put_dial_contact(
        &mut self,
        one: &DialContact,
        appointment: bool,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let (not_before, reason) = match one.state {
            State::Waiting { not_before } => (not_before, None),
            State::Done { reason } => (at, Some(reason)),
            _ => (at, None),
        };
        let sql = "UPDATE dial_contact SET state = $2, not_before = $3, rank = NULL, appointment = $4, attempts = $5, \
             last_attempt = $6, operator_id = $7, last_outcome = $8, reason = $9, updated_at = $10 WHERE id = $1";
        let values = args![
            one.id,
            one.state.stage(),
            not_before,
            appointment,
            i64::from(one.attempts),
            i64::from(one.last_attempt),
            one.operator,
            one.last_outcome,
            reason,
            at
        ];
        self.execute(sql, values).await.map(drop)
    }

    /// Those of a number who are still to be called, in whatever campaign.
    pub async fn dial_contacts_of(&mut self, phone: &str) -> Result<Vec<DialContact>, StoreError> {
        let sql =
            AssertSqlSafe(format!("SELECT {COLUMNS} FROM dial_contact WHERE phone = $1 AND state <> 'done'"));
        self.all(sql, args![phone]).await?.iter().map(contact).collect()
    }

    /// Some of those who only wait are taken off the list. How many.
    pub async fn withdraw_waiting(
        &mut self,
        campaign: DialCampaignId,
        limit: u32,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        let sql = "UPDATE dial_contact SET state = 'done', reason = 'withdrawn', rank = NULL, operator_id = NULL, \
             updated_at = $2 WHERE id IN (SELECT id FROM dial_contact WHERE campaign_id = $1 AND state IN ('waiting', 'preview') \
             LIMIT $3)";
        self.execute(sql, args![campaign, at, i64::from(limit)]).await
    }

    pub async fn has_dial_contacts(&mut self, campaign: DialCampaignId) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM dial_contact WHERE campaign_id = $1 LIMIT 1";
        Ok(self.optional(sql, args![campaign]).await?.is_some())
    }

    pub async fn count_dial_contacts(&mut self, campaign: DialCampaignId) -> Result<i64, StoreError> {
        let sql = "SELECT COUNT(*) FROM dial_contact WHERE campaign_id = $1";
        self.optional(sql, args![campaign]).await?.map_or(Ok(0), |row| row.get(0))
    }

    /// What an operator looks at before it is dialled.
    pub async fn dial_shown_to(
        &mut self,
        campaign: DialCampaignId,
        operator: UserId,
    ) -> Result<Option<DialContactId>, StoreError> {
        let sql = "SELECT id FROM dial_contact WHERE state = 'preview' AND campaign_id = $1 AND operator_id = $2 LIMIT 1";
        self.optional(sql, args![campaign, operator]).await?.map(|row| row.get(0)).transpose()
    }

    /// Contacts that somebody has been looking at since before `since`: they have gone, and the contacts wait again.
    pub async fn take_back_shown(&mut self, since: Timestamp, at: Timestamp) -> Result<u64, StoreError> {
        let sql = "UPDATE dial_contact SET state = 'waiting', not_before = $2, operator_id = NULL, updated_at = $2 \
             WHERE state = 'preview' AND updated_at < $1";
        self.execute(sql, args![since, at]).await
    }

    fn skip_locked(&self) -> &'static str {
        if self.is_postgres() { "FOR UPDATE SKIP LOCKED" } else { "" }
    }
}

/// Bits of chance; a column has a sign.
fn salt_column(salt: u64) -> i64 {
    i64::try_from(salt >> 1).unwrap_or_default()
}

fn contact(row: &Row) -> Result<DialContact, StoreError> {
    let mut r = row.reader();
    let (id, campaign, person, name, phone) = (r.next()?, r.next()?, r.next()?, r.next()?, r.next()?);
    let fields = parsed(&r.next::<String>()?)?;
    let priority = i8::try_from(r.next::<i64>()?).unwrap_or_default();
    let (stage, not_before): (Stage, Timestamp) = (r.next()?, r.next()?);
    let salt = r.next::<i64>()?.unsigned_abs();
    let appointment = r.next::<i64>()? != 0;
    let number = |n: i64| u32::try_from(n).unwrap_or_default();
    let (attempts, last_attempt) = (number(r.next()?), number(r.next()?));
    let (operator, last_outcome): (Option<UserId>, Option<Outcome>) = (r.next()?, r.next()?);
    let reason: Option<Reason> = r.next()?;
    let attempt = last_attempt;
    let state = match stage {
        Stage::Waiting => State::Waiting { not_before },
        Stage::Preview => State::Preview,
        Stage::Dialling => State::Dialling { attempt },
        Stage::Ringing => State::Ringing { attempt },
        Stage::Answered => State::Answered { attempt },
        Stage::Talking => State::Talking { attempt },
        Stage::WrapUp => State::WrapUp { attempt },
        Stage::Done => State::Done { reason: reason.unwrap_or(Reason::Withdrawn) },
    };
    Ok(DialContact {
        id,
        campaign,
        person,
        name,
        phone,
        fields,
        priority,
        state,
        salt,
        appointment,
        attempts,
        last_attempt,
        operator,
        last_outcome,
    })
}
