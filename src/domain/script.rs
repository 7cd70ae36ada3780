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
