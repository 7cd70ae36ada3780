//! What an inbound message is to us: a citizen's text, or the report on one of ours. No I/O.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::redelivery::{Fingerprint, Identity};
use crate::actions::ActionError;
use crate::actions::delivery::DeliveryReport;
use crate::actions::text::TextArrived;
use crate::config::smpp::{Alphabet, Link};
use crate::domain::caller::Caller;
use crate::domain::message::{DeliveryState, PartOf, TextPart};
use crate::domain::phone::PhoneNumber;
use crate::domain::reconcile::Clues;
use crate::protocol::smpp::pdu::{Address, Message};
use crate::protocol::smpp::receipt::{self, Receipt, State};
use crate::protocol::smpp::status::Status;
use crate::protocol::smpp::text::{self, DefaultAlphabet, Text};

#[derive(Debug)]
pub(super) enum Inbound {
    Text(Text),
    /// The end of one of our texts.
    Report {
        receipt: Receipt,
        state: DeliveryState,
    },
    /// "Still on its way": nothing to write down.
    Progress,
}

pub(super) fn understand(message: &Message, default: Alphabet) -> Inbound {
    match receipt::read(message) {
        Some(receipt) => match final_state(receipt.state) {
            Some(state) => Inbound::Report { receipt, state },
            None => Inbound::Progress,
        },
        // A receipt that cannot be read: better an entry that somebody sees than one that nobody does? It says nothing
        // that an officer could use, and the text that it is about stays "accepted".
        None if message.is_receipt() => Inbound::Progress,
        None => Inbound::Text(text::read(message, alphabet(default))),
    }
}

pub(super) fn alphabet(default: Alphabet) -> DefaultAlphabet {
    match default {
        Alphabet::Gsm7 => DefaultAlphabet::Gsm7,
        Alphabet::Gsm7Packed => DefaultAlphabet::Gsm7Packed,
        Alphabet::Latin1 => DefaultAlphabet::Latin1,
    }
}

/// `None` for the states after which another receipt follows.
pub(super) fn final_state(state: State) -> Option<DeliveryState> {
    Some(match state {
        State::Enroute | State::Accepted => return None,
        State::Delivered => DeliveryState::Delivered,
        State::Expired => DeliveryState::Expired,
        State::Deleted | State::Undeliverable => DeliveryState::Undeliverable,
        State::Rejected => DeliveryState::Rejected,
        State::Unknown => DeliveryState::Uncertain,
    })
}

/// What two deliveries of the same message have in common. SMPP gives an inbound message no id; the reference that the
/// phone counts up (`user_message_reference`, or that of a long text) is part of it where the SMSC passes it on.
pub(super) fn fingerprint(message: &Message, text: &Text) -> Fingerprint {
    let mut hash = Sha256::new();
    for word in [&message.source.digits, &message.destination.digits] {
        hash.update(word.as_bytes());
        hash.update([0]);
    }
    if let Some(reference) = message.optional.user_message_reference {
        hash.update([1]);
        hash.update(reference.to_be_bytes());
    }
    if let Some(part) = text.part {
        hash.update([2]);
        hash.update(part.reference.to_be_bytes());
        hash.update([part.total, part.index]);
    }
    for unit in &text.units {
        hash.update(unit.to_be_bytes());
    }
    let mut short = [0; 16];
    short.iter_mut().zip(hash.finalize()).for_each(|(to, from)| *to = from);
    Fingerprint { hash: short, of_part: text.part.is_some() }
}

pub(super) fn arrived(
    message: &Message,
    text: Text,
    identity: &Identity,
    country: &str,
    at: Timestamp,
) -> TextArrived {
    TextArrived {
        external_id: identity.external_id.clone(),
        former_id: identity.former_id.clone(),
        sender: sender(&message.source, country),
        recipient: message.destination.digits.clone(),
        part: TextPart {
            units: text.units,
            of: text.part.map(|part| PartOf {
                reference: part.reference,
                total: part.total,
                index: part.index,
            }),
        },
        at,
    }
}

pub(super) fn report(link: &Link, receipt: &Receipt, state: DeliveryState, at: Timestamp) -> DeliveryReport {
    DeliveryReport {
        link: link.smsc().to_owned(),
        message_id: receipt.message_id.clone(),
        state,
        error: receipt.error.clone(),
        at,
    }
}

/// What tells the receipts of two texts apart whose ids look alike, or of one whose id nobody knows.
pub(super) fn clues(link: &Link, message: &Message, receipt: Receipt, country: &str) -> Clues {
    let own = |number: &PhoneNumber| {
        let same = |sender: &str| PhoneNumber::parse(sender, country).is_ok_and(|own| own == *number);
        same(&link.sender) || link.senders.values().any(|sender| same(sender))
    };
    let number = |address: &Address| match sender(address, country) {
        Caller::Number(number) if !own(&number) => Some(number),
        _ => None,
    };
    Clues {
        other_id: receipt.other_id,
        numbers: [&message.source, &message.destination].into_iter().filter_map(number).collect(),
        submitted: receipt.submitted,
        beginning: receipt.beginning,
        reference: message.optional.user_message_reference.filter(|_| link.user_message_reference),
    }
}

fn sender(address: &Address, country: &str) -> Caller {
    let digits = address.digits.trim();
    // Type of number 1 is international (SMPP 3.4 §5.2.5); most SMSCs leave the plus out.
    let written =
        if address.ton == 1 && !digits.starts_with('+') { format!("+{digits}") } else { digits.to_owned() };
    match PhoneNumber::parse(&written, country) {
        _ if digits.is_empty() => Caller::Hidden,
        // Alphanumeric: never parsed as a number, whatever it looks like.
        _ if address.ton == 5 => Caller::Name(digits.to_owned()),
        Ok(number) => Caller::Number(number),
        Err(_) => Caller::Name(digits.to_owned()),
    }
}

/// What the SMSC is told. Only what can never be stored is refused for good; everything else comes again.
pub(super) fn status_of(error: &ActionError) -> Status {
    match error {
        ActionError::Unavailable(_) | ActionError::Refused(_) | ActionError::Conflict | ActionError::Busy => {
            Status::SYSTEM_ERROR
        }
        ActionError::NotFound | ActionError::Forbidden(_) | ActionError::Invalid(_) => {
            Status::PERMANENT_ERROR
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(source: Address, body: &str) -> Message {
        Message {
            source,
            destination: Address::of("1234"),
            body: body.as_bytes().to_vec(),
            ..Message::default()
        }
    }

    fn print(message: &Message) -> Fingerprint {
        fingerprint(message, &text::read(message, DefaultAlphabet::Gsm7))
    }

    #[test]
    fn senders_are_numbers_names_or_hidden() {
        let number = |text: &str| Caller::Number(PhoneNumber::parse(text, "RS").unwrap());
        let address = |ton, digits: &str| Address { ton, npi: 1, digits: digits.into() };
        assert_eq!(sender(&address(1, "381641234567"), "RS"), number("+381641234567"));
        assert_eq!(sender(&address(0, "381641234567"), "RS"), number("+381641234567"));
        assert_eq!(sender(&address(2, "0641234567"), "RS"), number("+381641234567"));
        assert_eq!(sender(&address(3, "9191"), "RS"), Caller::Name("9191".into()));
        assert_eq!(sender(&address(5, "0641234567"), "RS"), Caller::Name("0641234567".into()));
        assert_eq!(sender(&address(5, "Telekom"), "RS"), Caller::Name("Telekom".into()));
        assert_eq!(sender(&address(0, ""), "RS"), Caller::Hidden);
    }

    #[test]
    fn fingerprint_tells_texts_apart_by_everything_that_differs() {
        let one = from(Address::of("+381641234567"), "Nema vode");
        assert_eq!(print(&one), print(&one.clone()));
        assert_ne!(print(&one), print(&from(Address::of("+381641234567"), "Nema struje")));
        assert_ne!(print(&one), print(&from(Address::of("+381641234568"), "Nema vode")));
        let mut referenced = one.clone();
        referenced.optional.user_message_reference = Some(7);
        assert_ne!(print(&one), print(&referenced));
    }

    #[test]
    fn receipts_are_reports_only_at_the_end() {
        let receipt =
            |state: &str| Message { esm_class: 4, ..from(Address::of("1"), &format!("id:7 stat:{state}")) };
        assert!(matches!(
            understand(&receipt("DELIVRD"), Alphabet::Gsm7),
            Inbound::Report { state: DeliveryState::Delivered, .. }
        ));
        assert!(matches!(understand(&receipt("ENROUTE"), Alphabet::Gsm7), Inbound::Progress));
        assert!(matches!(understand(&from(Address::of("1"), "id"), Alphabet::Gsm7), Inbound::Text(_)));
    }
}
