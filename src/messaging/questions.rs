//! Texts of which nothing was heard are asked about (query_sm), behind those that go out.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::task::JoinHandle;

use super::inbound::final_state;
use super::verbs::TextVerbs;
use crate::actions::ActionError;
use crate::actions::delivery::{Asking, DeliveryReport, SilentPart};
use crate::config::smpp::Link;
use crate::domain::reconcile::Clues;
use crate::protocol::smpp::pdu::Address;
use crate::protocol::smpp::receipt::state_of_number;
use crate::protocol::smpp::session::{Key, Session};

/// One round. A link that is busy asks one a second, so that a round takes a minute at most.
const ROUND: u32 = 50;
/// How often silent texts are looked for; more often when they are asked about after less than ten minutes.
const LOOK_EVERY: Duration = Duration::from_secs(60);
const LEAST_PAUSE: Duration = Duration::from_secs(1);

pub(super) type Found = Result<Vec<SilentPart>, ActionError>;

/// What one connection asks.
#[derive(Debug)]
pub(super) struct Questions {
    after: Duration,
    next_look: Instant,
    pub looking: Option<JoinHandle<Found>>,
    asked: HashMap<Key, String>,
    next_key: u64,
}

impl Questions {
    pub(super) fn new(settings: &Link, now: Instant) -> Self {
        let after = Duration::from_secs(settings.query_after_s.into());
        Self { after, next_look: now, looking: None, asked: HashMap::new(), next_key: 0 }
    }

    /// Looks for silent texts, when it is time and the SMSC answers questions.
    pub(super) fn look<V: TextVerbs>(&mut self, session: &Session, smsc: &str, verbs: &V, now: Instant) {
        if self.after.is_zero() || now < self.next_look || self.looking.is_some() || !session.may_query() {
            return;
        }
        self.next_look = now + (self.after / 10).clamp(LEAST_PAUSE, LOOK_EVERY);
        // Of the last round nothing more will be heard.
        self.asked.clear();
        let asking = Asking { smsc: smsc.to_owned(), after: self.after, limit: ROUND };
        let verbs = verbs.clone();
        self.looking = Some(tokio::spawn(async move { verbs.silent_parts(asking).await }));
    }

    pub(super) fn ask(&mut self, found: Found, session: &mut Session, settings: &Link, now: Instant) {
        self.looking = None;
        let parts = match found {
            Ok(parts) => parts,
            Err(error) => {
                return tracing::warn!(link = settings.name, %error, "silent texts could not be looked for");
            }
        };
        for part in parts {
            let key = Key(self.next_key);
            self.next_key += 1;
            let sender = part.sender.as_deref().unwrap_or(settings.sender_of(part.purpose));
            session.query(key, part.message_id.clone(), Address::of(sender), now);
            self.asked.insert(key, part.message_id);
        }
    }

    /// What the SMSC says, when it is an end: a message on its way stays as it is.
    pub(super) fn answered(
        &mut self,
        key: Key,
        (state, error): (u8, u8),
        smsc: &str,
        at: Timestamp,
    ) -> Option<DeliveryReport> {
        let message_id = self.asked.remove(&key)?;
        let state = final_state(state_of_number(state)?).filter(|state| state.is_final())?;
        let error = (error > 0).then(|| format!("{error:03}"));
        Some(DeliveryReport { link: smsc.to_owned(), message_id, state, error, at })
    }

    pub(super) fn refused(&mut self, key: Key) {
        self.asked.remove(&key);
    }
}

/// An answer counts like a receipt. Nobody waits for it: what is not written is asked again.
pub(super) fn record<V: TextVerbs>(verbs: V, report: DeliveryReport) {
    tokio::spawn(async move {
        if let Err(error) = verbs.record_report(report, Clues::default()).await {
            tracing::warn!(%error, "the answer to a question about a text could not be written");
        }
    });
}
