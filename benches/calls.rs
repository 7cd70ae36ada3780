//! Calls per second to an answered, journaled call, against the real server in a process of its own.
//!
//! The server has one core, the load another. One socket offers `rate` new calls each second on an absolute schedule:
//! INVITE, 200 (which the server sends after the call is committed to its database), ACK, a short hold, BYE. Counted are
//! packets, not wishes: what was answered, refused, lost, sent twice by either side. Then the same to a number that the server
//! dials through to a second trunk: two dialogs for each call.
//!
//! `cargo bench --bench calls`; shorter or otherwise by the environment:
//! - `ODZIV_BENCH_SECONDS` (default 5): length of one step;
//! - `ODZIV_BENCH_RATE`: only this rate, no search;
//! - `ODZIV_BENCH_MAX_RATE` (default 12000): where the search stops;
//! - `ODZIV_BENCH_HOLD_MS` (default 200): from ACK to BYE;
//! - `ODZIV_BENCH_RECORDED` (default 1000,2000,4000): numbers of calls recorded at once, tried after the search; empty for none;
//! - `ODZIV_BENCH_ONLY`: `answered` or `bridged`;
//! - `ODZIV_BENCH_UNDER`: a program to run the server under, a profiler for example;
//! - `ODZIV_BENCH_STORE`: a database url instead of SQLite in a temporary folder.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a load program that cannot go on says where")]
#![expect(clippy::print_stdout, reason = "the figures are its output")]
#![expect(clippy::disallowed_methods, reason = "it measures the machine's time")]
#![expect(clippy::indexing_slicing, reason = "indices come from the program itself")]

#[path = "calls/far.rs"]
#[expect(dead_code, reason = "voices are counted elsewhere")]
mod far;
#[path = "calls/load.rs"]
mod load;
#[path = "calls/recorded.rs"]
mod recorded;
#[path = "calls/server.rs"]
mod server;
#[path = "calls/talkers.rs"]
mod talkers;

use std::time::Duration;

use far::{BRIDGED_LINE, Far};
use load::{Load, Tally};
use server::Server;

/// A rate holds while no more than this share of calls fails or needs a retransmission.
const TOLERATED: f64 = 0.01;
const FIRST_RATE: u32 = 300;

fn main() {
    if std::env::args().any(|arg| arg == "--list") {
        return;
    }
    server::pin(std::process::id(), 1);
    let seconds = env("ODZIV_BENCH_SECONDS", 5);
    println!("server pinned to core 0, load to core 1; {seconds} s a step");
    let only = std::env::var("ODZIV_BENCH_ONLY").unwrap_or_default();
    if only != "bridged" {
        answered(Duration::from_secs(seconds));
    }
    if only != "answered" {
        bridged(Duration::from_secs(seconds));
    }
}

/// To the voice of the municipality; then calls recorded at once.
fn answered(length: Duration) {
    let server = Server::start();
    let mut load = Load::connect(server.sip);
    search("answered", &server, |rate, hold| load.offer(rate, length, hold));
    println!("{} calls so far", load.calls());
    let recorded = std::env::var("ODZIV_BENCH_RECORDED").unwrap_or_else(|_| "1000,2000,4000".to_owned());
    for calls in recorded.split(',').filter_map(|word| word.trim().parse().ok()) {
        recorded::run(&server, &mut load, calls, length * 2);
    }
}

/// Through to a second trunk.
fn bridged(length: Duration) {
    let far = Far::start();
    let server = Server::start_with(&far.extra(), |_| {});
    let mut load = Load::connect(server.sip);
    search("bridged", &server, |rate, hold| load.offer_to(BRIDGED_LINE, rate, length, hold));
    let (invited, repeated, ended) = far.counts();
    println!(
        "{} calls placed; the far end got {invited}, was asked twice {repeated} times, and {ended} were ended",
        load.calls()
    );
}

fn search(what: &str, server: &Server, mut offer: impl FnMut(u32, Duration) -> Tally) {
    let hold = Duration::from_millis(env("ODZIV_BENCH_HOLD_MS", 200));
    println!("{what}, {} ms from ACK to BYE", hold.as_millis());
    println!("    offered  answered    failed   resent      p50      p99   server CPU      RSS");
    let mut step = |rate: u32| -> bool {
        let cpu = server.cpu_seconds();
        let tally = offer(rate, hold);
        report(rate, &tally, (server.cpu_seconds() - cpu) / tally.took.as_secs_f64(), server.rss_mb());
        tally.worst_share() <= TOLERATED
    };
    if let Some(rate) = std::env::var("ODZIV_BENCH_RATE").ok().and_then(|v| v.parse().ok()) {
        step(rate);
        return;
    }
    step(FIRST_RATE);
    let before = server.rss_mb();
    let best = highest(&mut step, env("ODZIV_BENCH_MAX_RATE", 12_000) as u32);
    println!("{what}: highest rate with at most 1 % failed or retransmitted: {best} calls/s");
    println!("memory: {before:.0} MB after the first step, {:.0} MB after its calls", server.rss_mb());
}

/// Grows by half until a rate does not hold, then halves the gap.
fn highest(step: &mut impl FnMut(u32) -> bool, limit: u32) -> u32 {
    let (mut good, mut rate) = (0, FIRST_RATE * 2);
    while rate <= limit && step(rate) {
        good = rate;
        rate = rate * 3 / 2;
    }
    let mut bad = rate;
    for _ in 0..3 {
        let middle = (good + bad) / 2;
        if middle > limit || good == 0 {
            break;
        }
        if step(middle) { good = middle } else { bad = middle }
    }
    good
}

fn report(rate: u32, tally: &Tally, cpu: f64, rss: f64) {
    println!(
        "{:>8}/s {:>9} {:>9} {:>8} {:>5.1} ms {:>5.1} ms {:>10.0} % {:>5.0} MB{}",
        rate,
        tally.answered,
        tally.failed(),
        tally.resent,
        tally.percentile_ms(50),
        tally.percentile_ms(99),
        cpu * 100.0,
        rss,
        tally.refusals(),
    );
}

fn env(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}
