//! Lets campaigns go on: again and again asks `actions` for a piece of what is to be done, soon after the last one while there is more.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::actions::Actions;
use crate::actions::campaign::CampaignError;

/// Nothing is to be done at this moment: a pause of people, a network that has enough to do, the night.
const IDLE: Duration = Duration::from_millis(500);
/// Between two pieces, so that what is about a case gets in between.
const BREATH: Duration = Duration::from_millis(5);
/// Names and addresses whose time is up are looked for this often, counted in idle looks.
const FORGET_EVERY: u32 = 7_200;

/// Runs until `stop`.
pub fn start(actions: Actions, stop: CancellationToken, tasks: &TaskTracker) {
    tasks.spawn(async move {
        for round in 0_u32.. {
            let more = look(&actions).await.unwrap_or_else(|error| {
                tracing::warn!(%error, "campaigns could not be looked after");
                false
            });
            let forget = !more && round.is_multiple_of(FORGET_EVERY);
            if forget && let Err(error) = forget_all(&actions, &stop).await {
                tracing::warn!(%error, "recipients whose time is up could not be forgotten");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(if more { BREATH } else { IDLE }) => {}
            }
        }
    });
}

/// One piece for each; whether one of them has more to do at once. One that fails does not keep the others waiting.
async fn look(actions: &Actions) -> Result<bool, CampaignError> {
    let mut more = false;
    for campaign in actions.campaigns_to_tend().await? {
        match actions.tend_campaign(&campaign).await {
            Ok(again) => more |= again,
            Err(error) => tracing::warn!(campaign = %campaign.id, %error, "a campaign does not go on"),
        }
    }
    Ok(more)
}

async fn forget_all(actions: &Actions, stop: &CancellationToken) -> Result<(), CampaignError> {
    while !stop.is_cancelled() && actions.forget_recipients().await? {}
    Ok(())
}
