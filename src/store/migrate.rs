//! Brings the tables up to date, one numbered file after the other, each in a transaction of its own.

use sqlx::AssertSqlSafe;

use super::StoreError;
use super::sql::args;
use super::tx::Connection;

struct Migration {
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! migrations {
    ($($name:literal),+ $(,)?) => {
        &[$(Migration {
            name: $name,
            sqlite: include_str!(concat!("../../migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("../../migrations/postgres/", $name, ".sql")),
        }),+]
    };
}

/// In the order of their numbers. Never edited once released; a change is a further file.
const MIGRATIONS: &[Migration] = migrations![
    "0001_cases",
    "0002_phones",
    "0003_queues",
    "0004_case_pin",
    "0005_plan_versions",
    "0006_trunk_spend",
    "0007_call_legs",
    "0008_search_index",
    "0009_callback_place",
    "0010_case_work",
    "0011_mail",
    "0012_deadlines",
    "0013_files",
    "0014_rights",
    "0015_notice",
    "0016_audit",
    "0017_people",
    "0018_catalogue",
    "0024_second_factor",
    "0025_case_desk",
    "0026_retention",
    "0028_webhooks",
    "0030_templates",
    "0031_split",
    "0032_alerts",
    "0035_counts",
    "0036_node",
    "0037_erasure",
    "0046_recording_running",
    "0047_owner_keys",
    "0048_service_outcome",
    "0049_outbox_roads",
    "0050_texts",
    "0051_opt_out",
    "0052_campaigns",
    "0053_voice",
    "0054_surveys",
    "0060_dialler",
    "0061_dial_counts",
];

/// Several nodes may start at once on one PostgreSQL: this advisory lock lets one of them migrate.
const LOCK: i64 = 0x006f_647a_6976;

pub(super) async fn migrate(mut connection: Connection<'_>) -> Result<(), StoreError> {
    if matches!(connection, Connection::Postgres(_)) {
        connection.all("SELECT 1 FROM pg_advisory_lock($1)", args![LOCK]).await?;
    }
    let done = migrate_alone(&mut connection).await;
    if matches!(connection, Connection::Postgres(_)) {
        connection.all("SELECT 1 FROM pg_advisory_unlock($1)", args![LOCK]).await?;
    }
    done
}

async fn migrate_alone(connection: &mut Connection<'_>) -> Result<(), StoreError> {
    connection.execute("CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY)", args![]).await?;
    let rows = connection.all("SELECT name FROM migration", args![]).await?;
    let known: Vec<String> = rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
    if let Some(newer) = known.iter().find(|name| MIGRATIONS.iter().all(|m| m.name != name.as_str())) {
        return Err(StoreError::Database(format!("the database is of a newer version: it has {newer}")));
    }
    for migration in MIGRATIONS.iter().filter(|m| known.iter().all(|name| name != m.name)) {
        let text = match connection {
            Connection::Embedded(_) | Connection::Sqlite(_) => migration.sqlite,
            Connection::Postgres(_) => migration.postgres,
        };
        let name = migration.name;
        let text = format!("BEGIN; {text}; INSERT INTO migration (name) VALUES ('{name}'); COMMIT;");
        let done: Result<(), StoreError> = match connection {
            Connection::Embedded(c) => c.execute_batch(&text).map_err(StoreError::from),
            Connection::Sqlite(c) => sqlx::raw_sql(AssertSqlSafe(text))
                .execute(&mut **c)
                .await
                .map(|_| ())
                .map_err(StoreError::from),
            Connection::Postgres(c) => sqlx::raw_sql(AssertSqlSafe(text))
                .execute(&mut **c)
                .await
                .map(|_| ())
                .map_err(StoreError::from),
        };
        done.map_err(|e| StoreError::Database(format!("migration {name}: {e}")))?;
        tracing::info!(name, "database migrated");
    }
    Ok(())
}
