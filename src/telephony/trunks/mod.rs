//! The trunks as they are now: where their servers are, whether they live, whether we are registered, what they may still carry. The
//! exchange owns them; the machines that decide are in `protocol/sip` and `domain/outbound`, this feeds them.

mod account;
mod line;
mod outgoing;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use tokio::sync::mpsc;

use super::handle::{TelephonyHandle, TrunkState, TrunkStatus};
use super::peers::Peers;
use super::resolve::{Resolved, Resolver, Wanted};
use super::{tcp, tls};
use crate::actions::Actions;
use crate::clock::Clock;
use crate::config::sip::{Sip, Srtp};
use crate::domain::outbound::{Outbound, TrunkId};
use crate::protocol::sip::agent::{Agent, RequestId, TimedOut};
use crate::protocol::sip::message::{Request, Response};
use account::Account;
use line::{Asked, Line};

/// Our own address may have changed: another network card, another lease.
const LOOK_AT_US: Duration = Duration::from_secs(10);

/// Pages see figures at most so old; the handle is not written for every packet.
const PUBLISH: Duration = Duration::from_secs(1);

/// Changes of addresses that wait for the exchange; a trunk has one every few seconds at most.
const RESOLVED: usize = 64;

/// Requests whose answers may still come. Each trunk asks two things at once and gives up after seconds; the transaction
/// layer tells within 32 s.
const MOST_ASKED: usize = 4_096;

pub(super) struct Trunks {
    lines: Vec<Line>,
    account: Account,
    asked: HashMap<RequestId, (usize, Asked)>,
    peers: Peers,
    handle: TelephonyHandle,
    clock: Clock,
    zone: TimeZone,
    looked: Instant,
    published: Instant,
}

/// What trunks need of the rest.
pub(super) struct Around<'a> {
    pub actions: &'a Actions,
    pub peers: Peers,
    pub handle: TelephonyHandle,
    pub clock: Clock,
    pub zone: TimeZone,
}

impl Trunks {
    /// Reads what was spent today, and begins to look the servers up.
    pub async fn start(
        config: &Sip,
        outbound: &mut Outbound,
        around: Around<'_>,
    ) -> Result<(Self, mpsc::Receiver<Resolved>), String> {
        let Around { actions, peers, handle, clock, zone } = around;
        let now = clock.instant();
        let mut lines = Vec::new();
        for trunk in &config.trunk {
            lines.push(Line::new(trunk.clone(), &peers, now).map_err(|error| error.to_string())?);
        }
        let day = clock.now().to_zoned(zone.clone()).date();
        let spent = account::spent(actions, config, day).await.map_err(|error| error.to_string())?;
        outbound.remember(day, &spent);
        let names = config.trunk.iter().map(|trunk| trunk.name.clone()).collect();
        handle.set_trunks(lines.iter().map(Line::status).collect());
        let (tell, resolved) = mpsc::channel(RESOLVED);
        let mut trunks = Self {
            lines,
            account: Account::start(actions.clone(), names),
            asked: HashMap::new(),
            peers,
            handle,
            clock: clock.clone(),
            zone,
            looked: now,
            published: now,
        };
        trunks.follow_names(&config.name_servers, &clock, &tell);
        Ok((trunks, resolved))
    }

    fn follow_names(&mut self, servers: &[SocketAddr], clock: &Clock, tell: &mpsc::Sender<Resolved>) {
        let mut resolver = None;
        let now = clock.instant();
        for index in 0..self.lines.len() {
            let Some(line) = self.lines.get(index) else { continue };
            let Some(wanted) = Wanted::of(index, &line.settings, line.transport()) else { continue };
            if let Some(address) = wanted.address() {
                self.resolved(Resolved { trunk: index, targets: Ok(vec![address]) }, now);
                continue;
            }
            let resolver = resolver.get_or_insert_with(|| Resolver::asking(servers, clock.clone()));
            tokio::spawn(resolver.clone().follow(wanted, line.down(), tell.clone()));
        }
    }

    pub fn next_timeout(&self) -> Option<Instant> {
        self.lines.iter().filter_map(Line::next_timeout).min()
    }

    /// Sends what is due, tells the limits who is up, and writes down what was spent.
    pub fn work(&mut self, agent: &mut Agent, outbound: &mut Outbound, now: Instant) {
        if now.saturating_duration_since(self.looked) >= LOOK_AT_US {
            self.looked = now;
            self.learn();
            for line in &mut self.lines {
                line.look_at_us(&self.peers, now);
            }
            self.asked.shrink_to(64);
        }
        for (index, line) in self.lines.iter_mut().enumerate() {
            while self.asked.len() < MOST_ASKED
                && let Some((id, what)) = line.ask(agent, &self.peers, now)
            {
                self.asked.insert(id, (index, what));
            }
            let up = line.is_up(now);
            if line.settle(up) {
                outbound.set_up(TrunkId(index), up);
            }
        }
        while let Some((trunk, day, amount)) = outbound.poll_change() {
            self.account.change(trunk, day, amount);
        }
        if now.saturating_duration_since(self.published) >= PUBLISH {
            self.publish(outbound, now);
        }
    }

    /// [`Event::Reply`](crate::protocol::sip::agent::Event::Reply) of a request of ours.
    pub fn replied(&mut self, id: RequestId, response: &Result<Box<Response>, TimedOut>, now: Instant) {
        let Some((index, what)) = self.asked.remove(&id) else { return };
        if let Some(line) = self.lines.get_mut(index) {
            line.replied(id, what, response.as_deref().ok(), now);
        }
        self.published = now.checked_sub(PUBLISH).unwrap_or(now);
    }

    pub fn resolved(&mut self, resolved: Resolved, now: Instant) {
        if let Some(line) = self.lines.get_mut(resolved.trunk) {
            line.resolved(resolved.targets, &self.peers, now);
        }
        self.learn();
        self.published = now.checked_sub(PUBLISH).unwrap_or(now);
    }

    /// A connection to a trunk was closed.
    pub fn disconnected(&mut self, connection: tcp::Line, why: &str, now: Instant) {
        for line in self.lines.iter_mut().filter(|line| line.is_at(connection)) {
            line.disconnected(why, now);
        }
    }

    /// A connection to a trunk could not be opened.
    pub fn unreachable(&mut self, connection: tcp::Line, why: &str, now: Instant) {
        for line in self.lines.iter_mut().filter(|line| line.is_at(connection)) {
            line.unreachable(why, now);
        }
    }

    /// Takes the registrations back, at the next work.
    pub fn stop(&mut self, now: Instant) {
        for line in &mut self.lines {
            line.stop(now);
        }
    }

    /// After [`Trunks::stop`]: nobody is waited for any more.
    pub fn is_over(&self) -> bool {
        self.lines.iter().all(Line::is_over)
    }

    /// Whether we open connections to this address, and whom we believe there.
    pub fn connects_to(&self, connection: tcp::Line) -> Option<Option<tls::Client>> {
        self.lines.iter().find(|line| line.is_at(connection)).map(Line::client)
    }

    /// The number that was dialled to reach us: a registered trunk calls the user of our Contact, and has the number in To.
    pub fn called(&self, trunk: TrunkId, invite: &Request) -> String {
        let said = || invite.uri.user().unwrap_or_default();
        self.lines.get(trunk.0).map_or_else(said, |line| outgoing::called(&line.settings, invite))
    }

    /// Whether its calls are refused without SRTP.
    pub fn needs_srtp(&self, trunk: TrunkId) -> bool {
        self.lines.get(trunk.0).is_some_and(|line| line.settings.srtp == Srtp::Required)
    }

    fn day(&self) -> Date {
        self.clock.now().to_zoned(self.zone.clone()).date()
    }

    fn learn(&self) {
        let resolved: Vec<_> = self
            .lines
            .iter()
            .enumerate()
            .flat_map(|(index, line)| line.targets().iter().map(move |target| (index, target.ip())))
            .collect();
        self.peers.learn(&resolved);
    }

    fn publish(&mut self, outbound: &Outbound, now: Instant) {
        self.published = now;
        let (at, day) = (self.clock.now(), self.day());
        for (index, line) in self.lines.iter().enumerate() {
            let trunk = TrunkId(index);
            let (channels, spent) = (outbound.channels(trunk), outbound.spent(trunk, day));
            let status = line.status();
            let until = line.registered_until().map(|until| wall_clock(until, now, at));
            let state = line.state(now);
            let name = || line.settings.name.clone();
            let flag = |set: bool| if set { 1.0 } else { 0.0 };
            metrics::gauge!("odziv_trunks_up", "trunk" => name()).set(flag(state != TrunkState::Down));
            metrics::gauge!("odziv_trunks_registered", "trunk" => name())
                .set(flag(state == TrunkState::Registered));
            metrics::gauge!("odziv_trunks_channels", "trunk" => name()).set(f64::from(channels));
            metrics::gauge!("odziv_trunks_spent", "trunk" => name()).set(spent.units());
            self.handle.update_trunk(index, |old| {
                let last_seen = old.last_seen;
                *old = TrunkStatus {
                    last_seen,
                    state,
                    registered_until: until,
                    channels,
                    spent: spent.units(),
                    ..status
                };
            });
        }
    }
}

/// A point of monotonic time on the calendar.
fn wall_clock(until: Instant, now: Instant, at: Timestamp) -> Timestamp {
    let ahead = until.saturating_duration_since(now);
    jiff::SignedDuration::try_from(ahead).ok().and_then(|ahead| at.checked_add(ahead).ok()).unwrap_or(at)
}

impl std::fmt::Debug for Trunks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trunks").field("lines", &self.lines.len()).finish_non_exhaustive()
    }
}
