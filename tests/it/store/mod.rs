//! The same stories told to both databases.

mod afterwards;
mod announcements;
mod annulling;
mod any_order;
mod audit;
mod calls;
mod campaigns;
mod case_state;
mod cases;
mod catalogue;
mod deadlines;
mod delivery;
mod delivery_uncertain;
mod dialer;
mod dialled_surveys;
mod durability;
mod erase;
mod erase_others;
mod files;
mod forwarding;
mod intake;
mod keyed;
mod leaving;
mod lists;
mod mails;
mod merging;
mod nodes;
mod officers;
mod opt_out;
mod outcomes;
mod people;
mod phones;
mod postgres;
mod queues;
mod rebuild;
mod rights;
mod search;
mod splitting;
mod surveys;
mod templates;
mod texts;
mod users;

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use odziv::actions::audit_check::Expected;
use odziv::actions::call::{CallArrived, CallEnded, Direction, EndedBy};
use odziv::actions::outcome::NewAnswer;
use odziv::actions::rebuild::Difference;
use odziv::actions::text::{TextArrived, TextOutcome};
use odziv::actions::{Actions, Actor};
use odziv::clock::Clock;
use odziv::config;
use odziv::domain::caller::Caller;
use odziv::domain::case::{CaseRef, Outcome};
use odziv::domain::id::InteractionId;
use odziv::domain::message::TextPart;
use odziv::domain::phone::PhoneNumber;
use odziv::store::Db;
use odziv::store::case::CaseDetail;

/// An empty database with the verbs on it, and a clock that stands at noon of a day in November.
pub struct World {
    pub actions: Actions,
    pub db: Db,
    pub clock: Clock,
}

pub const NOON: &str = "2026-11-20T11:00:00Z";

/// Tells the story to an embedded database, and to PostgreSQL when it is there.
pub async fn both<F, Fut>(story: F)
where
    F: Fn(World) -> Fut,
    Fut: Future<Output = ()>,
{
    let folder = tempfile::tempdir().unwrap();
    let embedded = config::store::Store::default();
    story(World::open(&embedded, folder.path()).await).await;
    ends_well(&embedded, folder.path()).await;
    if let Some(url) = postgres::database() {
        let postgres = config::store::Store { url };
        story(World::open(&postgres, folder.path()).await).await;
        ends_well(&postgres, folder.path()).await;
    }
}

/// An empty folder for the embedded database, and a fresh database of PostgreSQL when it is there.
pub fn each_store() -> Vec<(config::store::Store, tempfile::TempDir)> {
    let mut stores = vec![(config::store::Store::default(), tempfile::tempdir().unwrap())];
    if let Some(url) = postgres::database() {
        stores.push((config::store::Store { url }, tempfile::tempdir().unwrap()));
    }
    stores
}

/// A hand in the database: `sql` runs on it directly, all of it or nothing.
pub async fn by_hand(store: &config::store::Store, folder: &Path, sql: &str) -> Result<(), sqlx::Error> {
    use sqlx::Connection as _;
    let sql = sqlx::AssertSqlSafe(format!("BEGIN; {sql}; COMMIT"));
    if store.url.is_empty() {
        let url = format!("sqlite:{}", folder.join("odziv.db").display());
        let mut connection = sqlx::SqliteConnection::connect(&url).await?;
        sqlx::raw_sql(sql).execute(&mut connection).await.map(drop)
    } else {
        let mut connection = sqlx::PgConnection::connect(&store.url).await?;
        sqlx::raw_sql(sql).execute(&mut connection).await.map(drop)
    }
}

/// Whatever a story told, every row of a case is what its timeline says, and the audit holds.
async fn ends_well(store: &config::store::Store, folder: &Path) {
    let world = World::open(store, folder).await;
    assert_eq!(world.rebuilt(false).await, [""; 0]);
    world.actions.seal_timelines().await.unwrap();
    let proof = world.actions.prove_audit(&Expected::default()).await.unwrap();
    assert_eq!((proof.broken, proof.unsealed), (None, 0));
    world.db.close().await;
}

/// An answer that is good news.
pub fn resolved(words: &str) -> NewAnswer {
    NewAnswer { outcome: Outcome::Resolved, words: words.into(), silence: String::new(), note: String::new() }
}

impl World {
    pub async fn open(store: &config::store::Store, folder: &Path) -> Self {
        let db = Db::open(store, folder).await.unwrap();
        let clock = Clock::test(NOON.parse().unwrap());
        let actions = Actions::new(db.clone(), clock.clone(), config::cases::Cases::default()).await.unwrap();
        Self { actions, db, clock }
    }

    /// What is wrong with the rows of cases, in words.
    pub async fn rebuilt(&self, fix: bool) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut found = |found: &Difference| wrong.push(format!("{}: {}", found.number, found.wrong));
        let rebuilt = self.actions.rebuild(fix, &mut found).await.unwrap();
        assert_eq!(rebuilt.differing, wrong.len());
        wrong
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub async fn journal(&self, id: &str, caller: Caller) -> InteractionId {
        self.actions.journal_call(self.arrived(id, caller)).await.unwrap()
    }

    pub fn arrived(&self, id: &str, caller: Caller) -> CallArrived {
        CallArrived {
            direction: Direction::In,
            operator: None,
            external_id: id.into(),
            caller,
            called: "+38121480000".into(),
            at: self.now(),
            plan_revision: "r1".into(),
        }
    }

    /// Answered 20 seconds ago and hung up by the caller now.
    pub fn ended(&self) -> CallEnded {
        CallEnded {
            at: self.now(),
            answered_at: Some(self.now() - Duration::from_secs(20)),
            by: EndedBy::Caller,
            walk: vec!["hours".into(), "menu".into()],
            story: Vec::new(),
        }
    }

    pub fn text(&self, id: &str, from: &str, words: &str) -> TextArrived {
        TextArrived {
            external_id: id.into(),
            former_id: None,
            sender: caller(from),
            recipient: "1234".into(),
            part: TextPart { units: words.encode_utf16().collect(), of: None },
            at: self.now(),
        }
    }

    /// A text that opens a case.
    pub async fn opened(&self, id: &str, from: &str, words: &str) -> CaseRef {
        match self.actions.receive_text(self.text(id, from, words)).await.unwrap() {
            TextOutcome::Opened(case) => case,
            other => unreachable!("{other:?}"),
        }
    }

    /// A text of somebody whose first case is open, long after it: it opens another one.
    pub async fn opened_again(&self, id: &str, from: &str, words: &str) -> CaseRef {
        self.clock.advance(Duration::from_secs(80 * 3_600));
        self.opened(id, from, words).await
    }

    pub async fn detail(&self, case: &CaseRef) -> CaseDetail {
        self.db.case_detail(case.id).await.unwrap().unwrap()
    }

    /// Kinds of the entries on the timeline, with a space between.
    pub async fn kinds(&self, case: &CaseRef) -> String {
        let timeline = self.detail(case).await.timeline;
        timeline.iter().map(|e| e.entry.kind()).collect::<Vec<_>>().join(" ")
    }
}

pub fn caller(number: &str) -> Caller {
    Caller::Number(phone(number))
}

pub fn phone(number: &str) -> PhoneNumber {
    PhoneNumber::parse(number, "RS").unwrap()
}

pub const SYSTEM: Actor = Actor::System;
