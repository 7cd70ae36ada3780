//! Message ids and delivery receipts (SMPP 3.4, appendix B).

use jiff::Timestamp;

use super::Ids;
use crate::protocol::smpp::pdu::{Message, Optional};
use crate::protocol::smpp::text::{self, DefaultAlphabet};

/// As it stands in submit_sm_resp.
pub(super) fn answered_id(ids: Ids, number: u64) -> String {
    match ids {
        Ids::Decimal | Ids::Padded => number.to_string(),
        Ids::HexThenDecimal => format!("{number:X}"),
        Ids::Uuid => uuid(number),
    }
}

fn receipted_id(ids: Ids, number: u64) -> String {
    match ids {
        Ids::Decimal | Ids::HexThenDecimal => number.to_string(),
        Ids::Padded => format!("{number:010}"),
        Ids::Uuid => uuid(number),
    }
}

fn uuid(number: u64) -> String {
    format!("{:08x}-5a3e-4c1d-9b7f-{:012x}", number.wrapping_mul(0x9E37_79B9) & 0xFFFF_FFFF, number)
}

pub(super) fn receipt(
    ids: Ids,
    number: u64,
    submitted: &Message,
    delivered: bool,
    now: Timestamp,
) -> Message {
    let id = receipted_id(ids, number);
    let (state, delivered_count, error) = if delivered { ("DELIVRD", 1, 0) } else { ("UNDELIV", 0, 1) };
    let date = now.strftime("%y%m%d%H%M");
    let body = format!(
        "id:{id} sub:001 dlvrd:{delivered_count:03} submit date:{date} done date:{date} stat:{state} err:{error:03} text:{}",
        beginning(submitted)
    );
    // An UUID does not fit the ten characters of the text in every SMSC; the parameter says it in full.
    let user_message_reference = submitted.optional.user_message_reference;
    let optional = match ids {
        Ids::Uuid => Optional {
            receipted_message_id: Some(id),
            message_state: Some(if delivered { 2 } else { 5 }),
            user_message_reference,
            ..Optional::default()
        },
        _ => Optional { user_message_reference, ..Optional::default() },
    };
    Message {
        source: submitted.destination.clone(),
        destination: submitted.source.clone(),
        esm_class: 0b0000_0100,
        body: body.into_bytes(),
        optional,
        ..Message::default()
    }
}

/// The first twenty characters of the message (appendix B), where they are plain.
fn beginning(submitted: &Message) -> String {
    let words = text::read(submitted, DefaultAlphabet::Gsm7).units;
    let words = String::from_utf16_lossy(&words);
    if words.is_ascii() { words.chars().take(20).collect() } else { String::new() }
}
