//! The money of the trunks between the pure limits and the store.

use jiff::civil::Date;
use tokio::sync::mpsc;

use crate::actions::{ActionError, Actions};
use crate::config::sip::Sip;
use crate::domain::outbound::{Amount, TrunkId};

/// Changes that wait for the disk: two for every call out. Beyond them the store stands still, and so do calls.
const QUEUE: usize = 4_096;

/// Writes the account behind the calls. A change is on the disk milliseconds after it, long before anybody answers the call.
#[derive(Debug)]
pub(super) struct Account {
    changes: mpsc::Sender<Change>,
}

#[derive(Debug)]
struct Change {
    trunk: TrunkId,
    day: Date,
    amount: i64,
}

impl Account {
    /// `names` of the trunks, in their order. Ends with the exchange, when everything is written.
    pub fn start(actions: Actions, names: Vec<String>) -> Self {
        let (changes, mut waiting) = mpsc::channel::<Change>(QUEUE);
        tokio::spawn(async move {
            while let Some(Change { trunk, day, amount }) = waiting.recv().await {
                let name = names.get(trunk.0).map(String::as_str).unwrap_or_default();
                if let Err(error) = actions.add_trunk_spend(day, name, amount).await {
                    metrics::counter!("odziv_trunks_account_errors_total").increment(1);
                    tracing::error!(%error, trunk = name, "what a call costs is not in the account of the day");
                }
            }
        });
        Self { changes }
    }

    /// For tests without a store.
    #[cfg(test)]
    pub fn nowhere() -> Self {
        Self { changes: mpsc::channel(QUEUE).0 }
    }

    pub fn change(&self, trunk: TrunkId, day: Date, amount: i64) {
        if amount != 0 && self.changes.try_send(Change { trunk, day, amount }).is_err() {
            metrics::counter!("odziv_trunks_account_errors_total").increment(1);
            tracing::error!("what a call costs is not in the account of the day: the store does not keep up");
        }
    }
}

/// What the store knows of today.
pub(super) async fn spent(
    actions: &Actions,
    config: &Sip,
    day: Date,
) -> Result<Vec<(TrunkId, Amount)>, ActionError> {
    let known = actions.trunk_spend(day).await?;
    let index = |name: &str| config.trunk.iter().position(|trunk| trunk.name == name);
    Ok(known
        .into_iter()
        .filter_map(|(name, amount)| Some((TrunkId(index(&name)?), Amount(amount))))
        .collect())
}
