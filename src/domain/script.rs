//! The two scripts of Serbian, and search that sees no difference between them.

use unicode_normalization::UnicodeNormalization;

/// Serbian Cyrillic to Serbian Latin by the letter table, which is exact in this direction; other letters stay.
///
/// The capital digraphs `Љ Њ Џ` are `Lj Nj Dž`, and `LJ NJ DŽ` where a neighbour is a capital too.
pub fn to_latin(text: &str) -> String {
    let mut latin = String::with_capacity(text.len());
    let mut before: Option<char> = None;
    let mut rest = text.chars().peekable();
    while let Some(letter) = rest.next() {
        match latin_of(letter) {
            Some(of) if letter.is_uppercase() && of.chars().count() > 1 => {
                let shouted = match rest.peek() {
                    Some(next) if next.is_alphabetic() => next.is_uppercase(),
                    _ => before.is_some_and(char::is_uppercase),
                };
                if shouted {
                    latin.extend(of.chars().flat_map(char::to_uppercase))
                } else {
                    latin.push_str(of)
                }
            }
            Some(of) => latin.push_str(of),
            None => latin.push(letter),
        }
        before = Some(letter);
    }
    latin
}

/// One key for all spellings: `Ђорђе`, `Đorđe`, `Djordje` and `djordje` are `djordje`. Lower case, Cyrillic to Latin,
/// `đ` to `dj`, no diacritics; words of letters and digits, one space between.
pub fn search_key(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    let latin = to_latin(text);
    for letter in latin.chars().flat_map(char::to_lowercase).nfd() {
        match letter {
            'đ' => key.push_str("dj"),
            _ if unicode_normalization::char::is_combining_mark(letter) => {}
            _ if letter.is_alphanumeric() => key.push(letter),
            _ if key.is_empty() || key.ends_with(' ') => {}
            _ => key.push(' '),
        }
    }
    key.truncate(key.trim_end().len());
    key
}

/// As it is written where there are no diacritics: `č` is `c`, `đ` is `dj`, `Đ` is `Dj`.
pub fn without_diacritics(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.nfd() {
        match letter {
            'đ' => plain.push_str("dj"),
            'Đ' => plain.push_str("Dj"),
            '„' | '“' | '”' => plain.push('"'),
            '’' | '‘' => plain.push('\''),
            '–' | '—' => plain.push('-'),
            '…' => plain.push_str("..."),
            _ if unicode_normalization::char::is_combining_mark(letter) => {}
            _ => plain.push(letter),
        }
    }
    plain
}

/// Sorts names as a Serbian reader looks for them, in either script: by the alphabet of the script that they are written in, in
/// which `lj`, `nj` and `dž` are letters of their own. What is in neither alphabet comes behind.
pub fn alphabetical(name: &str) -> Vec<u32> {
    let lower: String = name.to_lowercase();
    let mut rest = lower.as_str();
    let mut places = Vec::with_capacity(name.len());
    while let Some(first) = rest.chars().next() {
        let digraph = rest.get(..first.len_utf8() + 1).or_else(|| rest.get(..first.len_utf8() + 2));
        let found = |letter: &str| LATIN.iter().position(|known| *known == letter);
        let (place, taken) = match (digraph.and_then(found), CYRILLIC.chars().position(|c| c == first)) {
            (Some(place), _) => (place, digraph.map_or(1, str::len)),
            (None, Some(place)) => (place, first.len_utf8()),
            (None, None) => match found(first.encode_utf8(&mut [0; 4])) {
                Some(place) => (place, first.len_utf8()),
                None => (0, 0),
            },
        };
        match taken {
            // Spaces and hyphens end a name before any letter would go on with it.
            0 if !first.is_alphanumeric() => places.push(0),
            0 => places.push(BEHIND + u32::from(first)),
            _ => places.push(place as u32 + 1),
        }
        rest = rest.get(taken.max(first.len_utf8())..).unwrap_or_default();
    }
    places
}

const CYRILLIC: &str = "абвгдђежзијклљмнњопрстћуфхцчџш";
#[rustfmt::skip]
const LATIN: [&str; 30] = [
    "a", "b", "c", "č", "ć", "d", "dž", "đ", "e", "f", "g", "h", "i", "j", "k", "l", "lj", "m", "n", "nj", "o", "p", "r", "s",
    "š", "t", "u", "v", "z", "ž",
];
/// Places of letters of other alphabets begin here.
const BEHIND: u32 = 100;

/// Whether a text can be read by somebody who asked for Cyrillic: it has at least one Cyrillic letter.
pub fn has_cyrillic(text: &str) -> bool {
    text.chars().any(|c| ('\u{400}'..='\u{4ff}').contains(&c))
}

#[rustfmt::skip]
fn latin_of(letter: char) -> Option<&'static str> {
    Some(match letter {
        'а' => "a", 'б' => "b", 'в' => "v", 'г' => "g", 'д' => "d", 'ђ' => "đ", 'е' => "e", 'ж' => "ž", 'з' => "z",
        'и' => "i", 'ј' => "j", 'к' => "k", 'л' => "l", 'љ' => "lj", 'м' => "m", 'н' => "n", 'њ' => "nj", 'о' => "o",
        'п' => "p", 'р' => "r", 'с' => "s", 'т' => "t", 'ћ' => "ć", 'у' => "u", 'ф' => "f", 'х' => "h", 'ц' => "c",
        'ч' => "č", 'џ' => "dž", 'ш' => "š",
        'А' => "A", 'Б' => "B", 'В' => "V", 'Г' => "G", 'Д' => "D", 'Ђ' => "Đ", 'Е' => "E", 'Ж' => "Ž", 'З' => "Z",
        'И' => "I", 'Ј' => "J", 'К' => "K", 'Л' => "L", 'Љ' => "Lj", 'М' => "M", 'Н' => "N", 'Њ' => "Nj", 'О' => "O",
        'П' => "P", 'Р' => "R", 'С' => "S", 'Т' => "T", 'Ћ' => "Ć", 'У' => "U", 'Ф' => "F", 'Х' => "H", 'Ц' => "C",
        'Ч' => "Č", 'Џ' => "Dž", 'Ш' => "Š",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_the_order_of_the_alphabet_of_their_script() {
        let sorted = |mut names: Vec<&'static str>| {
            names.sort_by_key(|name| alphabetical(name));
            names
        };
        assert_eq!(
            sorted(vec!["Ђорђе", "Цветa", "Ана", "Љубица", "Јелена", "Ана Марија", "Лука", "Жарко"]),
            ["Ана", "Ана Марија", "Ђорђе", "Жарко", "Јелена", "Лука", "Љубица", "Цветa"]
        );
        assert_eq!(
            sorted(vec!["Žarko", "Đorđe", "Čeda", "Luka", "Ljubica", "Lazar", "Cvetko", "Ćira", "Wolf"]),
            ["Cvetko", "Čeda", "Ćira", "Đorđe", "Lazar", "Luka", "Ljubica", "Žarko", "Wolf"]
        );
        assert!(alphabetical("").is_empty());
    }

    #[test]
    fn digraphs_keep_the_case_of_their_word() {
        for (cyrillic, latin) in [
            ("Љубав", "Ljubav"),
            ("ЉУБАВ", "LJUBAV"),
            ("љубав", "ljubav"),
            ("Њ", "Nj"),
            ("КРАЉ", "KRALJ"),
            ("Џемпер ЏЕМПЕР", "Džemper DŽEMPER"),
            ("Његош и Ђорђе, 12. мај", "Njegoš i Đorđe, 12. maj"),
            ("Čačak остаје", "Čačak ostaje"),
        ] {
            assert_eq!(to_latin(cyrillic), latin);
        }
    }

    #[test]
    fn all_spellings_share_one_search_key() {
        for name in ["Ђорђевић", "Đorđević", "Djordjević", "ĐORĐEVIĆ", "djordjevic", "Djordjevic"]
        {
            assert_eq!(search_key(name), "djordjevic", "{name}");
        }
        assert_eq!(search_key("Љиљана  Џаџић-Шћепановић!"), "ljiljana dzadzic scepanovic");
        assert_eq!(search_key("400-73/2026-02"), "400 73 2026 02");
        assert_eq!(search_key("  ... "), "");
        // Composed and decomposed letters are the same letter.
        assert_eq!(search_key("c\u{301}"), search_key("ć"));
    }
}
