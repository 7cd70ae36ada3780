//! Who does not want messages to many: by which channel, since when, and how we know. Receipts, outcomes and replies about somebody's own
//! case are not meant by it.

pub mod list;

use super::email::EmailAddress;
use super::phone::PhoneNumber;
use super::script::search_key;
use super::words::words;

words! {
    /// What goes to many goes by one of these. The words are those of the outbox.
    OptOutChannel {
        Sms = "sms",
        Email = "email",
        Voice = "voice",
    }
}

words! {
    /// How it is known.
    OptOutMeans {
        /// They texted STOP.
        Text = "text",
        /// They followed the link of a mail, or their program did (RFC 8058).
        Link = "link",
        /// They pressed 9 when they were called.
        Key = "key",
        /// They wrote to the address that the mail names.
        Email = "email",
        Telephone = "telephone",
        Paper = "paper",
        InPerson = "in_person",
        /// It stood on a list that somebody imported.
        List = "list",
        /// They complained to their provider, who told us (RFC 5965).
        Complaint = "complaint",
        /// They asked to be erased.
        Erasure = "erasure",
    }
}

impl OptOutChannel {
    /// The consent which, withdrawn, means the same for all addresses of the person.
    pub fn consent(self) -> Option<super::person::ConsentKind> {
        use super::person::ConsentKind;
        match self {
            Self::Sms => Some(ConsentKind::TextNotices),
            Self::Email => Some(ConsentKind::EmailNotices),
            Self::Voice => None,
        }
    }

    /// By what a person is reached there.
    pub fn point(self) -> super::person::PointKind {
        match self {
            Self::Sms | Self::Voice => super::person::PointKind::Phone,
            Self::Email => super::person::PointKind::Email,
        }
    }

    /// An address of the channel in the form in which it is stored.
    pub fn address(self, text: &str, country: &str) -> Option<String> {
        match self {
            Self::Sms | Self::Voice => Some(PhoneNumber::parse(text, country).ok()?.to_string()),
            Self::Email => Some(EmailAddress::parse(text).ok()?.as_str().to_owned()),
        }
    }
}

impl OptOutMeans {
    /// What people may say when they write it down; the rest is known by itself.
    pub const BY_PEOPLE: [Self; 5] =
        [Self::Telephone, Self::Paper, Self::InPerson, Self::Email, Self::Complaint];
}

/// What somebody asks for with one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    Out,
    BackIn,
}

/// As [`search_key`] has them. The English ones are those that networks tell their customers.
const OUT: [&str; 14] = [
    "stop",
    "stopp",
    "stopall",
    "unsubscribe",
    "optout",
    "odjava",
    "odjavi",
    "odjavime",
    "odjavite",
    "odjaviteme",
    "odjavljujemse",
    "prekid",
    "prekini",
    "prekinite",
];
const BACK_IN: [&str; 7] = ["start", "unstop", "subscribe", "prijava", "prijavi", "prijavime", "prijavite"];
/// The longest word letter by letter, with a sign after each.
const LONGEST: usize = 64;

/// Only a text that is nothing but such a word asks for it, in either script, whatever stands around it: `СТОП!`, `s t o p`, `Stop. Stop.`
pub fn asked(text: &str) -> Option<Asked> {
    if text.chars().count() > LONGEST {
        return None;
    }
    let key = search_key(text);
    let word = |word: &str| {
        if OUT.contains(&word) {
            return Some(Asked::Out);
        }
        BACK_IN.contains(&word).then_some(Asked::BackIn)
    };
    let together: String = key.split(' ').collect();
    word(&together).or_else(|| {
        let mut words = key.split(' ');
        let first = word(words.next()?)?;
        words.all(|next| word(next) == Some(first)).then_some(first)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_asks_in_either_script_and_whatever_stands_around_it() {
        for out in [
            "STOP",
            "stop",
            "Stop.",
            " stop ",
            "СТОП",
            "стоп!",
            "\"STOP\"",
            "S T O P",
            "s.t.o.p",
            "STOP STOP",
            "Stopp",
            "ODJAVA",
            "одјава",
            "Одјави ме",
            "PREKID",
            "прекид.",
            "STOP 🙏",
            "unsubscribe",
            "Opt-out",
        ] {
            assert_eq!(asked(out), Some(Asked::Out), "{out}");
        }
        for back in ["START", "старт", "Prijava!", "ПРИЈАВА", "unstop"] {
            assert_eq!(asked(back), Some(Asked::BackIn), "{back}");
        }
    }

    #[test]
    fn a_sentence_with_such_a_word_in_it_asks_for_nothing() {
        for words in [
            "",
            "...",
            "Nema autobusa na stajalistu STOP",
            "stop sign is broken",
            "Не ради знак СТОП",
            "prijava kvara",
            "start stop",
            "stopa",
            "STOP 12",
        ] {
            assert_eq!(asked(words), None, "{words}");
        }
        assert_eq!(asked(&"stop ".repeat(100)), None);
    }

    #[test]
    fn addresses_are_stored_as_elsewhere() {
        assert_eq!(OptOutChannel::Sms.address("064/123-45-67", "RS").as_deref(), Some("+381641234567"));
        assert_eq!(OptOutChannel::Email.address("Ana@Example.RS", "RS").as_deref(), Some("ana@example.rs"));
        assert_eq!(OptOutChannel::Voice.address("ana@example.rs", "RS"), None);
    }
}
