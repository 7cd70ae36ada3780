//! The door's paperwork: reads phones from the store when they change, writes down where they are. Never in the way of a call.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::Directory;
use crate::actions::phone::{Phone, SavedBinding};
use crate::actions::{ActionError, Actions};
use crate::domain::id::{PhoneId, UserId};
use crate::protocol::sip::registrar::Binding;
use crate::protocol::sip::{Flow, Transport};

/// Phones are also added from the command line, by another process: nobody waits longer than this for one to work.
const LOOK_EVERY: Duration = Duration::from_secs(3);

/// Batches that wait for the store; when it is slower, bindings stay on the list of what is to be written.
const BATCHES: usize = 4;

/// Directories and orders come rarely.
const EVENTS: usize = 16;

/// What the door hears from the rest of the program.
#[derive(Debug)]
pub enum DoorEvent {
    Directory(Box<Directory>),
    LiftBan { address: IpAddr, by: UserId },
}

pub(in crate::telephony) type Batch = Vec<(PhoneId, Vec<SavedBinding>)>;

/// The door's way to the store.
#[derive(Debug)]
pub(in crate::telephony) struct Clerk {
    batches: Option<mpsc::Sender<Batch>>,
    task: Option<JoinHandle<()>>,
}

/// What there is at the start.
#[derive(Debug)]
pub(in crate::telephony) struct Opening {
    pub directory: Directory,
    pub bindings: Vec<(PhoneId, SavedBinding)>,
    pub events: mpsc::Sender<DoorEvent>,
    pub incoming: mpsc::Receiver<DoorEvent>,
}

impl Clerk {
    /// Reads everything once, then works by itself until [`Clerk::close`].
    pub async fn start(actions: Actions, realm: &str) -> Result<(Self, Opening), ActionError> {
        let (events, incoming) = mpsc::channel(EVENTS);
        let (batches, work) = mpsc::channel(BATCHES);
        let mut shelf = Shelf { actions: actions.clone(), realm: realm.to_owned(), last: None };
        let directory = shelf.look().await?.unwrap_or_default();
        let bindings = actions.saved_bindings().await?;
        let task = tokio::spawn(shelf.run(work, events.clone()));
        let clerk = Self { batches: Some(batches), task: Some(task) };
        Ok((clerk, Opening { directory, bindings, events, incoming }))
    }

    /// One that keeps nothing, for tests of the door alone.
    #[cfg(test)]
    pub(super) fn idle() -> Self {
        Self { batches: None, task: None }
    }

    /// Whether a batch can be taken now.
    pub(super) fn is_free(&self) -> bool {
        self.batches.as_ref().is_some_and(|batches| batches.capacity() > 0)
    }

    pub(super) fn save(&self, batch: Batch) {
        if let Some(batches) = &self.batches {
            // Only the door sends, and it asked before.
            let _ = batches.try_send(batch);
        }
    }

    /// When what waits is written.
    pub async fn close(&mut self) {
        self.batches = None;
        if let Some(task) = self.task.take() {
            let _ = task.await;
        }
    }
}

/// Phones, and extensions by user.
type Known = (Vec<Phone>, Vec<(UserId, String)>);

struct Shelf {
    actions: Actions,
    realm: String,
    /// What the door has.
    last: Option<Known>,
}

impl Shelf {
    async fn run(mut self, mut work: mpsc::Receiver<Batch>, events: mpsc::Sender<DoorEvent>) {
        let mut changed = self.actions.phones_changed();
        changed.mark_unchanged();
        loop {
            tokio::select! {
                batch = work.recv() => match batch {
                    Some(batch) => {
                        if let Err(error) = self.actions.save_bindings(batch).await {
                            tracing::warn!(%error, "where phones are could not be written down");
                        }
                        continue;
                    }
                    None => return,
                },
                _ = changed.changed() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            match self.look().await {
                Ok(Some(directory)) => {
                    if events.send(DoorEvent::Directory(Box::new(directory))).await.is_err() {
                        return;
                    }
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(%error, "the phones could not be read; those that are known go on")
                }
            }
        }
    }

    /// `None` when nothing has changed.
    async fn look(&mut self) -> Result<Option<Directory>, ActionError> {
        let mut phones = self.actions.phones().await?;
        phones.iter_mut().for_each(|phone| phone.last_seen_at = None);
        let extensions = self.actions.extensions().await?.into_iter();
        let extensions = extensions.map(|(user, extension)| (user, extension.to_string())).collect();
        let now = (phones, extensions);
        if self.last.as_ref() == Some(&now) {
            return Ok(None);
        }
        let (phones, extensions) = self.last.insert(now).clone();
        Ok(Some(Directory::new(phones, extensions, &self.realm)))
    }
}

/// For the store. The clocks of the program and of the calendar are told what it is now.
pub(super) fn to_save(binding: &Binding, now: Instant, at: Timestamp) -> SavedBinding {
    SavedBinding {
        uri: binding.uri.clone(),
        instance: binding.instance.clone(),
        remote: binding.flow.remote,
        local: binding.flow.local,
        call_id: binding.call_id.clone(),
        cseq: binding.cseq,
        user_agent: binding.user_agent.clone(),
        expires_at: at + binding.expires_at.saturating_duration_since(now),
    }
}

/// Out of the store. `None` when it is over.
pub(super) fn saved(phone: PhoneId, saved: SavedBinding, now: Instant, at: Timestamp) -> Option<Binding> {
    let left = Duration::try_from(saved.expires_at.duration_since(at)).ok()?;
    Some(Binding {
        phone: phone.0,
        uri: saved.uri,
        instance: saved.instance,
        flow: Flow { transport: Transport::Udp, local: saved.local, remote: saved.remote },
        call_id: saved.call_id,
        cseq: saved.cseq,
        since: now,
        expires_at: now + left,
        user_agent: saved.user_agent,
    })
}
