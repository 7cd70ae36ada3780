//! What one citizen does in one call. Pure: a script is drawn from chance and then carried out by `phone`.

use std::time::Duration;

use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use crate::demo::town::Person;
use crate::demo::voices::VOICES;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallScript {
    pub kind: CallKind,
    /// E.164; `None` for a hidden number.
    pub number: Option<String>,
    /// Hangs up when nobody has answered after so long.
    pub patience: Duration,
    /// In this order from the answer on. After the last one the citizen hangs up.
    pub acts: Vec<Act>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallKind {
    ToThePoint,
    Hidden,
    WrongKeysFirst,
    NoKey,
    SilentAfterBeep,
    HangsUpRinging,
    HangsUpInMenu,
    HangsUpSpeaking,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Listens for so long.
    Listen(Duration),
    /// Listens until the voice at the other end has stopped.
    HearOut,
    Press(char),
    /// Index into the voices.
    Speak(usize),
    /// The first part of a voice, cut off in the middle.
    SpeakPart(usize, Duration),
}

/// How many of a hundred calls are of which kind.
const SHARES: &[(CallKind, u32)] = &[
    (CallKind::ToThePoint, 56),
    (CallKind::Hidden, 8),
    (CallKind::WrongKeysFirst, 8),
    (CallKind::NoKey, 5),
    (CallKind::SilentAfterBeep, 5),
    (CallKind::HangsUpRinging, 3),
    (CallKind::HangsUpInMenu, 8),
    (CallKind::HangsUpSpeaking, 7),
];

/// Somebody who waits for an answer at all waits so long.
const PATIENCE: Duration = Duration::from_secs(20);

impl CallScript {
    pub fn draw(rng: &mut StdRng, people: &[Person]) -> Self {
        let kind = SHARES.choose_weighted(rng, |share| share.1).map_or(CallKind::ToThePoint, |share| share.0);
        Self::of(kind, rng, people)
    }

    pub fn of(kind: CallKind, rng: &mut StdRng, people: &[Person]) -> Self {
        let voice = rng.random_range(0..VOICES.len());
        let key = VOICES.get(voice).map_or('5', |v| v.key);
        let mut acts = vec![Act::Listen(millis(rng, 1_500..6_000))];
        let mut patience = PATIENCE;
        match kind {
            CallKind::ToThePoint | CallKind::Hidden => {
                acts.extend([Act::Press(key), Act::HearOut, Act::Speak(voice)]);
                // Half of the people press hash at the end, as they were told; the others just hang up.
                if rng.random_bool(0.5) {
                    acts.extend([Act::Press('#'), Act::HearOut]);
                }
            }
            CallKind::WrongKeysFirst => {
                let wrong = ['8', '*', '0', '7'].choose(rng).copied().unwrap_or('9');
                acts.extend([Act::Press(wrong), Act::HearOut, Act::Press(key), Act::HearOut]);
                acts.extend([Act::Speak(voice), Act::Press('#'), Act::HearOut]);
            }
            CallKind::NoKey => acts.extend([Act::HearOut, Act::Listen(millis(rng, 12_000..30_000))]),
            CallKind::SilentAfterBeep => {
                acts.extend([Act::Press(key), Act::HearOut, Act::Listen(millis(rng, 3_000..9_000))]);
            }
            CallKind::HangsUpRinging => {
                patience = millis(rng, 0..40);
                acts.clear();
            }
            CallKind::HangsUpInMenu => {}
            CallKind::HangsUpSpeaking => {
                let part = millis(rng, 300..2_500);
                acts.extend([Act::Press(key), Act::HearOut, Act::SpeakPart(voice, part)]);
            }
        }
        let number = match kind {
            CallKind::Hidden => None,
            _ => people.choose(rng).map(|person| person.number.clone()),
        };
        Self { kind, number, patience, acts }
    }
}

fn millis(rng: &mut StdRng, range: std::ops::Range<u64>) -> Duration {
    Duration::from_millis(rng.random_range(range))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use rand::SeedableRng;

    use super::*;

    fn people() -> Vec<Person> {
        let number = "+381641234567".to_owned();
        vec![Person { name: "Ана".into(), number, street: "Нова", house: 1 }]
    }

    #[test]
    fn every_kind_of_citizen_calls() {
        let mut rng = StdRng::seed_from_u64(1);
        let mut seen: HashMap<String, u32> = HashMap::new();
        for _ in 0..2_000 {
            let script = CallScript::draw(&mut rng, &people());
            assert_eq!(script.number.is_none(), script.kind == CallKind::Hidden);
            *seen.entry(format!("{:?}", script.kind)).or_default() += 1;
        }
        assert_eq!(seen.len(), SHARES.len(), "{seen:?}");
        assert_eq!(SHARES.iter().map(|s| s.1).sum::<u32>(), 100);
    }

    #[test]
    fn citizen_to_the_point_presses_the_key_of_what_they_say() {
        let mut rng = StdRng::seed_from_u64(2);
        for _ in 0..50 {
            let script = CallScript::of(CallKind::ToThePoint, &mut rng, &people());
            let Some(Act::Speak(voice)) = script.acts.iter().find(|a| matches!(a, Act::Speak(_))) else {
                panic!("{script:?}")
            };
            assert!(script.acts.contains(&Act::Press(VOICES[*voice].key)), "{script:?}");
        }
    }
}
