//! One operator with a telephone: registers, lets it ring for a moment, answers, asks, promises, hangs up. Without sockets and clock.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::demo::citizens::acts::{Act, Acts};
use crate::demo::citizens::mouth::Mouth;
use crate::demo::voices::Speaker;
use crate::protocol::sip::agent::{Admission, Agent, DialogId, Event, RequestId};
use crate::protocol::sip::message::{Request, Status};
use crate::protocol::sip::registration::{Failure, Registration, Settings};
use crate::protocol::sip::sdp::{self, Codec, Local};
use crate::protocol::sip::{Flow, Transmit};

/// A binding is refreshed well before the server forgets it.
const EXPIRES: Duration = Duration::from_secs(300);
/// Of a hundred calls so many ring in an empty room: the queue tries the next operator.
const MISSED_PERCENT: u32 = 6;
/// How long a telephone rings before the hand is there, in milliseconds.
const REACHED_MS: std::ops::Range<u64> = 1_500..6_000;
/// Between the answer and the first word, so that it is not cut off.
const BREATH: Duration = Duration::from_millis(400);

/// How an operator's telephone logs in, and what is done with what it brings.
#[derive(Clone, Debug)]
pub struct Account {
    pub username: String,
    pub password: String,
    pub manner: Manner,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Greets, asks for the place, promises, hangs up.
    Serves(Speaker),
    /// A supervisor's telephone: answers and says nothing.
    Listens,
}

#[derive(Debug)]
pub struct Desk {
    agent: Agent,
    registration: Registration,
    registering: Option<RequestId>,
    flow: Flow,
    media: SocketAddr,
    manner: Manner,
    call: Option<Call>,
    random: StdRng,
}

#[derive(Debug)]
struct Call {
    dialog: DialogId,
    answer: Vec<u8>,
    /// Where our voice goes.
    to: SocketAddr,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// `None`: nobody is there.
    Ringing(Option<Instant>),
    Talking(Acts, Mouth),
    Leaving,
}

impl Desk {
    pub fn new(account: Account, flow: Flow, media: SocketAddr, seed: [u8; 32], now: Instant) -> Self {
        let mut random = StdRng::from_seed(seed);
        let contact = format!("sip:{}@{}", account.username, flow.local);
        let settings = Settings {
            registrar: flow.remote.to_string(),
            address: format!("sip:{}@{}", account.username, flow.remote),
            auth_username: account.username,
            password: account.password,
            realm: None,
            expires: EXPIRES,
        };
        Self {
            agent: Agent::new(random.random()),
            registration: Registration::new(settings, &contact, random.random(), now),
            registering: None,
            flow,
            media,
            manner: account.manner,
            call: None,
            random,
        }
    }

    pub fn is_registered(&self, now: Instant) -> bool {
        self.registration.is_registered(now)
    }

    pub fn receive(&mut self, bytes: &[u8], now: Instant) {
        // What cannot be read was answered or is silence.
        let _ = self.agent.receive(bytes, self.flow, now, &mut || Admission::Admit);
        self.digest_events(now);
    }

    pub fn hear(&mut self, datagram: &[u8]) {
        if let Some(Call { stage: Stage::Talking(acts, _), .. }) = &mut self.call {
            acts.hear(datagram);
        }
    }

    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.agent.poll_transmit()
    }

    /// Every 20 ms; gives the packet of voice that is due, and where to.
    pub fn step(&mut self, now: Instant) -> Option<(SocketAddr, Vec<u8>)> {
        self.agent.handle_timeout(now);
        self.digest_events(now);
        if let Some(register) = self.registration.poll(now) {
            self.registering = self.agent.request(register, None, self.flow, now).ok();
        }
        let call = self.call.as_mut()?;
        match &mut call.stage {
            Stage::Ringing(Some(until)) if *until <= now => {
                self.agent.answer(call.dialog, &call.answer, now);
                call.stage = Stage::Talking(Acts::new(talk(self.manner)), Mouth::new(self.random.random()));
                None
            }
            Stage::Talking(acts, mouth) => {
                let done = acts.step(mouth);
                let packet = (call.to, mouth.next_packet());
                if done && self.manner != Manner::Listens {
                    call.stage = Stage::Leaving;
                    self.agent.hang_up(call.dialog, now);
                }
                Some(packet)
            }
            Stage::Ringing(_) | Stage::Leaving => None,
        }
    }

    fn digest_events(&mut self, now: Instant) {
        while let Some(event) = self.agent.poll_event() {
            match event {
                Event::Invited { dialog, invite, .. } => self.invited(dialog, &invite, now),
                Event::Reoffered { dialog, offer } => match sdp::answer(&offer, &self.local()) {
                    Ok((answer, _)) => self.agent.accept_offer(dialog, &answer, now),
                    Err(_) => self.agent.refuse_offer(dialog, Status::NOT_ACCEPTABLE_HERE, now),
                },
                Event::Referred { dialog, .. } => {
                    self.agent.refuse_refer(dialog, Status::NOT_IMPLEMENTED, now)
                }
                Event::Request { id, request, flow } => {
                    let status = Status::NOT_IMPLEMENTED;
                    let answer = request.answer(status, flow.remote, "").finish();
                    self.agent.respond(id, status, answer, now);
                }
                Event::Reply { request, response } if self.registering == Some(request) => match response {
                    Ok(response) => self.registration.answered(&response, now),
                    Err(_) => self.registration.unanswered(Failure::NoAnswer, now),
                },
                Event::Cancelled { dialog }
                | Event::NeverAcknowledged { dialog }
                | Event::HungUp { dialog }
                | Event::Rejected { dialog, .. }
                | Event::Ended { dialog } => {
                    self.call.take_if(|call| call.dialog == dialog);
                }
                _ => {}
            }
        }
    }

    fn invited(&mut self, dialog: DialogId, invite: &Request, now: Instant) {
        if self.call.is_some() {
            return self.agent.reject(dialog, Status::BUSY_HERE, None, now);
        }
        let Ok((answer, agreed)) = sdp::answer(&invite.body, &self.local()) else {
            return self.agent.reject(dialog, Status::NOT_ACCEPTABLE_HERE, None, now);
        };
        self.agent.ring(dialog, now);
        let is_missed = self.manner != Manner::Listens && self.random.random_range(0..100) < MISSED_PERCENT;
        let reached = now + Duration::from_millis(self.random.random_range(REACHED_MS));
        let stage = Stage::Ringing((!is_missed).then_some(reached));
        self.call = Some(Call { dialog, answer, to: agreed.remote, stage });
    }

    fn local(&self) -> Local {
        let session = u64::from(self.media.port());
        Local { prefer: Some(Codec::Pcma), ..Local::new(self.media.ip(), self.media.port(), session) }
    }
}

fn talk(manner: Manner) -> Vec<Act> {
    let Manner::Serves(speaker) = manner else { return Vec::new() };
    let said = speaker.at_the_desk().into_iter().flat_map(|words| [Act::Speak(words), Act::HearOut]);
    std::iter::once(Act::Listen(BREATH)).chain(said).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::rtp::FRAME_TIME;
    use crate::protocol::sip::Transport;
    use crate::protocol::sip::agent::Outgoing;
    use crate::protocol::sip::sdp::Wish;

    const SERVER: &str = "127.0.0.1:5070";
    const DESK: &str = "127.0.0.1:9001";
    const MEDIA: &str = "127.0.0.1:9002";

    /// A desk and the server that calls it, on virtual time.
    struct World {
        desk: Desk,
        server: Agent,
        now: Instant,
        events: Vec<Event>,
        packets: Vec<(SocketAddr, Vec<u8>)>,
    }

    impl World {
        fn new(manner: Manner) -> Self {
            let now = crate::clock::Clock::system().instant();
            let account = Account { username: "ana-1".into(), password: "secret".into(), manner };
            let desk = Desk::new(account, flow(DESK, SERVER), MEDIA.parse().unwrap(), [7; 32], now);
            Self { desk, server: Agent::new([1; 32]), now, events: Vec::new(), packets: Vec::new() }
        }

        fn call(&mut self) -> DialogId {
            let local = Local::new("127.0.0.1".parse().unwrap(), 4_000, 1);
            let call = Outgoing {
                to: format!("sip:ana-1@{DESK}"),
                from: format!("sip:caller@{SERVER}"),
                offer: sdp::offer(&local, &Wish::default()),
                ..Outgoing::default()
            };
            self.server.invite(call, flow(SERVER, DESK), self.now).unwrap()
        }

        /// Until an event that is looked for, at most so long.
        fn pass(&mut self, most: Duration, wanted: fn(&Event) -> bool) -> bool {
            let end = self.now + most;
            while self.now < end {
                self.now += FRAME_TIME;
                self.packets.extend(self.desk.step(self.now));
                self.server.handle_timeout(self.now);
                while let Some(sent) = self.desk.poll_transmit() {
                    let admit = &mut || Admission::Admit;
                    self.server.receive(&sent.bytes, flow(SERVER, DESK), self.now, admit).unwrap();
                }
                let heard = self.events.len();
                while let Some(event) = self.server.poll_event() {
                    self.register(&event);
                    self.events.push(event);
                }
                while let Some(sent) = self.server.poll_transmit() {
                    self.desk.receive(&sent.bytes, self.now);
                }
                if self.events[heard..].iter().any(wanted) {
                    return true;
                }
            }
            false
        }

        fn register(&mut self, event: &Event) {
            if let Event::Request { id, request, flow } = event {
                let contact = request.header("Contact").unwrap().to_owned();
                let answer = request.answer(Status::OK, flow.remote, "t").header("Contact", contact);
                self.server.respond(*id, Status::OK, answer.header("Expires", 300).finish(), self.now);
            }
        }
    }

    fn flow(local: &str, remote: &str) -> Flow {
        let address = |text: &str| text.parse().unwrap();
        Flow { transport: Transport::Udp, local: address(local), remote: address(remote) }
    }

    fn answered(event: &Event) -> bool {
        matches!(event, Event::Answered { .. })
    }

    fn hung_up(event: &Event) -> bool {
        matches!(event, Event::HungUp { .. })
    }

    #[test]
    fn operator_registers_answers_after_a_moment_says_all_and_hangs_up() {
        let mut world = World::new(Manner::Serves(Speaker::Woman));
        world.pass(FRAME_TIME * 3, |_| false);
        assert!(world.desk.is_registered(world.now));
        let (before, _) = (world.now, world.call());
        assert!(world.pass(Duration::from_secs(10), answered), "{:?}", world.events);
        assert!(world.now - before >= Duration::from_millis(REACHED_MS.start));
        assert!(world.pass(Duration::from_secs(60), hung_up), "a silent caller does not keep the desk");
        assert!(world.packets.iter().all(|(to, _)| to.port() == 4_000));
        let spoken: usize = Speaker::Woman.at_the_desk().iter().map(|w| w.samples().unwrap().len()).sum();
        assert!(world.packets.len() > spoken / 160, "{} packets", world.packets.len());
        world.call();
        assert!(world.pass(Duration::from_secs(10), answered), "the next caller is served");
    }

    #[test]
    fn second_call_finds_the_desk_busy() {
        let mut world = World::new(Manner::Serves(Speaker::Man));
        world.call();
        assert!(world.pass(Duration::from_secs(10), answered));
        let second = world.call();
        let busy =
            |event: &Event| matches!(event, Event::Rejected { status, .. } if *status == Status::BUSY_HERE);
        assert!(world.pass(Duration::from_secs(2), busy), "{second:?}: {:?}", world.events);
    }

    #[test]
    fn supervisor_listens_until_the_server_hangs_up() {
        let mut world = World::new(Manner::Listens);
        let dialog = world.call();
        assert!(world.pass(Duration::from_secs(10), answered));
        assert!(!world.pass(Duration::from_secs(120), hung_up));
        world.server.hang_up(dialog, world.now);
        assert!(world.pass(Duration::from_secs(2), |event| matches!(event, Event::Ended { .. })));
    }
}
