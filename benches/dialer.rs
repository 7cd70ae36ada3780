//! Who is called next, out of very many: what the dialler asks of the embedded database twice a second.
//!
//! A campaign of a million contacts, all of whom could be called now; then half of them, mixed among the others, wait for tomorrow. Each claim is a
//! committed transaction: hours, do-not-call and the rules for retries are asked, the contact is *dialling*, and the row of its attempt is written.
//!
//! `taskset -c 0 cargo bench --bench dialer`; otherwise by the environment:
//! - `ODZIV_BENCH_CONTACTS` (default 1000000);
//! - `ODZIV_BENCH_CLAIMS` (default 2000): of one contact, and a tenth as many of twenty at once.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a load program talks to who runs it")]

use std::path::Path;
use std::time::{Duration, Instant};

use odziv::actions::dialer::draft::DialDraft;
use odziv::actions::{Actions, Actor};
use odziv::clock::Clock;
use odziv::config;
use odziv::domain::contact_list::Contact;
use odziv::domain::dialer::DialSettings;
use odziv::domain::dialer::hours::CallingHours;
use odziv::domain::id::DialCampaignId;
use odziv::domain::phone::PhoneNumber;
use odziv::store::Db;
use sqlx::{ConnectOptions as _, SqliteConnection};

const ADDED_AT_ONCE: u64 = 10_000;
const TWENTY: u32 = 20;

#[tokio::main]
async fn main() {
    if std::env::args().any(|arg| arg == "--list") {
        return;
    }
    let contacts: u64 = env("ODZIV_BENCH_CONTACTS", 1_000_000);
    let claims: u64 = env("ODZIV_BENCH_CLAIMS", 2_000);
    let folder = tempfile::tempdir().unwrap();
    let actions = open(folder.path()).await;
    let began = Instant::now();
    let campaign = filled(&actions, contacts).await;
    println!("{contacts} contacts added in {:.1?}", began.elapsed());
    let began = Instant::now();
    actions.start_dial_campaign(&Actor::System, (campaign, 1)).await.unwrap();
    println!("started in {:.1?}", began.elapsed());
    measured(&actions, campaign, claims).await;

    half_tomorrow(&folder.path().join("odziv.db")).await;
    println!("half of them wait for tomorrow");
    measured(&actions, campaign, claims).await;
    actions.db().close().await;
}

async fn open(folder: &Path) -> Actions {
    let db = Db::open(&config::store::Store::default(), folder).await.unwrap();
    Actions::new(db, Clock::system(), config::cases::Cases::default()).await.unwrap()
}

async fn filled(actions: &Actions, contacts: u64) -> DialCampaignId {
    let always = "00:00-24:00".parse().map(|hours| vec![hours]).unwrap();
    let hours = CallingHours {
        week: std::array::from_fn(|_| always.clone()),
        quiet_on_holidays: false,
        ..CallingHours::default()
    };
    let draft = DialDraft {
        name: "Милион".into(),
        settings: DialSettings { hours, ..DialSettings::default() },
        survey_version: None,
        operators: Vec::new(),
    };
    let campaign = actions.make_dial_campaign(&Actor::System, draft).await.unwrap();
    for from in (0..contacts).step_by(usize::try_from(ADDED_AT_ONCE).unwrap()) {
        let some = (from..contacts.min(from + ADDED_AT_ONCE)).map(contact).collect();
        actions.add_dial_contacts(&Actor::System, campaign, some, 0).await.unwrap();
    }
    campaign
}

fn contact(number: u64) -> Contact {
    Contact {
        line: 1,
        name: format!("Грађанин {number}"),
        phone: Some(PhoneNumber::parse(&format!("+38160{:07}", 1_000_000 + number), "RS").unwrap()),
        email: None,
        address: String::new(),
        language: None,
        fields: vec![("mesna zajednica".into(), "Детелинара".into())],
    }
}

/// As if they had not answered today.
async fn half_tomorrow(file: &Path) {
    let mut db: SqliteConnection = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(file)
        .busy_timeout(Duration::from_secs(60))
        .connect()
        .await
        .unwrap();
    let sql = "UPDATE dial_contact SET rank = NULL, attempts = 1, last_attempt = 1, last_outcome = 'no_answer', \
         not_before = not_before + 86400000000 WHERE state = 'waiting' AND id % 2 = 0";
    sqlx::query(sql).execute(&mut db).await.unwrap();
}

async fn measured(actions: &Actions, campaign: DialCampaignId, claims: u64) {
    let beats = claims / 10;
    for (what, limit, times) in [("one", 1, claims), ("twenty at once", TWENTY, beats)] {
        let mut took = Vec::new();
        for _ in 0..times {
            let began = Instant::now();
            let claimed = actions.claim_dials(campaign, limit).await.unwrap();
            took.push(began.elapsed());
            assert_eq!(claimed.len(), limit as usize, "all could be called");
        }
        say(&format!("next contact, {what}"), took);
    }
    let mut took = Vec::new();
    for _ in 0..beats {
        let began = Instant::now();
        let _ = actions.db().dial_ready(campaign, Clock::system().now(), 500).await.unwrap();
        took.push(began.elapsed());
    }
    say("how many are ready", took);
    let began = Instant::now();
    let _ = actions.db().dial_counts(campaign).await.unwrap();
    let _ = actions.db().dial_pace(campaign).await.unwrap();
    println!("  the figures of its page {:>29.1?}", began.elapsed());
}

fn say(what: &str, mut took: Vec<Duration>) {
    took.sort_unstable();
    let at = |share: usize| took.get(took.len() * share / 100).copied().unwrap_or_default();
    println!(
        "  {what:<24} p50 {:>9.2?}  p95 {:>9.2?}  p99 {:>9.2?}  most {:>9.2?}",
        at(50),
        at(95),
        at(99),
        took.last().copied().unwrap_or_default()
    );
}

fn env(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}
