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

#[path = "calls/phones.rs"]
mod phones;
#[path = "calls/server.rs"]
#[expect(dead_code, reason = "it records nothing")]
mod server;

use std::collections::HashSet;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use odziv::actions::phone::NewPhone;
use odziv::protocol::sip::digest::Challenge;
use server::{Extra, Server};

const USERS: usize = 100;
const PHONES_EACH: usize = 10;
/// Addresses that the phones share, as offices do behind their routers: one address has a budget at the door.
const OFFICES: usize = 8;
/// Longer than any answer takes that is not lost.
const RESEND: Duration = Duration::from_millis(500);

fn main() {
    if std::env::args().any(|arg| arg == "--list") {
        return;
    }
    let seconds = Duration::from_secs(env("ODZIV_BENCH_SECONDS", 5));
    let window = env("ODZIV_BENCH_WINDOW", 64) as usize;
    let mut phones = Vec::new();
    let server =
        Server::start_with(&Extra::default(), |data| phones = phones::add_phones(data, USERS, PHONES_EACH));
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

struct Load {
    offices: Vec<Office>,
    phones: Vec<Phone>,
}

struct Office {
    socket: UdpSocket,
    local: SocketAddr,
}

impl Office {
    /// Not the address of the trunk: the whole way through the door is measured.
    fn new(server: SocketAddr, number: usize) -> Self {
        let home = Ipv4Addr::new(127, 0, 0, 2 + number as u8);
        let plain = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::DGRAM, None).unwrap();
        plain.set_recv_buffer_size(8 << 20).unwrap();
        plain.bind(&SocketAddr::from((home, 0)).into()).unwrap();
        let socket = UdpSocket::from(plain);
        socket.connect(server).unwrap();
        socket.set_nonblocking(true).unwrap();
        let local = socket.local_addr().unwrap();
        Self { socket, local }
    }
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
        let phones = phones.iter().map(|phone| Phone {
            username: phone.username.clone(),
            password: phone.password.clone(),
            cseq: 0,
            challenge: None,
            count: 0,
            sent: Instant::now(),
            text: String::new(),
        });
        let offices = (0..OFFICES).map(|number| Office::new(server, number)).collect();
        Self { offices, phones: phones.collect() }
    }

    /// 200s, and what was sent again.
    fn run(&mut self, window: usize, length: Duration, keep_nonce: bool) -> (u64, u64) {
        let mut step = Step { start: Instant::now(), done: 0, resent: 0, next: 0, under_way: HashSet::new() };
        for _ in 0..window {
            self.begin_next(&mut step, keep_nonce);
        }
        let mut buffer = vec![0; 65_536];
        let mut looked = step.start;
        while step.start.elapsed() < length {
            let mut heard = false;
            for office in 0..self.offices.len() {
                while let Ok(size) = self.offices[office].socket.recv(&mut buffer) {
                    heard = true;
                    self.heard(
                        std::str::from_utf8(&buffer[..size]).unwrap_or_default(),
                        &mut step,
                        keep_nonce,
                    );
                }
            }
            if !heard {
                self.wait();
            }
            if looked.elapsed() > RESEND {
                looked = Instant::now();
                for index in step.under_way.iter().copied() {
                    if self.phones[index].sent.elapsed() > RESEND {
                        step.resent += 1;
                        self.phones[index].sent = looked;
                        self.transmit(index);
                    }
                }
            }
        }
        (step.done, step.resent)
    }

    fn heard(&mut self, text: &str, step: &mut Step, keep_nonce: bool) {
        let Some(index) = header(text, "Call-ID").and_then(|id| id.parse::<usize>().ok()) else { return };
        let cseq = header(text, "CSeq").and_then(|cseq| cseq.split(' ').next()?.parse::<u32>().ok());
        // What an earlier request or an earlier step left is not counted.
        if cseq != Some(self.phones[index].cseq) || !step.under_way.contains(&index) {
            return;
        }
        if text.starts_with("SIP/2.0 401") {
            let challenge = header(text, "WWW-Authenticate").and_then(Challenge::parse);
            let phone = &mut self.phones[index];
            (phone.challenge, phone.count) = (challenge, 0);
            self.send(index);
        } else if text.starts_with("SIP/2.0 200") {
            step.done += 1;
            step.under_way.remove(&index);
            self.begin_next(step, keep_nonce);
        } else {
            panic!("{text}");
        }
    }

    fn begin_next(&mut self, step: &mut Step, keep_nonce: bool) {
        while !step.under_way.insert(step.next) {
            step.next = (step.next + 1) % self.phones.len();
        }
        self.begin(step.next, keep_nonce);
        step.next = (step.next + 1) % self.phones.len();
    }

    /// Until something comes.
    fn wait(&self) {
        let poll = |office: &Office| libc::pollfd {
            fd: office.socket.as_raw_fd(),
            events: libc::POLLIN,
            revents: 0,
        };
        let mut polls: Vec<libc::pollfd> = self.offices.iter().map(poll).collect();
        // SAFETY: valid for the call, and the count is theirs.
        unsafe { libc::poll(polls.as_mut_ptr(), polls.len() as libc::nfds_t, 20) };
    }

    fn begin(&mut self, index: usize, keep_nonce: bool) {
        if !keep_nonce {
            self.phones[index].challenge = None;
        }
        self.send(index);
    }

    fn send(&mut self, index: usize) {
        let (local, phone) = (self.offices[index % OFFICES].local, &mut self.phones[index]);
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
        self.transmit(index);
    }

    fn transmit(&self, index: usize) {
        self.offices[index % OFFICES].socket.send(self.phones[index].text.as_bytes()).ok();
    }
}

/// What goes on in one measured step.
struct Step {
    start: Instant,
    done: u64,
    resent: u64,
    next: usize,
    under_way: HashSet<usize>,
}

fn header<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.split("\r\n").find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

fn env(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}
