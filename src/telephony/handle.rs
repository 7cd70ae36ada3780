//! What pages may know of telephony. Cheap to clone, never blocks.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TrunkStatus {
    pub name: String,
    /// Addresses from which it may call in.
    pub peers: Vec<String>,
    /// When something last came from it.
    pub last_seen: Option<Timestamp>,
}

#[derive(Clone, Debug, Default)]
pub struct TelephonyHandle(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    live: AtomicU64,
    accepted: AtomicU64,
    refused: AtomicU64,
    /// Where the listeners stand; empty before the start and after the end.
    listening: Mutex<Vec<String>>,
    trunks: Mutex<Vec<TrunkStatus>>,
}

impl TelephonyHandle {
    pub fn live_calls(&self) -> u64 {
        self.0.live.load(Ordering::Relaxed)
    }

    /// Since the start.
    pub fn accepted_calls(&self) -> u64 {
        self.0.accepted.load(Ordering::Relaxed)
    }

    /// Refused for overload, since the start.
    pub fn refused_calls(&self) -> u64 {
        self.0.refused.load(Ordering::Relaxed)
    }

    pub fn listening(&self) -> Vec<String> {
        self.0.listening.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn trunks(&self) -> Vec<TrunkStatus> {
        self.0.trunks.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set_listening(&self, listening: Vec<String>) {
        *self.0.listening.lock().unwrap_or_else(PoisonError::into_inner) = listening;
    }

    pub(super) fn set_trunks(&self, trunks: Vec<TrunkStatus>) {
        *self.0.trunks.lock().unwrap_or_else(PoisonError::into_inner) = trunks;
    }

    pub(super) fn seen(&self, trunk: usize, at: Timestamp) {
        if let Some(trunk) = self.0.trunks.lock().unwrap_or_else(PoisonError::into_inner).get_mut(trunk) {
            trunk.last_seen = Some(at);
        }
    }

    pub(super) fn set_live(&self, live: usize) {
        self.0.live.store(live as u64, Ordering::Relaxed);
    }

    pub(super) fn accepted(&self) {
        self.0.accepted.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn refused(&self) {
        self.0.refused.fetch_add(1, Ordering::Relaxed);
    }
}
