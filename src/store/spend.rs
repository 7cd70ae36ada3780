//! What calls out cost, by day and trunk.

use super::sql::args;
use super::tx::Tx;
use super::{Db, StoreError};

impl Db {
    /// Trunks and their amounts on `day` (`2026-11-22`).
    pub async fn trunk_spend(&self, day: &str) -> Result<Vec<(String, i64)>, StoreError> {
        let sql = "SELECT trunk, amount FROM trunk_spend WHERE day = $1";
        let rows = self.all(sql, args![day]).await?;
        rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
    }
}

impl Tx<'_> {
    /// `change` is negative when less was spent than had been reserved.
    pub async fn add_trunk_spend(&mut self, day: &str, trunk: &str, change: i64) -> Result<(), StoreError> {
        let sql = "INSERT INTO trunk_spend (day, trunk, amount) VALUES ($1, $2, $3) \
             ON CONFLICT (day, trunk) DO UPDATE SET amount = trunk_spend.amount + $3";
        self.execute(sql, args![day, trunk, change]).await.map(drop)
    }
}
