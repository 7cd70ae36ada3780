//! What pages may know of the links: their state and their load. Cheap to clone, never blocks.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;

use crate::protocol::smpp::split::{Concatenation, split};
use crate::protocol::smpp::text::DefaultAlphabet;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// The connection or the bind is under way.
    Connecting,
    Bound,
    /// The last attempt failed; the next one comes after the back-off.
    Waiting,
    /// The SMSC refuses our credentials: somebody has to look at the configuration. Tried again all the same.
    Refused,
    Stopped,
}

/// What goes over a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    Texts,
    Mails,
}

/// Of an SMSC, of the mailbox, or of the server that takes our mails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LinkStatus {
    pub way: Way,
    pub name: String,
    pub address: String,
    pub state: LinkState,
    /// Since when it is in this state.
    pub since: Timestamp,
    /// A better link sends, and this one would.
    pub standing_by: bool,
    /// Why it was last lost or refused.
    pub last_error: Option<String>,
    /// Claimed texts that the SMSC has not answered for yet.
    pub outstanding: usize,
    /// Texts in, and text parts out, since the start.
    pub received: u64,
    pub accepted: u64,
    pub refused: u64,
}

/// What a text costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextLength {
    pub parts: usize,
    pub characters: usize,
    /// Not all of it is in the alphabet of telephones, so that a part holds 70 characters and not 160.
    pub unicode: bool,
}

/// As the links split it. `None`: nothing to send, or more than can be sent.
pub fn text_length(words: &str) -> Option<TextLength> {
    let parts = split(words, 0, DefaultAlphabet::Gsm7, Concatenation::Udh).ok()?;
    let unicode = parts.first().is_some_and(|part| part.data_coding != 0);
    Some(TextLength { parts: parts.len(), characters: words.chars().count(), unicode })
}

#[derive(Clone, Debug, Default)]
pub struct MessagingHandle(Arc<Mutex<Vec<LinkStatus>>>);

impl MessagingHandle {
    /// In the order of the configuration.
    pub fn links(&self) -> Vec<LinkStatus> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// True when every configured link is bound; also when there is none.
    pub fn all_bound(&self) -> bool {
        self.links().iter().all(|link| link.state == LinkState::Bound)
    }

    /// Adds a link; the index is its name from then on.
    pub(super) fn add(&self, name: &str, address: &str, now: Timestamp) -> usize {
        self.add_way(Way::Texts, name, address, now)
    }

    /// The mailbox, or the server that takes our mails.
    pub(super) fn add_mail(&self, name: &str, address: &str, now: Timestamp) -> usize {
        self.add_way(Way::Mails, name, address, now)
    }

    fn add_way(&self, way: Way, name: &str, address: &str, now: Timestamp) -> usize {
        let mut links = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        links.push(LinkStatus {
            way,
            name: name.to_owned(),
            address: address.to_owned(),
            state: LinkState::Connecting,
            since: now,
            standing_by: false,
            last_error: None,
            outstanding: 0,
            received: 0,
            accepted: 0,
            refused: 0,
        });
        links.len() - 1
    }

    pub(super) fn update(&self, index: usize, change: impl FnOnce(&mut LinkStatus)) {
        let mut links = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(link) = links.get_mut(index) {
            change(link);
        }
    }
}
