//! Messages that are read: the server calls a telephone behind a trunk which the test plays.

use odziv::actions::announcement::NewAnnouncement;
use odziv::config::media::Speech as SpeechSettings;
use odziv::config::sip::Trunk;
use odziv::domain::announcement::{Hours, Reached, Rules};
use odziv::domain::id::OutboxId;
use odziv::domain::message::DeliveryState;
use odziv::domain::phone::PhoneNumber;
use odziv::protocol::sip::message::{Method, Request};
use odziv::store::outbox_call::MessageProgress;
use odziv::telephony::handle::Speech;

use super::*;

/// A trunk, and whatever telephone is behind it.
pub struct Callee {
    sip: UdpSocket,
    rtp: UdpSocket,
    /// The call that it has.
    invite: Option<(Request, SocketAddr)>,
    /// Keys so far: each has a time of its own.
    pressed: std::sync::atomic::AtomicU32,
}

struct World {
    server: Server,
    callee: Callee,
    announcer: JoinHandle<()>,
    stop: CancellationToken,
    speech: Speech,
}

impl Callee {
    pub async fn new() -> Self {
        let sip = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let rtp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        Self { sip, rtp, invite: None, pressed: 0.into() }
    }

    pub fn trunk(&self) -> Trunk {
        let server = Some(self.sip.local_addr().unwrap().to_string());
        Trunk { server, keepalive_s: 0, number: Some(NUMBER.into()), ..Trunk::by_address("there", vec![]) }
    }

    async fn request(&self, method: Method) -> (Request, SocketAddr) {
        let mut buffer = vec![0; 65_535];
        let found = tokio::time::timeout(PATIENCE, async {
            loop {
                let (length, from) = self.sip.recv_from(&mut buffer).await.unwrap();
                if let Ok(Message::Request(request)) = parse(&buffer[..length])
                    && request.method == method
                {
                    return (request, from);
                }
            }
        });
        found.await.unwrap_or_else(|_| panic!("no {}", method.as_str()))
    }

    /// It rings here; the number that was dialled and the one that is shown.
    pub async fn rung(&mut self) -> (String, String) {
        let (invite, from) = self.request(Method::Invite).await;
        self.sip.send_to(&invite.answer(Status::RINGING, from, "t").finish(), from).await.unwrap();
        let dialled = invite.uri.user().unwrap();
        let shown = invite.from.uri.clone();
        self.invite = Some((invite, from));
        (dialled, shown)
    }

    pub async fn refuse(&mut self, status: u16) {
        let (invite, from) = self.invite.take().unwrap();
        self.sip.send_to(&invite.answer(Status(status), from, "t").finish(), from).await.unwrap();
        self.request(Method::Ack).await;
    }

    /// Takes up the telephone. Where its packets go.
    pub async fn answer(&mut self) -> SocketAddr {
        let (invite, from) = self.invite.clone().unwrap();
        let local = sdp::Local::new(from.ip(), self.rtp.local_addr().unwrap().port(), 1);
        let (answer, agreed) = sdp::answer(&invite.body, &local).unwrap();
        let contact = format!("<sip:x@{}>", self.sip.local_addr().unwrap());
        let ok = invite.answer(Status::OK, from, "t").header("Contact", contact);
        self.sip.send_to(&ok.body("application/sdp", &answer), from).await.unwrap();
        self.request(Method::Ack).await;
        agreed.remote
    }

    /// So many packets of sound have come.
    pub async fn hears(&self, packets: usize) {
        let mut buffer = [0; 2_048];
        for _ in 0..packets {
            tokio::time::timeout(PATIENCE, self.rtp.recv(&mut buffer)).await.expect("no media").unwrap();
        }
    }

    /// A key by RFC 4733.
    pub async fn press(&self, key: u8, to: SocketAddr) {
        let before = self.pressed.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        for (n, (duration, end)) in
            [(160_u16, false), (320, false), (480, true), (480, true)].into_iter().enumerate()
        {
            let [high, low] = duration.to_be_bytes();
            let marker = if n == 0 { 0x80 } else { 0 };
            let mut packet = vec![0x80, 101 | marker, 0, before as u8 * 4 + n as u8 + 1];
            packet.extend((1_000 + before * 1_600).to_be_bytes());
            packet.extend(0x0d1f_0002_u32.to_be_bytes());
            packet.extend([key, if end { 0x8a } else { 0x0a }, high, low]);
            self.rtp.send_to(&packet, to).await.unwrap();
        }
    }

    /// We are hung up on.
    pub async fn let_go(&self) {
        let (bye, from) = self.request(Method::Bye).await;
        self.sip.send_to(&bye.answer(Status::OK, from, "").finish(), from).await.unwrap();
    }
}

impl World {
    async fn start() -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), Callee::new().await).await
    }

    async fn start_in(folder: TempDir, callee: Callee) -> Self {
        let data = folder.path();
        if !data.join("sounds").exists() {
            write_announcement_prompts(&data.join("sounds/sr"));
            std::fs::create_dir(data.join("dialplans")).unwrap();
            std::fs::write(data.join("dialplans/main.toml"), PLAN).unwrap();
        }
        let mut setup = Setup { announcements: rules(), ..Setup::default() };
        setup.sip.trunk.push(callee.trunk());
        let server = Server::start_in(folder, setup).await;
        server.actions.recover_outbox().await.unwrap();
        // The test brings its own sound: no program of this machine is needed.
        let settings = SpeechSettings { program: Vec::new(), ..SpeechSettings::default() };
        let prompts = Prompts::load(&server.folder.path().join("sounds"), "sr").unwrap();
        let speech = Speech::new(settings, prompts, server.folder.path(), Clock::system());
        let parts = announcer::Parts {
            config: config(),
            rules: rules(),
            actions: server.actions.clone(),
            handle: server.handle.clone(),
            speech: speech.clone(),
            clock: Clock::system(),
        };
        let stop = server.stop.clone();
        let announcer = tokio::spawn(announcer::run(parts, stop.clone()));
        Self { server, callee, announcer, stop, speech }
    }

    async fn queue(&self) -> OutboxId {
        let mut sound = [0; 8_000];
        sine(440.0, 0.5, 0, &mut sound);
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 8_000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut file = std::io::Cursor::new(Vec::new());
        let mut wav = hound::WavWriter::new(&mut file, spec).unwrap();
        sound.iter().for_each(|sample| wav.write_sample(*sample).unwrap());
        wav.finalize().unwrap();
        let recorded = self.speech.take_recording(file.into_inner()).await.unwrap();
        let message = NewAnnouncement {
            to: PhoneNumber::parse("+381641112223", "RS").unwrap(),
            words: "Сутра нема воде".into(),
            language: Some("sr".into()),
            recording: Some(recorded.name),
            sender: Some("+38121999999".into()),
            case: None,
            recipient: Some(1),
            due: self.server.actions.now(),
        };
        self.server.actions.queue_call(message).await.unwrap()
    }

    async fn until(&self, message: OutboxId, wanted: impl Fn(&MessageProgress) -> bool) -> MessageProgress {
        let found = tokio::time::timeout(PATIENCE, async {
            loop {
                let progress = self.server.actions.db().message_progress(message).await.unwrap().unwrap();
                if wanted(&progress) {
                    return progress;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        found.await.expect("the message does not get there")
    }

    async fn end(self) -> TempDir {
        self.stop.cancel();
        tokio::time::timeout(PATIENCE, self.announcer).await.expect("does not stop").unwrap();
        self.server.end().await
    }
}

fn config() -> Announcements {
    Announcements { calls_per_second: 50, ..Announcements::default() }
}

/// Called at any hour, and again at once.
fn rules() -> Rules {
    let at_once = jiff::SignedDuration::from_millis(1);
    Rules {
        tries: 2,
        after_busy: at_once,
        after_no_answer: at_once,
        after_trouble: at_once,
        hours: Hours { from: jiff::civil::Time::MIN, until: jiff::civil::Time::MAX },
        zone: TimeZone::UTC,
    }
}

/// All prompts are a tenth of a second.
fn write_announcement_prompts(folder: &Path) {
    write_prompts(folder);
    let manifest = folder.join("manifest.toml");
    let mut text = std::fs::read_to_string(&manifest).unwrap();
    for key in odziv::dialplan::announcement::PROMPTS {
        text.push_str(&format!("[prompt.{key}]\ntext = \"{key}\"\n"));
        std::fs::copy(folder.join("bye.wav"), folder.join(format!("{key}.wav"))).unwrap();
    }
    std::fs::write(manifest, text).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_answers_hears_the_message_and_confirms_it_with_a_key() {
    let mut world = World::start().await;
    let message = world.queue().await;
    let (dialled, shown) = world.callee.rung().await;
    assert_eq!(dialled, "+381641112223");
    assert!(shown.contains("+38121999999"), "{shown}");
    let to = world.callee.answer().await;
    // The message alone is fifty packets.
    world.callee.hears(60).await;
    world.callee.press(1, to).await;
    world.callee.let_go().await;
    world.until(message, |p| p.state == DeliveryState::Delivered).await;
    let calls = world.server.actions.db().calls_of_message(message).await.unwrap();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].told.as_ref().unwrap().reached, Reached::Confirmed);
    assert!(world.server.cases().await.is_empty(), "such a call becomes no case");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_want_them_presses_nine() {
    let mut world = World::start().await;
    let message = world.queue().await;
    world.callee.rung().await;
    let to = world.callee.answer().await;
    world.callee.hears(5).await;
    world.callee.press(9, to).await;
    world.callee.let_go().await;
    world.until(message, |p| p.state == DeliveryState::Delivered).await;
    let calls = world.server.actions.db().calls_of_message(message).await.unwrap();
    assert_eq!(calls[0].told.as_ref().unwrap().reached, Reached::OptedOut);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_busy_is_called_again_and_the_last_refusal_is_kept() {
    let mut world = World::start().await;
    let message = world.queue().await;
    for _ in 0..2 {
        world.callee.rung().await;
        world.callee.refuse(486).await;
    }
    let end = world.until(message, |p| p.state == DeliveryState::Undeliverable).await;
    assert_eq!(end.error.as_deref(), Some("busy (486 Busy Here), called 2 times"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn number_that_is_not_there_is_called_once() {
    let mut world = World::start().await;
    let message = world.queue().await;
    world.callee.rung().await;
    world.callee.refuse(404).await;
    let end = world.until(message, |p| p.state == DeliveryState::Undeliverable).await;
    assert_eq!((end.error.as_deref(), end.attempts), (Some("no such number (404 Not Found)"), 1));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn number_that_may_not_be_called_is_rejected_without_a_call() {
    let world = World::start().await;
    let message = NewAnnouncement {
        to: PhoneNumber::parse("+4314000", "AT").unwrap(),
        words: "Sutra".into(),
        language: None,
        recording: Some("0".repeat(64)),
        sender: None,
        case: None,
        recipient: None,
        due: world.server.actions.now(),
    };
    // A recording that is gone helps nobody either.
    let gone = world.server.actions.queue_call(message.clone()).await.unwrap();
    let end = world.until(gone, |p| p.state == DeliveryState::Rejected).await;
    assert_eq!(end.error.as_deref(), Some("there is no such recording"));
    let recording = world.speech.take_recording(tone_wav()).await.unwrap().name;
    let abroad = NewAnnouncement { recording: Some(recording), ..message };
    let abroad = world.server.actions.queue_call(abroad).await.unwrap();
    let end = world.until(abroad, |p| p.state == DeliveryState::Rejected).await;
    assert_eq!((end.error.as_deref(), end.attempts), (Some("numbers abroad are not allowed"), 0));
    world.end().await;
}

fn tone_wav() -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::new(&mut file, spec).unwrap();
    (0..8_000_i32).for_each(|n| wav.write_sample(if n % 20 < 10 { 8_000_i16 } else { -8_000 }).unwrap());
    wav.finalize().unwrap();
    file.into_inner()
}

/// The program ends in good order: nothing of it is left to guess, and the citizen is called another time.
#[tokio::test(flavor = "multi_thread")]
async fn end_of_the_program_puts_the_message_back() {
    let mut world = World::start().await;
    let message = world.queue().await;
    world.callee.rung().await;
    let callee = world.callee.answer();
    callee.await;
    let db = world.server.actions.db().clone();
    let World { server, callee, announcer, stop, .. } = world;
    stop.cancel();
    callee.let_go().await;
    tokio::time::timeout(PATIENCE, announcer).await.expect("does not stop").unwrap();
    // Read before the store is closed with the server.
    let progress = tokio::time::timeout(PATIENCE, async {
        loop {
            let progress = db.message_progress(message).await.unwrap().unwrap();
            if progress.state != DeliveryState::Sending {
                return progress;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    assert_eq!(progress.await.expect("left in the middle").state, DeliveryState::Queued);
    server.end().await;
}

/// It is killed while somebody listens: they are not called again by a machine that does not know.
#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_call_the_message_is_uncertain_and_not_read_again() {
    let mut world = World::start().await;
    let message = world.queue().await;
    world.callee.rung().await;
    world.callee.answer().await;
    world.callee.hears(3).await;
    let World { server, announcer, .. } = world;
    announcer.abort();
    let folder = server.kill().await;
    let world = World::start_in(folder, Callee::new().await).await;
    let progress = world.until(message, |p| p.state == DeliveryState::Uncertain).await;
    assert_eq!(progress.attempts, 1);
    // The announcer looks at the queue with every message; only the new one is dialled.
    let next = world.queue().await;
    let mut world = world;
    world.callee.rung().await;
    world.callee.refuse(404).await;
    world.until(next, |p| p.state == DeliveryState::Undeliverable).await;
    let calls = world.server.actions.db().calls_of_message(message).await.unwrap();
    assert_eq!((calls.len(), calls[0].told.clone()), (1, None));
    world.end().await;
}
