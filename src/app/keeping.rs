//! What the server does by itself for what it keeps.

use std::time::Duration;

use crate::actions::Actions;

/// What a hand in the database could change unseen is a minute old at most.
const SEAL_EVERY: Duration = Duration::from_secs(60);

/// Brings the timelines into the audit, until it is dropped.
pub(super) async fn seal(actions: Actions) {
    loop {
        tokio::time::sleep(SEAL_EVERY).await;
        seal_now(&actions).await;
    }
}

pub(super) async fn seal_now(actions: &Actions) {
    if let Err(error) = actions.seal_timelines().await {
        tracing::warn!(%error, "the timelines were not sealed; they are tried again");
    }
}
