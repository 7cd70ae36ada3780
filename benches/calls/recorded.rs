//! Recorded calls at once, from INVITE to the WAV file: every call sends a tone as A-law, 50 packets a second, and what stands
//! in the recordings is counted against what left.

use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::load::Load;
use crate::server::Server;

/// New calls a second while the load is built up.
const RAMP: u32 = 300;
/// Prompt and beep before the recording begins are over by then.
const SETTLE: Duration = Duration::from_secs(3);
/// Packets of 20 ms; calls are spread over as many slots of a millisecond, as they are in life.
const SLOTS: usize = 20;
const FRAME: usize = 160;
const PACKET: usize = 12 + FRAME;
/// Messages in one system call.
const BATCH: usize = 64;
/// A-law of a loud sample and its opposite, by turns: a square wave of 1 kHz.
const HIGH: u8 = 0x9a;
const LOW: u8 = 0x1a;
/// Below this mean a recorded frame is a gap.
const LOUD: u64 = 1_000;

pub fn run(server: &Server, load: &mut Load, calls: usize, length: Duration) {
    let before = files(&server.recordings());
    let set_up = Duration::from_secs_f64(calls as f64 / f64::from(RAMP));
    let mut talkers = Talkers::new();
    let cpu = server.cpu_seconds();
    let mut measured: Option<(Instant, f64, u64)> = None;
    let started = Instant::now();
    let tally = load.hold_open(calls, RAMP, set_up + SETTLE + length, &mut |now, media| {
        talkers.send(now, media);
        if measured.is_none() && started.elapsed() > set_up + SETTLE {
            measured = Some((now, server.cpu_seconds(), talkers.sent));
        }
    });
    let (since, cpu_then, sent_then) = measured.unwrap_or((started, cpu, 0));
    let took = since.elapsed().as_secs_f64();
    let share = (server.cpu_seconds() - cpu_then) / took * 100.0;
    let rate = (talkers.sent - sent_then) as f64 / took;
    // The last headers are written when the calls have ended.
    std::thread::sleep(Duration::from_secs(2));
    let found = inspect(&server.recordings(), before);
    println!(
        "recorded at once: {calls:>5} offered, {:>5} answered, {:>7.0} packets/s in, server CPU {share:>3.0} %, {:>3.0} MB; \
         {} WAV files, {:.1} s each, frames lost {:.3} %, not whole {}",
        tally.answered,
        rate,
        server.rss_mb(),
        found.files,
        found.seconds / found.files.max(1) as f64,
        found.gaps as f64 * 100.0 / found.frames.max(1) as f64,
        found.broken,
    );
}

/// The media of all calls from one socket: the server has a port for each call and hears from which address it comes.
struct Talkers {
    socket: std::net::UdpSocket,
    packets: Vec<[u8; PACKET]>,
    addresses: Vec<libc::sockaddr_in>,
    next: Option<Instant>,
    tick: usize,
    sent: u64,
}

impl Talkers {
    fn new() -> Self {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        Self { socket, packets: Vec::new(), addresses: Vec::new(), next: None, tick: 0, sent: 0 }
    }

    /// All packets that are due; `media` are the addresses of the calls that talk, grown as they are answered.
    fn send(&mut self, now: Instant, media: &[SocketAddr]) {
        for address in media.iter().skip(self.addresses.len()) {
            self.addresses.push(sockaddr(*address));
            self.packets.push(first_packet(self.packets.len() as u32));
        }
        let next = *self.next.get_or_insert(now);
        let mut next = next;
        while next <= now {
            self.slot();
            self.tick += 1;
            next += Duration::from_millis(1);
        }
        self.next = Some(next);
    }

    fn slot(&mut self) {
        let due: Vec<usize> = (self.tick % SLOTS..self.packets.len()).step_by(SLOTS).collect();
        for chunk in due.chunks(BATCH) {
            for index in chunk {
                advance(&mut self.packets[*index]);
            }
            let mut vectors: Vec<libc::iovec> = chunk
                .iter()
                .map(|i| libc::iovec { iov_base: self.packets[*i].as_mut_ptr().cast(), iov_len: PACKET })
                .collect();
            let mut messages: Vec<libc::mmsghdr> = chunk
                .iter()
                .zip(&mut vectors)
                .map(|(index, vector)| message(&mut self.addresses[*index], vector))
                .collect();
            // SAFETY: each header points to one address and one vector that live until the call returns.
            let sent = unsafe {
                libc::sendmmsg(self.socket.as_raw_fd(), messages.as_mut_ptr(), messages.len() as u32, 0)
            };
            self.sent += u64::try_from(sent).unwrap_or_default();
        }
    }
}

fn message(address: &mut libc::sockaddr_in, vector: &mut libc::iovec) -> libc::mmsghdr {
    // SAFETY: all zeros is a valid empty header.
    let mut message: libc::mmsghdr = unsafe { std::mem::zeroed() };
    message.msg_hdr.msg_name = std::ptr::from_mut(address).cast();
    message.msg_hdr.msg_namelen = std::mem::size_of::<libc::sockaddr_in>() as u32;
    message.msg_hdr.msg_iov = vector;
    message.msg_hdr.msg_iovlen = 1;
    message
}

fn sockaddr(address: SocketAddr) -> libc::sockaddr_in {
    let SocketAddr::V4(v4) = address else { unreachable!("the load runs on 127.0.0.1") };
    libc::sockaddr_in {
        sin_family: libc::AF_INET as libc::sa_family_t,
        sin_port: v4.port().to_be(),
        sin_addr: libc::in_addr { s_addr: u32::from(*v4.ip()).to_be() },
        sin_zero: [0; 8],
    }
}

fn first_packet(ssrc: u32) -> [u8; PACKET] {
    let mut packet = [HIGH; PACKET];
    packet[0] = 0x80;
    packet[1] = 8;
    packet[2..8].fill(0);
    packet[8..12].copy_from_slice(&ssrc.to_be_bytes());
    for (at, code) in packet[12..].iter_mut().enumerate() {
        *code = if at % 8 < 4 { HIGH } else { LOW };
    }
    packet
}

fn advance(packet: &mut [u8; PACKET]) {
    let sequence = u16::from_be_bytes([packet[2], packet[3]]).wrapping_add(1);
    let timestamp =
        u32::from_be_bytes([packet[4], packet[5], packet[6], packet[7]]).wrapping_add(FRAME as u32);
    packet[2..4].copy_from_slice(&sequence.to_be_bytes());
    packet[4..8].copy_from_slice(&timestamp.to_be_bytes());
}

#[derive(Default)]
struct Found {
    files: u64,
    broken: u64,
    frames: u64,
    gaps: u64,
    seconds: f64,
}

/// Opens every recording that was not there before; a frame in which the tone is missing was lost.
fn inspect(folder: &Path, before: Vec<std::path::PathBuf>) -> Found {
    let mut found = Found::default();
    for path in files(folder).into_iter().filter(|path| !before.contains(path)) {
        found.files += 1;
        let samples: Option<Vec<i16>> = hound::WavReader::open(&path)
            .ok()
            .and_then(|wav| wav.into_samples().collect::<Result<_, _>>().ok());
        let Some(samples) = samples.filter(|samples| !samples.is_empty()) else {
            found.broken += 1;
            continue;
        };
        found.seconds += samples.len() as f64 / 8_000.0;
        // The first and the last frame may be cut.
        let frames: Vec<&[i16]> = samples.chunks_exact(FRAME).collect();
        for frame in frames.iter().skip(5).take(frames.len().saturating_sub(10)) {
            found.frames += 1;
            let sum: u64 = frame.iter().map(|s| u64::from(s.unsigned_abs())).sum();
            found.gaps += u64::from(sum < LOUD * FRAME as u64);
        }
    }
    found
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries
        .flatten()
        .flat_map(|entry| if entry.path().is_dir() { files(&entry.path()) } else { vec![entry.path()] })
        .collect()
}
