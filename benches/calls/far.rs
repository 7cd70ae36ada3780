//! The far end of bridged calls: a trunk that answers every INVITE at once, on a thread of its own.

use std::collections::HashSet;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::server::Extra;

/// Another address than the callers', so that the server tells the trunks apart.
const HOME: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
/// Room in the kernel for bursts while this thread is not scheduled.
const SOCKET_BUFFER: usize = 8 << 20;

/// A number that calls the far end: what is bridged, is two dialogs, two ports and one case.
pub const BRIDGED_LINE: &str = "+38121480009";

pub struct Far {
    pub address: SocketAddr,
    counted: Arc<Counted>,
}

#[derive(Default)]
struct Counted {
    invited: AtomicU64,
    repeated: AtomicU64,
    ended: AtomicU64,
    /// Packets of voice.
    heard: AtomicU64,
}

impl Far {
    /// The thread ends with the program.
    pub fn start() -> Self {
        let plain = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::DGRAM, None).unwrap();
        plain.set_recv_buffer_size(SOCKET_BUFFER).unwrap();
        plain.bind(&SocketAddr::from((HOME, 0)).into()).unwrap();
        let socket = UdpSocket::from(plain);
        let address = socket.local_addr().unwrap();
        let voices = UdpSocket::bind((HOME, 0)).unwrap();
        socket2::SockRef::from(&voices).set_recv_buffer_size(SOCKET_BUFFER).unwrap();
        let port = voices.local_addr().unwrap().port();
        let counted = Arc::new(Counted::default());
        let (answering, echoing) = (counted.clone(), counted.clone());
        std::thread::spawn(move || answer_all(&socket, address, port, &answering));
        std::thread::spawn(move || echo_all(&voices, &echoing));
        Self { address, counted }
    }

    /// What makes the server call us.
    pub fn extra(&self) -> Extra {
        let config = format!(
            "[[sip.trunk]]\nname = \"far\"\nserver = \"{}\"\nkeepalive_s = 0\nnumber = \"+38121480000\"\ncalls_per_second = 100000\n",
            self.address
        );
        let plan = format!(
            "\n[number.\"{BRIDGED_LINE}\"]\nstart = \"far\"\n[node.far.dial]\nnumber = \"+38163111222\"\n\
             busy = \"message\"\nno_answer = \"message\"\nfailed = \"message\"\n"
        );
        Extra { config, plan }
    }

    pub fn heard(&self) -> u64 {
        self.counted.heard.load(Ordering::Relaxed)
    }

    /// Calls that came, requests that came again, calls that were ended.
    pub fn counts(&self) -> (u64, u64, u64) {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        (read(&self.counted.invited), read(&self.counted.repeated), read(&self.counted.ended))
    }
}

/// Every voice comes back to where it came from.
fn echo_all(voices: &UdpSocket, counted: &Counted) {
    let mut buffer = [0_u8; 2048];
    loop {
        let Ok((length, source)) = voices.recv_from(&mut buffer) else { continue };
        counted.heard.fetch_add(1, Ordering::Relaxed);
        voices.send_to(&buffer[..length], source).ok();
    }
}

fn answer_all(socket: &UdpSocket, home: SocketAddr, voices: u16, counted: &Counted) {
    let mut known = HashSet::new();
    let mut buffer = [0_u8; 4096];
    let mut out = String::with_capacity(2048);
    loop {
        let Ok((length, source)) = socket.recv_from(&mut buffer) else { continue };
        let Ok(text) = std::str::from_utf8(&buffer[..length]) else { continue };
        let Some((method, _)) = text.split_once(' ') else { continue };
        let id = text.lines().find_map(|line| line.strip_prefix("Call-ID:")).unwrap_or_default().trim();
        match method {
            "INVITE" => {
                let fresh = known.insert(id.to_owned());
                let count = if fresh { &counted.invited } else { &counted.repeated };
                count.fetch_add(1, Ordering::Relaxed);
            }
            "BYE" => {
                let first = known.remove(id);
                let count = if first { &counted.ended } else { &counted.repeated };
                count.fetch_add(1, Ordering::Relaxed);
            }
            "CANCEL" | "OPTIONS" => {}
            _ => continue,
        }
        answer(text, method, home, voices, &mut out);
        socket.send_to(out.as_bytes(), source).ok();
    }
}

fn answer(text: &str, method: &str, home: SocketAddr, voices: u16, out: &mut String) {
    use std::fmt::Write;
    out.clear();
    out.push_str("SIP/2.0 200 OK\r\n");
    for line in text.lines().take_while(|line| !line.is_empty()) {
        if ["Via:", "From:", "Call-ID:", "CSeq:"].iter().any(|name| line.starts_with(name)) {
            out.push_str(line);
            out.push_str("\r\n");
        } else if line.starts_with("To:") {
            out.push_str(line);
            out.push_str(if line.contains(";tag=") { "\r\n" } else { ";tag=far\r\n" });
        }
    }
    let body = match method {
        "INVITE" => format!(
            "v=0\r\no=- 1 1 IN IP4 {HOME}\r\ns=-\r\nc=IN IP4 {HOME}\r\nt=0 0\r\nm=audio {voices} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
        ),
        _ => String::new(),
    };
    let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    write!(out, "Contact: <sip:far@{home}>\r\n{kind}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
}
