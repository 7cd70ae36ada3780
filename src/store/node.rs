//! Nodes that share the database, and which of them are gone.

use jiff::Timestamp;

use super::StoreError;
use super::sql::{Value, args};
use super::tx::Tx;

/// Whose unfinished work is meant.
#[derive(Clone, Copy, Debug)]
pub enum Left<'a> {
    /// Of this node, at its start, and what is from before there were nodes.
    Own(&'a str),
    /// Of others than this one that were not seen since then.
    Gone { than: &'a str, since: Timestamp },
}

impl Left<'_> {
    /// The condition on a row of `table`; what it is about is added to `values`.
    pub(super) fn condition(&self, table: &str, values: &mut Vec<Value>) -> String {
        let first = values.len() + 1;
        match *self {
            Self::Own(node) => {
                values.push(node.into());
                format!("{table}.node IN (${first}, '')")
            }
            Self::Gone { than, since } => {
                values.extend(args![than, since]);
                let second = first + 1;
                format!(
                    "{table}.node <> ${first} AND NOT EXISTS \
                     (SELECT 1 FROM node n WHERE n.id = {table}.node AND n.seen_at > ${second})"
                )
            }
        }
    }
}

impl Tx<'_> {
    pub async fn node_lives(&mut self, node: &str, at: Timestamp) -> Result<(), StoreError> {
        let sql = "INSERT INTO node (id, seen_at) VALUES ($1, $2) \
             ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at";
        self.execute(sql, args![node, at]).await.map(drop)
    }
}
