//! How many calls does one core relay, and how many voicemails does it record?
//!
//! `cargo bench --bench media`. Bridged calls (relayed, recorded in two channels, converted, conferences of three) and beside them the
//! barest loop of `recvmmsg` and `sendmmsg` in the same run; what arrives is counted packet by packet. Then it plays N callers, 50 packets a second each, into the engine, which records N files; then opens every
//! file and counts which frames stand in it at their place. The engine and its writer run on the first core, callers on the second.
//! Then the other way: N prompts at once into a sink that counts.
//!
//! `ODZIV_BENCH_MODES` (default `bridged,alone`), `ODZIV_BENCH_CALLS` (list, default `500,1000,2000`), `ODZIV_BENCH_LEGS` (list, default `1000,2000,4000,6000`), `ODZIV_BENCH_SECONDS` (10), `ODZIV_BENCH_FOLDER` (a temporary one).
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a load program says what it finds, and where it cannot go on"
)]

#[path = "media/bare.rs"]
mod bare;
#[path = "media/bridged.rs"]
mod bridged;

use std::mem::zeroed;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::ptr::null_mut;
use std::time::{Duration, Instant};

use odziv::clock::Clock;
use odziv::config::media::Media;
use odziv::protocol::rtp::FRAME;
use odziv::protocol::rtp::g711::Law;
use odziv::protocol::rtp::packet::{HEADER, Packet};
use odziv::telephony::media::{Command, LegId, LegMedia, MediaEvent, MediaHandle, Samples};
use tokio::sync::mpsc::Receiver;

const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// Below the ports that the system gives out by itself.
const FIRST_PORT: u16 = 10_000;
/// Frames before counting begins: the beep is over, the first packets have come, and the silence that opens a leg's way was sent.
const WARM_UP: u32 = 125;
/// Packets a system call of the load.
const BATCH: usize = 512;
const PACKET: usize = HEADER + FRAME;

fn main() {
    let seconds = setting("ODZIV_BENCH_SECONDS", "10").parse().unwrap();
    let legs = setting("ODZIV_BENCH_LEGS", "1000,2000,4000,6000");
    let folder = tempfile::tempdir().unwrap();
    let folder = std::env::var("ODZIV_BENCH_FOLDER").map_or(folder.path().to_owned(), PathBuf::from);
    let modes = setting("ODZIV_BENCH_MODES", "bridged,alone");
    println!("files under {}, {seconds} s each", folder.display());
    if modes.contains("bridged") {
        bridge(seconds, &folder);
    }
    if !modes.contains("alone") {
        return;
    }
    for legs in legs.split(',').map(|n| n.trim().parse().unwrap()) {
        record(legs, seconds, &folder.join(legs.to_string()));
        play(legs, seconds);
    }
}

fn bridge(seconds: u32, folder: &Path) {
    let kinds = setting("ODZIV_BENCH_KINDS", "relay,recorded,laws,wide,three");
    for calls in setting("ODZIV_BENCH_CALLS", "500,1000,2000").split(',').map(|n| n.trim().parse().unwrap()) {
        let bare = bridged::bare(calls, seconds);
        for kind in bridged::Kind::ALL {
            if kinds.contains(&format!("{kind:?}").to_lowercase()) {
                let cost = bridged::engine(kind, calls, seconds, &folder.join("bridged"));
                println!("         {:.2} of the bare loop", bare / cost);
            }
        }
    }
}

fn record(count: usize, seconds: u32, folder: &Path) {
    let mut bench = Bench::start(count);
    let load = UdpSocket::bind((HOME, 0)).unwrap();
    bench.open(load.local_addr().unwrap());
    for (n, (leg, _)) in bench.legs.iter().enumerate() {
        let path = folder.join(format!("{n}.wav"));
        bench.media.send(Command::Record { leg: *leg, path, max: Duration::from_secs(3_600), silence: None });
    }
    let frames = WARM_UP + seconds * 50;
    let mut callers = Callers::new(load, bench.legs.iter().map(|(_, port)| *port));
    let clock = Clock::system();
    let start = clock.instant();
    let mut before = (Cpu::now(), start);
    let mut behind = Duration::ZERO;
    for frame in 0..frames {
        behind = behind.max(wait_until(&clock, start + Duration::from_millis(20) * frame));
        if frame == WARM_UP {
            before = (Cpu::now(), clock.instant());
        }
        callers.send(frame);
    }
    let (cpu, passed) = (Cpu::now().since(before.0), clock.instant().duration_since(before.1));
    for (leg, _) in &bench.legs {
        bench.media.send(Command::StopRecording { leg: *leg });
    }
    let recorded = (0..count).filter(|_| matches!(bench.event(), MediaEvent::Recorded { .. })).count();
    let (mut whole, mut missing) = (0, 0);
    for n in 0..count {
        let absent = missing_frames(&folder.join(format!("{n}.wav")), frames);
        whole += usize::from(absent == 0);
        missing += absent;
    }
    bench.close();
    std::fs::remove_dir_all(folder).unwrap();
    println!(
        "record {count:>6} legs: sent {} packets ({} refused), received {}, recordings {recorded}, whole {whole}, \
         frames missing {missing}; engine {:.1} %, writer {:.1} % of a core; load late by {behind:?} at most; memory {} MB",
        callers.sent,
        callers.refused,
        bench.received,
        cpu.engine.as_secs_f64() / passed.as_secs_f64() * 100.0,
        cpu.writer.as_secs_f64() / passed.as_secs_f64() * 100.0,
        resident_mb(),
    );
}

fn play(count: usize, seconds: u32) {
    let mut bench = Bench::start(count);
    let sink = UdpSocket::bind((HOME, 0)).unwrap();
    sink.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    bench.open(sink.local_addr().unwrap());
    let prompt = Samples::new(&vec![1_000; 8_000 * seconds as usize]);
    let clock = Clock::system();
    let (before, start) = (Cpu::now(), clock.instant());
    for (leg, _) in &bench.legs {
        bench.media.send(Command::Play { leg: *leg, tag: 0, samples: vec![prompt.clone()] });
    }
    let end = start + Duration::from_secs(seconds.into());
    let mut heard = 0;
    while clock.instant() < end {
        heard += drain(&sink);
    }
    let (cpu, passed) = (Cpu::now().since(before), clock.instant().duration_since(start));
    let played = (0..count).filter(|_| matches!(bench.event(), MediaEvent::Played { .. })).count();
    bench.close();
    println!(
        "play   {count:>6} legs: sent {} packets, {heard} heard while playing, played {played}; engine {:.1} % of a core",
        bench.sent,
        cpu.engine.as_secs_f64() / passed.as_secs_f64() * 100.0,
    );
}

/// The engine with its legs, on a core of its own.
struct Bench {
    media: MediaHandle,
    events: Receiver<MediaEvent>,
    legs: Vec<(LegId, u16)>,
    received: u64,
    sent: u64,
}

impl Bench {
    fn start(count: usize) -> Self {
        // Threads inherit the core of whoever starts them.
        pin(0);
        let port_max = FIRST_PORT + 2 * u16::try_from(count + 50).unwrap();
        let config = Media { port_min: FIRST_PORT, port_max, silent_after_s: 3_600, ..Media::default() };
        let (media, events) = MediaHandle::start(config, HOME).unwrap();
        pin(1);
        let legs = (0..count).map(|_| media.reserve().unwrap()).collect();
        Self { media, events, legs, received: 0, sent: 0 }
    }

    fn open(&self, remote: SocketAddr) {
        for (leg, _) in &self.legs {
            let media = LegMedia::plain(remote, 8, Some(101));
            self.media.send(Command::Open { leg: *leg, media });
        }
    }

    fn event(&mut self) -> MediaEvent {
        loop {
            match self.events.blocking_recv().unwrap() {
                MediaEvent::Heard { .. } => {}
                event => return event,
            }
        }
    }

    fn close(&mut self) {
        for (leg, _) in &self.legs {
            self.media.send(Command::Close { leg: *leg });
        }
        for _ in 0..self.legs.len() {
            if let MediaEvent::Closed { counters, .. } = self.event() {
                self.received += counters.received;
                self.sent += counters.sent;
            }
        }
        self.media.stop();
    }
}

/// All callers on one socket: each leg hears only what is sent to its own port.
struct Callers {
    socket: UdpSocket,
    targets: Vec<libc::sockaddr_in>,
    packets: Vec<[u8; PACKET]>,
    sent: u64,
    refused: u64,
}

impl Callers {
    fn new(socket: UdpSocket, ports: impl Iterator<Item = u16>) -> Self {
        let targets: Vec<libc::sockaddr_in> = ports.map(address).collect();
        let packets = vec![[0; PACKET]; targets.len()];
        Self { socket, targets, packets, sent: 0, refused: 0 }
    }

    /// One packet of every caller, spread over the 20 ms as far as the load keeps up.
    fn send(&mut self, frame: u32) {
        self.send_part(frame, 0, 1, 8);
    }

    /// Of so many parts the one.
    fn send_part(&mut self, frame: u32, part: usize, parts: usize, payload_type: u8) {
        let payload = payload(frame);
        let packet = Packet {
            payload_type,
            marker: frame == 0,
            sequence: frame as u16,
            timestamp: frame.wrapping_mul(FRAME as u32),
            ssrc: 1,
            payload: &payload,
        };
        let all = self.packets.len();
        let range = all * part / parts..all * (part + 1) / parts;
        let (packets, targets) = (&mut self.packets[range.clone()], &mut self.targets[range]);
        packets.iter_mut().for_each(|bytes| {
            packet.write(bytes).unwrap();
        });
        for (packets, targets) in packets.chunks_mut(BATCH).zip(targets.chunks_mut(BATCH)) {
            let gone = send_batch(&self.socket, packets, targets);
            self.sent += gone as u64;
            self.refused += (packets.len() - gone) as u64;
        }
    }
}

/// A port of this machine.
fn address(port: u16) -> libc::sockaddr_in {
    // SAFETY: sockaddr_in is plain data for which zero is valid.
    let mut target: libc::sockaddr_in = unsafe { zeroed() };
    target.sin_family = libc::AF_INET as u16;
    target.sin_port = port.to_be();
    target.sin_addr.s_addr = u32::from(Ipv4Addr::LOCALHOST).to_be();
    target
}

fn send_batch(socket: &UdpSocket, packets: &mut [[u8; PACKET]], targets: &mut [libc::sockaddr_in]) -> usize {
    // SAFETY: plain data for which zero is valid.
    let mut slices: [libc::iovec; BATCH] = unsafe { zeroed() };
    let mut headers: [libc::mmsghdr; BATCH] = unsafe { zeroed() };
    for (n, (packet, target)) in packets.iter_mut().zip(targets).enumerate() {
        slices[n].iov_base = packet.as_mut_ptr().cast();
        slices[n].iov_len = PACKET;
        headers[n].msg_hdr.msg_iov = &mut slices[n];
        headers[n].msg_hdr.msg_iovlen = 1;
        headers[n].msg_hdr.msg_name = std::ptr::from_mut(target).cast();
        headers[n].msg_hdr.msg_namelen = size_of::<libc::sockaddr_in>() as u32;
    }
    // SAFETY: the first `packets.len()` headers point to memory that lives during the call.
    let gone = unsafe { libc::sendmmsg(socket.as_raw_fd(), headers.as_mut_ptr(), packets.len() as u32, 0) };
    usize::try_from(gone).unwrap_or(0)
}

/// Reads and counts what is there.
fn drain(socket: &UdpSocket) -> u64 {
    let mut buffers = [[0_u8; 200]; 64];
    // SAFETY: plain data for which zero is valid.
    let mut slices: [libc::iovec; 64] = unsafe { zeroed() };
    let mut headers: [libc::mmsghdr; 64] = unsafe { zeroed() };
    for (n, buffer) in buffers.iter_mut().enumerate() {
        slices[n].iov_base = buffer.as_mut_ptr().cast();
        slices[n].iov_len = buffer.len();
        headers[n].msg_hdr.msg_iov = &mut slices[n];
        headers[n].msg_hdr.msg_iovlen = 1;
    }
    // SAFETY: every header points to memory that lives during the call.
    let got = unsafe {
        libc::recvmmsg(socket.as_raw_fd(), headers.as_mut_ptr(), 64, libc::MSG_WAITFORONE, null_mut())
    };
    u64::try_from(got).unwrap_or(0)
}

/// The number of the frame in its first two codes; A-law to linear and back is lossless.
fn payload(frame: u32) -> [u8; FRAME] {
    let mut payload = [0x2a; FRAME];
    payload[0] = (frame >> 8) as u8;
    payload[1] = frame as u8;
    payload
}

/// Frames from the end of the warm-up on that do not stand at their place.
fn missing_frames(path: &Path, frames: u32) -> usize {
    let Ok(wav) = hound::WavReader::open(path) else { return (frames - WARM_UP) as usize };
    let samples: Vec<i16> = wav.into_samples().map(Result::unwrap).collect();
    let codes = Law::A.encode(&samples);
    // The first frame that is found fixes the place of all others.
    let found = (WARM_UP..frames).find_map(|frame| {
        let place = codes.windows(FRAME).position(|window| window == payload(frame))?;
        Some((frame, place))
    });
    let Some((first, place)) = found else { return (frames - WARM_UP) as usize };
    let stands = |frame: &u32| {
        let place =
            (place + (frame - first) as usize * FRAME)..(place + (frame - first + 1) as usize * FRAME);
        codes.get(place) == Some(&payload(*frame)[..])
    };
    (WARM_UP..first).count() + (first..frames).filter(|frame| !stands(frame)).count()
}

/// Processor time of the engine's threads, from /proc.
#[derive(Clone, Copy, Default)]
struct Cpu {
    engine: Duration,
    writer: Duration,
}

impl Cpu {
    fn now() -> Self {
        Self { engine: Self::of("media"), writer: Self::of("media-writer") }
    }

    /// Of all threads of this name.
    fn of(thread: &str) -> Duration {
        let mut time = Duration::ZERO;
        for task in std::fs::read_dir("/proc/self/task").unwrap() {
            let path = task.unwrap().path();
            let Ok(name) = std::fs::read_to_string(path.join("comm")) else { continue };
            if name.trim() == thread {
                // Nanoseconds on a processor.
                let stat = std::fs::read_to_string(path.join("schedstat")).unwrap_or_default();
                time += Duration::from_nanos(stat.split(' ').next().unwrap().parse().unwrap_or(0));
            }
        }
        time
    }

    fn since(self, before: Self) -> Self {
        Self { engine: self.engine - before.engine, writer: self.writer - before.writer }
    }
}

fn resident_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

/// How late it is already.
fn wait_until(clock: &Clock, time: Instant) -> Duration {
    let now = clock.instant();
    std::thread::sleep(time.saturating_duration_since(now));
    now.saturating_duration_since(time)
}

fn pin(core: usize) {
    // SAFETY: cpu_set_t is plain data; the call reads it only. On a machine of one core it fails, and nothing is pinned.
    unsafe {
        let mut set: libc::cpu_set_t = zeroed();
        libc::CPU_SET(core, &mut set);
        libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &set);
    }
}

fn setting(name: &str, default: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| default.into())
}
