//! Attempts to reach contacts of dialling campaigns: a row is there before the number is dialled, and says afterwards what came of it.

use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::node::Left;
use super::sql::{Row, args};
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::announcement::Refusal;
use crate::domain::dialer::Outcome;
use crate::domain::dialer::greeting::Verdict;
use crate::domain::dialer::retry::Attempt;
use crate::domain::id::{DialAttemptId, DialCampaignId, DialContactId, InteractionId, UserId};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialAttempt {
    pub id: DialAttemptId,
    pub campaign: DialCampaignId,
    pub contact: DialContactId,
    pub number: u32,
    pub interaction: Option<InteractionId>,
    pub operator: Option<UserId>,
    pub claimed_at: Timestamp,
    pub taken_at: Option<Timestamp>,
    pub answered_at: Option<Timestamp>,
    pub greeted_at: Option<Timestamp>,
    pub greeted_by: Option<Verdict>,
    pub joined_at: Option<Timestamp>,
    pub parted_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    /// The network took it for sure.
    pub made: bool,
    pub outcome: Option<Outcome>,
    pub code: Option<u16>,
    pub reason: Option<String>,
}

/// A moment in the life of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Taken,
    Answered,
    Joined,
    Parted,
}

const COLUMNS: &str = "a.id, a.campaign_id, a.contact_id, a.number, a.interaction_id, a.operator_id, a.claimed_at, a.taken_at, \
     a.answered_at, a.greeted_at, a.greeted_by, a.joined_at, a.parted_at, a.ended_at, a.made, a.outcome, a.code, a.reason";

impl Mark {
    fn column(self) -> &'static str {
        match self {
            Self::Taken => "taken_at",
            Self::Answered => "answered_at",
            Self::Joined => "joined_at",
            Self::Parted => "parted_at",
        }
    }
}

impl Db {
    /// Oldest first.
    pub async fn dial_attempts(&self, contact: DialContactId) -> Result<Vec<DialAttempt>, StoreError> {
        let sql = AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM dial_attempt a WHERE a.contact_id = $1 ORDER BY a.number"
        ));
        self.all(sql, args![contact]).await?.iter().map(attempt).collect()
    }

    pub async fn dial_attempt(&self, id: DialAttemptId) -> Result<Option<DialAttempt>, StoreError> {
        let sql = AssertSqlSafe(format!("SELECT {COLUMNS} FROM dial_attempt a WHERE a.id = $1"));
        self.optional(sql, args![id]).await?.as_ref().map(attempt).transpose()
    }

    /// The attempt with which an operator is busy: they talk, or write down what came of it.
    pub async fn dial_attempt_of(&self, operator: UserId) -> Result<Option<DialAttempt>, StoreError> {
        let sql = AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM dial_contact c JOIN dial_attempt a ON a.contact_id = c.id AND a.number = c.last_attempt \
             WHERE c.state IN ('talking', 'wrap_up') AND c.operator_id = $1 ORDER BY a.id DESC LIMIT 1"
        ));
        self.optional(sql, args![operator]).await?.as_ref().map(attempt).transpose()
    }
}

impl Tx<'_> {
    pub async fn insert_dial_attempt(
        &mut self,
        (campaign, contact, number): (DialCampaignId, DialContactId, u32),
        (node, operator): (&str, Option<UserId>),
        at: Timestamp,
    ) -> Result<DialAttemptId, StoreError> {
        let sql = "INSERT INTO dial_attempt (campaign_id, contact_id, number, node, operator_id, claimed_at) \
             VALUES ($1, $2, $3, $4, $5, $6)";
        let values = args![campaign, contact, i64::from(number), node, operator, at];
        Ok(DialAttemptId(self.insert_one(sql, values).await?))
    }

    pub async fn dial_attempt(&mut self, id: DialAttemptId) -> Result<Option<DialAttempt>, StoreError> {
        let sql = AssertSqlSafe(format!("SELECT {COLUMNS} FROM dial_attempt a WHERE a.id = $1"));
        self.optional(sql, args![id]).await?.as_ref().map(attempt).transpose()
    }

    /// What the list says of whom it reached.
    pub async fn dial_fields(&mut self, id: DialAttemptId) -> Result<Vec<(String, String)>, StoreError> {
        let sql =
            "SELECT c.fields FROM dial_attempt a JOIN dial_contact c ON c.id = a.contact_id WHERE a.id = $1";
        let row = self.optional(sql, args![id]).await?;
        row.map_or(Ok(Vec::new()), |row| super::campaign::parsed(&row.get::<String>(0)?))
    }

    pub async fn dial_attempt_of_call(
        &mut self,
        call: InteractionId,
    ) -> Result<Option<DialAttempt>, StoreError> {
        let sql = AssertSqlSafe(format!("SELECT {COLUMNS} FROM dial_attempt a WHERE a.interaction_id = $1"));
        self.optional(sql, args![call]).await?.as_ref().map(attempt).transpose()
    }

    /// What the rules for the next one are told: all that have an outcome.
    pub async fn dialled_before(&mut self, contact: DialContactId) -> Result<Vec<Attempt>, StoreError> {
        let sql = "SELECT claimed_at, ended_at, outcome FROM dial_attempt WHERE contact_id = $1 AND outcome IS NOT NULL \
             ORDER BY number";
        let rows = self.all(sql, args![contact]).await?;
        let past = |row: &Row| {
            let (claimed, ended): (Timestamp, Option<Timestamp>) = (row.get(0)?, row.get(1)?);
            Ok(Attempt { at: ended.unwrap_or(claimed), outcome: row.get(2)? })
        };
        rows.iter().map(past).collect()
    }

    /// The call in which it is made; before it is dialled. `false`: it is not to be made any more.
    pub async fn dial_attempt_is_call(
        &mut self,
        id: DialAttemptId,
        call: InteractionId,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE dial_attempt SET interaction_id = $2 WHERE id = $1 AND interaction_id IS NULL AND outcome IS NULL \
             AND EXISTS (SELECT 1 FROM dial_contact c WHERE c.id = contact_id AND c.state = 'dialling' \
             AND c.last_attempt = dial_attempt.number)";
        Ok(self.execute(sql, args![id, call]).await? == 1)
    }

    pub async fn mark_dial_attempt(
        &mut self,
        id: DialAttemptId,
        mark: Mark,
        (by, at): (Option<UserId>, Timestamp),
    ) -> Result<(), StoreError> {
        let column = mark.column();
        let sql = AssertSqlSafe(format!(
            "UPDATE dial_attempt SET {column} = COALESCE({column}, $2), operator_id = COALESCE($3, operator_id), made = 1 \
             WHERE id = $1"
        ));
        self.execute(sql, args![id, at, by]).await.map(drop)
    }

    pub async fn greeted_dial_attempt(
        &mut self,
        id: DialAttemptId,
        by: Verdict,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let sql =
            "UPDATE dial_attempt SET greeted_at = $2, greeted_by = $3 WHERE id = $1 AND greeted_at IS NULL";
        self.execute(sql, args![id, at, by]).await.map(drop)
    }

    /// What came of it, said once. `false`: it was said before.
    pub async fn end_dial_attempt(
        &mut self,
        id: DialAttemptId,
        (outcome, refusal): (Outcome, Option<&Refusal>),
        made: bool,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE dial_attempt SET outcome = $2, code = $3, reason = $4, ended_at = $6, \
             made = CASE WHEN $5 = 1 THEN 1 ELSE made END WHERE id = $1 AND outcome IS NULL";
        let code = refusal.map(|refusal| i64::from(refusal.status));
        let reason = refusal.and_then(|refusal| refusal.told().reason);
        Ok(self.execute(sql, args![id, outcome, code, reason, made, at]).await? == 1)
    }

    /// Nothing was written of it and nothing dialled: as if it had not been claimed.
    pub async fn drop_dial_attempt(&mut self, id: DialAttemptId) -> Result<bool, StoreError> {
        let sql = "DELETE FROM dial_attempt WHERE id = $1 AND interaction_id IS NULL AND outcome IS NULL";
        Ok(self.execute(sql, args![id]).await? == 1)
    }

    /// Attempts that a process left in the middle; those of its contacts that are under way.
    pub async fn dial_attempts_left(
        &mut self,
        left: &Left<'_>,
        limit: i64,
    ) -> Result<Vec<DialAttempt>, StoreError> {
        let mut values = args![limit];
        let whose = left.condition("a", &mut values);
        let sql = AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM dial_contact c JOIN dial_attempt a ON a.contact_id = c.id AND a.number = c.last_attempt \
             WHERE c.state IN ('dialling', 'ringing', 'answered', 'talking', 'wrap_up') AND {whose} ORDER BY a.id LIMIT $1"
        ));
        self.all(sql, values).await?.iter().map(attempt).collect()
    }

    /// Talks that are over since before `since`, and of which nobody has said what came of them.
    pub async fn dial_attempts_unsaid(
        &mut self,
        since: Timestamp,
        limit: i64,
    ) -> Result<Vec<DialAttempt>, StoreError> {
        let sql = AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM dial_contact c JOIN dial_attempt a ON a.contact_id = c.id AND a.number = c.last_attempt \
             WHERE c.state = 'wrap_up' AND a.parted_at < $1 ORDER BY a.id LIMIT $2"
        ));
        self.all(sql, args![since, limit]).await?.iter().map(attempt).collect()
    }
}

fn attempt(row: &Row) -> Result<DialAttempt, StoreError> {
    let mut r = row.reader();
    Ok(DialAttempt {
        id: r.next()?,
        campaign: r.next()?,
        contact: r.next()?,
        number: u32::try_from(r.next::<i64>()?).unwrap_or_default(),
        interaction: r.next()?,
        operator: r.next()?,
        claimed_at: r.next()?,
        taken_at: r.next()?,
        answered_at: r.next()?,
        greeted_at: r.next()?,
        greeted_by: r.next()?,
        joined_at: r.next()?,
        parted_at: r.next()?,
        ended_at: r.next()?,
        made: r.next::<i64>()? != 0,
        outcome: r.next()?,
        code: r.next::<Option<i64>>()?.and_then(|code| u16::try_from(code).ok()),
        reason: r.next()?,
    })
}
