//! Whole tables as text, for tests that compare two states of everything.

use sqlx::AssertSqlSafe;

use super::sql::args;
use super::{Db, StoreError};

impl Db {
    /// One line for each row, in the order of the tables and then of the lines. `tables` are names of ours.
    pub async fn dump(&self, tables: &[&str]) -> Result<Vec<String>, StoreError> {
        let mut lines = Vec::new();
        for table in tables {
            let sql = if self.is_postgres() {
                format!("SELECT CAST(row_to_json(t) AS TEXT) FROM {table} t")
            } else {
                let columns = self.all("SELECT name FROM pragma_table_info($1)", args![*table]).await?;
                let columns: Vec<String> =
                    columns.iter().map(|row| row.get(0)).collect::<Result<_, StoreError>>()?;
                let field = |name: &String| {
                    // JSON has no bytes.
                    format!("'{name}', CASE typeof({name}) WHEN 'blob' THEN hex({name}) ELSE {name} END")
                };
                let fields: Vec<String> = columns.iter().map(field).collect();
                format!("SELECT json_object({}) FROM {table}", fields.join(", "))
            };
            let rows = self.all(AssertSqlSafe(sql), args![]).await?;
            let mut rows: Vec<String> =
                rows.iter().map(|row| row.get(0)).collect::<Result<_, StoreError>>()?;
            rows.sort();
            lines.extend(rows.into_iter().map(|row| format!("{table} {row}")));
        }
        Ok(lines)
    }
}
