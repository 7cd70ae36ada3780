//! A telephone for these tests: SIP by hand, so that it can do what is wrong or unlucky, and RTP with a tone of its own. It answers by
//! itself what people do not decide (ringing, re-INVITE, BYE, NOTIFY); the test dials, answers, holds, transfers and hangs up.

mod network;

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::Duration;

use odziv::actions::phone::NewPhone;
use odziv::protocol::sip::dialog::Dialog;
use odziv::protocol::sip::message::{Method, OutRequest, Request, Response, Status};
use odziv::protocol::sip::{Flow, Transport};
use tokio::net::UdpSocket;
use tokio::sync::watch;
use tokio::time::timeout;

use super::voice::Voice;

/// Nothing on loopback takes longer, however busy the machine.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// What is wrong with a phone, or with the network in front of it.
#[derive(Clone, Default)]
pub struct Quirks {
    /// What SDP says instead of the truth.
    pub sdp_address: Option<&'static str>,
    /// Behind NAT: what Via and Contact say instead of the truth.
    pub behind_nat: Option<&'static str>,
    /// So many of its ACKs are lost on the way.
    pub lost_acks: u32,
    /// It is mute from the start.
    pub mute: bool,
}

#[derive(Clone)]
pub struct Softphone(Arc<Inner>);

struct Inner {
    socket: UdpSocket,
    /// The same, for whoever does not wait.
    sender: std::net::UdpSocket,
    /// Where it really is; `flow` is what it believes.
    address: SocketAddr,
    flow: Flow,
    user: String,
    account: Option<NewPhone>,
    tone: f64,
    quirks: Quirks,
    state: Mutex<State>,
    changed: watch::Sender<()>,
    branches: AtomicU64,
    server: OnceLock<SocketAddr>,
}

#[derive(Default)]
struct State {
    calls: Vec<Call>,
    acks_lost: u32,
    /// Final answers to what was asked outside of INVITEs: method, status.
    answers: Vec<(Method, Response)>,
    registers: u32,
    gone: bool,
    /// First lines of everything that came.
    came: Vec<String>,
}

/// One call of a phone, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallNo(usize);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It rings here.
    Rung,
    /// We called.
    Calling,
    Up,
    /// Over; with the status of the refusal, 0 after a BYE of either side.
    Over(u16),
}

pub struct Call {
    pub stage: Stage,
    invite: Asked,
    tag: String,
    dialog: Option<Dialog>,
    voice: Arc<Voice>,
    direction: &'static str,
    version: u32,
    signed: bool,
    /// What NOTIFYs said of a transfer.
    pub notified: Vec<u16>,
    /// Final answers to requests within the call.
    pub answers: Vec<(Method, u16)>,
    /// INVITEs and other requests that came within it.
    pub came: Vec<Method>,
    /// Whether the CANCEL that ended it said that somebody else answered (RFC 3326).
    pub elsewhere: bool,
}

enum Asked {
    ByThem(Box<Request>),
    ByUs(Box<OutRequest>, String),
}

impl Softphone {
    /// At an address of its own; trunks are known by theirs.
    pub fn at(
        host: [u8; 4],
        server: SocketAddr,
        account: Option<NewPhone>,
        tone: f64,
        quirks: Quirks,
    ) -> Self {
        let sender = std::net::UdpSocket::bind(SocketAddr::from((host, 0))).unwrap();
        sender.set_nonblocking(true).unwrap();
        let socket = UdpSocket::from_std(sender.try_clone().unwrap()).unwrap();
        let address = socket.local_addr().unwrap();
        let local = quirks.behind_nat.map_or(address, |private| private.parse().unwrap());
        let flow = Flow { transport: Transport::Udp, local, remote: server };
        let user = account.as_ref().map_or_else(|| "+381641234567".to_owned(), |a| a.username.clone());
        let phone = Self(Arc::new(Inner {
            socket,
            sender,
            address,
            flow,
            user,
            account,
            tone,
            quirks,
            state: Mutex::default(),
            changed: watch::Sender::new(()),
            branches: AtomicU64::new(0),
            server: OnceLock::new(),
        }));
        tokio::spawn(phone.clone().listen());
        phone
    }

    pub fn tone(&self) -> f64 {
        self.0.tone
    }

    pub fn address(&self) -> SocketAddr {
        self.0.address
    }

    /// With its password, until it is granted.
    pub async fn register(&self) {
        self.ask_register(None);
        self.until("registered", |state| {
            state
                .answers
                .iter()
                .any(|(method, answer)| *method == Method::Register && answer.status.is_success())
        })
        .await;
    }

    pub fn dial(&self, to: &str) -> CallNo {
        let voice = Arc::new(Voice::at(self.0.address.ip(), self.0.tone));
        let (tag, call_id) = (self.token(), self.token());
        let sdp = self.describe(&voice, "sendrecv", 1);
        let server = self.0.flow.remote;
        let request = OutRequest {
            method: Method::Invite,
            uri: format!("sip:{to}@{server}"),
            route: Vec::new(),
            from: format!("<sip:{}@{server}>;tag={tag}", self.0.user),
            to: format!("<sip:{to}@{server}>"),
            call_id,
            cseq: 1,
            headers: self.headers(),
            body: Some(("application/sdp", sdp.into_bytes())),
        };
        let branch = self.branch();
        let call =
            Call::new(Asked::ByUs(Box::new(request.clone()), branch.clone()), Stage::Calling, tag, voice);
        let number = {
            let mut state = self.lock();
            state.calls.push(call);
            CallNo(state.calls.len() - 1)
        };
        self.send(&request.write(self.0.flow, &branch));
        number
    }

    /// The call that rings, as soon as one does.
    pub async fn rung(&self) -> CallNo {
        let found = |state: &State| state.calls.iter().position(|call| call.stage == Stage::Rung);
        self.until("ringing", |state| found(state).is_some()).await;
        CallNo(found(&self.lock()).unwrap())
    }

    pub fn answer(&self, call: CallNo) {
        let mut state = self.lock();
        let call = &mut state.calls[call.0];
        let Asked::ByThem(invite) = &call.invite else { panic!("not called") };
        call.voice.send_to(target(&invite.body));
        call.dialog = Some(Dialog::as_uas(invite, &call.tag, self.0.flow));
        call.stage = Stage::Up;
        let sdp = self.describe(&call.voice, "sendrecv", 1);
        let answer = invite.answer(Status::OK, self.0.flow.remote, &call.tag).record_route_of(invite);
        let answer =
            self.headers().into_iter().fold(answer, |answer, (name, value)| answer.header(name, value));
        self.send(&answer.body("application/sdp", sdp.as_bytes()));
        call.voice.clone().speak(self.0.quirks.mute);
        drop(state);
        self.0.changed.send_replace(());
    }

    pub fn refuse(&self, call: CallNo, status: u16) {
        let mut state = self.lock();
        let call = &mut state.calls[call.0];
        let Asked::ByThem(invite) = &call.invite else { panic!("not called") };
        self.send(&invite.answer(Status(status), self.0.flow.remote, &call.tag).finish());
        call.end(status);
    }

    /// BYE, or CANCEL before the answer.
    pub fn hang_up(&self, call: CallNo) {
        let mut state = self.lock();
        let call = &mut state.calls[call.0];
        match (&mut call.dialog, &call.invite) {
            (Some(dialog), _) => {
                let (bye, _) = dialog.request(Method::Bye);
                self.send(&bye.write(self.0.flow, &self.branch()));
                call.end(0);
            }
            (None, Asked::ByUs(invite, branch)) => self.send(&invite.write_cancel(self.0.flow, branch)),
            (None, Asked::ByThem(_)) => panic!("it rings: refuse it"),
        }
        drop(state);
        self.0.changed.send_replace(());
    }

    /// Falls silent for ever, as a phone whose cable is cut.
    pub fn vanish(&self) {
        let mut state = self.lock();
        state.calls.iter_mut().for_each(|call| call.end(0));
        state.gone = true;
    }

    /// A re-INVITE: `sendonly` or `inactive` hold, `sendrecv` resumes.
    pub fn reinvite(&self, call: CallNo, direction: &'static str) {
        let mut state = self.lock();
        let call = &mut state.calls[call.0];
        (call.direction, call.version) = (direction, call.version + 1);
        let sdp = self.describe(&call.voice, direction, call.version);
        call.voice.hold(direction == "inactive");
        self.within(call, Method::Invite, self.headers(), Some(("application/sdp", sdp.into_bytes())));
    }

    /// Blind, or attended when the other call of this phone is named.
    pub fn refer(&self, call: CallNo, to: &str, consulted: Option<CallNo>) {
        let mut state = self.lock();
        let replaces = consulted.map(|other| {
            let (call_id, to_tag, from_tag) = state.calls[other.0].identity();
            format!("?Replaces={call_id}%3Bto-tag%3D{to_tag}%3Bfrom-tag%3D{from_tag}")
        });
        let server = self.0.flow.remote;
        let target = format!("<sip:{to}@{server}{}>", replaces.unwrap_or_default());
        let mut headers = self.headers();
        headers.push(("Refer-To", target));
        self.within(&mut state.calls[call.0], Method::Refer, headers, None);
    }

    /// A key by INFO.
    pub fn info(&self, call: CallNo, kind: &'static str, body: &str) {
        let mut state = self.lock();
        self.within(&mut state.calls[call.0], Method::Info, Vec::new(), Some((kind, body.into())));
    }

    pub fn voice(&self, call: CallNo) -> Arc<Voice> {
        self.lock().calls[call.0].voice.clone()
    }

    pub fn stage(&self, call: CallNo) -> Stage {
        self.lock().calls[call.0].stage
    }

    pub fn came(&self, start: &str) -> usize {
        self.lock().came.iter().filter(|line| line.starts_with(start)).count()
    }

    /// For as long as it takes.
    pub async fn until_came(&self, start: &str, count: usize) {
        let mut changed = self.0.changed.subscribe();
        while self.came(start) < count {
            changed.changed().await.unwrap();
        }
    }

    pub async fn up(&self, call: CallNo) {
        self.until_call("up", call, |call| call.stage == Stage::Up).await;
    }

    pub async fn over(&self, call: CallNo) -> u16 {
        self.until_call("over", call, |call| matches!(call.stage, Stage::Over(_))).await;
        match self.stage(call) {
            Stage::Over(status) => status,
            _ => unreachable!(),
        }
    }

    pub async fn until_call(&self, what: &str, call: CallNo, wanted: impl Fn(&Call) -> bool) {
        self.until(what, |state| wanted(&state.calls[call.0])).await;
    }

    async fn until(&self, what: &str, wanted: impl Fn(&State) -> bool) {
        let mut changed = self.0.changed.subscribe();
        let wait = async {
            while !wanted(&self.lock()) {
                changed.changed().await.unwrap();
            }
        };
        if timeout(PATIENCE, wait).await.is_err() {
            panic!("{} is never {what}; came: {:#?}", self.0.user, self.lock().came);
        }
    }

    /// Nobody else is heard, for a fifth of a second on end.
    pub async fn hears(&self, call: CallNo, tone: f64) {
        let voice = self.voice(call);
        if timeout(PATIENCE, voice.until_tone(tone)).await.is_err() {
            panic!("{} does not hear {tone}, but {:?}", self.0.user, voice.tone());
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap()
    }
}

impl Call {
    fn new(invite: Asked, stage: Stage, tag: String, voice: Arc<Voice>) -> Self {
        Self {
            stage,
            invite,
            tag,
            dialog: None,
            voice,
            direction: "sendrecv",
            version: 1,
            signed: false,
            notified: Vec::new(),
            answers: Vec::new(),
            came: Vec::new(),
            elsewhere: false,
        }
    }

    fn call_id(&self) -> &str {
        match &self.invite {
            Asked::ByThem(request) => &request.call_id,
            Asked::ByUs(request, _) => &request.call_id,
        }
    }

    /// Call-ID, the server's tag and ours: how a Replaces names the call to the server.
    fn identity(&self) -> (String, String, String) {
        let dialog = self.dialog.as_ref().expect("a call that is up");
        (self.call_id().to_owned(), dialog.remote_tag.clone().unwrap(), dialog.local_tag.clone())
    }

    fn end(&mut self, status: u16) {
        self.stage = Stage::Over(status);
        self.voice.stop();
    }
}

/// Where a description wants media.
fn target(sdp: &[u8]) -> Option<SocketAddr> {
    let text = std::str::from_utf8(sdp).ok()?;
    let line = |start: &str| text.lines().find_map(|line| line.strip_prefix(start));
    let address: IpAddr = line("c=IN IP4 ")?.trim().parse().ok()?;
    let port = line("m=audio ")?.split(' ').next()?.parse().ok()?;
    Some(SocketAddr::new(address, port))
}
