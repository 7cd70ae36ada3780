//! One failing work harms no other, and what was answered is there after the end of the process.

use odziv::config::store::Store;
use odziv::domain::id::RoleId;
use odziv::store::token::NewToken;
use odziv::store::{Db, StoreError, Tx, Work};

use super::{World, both, caller};

/// Writes a session and then fails, or not.
pub(super) struct Careless {
    pub id: String,
    pub fails: bool,
}

impl Work for Careless {
    type Out = ();
    type Error = StoreError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let token = NewToken { name: self.id.clone(), role: RoleId(2), owner: None, expires_at: None };
        tx.insert_token(&token, &self.id, jiff::Timestamp::UNIX_EPOCH).await?;
        if self.fails { Err(StoreError::Corrupt("on purpose".into())) } else { Ok(()) }
    }
}

#[tokio::test]
async fn failing_work_harms_no_other_in_the_same_commit() {
    both(async |w| {
        let works: Vec<_> = (0..50)
            .map(|n| {
                let db = w.db.clone();
                tokio::spawn(
                    async move { db.write(Careless { id: format!("x{n}"), fails: n % 7 == 3 }).await },
                )
            })
            .collect();
        for (n, work) in works.into_iter().enumerate() {
            assert_eq!(work.await.unwrap().is_err(), n % 7 == 3, "{n}");
            let there = w.db.token_by_hash(&format!("x{n}")).await.unwrap().is_some();
            assert_eq!(there, n % 7 != 3, "{n}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_was_answered_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let first = World::open(&Store::default(), folder.path()).await;
    let call = first.journal("call-1", caller("0641234567")).await;
    first.db.close().await;
    assert!(matches!(
        first.actions.journal_call(first.arrived("call-2", caller("0641234567"))).await,
        Err(odziv::actions::ActionError::Unavailable(_))
    ));
    let second = World::open(&Store::default(), folder.path()).await;
    assert_eq!(second.journal("call-1", caller("0641234567")).await, call);
}

#[tokio::test]
async fn database_of_a_newer_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    World::open(&Store::default(), folder.path()).await.db.close().await;
    let file = folder.path().join("odziv.db");
    let url = format!("sqlite:{}", file.display());
    let mut connection = <sqlx::SqliteConnection as sqlx::Connection>::connect(&url).await.unwrap();
    sqlx::query("INSERT INTO migration (name) VALUES ('9999_future')")
        .execute(&mut connection)
        .await
        .unwrap();
    let refused = Db::open(&Store::default(), folder.path()).await;
    assert!(matches!(refused, Err(StoreError::Database(why)) if why.contains("9999_future")));
}

#[tokio::test]
async fn full_queue_refuses_instead_of_growing() {
    let folder = tempfile::tempdir().unwrap();
    let w = World::open(&Store::default(), folder.path()).await;
    // None of these is awaited by a task of its own, so that the writer gets no turn before the queue is full.
    let writes = (0..10_000).map(|n| w.db.write(Careless { id: format!("x{n}"), fails: false }));
    let results = futures_util::future::join_all(writes).await;
    let refused = results.iter().filter(|r| matches!(r, Err(StoreError::Unavailable(_)))).count();
    assert!(refused > 0 && refused < 10_000, "{refused}");
    w.journal("call-1", caller("0641234567")).await;
}
