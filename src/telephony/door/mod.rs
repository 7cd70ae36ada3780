//! Who is it? Everything that arrives passes the door before it costs anything: what it belongs to is found out, and whoever has no
//! business here is sent away cheaply.
//!
//! ```text
//! bytes -> banned? budget of the source? -> read once -> answer or part of a dialog: to the agent
//!                                                     -> REGISTER: password, then the registrar; answered without a transaction
//!                                                     -> a new request: a trunk by its address, a phone by its password
//! ```

mod bans;
mod clerk;
mod directory;
mod housekeeping;
mod key;
mod reception;
mod registration;
mod sources;
#[cfg(test)]
mod tests;
mod views;

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::peers::Peers;
use crate::domain::caller::Caller;
use crate::domain::id::{PhoneId, UserId};
use crate::protocol::sip::agent::{Agent, Outgoing, refuse_malformed, refuse_stateless};
use crate::protocol::sip::message::{Malformed, Message, Method, Replaces, Request, Status, parse};
use crate::protocol::sip::registrar::guard::{Checked, Guard};
use crate::protocol::sip::registrar::{Binding, Registrar};
use crate::protocol::sip::{Flow, Transmit, Transport};
use bans::{Bans, Offence};
pub use clerk::DoorEvent;
pub(super) use clerk::{Clerk, Opening};
pub(super) use directory::Directory;
pub(super) use key::kept as kept_key;
use sources::Sources;
pub use views::{BanView, Desk, DoorCounts, RegistrationView, SafetyView, SourceView};

/// Whose call it is. Proven: a trunk by its address, a phone by its password, never by what From says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// Index of the trunk in the configuration.
    Trunk(usize),
    Phone {
        phone: PhoneId,
        user: UserId,
        /// Of its user; empty when there is none.
        extension: String,
    },
}

/// What becomes of what arrived.
#[derive(Debug)]
pub(super) enum Decision {
    /// To the agent; a new request says whose it is.
    Pass(Box<Message>, Flow, Option<Origin>),
    Answer(Transmit),
    /// Silence: it was for the door, or is not worth an answer.
    Done,
}

/// Programs that look for open exchanges and say so.
const SCANNERS: &[&str] = &[
    "friendly-scanner",
    "sipvicious",
    "sipcli",
    "sip-scan",
    "sipscan",
    "sundayddr",
    "vaxsipuseragent",
    "pplsip",
    "iwar",
    "siparmyknife",
    "eyebeam release 3006",
];

/// A connection that has not shown a password by then is closed: strangers must not hold places.
const MANNERS: Duration = Duration::from_secs(20);

/// How often changed bindings are written down and pages get a new view.
const HOUSEKEEPING: Duration = Duration::from_secs(2);

pub(super) struct Door {
    pub peers: Peers,
    bound: SocketAddr,
    guard: Guard,
    registrar: Registrar,
    directory: Directory,
    sources: Sources,
    bans: Bans,
    clerk: Clerk,
    /// Second in which a trunk was last reported as seen, so that the handle is not written for every packet.
    seen: HashMap<usize, i64>,
    /// Whose the request is that was let in last, until the agent has told of it.
    pub arriving: Option<Origin>,
    /// Users of whom a phone came, went or moved.
    moved: VecDeque<UserId>,
    /// Our address on each connection.
    connections: HashMap<SocketAddr, (Transport, SocketAddr)>,
    /// Connections of those who have to prove themselves yet, the oldest first.
    newcomers: VecDeque<(Instant, SocketAddr)>,
    housekeeping: Instant,
    counts: DoorCounts,
    /// Revision of the registrar that pages have.
    shown: Option<u64>,
}

impl Door {
    pub fn new(peers: Peers, bound: SocketAddr, guard: Guard, clerk: Clerk, now: Instant) -> Self {
        Self {
            peers,
            bound,
            guard,
            registrar: Registrar::default(),
            directory: Directory::default(),
            sources: Sources::new(now),
            bans: Bans::default(),
            clerk,
            seen: HashMap::new(),
            arriving: None,
            moved: VecDeque::new(),
            connections: HashMap::new(),
            newcomers: VecDeque::new(),
            housekeeping: now,
            counts: DoorCounts::default(),
            shown: None,
        }
    }

    /// A user whose phones came, went or moved, with all the places where they can be rung now; see [`Door::outgoing`].
    pub fn poll_moved(&mut self) -> Option<(UserId, Vec<u64>)> {
        let user = self.moved.pop_front()?;
        let phones = self.directory.phones_of(user);
        Some((user, phones.iter().flat_map(|phone| self.registrar.ids(*phone)).copied().collect()))
    }

    /// A call to one place of a phone, to be filled with an offer. `None`: it is registered there no longer.
    pub fn outgoing(&self, place: u64, caller: &Caller) -> Option<(Outgoing, Flow)> {
        let Binding { phone, uri, flow, .. } = self.registrar.binding(place)?;
        let local = flow.local;
        let (from, display) = match caller {
            Caller::Number(number) => (format!("sip:{}@{local}", number.as_str()), None),
            // A name may be anything; as a display name it is quoted.
            Caller::Name(name) => {
                (format!("sip:odziv@{local}"), Some(name.chars().filter(|c| !c.is_control()).collect()))
            }
            Caller::Email(_) | Caller::Hidden => ("sip:anonymous@anonymous.invalid".to_owned(), None),
        };
        let username = self.directory.username(*phone)?;
        let to = format!("sip:{username}@{}", self.guard.realm());
        Some((Outgoing { to, uri: Some(uri.clone()), from, display, ..Outgoing::default() }, *flow))
    }

    /// Keep-alives.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.registrar.poll_transmit()
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        [Some(self.housekeeping), self.registrar.poll_timeout()].into_iter().flatten().min()
    }

    /// What a message is and what becomes of it. `flow.local` of strangers is not meant to be shown to anybody.
    pub fn decide(&mut self, bytes: &[u8], mut flow: Flow, agent: &Agent, now: Instant) -> Decision {
        let address = flow.remote.ip();
        let trunk = self.peers.get(address).map(|peer| (peer.trunk, peer.local(flow.transport)));
        match trunk {
            Some((_, local)) => flow.local = local,
            None if self.bans.is_banned(address, now) => return self.drop("banned"),
            None if !self.sources.may_speak(address, now) => return self.drop("budget"),
            None => {}
        }
        let known = trunk.is_some() || self.sources.is_proven(address, now);
        if known
            && trunk.is_none()
            && let Some(local) = self.sources.local(address)
            && flow.transport == Transport::Udp
        {
            flow.local.set_ip(local);
        }
        match parse(bytes) {
            Ok(Message::Response(response)) => match self.registrar.answered(&response) {
                true => Decision::Done,
                false => Decision::Pass(Box::new(Message::Response(response)), flow, None),
            },
            Ok(Message::Request(request)) => {
                self.request(request, flow, trunk.map(|(trunk, _)| trunk), agent, now)
            }
            Err(Malformed::KeepAlive) => Decision::Done,
            Err(malformed) => {
                metrics::counter!("odziv_sip_malformed_total").increment(1);
                tracing::debug!(remote = %flow.remote, ?malformed, "not a SIP message that can be worked on");
                match malformed {
                    Malformed::Refused(refusal) if known => {
                        Decision::Answer(refuse_malformed(&refusal, flow))
                    }
                    _ => Decision::Done,
                }
            }
        }
    }

    fn request(
        &mut self,
        request: Request,
        flow: Flow,
        trunk: Option<usize>,
        agent: &Agent,
        now: Instant,
    ) -> Decision {
        let pass = |request, origin| Decision::Pass(Box::new(Message::Request(request)), flow, origin);
        let known = trunk.is_some() || self.sources.is_proven(flow.remote.ip(), now);
        if request.to.tag.is_some() || matches!(request.method, Method::Ack | Method::Cancel) {
            // Phones move between networks in the middle of a call: a dialog is known by its tags, which nobody can guess.
            return match known || agent.knows(&request) || is_within(&request, agent) {
                true => pass(request, None),
                false => self.drop("no_dialog"),
            };
        }
        if is_scanner(&request) && trunk.is_none() {
            return self.scanner(flow, now);
        }
        if request.method == Method::Register {
            return self.register(&request, flow, now);
        }
        if trunk.is_none() && agent.knows(&request) {
            return pass(request, None);
        }
        match (self.who(&request, flow, now), trunk) {
            (Some(Ok(origin)), _) => {
                let flow = self.our_flow(flow, now);
                Decision::Pass(Box::new(Message::Request(request)), flow, Some(origin))
            }
            (Some(Err(decision)), _) => decision,
            // A phone on the machine of a trunk is recognised by the way on which it registered.
            (None, Some(trunk)) if self.registrar.on_way(&flow).is_none() => {
                pass(request, Some(Origin::Trunk(trunk)))
            }
            (None, _) if request.method == Method::Options && known => pass(request, None),
            // A probe of strangers; silence tells them least.
            (None, _) if request.method == Method::Options => self.drop("options"),
            // Nobody could answer a challenge.
            (None, _) if self.directory.is_empty() => {
                if request.method != Method::Invite {
                    return self.drop("stranger");
                }
                tracing::info!(remote = %flow.remote, "a call from an address that is no trunk is refused");
                self.count_stranger(flow);
                Decision::Answer(refuse_stateless(&request, flow, Status::FORBIDDEN))
            }
            (None, _) => {
                self.count_stranger(flow);
                self.challenge(&request, flow, false, now)
            }
        }
    }

    /// By the password. `None`: no credentials of ours.
    fn who(&mut self, request: &Request, flow: Flow, now: Instant) -> Option<Result<Origin, Decision>> {
        let (checked, phone) = self.check(request, flow, now)?;
        Some(match (checked, phone) {
            (Checked::Right, Some((phone, user))) => {
                let extension = self.directory.extension(user).unwrap_or_default().to_owned();
                Ok(Origin::Phone { phone, user, extension })
            }
            (checked, _) => Err(self.not_let_in(request, flow, checked, now)),
        })
    }

    fn scanner(&mut self, flow: Flow, now: Instant) -> Decision {
        // Over UDP the address may be anybody's: no answer is all that it gets.
        if flow.transport.is_reliable() {
            self.offended(flow, Offence::Scanner, now);
        }
        self.drop("scanner")
    }

    fn drop(&mut self, why: &'static str) -> Decision {
        self.counts.dropped += 1;
        metrics::counter!("odziv_door_dropped_total", "why" => why).increment(1);
        Decision::Done
    }

    fn count_stranger(&mut self, flow: Flow) {
        let transport = if flow.transport.is_reliable() { "tcp" } else { "udp" };
        metrics::counter!("odziv_sip_strangers_total", "transport" => transport).increment(1);
    }

    fn offended(&mut self, flow: Flow, offence: Offence, now: Instant) {
        let address = flow.remote.ip();
        if self.peers.get(address).is_some() {
            return;
        }
        self.counts.failures += 1;
        metrics::counter!("odziv_door_failures_total", "why" => offence.as_str()).increment(1);
        let proven = self.sources.is_proven(address, now);
        if self.bans.failed(address, offence, proven, now) {
            self.counts.bans += 1;
            metrics::counter!("odziv_door_bans_total").increment(1);
            tracing::warn!(%address, why = offence.as_str(), "an address is banned for a while");
        }
    }

    /// With our address as this peer reaches it, which is asked of the system once.
    fn our_flow(&self, mut flow: Flow, now: Instant) -> Flow {
        if flow.transport == Transport::Udp && self.peers.get(flow.remote.ip()).is_none() {
            let local = match self.sources.local(flow.remote.ip()) {
                Some(local) if self.sources.is_proven(flow.remote.ip(), now) => local,
                _ => self.peers.local_towards(flow.remote.ip(), self.bound.ip()),
            };
            flow.local = SocketAddr::new(local, self.bound.port());
        }
        flow
    }

    fn notice_moves(&mut self) {
        while let Some(phone) = self.registrar.poll_moved() {
            // One that was revoked is asked for before the directory changes.
            let Some(user) = self.directory.by_id(phone).map(|known| known.user) else { continue };
            if !self.moved.contains(&user) {
                self.moved.push_back(user);
            }
        }
    }
}

fn is_within(request: &Request, agent: &Agent) -> bool {
    let Some(to_tag) = request.to.tag.clone() else { return false };
    let from_tag = request.from.tag.clone().unwrap_or_else(|| "0".to_owned());
    let replaces = Replaces { call_id: request.call_id.clone(), to_tag, from_tag, early_only: false };
    agent.find_dialog(&replaces).is_some()
}

fn is_scanner(request: &Request) -> bool {
    let Some(agent) = request.header("User-Agent") else { return false };
    let agent = agent.to_ascii_lowercase();
    SCANNERS.iter().any(|scanner| agent.contains(scanner))
}

/// For the store: what is reached by datagrams outlives the process.
fn is_lasting(binding: &Binding) -> bool {
    binding.flow.transport == Transport::Udp
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Door").field("bindings", &self.registrar.len()).finish_non_exhaustive()
    }
}
