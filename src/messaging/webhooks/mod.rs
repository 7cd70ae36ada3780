//! Sends what webhooks are to be told: one after another for each of them, so that one that hangs holds up nobody else.
//!
//! `actions.claim_deliveries`, committed -> [`http`] -> its answer -> `actions.record_delivery`. If the process ends in between, the
//! delivery is due again after its lease: at least once, with the same message id.

mod http;
mod signature;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::http::{Client, PostError};
use self::signature::Key;
use crate::actions::Actions;
use crate::actions::webhook::{Answer, Sending, WebhookRow};
use crate::clock::Clock;
use crate::domain::id::WebhookId;
use crate::domain::webhook::{Allowed, BadTarget, Target};

/// How often deliveries are looked for while there is a webhook. Soon enough for a program, and one read of an index.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often webhooks are read anew, in case another node changed them.
const REREAD_EVERY: u32 = 5;
/// Old lines of the log go this often, counted in looks.
const FORGET_EVERY: u32 = 3_600;
/// At once to one webhook, each of another case.
const AT_ONCE: u32 = 8;
/// One that fails is asked carefully whether it works again.
const AT_ONCE_FAILING: u32 = 1;

#[derive(Clone)]
struct Sender {
    actions: Actions,
    clock: Clock,
    client: Arc<Client>,
    allowed: Allowed,
    /// Webhooks that are being told something now.
    busy: Arc<Mutex<BTreeSet<WebhookId>>>,
}

/// Runs until `stop`; what is under way then is finished by the next start.
pub fn start(actions: Actions, clock: Clock, allowed: Allowed, stop: CancellationToken, tasks: &TaskTracker) {
    let busy = Arc::default();
    let sender = Sender { actions, clock, client: Arc::new(Client::new(allowed)), allowed, busy };
    let own = tasks.clone();
    tasks.spawn(async move {
        let mut known = Vec::new();
        for round in 0_u32.. {
            if round.is_multiple_of(REREAD_EVERY) {
                match sender.actions.db().refresh_webhooks().await {
                    Ok(webhooks) => known = webhooks,
                    Err(error) => tracing::warn!(%error, "webhooks could not be read"),
                }
            }
            if round % FORGET_EVERY == 1 {
                sender.forget().await;
            }
            for webhook in known.iter().filter(|webhook| webhook.rests.is_none()) {
                if sender.take(webhook.id) {
                    let (sender, webhook) = (sender.clone(), webhook.clone());
                    own.spawn(stop.clone().run_until_cancelled_owned(async move {
                        let id = webhook.id;
                        sender.tell(webhook).await;
                        sender.release(id);
                    }));
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    });
}

impl Sender {
    fn take(&self, id: WebhookId) -> bool {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner).insert(id)
    }

    fn release(&self, id: WebhookId) {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }

    /// All that is due for one webhook.
    async fn tell(&self, webhook: WebhookRow) {
        let at_once = if webhook.failing_since.is_some() { AT_ONCE_FAILING } else { AT_ONCE };
        loop {
            // As they are now: address and secret may have been changed, here or on another node.
            let Some((key, target)) = self.prepared(webhook.id).await else { return };
            let due = match self.actions.claim_deliveries(webhook.id, at_once).await {
                Ok(due) if due.is_empty() => return,
                Ok(due) => due,
                Err(error) => {
                    tracing::warn!(%error, webhook = %webhook.id, "deliveries could not be claimed");
                    return;
                }
            };
            let told = due.iter().map(|sending| self.try_one(&webhook, &key, &target, sending));
            if !join_all(told).await.into_iter().all(|accepted| accepted) {
                // The next look begins anew, carefully.
                return;
            }
        }
    }

    /// `None`: it rests, is gone, or cannot be read. An address that the configuration no longer allows fails like one that does
    /// not answer, so that the log of deliveries says why.
    async fn prepared(&self, id: WebhookId) -> Option<(Key, Result<Target, BadTarget>)> {
        let db = self.actions.db();
        let webhook = db.webhook(id).await.ok().flatten().filter(|webhook| webhook.rests.is_none())?;
        let secret = db.webhook_secret(id).await.ok().flatten()?;
        let key = Key::new(&secret);
        if key.is_none() {
            tracing::error!(webhook = %id, "the secret of a webhook cannot be read");
        }
        Some((key?, Target::parse(&webhook.url, self.allowed)))
    }

    /// Whether it was accepted.
    async fn try_one(
        &self,
        webhook: &WebhookRow,
        key: &Key,
        target: &Result<Target, BadTarget>,
        sending: &Sending,
    ) -> bool {
        let at = self.clock.now().as_second();
        let signature = key.sign(&sending.message_id, at, &sending.body);
        let headers = [
            ("webhook-id", sending.message_id.clone()),
            ("webhook-timestamp", at.to_string()),
            ("webhook-signature", signature),
        ];
        let posted = match target {
            Ok(target) => self.client.post(target, &headers, sending.body.clone()).await,
            Err(bad) => Err(PostError::Target(*bad)),
        };
        let answer = match posted {
            Ok(status) if (200..300).contains(&status) => Answer::Accepted(status),
            Ok(410) => Answer::Gone,
            Ok(status) => Answer::Refused { status: Some(status), why: format!("HTTP {status}") },
            Err(error) => Answer::Refused { status: None, why: error.to_string() },
        };
        let accepted = matches!(answer, Answer::Accepted(_));
        metrics::counter!("odziv_webhook_tries_total", "accepted" => accepted.to_string()).increment(1);
        match self.actions.record_delivery(webhook.id, sending, answer).await {
            Ok(Some(why)) => {
                tracing::error!(webhook = %webhook.id, %why, "a webhook rests until an administrator wakes it")
            }
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(webhook = %webhook.id, %error, "the answer to a webhook was not written")
            }
        }
        accepted
    }

    async fn forget(&self) {
        loop {
            match self.actions.forget_deliveries().await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    tracing::warn!(%error, "old deliveries could not be forgotten");
                    return;
                }
            }
        }
    }
}
