//! Whom a text is from: a number or a name, by what it is for.

use super::words::words;

words! {
    /// What a text is for, as far as it decides whom it is from.
    TextPurpose {
        /// That the case is here, and whatever a plan sends by itself.
        Receipt = "receipt",
        /// How the case ended.
        Outcome = "outcome",
        /// A question or news to one citizen.
        Reply = "reply",
        /// That a part of what they wrote is a case of its own.
        Split = "split",
        /// A code that proves a number.
        Code = "code",
        /// One of many.
        Campaign = "campaign",
    }
}

impl TextPurpose {
    /// By the template of the text, and whether it is one of many.
    pub fn of(template: Option<&str>, campaign: bool) -> Self {
        match template.and_then(|word| word.parse().ok()) {
            _ if campaign => Self::Campaign,
            Some(purpose) => purpose,
            None => Self::Receipt,
        }
    }
}

/// Letters that a name may have (3GPP TS 23.040 §9.1.2.5: eleven septets in the ten octets of an address).
const LONGEST_NAME: usize = 11;
/// E.164, without the plus.
const LONGEST_NUMBER: usize = 15;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSender {
    #[error("it is empty")]
    Empty,
    #[error("a number has at most {LONGEST_NUMBER} digits")]
    LongNumber,
    #[error("a name has at most {LONGEST_NAME} characters")]
    LongName,
    #[error(
        "{0:?} cannot stand in the name of a sender: only letters without diacritics, digits, blanks and -.&'+_!/ can"
    )]
    Character(char),
}

/// Whether telephones show it: an international number with its plus, a short or national number, or a name.
pub fn check_sender(sender: &str) -> Result<(), BadSender> {
    let digits = sender.strip_prefix('+').unwrap_or(sender);
    if digits.trim().is_empty() {
        return Err(BadSender::Empty);
    }
    if digits.bytes().all(|b| b.is_ascii_digit()) {
        return if digits.len() > LONGEST_NUMBER { Err(BadSender::LongNumber) } else { Ok(()) };
    }
    // The octet strings of SMPP are ASCII, and these are the characters that ASCII and the alphabet of telephones share.
    let fits = |c: char| c.is_ascii_alphanumeric() || " -.&'+_!/".contains(c);
    if let Some(wrong) = sender.chars().find(|c| !fits(*c)) {
        return Err(BadSender::Character(wrong));
    }
    if sender.len() > LONGEST_NAME { Err(BadSender::LongName) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_that_telephones_show_are_taken() {
        for sender in ["1234", "+381113334444", "GRAD", "Grad Bg 011", "JKP-Vodovod", "0800 11 011"] {
            assert_eq!(check_sender(sender), Ok(()), "{sender}");
        }
    }

    #[test]
    fn others_are_refused_with_their_reason() {
        for (sender, why) in [
            ("", BadSender::Empty),
            ("+", BadSender::Empty),
            ("1234567890123456", BadSender::LongNumber),
            ("GRAD BEOGRAD", BadSender::LongName),
            ("ГРАД", BadSender::Character('Г')),
            ("Niš", BadSender::Character('š')),
            ("GRAD[1]", BadSender::Character('[')),
        ] {
            assert_eq!(check_sender(sender), Err(why), "{sender}");
        }
    }

    #[test]
    fn purpose_is_that_of_the_template() {
        assert_eq!(TextPurpose::of(Some("outcome"), false), TextPurpose::Outcome);
        assert_eq!(TextPurpose::of(Some("receipt"), true), TextPurpose::Campaign);
        assert_eq!(TextPurpose::of(Some("of_a_plan"), false), TextPurpose::Receipt);
        assert_eq!(TextPurpose::of(None, false), TextPurpose::Receipt);
    }
}
