//! Calls between people, through the media engine from outside: who hears which tone, and what stands in which channel.

#![expect(clippy::indexing_slicing, clippy::panic, reason = "a test that goes wrong says where")]

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use odziv::clock::Clock;
use odziv::config::media::Media;
use odziv::protocol::rtp::codec::Codec;
use odziv::protocol::rtp::dtmf::{Event, Sender};
use odziv::protocol::rtp::g722;
use odziv::protocol::rtp::packet::Packet;
use odziv::protocol::rtp::srtp::{MasterKey, Protector, SrtpKeys, Suite, Unprotector};
use odziv::protocol::rtp::tone::{dominant, rms, share, sine};
use odziv::protocol::rtp::{FRAME, FRAME_TIME};
use odziv::telephony::media::{
    BridgeId, Command, LegId, LegMedia, MediaEvent, MediaHandle, Role, Samples, wav_length,
};
use tokio::sync::mpsc::Receiver;

const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// Nothing here takes so long; a test that waits for it has failed.
const PATIENCE: Duration = Duration::from_secs(20);
const BRIDGE: BridgeId = BridgeId(1);
const CALLER: f64 = 400.0;
const OPERATOR: f64 = 700.0;
const OTHER: f64 = 1_100.0;
const MUSIC: f64 = 1_900.0;
const TONES: [f64; 4] = [CALLER, OPERATOR, OTHER, MUSIC];

#[test]
fn two_who_talk_hear_each_other_whatever_their_codecs() {
    let codecs = [
        (Codec::Pcma, Codec::Pcma),
        (Codec::Pcma, Codec::Pcmu),
        (Codec::G722, Codec::Pcma),
        (Codec::G722, Codec::G722),
    ];
    for (one, other) in codecs {
        let mut town = Town::new();
        let mut caller = town.phone(CALLER, one);
        let mut operator = town.phone(OPERATOR, other);
        town.join(&[&caller, &operator]);
        town.talk(&mut [&mut caller, &mut operator], 60);
        assert_eq!(caller.tone(50), Some(OPERATOR), "{one:?} hears {other:?}");
        assert_eq!(operator.tone(50), Some(CALLER), "{other:?} hears {one:?}");
        assert_eq!(operator.gaps, 0, "{one:?} to {other:?}");
    }
}

#[test]
fn a_peer_that_takes_short_packets_talks_with_one_that_sends_longer_ones() {
    let mut town = Town::new();
    let mut caller = town.phone_with(CALLER, Codec::Pcma, |media| LegMedia { packet_ms: 10, ..media });
    let mut operator = town.phone(OPERATOR, Codec::Pcmu);
    town.join(&[&caller, &operator]);
    town.talk(&mut [&mut caller, &mut operator], 80);
    assert_eq!((caller.longest, operator.longest), (FRAME / 2, FRAME));
    assert!(caller.share(OPERATOR, 40) > 0.9, "{}", caller.share(OPERATOR, 40));
    assert_eq!((operator.tone(40), caller.gaps, operator.gaps), (Some(CALLER), 0, 0));
}

#[test]
fn a_key_reaches_the_other_side_under_its_own_number() {
    let mut town = Town::new();
    let mut caller = town.phone(CALLER, Codec::Pcma);
    let mut operator =
        town.phone_with(OPERATOR, Codec::Pcma, |media| LegMedia { dtmf_payload_type: Some(110), ..media });
    town.join(&[&caller, &operator]);
    town.talk(&mut [&mut caller, &mut operator], 5);
    caller.press('5');
    assert_eq!(town.event(), MediaEvent::Digit { leg: caller.leg, digit: '5' });
    town.talk(&mut [&mut operator], 2);
    let codes: Vec<u8> = operator.events.iter().map(|(_, event)| event.code).collect();
    assert!(codes.len() >= 3 && codes.iter().all(|code| *code == 5), "{codes:?}");
    assert!(operator.events.iter().all(|(payload_type, _)| *payload_type == 110));
    assert!(operator.events.iter().any(|(_, event)| event.end));
}

#[test]
fn after_hold_music_is_heard_and_the_recording_goes_on() {
    let mut town = Town::new();
    let mut caller = town.phone(CALLER, Codec::Pcma);
    let mut operator = town.phone(OPERATOR, Codec::Pcmu);
    let path = town.path("call.wav");
    town.media.send(Command::RecordBridge { leg: caller.leg, path: path.clone() });
    town.join(&[&caller, &operator]);
    town.talk(&mut [&mut caller, &mut operator], 60);
    assert_eq!(caller.tone(40), Some(OPERATOR));

    let mut held = operator.media.clone();
    (held.send, held.receive) = (false, false);
    town.media.send(Command::Update { leg: operator.leg, media: held });
    town.media.send(Command::Music { leg: caller.leg, samples: Some(music()) });
    town.talk(&mut [&mut caller], 60);
    assert_eq!(caller.tone(40), Some(MUSIC));

    town.media.send(Command::Music { leg: caller.leg, samples: None });
    town.media.send(Command::Update { leg: operator.leg, media: operator.media.clone() });
    town.talk(&mut [&mut caller, &mut operator], 60);
    assert_eq!((caller.tone(40), operator.tone(40)), (Some(OPERATOR), Some(CALLER)));

    let (left, right) = town.recorded(caller.leg, &path);
    assert_eq!((tone(&left, 30, 20), tone(&left, 90, 20), tone(&left, 150, 20)), three(CALLER));
    assert_eq!((tone(&right, 30, 20), tone(&right, 150, 20)), (Some(OPERATOR), Some(OPERATOR)));
    assert!(rms(&right[85 * FRAME..100 * FRAME]) < 10.0, "music is not of the bridge");
    assert_aligned(&left, &right);
}

#[test]
fn a_recording_follows_the_caller_through_a_transfer_and_pauses_for_sensitive_data() {
    let mut town = Town::new();
    let mut caller = town.phone(CALLER, Codec::Pcma);
    let mut first = town.phone(OPERATOR, Codec::Pcma);
    let mut second = town.phone(OTHER, Codec::Pcma);
    let path = town.path("transfer.wav");
    town.media.send(Command::RecordBridge { leg: caller.leg, path: path.clone() });
    town.join(&[&caller, &first]);
    town.talk(&mut [&mut caller, &mut first], 50);
    town.media.send(Command::Part { leg: first.leg });
    town.media.send(Command::Close { leg: first.leg });
    town.media.send(Command::Join { leg: second.leg, bridge: BridgeId(2), role: Role::Talk });
    town.media.send(Command::Join { leg: caller.leg, bridge: BridgeId(2), role: Role::Talk });
    town.talk(&mut [&mut caller, &mut second], 50);
    assert_eq!((caller.tone(30), second.tone(30)), (Some(OTHER), Some(CALLER)));
    town.media.send(Command::PauseRecording { leg: caller.leg, paused: true });
    town.talk(&mut [&mut caller, &mut second], 50);
    town.media.send(Command::PauseRecording { leg: caller.leg, paused: false });
    town.talk(&mut [&mut caller, &mut second], 50);
    assert_eq!(caller.tone(100), Some(OTHER), "a pause concerns the recording only");

    let (left, right) = town.recorded(caller.leg, &path);
    assert_eq!((tone(&left, 25, 15), tone(&left, 75, 15), tone(&left, 175, 15)), three(CALLER));
    assert_eq!((tone(&right, 25, 15), tone(&right, 75, 15)), (Some(OPERATOR), Some(OTHER)));
    assert_eq!(tone(&right, 175, 15), Some(OTHER));
    for samples in [&left, &right] {
        assert!(rms(&samples[115 * FRAME..135 * FRAME]) < 10.0, "said during the pause");
    }
}

#[test]
fn three_in_a_conference_each_hear_the_two_others() {
    let mut town = Town::new();
    let mut caller = town.phone(CALLER, Codec::Pcma);
    let mut operator = town.phone(OPERATOR, Codec::Pcmu);
    let mut other = town.phone(OTHER, Codec::G722);
    town.join(&[&caller, &operator, &other]);
    town.talk(&mut [&mut caller, &mut operator, &mut other], 100);
    for phone in [&caller, &operator, &other] {
        let shares: Vec<f64> = TONES.iter().map(|tone| phone.share(*tone, 50)).collect();
        for (tone, share) in TONES.iter().zip(&shares) {
            let expected = *tone != phone.tone && *tone != MUSIC;
            assert_eq!(*share > 0.2, expected, "{} hears {tone}: {shares:?}", phone.tone);
        }
    }
}

/// So often a trial on a busy machine listens before it says that something is not heard.
const ROUNDS: u32 = 5;

#[test]
fn a_whisper_is_heard_by_the_operator_only_and_a_listener_by_nobody() {
    let mut town = Town::new();
    let mut caller = town.phone(CALLER, Codec::Pcma);
    let mut operator = town.phone(OPERATOR, Codec::Pcma);
    let mut supervisor = town.phone(OTHER, Codec::Pcma);
    town.join(&[&caller, &operator]);
    town.role(&supervisor, Role::Listen);
    // On a busy machine packets of the trial itself are late, and a mix settles anew: so it is listened to again.
    let heard = (0..ROUNDS).any(|_| {
        town.talk(&mut [&mut caller, &mut operator, &mut supervisor], 60);
        (caller.tone(40), operator.tone(40)) == (Some(OPERATOR), Some(CALLER))
            && supervisor.share(CALLER, 40) > 0.2
            && supervisor.share(OPERATOR, 40) > 0.2
    });
    assert!(heard);

    town.role(&supervisor, Role::Whisper { to: operator.leg });
    let heard = (0..ROUNDS).any(|_| {
        town.talk(&mut [&mut caller, &mut operator, &mut supervisor], 60);
        assert_eq!(caller.tone(40), Some(OPERATOR), "never the supervisor");
        operator.share(CALLER, 40) > 0.2 && operator.share(OTHER, 40) > 0.2
    });
    assert!(heard);

    // Barges in.
    town.role(&supervisor, Role::Talk);
    town.talk(&mut [&mut caller, &mut operator, &mut supervisor], 60);
    assert!(caller.share(OPERATOR, 40) > 0.2 && caller.share(OTHER, 40) > 0.2);

    town.media.send(Command::Part { leg: supervisor.leg });
    town.talk(&mut [&mut caller, &mut operator], 60);
    assert_eq!((caller.tone(40), operator.tone(40)), (Some(OPERATOR), Some(CALLER)));
}

#[test]
fn an_encrypted_phone_talks_with_a_plain_trunk() {
    let mut town = Town::new();
    let mut caller = town.phone(CALLER, Codec::Pcma);
    let mut operator = town.encrypted_phone(OPERATOR);
    town.join(&[&caller, &operator]);
    town.talk(&mut [&mut caller, &mut operator], 60);
    assert_eq!((caller.tone(50), operator.tone(50)), (Some(OPERATOR), Some(CALLER)));
    // Without the key nobody is heard there.
    operator.secure = None;
    operator.tone = MUSIC;
    town.talk(&mut [&mut operator], 10);
    town.talk(&mut [&mut caller], 5);
    assert!(caller.share(MUSIC, 10) < 0.1);
}

#[test]
fn a_stranger_neither_speaks_into_a_call_nor_draws_it_to_himself() {
    let mut town = Town::new();
    let mut caller = town.phone(CALLER, Codec::Pcma);
    let mut operator = town.phone(OPERATOR, Codec::Pcma);
    town.join(&[&caller, &operator]);
    town.talk(&mut [&mut caller, &mut operator], 20);
    let mut stranger = Phone::new(&town.media, MUSIC, Codec::Pcma, Ipv4Addr::new(127, 0, 0, 2).into());
    town.media.send(Command::Close { leg: stranger.leg });
    stranger.target = caller.target;
    town.talk(&mut [&mut caller, &mut operator, &mut stranger], 60);
    assert_eq!((caller.tone(40), operator.tone(40)), (Some(OPERATOR), Some(CALLER)));
    assert!(operator.share(MUSIC, 40) < 0.05);
    assert!(stranger.heard.is_empty());
    town.media.send(Command::Close { leg: caller.leg });
    let counters = loop {
        match town.event() {
            MediaEvent::Closed { leg, counters } if leg == caller.leg => break counters,
            _ => {}
        }
    };
    assert_eq!((counters.refused, counters.lost), (60, 0));
    assert!(counters.mos.unwrap() > 4.0, "{counters:?}");
}

#[test]
fn one_way_audio_is_told_with_the_address_of_the_sdp_and_so_is_its_end() {
    let mut town = Town::new();
    let private = SocketAddr::from(([10, 0, 0, 5], 4_000));
    let mut phone = town.phone_with(CALLER, Codec::Pcma, |media| LegMedia { remote: private, ..media });
    let expected = MediaEvent::NothingArrives { leg: phone.leg, signalled: private };
    assert_eq!(town.event(), expected);
    town.talk(&mut [&mut phone], 1);
    let from = phone.socket.local_addr().unwrap();
    assert_eq!(town.event(), MediaEvent::Arrives { leg: phone.leg, from });
}

struct Town {
    media: MediaHandle,
    events: Receiver<MediaEvent>,
    runtime: tokio::runtime::Runtime,
    folder: tempfile::TempDir,
    clock: Clock,
    /// When the next frame is due; nobody sends to the socket: waiting for it keeps the time.
    next: Instant,
    metronome: UdpSocket,
}

impl Town {
    fn new() -> Self {
        let (media, events) = MediaHandle::start(Media::default(), HOME).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let metronome = UdpSocket::bind((HOME, 0)).unwrap();
        let clock = Clock::system();
        let (folder, next) = (tempfile::tempdir().unwrap(), clock.instant());
        Self { media, events, runtime, folder, clock, next, metronome }
    }

    fn phone(&self, tone: f64, codec: Codec) -> Phone {
        self.phone_with(tone, codec, |media| media)
    }

    fn phone_with(&self, tone: f64, codec: Codec, change: impl Fn(LegMedia) -> LegMedia) -> Phone {
        let mut phone = Phone::new(&self.media, tone, codec, HOME);
        phone.media = change(phone.media);
        self.media.send(Command::Open { leg: phone.leg, media: phone.media.clone() });
        phone
    }

    fn encrypted_phone(&self, tone: f64) -> Phone {
        let key = |byte| {
            let suite = Suite::ALL[0];
            MasterKey::new(suite, &vec![byte; suite.keying_length()]).unwrap()
        };
        let keys = SrtpKeys { local: key(1), remote: key(2) };
        let mut phone =
            self.phone_with(tone, Codec::Pcma, |media| LegMedia { srtp: Some(keys.clone()), ..media });
        phone.secure = Some((Protector::new(&keys.remote), Unprotector::new(&keys.local)));
        phone
    }

    fn join(&self, phones: &[&Phone]) {
        phones.iter().for_each(|phone| self.role(phone, Role::Talk));
    }

    fn role(&self, phone: &Phone, role: Role) {
        self.media.send(Command::Join { leg: phone.leg, bridge: BRIDGE, role });
    }

    /// So many frames of 20 ms in which all of them send their tone and hear what comes.
    fn talk(&mut self, phones: &mut [&mut Phone], frames: usize) {
        // What a test did between is not made up for.
        self.next = self.next.max(self.clock.instant());
        for _ in 0..frames {
            phones.iter_mut().for_each(|phone| phone.speak());
            self.next += FRAME_TIME;
            let rest = self.next.saturating_duration_since(self.clock.instant());
            if !rest.is_zero() {
                self.metronome.set_read_timeout(Some(rest)).unwrap();
                let _ = self.metronome.recv(&mut [0; 1]);
            }
            phones.iter_mut().for_each(|phone| phone.listen());
        }
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

    /// The channels of the file once it is complete.
    fn recorded(&mut self, leg: LegId, path: &Path) -> (Vec<i16>, Vec<i16>) {
        self.media.send(Command::StopRecording { leg });
        let length = loop {
            match self.event() {
                MediaEvent::Recorded { leg: of, length, voice } if of == leg => {
                    assert!(voice > length / 2, "{voice:?} of {length:?}");
                    break length;
                }
                MediaEvent::RecordingFailed { reason, .. } => panic!("{reason}"),
                _ => {}
            }
        };
        assert_eq!(wav_length(path), Some(length));
        let wav = hound::WavReader::open(path).unwrap();
        assert_eq!(wav.spec().channels, 2);
        let samples: Vec<i16> = wav.into_samples().map(Result::unwrap).collect();
        samples.chunks(2).map(|pair| (pair[0], pair[1])).unzip()
    }
}

struct Phone {
    leg: LegId,
    media: LegMedia,
    socket: UdpSocket,
    target: SocketAddr,
    tone: f64,
    codec: Codec,
    frames: u64,
    sequence: u16,
    encoder: g722::Encoder,
    decoder: g722::Decoder,
    secure: Option<(Protector, Unprotector)>,
    heard: Vec<i16>,
    events: Vec<(u8, Event)>,
    /// Sequence numbers that did not follow the one before.
    gaps: usize,
    /// Of the packets with sound, in bytes.
    longest: usize,
    last: Option<u16>,
}

impl Phone {
    fn new(media: &MediaHandle, tone: f64, codec: Codec, ip: IpAddr) -> Self {
        let (leg, port) = media.reserve().unwrap();
        let socket = UdpSocket::bind((ip, 0)).unwrap();
        socket.set_nonblocking(true).unwrap();
        let media = LegMedia::plain(socket.local_addr().unwrap(), codec.payload_type(), Some(101));
        Self {
            leg,
            media,
            socket,
            target: SocketAddr::new(HOME, port),
            tone,
            codec,
            frames: 0,
            sequence: 65_500,
            encoder: g722::Encoder::default(),
            decoder: g722::Decoder::default(),
            secure: None,
            heard: Vec::new(),
            events: Vec::new(),
            gaps: 0,
            longest: 0,
            last: None,
        }
    }

    fn speak(&mut self) {
        let mut samples = [0; FRAME];
        sine(self.tone, 0.2, self.frames * FRAME as u64, &mut samples);
        let mut codes = [0; FRAME];
        match self.codec.law() {
            Some(law) => codes.copy_from_slice(&law.encode(&samples)),
            None => assert_eq!(self.encoder.encode(&samples, &mut codes), FRAME),
        }
        let timestamp = (self.frames as u32).wrapping_mul(FRAME as u32).wrapping_sub(5_000);
        self.send(self.media.payload_type, self.frames == 0, timestamp, &codes);
        self.frames += 1;
    }

    fn press(&mut self, digit: char) {
        let start = (self.frames as u32).wrapping_mul(FRAME as u32);
        for (payload, marker) in Sender::press(digit, 5).unwrap() {
            self.send(101, marker, start, &payload);
        }
    }

    fn send(&mut self, payload_type: u8, marker: bool, timestamp: u32, payload: &[u8]) {
        let ssrc = self.tone as u32;
        let packet = Packet { payload_type, marker, sequence: self.sequence, timestamp, ssrc, payload };
        self.sequence = self.sequence.wrapping_add(1);
        let mut bytes = [0; 400];
        let mut length = packet.write(&mut bytes).unwrap();
        if let Some((protector, _)) = &mut self.secure {
            length = protector.protect(&mut bytes, length).unwrap();
        }
        self.socket.send_to(&bytes[..length], self.target).unwrap();
    }

    fn listen(&mut self) {
        let mut bytes = [0; 400];
        while let Ok((length, _)) = self.socket.recv_from(&mut bytes) {
            // Reports of a muxed leg.
            if (192..=223).contains(&bytes[1]) {
                continue;
            }
            let length = match &mut self.secure {
                Some((_, unprotector)) => unprotector.unprotect(&mut bytes[..length]).unwrap(),
                None => length,
            };
            let packet = Packet::parse(&bytes[..length]).unwrap();
            self.gaps += usize::from(self.last.is_some_and(|last| packet.sequence != last.wrapping_add(1)));
            self.last = Some(packet.sequence);
            if Some(packet.payload_type) == self.media.dtmf_payload_type {
                self.events.push((packet.payload_type, Event::parse(packet.payload).unwrap()));
                continue;
            }
            assert_eq!(packet.payload_type, self.media.payload_type);
            let mut samples = [0; FRAME];
            match self.codec.law() {
                Some(law) => law.decode(packet.payload, &mut samples),
                None => self.decoder.decode(packet.payload, &mut samples),
            };
            self.longest = self.longest.max(packet.payload.len());
            self.heard.extend(samples.iter().take(packet.payload.len()));
        }
    }

    /// The tone of the last so many frames.
    fn tone(&self, frames: usize) -> Option<f64> {
        dominant(self.newest(frames), &TONES)
    }

    /// In windows of 40 ms: a jitter buffer that comes to its delay plays a per cent faster or slower, which moves the tone by some
    /// hertz.
    fn share(&self, tone: f64, frames: usize) -> f64 {
        let windows = self.newest(frames).chunks(2 * FRAME);
        let count = windows.len().max(1) as f64;
        windows.map(|window| share(window, tone)).sum::<f64>() / count
    }

    fn newest(&self, frames: usize) -> &[i16] {
        &self.heard[self.heard.len().saturating_sub(frames * FRAME)..]
    }
}

fn music() -> Samples {
    let mut samples = vec![0; 8_000];
    sine(MUSIC, 0.2, 0, &mut samples);
    Samples::new(&samples)
}

fn tone(samples: &[i16], frame: usize, frames: usize) -> Option<f64> {
    dominant(&samples[frame * FRAME..(frame + frames) * FRAME], &TONES)
}

fn three(tone: f64) -> (Option<f64>, Option<f64>, Option<f64>) {
    (Some(tone), Some(tone), Some(tone))
}

/// Both began to talk in the same frame: they begin in the same place, within two frames.
fn assert_aligned(left: &[i16], right: &[i16]) {
    let begin = |samples: &[i16]| {
        samples.iter().position(|sample| sample.unsigned_abs() > 1_000).unwrap_or(usize::MAX)
    };
    let apart = begin(left).abs_diff(begin(right));
    assert!(apart <= 2 * FRAME, "{apart} samples apart");
}
