//! The account of the trunks: reserved before a call, settled after it. What a killed process had reserved stays counted.

use jiff::civil::Date;

use super::{ActionError, Actions};
use crate::store::{Tx, Work};

impl Actions {
    pub async fn trunk_spend(&self, day: Date) -> Result<Vec<(String, u64)>, ActionError> {
        let rows = self.shared.db.trunk_spend(&day.to_string()).await?;
        Ok(rows.into_iter().map(|(trunk, amount)| (trunk, u64::try_from(amount).unwrap_or(0))).collect())
    }

    pub async fn add_trunk_spend(&self, day: Date, trunk: &str, change: i64) -> Result<(), ActionError> {
        self.shared.db.write(Add { day: day.to_string(), trunk: trunk.to_owned(), change }).await
    }
}

struct Add {
    day: String,
    trunk: String,
    change: i64,
}

impl Work for Add {
    type Out = ();
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), ActionError> {
        Ok(tx.add_trunk_spend(&self.day, &self.trunk, self.change).await?)
    }
}
