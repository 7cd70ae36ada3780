//! Texts per second, in to a case and out with durable state, over a real link to a local SMSC.
//!
//! Everything of the server runs on one core, the SMSC on the other. "In": each text is of another citizen, is committed
//! as a case with its receipt queued before it is acknowledged, and the receipts go out meanwhile. "Out": receipts
//! that were queued before, claimed and recorded in committed transactions on both sides of the wire, window 50.
//! "At the throttle": the SMSC takes so many in a second and the link is set to just that. "Over it": the link is not told, is answered
//! ESME_RTHROTTLED, and finds the rate; each text that was refused goes out again, and none is lost or doubled.
//!
//! `cargo bench --bench texts`; otherwise by the environment:
//! - `ODZIV_BENCH_TEXTS` (default 20000): texts each way;
//! - `ODZIV_BENCH_WINDOW` (default 50);
//! - `ODZIV_BENCH_THROTTLE` (default 2000): what the SMSC takes in a second;
//! - `ODZIV_BENCH_STORE`: a database url instead of SQLite in a temporary folder.
#![expect(clippy::unwrap_used, reason = "a load program that cannot go on says where")]
#![expect(clippy::print_stdout, reason = "the figures are its output")]
#![expect(clippy::disallowed_methods, reason = "it measures the machine's time")]

use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use futures_util::stream::{StreamExt, iter};
use odziv::actions::Actions;
use odziv::actions::text::TextArrived;
use odziv::clock::Clock;
use odziv::config;
use odziv::demo::smsc::{Faults, Options, Smsc, SmscHandle};
use odziv::domain::caller::Caller;
use odziv::domain::message::TextPart;
use odziv::domain::phone::PhoneNumber;
use odziv::messaging::handle::MessagingHandle;
use odziv::messaging::{self, Surroundings};
use odziv::store::Db;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

const WORDS: &str = "Нема воде у Улици липа од јутрос.";

fn main() {
    if std::env::args().any(|arg| arg == "--list") {
        return;
    }
    let texts: u64 = env("ODZIV_BENCH_TEXTS", 20_000);
    let window: u64 = env("ODZIV_BENCH_WINDOW", 50);
    let (server, other) = (runtime(0), runtime(1));
    let throttle: u64 = env("ODZIV_BENCH_THROTTLE", 2_000);
    let smsc = other.block_on(start_smsc(window, None));
    let folder = tempfile::tempdir().unwrap();
    let actions = server.block_on(async {
        let store = config::store::Store { url: std::env::var("ODZIV_BENCH_STORE").unwrap_or_default() };
        let db = Db::open(&store, folder.path()).await.unwrap();
        Actions::new(db, Clock::system(), config::cases::Cases::default()).await.unwrap()
    });

    println!("{texts} texts each way, window {window}; server on core 0, SMSC on core 1");
    queue_receipts(&server, &actions, 64, texts);
    let link = Link::start(&server, &smsc, &actions, (window, UNTOLD));
    let out = until(|| accepted(&link) >= texts);
    println!("out, claimed and recorded in the database: {:>8.0}/s", rate(texts, out));
    link.stop(&server);

    let link = Link::start(&server, &smsc, &actions, (window, UNTOLD));
    other.block_on(smsc.wait_bound());
    let started = Instant::now();
    other.block_on(send_in(&smsc, texts));
    let took = started.elapsed();
    println!("in, each a case before its acknowledgement: {:>7.0}/s", rate(texts, took));
    let sent = accepted(&link);
    println!("   receipts that went out meanwhile:        {:>7.0}/s", rate(sent, took));
    // Those that are left would be counted with the next.
    until(|| accepted(&link) >= texts);
    link.stop(&server);
    smsc.stop();

    for (network, told, what) in [(66, throttle, "at"), (60, UNTOLD, "over")] {
        queue_receipts(&server, &actions, network, texts);
        let smsc = other.block_on(start_smsc(window, Some(throttle)));
        let link = Link::start(&server, &smsc, &actions, (window, told));
        let took = until(|| accepted(&link) >= texts);
        let refused = smsc.throttled() as f64 * 100.0 / (texts + smsc.throttled()) as f64;
        let rate = rate(texts, took);
        println!(
            "{what:>4} a throttle of {throttle}/s: {rate:>8.0}/s, {refused:.2} % of the submits refused"
        );
        assert_eq!(accepted(&link), texts, "each text is taken once");
        link.stop(&server);
        smsc.stop();
    }
}

/// The rate of a link that nobody has set.
const UNTOLD: u64 = 100_000;

fn accepted(link: &Link) -> u64 {
    link.handle.links().iter().map(|link| link.accepted).sum()
}

/// All threads of it on one core.
fn runtime(core: usize) -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .on_thread_start(move || pin(core))
        .build()
        .unwrap()
}

/// Threads inherit it, those of the database included.
fn pin(core: usize) {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let thread = std::fs::read_link("/proc/thread-self").unwrap();
    let id = thread.file_name().unwrap();
    let status = Command::new("taskset")
        .args(["-c", "-p", &(core % cores).to_string()])
        .arg(id)
        .stdout(Stdio::null())
        .status();
    if !status.is_ok_and(|status| status.success()) {
        println!("note: taskset (util-linux) is missing, so server and SMSC share the cores");
    }
}

async fn start_smsc(window: u64, takes_per_second: Option<u64>) -> SmscHandle {
    let faults = Faults { takes_per_second, ..Faults::default() };
    let window = usize::try_from(window).unwrap();
    let options = Options { receipt_after: None, keep_log: false, window, faults, ..Options::default() };
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    // On a worker, or the accepting task would run on the caller's core.
    tokio::spawn(Smsc::start(any, options, Clock::system())).await.unwrap().unwrap()
}

/// What "out" will send: cases that were opened while no link was there.
fn queue_receipts(server: &Runtime, actions: &Actions, network: u64, texts: u64) {
    let receive = |number: u64| {
        let actions = actions.clone();
        async move {
            let text = TextArrived {
                external_id: format!("bench:{network}:{number}"),
                former_id: None,
                sender: Caller::Number(PhoneNumber::parse(&citizen(network, number), "RS").unwrap()),
                recipient: "1234".into(),
                part: TextPart { units: WORDS.encode_utf16().collect(), of: None },
                at: Clock::system().now(),
            };
            tokio::spawn(async move { actions.receive_text(text).await }).await.unwrap().unwrap();
        }
    };
    server.block_on(iter(0..texts).map(receive).buffer_unordered(200).collect::<Vec<()>>());
}

async fn send_in(smsc: &SmscHandle, texts: u64) {
    let send = |number: u64| {
        let smsc = smsc.clone();
        async move {
            let sent = tokio::spawn(async move { smsc.send_text(&citizen(65, number), "1234", WORDS).await });
            sent.await.unwrap().unwrap();
        }
    };
    // More than the window, so that the SMSC never waits for us to ask.
    iter(0..texts).map(send).buffer_unordered(200).collect::<Vec<()>>().await;
}

struct Link {
    handle: MessagingHandle,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Link {
    fn start(server: &Runtime, smsc: &SmscHandle, actions: &Actions, (window, pace): (u64, u64)) -> Self {
        let _inside = server.enter();
        let config: config::smpp::Smpp = toml::from_str(&format!(
            "[[link]]\nname = 'bench'\naddress = '{}'\nsystem_id = 'odziv'\npassword = 'odziv'\nsender = '1234'\n\
             window = {window}\nmessages_per_second = {pace}\n",
            smsc.address()
        ))
        .unwrap();
        let stop = CancellationToken::new();
        let around = Surroundings { country: "RS".into(), clock: Clock::system(), stop: stop.clone() };
        let tasks = TaskTracker::new();
        let handle = messaging::start(&config, actions.clone(), &around, &tasks);
        tasks.close();
        Self { handle, stop, tasks }
    }

    fn stop(self, server: &Runtime) {
        self.stop.cancel();
        server.block_on(self.tasks.wait());
    }
}

/// How long it takes until `done`.
fn until(done: impl Fn() -> bool) -> Duration {
    let started = Instant::now();
    while !done() {
        std::thread::sleep(Duration::from_millis(5));
    }
    started.elapsed()
}

fn citizen(network: u64, number: u64) -> String {
    format!("+381{network}{:07}", 1_000_000 + number)
}

fn rate(count: u64, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

fn env(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}
