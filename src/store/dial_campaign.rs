//! Dialling campaigns, who serves them, and their books.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::AssertSqlSafe;

use super::campaign::{json, parsed};
use super::sql::{Row, args};
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::dialer::accounting::{Books, Tally};
use crate::domain::dialer::contact::Stage;
use crate::domain::dialer::pacing::Learnt;
use crate::domain::dialer::retry::Reason;
use crate::domain::dialer::{DialSettings, DialState, Outcome};
use crate::domain::id::{DialCampaignId, SurveyVersionId, UserId};

#[derive(Clone, Debug)]
pub struct DialCampaign {
    pub id: DialCampaignId,
    pub name: String,
    pub state: DialState,
    /// Grows with every change that people make.
    pub version: i64,
    pub settings: DialSettings,
    /// The version of the survey that is asked.
    pub survey_version: Option<SurveyVersionId>,
    pub made_by: Option<UserId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
}

/// What people write of one.
#[derive(Clone, Debug, PartialEq)]
pub struct DialDraft {
    pub name: String,
    pub settings: DialSettings,
    pub survey_version: Option<SurveyVersionId>,
    /// Nobody named: everybody who may.
    pub operators: Vec<UserId>,
}

/// How a campaign goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DialPace {
    /// Milliseconds from the answer to the operator, in 95 of the last hundreds of calls.
    pub to_operator_p95: Option<i64>,
    /// Mean length of the last talks, in milliseconds.
    pub talk: Option<i64>,
    /// How many contacts were tried how often.
    pub tries: Vec<(i64, i64)>,
    /// And what came of the last try; of those that were not blocked by rules of our own.
    pub last: Vec<(Option<Outcome>, i64)>,
}

/// How many contacts stand where, and why those are done who are.
pub type DialCounts = BTreeMap<(&'static str, Option<&'static str>), i64>;

const COLUMNS: &str = "id, name, state, version, settings, survey_version, made_by, created_at, updated_at, started_at, ended_at";
/// Talks by which the pace of a campaign is told.
const PACED: i64 = 500;
/// Days that matter for what was abandoned, with some to spare.
const BOOK_DAYS: i64 = 31;

impl Db {
    pub async fn dial_campaign(&self, id: DialCampaignId) -> Result<Option<DialCampaign>, StoreError> {
        let sql = AssertSqlSafe(format!("SELECT {COLUMNS} FROM dial_campaign WHERE id = $1"));
        self.optional(sql, args![id]).await?.as_ref().map(campaign).transpose()
    }

    /// Latest changed first.
    pub async fn dial_campaigns(&self, limit: u32) -> Result<Vec<DialCampaign>, StoreError> {
        let sql = AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM dial_campaign ORDER BY updated_at DESC, id DESC LIMIT $1"
        ));
        self.all(sql, args![i64::from(limit)]).await?.iter().map(campaign).collect()
    }

    /// Those of which something goes on, or may again.
    pub async fn dial_campaigns_alive(&self) -> Result<Vec<DialCampaign>, StoreError> {
        let sql = AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM dial_campaign WHERE state IN ('running', 'paused') ORDER BY id"
        ));
        self.all(sql, args![]).await?.iter().map(campaign).collect()
    }

    pub async fn dial_operators(&self, id: DialCampaignId) -> Result<Vec<UserId>, StoreError> {
        let sql = "SELECT user_id FROM dial_operator WHERE campaign_id = $1 ORDER BY user_id";
        self.all(sql, args![id]).await?.iter().map(|row| row.get(0)).collect()
    }

    pub async fn dial_learnt(&self, id: DialCampaignId) -> Result<Option<Learnt>, StoreError> {
        let sql = "SELECT learnt FROM dial_campaign WHERE id = $1 AND learnt IS NOT NULL";
        let row = self.optional(sql, args![id]).await?;
        row.map(|row| parsed(&row.get::<String>(0)?)).transpose()
    }

    pub async fn dial_books(&self, id: DialCampaignId) -> Result<Books, StoreError> {
        let sql = "SELECT day, connected, abandoned, machines, mistaken FROM dial_day WHERE campaign_id = $1 \
             ORDER BY day DESC LIMIT $2";
        let mut days = Vec::new();
        for row in self.all(sql, args![id, BOOK_DAYS]).await? {
            let n = |at| Ok::<_, StoreError>(u64::try_from(row.get::<i64>(at)?).unwrap_or_default());
            let day = row.get::<String>(0)?.parse::<Date>();
            let day = day.map_err(|error| StoreError::Corrupt(error.to_string()))?;
            let tally = Tally { connected: n(1)?, abandoned: n(2)?, machines: n(3)?, mistaken: n(4)? };
            days.push((day, tally));
        }
        let mut books = Books::default();
        // From the oldest on: a later day sends those out that are too old for it.
        days.into_iter().rev().for_each(|(day, tally)| books.on(day).add(&tally));
        Ok(books)
    }

    pub async fn dial_counts(&self, id: DialCampaignId) -> Result<DialCounts, StoreError> {
        let sql = "SELECT state, NULLIF(reason, ''), CAST(SUM(n) AS BIGINT) FROM dial_contact_count WHERE campaign_id = $1 \
             AND n > 0 GROUP BY state, reason";
        let rows = self.all(sql, args![id]).await?;
        let count = |row: &Row| {
            let (stage, reason): (Stage, Option<Reason>) = (row.get(0)?, row.get(1)?);
            Ok(((stage.as_str(), reason.map(Reason::as_str)), row.get(2)?))
        };
        rows.iter().map(count).collect()
    }

    pub async fn dial_pace(&self, id: DialCampaignId) -> Result<DialPace, StoreError> {
        let sql = "SELECT joined_at - answered_at, parted_at - joined_at FROM dial_attempt \
             WHERE campaign_id = $1 AND joined_at IS NOT NULL ORDER BY joined_at DESC LIMIT $2";
        let (mut waits, mut talks): (Vec<i64>, Vec<i64>) = Default::default();
        for row in self.all(sql, args![id, PACED]).await? {
            waits.extend(row.get::<Option<i64>>(0)?.map(milliseconds));
            talks.extend(row.get::<Option<i64>>(1)?.map(milliseconds));
        }
        waits.sort_unstable();
        let sql = "SELECT attempts, CAST(SUM(n) AS BIGINT) FROM dial_contact_count WHERE campaign_id = $1 AND n > 0 GROUP BY attempts \
             ORDER BY attempts";
        let tries = self.all(sql, args![id]).await?;
        let tries: Result<Vec<(i64, i64)>, _> =
            tries.iter().map(|row| Ok::<_, StoreError>((row.get(0)?, row.get(1)?))).collect();
        let mean = talks.iter().sum::<i64>().checked_div(i64::try_from(talks.len()).unwrap_or(0));
        // The nearest rank.
        let p95 = waits.get((waits.len() * 95).div_ceil(100).saturating_sub(1)).copied();
        let sql = "SELECT NULLIF(last_outcome, ''), CAST(SUM(n) AS BIGINT) FROM dial_contact_count WHERE campaign_id = $1 \
             AND n > 0 GROUP BY last_outcome";
        let last = self.all(sql, args![id]).await?;
        let last: Result<Vec<_>, StoreError> =
            last.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect();
        Ok(DialPace { to_operator_p95: p95, talk: mean, tries: tries?, last: last? })
    }

    /// Attempts by what came of them; those under way and those of which nobody knows have no outcome yet.
    pub async fn dial_outcomes(&self, id: DialCampaignId) -> Result<Vec<(Option<Outcome>, i64)>, StoreError> {
        let sql = "SELECT NULLIF(outcome, ''), n FROM dial_attempt_count WHERE campaign_id = $1 AND n > 0";
        self.all(sql, args![id]).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
    }
}

impl Tx<'_> {
    pub async fn insert_dial_campaign(
        &mut self,
        draft: &DialDraft,
        by: Option<UserId>,
        at: Timestamp,
    ) -> Result<DialCampaignId, StoreError> {
        let sql = "INSERT INTO dial_campaign (name, state, version, settings, survey_version, made_by, created_at, updated_at) \
             VALUES ($1, 'draft', 1, $2, $3, $4, $5, $5)";
        let values = args![draft.name.as_str(), json(&draft.settings)?, draft.survey_version, by, at];
        let id = DialCampaignId(self.insert_one(sql, values).await?);
        self.put_dial_operators(id, &draft.operators).await?;
        Ok(id)
    }

    /// Under a lock until the end of the transaction.
    pub async fn dial_campaign(&mut self, id: DialCampaignId) -> Result<Option<DialCampaign>, StoreError> {
        let lock = if self.is_postgres() { " FOR UPDATE" } else { "" };
        let sql = AssertSqlSafe(format!("SELECT {COLUMNS} FROM dial_campaign WHERE id = $1{lock}"));
        self.optional(sql, args![id]).await?.as_ref().map(campaign).transpose()
    }

    pub async fn dial_operators(&mut self, id: DialCampaignId) -> Result<Vec<UserId>, StoreError> {
        let sql = "SELECT user_id FROM dial_operator WHERE campaign_id = $1 ORDER BY user_id";
        self.all(sql, args![id]).await?.iter().map(|row| row.get(0)).collect()
    }

    /// The same without a lock, for what happens with every call.
    pub async fn dial_campaign_as_it_is(
        &mut self,
        id: DialCampaignId,
    ) -> Result<Option<DialCampaign>, StoreError> {
        let sql = AssertSqlSafe(format!("SELECT {COLUMNS} FROM dial_campaign WHERE id = $1"));
        self.optional(sql, args![id]).await?.as_ref().map(campaign).transpose()
    }

    pub async fn put_dial_campaign(
        &mut self,
        id: DialCampaignId,
        draft: &DialDraft,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE dial_campaign SET name = $2, settings = $3, survey_version = $4, version = version + 1, \
             updated_at = $5 WHERE id = $1";
        let values = args![id, draft.name.as_str(), json(&draft.settings)?, draft.survey_version, at];
        self.execute(sql, values).await?;
        self.put_dial_operators(id, &draft.operators).await
    }

    async fn put_dial_operators(
        &mut self,
        id: DialCampaignId,
        operators: &[UserId],
    ) -> Result<(), StoreError> {
        self.execute("DELETE FROM dial_operator WHERE campaign_id = $1", args![id]).await?;
        let sql = "INSERT INTO dial_operator (campaign_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        for user in operators {
            self.execute(sql, args![id, *user]).await?;
        }
        Ok(())
    }

    /// Start and end are written down with it.
    pub async fn move_dial_campaign(
        &mut self,
        id: DialCampaignId,
        to: DialState,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE dial_campaign SET state = $2, version = version + 1, updated_at = $3, \
             started_at = CASE WHEN $2 = 'running' THEN COALESCE(started_at, $3) ELSE started_at END, \
             ended_at = CASE WHEN $2 IN ('finished', 'stopped') THEN $3 ELSE NULL END WHERE id = $1";
        self.execute(sql, args![id, to, at]).await.map(drop)
    }

    pub async fn keep_dial_learnt(&mut self, id: DialCampaignId, learnt: &Learnt) -> Result<(), StoreError> {
        self.execute("UPDATE dial_campaign SET learnt = $2 WHERE id = $1", args![id, json(learnt)?])
            .await
            .map(drop)
    }

    pub async fn count_dialled(
        &mut self,
        id: DialCampaignId,
        day: Date,
        more: &Tally,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO dial_day (campaign_id, day, connected, abandoned, machines, mistaken) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (campaign_id, day) DO UPDATE SET \
             connected = dial_day.connected + excluded.connected, abandoned = dial_day.abandoned + excluded.abandoned, \
             machines = dial_day.machines + excluded.machines, mistaken = dial_day.mistaken + excluded.mistaken";
        let n = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let values = args![
            id,
            day.to_string(),
            n(more.connected),
            n(more.abandoned),
            n(more.machines),
            n(more.mistaken)
        ];
        self.execute(sql, values).await.map(drop)
    }
}

/// Times are kept in microseconds.
fn milliseconds(span: i64) -> i64 {
    span / 1_000
}

fn campaign(row: &Row) -> Result<DialCampaign, StoreError> {
    let mut r = row.reader();
    Ok(DialCampaign {
        id: r.next()?,
        name: r.next()?,
        state: r.next()?,
        version: r.next()?,
        settings: parsed(&r.next::<String>()?)?,
        survey_version: r.next()?,
        made_by: r.next()?,
        created_at: r.next()?,
        updated_at: r.next()?,
        started_at: r.next()?,
        ended_at: r.next()?,
    })
}
