//! What must not be kept longer than its time: names and addresses of those whom a campaign went to. What became of them in numbers stays.

use jiff::{SignedDuration, Timestamp};

use super::super::Actions;
use super::CampaignError;
use crate::store::{StoreError, Tx, Work};

const AT_ONCE: u32 = 1_000;

impl Actions {
    /// Of campaigns whose time is up: some recipients; whether there may be more.
    pub async fn forget_recipients(&self) -> Result<bool, CampaignError> {
        let days = i64::from(self.shared.campaigns().keep_days);
        let now = self.clock.now();
        let before = now.checked_sub(SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::UNIX_EPOCH);
        Ok(self.shared.db.write(Forget { before, now }).await?)
    }
}

struct Forget {
    before: Timestamp,
    now: Timestamp,
}

impl Work for Forget {
    type Out = bool;
    type Error = StoreError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        let Some(id) = tx.campaign_to_forget(self.before).await? else { return Ok(false) };
        if !tx.forget_recipients_of(id, AT_ONCE, self.now).await? {
            tx.campaign_is_forgotten(id, self.now).await?;
        }
        Ok(true)
    }
}
