//! The calls of the exchange that read a message: what they play, and who waits for their end.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::oneshot;

use super::exchange::Exchange;
use super::media::Samples;
use crate::call::switch::{Announcement, CallKey, NotPlaced};
use crate::dialplan::announcement::{INTRODUCTION, plan};
use crate::dialplan::machine::Walk;
use crate::domain::id::OutboxId;
use crate::domain::spoken::Tongue;

/// A message that is to be read now.
#[derive(Debug)]
pub(super) struct Announce {
    pub message: OutboxId,
    /// E.164.
    pub number: String,
    /// A number of ours that is shown in place of the trunk's.
    pub shown: Option<String>,
    pub patience: Duration,
    pub tongue: Tongue,
    /// In place of the prompt.
    pub introduction: Option<Samples>,
    pub words: Samples,
}

/// An announcement on its way, and where its answer goes.
pub(super) type Announced = (Announce, oneshot::Sender<Result<oneshot::Receiver<Ended>, NotPlaced>>);

/// The call is over. What became of the message is in the store, or on its way there, if it was journaled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Journaled,
    /// The store did not take it: nothing was dialled.
    NotJournaled,
}

#[derive(Debug, Default)]
pub(super) struct Announcing {
    calls: HashMap<CallKey, Running>,
    /// By the keys of the plans; each belongs to one call.
    sounds: HashMap<String, Samples>,
}

#[derive(Debug)]
struct Running {
    keys: Vec<String>,
    journaled: bool,
    ended: oneshot::Sender<Ended>,
}

impl Announcing {
    pub fn sound(&self, key: &str) -> Option<Samples> {
        // Prompts of files have no such names.
        key.starts_with('@').then(|| self.sounds.get(key).cloned()).flatten()
    }

    pub fn journaled(&mut self, call: CallKey) {
        if let Some(running) = self.calls.get_mut(&call) {
            running.journaled = true;
        }
    }

    pub fn over(&mut self, call: CallKey) {
        let Some(running) = self.calls.remove(&call) else { return };
        for key in &running.keys {
            self.sounds.remove(key);
        }
        let ended = if running.journaled { Ended::Journaled } else { Ended::NotJournaled };
        let _ = running.ended.send(ended);
    }
}

impl Exchange {
    pub(super) fn announce(&mut self, (announce, answer): Announced) {
        let _ = answer.send(self.place(announce));
        self.carry_out();
    }

    fn place(&mut self, announce: Announce) -> Result<oneshot::Receiver<Ended>, NotPlaced> {
        let Announce { message, number, shown, patience, tongue, introduction, words } = announce;
        let m = self.moment();
        let said = format!("@message-{}", message.0);
        let introduced = introduction.as_ref().map(|_| format!("@intro-{}", message.0));
        let plan = plan(tongue.as_str(), introduced.as_deref().unwrap_or(INTRODUCTION), &said);
        let Some((walk, opening)) = Walk::start(plan, &number, m.local) else {
            return Err(NotPlaced::NotRunning);
        };
        let announcement = Announcement { message, number, shown, patience, walk: Box::new(walk), opening };
        let call = self.switch.place_announcement(announcement, m)?;
        let sounds = introduced.zip(introduction).into_iter().chain([(said, words)]);
        let mut keys = Vec::new();
        for (key, samples) in sounds {
            keys.push(key.clone());
            self.announcing.sounds.insert(key, samples);
        }
        let (ended, end) = oneshot::channel();
        self.announcing.calls.insert(call, Running { keys, journaled: false, ended });
        Ok(end)
    }
}
