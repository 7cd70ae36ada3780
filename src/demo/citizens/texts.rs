//! What citizens text: in Cyrillic, in Latin, in Latin without its marks, with emoji, long, and about a case that is open.

use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use crate::demo::town::{Person, problem};
use crate::domain::script::to_latin;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// E.164.
    pub from: String,
    pub words: String,
}

const EMOJI: &[&str] = &["😡", "🙏", "💧💧", "🚧", "🐕", "🥶", "👍"];
const FOLLOW_UPS: &[&str] = &[
    "Има ли новости?",
    "Када ће доћи екипа?",
    "Још увек исто стање.",
    "Хвала, решено је!",
    "Молим број мог предмета.",
];
/// Of the people who text, so many per cent have texted before: their words join the open case.
const FOLLOW_UP_PERCENT: u32 = 12;

/// `recent`: who texted before.
pub fn draw(rng: &mut StdRng, people: &[Person], recent: &[String]) -> Option<Text> {
    if rng.random_range(0..100) < FOLLOW_UP_PERCENT
        && let (Some(from), Some(words)) = (recent.choose(rng), FOLLOW_UPS.choose(rng))
    {
        return Some(Text { from: from.clone(), words: in_some_script(rng, words) });
    }
    let person = people.choose(rng)?;
    let (_, mut words) = problem(rng, person);
    match rng.random_range(0..10) {
        // Long: several parts on the air.
        0 | 1 => {
            words = format!(
                "{words} Молим да ме обавестите о броју предмета и року. {}, {} {}. {}",
                person.name,
                person.street,
                person.house,
                problem(rng, person).1
            )
        }
        2 => words = format!("{words} {}", EMOJI.choose(rng).copied().unwrap_or_default()),
        3 => words = words.to_uppercase(),
        _ => {}
    }
    Some(Text { from: person.number.clone(), words: in_some_script(rng, &words) })
}

fn in_some_script(rng: &mut StdRng, words: &str) -> String {
    match rng.random_range(0..10) {
        0..4 => words.to_owned(),
        4..6 => to_latin(words),
        _ => without_marks(&to_latin(words)),
    }
}

/// As people type on a telephone: `č ć š ž` lose their marks, `đ` becomes `dj`.
fn without_marks(latin: &str) -> String {
    let mut shaved = String::with_capacity(latin.len());
    for letter in latin.chars() {
        match letter {
            'č' | 'ć' => shaved.push('c'),
            'š' => shaved.push('s'),
            'ž' => shaved.push('z'),
            'đ' => shaved.push_str("dj"),
            'Č' | 'Ć' => shaved.push('C'),
            'Š' => shaved.push('S'),
            'Ž' => shaved.push('Z'),
            'Đ' => shaved.push_str("Dj"),
            other => shaved.push(other),
        }
    }
    shaved
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn texts_come_in_every_script_and_length() {
        let mut rng = StdRng::seed_from_u64(5);
        let people = vec![Person {
            name: "Ђорђе Џодић".into(),
            number: "+381641234567".into(),
            street: "Шумска",
            house: 12,
        }];
        let texts: Vec<String> =
            (0..300).filter_map(|_| draw(&mut rng, &people, &[])).map(|t| t.words).collect();
        assert!(texts.iter().any(|t| t.contains("Шумска")));
        assert!(texts.iter().any(|t| t.contains("Šumska")));
        assert!(texts.iter().any(|t| t.contains("Sumska")));
        assert!(texts.iter().any(|t| t.contains('💧') || t.contains('😡')));
        assert!(texts.iter().any(|t| t.chars().count() > 160));
        assert!(texts.iter().all(|t| !t.contains('{')));
    }
}
