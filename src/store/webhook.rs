//! Webhooks and their deliveries. A delivery is written in the transaction of the entry that it tells of: nothing that was committed
//! goes untold, and nothing is told that was not. Without a webhook an entry costs one look into memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwap;
use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::event::By;
use super::sql::{Row, args};
use super::tx::Tx;
use super::vault::{OF_WEBHOOK, Sealed};
use super::{Db, StoreError};
use crate::domain::id::{CaseId, WebhookDeliveryId, WebhookId};
use crate::domain::timeline::Entry;
use crate::domain::webhook::{Delivery, Event, Rests, told};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookRow {
    pub id: WebhookId,
    pub url: String,
    pub events: Vec<Event>,
    /// `None`: it works.
    pub rests: Option<Rests>,
    pub failing_since: Option<Timestamp>,
    pub created_at: Timestamp,
}

/// One line of the log of deliveries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryRow {
    pub id: WebhookDeliveryId,
    pub message_id: String,
    pub event: Event,
    pub case: Option<CaseId>,
    pub at: Timestamp,
    pub state: Delivery,
    pub tries: i64,
    pub next_at: Timestamp,
    pub last_at: Option<Timestamp>,
    pub last_status: Option<i64>,
    pub last_error: Option<String>,
    /// As it was sent; `None` before the first try.
    pub body: Option<String>,
}

/// A delivery that is tried now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueDelivery {
    pub id: WebhookDeliveryId,
    pub message_id: String,
    pub event: Event,
    pub case: Option<CaseId>,
    pub at: Timestamp,
    pub facts: String,
    pub body: Option<String>,
    /// This one included.
    pub tries: u32,
}

/// What became of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    pub state: Delivery,
    pub next_at: Timestamp,
    pub at: Timestamp,
    pub status: Option<i64>,
    pub error: Option<String>,
}

/// The webhooks that want to be told, as every transaction needs to know them.
#[derive(Debug, Default)]
pub(super) struct Hooks {
    awake: ArcSwap<Vec<(WebhookId, Vec<Event>)>>,
    /// One rests that no administrator stopped.
    gave_up: AtomicBool,
}

const WEBHOOK: &str = "SELECT id, url, events, rests, failing_since, created_at FROM webhook";

impl Db {
    pub async fn webhooks(&self) -> Result<Vec<WebhookRow>, StoreError> {
        let sql = AssertSqlSafe(format!("{WEBHOOK} ORDER BY id"));
        self.all(sql, args![]).await?.iter().map(webhook).collect()
    }

    pub async fn webhook(&self, id: WebhookId) -> Result<Option<WebhookRow>, StoreError> {
        let sql = AssertSqlSafe(format!("{WEBHOOK} WHERE id = $1"));
        self.optional(sql, args![id]).await?.as_ref().map(webhook).transpose()
    }

    /// With which its payloads are signed.
    pub async fn webhook_secret(&self, id: WebhookId) -> Result<Option<String>, StoreError> {
        let row = self.optional("SELECT secret FROM webhook WHERE id = $1", args![id]).await?;
        let sealed: Option<String> = row.map(|row| row.get(0)).transpose()?;
        sealed.map(|sealed| self.vault().unseal_text(OF_WEBHOOK, &sealed)).transpose()
    }

    /// The newest first, older than `before`.
    pub async fn webhook_deliveries(
        &self,
        id: WebhookId,
        before: Option<WebhookDeliveryId>,
        limit: u32,
    ) -> Result<Vec<DeliveryRow>, StoreError> {
        let sql = "SELECT id, message_id, event, case_id, at, state, tries, next_at, last_at, last_status, last_error, body \
             FROM webhook_delivery WHERE webhook_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
        let before = before.map_or(i64::MAX, |before| before.0);
        self.all(sql, args![id, before, i64::from(limit)]).await?.iter().map(delivery).collect()
    }

    /// How many wait for each webhook.
    pub async fn webhook_backlog(&self) -> Result<Vec<(WebhookId, i64)>, StoreError> {
        let sql =
            "SELECT webhook_id, COUNT(*) FROM webhook_delivery WHERE state = 'queued' GROUP BY webhook_id";
        let rows = self.all(sql, args![]).await?;
        rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
    }

    /// Reads anew who wants to be told, after a change, and now and then for those made by another node.
    pub async fn refresh_webhooks(&self) -> Result<Vec<WebhookRow>, StoreError> {
        let webhooks = self.webhooks().await?;
        let awake = webhooks.iter().filter(|webhook| webhook.rests.is_none());
        let awake = awake.map(|webhook| (webhook.id, webhook.events.clone())).collect();
        self.hooks.awake.store(Arc::new(awake));
        let gave_up = |webhook: &WebhookRow| webhook.rests.is_some_and(|why| why != Rests::Stopped);
        self.hooks.gave_up.store(webhooks.iter().any(gave_up), Ordering::Relaxed);
        Ok(webhooks)
    }
}

impl Db {
    /// Whether a webhook rests because the other side does not take what it is told.
    pub fn webhook_gave_up(&self) -> bool {
        self.hooks.gave_up.load(Ordering::Relaxed)
    }
}

impl Hooks {
    pub(super) fn is_empty(&self) -> bool {
        self.awake.load().is_empty()
    }
}

fn webhook(row: &Row) -> Result<WebhookRow, StoreError> {
    let mut r = row.reader();
    Ok(WebhookRow {
        id: r.next()?,
        url: r.next()?,
        events: events(&r.next::<String>()?)?,
        rests: r.next()?,
        failing_since: r.next()?,
        created_at: r.next()?,
    })
}

/// Events of a newer version that this one does not know are left out.
fn events(json: &str) -> Result<Vec<Event>, StoreError> {
    let words: Vec<String> = serde_json::from_str(json).map_err(|e| StoreError::Corrupt(e.to_string()))?;
    Ok(words.iter().filter_map(|word| word.parse().ok()).collect())
}

fn delivery(row: &Row) -> Result<DeliveryRow, StoreError> {
    let mut r = row.reader();
    Ok(DeliveryRow {
        id: r.next()?,
        message_id: r.next()?,
        event: r.next()?,
        case: r.next()?,
        at: r.next()?,
        state: r.next()?,
        tries: r.next()?,
        next_at: r.next()?,
        last_at: r.next()?,
        last_status: r.next()?,
        last_error: r.next()?,
        body: r.next()?,
    })
}

/// Unique wherever it was made, also after a restore: the other side takes a message of a known id for a repetition.
pub(super) fn new_message_id() -> String {
    format!("msg_{:032x}", rand::random::<u128>())
}

impl Tx<'_> {
    /// Called for all that is appended to timelines.
    pub(super) async fn tell_webhooks(
        &mut self,
        entries: &[(CaseId, Timestamp, By, &Entry)],
    ) -> Result<(), StoreError> {
        let hooks = self.hooks.awake.load_full();
        let mut deliveries = Vec::new();
        for (case, at, _, entry) in entries {
            let Some((event, facts)) = told(entry) else { continue };
            let wanted = hooks.iter().filter(|(_, events)| events.contains(&event));
            deliveries.extend(wanted.map(|(webhook, _)| (*webhook, *case, *at, event, facts.to_string())));
        }
        // The list in memory may still name one that was removed or rests, here or by another node: a contact is worth more than its
        // news. On PostgreSQL the row is held, so that it is not removed between the look and the insertion.
        let held = if self.is_postgres() { " FOR KEY SHARE" } else { "" };
        for (webhook, case, at, event, facts) in &deliveries {
            let sql = format!(
                "INSERT INTO webhook_delivery (webhook_id, message_id, event, case_id, at, facts, state, tries, next_at) \
                 SELECT id, $2, $3, $4, $5, $6, $7, 0, $5 FROM webhook \
                 WHERE id = $1 AND rests IS NULL{held}"
            );
            let (id, facts) = (new_message_id(), facts.as_str());
            let values = args![*webhook, id, *event, *case, *at, facts, Delivery::Queued];
            self.execute(AssertSqlSafe(sql), values).await?;
        }
        Ok(())
    }

    pub async fn insert_webhook(
        &mut self,
        url: &str,
        events: &[Event],
        secret: &Sealed,
        at: Timestamp,
    ) -> Result<WebhookId, StoreError> {
        let sql = "INSERT INTO webhook (url, events, secret, created_at) VALUES ($1, $2, $3, $4)";
        let id = self.insert_one(sql, args![url, stored(events)?, secret.text(), at]).await?;
        Ok(WebhookId(id))
    }

    /// One that works again forgets how long it failed.
    pub async fn update_webhook(
        &mut self,
        id: WebhookId,
        url: &str,
        events: &[Event],
        rests: Option<Rests>,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE webhook SET url = $2, events = $3, rests = $4, failing_since = NULL WHERE id = $1";
        Ok(self.execute(sql, args![id, url, stored(events)?, rests]).await? > 0)
    }

    pub async fn set_webhook_secret(&mut self, id: WebhookId, secret: &Sealed) -> Result<bool, StoreError> {
        let sql = "UPDATE webhook SET secret = $2 WHERE id = $1";
        Ok(self.execute(sql, args![id, secret.text()]).await? > 0)
    }

    /// Up to `limit` lines of the log of one webhook; how many went.
    pub async fn remove_deliveries(&mut self, id: WebhookId, limit: u32) -> Result<u64, StoreError> {
        let sql = "DELETE FROM webhook_delivery WHERE id IN \
             (SELECT id FROM webhook_delivery WHERE webhook_id = $1 ORDER BY id LIMIT $2)";
        self.execute(sql, args![id, i64::from(limit)]).await
    }

    /// With what is left of its log.
    pub async fn remove_webhook(&mut self, id: WebhookId) -> Result<bool, StoreError> {
        // Who tells this webhook of something holds its row; who comes later finds none.
        if self.is_postgres() {
            self.optional("SELECT 1 FROM webhook WHERE id = $1 FOR UPDATE", args![id]).await?;
        }
        self.execute("DELETE FROM webhook_delivery WHERE webhook_id = $1", args![id]).await?;
        Ok(self.execute("DELETE FROM webhook WHERE id = $1", args![id]).await? > 0)
    }

    /// A delivery that tells of no case.
    pub async fn queue_test(&mut self, id: WebhookId, at: Timestamp) -> Result<(), StoreError> {
        let sql = "INSERT INTO webhook_delivery (webhook_id, message_id, event, at, facts, state, tries, next_at) \
             VALUES ($1, $2, $3, $4, '{}', $5, 0, $4)";
        let values = args![id, new_message_id(), Event::Test, at, Delivery::Queued];
        self.execute(sql, values).await.map(drop)
    }

    /// Due deliveries of a webhook, which nobody else gets before `lease`. Of one case never two at once: the second waits until the
    /// first was accepted or given up.
    pub async fn claim_deliveries(
        &mut self,
        id: WebhookId,
        limit: u32,
        now: Timestamp,
        lease: Timestamp,
    ) -> Result<Vec<DueDelivery>, StoreError> {
        let skip = if self.is_postgres() { "FOR UPDATE SKIP LOCKED" } else { "" };
        let sql = format!(
            "UPDATE webhook_delivery SET tries = tries + 1, next_at = $3 WHERE id IN \
             (SELECT id FROM webhook_delivery d WHERE webhook_id = $1 AND state = 'queued' AND next_at <= $2 \
              AND NOT EXISTS (SELECT 1 FROM webhook_delivery e WHERE e.webhook_id = d.webhook_id \
                  AND e.case_id = d.case_id AND e.state = 'queued' AND e.id < d.id) \
              ORDER BY next_at, id LIMIT $4 {skip}) \
             RETURNING id, message_id, event, case_id, at, facts, body, tries"
        );
        let rows = self.all(AssertSqlSafe(sql), args![id, now, lease, i64::from(limit)]).await?;
        let due = |row: &Row| {
            let mut r = row.reader();
            Ok(DueDelivery {
                id: r.next()?,
                message_id: r.next()?,
                event: r.next()?,
                case: r.next()?,
                at: r.next()?,
                facts: r.next()?,
                body: r.next()?,
                tries: u32::try_from(r.next::<i64>()?).unwrap_or(u32::MAX),
            })
        };
        let mut due: Vec<DueDelivery> = rows.iter().map(due).collect::<Result<_, StoreError>>()?;
        due.sort_by_key(|delivery| delivery.id);
        Ok(due)
    }

    /// What is said from the first try on.
    pub async fn set_delivery_body(&mut self, id: WebhookDeliveryId, body: &str) -> Result<(), StoreError> {
        self.execute("UPDATE webhook_delivery SET body = $2 WHERE id = $1", args![id, body]).await.map(drop)
    }

    pub async fn settle_delivery(&mut self, id: WebhookDeliveryId, tried: &Tried) -> Result<(), StoreError> {
        let sql = "UPDATE webhook_delivery SET state = $2, next_at = $3, last_at = $4, last_status = $5, last_error = $6 \
             WHERE id = $1";
        let values = args![id, tried.state, tried.next_at, tried.at, tried.status, tried.error.as_deref()];
        self.execute(sql, values).await.map(drop)
    }

    /// Since when a webhook fails; the first failure counts.
    pub async fn note_failing(
        &mut self,
        id: WebhookId,
        at: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let sql = "UPDATE webhook SET failing_since = COALESCE(failing_since, $2) WHERE id = $1 RETURNING failing_since";
        let row = self.optional(sql, args![id, at]).await?;
        row.map_or(Ok(None), |row| row.get(0))
    }

    pub async fn note_working(&mut self, id: WebhookId) -> Result<(), StoreError> {
        let sql = "UPDATE webhook SET failing_since = NULL WHERE id = $1 AND failing_since IS NOT NULL";
        self.execute(sql, args![id]).await.map(drop)
    }

    pub async fn rest_webhook(&mut self, id: WebhookId, why: Rests) -> Result<(), StoreError> {
        let sql = "UPDATE webhook SET rests = $2 WHERE id = $1 AND rests IS NULL";
        self.execute(sql, args![id, why]).await.map(drop)
    }

    /// Once more from the beginning, under the same id.
    pub async fn requeue_delivery(
        &mut self,
        webhook: WebhookId,
        id: WebhookDeliveryId,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE webhook_delivery SET state = 'queued', tries = 0, next_at = $3 WHERE id = $2 AND webhook_id = $1";
        Ok(self.execute(sql, args![webhook, id, at]).await? > 0)
    }

    /// Some of the log older than `before`; how many went.
    pub async fn forget_deliveries(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let sql = "DELETE FROM webhook_delivery WHERE id IN \
             (SELECT id FROM webhook_delivery WHERE state <> 'queued' AND at < $1 ORDER BY at LIMIT $2)";
        self.execute(sql, args![before, i64::from(limit)]).await
    }
}

fn stored(events: &[Event]) -> Result<String, StoreError> {
    serde_json::to_string(events).map_err(|e| StoreError::Corrupt(e.to_string()))
}
