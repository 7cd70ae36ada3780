//! Reads messages to citizens: claims what is due, has it spoken, and has it dialled, so many at once and so many a second.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::announcing::{Announce, Ended};
use super::handle::TelephonyHandle;
use super::media::Samples;
use super::speech::{Heard, Speech, SpeechError};
use crate::actions::announcement::OutboundCall;
use crate::actions::{ActionError, Actions};
use crate::call::switch::NotPlaced;
use crate::clock::Clock;
use crate::config::outbound::Announcements;
use crate::domain::announcement::{Hours, Next, Rules};
use crate::domain::message::DeliveryState;
use crate::domain::outbound::Refused;
use crate::domain::spoken::Tongue;

/// The store is away, or the machine cannot speak: looked at again so often.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// The hours begin at a minute; the clock may be set meanwhile.
const CLOSED_NAP: Duration = Duration::from_secs(20);
/// Between two tries to write what became of a message for which nothing was dialled.
const WRITE_AGAIN: Duration = Duration::from_secs(2);
/// A speech program that does not run is mended by somebody, or it is the last rung for this message.
const AFTER_SPEECH: SignedDuration = SignedDuration::from_mins(5);

/// The rules of the configuration, for whoever decides.
pub fn rules(config: &Announcements, zone: &TimeZone) -> Rules {
    let minutes = |minutes: u32| SignedDuration::from_mins(minutes.into());
    Rules {
        tries: config.tries,
        after_busy: minutes(config.after_busy_m),
        after_no_answer: minutes(config.after_no_answer_m),
        after_trouble: minutes(config.after_trouble_m),
        hours: Hours { from: config.from, until: config.until },
        zone: zone.clone(),
    }
}

/// What it is made of.
#[derive(Clone, Debug)]
pub struct Parts {
    pub config: Announcements,
    pub rules: Rules,
    pub actions: Actions,
    pub handle: TelephonyHandle,
    pub speech: Speech,
    pub clock: Clock,
}

/// Until `stop`; what was claimed and not dialled goes back to the queue, what is being said is ended by the exchange.
pub async fn run(parts: Parts, stop: CancellationToken) {
    let lines = Arc::new(Semaphore::new(parts.config.calls_at_once as usize));
    let announcer = Announcer { parts: Arc::new(parts) };
    let calls = TaskTracker::new();
    stop.run_until_cancelled(announcer.work(&lines, &calls)).await;
    calls.close();
    calls.wait().await;
}

#[derive(Clone, Debug)]
struct Announcer {
    parts: Arc<Parts>,
}

/// What may hold up the next call.
#[derive(Debug, Default)]
struct Pace {
    next: Option<Instant>,
}

impl Announcer {
    async fn work(&self, lines: &Arc<Semaphore>, calls: &TaskTracker) {
        let Parts { actions, clock, rules, config, .. } = &*self.parts;
        let mut pace = Pace::default();
        // A line first: what cannot be dialled is not claimed.
        while let Ok(line) = Arc::clone(lines).acquire_owned().await {
            if !rules.is_open(clock.now()) {
                tokio::time::sleep(CLOSED_NAP).await;
                continue;
            }
            pace.wait(clock).await;
            match actions.claim_calls(1).await {
                Ok(claimed) if claimed.is_empty() => actions.calls_changed().await,
                Ok(claimed) => {
                    pace.begun(config.calls_per_second, clock);
                    let mut line = Some(line);
                    for call in claimed {
                        calls.spawn(self.clone().call(call, line.take()));
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "messages to be read could not be claimed");
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
            }
        }
    }

    /// One call from beginning to end. The line is free again afterwards.
    async fn call(self, call: OutboundCall, _line: Option<OwnedSemaphorePermit>) {
        let Some(next) = self.dial(&call).await else { return };
        loop {
            match self.parts.actions.call_not_placed(call.id, next.clone()).await {
                Err(ActionError::Unavailable(error) | ActionError::Refused(error)) => {
                    tracing::error!(message = call.id.0, %error, "a message cannot be put back; trying again");
                    tokio::time::sleep(WRITE_AGAIN).await;
                }
                _ => return,
            }
        }
    }

    /// `Some`: nothing was dialled, and this is what follows.
    async fn dial(&self, call: &OutboundCall) -> Option<Next> {
        let Parts { config, rules, handle, clock, .. } = &*self.parts;
        let tongue = Tongue::of(call.language.as_deref(), &call.words);
        let sounds = match self.sounds(call, tongue).await {
            Ok(sounds) => sounds,
            Err(error) if error.is_of_message() => {
                return Some(Next::Over(DeliveryState::Rejected, Some(error.to_string())));
            }
            Err(error) => {
                tracing::error!(%error, "a message cannot be read to anybody");
                return Some(again(AFTER_SPEECH, clock));
            }
        };
        let (introduction, heard) = sounds;
        let own = (!config.caller_id.is_empty()).then(|| config.caller_id.clone());
        let announce = Announce {
            message: call.id,
            number: call.to.as_str().to_owned(),
            shown: call.sender.clone().or(own),
            patience: Duration::from_secs(config.ring_s.into()),
            tongue,
            introduction,
            words: heard.samples,
        };
        match handle.announce(announce).await {
            Ok(ended) => match ended.await {
                Ok(Ended::NotJournaled) => Some(again(rules.after_trouble, clock)),
                // A call that the program did not see to the end is in the journal, and of unknown fate.
                Ok(Ended::Journaled) | Err(_) => None,
            },
            Err(NotPlaced::Rules(why)) => {
                tracing::info!(message = call.id.0, %why, "a number is not called");
                Some(rules.not_placed(&why, clock.now()))
            }
            Err(NotPlaced::Trunks(why)) => Some(again(after_trunks(why), clock)),
            Err(NotPlaced::NotRunning | NotPlaced::NoLine) => Some(again(SignedDuration::ZERO, clock)),
        }
    }

    async fn sounds(
        &self,
        call: &OutboundCall,
        tongue: Tongue,
    ) -> Result<(Option<Samples>, Heard), SpeechError> {
        let Parts { config, speech, .. } = &*self.parts;
        speech.can_ask(tongue)?;
        let introduction = match introduction(&config.introduction, tongue) {
            Some(words) => Some(speech.words(words, tongue).await?.samples),
            None => None,
        };
        let heard = match &call.recording {
            Some(name) => speech.recording(name).await?,
            None => speech.words(&call.words, tongue).await?,
        };
        Ok((introduction, heard))
    }
}

fn introduction(words: &BTreeMap<String, String>, tongue: Tongue) -> Option<&str> {
    words.get(tongue.as_str()).map(String::as_str).filter(|words| !words.trim().is_empty())
}

fn again(after: SignedDuration, clock: &Clock) -> Next {
    let now = clock.now();
    Next::Again(now.saturating_add(after).unwrap_or(now))
}

/// How long until it is worth asking a trunk again.
fn after_trunks(why: Refused) -> SignedDuration {
    SignedDuration::from_secs(match why {
        Refused::Rate => 1,
        Refused::Channels => 5,
        Refused::Down | Refused::Spend => 30,
    })
}

impl Pace {
    async fn wait(&self, clock: &Clock) {
        if let Some(next) = self.next {
            tokio::time::sleep(next.saturating_duration_since(clock.instant())).await;
        }
    }

    fn begun(&mut self, per_second: u32, clock: &Clock) {
        self.next = Some(clock.instant() + Duration::from_secs(1) / per_second.max(1));
    }
}
