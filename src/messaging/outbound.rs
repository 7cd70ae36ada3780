//! Claimed texts on their way through a link: into parts, and from the fates of the parts to that of the text. No I/O.

use std::collections::HashMap;
use std::time::Duration;

use crate::actions::delivery::{Claimer, OutboundText, SubmitResult};
use crate::config::smpp::{self, Link};
use crate::domain::id::OutboxId;
use crate::domain::reconcile::reference;
use crate::messaging::inbound::alphabet;
use crate::protocol::smpp::pdu::{Address, Message, Optional};
use crate::protocol::smpp::session::Key;
use crate::protocol::smpp::split::{self, Concatenation, Outgoing, messages};
use crate::protocol::smpp::status::Status;
use crate::protocol::smpp::text::DefaultAlphabet;

/// After a refusal that says "not now" without being a throttle.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(30);
/// A receipt at the end, whatever it is (SMPP 3.4 §5.2.17).
const RECEIPT_WANTED: u8 = 0b01;
const UDH: u8 = 0x40;

#[derive(Debug)]
pub(super) struct Outbound {
    link: Link,
    alphabet: DefaultAlphabet,
    concatenation: Concatenation,
    texts: HashMap<OutboxId, Progress>,
    parts: HashMap<Key, (OutboxId, usize)>,
    next_key: u64,
    /// Joins the parts of one text at the phone.
    next_reference: u16,
}

/// What became of each part so far.
#[derive(Debug)]
struct Progress {
    keys: Vec<Key>,
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
    pub(super) fn new(link: &Link, reference: u16) -> Self {
        Self {
            link: link.clone(),
            alphabet: alphabet(link.default_alphabet),
            concatenation: concatenation(link.concatenation),
            texts: HashMap::new(),
            parts: HashMap::new(),
            next_key: 0,
            next_reference: reference,
        }
    }

    /// The parts to submit, or at once the end of it.
    pub(super) fn begin(&mut self, text: &OutboundText) -> Result<Vec<(Key, Message)>, SubmitResult> {
        let parts = split::split(&text.words, self.next_reference, self.alphabet, self.concatenation)
            .map_err(|error| SubmitResult::Rejected { code: 0, reason: error.to_string() })?;
        self.next_reference = self.next_reference.wrapping_add(1);
        let keys: Vec<Key> = (self.next_key..).take(parts.len()).map(Key).collect();
        self.next_key += parts.len() as u64;
        self.parts.extend(keys.iter().enumerate().map(|(index, key)| (*key, (text.id, index))));
        let messages = parts.into_iter().map(|part| self.message(text, part));
        let messages = keys.iter().copied().zip(messages).collect();
        self.texts.insert(text.id, Progress { fates: vec![None; keys.len()], keys });
        Ok(messages)
    }

    /// Under which SMSC the texts are claimed, and how many messages one is here.
    pub(super) fn claimer(&self) -> Claimer {
        use Concatenation::{Payload, Udh, Udh16};
        use DefaultAlphabet::{Gsm7, Gsm7Packed, Latin1};
        let parts: fn(&str) -> usize = match (self.alphabet, self.concatenation) {
            (_, Payload) => |_| 1,
            (Gsm7 | Gsm7Packed, Udh16) => |words| messages(words, Gsm7, Udh16),
            (Latin1, Udh16) => |words| messages(words, Latin1, Udh16),
            (Gsm7 | Gsm7Packed, _) => |words| messages(words, Gsm7, Udh),
            (Latin1, _) => |words| messages(words, Latin1, Udh),
        };
        Claimer { smsc: self.link.smsc().to_owned(), parts }
    }

    /// Texts of which no part has an end yet, but one that stays to try whether the SMSC takes it: the others may go elsewhere.
    pub(super) fn untouched(&self) -> Vec<(OutboxId, Vec<Key>)> {
        let mut texts: Vec<_> = self
            .texts
            .iter()
            .filter(|(_, progress)| progress.fates.iter().all(Option::is_none))
            .map(|(id, progress)| (*id, progress.keys.clone()))
            .collect();
        texts.sort_unstable();
        texts.into_iter().skip(1).collect()
    }

    /// It was taken back whole.
    pub(super) fn forget(&mut self, id: OutboxId) {
        for key in self.texts.remove(&id).map(|progress| progress.keys).unwrap_or_default() {
            self.parts.remove(&key);
        }
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
        Some((id, result(self.link.smsc(), progress.fates.into_iter().flatten().collect())))
    }

    /// Texts that are not at their end.
    pub(super) fn outstanding(&self) -> usize {
        self.texts.len()
    }

    fn message(&self, text: &OutboundText, part: Outgoing) -> Message {
        let sender = text.sender.as_deref().unwrap_or(self.link.sender_of(text.purpose));
        Message {
            source: Address::of(sender),
            destination: Address::of(text.to.as_str()),
            esm_class: if part.udh { UDH } else { 0 },
            registered_delivery: RECEIPT_WANTED,
            data_coding: part.data_coding,
            body: part.body,
            as_payload: part.payload,
            optional: Optional {
                sar: part.sar,
                user_message_reference: self.link.user_message_reference.then(|| reference(text.id.0)),
                ..Optional::default()
            },
        }
    }
}

fn concatenation(how: smpp::Concatenation) -> Concatenation {
    match how {
        smpp::Concatenation::Udh => Concatenation::Udh,
        smpp::Concatenation::Udh16 => Concatenation::Udh16,
        smpp::Concatenation::Sar => Concatenation::Sar,
        smpp::Concatenation::Payload => Concatenation::Payload,
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
    let parts = fates.len();
    let id = |fate| match fate {
        Fate::Accepted(id) => Some(id),
        Fate::Refused(_) | Fate::Lost { .. } => None,
    };
    let message_ids: Vec<String> = fates.into_iter().filter_map(id).collect();
    let link = link.to_owned();
    match message_ids.len() == parts {
        true => SubmitResult::Accepted { link, message_ids },
        false => SubmitResult::Uncertain { link, message_ids },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sender::TextPurpose;

    fn link() -> Link {
        configured("")
    }

    fn configured(more: &str) -> Link {
        let link = "name='a'\naddress='b:1'\nsystem_id='c'\npassword='d'\nsender='1234'\n";
        toml::from_str(&format!("{link}{more}")).unwrap()
    }

    fn uncertain(ids: &[&str]) -> SubmitResult {
        SubmitResult::Uncertain { link: "a".into(), message_ids: ids.iter().map(|id| (*id).into()).collect() }
    }

    fn text(id: i64, words: &str) -> OutboundText {
        let to = crate::domain::phone::PhoneNumber::parse("+381641234567", "RS").unwrap();
        OutboundText {
            id: OutboxId(id),
            to,
            words: words.to_owned(),
            sender: None,
            purpose: TextPurpose::Reply,
        }
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
        assert_eq!(ends(vec![written(), unsent()]), uncertain(&[]));
        assert_eq!(ends(vec![accepted(), unsent()]), uncertain(&["a"]), "what is known is kept");
        assert_eq!(ends(vec![accepted(), Fate::Refused(Status::THROTTLED)]), uncertain(&["a"]));
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

    #[test]
    fn sender_is_that_of_the_purpose_unless_the_text_has_its_own() {
        let mut outbound = Outbound::new(&configured("smsc='x'\nsenders={campaign='GRAD'}"), 0);
        let mut sender = |purpose, sender: Option<&str>| {
            let text = OutboundText { purpose, sender: sender.map(str::to_owned), ..text(1, "a") };
            outbound.begin(&text).unwrap()[0].1.source.digits.clone()
        };
        assert_eq!(sender(TextPurpose::Reply, None), "1234");
        assert_eq!(sender(TextPurpose::Campaign, None), "GRAD");
        assert_eq!(sender(TextPurpose::Campaign, Some("VODOVOD")), "VODOVOD");
    }

    #[test]
    fn long_text_goes_as_the_smsc_wants_it() {
        let words = "ш".repeat(100);
        let begun = |more: &str| {
            let mut outbound = Outbound::new(&configured(more), 0x1234);
            let parts = (outbound.claimer().parts)(&words);
            let messages: Vec<Message> = outbound
                .begin(&text(65_543, &words))
                .unwrap()
                .into_iter()
                .map(|(_, message)| message)
                .collect();
            assert_eq!(messages.len(), parts, "{more}");
            messages
        };
        assert_eq!(begun("")[1].body[..6], [5, 0, 3, 0x34, 2, 2]);
        assert_eq!(begun("concatenation='udh16'")[1].body[..7], [6, 8, 4, 0x12, 0x34, 2, 2]);
        let sar = &begun("concatenation='sar'")[1];
        assert_eq!((sar.esm_class, sar.optional.sar.unwrap().index, sar.body.len()), (0, 2, 66));
        let payload = &begun("concatenation='payload'\nuser_message_reference=true")[0];
        assert!(payload.as_payload && payload.body.len() == 200);
        assert_eq!(payload.optional.user_message_reference, Some(7));
    }

    #[test]
    fn texts_that_did_not_begin_to_leave_may_be_taken_back_but_for_one() {
        let mut outbound = Outbound::new(&link(), 0);
        let first = outbound.begin(&text(1, &"ш".repeat(100))).unwrap();
        (2..=4).for_each(|id| drop(outbound.begin(&text(id, "a")).unwrap()));
        outbound.part_ended(first[0].0, Fate::Accepted("x".into()));
        let untouched = outbound.untouched();
        assert_eq!(untouched.iter().map(|(id, _)| id.0).collect::<Vec<_>>(), [3, 4]);
        outbound.forget(OutboxId(3));
        assert_eq!(outbound.part_ended(untouched[0].1[0], Fate::Accepted("y".into())), None);
        assert_eq!(outbound.outstanding(), 3);
    }
}
