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
