//! What a password may not be. Length does most (NIST SP 800-63B, 5.1.1.2: length, a list of what is tried first, nothing of the user's
//! own name); rules about digits and signs only make people write passwords down.

use zxcvbn::Score;

use super::script::to_latin;

/// What guessers here try besides what the estimator knows from lists of leaked passwords and of words, which are English ones.
const LOCAL: &[&str] = &[
    "lozinka",
    "sifra",
    "dobrodosli",
    "dobrodosao",
    "admin",
    "administrator",
    "volimte",
    "fudbal",
    "princeza",
    "tajna",
    "kompjuter",
    "gost",
    "odziv",
    "opstina",
    "beograd",
    "novisad",
    "srbija",
    "crvenazvezda",
    "partizan",
    "zvezda",
    "delije",
    "grobari",
    "jugoslavija",
    "vojvodina",
    "ljubav",
    "sunce",
    "porodica",
    "proba",
    "korisnik",
    "januar",
    "februar",
    "mart",
    "april",
    "maj",
    "jun",
    "jul",
    "avgust",
    "septembar",
    "oktobar",
    "novembar",
    "decembar",
    "qwertz",
    "qwertzuiop",
    "yxcvbnm",
];

/// A shorter name stands in many a word.
const LOGIN_CHARS: usize = 4;

/// Fewer guesses than this (10^8) are made within days, should the hashes ever leak.
const ENOUGH: Score = Score::Three;

/// Why it is too easily guessed; `None` when it is not.
pub fn weakness(password: &str, login: &str) -> Option<&'static str> {
    let (typed, login) = (password.to_lowercase(), login.to_lowercase());
    if login.chars().count() >= LOGIN_CHARS && typed.contains(&login) {
        return Some("a password does not contain the login name");
    }
    // In whatever script it is typed.
    let latin = to_latin(password);
    let known: Vec<&str> = LOCAL.iter().copied().chain([login.as_str()]).collect();
    if zxcvbn::zxcvbn(&latin, &known).score() < ENOUGH {
        return Some("a password is not one of those that are tried first");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_tried_first_is_refused() {
        for guess in [
            "password123",
            "P4ssw0rd2026!",
            "lozinka1234",
            "1234567890",
            "qwertyuiop",
            "qwertz123456",
            "aaaaaaaaaaaa",
            "ababababab",
            "beogradbeograd",
            "Administrator1",
            "partizan1945!",
            "abcdefghij",
            "2026-11-22",
            "zvezda-1991",
            "mira.petrovic-2026",
        ] {
            assert!(weakness(guess, "mira.petrovic").is_some(), "{guess}");
        }
    }

    #[test]
    fn what_nobody_tries_is_taken() {
        for fine in [
            "voda-i-kanalizacija",
            "tajna-rec-1",
            "drugacija-lozinka",
            "nova-tajna-rec",
            "друга-дуга-лозинка",
            "plavi konj u podne",
            "K7#mq-02xLw",
            "odziv-demo-operater",
        ] {
            assert_eq!(weakness(fine, "ana"), None, "{fine}");
        }
    }
}
