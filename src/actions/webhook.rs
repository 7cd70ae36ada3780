//! Webhooks: who is told by HTTP, what, and what became of it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};

use super::audit::What;
use super::{ActionError, Actions, Actor, Shared};
use crate::domain::id::{WebhookDeliveryId, WebhookId};
use crate::domain::permission::Right;
use crate::domain::webhook::{
    Allowed, BadTarget, Delivery, Event, GIVE_UP_AFTER, Rests, Target, pause_after,
};
use crate::store::vault::{OF_WEBHOOK, Sealed};
pub use crate::store::webhook::WebhookRow;
use crate::store::webhook::{DueDelivery, Tried};
use crate::store::{StoreError, Tx, Work};

/// Why a webhook was not added or changed.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    #[error(transparent)]
    Target(#[from] BadTarget),
    #[error("a webhook is told of one event at least")]
    NoEvent,
    #[error("there are {0} webhooks already")]
    TooMany(usize),
    #[error(transparent)]
    Action(#[from] ActionError),
}

impl From<StoreError> for WebhookError {
    fn from(error: StoreError) -> Self {
        Self::Action(error.into())
    }
}

/// Shown once. In the form of the specification, so that libraries take it as it is.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret(pub String);

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

/// What is sent now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sending {
    pub id: WebhookDeliveryId,
    pub message_id: String,
    pub body: String,
    tries: u32,
}

/// What the other side said, or why it could not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A status of the two-hundreds.
    Accepted(u16),
    /// 410: it wants no more.
    Gone,
    /// Any other status, or none; with words for the log.
    Refused { status: Option<u16>, why: String },
}

/// A municipality has a handful of programs; each costs a row for every event.
const MOST: usize = 20;
/// As many random bytes as the digest has (the specification asks for 24 to 64).
const SECRET_BYTES: usize = 32;
const SECRET_PREFIX: &str = "whsec_";
/// A try is over long before; after it somebody else may try.
const LEASE: Duration = Duration::from_secs(120);
/// The log of what was delivered is for finding out what went wrong lately.
const KEEP_LOG: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// So much of the log goes in one transaction.
const FORGET_AT_ONCE: u32 = 500;
/// So much of what went wrong is kept for each try.
const ERROR_CHARS: usize = 300;

impl Actions {
    /// What `[webhooks]` allows; said once, by `app`.
    pub fn allow_webhooks(&self, allowed: Allowed) {
        let _ = self.shared.webhooks.set(allowed);
    }

    /// For lists, which change nothing.
    pub fn may_manage_webhooks(&self, actor: &Actor) -> Result<(), ActionError> {
        self.shared.allow(actor, Right::ManageTokens)
    }

    fn webhook_target(&self, url: &str) -> Result<Target, BadTarget> {
        Target::parse(url, self.shared.webhooks.get().copied().unwrap_or_default())
    }

    pub async fn add_webhook(
        &self,
        actor: &Actor,
        url: &str,
        events: Vec<Event>,
    ) -> Result<(WebhookId, WebhookSecret), WebhookError> {
        self.shared.allow(actor, Right::ManageTokens)?;
        let url = self.webhook_target(url)?.as_str().to_owned();
        if events.is_empty() {
            return Err(WebhookError::NoEvent);
        }
        if self.shared.db.webhooks().await?.len() >= MOST {
            return Err(WebhookError::TooMany(MOST));
        }
        let secret = new_secret();
        let work = Change::Add { url, events, secret: self.sealed(&secret)?, at: self.clock.now() };
        let id = self.change_webhook_by(actor, work, json!({ "new": true })).await?;
        Ok((id, secret))
    }

    /// `rests`: it is told nothing until it is woken.
    pub async fn change_webhook(
        &self,
        actor: &Actor,
        id: WebhookId,
        url: &str,
        events: Vec<Event>,
        rests: bool,
    ) -> Result<(), WebhookError> {
        self.shared.allow(actor, Right::ManageTokens)?;
        let url = self.webhook_target(url)?.as_str().to_owned();
        if events.is_empty() {
            return Err(WebhookError::NoEvent);
        }
        let rests_now = self.shared.db.webhook(id).await?.ok_or(ActionError::NotFound)?.rests;
        let rests = rests.then(|| rests_now.unwrap_or(Rests::Stopped));
        let told = json!({ "rests": rests });
        self.change_webhook_by(actor, Change::Put { id, url, events, rests }, told).await?;
        Ok(())
    }

    /// The former secret signs nothing from now on.
    pub async fn renew_webhook_secret(
        &self,
        actor: &Actor,
        id: WebhookId,
    ) -> Result<WebhookSecret, WebhookError> {
        self.shared.allow(actor, Right::ManageTokens)?;
        let secret = new_secret();
        let work = Change::Secret { id, secret: self.sealed(&secret)? };
        self.change_webhook_by(actor, work, json!({ "secret": "new" })).await?;
        Ok(secret)
    }

    /// First it rests, so that nothing more is written down for it here, then its log goes in pieces, for a long one would keep calls
    /// waiting, and at last it goes itself.
    pub async fn remove_webhook(&self, actor: &Actor, id: WebhookId) -> Result<(), WebhookError> {
        self.shared.allow(actor, Right::ManageTokens)?;
        self.shared.db.write(Rest(id)).await?;
        self.shared.db.refresh_webhooks().await?;
        while self.shared.db.write(ForgetOf(id)).await? == u64::from(FORGET_AT_ONCE) {}
        self.change_webhook_by(actor, Change::Remove(id), json!({ "removed": true })).await?;
        Ok(())
    }

    /// Something to see whether it arrives.
    pub async fn test_webhook(&self, actor: &Actor, id: WebhookId) -> Result<(), WebhookError> {
        self.shared.allow(actor, Right::ManageTokens)?;
        if self.shared.db.webhook(id).await?.is_none() {
            return Err(ActionError::NotFound.into());
        }
        let work = Change::Test { id, at: self.clock.now() };
        self.change_webhook_by(actor, work, json!({ "test": true })).await?;
        Ok(())
    }

    /// Once more, under the same message id.
    pub async fn send_again(
        &self,
        actor: &Actor,
        id: WebhookId,
        delivery: WebhookDeliveryId,
    ) -> Result<(), WebhookError> {
        self.shared.allow(actor, Right::ManageTokens)?;
        let work = Change::Again { id, delivery, at: self.clock.now() };
        self.change_webhook_by(actor, work, json!({ "again": delivery })).await?;
        Ok(())
    }

    fn sealed(&self, secret: &WebhookSecret) -> Result<Sealed, StoreError> {
        self.shared.db.vault().seal(OF_WEBHOOK, secret.0.as_bytes())
    }

    async fn change_webhook_by(
        &self,
        actor: &Actor,
        work: Change,
        told: Json,
    ) -> Result<WebhookId, WebhookError> {
        let subject = |id: &WebhookId| super::audit::Subject::new(super::audit::SubjectKind::Webhook, id);
        let id =
            self.audited(actor, work, move |id| (What::WebhookChanged, subject(id), told.clone())).await?;
        self.shared.db.refresh_webhooks().await?;
        Ok(id)
    }

    /// What is due for a webhook, written down as being tried. At most so many as `limit`.
    pub async fn claim_deliveries(&self, id: WebhookId, limit: u32) -> Result<Vec<Sending>, ActionError> {
        let work = Claim { shared: Arc::clone(&self.shared), id, limit, now: self.clock.now() };
        self.shared.db.write(work).await
    }

    /// What became of a try. Whether the webhook rests from now on.
    pub async fn record_delivery(
        &self,
        id: WebhookId,
        sending: &Sending,
        answer: Answer,
    ) -> Result<Option<Rests>, ActionError> {
        let work = Record { id, delivery: sending.id, tries: sending.tries, answer, now: self.clock.now() };
        let rests = self.shared.db.write(work).await?;
        if rests.is_some() {
            self.shared.db.refresh_webhooks().await?;
        }
        Ok(rests)
    }

    /// Forgets old lines of the log; whether there may be more.
    pub async fn forget_deliveries(&self) -> Result<bool, ActionError> {
        let before = self.clock.now().checked_sub(KEEP_LOG).unwrap_or(Timestamp::UNIX_EPOCH);
        Ok(self.shared.db.write(Forget(before)).await? == u64::from(FORGET_AT_ONCE))
    }
}

fn new_secret() -> WebhookSecret {
    WebhookSecret(format!("{SECRET_PREFIX}{}", STANDARD.encode(rand::random::<[u8; SECRET_BYTES]>())))
}

enum Change {
    Add { url: String, events: Vec<Event>, secret: Sealed, at: Timestamp },
    Put { id: WebhookId, url: String, events: Vec<Event>, rests: Option<Rests> },
    Secret { id: WebhookId, secret: Sealed },
    Remove(WebhookId),
    Test { id: WebhookId, at: Timestamp },
    Again { id: WebhookId, delivery: WebhookDeliveryId, at: Timestamp },
}

impl Work for Change {
    type Out = WebhookId;
    type Error = WebhookError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<WebhookId, WebhookError> {
        let (id, done) = match self {
            Self::Add { url, events, secret, at } => {
                (tx.insert_webhook(url, events, secret, *at).await?, true)
            }
            Self::Put { id, url, events, rests } => (*id, tx.update_webhook(*id, url, events, *rests).await?),
            Self::Secret { id, secret } => (*id, tx.set_webhook_secret(*id, secret).await?),
            Self::Remove(id) => (*id, tx.remove_webhook(*id).await?),
            Self::Test { id, at } => {
                tx.queue_test(*id, *at).await?;
                (*id, true)
            }
            Self::Again { id, delivery, at } => (*id, tx.requeue_delivery(*id, *delivery, *at).await?),
        };
        if done { Ok(id) } else { Err(ActionError::NotFound.into()) }
    }
}

struct Rest(WebhookId);

impl Work for Rest {
    type Out = ();
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), ActionError> {
        Ok(tx.rest_webhook(self.0, Rests::Stopped).await?)
    }
}

struct ForgetOf(WebhookId);

impl Work for ForgetOf {
    type Out = u64;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<u64, ActionError> {
        Ok(tx.remove_deliveries(self.0, FORGET_AT_ONCE).await?)
    }
}

struct Claim {
    shared: Arc<Shared>,
    id: WebhookId,
    limit: u32,
    now: Timestamp,
}

impl Work for Claim {
    type Out = Vec<Sending>;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Vec<Sending>, ActionError> {
        let lease = after(self.now, LEASE);
        let due = tx.claim_deliveries(self.id, self.limit, self.now, lease).await?;
        let mut sending = Vec::with_capacity(due.len());
        for delivery in due {
            let body = match &delivery.body {
                Some(body) => body.clone(),
                None => {
                    let body = self.body(tx, &delivery).await?;
                    tx.set_delivery_body(delivery.id, &body).await?;
                    body
                }
            };
            let DueDelivery { id, message_id, tries, .. } = delivery;
            sending.push(Sending { id, message_id, body, tries });
        }
        Ok(sending)
    }
}

impl Claim {
    /// `type`, `timestamp` and `data`, as the specification has it. The case as it is at the first try.
    async fn body(&self, tx: &mut Tx<'_>, delivery: &DueDelivery) -> Result<String, ActionError> {
        let change: Json = serde_json::from_str(&delivery.facts).unwrap_or_default();
        let directory = self.shared.db.directory();
        let case = match delivery.case {
            None => Json::Null,
            Some(id) => match tx.case_fields(id).await? {
                None => Json::Null,
                Some(case) => json!({
                    "id": id,
                    "number": case.number,
                    "status": case.status,
                    "category": directory.category(case.category).map(|category| category.key.as_str()),
                    "department": case.department.and_then(|id| directory.department(id)).map(|d| d.key.as_str()),
                    "href": format!("/api/v1/cases/{id}"),
                }),
            },
        };
        let body = json!({
            "type": delivery.event,
            "timestamp": delivery.at.to_string(),
            "data": { "case": case, "change": change },
        });
        Ok(body.to_string())
    }
}

struct Record {
    id: WebhookId,
    delivery: WebhookDeliveryId,
    tries: u32,
    answer: Answer,
    now: Timestamp,
}

impl Work for Record {
    type Out = Option<Rests>;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Option<Rests>, ActionError> {
        let (status, why) = match &self.answer {
            Answer::Accepted(status) => {
                tx.note_working(self.id).await?;
                let status = Some(i64::from(*status));
                let tried = Tried {
                    state: Delivery::Delivered,
                    next_at: self.now,
                    at: self.now,
                    status,
                    error: None,
                };
                tx.settle_delivery(self.delivery, &tried).await?;
                return Ok(None);
            }
            Answer::Gone => (Some(410), "410"),
            Answer::Refused { status, why } => (status.map(i64::from), why.as_str()),
        };
        let failing_since = tx.note_failing(self.id, self.now).await?;
        let pause = pause_after(self.tries);
        let given_up = pause.is_none() || self.answer == Answer::Gone;
        let tried = Tried {
            state: if given_up { Delivery::Failed } else { Delivery::Queued },
            next_at: pause.map_or(self.now, |pause| after(self.now, pause)),
            at: self.now,
            status,
            error: Some(why.chars().take(ERROR_CHARS).collect()),
        };
        tx.settle_delivery(self.delivery, &tried).await?;
        // One message that is refused while others are accepted is the message's fault, not the webhook's.
        let long = failing_since.is_some_and(|since| after(since, GIVE_UP_AFTER) <= self.now);
        let rests = match &self.answer {
            Answer::Gone => Some(Rests::Gone),
            _ if given_up && long => Some(Rests::Unreachable),
            _ => None,
        };
        if let Some(why) = rests {
            tx.rest_webhook(self.id, why).await?;
        }
        Ok(rests)
    }
}

struct Forget(Timestamp);

impl Work for Forget {
    type Out = u64;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<u64, ActionError> {
        Ok(tx.forget_deliveries(self.0, FORGET_AT_ONCE).await?)
    }
}

fn after(at: Timestamp, by: Duration) -> Timestamp {
    at.saturating_add(SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX)).unwrap_or(at)
}
