//! How fast the embedded database takes contacts in, and shows them again among many.
//!
//! `cargo bench --bench store`; `ODZIV_BENCH_CASES=n` for another size than 500,000, `ODZIV_BENCH_DIR` to keep the filled
//! database for the next run. `taskset -c 0` puts all of it on one core.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a load program talks to who runs it")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;
use odziv::actions::Actions;
use odziv::actions::call::{CallArrived, CallEnded, Direction, EndedBy};
use odziv::actions::delivery::{Submission, SubmitResult};
use odziv::actions::text::TextArrived;
use odziv::clock::Clock;
use odziv::config;
use odziv::domain::caller::Caller;
use odziv::domain::case::{Channel, Status};
use odziv::domain::id::{CaseId, CategoryId};
use odziv::domain::message::TextPart;
use odziv::domain::phone::PhoneNumber;
use odziv::domain::search::Query;
use odziv::store::Db;
use odziv::store::case_list::{Assignee, CaseFilter};
use sqlx::{AssertSqlSafe, ConnectOptions, SqliteConnection};

/// Contacts that wait for their commit at once: as many as a busy second brings.
const AT_ONCE: usize = 200;

#[tokio::main]
async fn main() {
    let cases: u64 = std::env::var("ODZIV_BENCH_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(500_000);
    let temporary = tempfile::tempdir().unwrap();
    let folder = std::env::var("ODZIV_BENCH_DIR").map_or(temporary.path().to_owned(), PathBuf::from);
    std::fs::create_dir_all(&folder).unwrap();
    let clock = Clock::system();

    let (actions, _) = open(&folder, &clock).await;
    let there: i64 = actions.db().case_counts().await.unwrap().iter().map(|(_, n)| n).sum();
    actions.db().close().await;
    if (there as u64) < cases {
        let began = clock.instant();
        fill(&folder.join("odziv.db"), cases).await;
        println!("filled: {cases} cases, {} timeline entries in {:.0?}", cases * 6, clock.instant() - began);
    }

    let (actions, opened) = open(&folder, &clock).await;
    let file = std::fs::metadata(folder.join("odziv.db")).unwrap().len() >> 20;
    println!("start with {cases} cases: {opened:.0?}; file {file} MiB; memory {} MiB", memory());
    reads(&actions, &clock, cases).await;
    println!("memory after reads: {} MiB", memory());
    writes(&actions, &clock).await;
    println!("memory after writes: {} MiB", memory());
    actions.db().close().await;
}

async fn open(folder: &Path, clock: &Clock) -> (Actions, Duration) {
    let began = clock.instant();
    let db = Db::open(&config::store::Store::default(), folder).await.unwrap();
    let actions = Actions::new(db, clock.clone(), config::cases::Cases::default()).await.unwrap();
    (actions, clock.instant() - began)
}

async fn reads(actions: &Actions, clock: &Clock, cases: u64) {
    let db = actions.db();
    let all = CaseFilter::default;
    let search = |q: &str| CaseFilter { q: Some(q.into()), ..all() };
    for (name, filter) in [
        ("list: all", all()),
        ("list: status new", CaseFilter { status: Some(Status::New), ..all() }),
        ("list: status closed", CaseFilter { status: Some(Status::Closed), ..all() }),
        ("list: channel", CaseFilter { channel: Some(Channel::Sms), ..all() }),
        ("list: category", CaseFilter { category: Some(CategoryId(2)), ..all() }),
        ("list: nobody's", CaseFilter { assignee: Some(Assignee::Nobody), ..all() }),
        (
            "list: two filters",
            CaseFilter { status: Some(Status::New), category: Some(CategoryId(3)), ..all() },
        ),
        ("search: word in most cases", search("voda")),
        ("search: beginning of a word", search("w1")),
        ("search: two words", search("вода w25")),
        ("search: rare word", search("w2999")),
        ("search: two letters", search("vo")),
        ("search: telephone number", search("064/0012-345")),
        ("search: case number", search("400-4321/2026")),
        ("search: word and status", CaseFilter { status: Some(Status::New), ..search("voda") }),
        ("search: nothing found", search("nemaovetereci")),
    ] {
        measure(clock, name, 200, async |_| {
            db.case_list(&filter, None, 50).await.unwrap();
        })
        .await;
    }
    for (name, q) in [
        ("ranked: word in most cases", "voda"),
        ("ranked: name that many have", "osoba12"),
        ("ranked: name and word", "osoba12 voda"),
        ("ranked: telephone number", "064/0012-345"),
        ("ranked: case number", "400-4321/2026"),
        ("ranked: beginning of a number", "400-43"),
        ("ranked: nothing found", "nemaovetereci"),
    ] {
        let query = Query::parse(q).unwrap();
        let phone = PhoneNumber::parse(q, "RS").ok();
        measure(clock, name, 200, async |_| {
            let found = db.search_cases(&query, phone.as_ref(), &all(), None, 20).await.unwrap();
            let hits: Vec<CaseId> = found.hits.iter().map(|hit| hit.case.id).collect();
            db.words_of(&hits).await.unwrap();
            db.people(Some(&query), phone.as_ref(), None, 6).await.unwrap();
        })
        .await;
    }
    measure(clock, "case page", 500, async |n| {
        let id = CaseId((n * 7919 % cases + 1) as i64);
        db.case_detail(id).await.unwrap().unwrap();
    })
    .await;
    measure(clock, "counts per status", 200, async |_| {
        db.case_counts().await.unwrap();
    })
    .await;
}

async fn measure(clock: &Clock, name: &str, times: u64, mut work: impl AsyncFnMut(u64)) {
    let mut took = Vec::new();
    for n in 0..times {
        let began = clock.instant();
        work(n).await;
        took.push(clock.instant() - began);
    }
    took.sort();
    let at = |percent: usize| took.get(took.len() * percent / 100).copied().unwrap_or_default();
    println!("{name:32} p50 {:>8.2?}  p95 {:>8.2?}  worst {:>8.2?}", at(50), at(95), at(100).max(at(99)));
}

async fn writes(actions: &Actions, clock: &Clock) {
    let run = format!("{}", clock.now().as_microsecond());
    let now = clock.now();
    rate(clock, "journal_call", 20_000, |n| async move {
        let call = arrived(&format!("j{now}{n}"), n, now);
        actions.journal_call(call).await.unwrap();
    })
    .await;
    rate(clock, "whole call (7 verbs)", 4_000, |n| async move {
        let call = actions.journal_call(arrived(&format!("w{now}{n}"), n, now)).await.unwrap();
        actions.open_call_case(call, "water", now).await.unwrap();
        let recording = actions.start_recording(call, format!("r/{n}.wav"), now).await.unwrap();
        actions.finish_recording(recording, Some(Duration::from_secs(5))).await.unwrap();
        actions.send_call_text(call, "receipt").await.unwrap();
        let end = CallEnded {
            at: now,
            answered_at: Some(now),
            by: EndedBy::Caller,
            walk: vec!["menu".into()],
            story: vec![],
        };
        actions.finish_call(call, end).await.unwrap();
    })
    .await;
    let run = &run;
    rate(clock, "receive_text to a new case", 10_000, |n| async move {
        let text = TextArrived {
            external_id: format!("t{run}{n}"),
            former_id: None,
            sender: number(60_000_000 + now.as_microsecond() as u64 % 1_000_000 * 10 + n),
            recipient: "1234".into(),
            part: TextPart { units: "Nema vode u ulici Dunavskoj 5".encode_utf16().collect(), of: None },
            at: now,
        };
        actions.receive_text(text).await.unwrap();
    })
    .await;
    let began = clock.instant();
    let mut sent = 0;
    loop {
        let texts = actions.claim_texts(500).await.unwrap();
        if texts.is_empty() {
            break;
        }
        sent += texts.len();
        let accepted =
            |id| SubmitResult::Accepted { link: "main".into(), message_ids: vec![format!("{run}{id}")] };
        let results = texts.iter().map(|t| Submission { id: t.id, result: accepted(t.id), at: now });
        actions.record_submissions(results.collect()).await.unwrap();
    }
    println!(
        "{:32} {:>8.0}/s",
        "texts claimed and recorded",
        per_second(sent as u64, clock.instant() - began)
    );
}

/// Keeps [`AT_ONCE`] works in the air.
async fn rate<F: Future<Output = ()>>(clock: &Clock, name: &str, times: u64, work: impl Fn(u64) -> F) {
    let began = clock.instant();
    let mut works = FuturesUnordered::new();
    let mut took = Vec::new();
    let timed = async |began: Instant, work: F| {
        work.await;
        clock.instant() - began
    };
    for n in 0..times {
        if works.len() >= AT_ONCE {
            took.extend(works.next().await);
        }
        works.push(timed(clock.instant(), work(n)));
    }
    took.extend(works.collect::<Vec<_>>().await);
    took.sort();
    let p99 = took.get(took.len() * 99 / 100).copied().unwrap_or_default();
    println!("{name:32} {:>8.0}/s  p99 {p99:.1?}", per_second(times, clock.instant() - began));
}

fn per_second(n: u64, took: Duration) -> f64 {
    n as f64 / took.as_secs_f64()
}

fn arrived(id: &str, n: u64, at: Timestamp) -> CallArrived {
    CallArrived {
        direction: Direction::In,
        operator: None,
        external_id: id.into(),
        caller: number(40_000_000 + n),
        called: "+38121480000".into(),
        at,
        plan_revision: "r1".into(),
    }
}

fn number(digits: u64) -> Caller {
    Caller::Number(PhoneNumber::from_stored(&format!("+3816{digits:08}")).unwrap())
}

/// In MiB.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or_default() >> 10
}

/// Years of a town, made inside the database: every case has a person, six entries and about twelve words, of which few
/// are common and many are rare.
async fn fill(file: &Path, cases: u64) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file).disable_statement_logging();
    let mut connection: SqliteConnection = options.connect().await.unwrap();
    run(&mut connection, "PRAGMA synchronous = off; PRAGMA cache_size = -400000; PRAGMA foreign_keys = off")
        .await;
    const STEP: u64 = 50_000;
    for from in (1..=cases).step_by(STEP as usize) {
        let to = (from + STEP - 1).min(cases);
        let sql = FILL.replace(":from", &from.to_string()).replace(":to", &to.to_string());
        run(&mut connection, &sql.replace(":all", &cases.to_string())).await;
    }
    run(&mut connection, "PRAGMA analysis_limit = 1000; ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)").await;
    sqlx::Connection::close(connection).await.unwrap();
}

async fn run(connection: &mut SqliteConnection, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(connection).await.unwrap();
}

const FILL: &str = "BEGIN;
CREATE TEMP TABLE IF NOT EXISTS n (i INTEGER PRIMARY KEY);
DELETE FROM n;
INSERT INTO n WITH RECURSIVE c (i) AS (SELECT :from UNION ALL SELECT i + 1 FROM c WHERE i < :to) SELECT i FROM c;
INSERT INTO person (id, name, address, created_at, keys) SELECT i, 'Osoba' || (i % 20000) || ' ' || i, '', 0,
    'osoba' || (i % 20000) || ' ' || i || ' ' || char(57346) || 'osoba' || (i % 20000) || ' ' || char(57346) || i
    || ' 38164' || printf('%07d', i) || ' 064' || printf('%07d', i) FROM n;
INSERT INTO person_fts (rowid, body) SELECT id, keys FROM person WHERE id IN (SELECT i FROM n);
INSERT INTO contact_point (person_id, kind, value) SELECT i, 'phone', '+38164' || printf('%07d', i) FROM n;
INSERT INTO case_file (id, number, channel, status, category_id, category_root_id, department_id, person_id, caller,
    summary, opened_at, updated_at, contact_at)
    SELECT i, '400-' || i || '/2026-01', CASE i % 3 WHEN 0 THEN 'sms' WHEN 1 THEN 'call' ELSE 'voicemail' END,
    CASE WHEN i > :all - 300 THEN 'new' WHEN i % 50 = 0 THEN 'in_progress' ELSE 'closed' END,
    1 + i % 5, 1 + i % 5, 1 + i % 5, i, '+38164' || printf('%07d', i), 'Nema vode u ulici ' || i,
    1700000000000000 + i * 100000000, 1700000000000000 + i * 100000000, 1700000000000000 + i * 100000000 FROM n;
INSERT INTO case_search (case_id, owners, who, body)
    SELECT i, char(57348) || (1 + i % 5), 'osoba' || (i % 20000) || ' ' || char(57346) || 'osoba' || (i % 20000),
    '400' || i || '202601 400 ' || i || ' 2026 01 ' || char(57344) || '400' || char(57344) || i || char(57344) || '2026'
    || char(57344) || '01' || char(57344) || ' 38164' || printf('%07d', i) || ' 064' || printf('%07d', i)
    || ' ' || printf('%07d', i) || ' ' || char(57345) || '38164' || printf('%07d', i) || ' ' || char(57345) || '064'
    || printf('%07d', i) || CASE WHEN i % 10 < 8 THEN ' voda' ELSE '' END
    || ' w' || (abs(random()) % 60 * (abs(random()) % 50)) || ' w' || (abs(random()) % 60 * (abs(random()) % 50))
    || ' w' || (abs(random()) % 3000) || ' w' || (abs(random()) % 3000) || ' w' || (abs(random()) % 3000) FROM n;
INSERT INTO case_fts (rowid, body) SELECT case_id, body || ' ' || who || ' ' || owners FROM case_search WHERE case_id IN (SELECT i FROM n);
INSERT INTO case_event (case_id, at, kind, visibility, payload)
    SELECT n.i, 1700000000000000 + n.i * 100000000 + k.i, 'note', 'internal',
    '{\"kind\":\"note\",\"words\":\"Екипа је обавештена и излази на терен ' || n.i || '\"}'
    FROM n JOIN (SELECT 1 AS i UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6) k;
INSERT OR REPLACE INTO number_series (class, year, last) VALUES ('400', 2026, :to);
COMMIT;";
