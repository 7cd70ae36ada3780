//! Where rows go: prepared inserts into the embedded database, COPY into PostgreSQL. Indexes are taken away first and made again at the
//! end, which is faster than keeping them.

use std::path::Path;

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Row as _};

use crate::rows::{Cell, Table};

pub enum Sink {
    Sqlite { file: rusqlite::Connection, indexes: Vec<String> },
    Postgres { connection: PgConnection, indexes: Vec<String> },
}

/// Tables that are filled; indexes of others stay.
const FILLED: &str = "'person','contact_point','person_address','case_file','case_search','case_event','case_pin','interaction',\
     'recording','outbox','outbox_part','mail_received','mail_token','notice','notice_try','case_deadline','task','case_watcher',\
     'case_party','attachment','blob','audit','person_event'";

impl Sink {
    pub async fn open(url: &str, folder: &Path) -> Self {
        if url.is_empty() {
            let file = rusqlite::Connection::open(folder.join("odziv.db")).unwrap();
            file.execute_batch(
                "PRAGMA synchronous = off; PRAGMA cache_size = -600000; PRAGMA foreign_keys = off; PRAGMA temp_store = MEMORY",
            )
            .unwrap();
            let sql = format!(
                "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ({FILLED})"
            );
            let mut indexes = Vec::new();
            let found: Vec<(String, String)> = {
                let mut statement = file.prepare(&sql).unwrap();
                let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
                rows.map(Result::unwrap).collect()
            };
            for (name, create) in found {
                file.execute_batch(&format!("DROP INDEX {name}")).unwrap();
                indexes.push(create);
            }
            return Self::Sqlite { file, indexes };
        }
        let mut connection = PgConnection::connect(url).await.unwrap();
        // Neither triggers nor foreign keys.
        run(&mut connection, "SET session_replication_role = replica").await;
        run(&mut connection, "SET maintenance_work_mem = '1GB'; SET synchronous_commit = off").await;
        let sql = format!(
            "SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE i.schemaname = 'public' AND i.tablename IN ({FILLED}) \
             AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conname = i.indexname)"
        );
        let mut indexes = Vec::new();
        for row in sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut connection).await.unwrap() {
            let (name, create): (String, String) = (row.get(0), row.get(1));
            run(&mut connection, &format!("DROP INDEX {name}")).await;
            indexes.push(create);
        }
        Self::Postgres { connection, indexes }
    }

    /// All that waits in the tables, in one transaction.
    pub async fn write(&mut self, tables: &mut [&mut Table]) {
        match self {
            Self::Sqlite { file, .. } => {
                file.execute_batch("BEGIN").unwrap();
                for table in tables {
                    insert(file, table);
                }
                file.execute_batch("COMMIT").unwrap();
            }
            Self::Postgres { connection, .. } => {
                for table in tables {
                    copy(connection, table).await;
                }
            }
        }
    }

    /// `all`: in the words of both databases.
    pub async fn run(&mut self, all: &str) {
        match self {
            Self::Sqlite { file, .. } => file.execute_batch(all).unwrap(),
            Self::Postgres { connection, .. } => run(connection, all).await,
        }
    }

    /// Where the chain of the audit ends; in hexadecimal.
    pub async fn end_audit(&mut self, id: i64, digest: &str) {
        let digest = match self {
            Self::Sqlite { .. } => format!("X'{digest}'"),
            Self::Postgres { .. } => format!("decode('{digest}', 'hex')"),
        };
        self.run(&format!("UPDATE audit_head SET id = {id}, digest = {digest} WHERE one = 1")).await;
    }

    /// Counters, series, indexes and the planner's statistics.
    pub async fn finish(mut self) {
        self.run(
            "DELETE FROM case_count; INSERT INTO case_count (department_id, status, n) \
             SELECT COALESCE(department_id, 0), status, count(*) FROM case_file GROUP BY 1, 2",
        )
        .await;
        match &mut self {
            Self::Sqlite { file, indexes } => {
                for create in indexes {
                    file.execute_batch(create).unwrap();
                }
                file.execute_batch("BEGIN").unwrap();
                let (case, person) = (
                    "INSERT INTO case_fts (rowid, body) SELECT case_id, body || ' ' || who || ' ' || owners FROM case_search WHERE case_id > ?1 AND case_id <= ?1 + 25000",
                    "INSERT INTO person_fts (rowid, body) SELECT id, keys FROM person WHERE keys <> '' AND id > ?1 AND id <= ?1 + 25000",
                );
                for (table, key, sql) in [("case_search", "case_id", case), ("person", "id", person)] {
                    let last: i64 = file
                        .query_row(&format!("SELECT COALESCE(max({key}), 0) FROM {table}"), [], |row| {
                            row.get(0)
                        })
                        .unwrap();
                    for from in (0..last).step_by(25_000) {
                        file.execute(sql, [from]).unwrap();
                    }
                }
                file.execute_batch(
                    "COMMIT; PRAGMA analysis_limit = 1000; ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)",
                )
                .unwrap();
            }
            Self::Postgres { connection, indexes } => {
                let sql = "SELECT table_name::text FROM information_schema.columns WHERE table_schema = 'public' \
                     AND column_name = 'id' AND is_identity = 'YES'";
                for row in sqlx::query(sql).fetch_all(&mut *connection).await.unwrap() {
                    let table: String = row.get(0);
                    let sql = format!(
                        "SELECT setval(pg_get_serial_sequence('{table}', 'id'), \
                         (SELECT COALESCE(max(id), 0) + 1 FROM {table}), false)"
                    );
                    run(connection, &sql).await;
                }
                for create in indexes {
                    run(connection, create).await;
                }
                run(connection, "SET session_replication_role = DEFAULT").await;
                run(connection, "VACUUM (ANALYZE)").await;
                run(connection, "CHECKPOINT").await;
            }
        }
    }
}

async fn run(connection: &mut PgConnection, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(connection).await.unwrap();
}

fn insert(file: &rusqlite::Connection, table: &mut Table) {
    let places = vec!["?"; table.columns.split(',').count()].join(",");
    let sql = format!("INSERT INTO {} ({}) VALUES ({places})", table.name, table.columns);
    let mut statement = file.prepare_cached(&sql).unwrap();
    for row in table.rows.drain(..) {
        let values = row.into_iter().map(|cell| match cell {
            Cell::Null => rusqlite::types::Value::Null,
            Cell::Int(number) => rusqlite::types::Value::Integer(number),
            Cell::Text(text) => rusqlite::types::Value::Text(text),
            Cell::Bytes(bytes) => rusqlite::types::Value::Blob(bytes),
        });
        statement.execute(rusqlite::params_from_iter(values)).unwrap();
    }
}

/// In the text format of COPY.
async fn copy(connection: &mut PgConnection, table: &mut Table) {
    if table.rows.is_empty() {
        return;
    }
    let mut text = String::new();
    for row in table.rows.drain(..) {
        for (place, cell) in row.into_iter().enumerate() {
            if place > 0 {
                text.push('\t');
            }
            match cell {
                Cell::Null => text.push_str("\\N"),
                Cell::Int(number) => text.push_str(&number.to_string()),
                Cell::Text(words) => escape(&words, &mut text),
                Cell::Bytes(bytes) => {
                    text.push_str("\\\\x");
                    bytes.iter().for_each(|byte| text.push_str(&format!("{byte:02x}")));
                }
            }
        }
        text.push('\n');
    }
    let sql = format!("COPY {} ({}) FROM STDIN", table.name, table.columns);
    let mut copy = connection.copy_in_raw(&sql).await.unwrap();
    copy.send(text.into_bytes()).await.unwrap();
    copy.finish().await.unwrap();
}

fn escape(words: &str, text: &mut String) {
    for letter in words.chars() {
        match letter {
            '\\' => text.push_str("\\\\"),
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            other => text.push(other),
        }
    }
}
