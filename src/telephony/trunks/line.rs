//! One trunk: its addresses, its registration and its signs of life.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::config::sip::{self, Trunk};
use crate::protocol::sip::agent::{Agent, RequestId};
use crate::protocol::sip::keepalive::{Keepalive, Life};
use crate::protocol::sip::message::{Method, OutRequest, Response};
use crate::protocol::sip::registration::{Failure, Registration, Settings, State};
use crate::protocol::sip::{Flow, Transport};
use crate::telephony::handle::{TrunkState, TrunkStatus};
use crate::telephony::peers::Peers;
use crate::telephony::tcp;
use crate::telephony::tls::{Client, TlsError};

#[derive(Debug)]
pub(super) struct Line {
    pub settings: Trunk,
    targets: Vec<SocketAddr>,
    /// Index of the target in use.
    current: usize,
    registration: Option<Registration>,
    keepalive: Keepalive,
    /// What was asked last; answers to what was asked before are not believed any more.
    registering: Option<RequestId>,
    asking: Option<RequestId>,
    last_error: Option<String>,
    down: watch::Sender<bool>,
    client: Option<Client>,
    was_up: Option<bool>,
    stopping: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Registration,
    Life,
}

impl Line {
    pub fn new(settings: Trunk, peers: &Peers, now: Instant) -> Result<Self, TlsError> {
        let client = match settings.transport {
            sip::Transport::Tls if settings.server.is_some() => Some(Client::of(&settings)?),
            _ => None,
        };
        let every = Duration::from_secs(settings.keepalive_s.into());
        let keepalive = Keepalive::new((settings.server.is_some() && !every.is_zero()).then_some(every), now);
        let mut line = Self {
            targets: Vec::new(),
            current: 0,
            registration: None,
            keepalive,
            registering: None,
            asking: None,
            last_error: None,
            down: watch::channel(false).0,
            client,
            was_up: None,
            stopping: false,
            settings,
        };
        line.registration = line.new_registration(peers, now);
        Ok(line)
    }

    pub fn transport(&self) -> Transport {
        match self.settings.transport {
            sip::Transport::Udp => Transport::Udp,
            sip::Transport::Tcp => Transport::Tcp,
            sip::Transport::Tls => Transport::Tls,
        }
    }

    pub fn targets(&self) -> &[SocketAddr] {
        &self.targets
    }

    pub fn target(&self) -> Option<SocketAddr> {
        self.targets.get(self.current).copied()
    }

    pub fn is_at(&self, (transport, remote): tcp::Line) -> bool {
        transport == self.transport() && self.targets.contains(&remote)
    }

    pub fn client(&self) -> Option<Client> {
        self.client.clone()
    }

    /// Whether it is down, for whoever looks its name up.
    pub fn down(&self) -> watch::Receiver<bool> {
        self.down.subscribe()
    }

    /// The way to the server that is in use.
    pub fn flow(&self, peers: &Peers) -> Option<Flow> {
        let (transport, remote) = (self.transport(), self.target()?);
        Some(Flow { transport, local: peers.local_for_trunk(remote.ip(), transport), remote })
    }

    /// Domain of our address at the trunk.
    pub fn domain(&self) -> String {
        let host = || self.settings.host_port().map(|(host, _)| bracketed(&host)).unwrap_or_default();
        self.settings.domain.clone().unwrap_or_else(host)
    }

    /// User of our address at the trunk.
    pub fn user(&self) -> &str {
        self.settings.username.as_deref().or(self.settings.number.as_deref()).unwrap_or("odziv")
    }

    pub fn next_timeout(&self) -> Option<Instant> {
        self.target()?;
        let registration = self.registration.as_ref().and_then(Registration::next_timeout);
        let keepalive = self.keepalive.next_timeout().filter(|_| !self.stopping);
        [registration, keepalive].into_iter().flatten().min()
    }

    /// The next request that is due, already on its way.
    pub fn ask(&mut self, agent: &mut Agent, peers: &Peers, now: Instant) -> Option<(RequestId, Asked)> {
        let flow = self.flow(peers)?;
        if let Some(register) = self.registration.as_mut().and_then(|registration| registration.poll(now)) {
            // The last one was never answered: another server, if there is one.
            let flow = match self.registering.take() {
                Some(_) => self.fail_over("no answer to REGISTER", peers, now).unwrap_or(flow),
                None => flow,
            };
            return match agent.request(register, None, flow, now) {
                Ok(id) => {
                    self.registering = Some(id);
                    Some((id, Asked::Registration))
                }
                Err(_) => None,
            };
        }
        if self.stopping {
            return None;
        }
        let before = self.keepalive.life();
        if !self.keepalive.poll(now) {
            return None;
        }
        let flow = match (before, self.keepalive.life()) {
            (Life::Up | Life::Unknown, Life::Down) => {
                self.fail_over("no answer to OPTIONS", peers, now).unwrap_or(flow)
            }
            _ => flow,
        };
        let options = self.options(agent, flow);
        let id = agent.request(options, None, flow, now).ok()?;
        self.asking = Some(id);
        Some((id, Asked::Life))
    }

    pub fn replied(&mut self, id: RequestId, what: Asked, response: Option<&Response>, now: Instant) {
        match what {
            Asked::Registration if self.registering == Some(id) => {
                self.registering = None;
                let Some(registration) = &mut self.registration else { return };
                match response {
                    Some(response) => {
                        registration.answered(response, now);
                        self.keepalive.alive(now);
                        if response.status.0 >= 500 && response.status.0 < 600 {
                            self.next_target();
                        }
                    }
                    None => {
                        registration.unanswered(Failure::NoAnswer, now);
                        self.next_target();
                    }
                }
                self.tell_registration(now);
            }
            Asked::Life => match response {
                // Even a late one: it lives.
                Some(response) if response.status.0 != 503 => {
                    let back = self.keepalive.alive(now);
                    if let Some(trip) = self.keepalive.round_trip() {
                        let name = self.settings.name.clone();
                        metrics::histogram!("odziv_trunks_round_trip_seconds", "trunk" => name)
                            .record(trip.as_secs_f64());
                    }
                    // It may have been restarted, and have forgotten us.
                    if back && let Some(registration) = &mut self.registration {
                        registration.refresh(now);
                    }
                }
                _ if self.asking == Some(id) => {
                    let why = response.map_or_else(|| "no answer".to_owned(), |r| r.status.to_string());
                    self.last_error = Some(format!("OPTIONS: {why}"));
                    self.keepalive.dead(now);
                    self.next_target();
                }
                _ => {}
            },
            Asked::Registration => {}
        }
    }

    pub fn resolved(&mut self, targets: Result<Vec<SocketAddr>, String>, peers: &Peers, now: Instant) {
        match targets {
            Ok(targets) => {
                let name = &self.settings.name;
                let addresses: Vec<String> = targets.iter().map(ToString::to_string).collect();
                tracing::info!(
                    trunk = name,
                    addresses = addresses.join(" "),
                    "the server of a trunk is here"
                );
                let kept = self.target().and_then(|old| targets.iter().position(|target| *target == old));
                self.targets = targets;
                self.current = kept.unwrap_or(0);
                if kept.is_none() {
                    self.keepalive.ask_now(now);
                    self.look_at_us(peers, now);
                    if let Some(registration) = &mut self.registration {
                        // What is under way goes to where the server was.
                        self.registering = None;
                        registration.restart(now);
                    }
                }
            }
            Err(why) => {
                tracing::warn!(trunk = self.settings.name, why, "the server of a trunk is not found");
                self.last_error = Some(format!("DNS: {why}"));
            }
        }
    }

    pub fn disconnected(&mut self, why: &str, now: Instant) {
        if self.stopping {
            return;
        }
        let waited = self.registering.take().is_some() | self.asking.take().is_some();
        if waited {
            self.give_target_up(why, now);
        }
        if let Some(registration) = &mut self.registration {
            // Calls come in on the connection that we opened: without it nobody reaches us.
            if waited {
                registration.unanswered(Failure::ConnectionLost, now);
            } else {
                registration.refresh(now);
            }
        }
    }

    /// Nobody answers at its server: that is known before any request of ours has told it.
    pub fn unreachable(&mut self, why: &str, now: Instant) {
        let waited = self.registering.is_some() || self.asking.is_some();
        self.disconnected(why, now);
        if !waited && !self.stopping {
            self.give_target_up(why, now);
        }
    }

    fn give_target_up(&mut self, why: &str, now: Instant) {
        self.last_error = Some(why.to_owned());
        self.keepalive.dead(now);
        self.next_target();
    }

    /// Our address may have changed.
    pub fn look_at_us(&mut self, peers: &Peers, now: Instant) {
        if let Some(contact) = self.contact(peers)
            && let Some(registration) = &mut self.registration
        {
            registration.moved(&contact, now);
        }
    }

    pub fn stop(&mut self, now: Instant) {
        self.stopping = true;
        if let Some(registration) = &mut self.registration {
            registration.stop(now);
        }
    }

    pub fn is_over(&self) -> bool {
        self.registration.as_ref().is_none_or(Registration::is_over) || self.target().is_none()
    }

    pub fn registered_until(&self) -> Option<Instant> {
        match self.registration.as_ref()?.state() {
            State::Registered { until } => Some(*until),
            _ => None,
        }
    }

    /// Whether calls may be placed through it.
    pub fn is_up(&self, now: Instant) -> bool {
        matches!(self.state(now), TrunkState::Up | TrunkState::Registered)
    }

    pub fn state(&self, now: Instant) -> TrunkState {
        if self.settings.server.is_none() {
            return TrunkState::ByAddress;
        }
        if self.target().is_none() {
            return if self.last_error.is_some() { TrunkState::Down } else { TrunkState::Trying };
        }
        match (self.keepalive.life(), &self.registration) {
            (Life::Down, _) => TrunkState::Down,
            (_, Some(registration)) if registration.is_registered(now) => TrunkState::Registered,
            (_, Some(registration)) => match registration.state() {
                State::Idle | State::Trying => TrunkState::Trying,
                State::Registered { .. } | State::Failed { .. } => TrunkState::Down,
            },
            (Life::Unknown, None) => TrunkState::Trying,
            (Life::Up, None) => TrunkState::Up,
        }
    }

    /// Tells when it came up or went down; whether it did.
    pub fn settle(&mut self, up: bool) -> bool {
        if self.settings.server.is_none() || self.was_up == Some(up) {
            return false;
        }
        let before = self.was_up.replace(up);
        if up {
            self.last_error = None;
            tracing::info!(trunk = self.settings.name, "trunk is up");
        } else if before.is_some() {
            let error = self.last_error.as_deref().unwrap_or("not known");
            tracing::warn!(trunk = self.settings.name, error, "trunk is down");
            metrics::counter!("odziv_trunks_losses_total", "trunk" => self.settings.name.clone())
                .increment(1);
        }
        self.down.send_replace(!up);
        true
    }

    /// Without what only the whole knows: channels, money, time of day.
    pub fn status(&self) -> TrunkStatus {
        let s = &self.settings;
        TrunkStatus {
            name: s.name.clone(),
            peers: s.peers.iter().map(ToString::to_string).collect(),
            server: s.server.clone().unwrap_or_default(),
            transport: self.transport().as_str(),
            targets: self.targets.iter().map(ToString::to_string).collect(),
            current: self.target().map(|target| target.to_string()),
            last_error: self.last_error.clone(),
            round_trip_ms: self
                .keepalive
                .round_trip()
                .map(|trip| u64::try_from(trip.as_millis()).unwrap_or(u64::MAX)),
            max_channels: s.max_channels,
            daily_spend: s.daily_spend,
            ..TrunkStatus::default()
        }
    }

    fn new_registration(&self, peers: &Peers, now: Instant) -> Option<Registration> {
        let (username, password) = (self.settings.username.clone()?, self.settings.password.clone()?);
        if !self.settings.register {
            return None;
        }
        let domain = self.domain();
        let settings = Settings {
            address: format!("sip:{username}@{domain}"),
            registrar: domain,
            auth_username: self.settings.auth_username.clone().unwrap_or(username),
            password,
            realm: self.settings.realm.clone(),
            expires: Duration::from_secs(self.settings.expires_s.into()),
        };
        // Told again when the server's address is known.
        let contact = self.contact(peers).unwrap_or_default();
        Some(Registration::new(settings, &contact, rand::random(), now))
    }

    fn contact(&self, peers: &Peers) -> Option<String> {
        let flow = self.flow(peers)?;
        let transport = match flow.transport {
            Transport::Udp => "",
            Transport::Tcp => ";transport=tcp",
            Transport::Tls => ";transport=tls",
        };
        Some(format!("sip:{}@{}{transport}", self.user(), flow.local))
    }

    fn options(&self, agent: &mut Agent, flow: Flow) -> OutRequest {
        let domain = self.domain();
        let (uri, from) = (format!("sip:{domain}"), format!("sip:{}@{domain}", self.user()));
        let mut request = agent.compose(Method::Options, &uri, &from, &uri, flow);
        request.headers.push(("Accept", "application/sdp".to_owned()));
        request
    }

    fn tell_registration(&mut self, now: Instant) {
        let Some(registration) = &self.registration else { return };
        if let State::Failed { why } = registration.state() {
            let why = why.to_string();
            if self.last_error.as_ref() != Some(&why) {
                tracing::warn!(trunk = self.settings.name, why, "a trunk does not register us");
            }
            metrics::counter!("odziv_trunks_registrations_failed_total", "trunk" => self.settings.name.clone())
                .increment(1);
            self.last_error = Some(why);
        } else if registration.is_registered(now) {
            self.last_error = None;
        }
    }

    fn fail_over(&mut self, why: &str, peers: &Peers, now: Instant) -> Option<Flow> {
        self.last_error = Some(why.to_owned());
        self.next_target();
        self.look_at_us(peers, now);
        self.flow(peers)
    }

    fn next_target(&mut self) {
        if self.targets.len() > 1 {
            self.current = (self.current + 1) % self.targets.len();
            tracing::info!(trunk = self.settings.name, target = ?self.target(), "the next server of a trunk is tried");
        }
    }
}

/// IPv6 stands in brackets in a URI.
pub(super) fn bracketed(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}
