//! Delivery receipts in the notations found in the wild (SMPP 3.4, appendix B, and what SMSCs made of it).

use jiff::civil::DateTime;

use super::pdu::Message;

/// What became of a message (§5.2.28).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// On its way; a final receipt follows.
    Enroute,
    Delivered,
    Expired,
    Deleted,
    Undeliverable,
    /// Taken by the network, or read on behalf of the citizen: not the end.
    Accepted,
    Unknown,
    Rejected,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// As the SMSC wrote it: in the parameter, or else in the text.
    pub message_id: String,
    /// What the text says, when the parameter says something else.
    pub other_id: Option<String>,
    pub state: State,
    /// The network's own error code, unless it says "none".
    pub error: Option<String>,
    /// When the SMSC took the message, by its own clock, in a time zone of its own.
    pub submitted: Option<DateTime>,
    /// The beginning of our own words, where the SMSC repeats it legibly.
    pub beginning: Option<String>,
}

/// `None`: not a receipt, so a citizen's text. Without the flag in esm_class it takes an id and a state to be one, because
/// some SMSCs forget the flag, and a citizen does not write both.
pub fn read(message: &Message) -> Option<Receipt> {
    let text: String = message.body.iter().map(|octet| char::from(*octet)).collect();
    let from_text = Fields::read(&text);
    let of_parameter = message.optional.receipted_message_id.clone().filter(|id| !id.is_empty());
    let other_id = from_text.id.clone().filter(|id| of_parameter.as_ref().is_some_and(|of| of != id));
    let id = of_parameter.or(from_text.id);
    let state = message.optional.message_state.and_then(state_of_number).or(from_text.state);
    let is_one = message.is_receipt() || (from_text.looks_like_one && state.is_some());
    if !is_one {
        return None;
    }
    Some(Receipt {
        message_id: id?,
        other_id,
        state: state.unwrap_or(State::Unknown),
        error: from_text.error,
        submitted: from_text.submitted,
        beginning: from_text.beginning,
    })
}

/// §5.2.28; also as `query_sm` answers it.
pub fn state_of_number(number: u8) -> Option<State> {
    Some(match number {
        0 | 1 => State::Enroute,
        2 => State::Delivered,
        3 => State::Expired,
        4 => State::Deleted,
        5 => State::Undeliverable,
        6 => State::Accepted,
        7 => State::Unknown,
        8 => State::Rejected,
        _ => return None,
    })
}

/// The words are cut and spelled in many ways: DELIVRD, DELIVERED, DELIVRED; UNDELIV, UNDELIVERABLE; FAILED ...
fn state_of_word(word: &str) -> Option<State> {
    let word = word.to_ascii_uppercase();
    Some(match word.get(..5).unwrap_or(&word) {
        "DELIV" => State::Delivered,
        "DELET" => State::Deleted,
        "EXPIR" => State::Expired,
        "UNDEL" | "FAILE" => State::Undeliverable,
        "ACCEP" | "ACKED" | "BUFFE" => State::Accepted,
        "REJEC" | "REJEK" => State::Rejected,
        "ENROU" | "SCHED" | "SUBMI" => State::Enroute,
        "UNKNO" => State::Unknown,
        _ => return None,
    })
}

#[derive(Debug, Default)]
struct Fields {
    id: Option<String>,
    state: Option<State>,
    error: Option<String>,
    submitted: Option<DateTime>,
    beginning: Option<String>,
    /// Both an id and a state or dates: nothing that a citizen writes.
    looks_like_one: bool,
}

const KEYS: [&str; 8] = ["id", "sub", "dlvrd", "submit date", "done date", "stat", "err", "text"];

impl Fields {
    /// `key:value` pairs in any order and any case, blanks around the colon, some of them missing. `text:` is the
    /// beginning of our own message and ends the reading: it may hold anything.
    fn read(text: &str) -> Self {
        let mut found = Self::default();
        let mut keys = 0;
        let mut rest = text.trim_start();
        while let Some((key, after)) = next_key(rest) {
            keys += 1;
            if key == "text" {
                found.beginning = legible(after);
                break;
            }
            let value_end = after.find(char::is_whitespace).unwrap_or(after.len());
            let (value, next) = after.split_at_checked(value_end).unwrap_or((after, ""));
            // An empty value: what stands there is the next key.
            let (value, next) = if next_key(after).is_some_and(|_| is_key_start(after)) {
                ("", after)
            } else {
                (value, next)
            };
            match key {
                "id" if !value.is_empty() => found.id = Some(value.to_owned()),
                "submit date" => found.submitted = date(value),
                "stat" => found.state = state_of_word(value),
                "err" if value.bytes().any(|b| b != b'0') => found.error = Some(value.to_owned()),
                _ => {}
            }
            rest = next.trim_start();
        }
        found.looks_like_one = found.id.is_some() && keys >= 3;
        found
    }
}

/// YYMMDDhhmm (appendix B), with seconds, or with all of the year.
fn date(digits: &str) -> Option<DateTime> {
    let at = |from: usize, to: usize| digits.get(from..to)?.parse::<i8>().ok();
    let read = |year: i16, from: usize| {
        let time = (at(from + 4, from + 6)?, at(from + 6, from + 8)?);
        let second = if digits.len() > from + 8 { at(from + 8, from + 10)? } else { 0 };
        DateTime::new(year, at(from, from + 2)?, at(from + 2, from + 4)?, time.0, time.1, second, 0).ok()
    };
    if !digits.is_ascii() {
        return None;
    }
    let short = || read(2000 + i16::from(at(0, 2)?), 2);
    let long = || read(digits.get(..4)?.parse().ok()?, 4);
    match digits.len() {
        10 => short(),
        12 => short().or_else(long),
        14 => long(),
        _ => None,
    }
}

/// What can be compared with our words: an SMSC that puts UCS-2 there, or marks in place of letters, says nothing.
fn legible(text: &str) -> Option<String> {
    let text = text.trim();
    let plain = !text.is_empty() && text.chars().all(|c| c == ' ' || c.is_ascii_graphic() && c != '?');
    plain.then(|| text.to_owned())
}

/// The first known key at or after a word boundary of `text`, and what follows its colon.
fn next_key(text: &str) -> Option<(&'static str, &str)> {
    let mut at = 0;
    while let Some(here) = text.get(at..) {
        if let Some(found) = key_at(here) {
            return Some(found);
        }
        let word = here.find(char::is_whitespace)?;
        let rest = here.get(word..)?;
        at += word + (rest.len() - rest.trim_start().len());
        if rest.trim_start().is_empty() {
            return None;
        }
    }
    None
}

fn is_key_start(text: &str) -> bool {
    key_at(text).is_some()
}

fn key_at(text: &str) -> Option<(&'static str, &str)> {
    KEYS.iter().find_map(|key| {
        let head = text.get(..key.len())?;
        let same = head
            .bytes()
            .zip(key.bytes())
            .all(|(a, b)| a.eq_ignore_ascii_case(&b) || (b == b' ' && (a == b'_' || a == b'-')));
        let after = same.then(|| text.get(key.len()..))??.trim_start_matches(' ').strip_prefix(':')?;
        Some((*key, after.trim_start_matches(' ')))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn flagged(body: &str) -> Message {
        Message { esm_class: 4, body: body.as_bytes().to_vec(), ..Message::default() }
    }

    fn read_text(body: &str) -> (String, State, Option<String>) {
        let receipt = read(&flagged(body)).unwrap_or_else(|| panic!("not a receipt: {body}"));
        (receipt.message_id, receipt.state, receipt.error)
    }

    #[test]
    fn notations_of_the_wild_are_understood() {
        let delivered = |id: &str| (id.to_owned(), State::Delivered, None);
        for (body, expected) in [
            (
                "id:0123456789 sub:001 dlvrd:001 submit date:2611221540 done date:2611221541 stat:DELIVRD err:000 text:Predmet 73",
                delivered("0123456789"),
            ),
            (
                "ID:1A2B3C SUB:001 DLVRD:001 SUBMIT DATE:2611221540 DONE DATE:2611221541 STAT:DELIVRD ERR:000 TEXT:",
                delivered("1A2B3C"),
            ),
            (
                "id: 77 sub: 1 dlvrd: 1 submit date: 261122154012 done date: 261122154013 stat: DELIVERED err: 0 text: -",
                delivered("77"),
            ),
            (
                "stat:DELIVRD id:a1b2c3d4-5a3e-4c1d-9b7f-000000000001 err:000",
                delivered("a1b2c3d4-5a3e-4c1d-9b7f-000000000001"),
            ),
            ("id:5 submit_date:2611221540 done_date:2611221541 stat:delivrd", delivered("5")),
            ("id:5 sub: dlvrd: submit date: done date: stat:DELIVRD err: text:", delivered("5")),
            ("id:9 stat:UNDELIV err:0C1", ("9".into(), State::Undeliverable, Some("0C1".into()))),
            ("id:9 stat:EXPIRED err:27", ("9".into(), State::Expired, Some("27".into()))),
            ("id:9 stat:REJECTD err:000", ("9".into(), State::Rejected, None)),
            ("id:9 stat:ACCEPTD", ("9".into(), State::Accepted, None)),
            ("id:9 stat:ENROUTE", ("9".into(), State::Enroute, None)),
            ("id:9 stat:DELETED", ("9".into(), State::Deleted, None)),
            ("id:9 stat:whatever", ("9".into(), State::Unknown, None)),
            // Our own text may hold anything.
            ("id:9 stat:DELIVRD err:000 text:id:10 stat:UNDELIV", delivered("9")),
        ] {
            assert_eq!(read_text(body), expected, "{body}");
        }
    }

    #[test]
    fn parameters_win_over_the_text() {
        let mut message = flagged("id:5 stat:UNDELIV err:001");
        message.optional.receipted_message_id = Some("0005-full".into());
        message.optional.message_state = Some(2);
        let receipt = read(&message).unwrap();
        assert_eq!((receipt.message_id.as_str(), receipt.state), ("0005-full", State::Delivered));
        message.body.clear();
        assert_eq!(read(&message).unwrap().state, State::Delivered);
    }

    #[test]
    fn forgotten_flag_is_forgiven_but_a_citizen_is_not_a_receipt() {
        let mut message = flagged(
            "id:5 sub:001 dlvrd:001 submit date:2611221540 done date:2611221541 stat:DELIVRD err:000",
        );
        message.esm_class = 0;
        assert!(read(&message).is_some());
        for words in ["stat: kad ce voda?", "id:5", "Prijava id:73 stat: nema", "", "text:"] {
            message.body = words.as_bytes().to_vec();
            assert_eq!(read(&message), None, "{words}");
        }
    }

    #[test]
    fn when_it_was_sent_and_how_it_began_are_read_where_they_are_legible() {
        for (text, submitted, beginning) in [
            ("submit date:2611221540 text:Predmet 73", Some("2026-11-22T15:40:00"), Some("Predmet 73")),
            ("submit date:261122154012 text: -", Some("2026-11-22T15:40:12"), Some("-")),
            ("submit date:202611221540 text:", Some("2026-11-22T15:40:00"), None),
            ("submit date:20261122154012", Some("2026-11-22T15:40:12"), None),
            ("submit date:2613451540 text:????", None, None),
            ("submit date:2026-11-22 text:\u{4}\u{1f}", None, None),
            ("submit date: text:Предмет", None, None),
        ] {
            let receipt = read(&flagged(&format!("id:5 stat:DELIVRD {text}"))).unwrap();
            assert_eq!(receipt.submitted.map(|at| at.to_string()).as_deref(), submitted, "{text}");
            assert_eq!(receipt.beginning.as_deref(), beginning, "{text}");
        }
    }

    #[test]
    fn both_ids_are_kept_where_parameter_and_text_differ() {
        let mut message = flagged("id:255 stat:DELIVRD");
        message.optional.receipted_message_id = Some("FF".into());
        let receipt = read(&message).unwrap();
        assert_eq!((receipt.message_id.as_str(), receipt.other_id.as_deref()), ("FF", Some("255")));
    }

    #[test]
    fn flagged_message_without_any_id_is_no_receipt() {
        assert_eq!(read(&flagged("hello")), None);
    }

    proptest! {
        #[test]
        fn anything_is_survived(esm in any::<u8>(), body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&Message { esm_class: esm, body, ..Message::default() });
        }

        #[test]
        fn broken_receipts_are_survived(body in "(id:|stat:|sub |err: ?|done date:|text:|[a-z0-9é ]){0,12}") {
            let _ = read(&flagged(&body));
        }
    }
}
