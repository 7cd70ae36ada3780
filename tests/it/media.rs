//! The media engine from outside: real sockets, real files, a peer that speaks RTP.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::time::Duration;

use odziv::config::media::Media;
use odziv::protocol::rtp::FRAME;
use odziv::protocol::rtp::dtmf::Sender;
use odziv::protocol::rtp::g711::Law;
use odziv::protocol::rtp::packet::Packet;
use odziv::telephony::media::{Command, LegId, LegMedia, MediaEvent, MediaHandle, Samples, wav_length};
use tokio::sync::mpsc::Receiver;

const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const DTMF: u8 = 101;
/// Nothing here takes so long; a test that waits for it has failed.
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn a_prompt_arrives_whole_in_order_and_is_reported() {
    let mut engine = Engine::start();
    let (leg, mut peer) = engine.call();
    let linear: Vec<i16> = (0..4_000).map(|n| ((n * 37) % 20_000 - 10_000) as i16).collect();
    let pieces = vec![Samples::new(&linear[..1_000]), Samples::new(&linear[1_000..])];
    engine.media.send(Command::Play { leg, tag: 5, samples: pieces });
    let expected = Law::A.encode(&linear);
    let first = peer.until(|packet| packet.marker);
    let mut heard = first.payload.clone();
    let mut before = first;
    while heard.len() < expected.len() {
        let packet = peer.next();
        assert_eq!(packet.sequence, before.sequence.wrapping_add(1));
        assert_eq!(packet.timestamp, before.timestamp.wrapping_add(FRAME as u32));
        assert!(!packet.marker);
        heard.extend(&packet.payload);
        before = packet;
    }
    assert_eq!(heard, expected);
    assert_eq!(engine.event(), MediaEvent::Played { leg, tag: 5 });
}

#[test]
fn media_follows_the_source_of_the_first_packet() {
    let mut engine = Engine::start();
    let (leg, port) = engine.media.reserve().unwrap();
    let nowhere = UdpSocket::bind((HOME, 0)).unwrap();
    engine.media.send(open(leg, nowhere.local_addr().unwrap()));
    let mut peer = Peer::new(port);
    peer.speak(&[0; FRAME]);
    assert_eq!(peer.next().payload, [Law::A.silence(); FRAME]);
    engine.media.send(Command::Close { leg });
    let MediaEvent::Closed { counters, .. } = engine.event() else { panic!() };
    assert_eq!((counters.received, counters.lost), (1, 0));
    assert!(counters.sent >= 1);
}

#[test]
fn digits_are_reported_once_each() {
    let mut engine = Engine::start();
    let (leg, mut peer) = engine.call();
    for digit in "1590*#AD".chars() {
        peer.press(digit);
        assert_eq!(engine.event(), MediaEvent::Digit { leg, digit });
    }
}

#[test]
fn a_recording_begins_after_the_beep_and_ends_by_hash() {
    let mut engine = Engine::start();
    let (leg, mut peer) = engine.call();
    let path = engine.path("2026/11/22/a.wav");
    engine.media.send(record(leg, &path, PATIENCE, None));
    peer.until(|packet| packet.marker);
    peer.until(|packet| packet.payload == [Law::A.silence(); FRAME]);
    let spoken = speech(8_000);
    peer.speak(&spoken);
    peer.press('#');
    let MediaEvent::Recorded { length, voice, .. } = engine.event() else { panic!() };
    assert!((950..1_300).contains(&length.as_millis()), "{length:?}");
    assert!((950..=1_000).contains(&voice.as_millis()), "{voice:?}");
    assert_eq!(wav_length(&path), Some(length));
    let recorded = samples(&path);
    let codes = Law::A.encode(&recorded);
    let start = codes.windows(800).position(|w| *w == Law::A.encode(&spoken[..800])).unwrap();
    assert_eq!(codes[start..start + 8_000], Law::A.encode(&spoken));
}

#[test]
fn a_recording_ends_by_its_limit_and_by_silence() {
    let mut engine = Engine::start();
    let (leg, mut peer) = engine.call();
    let path = engine.path("limit.wav");
    engine.media.send(record(leg, &path, Duration::from_millis(300), None));
    peer.until(|packet| packet.marker);
    let MediaEvent::Recorded { length, voice, .. } = engine.event() else { panic!() };
    assert_eq!((length, voice), (Duration::from_millis(300), Duration::ZERO));
    let path = engine.path("silence.wav");
    engine.media.send(record(leg, &path, PATIENCE, Some(Duration::from_millis(400))));
    let MediaEvent::Recorded { length, voice, .. } = engine.event() else { panic!() };
    assert!((400..600).contains(&length.as_millis()), "{length:?}");
    assert_eq!(voice, Duration::ZERO);
}

#[test]
fn a_call_that_ends_while_it_is_recorded_leaves_a_whole_file() {
    let mut engine = Engine::start();
    let (leg, mut peer) = engine.call();
    let path = engine.path("gone.wav");
    engine.media.send(record(leg, &path, PATIENCE, None));
    peer.until(|packet| packet.marker);
    peer.until(|packet| packet.payload == [Law::A.silence(); FRAME]);
    engine.media.send(Command::Close { leg });
    let mut events = [engine.event(), engine.event()];
    events.sort_by_key(|event| matches!(event, MediaEvent::Recorded { .. }));
    assert!(matches!(events, [MediaEvent::Closed { .. }, MediaEvent::Recorded { .. }]), "{events:?}");
    assert!(wav_length(&path).is_some());
}

#[test]
fn a_recording_that_cannot_be_written_fails_and_the_leg_lives_on() {
    let mut engine = Engine::start();
    let (leg, mut peer) = engine.call();
    std::fs::write(engine.path("file"), "").unwrap();
    engine.media.send(record(leg, &engine.path("file/a.wav"), PATIENCE, None));
    assert!(matches!(engine.event(), MediaEvent::RecordingFailed { .. }));
    peer.press('7');
    assert_eq!(engine.event(), MediaEvent::Digit { leg, digit: '7' });
}

#[test]
fn silence_of_the_peer_is_told_once() {
    let mut engine = Engine::with(Media { silent_after_s: 1, ..Media::default() });
    let (leg, mut peer) = engine.call();
    assert_eq!(engine.event(), MediaEvent::Silent { leg });
    peer.press('1');
    assert_eq!(engine.event(), MediaEvent::Digit { leg, digit: '1' });
    assert_eq!(engine.event(), MediaEvent::Silent { leg });
}

#[test]
fn ports_run_out_with_an_error_and_come_back() {
    let port = free_port();
    let config = Media { port_min: port, port_max: port + 1, quarantine_s: 0, ..Media::default() };
    let mut engine = Engine::with(config);
    let (leg, reserved) = engine.media.reserve().unwrap();
    assert_eq!(reserved, port);
    assert!(engine.media.reserve().is_err());
    engine.media.send(open(leg, SocketAddr::from((HOME, 9))));
    engine.media.send(Command::Close { leg });
    assert!(matches!(engine.event(), MediaEvent::Closed { .. }));
    assert!(engine.media.reserve().is_ok());
}

#[test]
fn stopping_finishes_what_is_recorded() {
    let engine = Engine::start();
    let (leg, mut peer) = engine.call();
    let path = engine.path("stopped.wav");
    engine.media.send(record(leg, &path, PATIENCE, None));
    peer.until(|packet| packet.marker);
    engine.media.stop();
    assert!(wav_length(&path).is_some());
}

struct Engine {
    media: MediaHandle,
    events: Receiver<MediaEvent>,
    runtime: tokio::runtime::Runtime,
    folder: tempfile::TempDir,
}

impl Engine {
    fn start() -> Self {
        Self::with(Media::default())
    }

    fn with(config: Media) -> Self {
        let (media, events) = MediaHandle::start(config, HOME).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        Self { media, events, runtime, folder: tempfile::tempdir().unwrap() }
    }

    fn call(&self) -> (LegId, Peer) {
        let (leg, port) = self.media.reserve().unwrap();
        let peer = Peer::new(port);
        self.media.send(open(leg, peer.socket.local_addr().unwrap()));
        (leg, peer)
    }

    /// Besides that a peer is heard for the first time, which every test has.
    fn event(&mut self) -> MediaEvent {
        let events = &mut self.events;
        let next = async {
            loop {
                match events.recv().await.unwrap() {
                    MediaEvent::Heard { .. } => {}
                    event => return event,
                }
            }
        };
        self.runtime.block_on(async { tokio::time::timeout(PATIENCE, next).await }).unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// A phone.
struct Peer {
    socket: UdpSocket,
    sequence: u16,
    timestamp: u32,
}

struct Heard {
    sequence: u16,
    timestamp: u32,
    marker: bool,
    payload: Vec<u8>,
}

impl Peer {
    fn new(port: u16) -> Self {
        let socket = UdpSocket::bind((HOME, 0)).unwrap();
        socket.connect((HOME, port)).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { socket, sequence: 65_530, timestamp: u32::MAX - 500 }
    }

    fn next(&mut self) -> Heard {
        let mut bytes = [0; 400];
        let length = self.socket.recv(&mut bytes).unwrap();
        let packet = Packet::parse(bytes.get(..length).unwrap()).unwrap();
        assert_eq!(packet.payload_type, 8);
        Heard {
            sequence: packet.sequence,
            timestamp: packet.timestamp,
            marker: packet.marker,
            payload: packet.payload.to_vec(),
        }
    }

    fn until(&mut self, wanted: impl Fn(&Heard) -> bool) -> Heard {
        loop {
            let heard = self.next();
            if wanted(&heard) {
                return heard;
            }
        }
    }

    /// All at once; the timestamps say when each was spoken.
    fn speak(&mut self, linear: &[i16]) {
        for codes in Law::A.encode(linear).chunks(FRAME) {
            self.send(8, false, self.timestamp, codes);
            self.timestamp = self.timestamp.wrapping_add(codes.len() as u32);
        }
    }

    fn press(&mut self, digit: char) {
        let start = self.timestamp;
        for (payload, marker) in Sender::press(digit, 5).unwrap() {
            self.send(DTMF, marker, start, &payload);
            self.timestamp = self.timestamp.wrapping_add(FRAME as u32);
        }
    }

    fn send(&mut self, payload_type: u8, marker: bool, timestamp: u32, payload: &[u8]) {
        let packet = Packet { payload_type, marker, sequence: self.sequence, timestamp, ssrc: 99, payload };
        let mut bytes = [0; 400];
        let length = packet.write(&mut bytes).unwrap();
        self.socket.send(bytes.get(..length).unwrap()).unwrap();
        self.sequence = self.sequence.wrapping_add(1);
    }
}

fn open(leg: LegId, remote: SocketAddr) -> Command {
    Command::Open { leg, media: LegMedia::plain(remote, 8, Some(DTMF)) }
}

fn record(leg: LegId, path: &Path, max: Duration, silence: Option<Duration>) -> Command {
    Command::Record { leg, path: path.to_owned(), max, silence }
}

fn speech(length: usize) -> Vec<i16> {
    (0..length).map(|n| ((n * n) % 16_001) as i16 - 8_000).collect()
}

fn samples(path: &Path) -> Vec<i16> {
    hound::WavReader::open(path).unwrap().into_samples().map(Result::unwrap).collect()
}

fn free_port() -> u16 {
    std::iter::repeat_with(|| UdpSocket::bind((HOME, 0)).unwrap().local_addr().unwrap().port())
        .find(|port| port % 2 == 0 && *port < 65_500)
        .unwrap()
}
