//! Fills a database with the years of a town, for what is measured at that size: 500,000 cases with 3,000,000 entries on their timelines
//! and all that comes with them. Everything is made by the rules of the product: rows add up from their timelines (`odziv rebuild`),
//! search keys are those of the verbs, entries are sealed.
//!
//! `ODZIV_BENCH_DIR=DIR cargo bench --bench fill` fills `DIR/odziv.db`; with `ODZIV_BENCH_STORE=postgres://..` an empty PostgreSQL
//! database, by a superuser of it; `DIR` then has the data folder beside it. `ODZIV_BENCH_CASES` (default 500000). The same every time.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a load program talks to who runs it")]
#![expect(clippy::indexing_slicing, reason = "indices come from the program itself")]

#[path = "fill/people.rs"]
mod people;
#[path = "fill/rows.rs"]
mod rows;
#[path = "fill/sink.rs"]
mod sink;
#[path = "fill/story.rs"]
mod story;
#[path = "fill/tables.rs"]
mod tables;
#[path = "fill/town.rs"]
mod town;
#[path = "fill/words.rs"]
mod words;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use odziv::actions::Actions;
use odziv::clock::Clock;
use odziv::config;
use odziv::domain::case::Status;
use odziv::domain::timeline::Entry;
use odziv::store::Db;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use people::{Citizen, citizen};
use sink::Sink;
use story::{Next, Story, Written};
use tables::{Audit, Tables};
use town::Town;
use words::Words;

/// Of `bench-operator`, `bench-officer` and `bench-administrator`.
const PASSWORD: &str = "dugačka lozinka za merenje";
const YEARS: i64 = 3;
/// Cases whose entries are mixed with each other, as they are in life: about three weeks.
const BATCH: u64 = 10_000;
/// Every so manyth case has a timeline of three hundred entries.
const LONG: u64 = 2_500;
/// The planned length of a timeline.
const ENTRIES: f64 = 6.0;

#[tokio::main]
async fn main() {
    if std::env::args().any(|arg| arg == "--list") {
        return;
    }
    let folder = PathBuf::from(std::env::var("ODZIV_BENCH_DIR").unwrap());
    let url = std::env::var("ODZIV_BENCH_STORE").unwrap_or_default();
    let cases: u64 = std::env::var("ODZIV_BENCH_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(500_000);
    std::fs::create_dir_all(&folder).unwrap();
    let clock = Clock::system();
    let began = clock.instant();
    let actions = open(&url, &folder, &clock).await;
    assert_eq!(there(&actions).await, 0, "the database is not empty");
    town::add_lookers(&actions).await;
    let mut sink = Sink::open(&url, &folder).await;
    let entries = fill(&actions, &mut sink, cases, clock.now()).await;
    println!("rows written after {:.0?}", clock.instant() - began);
    sink.finish().await;
    actions.db().close().await;
    println!("indexes made after {:.0?}", clock.instant() - began);
    let actions = open(&url, &folder, &clock).await;
    let sealed = actions.seal_timelines().await.unwrap();
    println!(
        "{} cases, {entries} entries, {sealed} sealed, after {:.0?}",
        there(&actions).await,
        clock.instant() - began
    );
    actions.db().close().await;
}

async fn open(url: &str, folder: &Path, clock: &Clock) -> Actions {
    let db = Db::open(&config::store::Store { url: url.to_owned() }, folder).await.unwrap();
    Actions::new(db, clock.clone(), config::cases::Cases::default()).await.unwrap()
}

async fn there(actions: &Actions) -> i64 {
    actions.db().case_counts().await.unwrap().iter().map(|(_, n)| n).sum()
}

async fn fill(actions: &Actions, sink: &mut Sink, cases: u64, now: Timestamp) -> u64 {
    let mut rng = StdRng::seed_from_u64(400);
    let words = Words::new(&mut rng);
    let town = Town::build(actions, sink, words, now).await;
    let citizens = citizens(&town, &mut rng, sink, cases * 2 / 5).await;
    let span = YEARS * 365 * 86_400 * 1_000_000;
    let began = now.as_microsecond() - span;
    let mut tables = Tables::default();
    let mut next = Next::default();
    let mut entries = 0_u64;
    for from in (1..=cases).step_by(BATCH as usize) {
        let mut batch = Vec::new();
        for id in from..(from + BATCH).min(cases + 1) {
            let since = span / cases as i64 * id as i64;
            let opened = Timestamp::from_microsecond(began + since).unwrap();
            let so_far =
                entries as f64 + batch.iter().map(|story: &Story| story.entries.len()).sum::<usize>() as f64;
            let wordy = so_far < ENTRIES * id as f64;
            let at = somebody(&mut rng, citizens.len());
            batch.push(Story::tell(
                &town,
                &mut rng,
                &mut next,
                (id as i64, opened),
                (at, &citizens[at]),
                (wordy, id % LONG == 0),
            ));
        }
        merge(&mut batch, &mut rng);
        entries += tables.take(&town, &mut rng, &citizens, batch);
        sink.write(&mut tables.all()).await;
    }
    let year = now.to_zoned(jiff::tz::TimeZone::UTC).year();
    audit(actions, sink, &mut rng, cases, began, span).await;
    sink.run(&format!("INSERT INTO number_series (class, year, last) VALUES ('400', {year}, {cases})")).await;
    entries
}

async fn citizens(town: &Town, rng: &mut StdRng, sink: &mut Sink, count: u64) -> Vec<Citizen> {
    let mut people = people::Tables::new();
    let mut citizens = Vec::new();
    let since = town.now.as_microsecond() - YEARS * 365 * 86_400 * 1_000_000;
    for id in 1..=count {
        let citizen = citizen(rng, &town.words, id as i64);
        people.push(&citizen, since + id as i64);
        citizens.push(citizen);
        if id % 20_000 == 0 || id == count {
            sink.write(&mut people.all()).await;
        }
    }
    citizens
}

/// Views and changes of the last year.
async fn audit(actions: &Actions, sink: &mut Sink, rng: &mut StdRng, cases: u64, began: i64, span: i64) {
    let head = actions.audit_head().await.unwrap();
    let mut audit = Audit::after(head.id, head.digest);
    let count = cases as i64 * 4 / 5;
    for n in 0..count {
        let at = began + span / 3 * 2 + span / 3 / count * n;
        let what = if rng.random_bool(0.4) { "case_changed" } else { "case_viewed" };
        let (user, case) = (rng.random_range(1_000..1_060), rng.random_range(1..=cases as i64));
        audit.push(rng, at, user, what, case);
        if n % 20_000 == 0 || n + 1 == count {
            sink.write(&mut [audit.table()]).await;
        }
    }
    let (id, digest) = audit.head();
    sink.end_audit(id, &digest).await;
}

/// One in fifty writes often.
fn somebody(rng: &mut StdRng, count: usize) -> usize {
    let often = (count / 50).max(1);
    if rng.random_bool(0.2) { rng.random_range(0..often) } else { rng.random_range(0..count) }
}

/// One in a hundred turns out to be about the same as another.
fn merge(batch: &mut [Story], rng: &mut StdRng) {
    for at in 1..batch.len() {
        if !rng.random_bool(0.01) {
            continue;
        }
        let (before, after) = batch.split_at_mut(at);
        let survivor = &mut before[at - 1];
        let part = &mut after[0];
        let is_merged = survivor.entries.iter().any(|told| matches!(told.entry, Entry::Merged { .. }));
        if is_merged || part.answered.is_some() || !part.is_open {
            continue;
        }
        let when = part.entries.iter().map(|told| told.at).max().unwrap_or(part.opened);
        let by = Some(part.officer);
        let status = if part.entries.iter().any(|told| matches!(told.entry, Entry::Forwarded { .. })) {
            Status::Forwarded
        } else {
            Status::New
        };
        let entry = Entry::Merged {
            into: survivor.id,
            number: survivor.number.clone(),
            status,
            outcome: None,
            told: odziv::domain::case::Told::No,
            rests: false,
        };
        part.entries.push(Written {
            at: when,
            entry: Entry::DeadlineDropped { profile: story::PROFILE.into(), next_due: None },
            by: None,
        });
        part.is_open = false;
        part.entries.push(Written { at: when, entry, by });
        let entry = Entry::Absorbed { part: part.id, number: part.number.clone() };
        survivor.entries.push(Written { at: when, entry, by });
    }
}
