//! Scanners at the door while operators talk, against the real server in a process of its own.
//!
//! A hundred calls are bridged to a second trunk that sends every voice back, so each packet goes through the server twice. Phones
//! register all the while. First without scanners, then with 500 requests a second from addresses that change with every request
//! (REGISTER with a wrong password and without one, INVITE, OPTIONS, bytes that are no SIP), as one sees them in every log.
//!
//! `cargo bench --bench scanners`; `ODZIV_BENCH_SECONDS` (default 10): length of each half; `ODZIV_BENCH_SCANNERS` (default 500).
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a load program that cannot go on says where")]
#![expect(clippy::print_stdout, reason = "the figures are its output")]
#![expect(clippy::disallowed_methods, reason = "it measures the machine's time")]
#![expect(clippy::indexing_slicing, reason = "indices come from the program itself")]

#[path = "calls/far.rs"]
#[expect(dead_code, reason = "calls are counted elsewhere")]
mod far;
#[path = "calls/load.rs"]
#[expect(dead_code, reason = "no rate is searched")]
mod load;
#[path = "calls/phones.rs"]
mod phones;
#[path = "calls/server.rs"]
#[expect(dead_code, reason = "it records nothing")]
mod server;
#[path = "calls/talkers.rs"]
mod talkers;

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use far::{BRIDGED_LINE, Far};
use load::Load;
use odziv::actions::phone::NewPhone;
use odziv::protocol::sip::digest::Challenge;
use server::Server;
use talkers::Talkers;

const CALLS: usize = 100;
const RAMP: u32 = 50;
const PHONES: usize = 20;
/// Until all calls are up and heard.
const SETTLE: Duration = Duration::from_secs(4);

fn main() {
    if std::env::args().any(|arg| arg == "--list") {
        return;
    }
    server::pin(std::process::id(), 1);
    let half = Duration::from_secs(env("ODZIV_BENCH_SECONDS", 10));
    let scanners = env("ODZIV_BENCH_SCANNERS", 500);
    let far = Far::start();
    let mut phones = Vec::new();
    let server = Server::start_with(&far.extra(), |data| phones = phones::add_phones(data, PHONES, 1));
    let scanning = Arc::new(AtomicBool::new(false));
    let (tried, silent) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    std::thread::spawn({
        let (server, scanning, tried, silent) = (server.sip, scanning.clone(), tried.clone(), silent.clone());
        move || scan(server, scanners, &scanning, &tried, &silent)
    });
    let registered = Arc::new(std::sync::Mutex::new(Vec::new()));
    std::thread::spawn({
        let (server, registered) = (server.sip, registered.clone());
        move || register_all(server, &phones, &registered)
    });
    println!(
        "{CALLS} bridged calls, {PHONES} phones; server pinned to core 0, load to core 1; {} s each",
        half.as_secs()
    );

    let mut load = Load::connect(server.sip);
    let mut talkers = Talkers::new();
    talkers.socket.set_nonblocking(true).unwrap();
    socket2::SockRef::from(&talkers.socket).set_recv_buffer_size(8 << 20).unwrap();
    let mut returned = 0;
    let mut marks: Vec<(u64, u64, u64, f64)> = Vec::new();
    let set_up = Duration::from_secs_f64(CALLS as f64 / f64::from(RAMP)) + SETTLE;
    let started = Instant::now();
    let tally = load.hold_open(
        BRIDGED_LINE,
        CALLS,
        RAMP,
        set_up + half * 2 + Duration::from_secs(1),
        &mut |now, media| {
            talkers.send(now, media);
            let mut buffer = [0_u8; 2048];
            while talkers.socket.recv(&mut buffer).is_ok() {
                returned += 1;
            }
            let due = set_up + half * marks.len() as u32;
            if marks.len() < 3 && started.elapsed() > due {
                marks.push((talkers.sent, far.heard(), returned, server.cpu_seconds()));
                registered.lock().unwrap().push(None);
                scanning.store(marks.len() == 2, Ordering::Relaxed);
            }
        },
    );
    assert_eq!(tally.answered, CALLS as u64, "{} calls were answered", tally.answered);
    // What is still under way.
    std::thread::sleep(Duration::from_millis(100));
    let mut buffer = [0_u8; 2048];
    while talkers.socket.recv(&mut buffer).is_ok() {
        returned += 1;
    }
    let registered = registered.lock().unwrap().clone();
    let mut tries = registered.split(|mark| mark.is_none()).skip(1);
    for (name, pair) in ["quiet", "scanned"].into_iter().zip(marks.windows(2)) {
        let [from, to] = pair else { continue };
        let lost = |got: u64, sent: u64| (sent as f64 - got as f64) * 100.0 / sent.max(1) as f64;
        let sent = to.0 - from.0;
        let mut times: Vec<Duration> =
            tries.next().unwrap_or_default().iter().flatten().flatten().copied().collect();
        let failed = registered.split(|mark| mark.is_none()).nth(if name == "quiet" { 1 } else { 2 });
        let failed = failed.unwrap_or_default().iter().flatten().filter(|time| time.is_none()).count();
        times.sort();
        println!(
            "{name:>8}: {sent} packets sent, lost {:.3} % on the way there, {:.3} % there and back; {} registrations, {failed} failed, \
             longest {:.1} ms; server CPU {:.0} %",
            lost(to.1 - from.1, sent),
            lost(to.2 - from.2, sent),
            times.len(),
            times.last().map_or(0.0, |time| time.as_secs_f64() * 1e3),
            (to.3 - from.3) / half.as_secs_f64() * 100.0,
        );
    }
    println!(
        "from the first to the last packet: {} sent, {} there, {} back",
        talkers.sent,
        far.heard(),
        returned
    );
    println!(
        "scanners: {} requests, {} got no answer; {:.0} MB",
        tried.load(Ordering::Relaxed),
        silent.load(Ordering::Relaxed),
        server.rss_mb()
    );
}

/// One request at a time, each from an address of its own.
fn scan(server: SocketAddr, rate: u64, on: &AtomicBool, tried: &AtomicU64, silent: &AtomicU64) {
    let pause = Duration::from_micros(1_000_000 / rate.max(1));
    let mut next = Instant::now();
    let mut waiting: std::collections::VecDeque<UdpSocket> = std::collections::VecDeque::new();
    for n in 0_u64.. {
        if !on.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(20));
            next = Instant::now();
            continue;
        }
        // 127.16.0.0 and on: four million addresses.
        let home = Ipv4Addr::from(0x7f10_0000 + (n.wrapping_mul(2_654_435_761) % 4_000_000) as u32);
        let socket = UdpSocket::bind((home, 0)).unwrap();
        socket.set_nonblocking(true).unwrap();
        socket.send_to(&request(n, home), server).ok();
        tried.fetch_add(1, Ordering::Relaxed);
        waiting.push_back(socket);
        // After a fifth of a second nothing more is expected.
        if waiting.len() as u64 > rate / 5 + 1
            && let Some(oldest) = waiting.pop_front()
            && oldest.recv(&mut [0; 2048]).is_err()
        {
            silent.fetch_add(1, Ordering::Relaxed);
        }
        next += pause;
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
    }
}

fn request(n: u64, home: Ipv4Addr) -> Vec<u8> {
    let (method, more) = match n % 5 {
        0 => ("REGISTER", String::new()),
        1 => (
            "REGISTER",
            format!(
                "Authorization: Digest username=\"{}\", realm=\"odziv\", nonce=\"{n:x}\", uri=\"sip:odziv\", \
                 response=\"{:032x}\", algorithm=MD5\r\n",
                100 + n % 900,
                n.wrapping_mul(0x9e37_79b9_7f4a_7c15)
            ),
        ),
        2 => ("INVITE", String::new()),
        3 => ("OPTIONS", "User-Agent: friendly-scanner\r\n".to_owned()),
        _ => return n.to_be_bytes().repeat(40),
    };
    format!(
        "{method} sip:{}@odziv SIP/2.0\r\nVia: SIP/2.0/UDP {home}:5060;rport;branch=z9hG4bK{n:x}\r\nMax-Forwards: 70\r\n\
         From: <sip:100@odziv>;tag=s{n}\r\nTo: <sip:100@odziv>\r\nCall-ID: s{n}\r\nCSeq: 1 {method}\r\n\
         Contact: <sip:100@{home}>\r\n{more}Content-Length: 0\r\n\r\n",
        100 + n % 900
    )
    .into_bytes()
}

/// The time of each registration, `None` inside when it failed; the caller puts marks between.
type Tries = std::sync::Mutex<Vec<Option<Option<Duration>>>>;

fn register_all(server: SocketAddr, phones: &[NewPhone], tries: &Tries) {
    let socket = UdpSocket::bind("127.0.0.3:0").unwrap();
    socket.connect(server).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    for n in 0.. {
        let start = Instant::now();
        let done = register(&socket, &phones[n % phones.len()], n).map(|()| start.elapsed());
        tries.lock().unwrap().push(Some(done));
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn register(socket: &UdpSocket, phone: &NewPhone, n: usize) -> Option<()> {
    let local = socket.local_addr().ok()?;
    let NewPhone { username, password, .. } = phone;
    let mut authorization = String::new();
    for cseq in 1..=2 {
        let text = format!(
            "REGISTER sip:odziv SIP/2.0\r\nVia: SIP/2.0/UDP {local};rport;branch=z9hG4bKr{n}-{cseq}\r\nMax-Forwards: 70\r\n\
             From: <sip:{username}@odziv>;tag=r\r\nTo: <sip:{username}@odziv>\r\nCall-ID: r{n}\r\nCSeq: {cseq} REGISTER\r\n\
             Contact: <sip:{username}@{local}>;expires=3600\r\n{authorization}Content-Length: 0\r\n\r\n"
        );
        socket.send(text.as_bytes()).ok()?;
        let answer = answer_to(socket, &format!("Call-ID: r{n}\r\n"))?;
        if answer.starts_with("SIP/2.0 200") {
            return Some(());
        }
        let challenge = answer.lines().find_map(|line| line.strip_prefix("WWW-Authenticate: "))?;
        let answer =
            Challenge::parse(challenge)?.answer(username, password, "REGISTER", "sip:odziv", "c0ffee", 1);
        authorization = format!("Authorization: {}\r\n", answer.write());
    }
    None
}

/// The server asks now and then whether phones are still there; that is not our answer.
fn answer_to(socket: &UdpSocket, call: &str) -> Option<String> {
    let mut buffer = [0; 4096];
    loop {
        let length = socket.recv(&mut buffer).ok()?;
        let text = std::str::from_utf8(&buffer[..length]).ok()?;
        if text.starts_with("SIP/2.0 ") && text.contains(call) {
            return Some(text.to_owned());
        }
    }
}

fn env(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}
