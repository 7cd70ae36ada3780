//! What a password may not be. Length does most (NIST SP 800-63B, 5.1.1.2: length, a list of what is tried first, nothing of the user's
//! own name); rules about digits and signs only make people write passwords down.

/// What guessers try first, in the parts that are left when digits and signs at both ends are taken off: what tops the published lists of
/// leaked passwords of ten characters and more is one of these, repeated, lengthened or numbered. Serbian ones too.
const COMMON: &[&str] = &[
    "password",
    "passw0rd",
    "lozinka",
    "sifra",
    "welcome",
    "dobrodosli",
    "dobrodosao",
    "admin",
    "administrator",
    "qwerty",
    "qwertz",
    "qwertyuiop",
    "qwertzuiop",
    "asdfghjkl",
    "yxcvbnm",
    "zxcvbnm",
    "letmein",
    "iloveyou",
    "volimte",
    "trustno",
    "dragon",
    "monkey",
    "football",
    "fudbal",
    "baseball",
    "superman",
    "batman",
    "master",
    "sunshine",
    "princess",
    "princeza",
    "shadow",
    "michael",
    "jordan",
    "abcdefgh",
    "abcdefghij",
    "abcdef",
    "secret",
    "tajna",
    "whatever",
    "computer",
    "kompjuter",
    "internet",
    "samsung",
    "changeme",
    "default",
    "guest",
    "gost",
    "login",
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
    "summer",
    "winter",
    "spring",
    "autumn",
    "proba",
    "test",
    "testtest",
    "user",
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
];

/// As few different characters as this are a pattern, whatever the length.
const DIFFERENT: usize = 5;
/// A run of neighbours (`abcdef`, `123456`, `qwerty`) that makes up more than half of it.
const ROWS: &[&str] = &[
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "qwertzuiop",
    "asdfghjkl",
    "zxcvbnm",
    "yxcvbnm",
];
const SHORTEST_RUN: usize = 4;
/// A shorter name stands in many a word.
const LOGIN_CHARS: usize = 4;

/// Why it is too easily guessed; `None` when it is not.
pub fn weakness(password: &str, login: &str) -> Option<&'static str> {
    let lower = password.to_lowercase();
    let login = login.to_lowercase();
    if login.chars().count() >= LOGIN_CHARS && lower.contains(&login) {
        return Some("a password does not contain the login name");
    }
    let mut different: Vec<char> = lower.chars().collect();
    different.sort_unstable();
    different.dedup();
    if different.len() < DIFFERENT {
        return Some("a password has more different characters");
    }
    let core: String = lower.trim_matches(|c: char| !c.is_alphabetic()).chars().map(unmasked).collect();
    let core = core.as_str();
    let is_common = |core: &str| COMMON.contains(&core) || COMMON.iter().any(|word| *word == lower);
    if core.is_empty() || is_common(core) || halves(core).is_some_and(is_common) {
        return Some("a password is not one of those that are tried first");
    }
    if neighbours(&lower) * 2 > lower.chars().count() {
        return Some("a password is not a row of keys or of numbers");
    }
    None
}

/// `p4ssw0rd` is read as it is meant.
fn unmasked(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        other => other,
    }
}

/// The half of what is the same twice.
fn halves(text: &str) -> Option<&str> {
    let (first, second) = text.split_at_checked(text.len() / 2)?;
    (first == second).then_some(first)
}

/// How many characters stand in runs of neighbours, in either direction.
fn neighbours(text: &str) -> usize {
    let letters: Vec<char> = text.chars().collect();
    let is_next = |a: char, b: char| {
        ROWS.iter().any(|row| {
            let pair = |x: char, y: char| row.contains(&format!("{x}{y}"));
            pair(a, b) || pair(b, a)
        })
    };
    let mut found = 0;
    let mut run = 1;
    for pair in letters.windows(2) {
        if let [a, b] = pair
            && is_next(*a, *b)
        {
            run += 1;
        } else {
            found += if run >= SHORTEST_RUN { run } else { 0 };
            run = 1;
        }
    }
    found + if run >= SHORTEST_RUN { run } else { 0 }
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
