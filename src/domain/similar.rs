//! Whether two reports are about the same thing: by the words of their places and of what was said.

use super::script::search_key;

/// Of a text; the first ones say what it is about.
const STEMS: usize = 12;
/// Shorter words are particles and prepositions.
const SHORTEST: usize = 4;
/// House numbers count in a place, where they tell one end of a street from the other.
const PLACE_WEIGHT: u32 = 3;

/// Beginnings of the words that mean something, in search keys: endings change with every case of the declension.
pub fn stems(text: &str) -> Vec<String> {
    let mut stems: Vec<String> = Vec::new();
    for word in search_key(text).split(' ') {
        let letters = word.chars().count();
        let is_number = !word.is_empty() && word.chars().all(|c| c.is_ascii_digit());
        if letters < SHORTEST && !is_number || STOP.contains(&word) {
            continue;
        }
        let kept = if is_number { letters } else { letters.saturating_sub(2).clamp(SHORTEST, 7) };
        let stem: String = word.chars().take(kept).collect();
        if !stems.contains(&stem) {
            stems.push(stem);
        }
        if stems.len() == STEMS {
            break;
        }
    }
    stems
}

/// In search keys.
const STOP: &[&str] = &[
    "ulica",
    "ulici",
    "ulice",
    "broj",
    "broja",
    "broju",
    "kod",
    "ispred",
    "pored",
    "molim",
    "postovani",
    "jedan",
    "nema",
    "ima",
];

/// How much two reports share; 0: nothing.
pub fn likeness(place: &[String], words: &[String], other_place: &str, other_words: &str) -> u32 {
    let (other_place, other_words) = (search_key(other_place), search_key(other_words));
    let shared = |stems: &[String], text: &str| {
        let begins = |stem: &&String| text.split(' ').any(|word| word.starts_with(stem.as_str()));
        u32::try_from(stems.iter().filter(begins).count()).unwrap_or(u32::MAX)
    };
    // A place may have been said among the words.
    let places = shared(place, &format!("{other_place} {other_words}"));
    places * PLACE_WEIGHT + shared(words, &format!("{other_words} {other_place}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_in_other_words_and_another_script_is_like_itself() {
        let (place, words) = (stems("Ул. Змај Јовина 12"), stems("Пукла је водоводна цев испред зграде"));
        let same = likeness(&place, &words, "Zmaj Jovine 12", "iz puklih vodovodnih cevi teče voda");
        let elsewhere = likeness(&place, &words, "Дунавска 3", "пукла водоводна цев");
        let other = likeness(&place, &words, "Булевар 7", "пас луталица");
        assert!(same > elsewhere && elsewhere > other, "{same} {elsewhere} {other}");
        assert_eq!(other, 0);
    }

    #[test]
    fn stems_are_few_and_mean_something() {
        assert_eq!(stems("На улици код броја 5 нема светла"), ["5", "svet"]);
        assert!(stems(&"реч1 друга2 трећа3 ".repeat(50)).len() <= STEMS);
        assert!(stems("").is_empty());
    }
}
