//! What headings of columns say, in Serbian of both scripts, with and without diacritics, and in English.

use super::Meaning;
use crate::domain::person::PersonLanguage;
use crate::domain::script::search_key;

/// Headings by their search keys. What is not here may still be known by one of its words.
const KNOWN: [(Meaning, &[&str]); 8] = [
    (
        Meaning::Name,
        &[
            "ime i prezime",
            "prezime i ime",
            "ime prezime",
            "prezime ime",
            "imeiprezime",
            "imeprezime",
            "prezimeiime",
            "puno ime",
            "ime",
            "naziv",
            "naziv i ime",
            "korisnik",
            "gradjanin",
            "stranka",
            "vlasnik",
            "obveznik",
            "stanar",
            "nosilac",
            "podnosilac",
            "osoba",
            "kontakt osoba",
            "primalac",
            "clan",
            "ime korisnika",
            "ime gradjanina",
            "name",
            "full name",
            "fullname",
            "person",
            "recipient",
            "citizen",
            "contact",
            "contact name",
            "contact person",
            "prezime ime oca ime",
            "prezime i ime stranke",
            "ime stranke",
        ],
    ),
    (Meaning::GivenName, &["first name", "firstname", "given name", "givenname", "licno ime", "forename"]),
    (Meaning::FamilyName, &["prezime", "last name", "lastname", "surname", "family name", "familyname"]),
    (
        Meaning::Phone,
        &[
            "tel",
            "mob",
            "telefon",
            "mobilni",
            "gsm",
            "broj mobilnog",
            "phone",
            "mobile",
            "cell",
            "cellphone",
            "msisdn",
            "viber",
            "sms",
        ],
    ),
    (
        Meaning::Email,
        &[
            "email",
            "e mail",
            "mail",
            "mejl",
            "imejl",
            "e mejl",
            "e posta",
            "eposta",
            "el posta",
            "elektronska posta",
            "elektronska adresa",
            "el adresa",
        ],
    ),
    (
        Meaning::Address,
        &[
            "adresa",
            "ulica",
            "ulica i broj",
            "ulica i kucni broj",
            "prebivaliste",
            "boraviste",
            "mesto stanovanja",
            "stan",
            "address",
            "street",
            "street address",
            "postal address",
            "home address",
            "mesto",
            "naselje",
            "grad",
            "city",
            "town",
            "kucni broj",
        ],
    ),
    (Meaning::Language, &["jezik", "pismo", "language", "lang", "script", "jezik i pismo", "jezik pismo"]),
    (
        Meaning::Ignored,
        &[
            "r br",
            "rb",
            "rbr",
            "red br",
            "r b",
            "redni broj",
            "redbr",
            "br",
            "no",
            "nr",
            "num",
            "row",
            "no in list",
            "rednibroj",
        ],
    ),
];

/// Beginnings of words that settle a longer heading, in this order: an e-mail address is no address.
const WORDS: [(Meaning, &[&str]); 4] = [
    (Meaning::Email, &["email", "mejl", "imejl", "mail", "eposta"]),
    (Meaning::Phone, &["telefon", "mobiln", "mobitel", "phone", "mobile", "gsm", "tel", "mob"]),
    (Meaning::Address, &["adres", "address"]),
    (Meaning::Language, &["jezik", "language"]),
];

/// `None`: a heading of the list's own, or none at all.
pub(super) fn meaning(heading: &str) -> Option<Meaning> {
    let heading = heading.trim();
    if heading == "#" || heading == "№" {
        return Some(Meaning::Ignored);
    }
    let key = search_key(heading);
    let known = KNOWN.iter().find(|(_, keys)| keys.contains(&key.as_str())).map(|(meaning, _)| *meaning);
    known.or_else(|| by_words(&key))
}

fn by_words(key: &str) -> Option<Meaning> {
    let words: Vec<&str> = key.split(' ').collect();
    // A longer one is a question or a remark.
    if words.len() > 5 {
        return None;
    }
    if key.contains("e mail") || key.contains("e post") || key.contains("elektronsk") {
        return Some(Meaning::Email);
    }
    let begins = |known: &&str| {
        // Short ones are whole words: `tel` begins others.
        words.iter().any(|word| if known.len() <= 4 { word == known } else { word.starts_with(known) })
    };
    WORDS.iter().find(|(_, beginnings)| beginnings.iter().any(&begins)).map(|(meaning, _)| *meaning)
}

/// A language and a script by any of its names.
pub(super) fn language(value: &str) -> Option<PersonLanguage> {
    let key = search_key(value);
    Some(match key.as_str() {
        "cirilica" | "cir" | "cyrillic" | "srpski cirilica" | "srpski cirilicom" | "srpski" | "serbian"
        | "sr" | "sr cyrl" | "srp" | "serbian cyrillic" | "sr rs" | "sr cyrl rs" => {
            PersonLanguage::SerbianCyrillic
        }
        "latinica" | "lat" | "latin" | "srpski latinica" | "srpski latinicom" | "sr latn"
        | "serbian latin" | "sr latn rs" => PersonLanguage::SerbianLatin,
        "engleski" | "english" | "en" | "eng" | "en us" | "en gb" | "engl" => PersonLanguage::English,
        _ => return None,
    })
}
