//! REGISTER with digest per second, against the real server in a process of its own.
//!
//! The server has one core, the load another. A thousand phones keep a window of requests under way and count the 200s: first
//! with the challenge each time (REGISTER, 401, REGISTER, 200), as a phone does that starts, then with the nonce counted on
//! (REGISTER, 200), as it refreshes. What is not answered in time is sent again and counted.
//!
//! `cargo bench --bench register`; shorter or otherwise by the environment:
//! - `ODZIV_BENCH_SECONDS` (default 5): length of one step;
//! - `ODZIV_BENCH_WINDOW` (default 64): requests under way.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a load program that cannot go on says where"
)]
#![expect(clippy::print_stdout, reason = "the figures are its output")]
#![expect(clippy::disallowed_methods, reason = "it measures the machine's time")]
#![expect(clippy::indexing_slicing, reason = "indices come from the program itself")]

#[path = "calls/server.rs"]
#[expect(dead_code, reason = "it records nothing")]
mod server;

use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::time::{Duration, Instant};

use odziv::actions::phone::NewPhone;
use odziv::actions::user::NewUser;
use odziv::actions::{Actions, Actor};
use odziv::clock::Clock;
use odziv::config::{cases::Cases, store::Store};
use odziv::domain::permission::Role;
use odziv::protocol::sip::digest::Challenge;
use odziv::store::Db;
use server::Server;

const USERS: usize = 100;
const PHONES_EACH: usize = 10;
/// Longer than any answer takes that is not lost.
const RESEND: Duration = Duration::from_millis(500);

fn main() {
    if std::env::args().any(|arg| arg == "--list") {
        return;
    }
    let seconds = Duration::from_secs(env("ODZIV_BENCH_SECONDS", 5));
    let window = env("ODZIV_BENCH_WINDOW", 64) as usize;
    let mut phones = Vec::new();
    let server = Server::start_with(|data| phones = add_phones(data));
    server::pin(std::process::id(), 1);
    let mut load = Load::new(server.sip, &phones);
    println!("{} phones, {window} requests under way; server pinned to core 0, load to core 1", phones.len());
    println!("{:>12} {:>12} {:>8} {:>12} {:>9}", "", "200s/s", "resent", "server CPU", "RSS");
    for (name, keep_nonce) in [("challenged", false), ("refreshed", true), ("challenged", false)] {
        let (cpu, start) = (server.cpu_seconds(), Instant::now());
        let (done, resent) = load.run(window, seconds, keep_nonce);
        let took = start.elapsed().as_secs_f64();
        let cpu = (server.cpu_seconds() - cpu) / took;
        println!(
            "{name:>12} {:>12.0} {resent:>8} {:>10.0} % {:>6.0} MB",
            done as f64 / took,
            cpu * 100.0,
            server.rss_mb()
        );
    }
}

fn add_phones(data: &Path) -> Vec<NewPhone> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        std::fs::create_dir_all(data).unwrap();
        let db = Db::open(&Store::default(), data).await.unwrap();
        let actions = Actions::new(db, Clock::system(), Cases::default()).await.unwrap();
        let mut phones = Vec::new();
        for n in 0..USERS {
            let user = NewUser {
                login: format!("operator{n}"),
                name: format!("Operator {n}"),
                role: Role::Operator,
                department: None,
                password: "a-long-password".into(),
            };
            let user = actions.create_user(&Actor::System, user).await.unwrap();
            for _ in 0..PHONES_EACH {
                phones.push(actions.add_phone(&Actor::System, user, "bench", "odziv").await.unwrap());
            }
        }
        actions.db().close().await;
        phones
    })
}

struct Load {
    socket: UdpSocket,
    local: SocketAddr,
    phones: Vec<Phone>,
}

struct Phone {
    username: String,
    password: String,
    cseq: u32,
    challenge: Option<Challenge>,
    count: u32,
    sent: Instant,
    text: String,
}

impl Load {
    fn new(server: SocketAddr, phones: &[NewPhone]) -> Self {
        // Not the address of the trunk: the whole way through the door is measured.
        let socket = UdpSocket::bind("127.0.0.2:0").unwrap();
        socket.connect(server).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        let phones = phones.iter().map(|phone| Phone {
            username: phone.username.clone(),
            password: phone.password.clone(),
            cseq: 0,
            challenge: None,
            count: 0,
            sent: Instant::now(),
            text: String::new(),
        });
        let local = socket.local_addr().unwrap();
        Self { socket, local, phones: phones.collect() }
    }

    /// 200s, and what was sent again.
    fn run(&mut self, window: usize, length: Duration, keep_nonce: bool) -> (u64, u64) {
        let (start, mut done, mut resent) = (Instant::now(), 0, 0);
        let mut next = 0;
        let mut under_way = Vec::with_capacity(window);
        for _ in 0..window {
            self.begin(next, keep_nonce);
            under_way.push(next);
            next += 1;
        }
        let mut buffer = vec![0; 65_536];
        let mut looked = Instant::now();
        while start.elapsed() < length {
            if let Ok(size) = self.socket.recv(&mut buffer) {
                let text = std::str::from_utf8(&buffer[..size]).unwrap_or_default();
                let Some(index) = header(text, "Call-ID").and_then(|id| id.parse::<usize>().ok()) else {
                    continue;
                };
                let current = header(text, "CSeq").is_some_and(|cseq| {
                    cseq.split(' ').next() == Some(self.phones[index].cseq.to_string().as_str())
                });
                if !current {
                    continue;
                }
                if text.starts_with("SIP/2.0 401") {
                    let challenge = header(text, "WWW-Authenticate").and_then(Challenge::parse);
                    let phone = &mut self.phones[index];
                    (phone.challenge, phone.count) = (challenge, 0);
                    self.send(index);
                } else if text.starts_with("SIP/2.0 200") {
                    done += 1;
                    let place = under_way.iter().position(|other| *other == index).expect("under way");
                    next = (next + 1) % self.phones.len();
                    while under_way.contains(&next) {
                        next = (next + 1) % self.phones.len();
                    }
                    under_way[place] = next;
                    self.begin(next, keep_nonce);
                } else {
                    panic!("{text}");
                }
            }
            if looked.elapsed() > RESEND {
                looked = Instant::now();
                for index in under_way.iter().copied() {
                    if self.phones[index].sent.elapsed() > RESEND {
                        resent += 1;
                        self.phones[index].sent = looked;
                        self.socket.send(self.phones[index].text.as_bytes()).ok();
                    }
                }
            }
        }
        (done, resent)
    }

    fn begin(&mut self, index: usize, keep_nonce: bool) {
        if !keep_nonce {
            self.phones[index].challenge = None;
        }
        self.send(index);
    }

    fn send(&mut self, index: usize) {
        let (local, phone) = (self.local, &mut self.phones[index]);
        phone.cseq += 1;
        phone.count += 1;
        let Phone { username, password, cseq, count, .. } = phone;
        let authorization = phone.challenge.as_ref().map_or(String::new(), |challenge| {
            let answer = challenge.answer(username, password, "REGISTER", "sip:odziv", "c0ffee", *count);
            format!("Authorization: {}\r\n", answer.write())
        });
        phone.text = format!(
            "REGISTER sip:odziv SIP/2.0\r\nVia: SIP/2.0/UDP {local};rport;branch=z9hG4bK{index}-{cseq}\r\nMax-Forwards: 70\r\n\
             From: <sip:{username}@odziv>;tag=f{index}\r\nTo: <sip:{username}@odziv>\r\nCall-ID: {index}\r\nCSeq: {cseq} REGISTER\r\n\
             Contact: <sip:{username}@{local}>;expires=3600\r\nUser-Agent: bench\r\n{authorization}Content-Length: 0\r\n\r\n"
        );
        phone.sent = Instant::now();
        self.socket.send(phone.text.as_bytes()).ok();
    }
}

fn header<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.split("\r\n").find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

fn env(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}
