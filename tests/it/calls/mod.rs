//! Calls from outside: real sockets on loopback, the real store, the real media engine. Every one of them is one case.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says where"
)]

mod alive;
mod announcements;
mod door;
mod keyed;
mod outgoing;
pub mod phone;
pub mod trunks;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use jiff::tz::TimeZone;
use odziv::actions::Actions;
use odziv::clock::Clock;
use odziv::config;
use odziv::config::outbound::Announcements;
use odziv::config::{cases::Cases, media::Media, sip, store::Store};
use odziv::dialplan::catalogue::Catalogue;
use odziv::domain::announcement::Rules;
use odziv::domain::case::Channel;
use odziv::protocol::rtp::tone::sine;
use odziv::protocol::sip::Transport;
use odziv::protocol::sip::agent::Event;
use odziv::protocol::sip::message::{Message, Response, Status, parse};
use odziv::protocol::sip::sdp;
use odziv::store::Db;
use odziv::store::case::CaseDetail;
use odziv::store::case_list::CaseFilter;
use odziv::telephony::announcer;
use odziv::telephony::exchange::{self, Parts};
use odziv::telephony::handle::TelephonyHandle;
use odziv::telephony::media::{MediaHandle, salvage, wav_length};
use odziv::telephony::plans::Plans;
use odziv::telephony::prompts::Prompts;
use odziv::telephony::tariffs;
use phone::{PATIENCE, Phone};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub const NUMBER: &str = "+38121480000";
const CALLER: &str = "+381641234567";

/// Prompts of a tenth of a second, so that a test takes no longer than what it says.
const PLAN: &str = r#"
schema = 1
language = "sr"

[number."+38121480000"]
start = "menu"

[node.menu.menu]
prompt = "menu"
keys = { 1 = "water", 2 = "roads" }
timeout_s = 30
tries = 1
otherwise = "tell"

[node.water.case]
category = "water"
next = "tell"

[node.roads.case]
category = "roads"
next = "tell"

[node.tell.record]
prompt = "tell"
max_s = 30
min_s = 1
silence_s = 20
next = "end"

[node.end.hangup]
prompt = "bye"
"#;

/// A server with its data in a folder of its own.
pub struct Server {
    pub folder: TempDir,
    pub address: SocketAddr,
    pub actions: Actions,
    pub handle: TelephonyHandle,
    pub plans: Plans,
    pub media: MediaHandle,
    pub stop: CancellationToken,
    task: JoinHandle<()>,
}

/// What a server is started with.
pub struct Setup {
    pub sip: sip::Sip,
    /// The media engine runs in real time in any case.
    pub clock: Clock,
    pub media: Media,
    /// Of a folder that has none yet.
    pub plan: &'static str,
    /// How often who was not reached is called again.
    pub announcements: Rules,
}

impl Default for Setup {
    fn default() -> Self {
        let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let sip = sip::Sip {
            listen: SocketAddr::new(loopback, 0),
            trunk: vec![sip::Trunk::by_address("loopback", vec![loopback])],
            ..sip::Sip::default()
        };
        Self {
            sip,
            clock: Clock::system(),
            media: Media::default(),
            plan: PLAN,
            announcements: announcer::rules(&Announcements::default(), &TimeZone::UTC),
        }
    }
}

impl Server {
    pub async fn start(change: impl FnOnce(&mut sip::Sip)) -> Self {
        Self::with(PLAN, Clock::system(), Media::default(), change).await
    }

    /// With a plan, a clock and settings of media of its own.
    async fn with(
        plan: &'static str,
        clock: Clock,
        media: Media,
        change: impl FnOnce(&mut sip::Sip),
    ) -> Self {
        let mut setup = Setup { clock, media, plan, ..Setup::default() };
        change(&mut setup.sip);
        Self::start_in(tempfile::tempdir().unwrap(), setup).await
    }

    /// In the folder of an earlier run, or in an empty one.
    pub async fn start_in(folder: TempDir, setup: Setup) -> Self {
        let data = folder.path();
        if !data.join("dialplans").exists() {
            write_prompts(&data.join("sounds/sr"));
            std::fs::create_dir(data.join("dialplans")).unwrap();
            std::fs::write(data.join("dialplans/main.toml"), setup.plan).unwrap();
        }
        let Setup { sip: config, clock, media, announcements, .. } = setup;
        let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let db = Db::open(&Store::default(), data).await.unwrap();
        let actions = Actions::new(db, clock.clone(), Cases::default()).await.unwrap();
        let root = data.to_owned();
        actions.recover_calls(&move |path: &str| salvage(&root.join(path))).await.unwrap();
        let (media, media_events) = MediaHandle::start(media, loopback).unwrap();
        let plans = Plans::load(&data.join("dialplans"), Catalogue::default).unwrap();
        let today = jiff::civil::date(2026, 3, 2);
        let outbound = tariffs::outbound(&config::outbound::Outbound::default(), &config, today, &[]);
        let parts = Parts {
            outbound,
            config,
            clock,
            actions: actions.clone(),
            media: media.clone(),
            media_events,
            prompts: Prompts::load(&data.join("sounds"), "sr").unwrap(),
            plans: plans.clone(),
            data: data.to_owned(),
            zone: TimeZone::get("Europe/Belgrade").unwrap(),
            country: "RS".into(),
            announcements,
        };
        let (handle, stop) = (TelephonyHandle::default(), CancellationToken::new());
        let (address, exchange) = exchange::start(parts, handle.clone(), stop.clone()).await.unwrap();
        Self { folder, address, actions, handle, plans, media, stop, task: tokio::spawn(exchange) }
    }

    pub async fn dial(&self, transport: Transport) -> Phone {
        Phone::dial(self.address, transport, CALLER, NUMBER).await
    }

    /// The one case that there is, once its call is over and written.
    pub async fn only_case(&self) -> CaseDetail {
        let found = tokio::time::timeout(PATIENCE, async {
            let mut news = self.actions.news();
            while self.handle.live_calls() > 0 || self.cases().await.is_empty() {
                let _ = tokio::time::timeout(Duration::from_millis(50), news.recv()).await;
            }
        });
        found.await.expect("no case");
        let cases = self.cases().await;
        assert_eq!(cases.len(), 1, "{cases:#?}");
        self.actions.db().case_detail(cases[0]).await.unwrap().unwrap()
    }

    pub async fn cases(&self) -> Vec<odziv::domain::id::CaseId> {
        let page = self.actions.db().case_list(&CaseFilter::default(), None, 200).await.unwrap();
        page.rows.iter().map(|row| row.id).collect()
    }

    fn category(&self, case: &CaseDetail) -> String {
        self.actions.db().directory().category(case.case.category).unwrap().key.clone()
    }

    /// In good order; the folder is left for another run.
    pub async fn end(mut self) -> TempDir {
        self.stop.cancel();
        tokio::time::timeout(PATIENCE, &mut self.task).await.expect("does not stop").unwrap();
        self.close().await
    }

    /// Without a word to anybody, as a process that is killed; what the store has committed is all that is left.
    pub async fn kill(mut self) -> TempDir {
        self.task.abort();
        let _ = (&mut self.task).await;
        // What a killed process need not be told: its sockets are gone.
        self.stop.cancel();
        let gone = async {
            while TcpListener::bind(self.address).await.is_err() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, gone).await.expect("still listens");
        // The writer would still put what it has into the files, and their lengths into their heads.
        let (recordings, kept) = (self.folder.path().join("recordings"), tempfile::tempdir().unwrap());
        copy_folder(&recordings, kept.path());
        let folder = self.close().await;
        let _ = std::fs::remove_dir_all(&recordings);
        copy_folder(kept.path(), &recordings);
        folder
    }

    async fn close(self) -> TempDir {
        let media = self.media.clone();
        tokio::task::spawn_blocking(move || media.stop()).await.unwrap();
        self.actions.db().close().await;
        self.folder
    }
}

fn copy_folder(from: &Path, to: &Path) {
    let Ok(entries) = std::fs::read_dir(from) else { return };
    std::fs::create_dir_all(to).unwrap();
    for entry in entries {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy_folder(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), target).unwrap()),
        }
    }
}

/// What the callers of [`failures`](crate::failures) hear while they wait: whole waves, so that it goes round without a click.
const MUSIC: f64 = 1_900.0;

fn write_prompts(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    let mut manifest = String::new();
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    for key in ["menu", "tell", "bye"] {
        manifest.push_str(&format!("[prompt.{key}]\ntext = \"{key}\"\n"));
        let mut wav = hound::WavWriter::create(folder.join(format!("{key}.wav")), spec).unwrap();
        (0..800).for_each(|n| wav.write_sample(if n % 20 < 10 { 8_000_i16 } else { -8_000 }).unwrap());
        wav.finalize().unwrap();
    }
    manifest.push_str("[prompt.hold_music]\ntext = \"music\"\n");
    let mut music = [0; 8_000];
    sine(MUSIC, 0.3, 0, &mut music);
    let mut wav = hound::WavWriter::create(folder.join("hold_music.wav"), spec).unwrap();
    music.iter().for_each(|sample| wav.write_sample(*sample).unwrap());
    wav.finalize().unwrap();
    std::fs::write(folder.join("manifest.toml"), manifest).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn call_with_a_key_and_words_is_a_case_in_its_category_with_a_recording() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let server = Server::start(|_| {}).await;
        let mut phone = server.dial(transport).await;
        phone.answered().await;
        phone.hears().await;
        phone.press('1').await;
        phone.speak(Duration::from_millis(2_500)).await;
        phone.press('#').await;
        phone.hung_up_on().await;

        let case = server.only_case().await;
        assert_eq!(server.category(&case), "water");
        assert_eq!(case.case.channel, Channel::Call);
        assert_eq!(case.case.caller.as_deref(), Some(CALLER));
        assert_eq!(case.recordings.len(), 1);
        let recording = &case.recordings[0];
        let length = Duration::from_millis(recording.length_ms.unwrap().try_into().unwrap());
        // The prompt before it and the beep take their part of what was said.
        assert!((1_000..3_000).contains(&length.as_millis()), "{length:?}");
        let on_disk = wav_length(&server.folder.path().join(&recording.path)).unwrap();
        assert!(on_disk.abs_diff(length) < Duration::from_millis(50), "{on_disk:?} {length:?}");
        assert_eq!(server.handle.live_calls(), 0);
        server.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hang_up_while_ringing_is_a_missed_call() {
    let server = Server::start(|config| config.ring_ms = 20_000).await;
    let mut phone = server.dial(Transport::Udp).await;
    phone.until("ringing", |event| matches!(event, Event::Progress { status: Status::RINGING, .. })).await;
    phone.hang_up().await;
    let case = server.only_case().await;
    assert_eq!(case.case.channel, Channel::MissedCall);
    server.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hang_up_in_the_prompt_is_a_missed_call() {
    let server = Server::start(|_| {}).await;
    let mut phone = server.dial(Transport::Udp).await;
    phone.answered().await;
    phone.hears().await;
    phone.hang_up().await;
    let case = server.only_case().await;
    assert_eq!(case.case.channel, Channel::MissedCall);
    assert!(case.recordings.is_empty());
    server.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hang_up_in_the_recording_keeps_what_was_said() {
    let server = Server::start(|_| {}).await;
    let mut phone = server.dial(Transport::Udp).await;
    phone.answered().await;
    phone.hears().await;
    phone.press('2').await;
    phone.speak(Duration::from_millis(2_500)).await;
    phone.hang_up().await;
    let case = server.only_case().await;
    assert_eq!(server.category(&case), "roads");
    assert_eq!(case.recordings.len(), 1);
    assert!(case.recordings[0].length_ms.unwrap() > 1_000);
    server.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stranger_is_refused_and_leaves_nothing() {
    let elsewhere = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));
    let server = Server::start(|config| config.trunk[0].peers = vec![elsewhere]).await;
    let mut phone = server.dial(Transport::Udp).await;
    phone.until("403", |event| matches!(event, Event::Rejected { status: Status::FORBIDDEN, .. })).await;
    assert!(server.cases().await.is_empty());
    server.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn number_without_a_plan_is_not_found() {
    let server = Server::start(|_| {}).await;
    let mut phone = Phone::dial(server.address, Transport::Udp, CALLER, "+38121999999").await;
    phone.until("404", |event| matches!(event, Event::Rejected { status: Status::NOT_FOUND, .. })).await;
    assert!(server.cases().await.is_empty());
    server.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn overload_is_refused_early_and_a_free_line_answers_again() {
    let server = Server::start(|config| config.max_calls = 1).await;
    let mut first = server.dial(Transport::Udp).await;
    first.answered().await;
    let mut second = server.dial(Transport::Udp).await;
    let full = |event: &Event| matches!(event, Event::Rejected { status: Status::SERVICE_UNAVAILABLE, .. });
    second.until("503", full).await;
    assert_eq!(server.handle.refused_calls(), 1);
    first.hang_up().await;
    server.only_case().await;
    let mut third = server.dial(Transport::Udp).await;
    third.answered().await;
    third.hang_up().await;
    server.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_says_goodbye_and_writes_the_calls() {
    let server = Server::start(|_| {}).await;
    let mut phone = server.dial(Transport::Udp).await;
    phone.answered().await;
    phone.hears().await;
    server.stop.cancel();
    phone.hung_up_on().await;
    let case = server.only_case().await;
    assert_eq!(case.case.channel, Channel::MissedCall);
    server.end().await;
}

/// A trunk that closes idle connections hears our BYE all the same.
#[tokio::test(flavor = "multi_thread")]
async fn closed_connection_is_opened_again_for_our_bye() {
    let server = Server::start(|_| {}).await;
    let trunk = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let contact = trunk.local_addr().unwrap();
    let mut connection = TcpStream::connect(server.address).await.unwrap();
    let sdp = sdp::offer(&sdp::Local::new(contact.ip(), 9, 1), &sdp::Wish::default());
    let request = |method: &str, branch: &str, to_tag: &str, body: &[u8]| {
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        let head = format!(
            "{method} sip:{NUMBER}@{} SIP/2.0\r\nVia: SIP/2.0/TCP {contact};branch=z9hG4bK{branch}\r\n\
             From: <sip:{CALLER}@127.0.0.1>;tag=a\r\nTo: <sip:{NUMBER}@127.0.0.1>{to_tag}\r\nCall-ID: tcp\r\n\
             CSeq: 1 {method}\r\nContact: <sip:x@{contact};transport=tcp>\r\n{kind}Content-Length: {}\r\n\r\n",
            server.address,
            body.len()
        );
        [head.as_bytes(), body].concat()
    };
    connection.write_all(&request("INVITE", "1", "", &sdp)).await.unwrap();
    let ok = read_until(&mut connection, "SIP/2.0 200").await;
    let tag =
        ok.lines().find(|line| line.starts_with("To:")).and_then(|line| line.split(";tag=").nth(1)).unwrap();
    connection.write_all(&request("ACK", "2", &format!(";tag={tag}"), b"")).await.unwrap();
    drop(connection);
    // Nothing tells when the server has seen the end of the connection but that it can no longer write to it.
    tokio::time::sleep(Duration::from_millis(300)).await;
    server.stop.cancel();
    let (mut again, _) =
        tokio::time::timeout(PATIENCE, trunk.accept()).await.expect("no connection").unwrap();
    let bye = read_until(&mut again, "BYE sip:x@").await;
    assert!(bye.contains("Call-ID: tcp"), "{bye}");
    server.end().await;
}

/// Reads messages until one begins like this; gives everything from there on.
async fn read_until(stream: &mut TcpStream, start: &str) -> String {
    let mut text = String::new();
    let read = async {
        let mut buffer = vec![0; 4_096];
        loop {
            let length = stream.read(&mut buffer).await.unwrap();
            assert!(length > 0, "closed after {text}");
            text.push_str(std::str::from_utf8(&buffer[..length]).unwrap());
            if let Some(at) = text.find(start).filter(|at| text[*at..].contains("\r\n\r\n")) {
                return text[at..].to_owned();
            }
        }
    };
    tokio::time::timeout(PATIENCE, read).await.expect("nothing came")
}

/// RFC 3261 §13.2.1: an INVITE without an offer gets ours, and the ACK brings the answer.
#[tokio::test(flavor = "multi_thread")]
async fn caller_without_an_offer_gets_ours_hears_the_prompt_and_holds() {
    let server = Server::start(|_| {}).await;
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let rtp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let (local, rtp_port) = (socket.local_addr().unwrap(), rtp.local_addr().unwrap().port());
    let request = |method: &str, branch: &str, to_tag: &str, body: &str| {
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        format!(
            "{method} sip:{NUMBER}@{} SIP/2.0\r\nVia: SIP/2.0/UDP {local};rport;branch=z9hG4bK{branch}\r\n\
             From: <sip:{CALLER}@127.0.0.1>;tag=a\r\nTo: <sip:{NUMBER}@127.0.0.1>{to_tag}\r\nCall-ID: late\r\n\
             CSeq: 1 {method}\r\nContact: <sip:x@{local}>\r\n{kind}Content-Length: {}\r\n\r\n{body}",
            server.address,
            body.len()
        )
    };
    socket.send_to(request("INVITE", "1", "", "").as_bytes(), server.address).await.unwrap();
    let ok = accepted(&socket, 1).await;
    let ours = sdp::Local::new(local.ip(), rtp_port, 1);
    let (answer, agreed) = sdp::answer(&ok.body, &ours).unwrap();
    assert_eq!(agreed.codec, sdp::Codec::Pcma);
    let tag = format!(";tag={}", ok.to.tag.unwrap());
    let ack = request("ACK", "2", &tag, std::str::from_utf8(&answer).unwrap());
    socket.send_to(ack.as_bytes(), server.address).await.unwrap();
    let mut packet = [0; 2_048];
    tokio::time::timeout(PATIENCE, rtp.recv(&mut packet)).await.expect("no media").unwrap();

    // Put on hold (RFC 3264 §8.4).
    let hold = String::from_utf8(answer).unwrap().replace("a=sendrecv", "a=sendonly");
    let reinvite = request("INVITE", "3", &tag, &hold).replace("CSeq: 1", "CSeq: 2");
    socket.send_to(reinvite.as_bytes(), server.address).await.unwrap();
    let held = String::from_utf8(accepted(&socket, 2).await.body).unwrap();
    assert!(held.contains("a=recvonly") && held.contains(" 2 IN IP4 127.0.0.1"), "{held}");
    let ack = request("ACK", "4", &tag, "").replace("CSeq: 1", "CSeq: 2");
    socket.send_to(ack.as_bytes(), server.address).await.unwrap();

    let bye = request("BYE", "5", &tag, "").replace("CSeq: 1", "CSeq: 3");
    socket.send_to(bye.as_bytes(), server.address).await.unwrap();
    assert_eq!(server.only_case().await.case.channel, Channel::MissedCall);
    server.end().await;
}

/// The 200 to the INVITE of this CSeq.
async fn accepted(socket: &UdpSocket, cseq: u32) -> Response {
    let mut buffer = vec![0; 65_535];
    let ok = tokio::time::timeout(PATIENCE, async {
        loop {
            let length = socket.recv(&mut buffer).await.unwrap();
            if let Ok(Message::Response(response)) = parse(&buffer[..length])
                && (response.status, response.cseq) == (Status::OK, cseq)
            {
                return response;
            }
        }
    });
    ok.await.expect("no 200")
}
