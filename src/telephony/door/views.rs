//! What pages see of the door, and the one thing that they may ask of it.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::mpsc;

use super::DoorEvent;
use crate::domain::id::{PhoneId, UserId};

/// Bans and what arrives, as of `at`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SafetyView {
    pub at: Timestamp,
    /// The latest first.
    pub bans: Vec<BanView>,
    /// Who said most in the last minute or two; trunks are not among them.
    pub sources: Vec<SourceView>,
    pub counts: DoorCounts,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BanView {
    pub address: IpAddr,
    pub since: Timestamp,
    pub until: Timestamp,
    /// `wrong_password`, `unknown_phone`, `scanner`.
    pub why: &'static str,
    /// Packets dropped since.
    pub dropped: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SourceView {
    /// Of IPv6 the network.
    pub source: IpAddr,
    pub heard: u64,
    /// Over its budget, so not even read.
    pub dropped: u64,
    /// A phone has shown its password from there.
    pub proven: bool,
}

/// Since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DoorCounts {
    pub registrations: u64,
    pub challenges: u64,
    /// Wrong passwords, unknown phones, scanners.
    pub failures: u64,
    pub bans: u64,
    /// Not answered: banned, over the budget, noise.
    pub dropped: u64,
    /// Now.
    pub registered: u64,
}

/// One place where a phone is registered now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RegistrationView {
    pub phone: PhoneId,
    pub user: UserId,
    /// Where its packets come from.
    pub remote: String,
    /// `UDP`, `TCP`, `TLS`.
    pub transport: &'static str,
    pub user_agent: Option<String>,
    pub since: Timestamp,
    /// It thinks that it has another address.
    pub nat: bool,
}

/// The door's side of the telephony handle.
#[derive(Debug, Default)]
pub struct Desk {
    safety: ArcSwap<SafetyView>,
    registrations: ArcSwap<Vec<RegistrationView>>,
    events: Mutex<Option<mpsc::Sender<DoorEvent>>>,
}

impl Desk {
    pub fn safety(&self) -> Arc<SafetyView> {
        self.safety.load_full()
    }

    /// By phone.
    pub fn registrations(&self) -> Arc<Vec<RegistrationView>> {
        self.registrations.load_full()
    }

    /// `false` when telephony does not run. Whether there was such a ban shows in the next view.
    pub async fn lift_ban(&self, address: IpAddr, by: UserId) -> bool {
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match events {
            Some(events) => events.send(DoorEvent::LiftBan { address, by }).await.is_ok(),
            None => false,
        }
    }

    pub(in crate::telephony) fn attach(&self, events: mpsc::Sender<DoorEvent>) {
        *self.events.lock().unwrap_or_else(PoisonError::into_inner) = Some(events);
    }

    pub(super) fn show_safety(&self, view: SafetyView) {
        self.safety.store(Arc::new(view));
    }

    pub(super) fn show_registrations(&self, view: Vec<RegistrationView>) {
        self.registrations.store(Arc::new(view));
    }
}
