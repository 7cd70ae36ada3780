//! Campaigns: what is said when, how far it has come, and what people did with it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::sql::{Row, args};
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::campaign::hours::SendingHours;
use crate::domain::campaign::{CampaignState, Deed, Ladder, Message, RecipientState};
use crate::domain::file::BlobHash;
use crate::domain::id::{CampaignId, UserId};

#[derive(Clone, Debug)]
pub struct Campaign {
    pub id: CampaignId,
    pub state: CampaignState,
    /// Grows with every change.
    pub version: i64,
    pub draft: Draft,
    pub made_by: Option<UserId>,
    pub approved_by: Option<UserId>,
    /// Parts of all texts of the first step, as they were reckoned when it was prepared.
    pub parts: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    /// Since when names and addresses of its recipients are gone.
    pub forgotten_at: Option<Timestamp>,
}

/// What people write of a campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub name: String,
    pub ladder: Ladder,
    pub message: Message,
    pub hours: SendingHours,
    pub sender: Option<String>,
    pub per_minute: Option<u32>,
    pub start_at: Option<Timestamp>,
}

/// How many recipients stand on which step in which state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts(pub BTreeMap<(&'static str, usize), i64>);

#[derive(Clone, Debug)]
pub struct CampaignEvent {
    pub at: Timestamp,
    pub deed: Deed,
    pub actor: Option<UserId>,
    pub token: Option<String>,
    pub detail: String,
}

const COLUMNS: &str = "id, state, version, name, ladder, message, hours, sender, per_minute, start_at, made_by, approved_by, parts, \
     created_at, updated_at, started_at, ended_at, forgotten_at";
/// A page of the history; a campaign has some dozen deeds.
const EVENTS: i64 = 200;

impl Counts {
    pub fn add(&mut self, state: RecipientState, rung: usize, n: i64) {
        *self.0.entry((state.as_str(), rung)).or_default() += n;
    }

    pub fn of(&self, state: RecipientState) -> i64 {
        self.0.iter().filter(|((word, _), _)| *word == state.as_str()).map(|(_, n)| n).sum()
    }

    pub fn on(&self, state: RecipientState, rung: usize) -> i64 {
        self.0.get(&(state.as_str(), rung)).copied().unwrap_or(0)
    }

    pub fn total(&self) -> i64 {
        self.0.values().sum()
    }
}

impl Db {
    pub async fn campaign(&self, id: CampaignId) -> Result<Option<Campaign>, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM campaign WHERE id = $1"));
        self.optional(sql, args![id]).await?.as_ref().map(campaign).transpose()
    }

    /// Latest changed first.
    pub async fn campaigns(
        &self,
        limit: u32,
        after: Option<(Timestamp, CampaignId)>,
    ) -> Result<Vec<Campaign>, StoreError> {
        let (at, id) = after.unwrap_or((Timestamp::MAX, CampaignId(i64::MAX)));
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM campaign WHERE (updated_at, id) < ($1, $2) ORDER BY updated_at DESC, id DESC LIMIT $3"
        ));
        self.all(sql, args![at, id, i64::from(limit)]).await?.iter().map(campaign).collect()
    }

    /// Those of which something is to be done without people.
    pub async fn campaigns_alive(&self) -> Result<Vec<Campaign>, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM campaign WHERE state IN ('preparing', 'approved', 'running', 'paused') \
             OR id IN (SELECT campaign_id FROM campaign_count WHERE state IN ('waiting', 'sending') AND n > 0) ORDER BY id"
        ));
        self.all(sql, args![]).await?.iter().map(campaign).collect()
    }

    pub async fn campaign_counts(&self, id: CampaignId) -> Result<Counts, StoreError> {
        let sql = "SELECT state, rung, n FROM campaign_count WHERE campaign_id = $1 AND n <> 0";
        counts(&self.all(sql, args![id]).await?)
    }

    /// Messages handed over in each minute since then, oldest first: minutes since 1970.
    pub async fn campaign_minutes(&self, id: CampaignId, since: i64) -> Result<Vec<(i64, i64)>, StoreError> {
        let sql = "SELECT minute, begun FROM campaign_minute WHERE campaign_id = $1 AND minute >= $2 ORDER BY minute";
        self.all(sql, args![id, since]).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
    }

    /// Latest first.
    pub async fn campaign_events(&self, id: CampaignId) -> Result<Vec<CampaignEvent>, StoreError> {
        let sql = "SELECT at, deed, actor_id, token, detail FROM campaign_event WHERE campaign_id = $1 ORDER BY id DESC LIMIT $2";
        let rows = self.all(sql, args![id, EVENTS]).await?;
        rows.iter()
            .map(|row| {
                let mut r = row.reader();
                Ok(CampaignEvent {
                    at: r.next()?,
                    deed: r.next()?,
                    actor: r.next()?,
                    token: r.next()?,
                    detail: r.next()?,
                })
            })
            .collect()
    }
}

impl Tx<'_> {
    pub async fn insert_campaign(
        &mut self,
        draft: &Draft,
        by: Option<UserId>,
        at: Timestamp,
    ) -> Result<CampaignId, StoreError> {
        let sql = "INSERT INTO campaign (name, state, version, ladder, message, hours, sender, per_minute, start_at, made_by, \
             created_at, updated_at) VALUES ($1, 'draft', 1, $2, $3, $4, $5, $6, $7, $8, $9, $9)";
        let values = args![
            draft.name.as_str(),
            json(&draft.ladder)?,
            json(&draft.message)?,
            json(&draft.hours)?,
            draft.sender.clone(),
            draft.per_minute.map(i64::from),
            draft.start_at,
            by,
            at
        ];
        Ok(CampaignId(self.insert_one(sql, values).await?))
    }

    /// Under a lock until the end of the transaction.
    pub async fn campaign(&mut self, id: CampaignId) -> Result<Option<Campaign>, StoreError> {
        let lock = if self.is_postgres() { " FOR UPDATE" } else { "" };
        let sql = sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM campaign WHERE id = $1{lock}"));
        self.optional(sql, args![id]).await?.as_ref().map(campaign).transpose()
    }

    /// The same without a lock, for what happens thousands of times a second.
    pub async fn campaign_as_it_is(&mut self, id: CampaignId) -> Result<Option<Campaign>, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM campaign WHERE id = $1"));
        self.optional(sql, args![id]).await?.as_ref().map(campaign).transpose()
    }

    pub async fn put_campaign(
        &mut self,
        id: CampaignId,
        draft: &Draft,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE campaign SET name = $2, ladder = $3, message = $4, hours = $5, sender = $6, per_minute = $7, \
             start_at = $8, version = version + 1, updated_at = $9 WHERE id = $1";
        let values = args![
            id,
            draft.name.as_str(),
            json(&draft.ladder)?,
            json(&draft.message)?,
            json(&draft.hours)?,
            draft.sender.clone(),
            draft.per_minute.map(i64::from),
            draft.start_at,
            at
        ];
        self.execute(sql, values).await.map(drop)
    }

    /// Looks through all of them: asked when somebody takes a recording away.
    pub async fn is_recording_used(&mut self, recording: &BlobHash) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM campaign WHERE message LIKE $1 \
             UNION ALL SELECT 1 FROM survey_version WHERE questionnaire LIKE $1 LIMIT 1";
        Ok(self.optional(sql, args![format!("%\"{}\"%", recording.as_str())]).await?.is_some())
    }

    pub async fn touch_campaign(&mut self, id: CampaignId, at: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE campaign SET version = version + 1, updated_at = $2 WHERE id = $1";
        self.execute(sql, args![id, at]).await.map(drop)
    }

    /// Start and end are written down with it.
    pub async fn move_campaign(
        &mut self,
        id: CampaignId,
        to: CampaignState,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE campaign SET state = $2, version = version + 1, updated_at = $3, \
             started_at = CASE WHEN $2 = 'running' THEN COALESCE(started_at, $3) ELSE started_at END, \
             ended_at = CASE WHEN $2 IN ('finished', 'stopped') THEN $3 ELSE NULL END WHERE id = $1";
        self.execute(sql, args![id, to, at]).await.map(drop)
    }

    pub async fn set_approved(&mut self, id: CampaignId, by: Option<UserId>) -> Result<(), StoreError> {
        self.execute("UPDATE campaign SET approved_by = $2 WHERE id = $1", args![id, by]).await.map(drop)
    }

    pub async fn add_campaign_parts(&mut self, id: CampaignId, parts: i64) -> Result<(), StoreError> {
        self.execute("UPDATE campaign SET parts = parts + $2 WHERE id = $1", args![id, parts]).await.map(drop)
    }

    pub async fn clear_campaign_parts(&mut self, id: CampaignId) -> Result<(), StoreError> {
        self.execute("UPDATE campaign SET parts = 0 WHERE id = $1", args![id]).await.map(drop)
    }

    pub async fn add_campaign_event(
        &mut self,
        id: CampaignId,
        (deed, detail): (Deed, &str),
        (actor, token): (Option<UserId>, Option<&str>),
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO campaign_event (campaign_id, at, deed, actor_id, token, detail) VALUES ($1, $2, $3, $4, $5, $6)";
        self.execute(sql, args![id, at, deed, actor, token, detail]).await.map(drop)
    }

    pub async fn campaign_counts(&mut self, id: CampaignId) -> Result<Counts, StoreError> {
        let sql = "SELECT state, rung, n FROM campaign_count WHERE campaign_id = $1 AND n <> 0";
        counts(&self.all(sql, args![id]).await?)
    }

    /// In the order of their keys, so that two transactions never wait for each other.
    pub async fn change_campaign_counts(&mut self, id: CampaignId, by: &Counts) -> Result<(), StoreError> {
        let sql = "INSERT INTO campaign_count (campaign_id, state, rung, n) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (campaign_id, state, rung) DO UPDATE SET n = campaign_count.n + excluded.n";
        for ((state, rung), n) in by.0.iter().filter(|(_, n)| **n != 0) {
            self.execute(sql, args![id, *state, number(*rung), *n]).await?;
        }
        Ok(())
    }

    pub async fn clear_campaign_counts(&mut self, id: CampaignId) -> Result<(), StoreError> {
        self.execute("DELETE FROM campaign_count WHERE campaign_id = $1", args![id]).await.map(drop)
    }

    /// Whether this person, or this program by its token, wrote or changed it.
    pub async fn is_an_author(
        &mut self,
        id: CampaignId,
        (user, token): (Option<UserId>, Option<&str>),
    ) -> Result<bool, StoreError> {
        let sql = "SELECT id FROM campaign_event WHERE campaign_id = $1 AND deed IN ('make', 'change') \
             AND (actor_id = $2 OR token = $3) LIMIT 1";
        Ok(self.optional(sql, args![id, user, token]).await?.is_some())
    }

    pub async fn count_campaign_minute(
        &mut self,
        id: CampaignId,
        minute: i64,
        begun: usize,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO campaign_minute (campaign_id, minute, begun) VALUES ($1, $2, $3) \
             ON CONFLICT (campaign_id, minute) DO UPDATE SET begun = campaign_minute.begun + excluded.begun";
        self.execute(sql, args![id, minute, number(begun)]).await.map(drop)
    }

    /// A draft without recipients.
    pub async fn remove_campaign(&mut self, id: CampaignId) -> Result<(), StoreError> {
        for sql in [
            "DELETE FROM campaign_fault WHERE source_id IN (SELECT id FROM campaign_source WHERE campaign_id = $1)",
            "DELETE FROM campaign_source WHERE campaign_id = $1",
            "DELETE FROM campaign_count WHERE campaign_id = $1",
            "DELETE FROM campaign_minute WHERE campaign_id = $1",
            "DELETE FROM campaign_event WHERE campaign_id = $1",
            "DELETE FROM campaign WHERE id = $1",
        ] {
            self.execute(sql, args![id]).await?;
        }
        Ok(())
    }
}

pub(super) fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

pub(super) fn json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Corrupt(error.to_string()))
}

pub(super) fn parsed<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(error.to_string()))
}

fn counts(rows: &[Row]) -> Result<Counts, StoreError> {
    let mut counts = Counts::default();
    for row in rows {
        let (state, rung): (RecipientState, i64) = (row.get(0)?, row.get(1)?);
        counts.add(state, usize::try_from(rung).unwrap_or_default(), row.get(2)?);
    }
    Ok(counts)
}

fn campaign(row: &Row) -> Result<Campaign, StoreError> {
    let mut r = row.reader();
    let (id, state, version) = (r.next()?, r.next()?, r.next()?);
    let draft = Draft {
        name: r.next()?,
        ladder: parsed(&r.next::<String>()?)?,
        message: parsed(&r.next::<String>()?)?,
        hours: parsed(&r.next::<String>()?)?,
        sender: r.next()?,
        per_minute: r.next::<Option<i64>>()?.and_then(|pace| u32::try_from(pace).ok()),
        start_at: r.next()?,
    };
    Ok(Campaign {
        id,
        state,
        version,
        draft,
        made_by: r.next()?,
        approved_by: r.next()?,
        parts: r.next()?,
        created_at: r.next()?,
        updated_at: r.next()?,
        started_at: r.next()?,
        ended_at: r.next()?,
        forgotten_at: r.next()?,
    })
}
