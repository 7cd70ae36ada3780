//! The callers: one socket, one thread, no task or allocation per call beyond its state.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

/// The numbers of `tests/interop/plan.toml`: a menu, and straight to the beep.
const MENU_LINE: &str = "+38121480000";
pub const QUICK_LINE: &str = "+38121480001";
/// RFC 3261 §17.1.1.2.
const T1: Duration = Duration::from_millis(500);
/// An INVITE is sent so often before it counts as lost: 0.5 + 1 + 2 s.
const SENT_AT_MOST: u8 = 4;
/// After the last INVITE of a step: until everything that is under way is over.
const DRAIN: Duration = Duration::from_secs(4);
/// Room in the kernel for bursts while this thread is not scheduled.
const SOCKET_BUFFER: usize = 8 << 20;

pub struct Load {
    socket: UdpSocket,
    local: SocketAddr,
    server: SocketAddr,
    calls: Vec<Call>,
    /// Where the media of answered calls goes, in the order of their answers; only while calls are held open.
    media: Vec<SocketAddr>,
    called: &'static str,
    out: String,
}

/// Called in every turn of the loop with the media addresses of the calls that talk.
type Meanwhile<'a> = &'a mut dyn FnMut(Instant, &[SocketAddr]);

#[derive(Default)]
struct Call {
    state: State,
    invited: Option<Instant>,
    sent: u8,
    /// To with its tag and the Contact's address, for ACK and BYE.
    to: String,
    target: String,
}

#[derive(Default, PartialEq, Clone, Copy)]
enum State {
    #[default]
    Inviting,
    Talking,
    Leaving,
    Over,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Resend(usize),
    HangUp(usize),
}

/// What one step saw.
pub struct Tally {
    pub offered: u64,
    pub answered: u64,
    pub resent: u64,
    pub took: Duration,
    refused: BTreeMap<u16, u64>,
    setup: Vec<Duration>,
}

impl Tally {
    pub fn failed(&self) -> u64 {
        self.offered - self.answered
    }

    pub fn worst_share(&self) -> f64 {
        self.failed().max(self.resent) as f64 / self.offered.max(1) as f64
    }

    pub fn percentile_ms(&self, percent: usize) -> f64 {
        let at = (self.setup.len() * percent / 100).min(self.setup.len().saturating_sub(1));
        self.setup.get(at).map_or(0.0, |d| d.as_secs_f64() * 1e3)
    }

    pub fn refusals(&self) -> String {
        self.refused.iter().map(|(status, count)| format!("  {status}: {count}")).collect()
    }
}

impl Load {
    pub fn connect(server: SocketAddr) -> Self {
        let plain = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::DGRAM, None).unwrap();
        plain.set_recv_buffer_size(SOCKET_BUFFER).unwrap();
        plain.set_send_buffer_size(SOCKET_BUFFER).unwrap();
        plain.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
        let socket = UdpSocket::from(plain);
        socket.connect(server).unwrap();
        socket.set_nonblocking(true).unwrap();
        let local = socket.local_addr().unwrap();
        Self {
            socket,
            local,
            server,
            calls: Vec::new(),
            media: Vec::new(),
            called: MENU_LINE,
            out: String::with_capacity(2048),
        }
    }

    /// As [`Load::offer`], to another number.
    pub fn offer_to(&mut self, called: &'static str, rate: u32, length: Duration, hold: Duration) -> Tally {
        let total = (f64::from(rate) * length.as_secs_f64()) as usize;
        self.called = called;
        self.place(total, rate, &mut |_| hold, &mut |_, _| {})
    }

    pub fn calls(&self) -> usize {
        self.calls.len()
    }

    /// Offers `rate` calls a second for `length`, waits for their end.
    pub fn offer(&mut self, rate: u32, length: Duration, hold: Duration) -> Tally {
        self.offer_to(MENU_LINE, rate, length, hold)
    }

    /// So many calls that all hang up `until` after the start.
    pub fn hold_open(
        &mut self,
        called: &'static str,
        total: usize,
        rate: u32,
        until: Duration,
        meanwhile: Meanwhile<'_>,
    ) -> Tally {
        self.called = called;
        self.media.clear();
        self.place(total, rate, &mut |elapsed| until.saturating_sub(elapsed), meanwhile)
    }

    /// `hold`: how long a call talks that is answered so long after the start.
    fn place(
        &mut self,
        total: usize,
        rate: u32,
        hold: &mut dyn FnMut(Duration) -> Duration,
        meanwhile: Meanwhile<'_>,
    ) -> Tally {
        let first = self.calls.len();
        let length = Duration::from_secs_f64(total as f64 / f64::from(rate));
        let longest = length + hold(Duration::ZERO) + DRAIN;
        let mut tally = Tally {
            offered: total as u64,
            answered: 0,
            resent: 0,
            took: length,
            refused: BTreeMap::new(),
            setup: Vec::with_capacity(total),
        };
        let mut due: BinaryHeap<Reverse<(Instant, Due)>> = BinaryHeap::new();
        let start = Instant::now();
        let (mut begun, mut over) = (0, 0);
        while over < total && start.elapsed() < longest {
            let now = Instant::now();
            let wanted = ((now - start).as_secs_f64() * f64::from(rate)) as usize;
            while begun < wanted.min(total) {
                self.calls.push(Call { invited: Some(Instant::now()), sent: 1, ..Call::default() });
                self.invite(first + begun);
                due.push(Reverse((now + T1, Due::Resend(first + begun))));
                begun += 1;
            }
            while due.peek().is_some_and(|Reverse((at, _))| *at <= now) {
                match due.pop() {
                    Some(Reverse((_, Due::HangUp(index)))) => self.bye(index),
                    Some(Reverse((_, Due::Resend(index)))) => self.resend(index, now, &mut due, &mut tally),
                    None => {}
                }
            }
            over += self.receive(first, hold(now - start), &mut due, &mut tally);
            meanwhile(Instant::now(), &self.media);
            self.wait();
        }
        tally.took = start.elapsed().min(length);
        tally.setup.sort();
        tally
    }

    /// Handles everything that lies in the socket; returns how many calls ended.
    fn receive(
        &mut self,
        first: usize,
        hold: Duration,
        due: &mut BinaryHeap<Reverse<(Instant, Due)>>,
        tally: &mut Tally,
    ) -> usize {
        let mut buffer = [0u8; 4096];
        let mut over = 0;
        while let Ok(length) = self.socket.recv(&mut buffer) {
            let Ok(text) = std::str::from_utf8(&buffer[..length]) else { continue };
            let Some(index) =
                header(text, "Call-ID").and_then(|id| id.split('-').nth(1)?.parse::<usize>().ok())
            else {
                continue;
            };
            // Of an earlier step that did not wait for it: answered, but no longer counted.
            let late = index < first;
            let Some(call) = self.calls.get_mut(index) else { continue };
            let Some(status) =
                text.strip_prefix("SIP/2.0 ").and_then(|rest| rest.get(..3)?.parse::<u16>().ok())
            else {
                over += usize::from(self.asked(index, text) && !late);
                continue;
            };
            let method = header(text, "CSeq").and_then(|cseq| cseq.split(' ').nth(1)).unwrap_or_default();
            match (method, status, call.state) {
                ("INVITE", 100..200, State::Inviting) => call.sent = SENT_AT_MOST,
                ("INVITE", 200..300, State::Inviting) => {
                    let now = Instant::now();
                    if !late {
                        tally.answered += 1;
                        tally.setup.push(call.invited.map_or(Duration::ZERO, |at| now - at));
                    }
                    call.state = State::Talking;
                    header(text, "To").unwrap_or_default().clone_into(&mut call.to);
                    contact(text).clone_into(&mut call.target);
                    self.media.extend(media(text));
                    self.ack(index, None);
                    due.push(Reverse((now + hold, Due::HangUp(index))));
                }
                ("INVITE", 200..300, _) => {
                    tally.resent += u64::from(!late);
                    self.ack(index, None);
                }
                ("INVITE", 300.., _) => {
                    if call.state == State::Inviting && !late {
                        *tally.refused.entry(status).or_default() += 1;
                        over += 1;
                    }
                    call.state = State::Over;
                    header(text, "To").unwrap_or_default().clone_into(&mut call.to);
                    self.ack(index, Some(index));
                }
                ("BYE", 200.., State::Leaving) => {
                    call.state = State::Over;
                    over += usize::from(!late);
                }
                _ => {}
            }
        }
        over
    }

    /// A request of the server: it hung up. True when that ended the call.
    fn asked(&mut self, index: usize, text: &str) -> bool {
        if !text.starts_with("BYE ") {
            return false;
        }
        self.out.clear();
        self.out.push_str("SIP/2.0 200 OK\r\n");
        for line in text
            .lines()
            .filter(|l| ["Via:", "From:", "To:", "Call-ID:", "CSeq:"].iter().any(|name| l.starts_with(name)))
        {
            self.out.push_str(line);
            self.out.push_str("\r\n");
        }
        self.out.push_str("Content-Length: 0\r\n\r\n");
        self.send();
        let ended = self.calls[index].state != State::Over;
        self.calls[index].state = State::Over;
        ended
    }

    fn resend(
        &mut self,
        index: usize,
        now: Instant,
        due: &mut BinaryHeap<Reverse<(Instant, Due)>>,
        tally: &mut Tally,
    ) {
        let call = &mut self.calls[index];
        if call.state == State::Inviting && call.sent < SENT_AT_MOST {
            let next = T1 * (1 << call.sent);
            tally.resent += u64::from(call.sent == 1);
            call.sent += 1;
            self.invite(index);
            due.push(Reverse((now + next, Due::Resend(index))));
        }
    }

    fn invite(&mut self, index: usize) {
        use std::fmt::Write;
        let (local, server, called) = (self.local, self.server, self.called);
        let body = format!(
            "v=0\r\no=- {index} 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 8 101\r\n\
             a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
        );
        self.out.clear();
        write!(
            self.out,
            "INVITE sip:{called}@{server} SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch=z9hG4bK-i{index};rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:+38164{:07}@{local}>;tag=f{index}\r\nTo: <sip:{called}@{server}>\r\n\
             Call-ID: bench-{index}-{}\r\nCSeq: 1 INVITE\r\nContact: <sip:bench@{local}>\r\n\
             Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
            1_000_000 + index % 9_000_000,
            local.port(),
            body.len(),
        )
        .unwrap();
        self.send();
    }

    /// `refused`: the ACK of a failed INVITE belongs to its transaction and carries its branch (RFC 3261 §17.1.1.3).
    fn ack(&mut self, index: usize, refused: Option<usize>) {
        let branch = refused.map_or(format!("a{index}"), |index| format!("i{index}"));
        let target = if refused.is_some() {
            format!("sip:{}@{}", self.called, self.server)
        } else {
            self.calls[index].target.clone()
        };
        self.within(index, "ACK", 1, &branch, &target);
    }

    fn bye(&mut self, index: usize) {
        if self.calls[index].state == State::Talking {
            self.calls[index].state = State::Leaving;
            let target = self.calls[index].target.clone();
            self.within(index, "BYE", 2, &format!("b{index}"), &target);
        }
    }

    fn within(&mut self, index: usize, method: &str, cseq: u8, branch: &str, target: &str) {
        use std::fmt::Write;
        let local = self.local;
        self.out.clear();
        write!(
            self.out,
            "{method} {target} SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch=z9hG4bK-{branch};rport\r\nMax-Forwards: 70\r\n\
             From: <sip:+38164{:07}@{local}>;tag=f{index}\r\nTo: {}\r\nCall-ID: bench-{index}-{}\r\n\
             CSeq: {cseq} {method}\r\nContent-Length: 0\r\n\r\n",
            1_000_000 + index % 9_000_000,
            self.calls[index].to,
            local.port(),
        )
        .unwrap();
        self.send();
    }

    /// A full socket loses the datagram, as a network would; the retransmission is then counted.
    fn send(&self) {
        self.socket.send(self.out.as_bytes()).ok();
    }

    /// Until a datagram comes, at most a millisecond: the schedule of new calls must not wait.
    fn wait(&self) {
        let mut poll = libc::pollfd { fd: self.socket.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        // SAFETY: one valid pollfd on the stack, and the count says one.
        unsafe { libc::poll(&raw mut poll, 1, 1) };
    }
}

fn header<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(str::trim))
}

fn media(text: &str) -> Option<SocketAddr> {
    let port = text.split("m=audio ").nth(1)?.split(' ').next()?.parse().ok()?;
    Some(SocketAddr::from(([127, 0, 0, 1], port)))
}

fn contact(text: &str) -> &str {
    let value = header(text, "Contact").unwrap_or_default();
    value.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or(value, |(uri, _)| uri)
}
