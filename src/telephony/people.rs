//! Who works here: queues, operators, extensions. Read from the store at the start and whenever somebody changes them.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::exchange::Exchange;
use crate::actions::queue::FloorSettings;
use crate::actions::{ActionError, Actions};
use crate::call::switch::{Directory, Person, Place, Promise};
use crate::domain::dialer::campaign::is_dial_queue;
use crate::domain::queue::FloorKept;

/// Phones and users are also changed from the command line, by another process.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Between two writings of what operators do.
const KEEP_EVERY: Duration = Duration::from_millis(500);

/// News that wait for the exchange; each one is whole, so that one would do.
pub(super) const NEWS: usize = 4;

/// All that the switch knows of people.
#[derive(Debug)]
pub(super) struct People {
    pub floor: FloorSettings,
    pub persons: Vec<Person>,
}

/// What a former run of the program left.
#[derive(Debug)]
pub(super) struct Kept {
    pub floor: FloorKept,
    pub callbacks: Vec<Promise>,
}

pub(super) async fn read(actions: &Actions) -> Result<People, ActionError> {
    // Users may have been added by another process.
    actions.db().refresh_directory().await?;
    let extensions = actions.extensions().await?;
    let directory = actions.db().directory();
    let of = |department: &crate::domain::id::DepartmentId| {
        directory.departments.iter().find(|known| known.id == *department).map(|known| known.key.clone())
    };
    let persons = directory
        .users
        .iter()
        .filter(|user| user.active)
        .map(|user| Person {
            user: user.id,
            name: user.name.clone(),
            login: user.login.clone(),
            role: user.role,
            extension: extensions
                .iter()
                .find(|(id, _)| *id == user.id)
                .map(|(_, extension)| extension.to_string()),
            departments: user.department.iter().filter_map(of).collect(),
        })
        .collect();
    Ok(People { floor: actions.floor_settings().await?, persons })
}

pub(super) async fn read_kept(actions: &Actions) -> Result<Kept, ActionError> {
    let callbacks = actions.open_callbacks().await?;
    let callbacks = callbacks
        .into_iter()
        .map(|open| Promise {
            interaction: open.interaction,
            queue: open.queue,
            number: open.number,
            language: open.language,
            tries: u32::try_from(open.tries).unwrap_or(u32::MAX),
            place: Place {
                since: open.joined_at,
                priority: i32::try_from(open.priority).unwrap_or_default(),
                service: open.service,
            },
        })
        .collect();
    Ok(Kept { floor: actions.load_floor().await?, callbacks })
}

/// Tells the exchange of every change.
pub(super) async fn follow(actions: Actions, news: mpsc::Sender<People>, stop: CancellationToken) {
    let (mut queues, mut phones) = (actions.queue_news(), actions.phones_changed());
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = queues.changed() => {}
            _ = phones.changed() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
        match read(&actions).await {
            Ok(people) => {
                if news.send(people).await.is_err() {
                    return;
                }
            }
            Err(error) => tracing::error!(%error, "queues and people could not be read; the old ones hold"),
        }
    }
}

impl Exchange {
    /// What an earlier run left is taken up before the first caller.
    pub(super) fn begin_with(&mut self, people: People, kept: Kept) {
        self.meet(people);
        let m = self.moment();
        self.switch.floor.restore(kept.floor, m.now);
        for promise in kept.callbacks {
            self.switch.restore_callback(promise, m);
        }
        self.carry_out();
    }

    pub(super) fn meet(&mut self, people: People) {
        let m = self.moment();
        self.switch.floor.set_operators(people.floor.operators, m.now);
        self.switch.set_queues(people.floor.queues, m);
        let ring = Duration::from_millis(self.parts.config.ring_ms.into());
        self.switch.set_directory(Directory::new(people.persons, "sr", ring));
        self.switch.refresh(m);
        self.carry_out();
    }

    /// What operators do is written at every change, so that a restart finds it; a few times a second at most.
    pub(super) fn keep_operators(&mut self) {
        let now = self.now();
        if self.operators_changed.is_empty() || self.keep_at > now {
            return;
        }
        self.keep_at = now + KEEP_EVERY;
        for user in std::mem::take(&mut self.operators_changed) {
            if let Some(change) = self.switch.floor.change(user, now) {
                self.writer.operator(change);
            }
        }
        let mut queues = self.switch.floor.keep(now).queues;
        // Those of campaigns have books of their own.
        queues.retain(|queue| !is_dial_queue(&queue.key));
        self.writer.figures(queues);
    }
}
