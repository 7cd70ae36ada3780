//! Operators of the town at their desks: telephones that register with a password and answer what the queue brings.
//!
//! [`desk`] is an operator with the telephone, without its sockets; [`line`] adds these. Who presses buttons on the pages in the
//! meantime (a pause, a supervisor who listens) is obeyed by the server, not by the desks.

pub mod desk;
pub mod line;

use std::net::SocketAddr;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::desk::{Account, Manner};
use super::town::{Post, Town};
use crate::actions::{ActionError, Actions, Actor};
use crate::clock::Clock;
use crate::domain::id::UserId;
use crate::domain::operator::{OperatorChange, OperatorFigures, OperatorKept, OperatorState, PausedFor};

/// What the telephones of the demo are called; those of an earlier run on the same folder are found by it.
const LABEL: &str = "Телефон показног града";
/// Reasons that every installation begins with, and for how long somebody has been away for them.
const LUNCH: (&str, Duration) = ("meal", Duration::from_secs(8 * 60));
const PAPERWORK: (&str, Duration) = ("after-work", Duration::from_secs(47 * 60));

/// Adds a telephone for everybody who has a desk, and sends one of them to lunch. To be called before the server starts.
pub async fn prepare(actions: &Actions, town: &Town, realm: &str) -> Result<Vec<Account>, ActionError> {
    for old in actions.phones().await?.into_iter().filter(|phone| phone.label == LABEL) {
        actions.revoke_phone(&Actor::System, old.id).await?;
    }
    let directory = actions.db().directory();
    let mut accounts = Vec::new();
    for worker in town.users {
        let Some(post) = worker.post else { continue };
        // A folder of an earlier version has fewer people.
        let Some(user) = directory.user_by_login(worker.login) else { continue };
        let phone = actions.add_phone(&Actor::System, user.id, LABEL, realm).await?;
        let (manner, pause) = match post {
            Post::Desk(speaker) => (Manner::Serves(speaker), None),
            Post::AtLunch(speaker) => (Manner::Serves(speaker), Some(LUNCH)),
            Post::Supervision => (Manner::Listens, Some(PAPERWORK)),
        };
        accounts.push(Account { username: phone.username, password: phone.password, manner });
        if let Some(pause) = pause {
            actions.operator_changed(away(user.id, pause)).await?;
        }
    }
    Ok(accounts)
}

/// Until `stop`.
pub async fn work(accounts: Vec<Account>, server: SocketAddr, clock: &Clock, stop: &CancellationToken) {
    let desks = TaskTracker::new();
    for account in accounts {
        let (clock, stop) = (clock.clone(), stop.clone());
        desks.spawn(async move {
            if let Err(error) = line::serve(account, server, &clock, &stop).await {
                tracing::warn!(%error, "an operator's telephone has no socket");
            }
        });
    }
    desks.close();
    desks.wait().await;
}

fn away(user: UserId, (reason, since): (&str, Duration)) -> OperatorChange {
    let paused = Some(PausedFor { reason: reason.to_owned(), since });
    OperatorChange {
        kept: OperatorKept { user, paused, idle: since, today: OperatorFigures::default() },
        state: OperatorState::Paused { reason: reason.to_owned() },
        since,
    }
}
