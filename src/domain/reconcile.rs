//! Which of our texts does a receipt speak of, when nobody knows its id?
//!
//! A process that dies, or a link that breaks, between a submit and its answer leaves a text of which we do not know whether the
//! network has it, and no id by which a receipt could find it. The receipt says more than its id, though.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::phone::PhoneNumber;

/// What a receipt says besides its id and its state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clues {
    /// Another id of it, where the SMSC writes two.
    pub other_id: Option<String>,
    /// Whose telephone it was; both addresses of the receipt, for some SMSCs turn them round, without our own.
    pub numbers: Vec<PhoneNumber>,
    /// When the SMSC took it, in a time zone of its own.
    pub submitted: Option<DateTime>,
    /// How our words began.
    pub beginning: Option<String>,
    /// `user_message_reference`, which we made of the text's id ([`reference`]).
    pub reference: Option<u16>,
}

impl Clues {
    /// Whether the receipt may be about a text to this number. Networks leave out or change what stands before the last digits.
    pub fn allow(&self, recipient: &str) -> bool {
        const SURE_DIGITS: usize = 8;
        let end = |number: &str| number.get(number.len().saturating_sub(SURE_DIGITS)..).map(str::to_owned);
        // The number of an erased text is gone.
        self.numbers.is_empty()
            || recipient.is_empty()
            || self.numbers.iter().any(|number| end(number.as_str()) == end(recipient))
    }
}

/// A text of which it is not known whether the network has it.
#[derive(Clone, Copy, Debug)]
pub struct Doubtful<'a> {
    pub id: i64,
    pub words: &'a str,
    /// How many messages it was for the network, and of how many the id is known.
    pub parts: i64,
    pub known: i64,
    /// When it was about to be sent.
    pub sent_at: Timestamp,
}

/// The clock of an SMSC may be behind ours, and it writes whole minutes.
const BEFORE: SignedDuration = SignedDuration::from_mins(2);
/// What a claimed text may wait for its turn, and a clock may be ahead.
const AFTER: SignedDuration = SignedDuration::from_mins(10);
/// For a receipt that does not say when: most come within the hour, and an old one speaks of an old text.
const SAME_HOUR: SignedDuration = SignedDuration::from_hours(1);

/// The number under which a text is known by its `user_message_reference`.
pub fn reference(id: i64) -> u16 {
    (id & 0xFFFF) as u16
}

/// Whether the receipt, heard at `at`, may be about this text to the same number. `zone`: ours, besides UTC.
pub fn fits(text: &Doubtful<'_>, clues: &Clues, at: Timestamp, zone: &TimeZone) -> bool {
    let open = text.known < text.parts;
    let referred = clues.reference.is_none_or(|number| number == reference(text.id));
    open && referred && in_time(text, clues, at, zone) && same_words(text, clues)
}

fn in_time(text: &Doubtful<'_>, clues: &Clues, at: Timestamp, zone: &TimeZone) -> bool {
    let Some(submitted) = clues.submitted else {
        return text.sent_at <= at && at.duration_since(text.sent_at) <= SAME_HOUR;
    };
    [&TimeZone::UTC, zone].into_iter().any(|zone| {
        zone.to_timestamp(submitted).is_ok_and(|taken| {
            let late = taken.duration_since(text.sent_at);
            -BEFORE <= late && late <= AFTER
        })
    })
}

fn same_words(text: &Doubtful<'_>, clues: &Clues) -> bool {
    match &clues.beginning {
        // Of other alphabets an SMSC makes what it likes.
        Some(beginning) if text.words.is_ascii() && text.parts == 1 => {
            text.words.starts_with(beginning.as_str())
        }
        Some(beginning) if text.words.is_ascii() => text.words.contains(beginning.as_str()),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: &str) -> Timestamp {
        format!("2026-11-22T{time}Z").parse().unwrap()
    }

    fn text(words: &str) -> Doubtful<'_> {
        Doubtful { id: 65_543, words, parts: 1, known: 0, sent_at: at("14:40:00") }
    }

    fn zone() -> TimeZone {
        TimeZone::get("Europe/Belgrade").unwrap()
    }

    fn submitted(time: &str) -> Clues {
        Clues { submitted: Some(format!("2026-11-22T{time}").parse().unwrap()), ..Clues::default() }
    }

    #[test]
    fn date_of_the_receipt_is_compared_in_utc_and_in_our_zone() {
        let fits = |clues: &Clues| fits(&text("Predmet 73"), clues, at("20:00:00"), &zone());
        for near in ["14:40:00", "14:38:30", "14:49:00", "15:40:00", "15:41:00"] {
            assert!(fits(&submitted(near)), "{near}");
        }
        for far in ["14:37:00", "14:51:00", "15:20:00", "13:40:00", "16:40:00"] {
            assert!(!fits(&submitted(far)), "{far}");
        }
    }

    #[test]
    fn without_a_date_it_must_come_within_the_hour() {
        let fits = |time: &str| fits(&text("Predmet 73"), &Clues::default(), at(time), &zone());
        assert!(fits("14:40:00") && fits("15:39:00"));
        assert!(!fits("14:39:00") && !fits("15:41:00"));
    }

    #[test]
    fn words_must_begin_alike_where_they_can_be_compared() {
        let fits = |words: &str, parts: i64, beginning: &str| {
            let clues = Clues { beginning: Some(beginning.into()), ..submitted("14:40:00") };
            fits(&Doubtful { parts, ..text(words) }, &clues, at("14:41:00"), &zone())
        };
        assert!(fits("Predmet 73", 1, "Predmet"));
        assert!(!fits("Predmet 73", 1, "Poziv") && !fits("Predmet 73", 1, "73"));
        assert!(fits("Predmet 73", 2, "73"), "the receipt of its second part");
        assert!(fits("Предмет 73", 1, "Predmet"), "no telling what it made of Cyrillic");
    }

    #[test]
    fn reference_of_ours_and_known_parts_decide() {
        let fits = |reference: u16, known: i64| {
            let clues = Clues { reference: Some(reference), ..submitted("14:40:00") };
            fits(&Doubtful { known, ..text("Predmet") }, &clues, at("14:41:00"), &zone())
        };
        assert!(fits(7, 0));
        assert!(!fits(8, 0) && !fits(7, 1));
    }

    #[test]
    fn numbers_are_compared_by_what_networks_leave_of_them() {
        let number = |n: &str| PhoneNumber::parse(n, "RS").unwrap();
        let clues = Clues { numbers: vec![number("+381641234567")], ..Clues::default() };
        assert!(clues.allow("+381641234567") && clues.allow(""));
        assert!(!clues.allow("+381641234568"));
        assert!(Clues::default().allow("+381641234568"));
    }
}
