//! Claimed texts on their way through a link: into parts, and from the fates of the parts to that of the text. No I/O.

use std::collections::HashMap;
use std::time::Duration;

use crate::actions::delivery::{OutboundText, SubmitResult};
use crate::config::smpp::Link;
use crate::domain::id::OutboxId;
use crate::messaging::inbound::alphabet;
use crate::protocol::smpp::pdu::{Address, Message, Optional};
use crate::protocol::smpp::session::Key;
use crate::protocol::smpp::split::{self, Outgoing};
use crate::protocol::smpp::status::Status;
use crate::protocol::smpp::text::DefaultAlphabet;

/// After a refusal that says "not now" without being a throttle.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(30);
/// A receipt at the end, whatever it is (SMPP 3.4 §5.2.17).
const RECEIPT_WANTED: u8 = 0b01;
const UDH: u8 = 0x40;

#[derive(Debug)]
pub(super) struct Outbound {
    link: String,
    sender: Address,
    alphabet: DefaultAlphabet,
    texts: HashMap<OutboxId, Progress>,
    parts: HashMap<Key, (OutboxId, usize)>,
    next_key: u64,
    /// Joins the parts of one text at the phone.
    next_reference: u8,
}

/// What became of each part so far.
#[derive(Debug)]
struct Progress {
    fates: Vec<Option<Fate>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Accepted(String),
    Refused(Status),
    Lost { written: bool },
}

impl Outbound {
    /// `reference` is a random start, so that a restart does not join a new text to an old one at the phone.
    pub(super) fn new(link: &Link, reference: u8) -> Self {
        Self {
            link: link.name.clone(),
            sender: Address::of(&link.sender),
            alphabet: alphabet(link.default_alphabet),
            texts: HashMap::new(),
            parts: HashMap::new(),
            next_key: 0,
            next_reference: reference,
        }
    }

    /// The parts to submit, or at once the end of it.
    pub(super) fn begin(&mut self, text: &OutboundText) -> Result<Vec<(Key, Message)>, SubmitResult> {
        let parts = split::split(&text.words, self.next_reference, self.alphabet)
            .map_err(|error| SubmitResult::Rejected { code: 0, reason: error.to_string() })?;
        self.next_reference = self.next_reference.wrapping_add(1);
        self.texts.insert(text.id, Progress { fates: vec![None; parts.len()] });
        Ok(parts
            .into_iter()
            .enumerate()
            .map(|(index, part)| {
                let key = Key(self.next_key);
                self.next_key += 1;
                self.parts.insert(key, (text.id, index));
                (key, self.message(text, part))
            })
            .collect())
    }

    /// The end of the text, when this was its last part.
    pub(super) fn part_ended(&mut self, key: Key, fate: Fate) -> Option<(OutboxId, SubmitResult)> {
        let (id, index) = self.parts.remove(&key)?;
        let progress = self.texts.get_mut(&id)?;
        if let Some(place) = progress.fates.get_mut(index) {
            *place = Some(fate);
        }
        if progress.fates.iter().any(Option::is_none) {
            return None;
        }
        let progress = self.texts.remove(&id)?;
        Some((id, result(&self.link, progress.fates.into_iter().flatten().collect())))
    }

    /// Texts that are not at their end.
    pub(super) fn outstanding(&self) -> usize {
        self.texts.len()
    }

    fn message(&self, text: &OutboundText, part: Outgoing) -> Message {
        Message {
            source: self.sender.clone(),
            destination: Address::of(text.to.as_str()),
            esm_class: if part.udh { UDH } else { 0 },
            registered_delivery: RECEIPT_WANTED,
            data_coding: part.data_coding,
            body: part.body,
            optional: Optional::default(),
        }
    }
}

/// Sent again only when surely nothing of it has left: half a text again would be a text twice.
fn result(link: &str, fates: Vec<Fate>) -> SubmitResult {
    let refused = fates.iter().find_map(|fate| match fate {
        Fate::Refused(status) if !status.is_temporary() => Some(*status),
        _ => None,
    });
    if let Some(status) = refused {
        return SubmitResult::Rejected { code: status.0, reason: status.to_string() };
    }
    let left = |fate: &Fate| matches!(fate, Fate::Accepted(_) | Fate::Lost { written: true });
    if !fates.iter().any(left) {
        let refused = fates.iter().any(|fate| matches!(fate, Fate::Refused(_)));
        return SubmitResult::TryAgain { after: if refused { TRY_AGAIN_AFTER } else { Duration::ZERO } };
    }
    let ids: Option<Vec<String>> = fates
        .into_iter()
        .map(|fate| match fate {
            Fate::Accepted(id) => Some(id),
            _ => None,
        })
        .collect();
    match ids {
        Some(message_ids) => SubmitResult::Accepted { link: link.to_owned(), message_ids },
        None => SubmitResult::Uncertain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link() -> Link {
        toml::from_str("name='a'\naddress='b:1'\nsystem_id='c'\npassword='d'\nsender='1234'").unwrap()
    }

    fn text(id: i64, words: &str) -> OutboundText {
        let to = crate::domain::phone::PhoneNumber::parse("+381641234567", "RS").unwrap();
        OutboundText { id: OutboxId(id), to, words: words.to_owned() }
    }

    fn ends(fates: Vec<Fate>) -> SubmitResult {
        let mut outbound = Outbound::new(&link(), 0);
        let parts = outbound.begin(&text(1, &"ш".repeat(67 * fates.len()))).unwrap();
        assert_eq!(parts.len(), fates.len());
        let mut end = None;
        for ((key, _), fate) in parts.into_iter().zip(fates) {
            assert_eq!(end, None);
            end = outbound.part_ended(key, fate);
        }
        assert_eq!(outbound.outstanding(), 0);
        end.unwrap().1
    }

    #[test]
    fn ids_of_all_parts_are_kept_in_their_order() {
        let mut outbound = Outbound::new(&link(), 0);
        let parts = outbound.begin(&text(1, &"ш".repeat(100))).unwrap();
        assert_eq!(outbound.part_ended(parts[1].0, Fate::Accepted("b".into())), None);
        let (id, end) = outbound.part_ended(parts[0].0, Fate::Accepted("a".into())).unwrap();
        assert_eq!(id, OutboxId(1));
        assert_eq!(
            end,
            SubmitResult::Accepted { link: "a".into(), message_ids: vec!["a".into(), "b".into()] }
        );
    }

    #[test]
    fn only_what_surely_did_not_leave_is_sent_again() {
        let accepted = || Fate::Accepted("a".into());
        let unsent = || Fate::Lost { written: false };
        let written = || Fate::Lost { written: true };
        assert_eq!(ends(vec![unsent(), unsent()]), SubmitResult::TryAgain { after: Duration::ZERO });
        assert_eq!(ends(vec![written(), unsent()]), SubmitResult::Uncertain);
        assert_eq!(ends(vec![accepted(), unsent()]), SubmitResult::Uncertain);
        assert_eq!(ends(vec![accepted(), Fate::Refused(Status::THROTTLED)]), SubmitResult::Uncertain);
        assert_eq!(
            ends(vec![unsent(), Fate::Refused(Status::SYSTEM_ERROR)]),
            SubmitResult::TryAgain { after: TRY_AGAIN_AFTER }
        );
    }

    #[test]
    fn refusal_for_good_says_why() {
        let end = ends(vec![Fate::Accepted("a".into()), Fate::Refused(Status::INVALID_DESTINATION)]);
        assert_eq!(
            end,
            SubmitResult::Rejected { code: 0x0B, reason: "invalid destination address (0x0B)".into() }
        );
    }

    #[test]
    fn empty_text_is_refused_here() {
        let mut outbound = Outbound::new(&link(), 0);
        assert!(matches!(outbound.begin(&text(1, "")), Err(SubmitResult::Rejected { .. })));
        assert_eq!(outbound.outstanding(), 0);
    }

    #[test]
    fn parts_ask_for_a_receipt_and_carry_our_sender() {
        let mut outbound = Outbound::new(&link(), 255);
        let parts = outbound.begin(&text(1, &"a".repeat(200))).unwrap();
        let message = &parts[0].1;
        assert_eq!((message.registered_delivery, message.esm_class, message.body[3]), (1, 0x40, 255));
        assert_eq!(message.source, Address { ton: 3, npi: 1, digits: "1234".into() });
        let next = outbound.begin(&text(2, &"a".repeat(200))).unwrap();
        assert_eq!(next[0].1.body[3], 0);
    }
}
