//! What the door does by itself: time, changes of the directory, connections, views for pages.

use std::time::Instant;

use jiff::Timestamp;

use super::clerk::{saved, to_save};
use super::views::Desk;
use super::{
    BanView, Directory, Door, DoorEvent, HOUSEKEEPING, MANNERS, RegistrationView, SafetyView, SourceView,
    is_lasting,
};
use crate::actions::phone::SavedBinding;
use crate::domain::id::PhoneId;
use crate::protocol::sip::{Flow, Transport};
use std::net::SocketAddr;

/// Phones whose bindings are written at one go.
const BATCH: usize = 2_000;

/// Lines of a page.
const SHOWN_SOURCES: usize = 20;
const SHOWN_BANS: usize = 200;

/// Connections of one address that has shown no password: a NAT with some phones behind it that all begin now.
const NEWCOMERS_PER_ADDRESS: usize = 20;
/// Of all of them; the one who has waited longest goes for the next.
const NEWCOMERS: usize = 512;

impl Door {
    /// At the start.
    pub fn open(
        &mut self,
        directory: Directory,
        bindings: Vec<(PhoneId, SavedBinding)>,
        now: Instant,
        at: Timestamp,
    ) {
        self.directory = directory;
        for (phone, binding) in bindings {
            if self.directory.by_id(phone.0).is_some()
                && let Some(binding) = saved(phone, binding, now, at)
            {
                self.sources.prove(binding.flow.remote.ip(), binding.flow.local.ip(), now);
                self.registrar.restore(binding, now);
            }
        }
        self.notice_moves();
        if !self.registrar.is_empty() {
            tracing::info!(bindings = self.registrar.len(), "phones are known from before");
        }
    }

    pub fn heard(&mut self, event: DoorEvent) {
        match event {
            DoorEvent::Directory(directory) => self.replace_directory(*directory),
            DoorEvent::LiftBan { address, by } => {
                if self.bans.lift(address) {
                    tracing::info!(%address, by = by.0, "a ban was lifted");
                }
            }
        }
        self.shown = None;
    }

    /// Gives the connections that are to be closed.
    pub fn handle_timeout(&mut self, now: Instant, at: Timestamp, desk: &Desk) -> Vec<SocketAddr> {
        self.registrar.handle_timeout(now);
        self.notice_moves();
        if self.housekeeping > now {
            return Vec::new();
        }
        self.housekeeping = now + HOUSEKEEPING;
        self.write_down(now, at, BATCH);
        self.show(now, at, desk);
        self.ill_mannered(now)
    }

    /// At the end of the program.
    pub async fn close(&mut self, now: Instant, at: Timestamp) {
        self.write_down(now, at, usize::MAX);
        self.clerk.close().await;
    }

    /// `false`: it is closed at once.
    pub fn connected(
        &mut self,
        transport: Transport,
        remote: SocketAddr,
        local: SocketAddr,
        now: Instant,
    ) -> bool {
        let address = remote.ip();
        let trunk = self.peers.get(address).is_some();
        if !trunk && self.bans.is_banned(address, now) {
            self.drop("banned");
            return false;
        }
        if !trunk && !self.sources.is_proven(address, now) {
            let same = self.newcomers.iter().filter(|(_, other)| other.ip() == address).count();
            if same >= NEWCOMERS_PER_ADDRESS {
                self.drop("connections");
                return false;
            }
            self.newcomers.push_back((now, remote));
        }
        let mut local = local;
        if let Some(external) = self.peers.external_towards(address) {
            local.set_ip(external);
        }
        self.connections.insert(remote, (transport, local));
        true
    }

    pub fn disconnected(&mut self, remote: SocketAddr) {
        if let Some((transport, _)) = self.connections.remove(&remote) {
            self.registrar.closed(transport, remote);
            self.notice_moves();
        }
    }

    /// The way on which a connection's messages come. `None`: it is closed already.
    pub fn flow_of(&self, remote: SocketAddr) -> Option<Flow> {
        let &(transport, local) = self.connections.get(&remote)?;
        Some(Flow { transport, local, remote })
    }

    fn replace_directory(&mut self, directory: Directory) {
        let gone: Vec<_> =
            self.registrar.phones().filter(|phone| directory.by_id(*phone).is_none()).collect();
        for phone in gone {
            self.registrar.forget(phone);
            self.guard.forget(phone);
        }
        // Counted while the old directory still says whose they were.
        self.notice_moves();
        self.directory = directory;
    }

    fn write_down(&mut self, now: Instant, at: Timestamp, most: usize) {
        if !self.clerk.is_free() {
            return;
        }
        let dirty = self.registrar.take_dirty(most);
        if dirty.is_empty() {
            return;
        }
        let batch = dirty.into_iter().map(|(phone, bindings)| {
            let lasting = bindings.iter().filter(|binding| is_lasting(binding));
            (PhoneId(phone), lasting.map(|binding| to_save(binding, now, at)).collect())
        });
        self.clerk.save(batch.collect());
    }

    /// Connections of those who have shown no password in time, and the oldest of too many.
    fn ill_mannered(&mut self, now: Instant) -> Vec<SocketAddr> {
        let mut close = Vec::new();
        while let Some((since, remote)) = self.newcomers.front().copied() {
            if now.saturating_duration_since(since) < MANNERS && self.newcomers.len() <= NEWCOMERS {
                break;
            }
            self.newcomers.pop_front();
            if self.connections.contains_key(&remote) && !self.sources.is_proven(remote.ip(), now) {
                close.push(remote);
            }
        }
        close
    }

    fn show(&mut self, now: Instant, at: Timestamp, desk: &Desk) {
        self.counts.registered = self.registrar.len() as u64;
        metrics::gauge!("odziv_door_registered").set(self.registrar.len() as f64);
        let mut bans: Vec<BanView> = self
            .bans
            .current(now)
            .map(|(address, ban)| BanView {
                address,
                since: at - now.saturating_duration_since(ban.since),
                until: at + ban.until.saturating_duration_since(now),
                why: ban.offence.as_str(),
                dropped: ban.dropped,
            })
            .collect();
        metrics::gauge!("odziv_door_banned").set(bans.len() as f64);
        bans.sort_by_key(|ban| std::cmp::Reverse(ban.since));
        bans.truncate(SHOWN_BANS);
        let sources = self
            .sources
            .loudest(SHOWN_SOURCES, now)
            .into_iter()
            .map(|loud| SourceView {
                source: loud.source,
                heard: loud.heard,
                dropped: loud.dropped,
                proven: loud.proven,
            })
            .collect();
        desk.show_safety(SafetyView { at, bans, sources, counts: self.counts });
        if self.shown != Some(self.registrar.revision()) {
            self.shown = Some(self.registrar.revision());
            desk.show_registrations(self.registrations(now, at));
        }
    }

    fn registrations(&self, now: Instant, at: Timestamp) -> Vec<RegistrationView> {
        let mut views: Vec<RegistrationView> = self
            .registrar
            .phones()
            .filter_map(|phone| Some((phone, self.directory.by_id(phone)?.user)))
            .flat_map(|(phone, user)| self.registrar.bound(phone).map(move |binding| (user, binding)))
            .map(|(user, binding)| RegistrationView {
                phone: PhoneId(binding.phone),
                user,
                remote: binding.flow.remote.to_string(),
                transport: binding.flow.transport.as_str(),
                user_agent: binding.user_agent.clone(),
                since: at - now.saturating_duration_since(binding.since),
                nat: binding.behind_nat(),
            })
            .collect();
        views.sort_by_key(|view| (view.phone, view.since));
        views
    }
}
