//! Names, which many a list keeps in capitals.

use crate::domain::script::search_key;

/// Words that say that it is no person's name.
const COMPANIES: [&str; 17] = [
    "doo", "d", "ad", "jkp", "jp", "ju", "ou", "os", "szr", "str", "zr", "pr", "sur", "zz", "kud", "mz",
    "kmz",
];

/// `ПЕТРОВИЋ МАРКО` is written as names are, so that nobody is shouted at. Anything else stays as it is.
pub(super) fn calmed(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    let is_shouted =
        words.len() >= 2 && name.chars().all(|c| !c.is_lowercase()) && name.chars().all(is_of_names);
    let is_company = words.iter().any(|word| COMPANIES.contains(&search_key(word).as_str()));
    if !is_shouted || is_company || words.len() > 5 {
        return words.join(" ");
    }
    words.iter().map(|word| capital(word)).collect::<Vec<_>>().join(" ")
}

fn is_of_names(c: char) -> bool {
    c.is_alphabetic() || c.is_whitespace() || matches!(c, '-' | '.' | '\'' | '’')
}

fn capital(word: &str) -> String {
    let mut is_first = true;
    let letter = |c: char| -> String {
        let written = if is_first { c.to_string() } else { c.to_lowercase().collect() };
        is_first = !c.is_alphabetic();
        written
    };
    word.chars().map(letter).collect()
}
