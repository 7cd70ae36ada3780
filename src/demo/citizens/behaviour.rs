//! What one citizen does in one call. Pure: a script is drawn from chance and then carried out by `phone`.

use std::time::Duration;

use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use super::acts::Act;
use crate::demo::town::Person;
use crate::demo::voices::{Speaker, VOICES, Words};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallScript {
    pub kind: CallKind,
    /// E.164; `None` for a hidden number.
    pub number: Option<String>,
    /// Hangs up when nobody has answered after so long.
    pub patience: Duration,
    /// In this order from the answer on. After the last one the citizen hangs up.
    pub acts: Vec<Act>,
    /// The telephone says that its sound comes from an address to which no road leads, and none comes.
    pub unheard: bool,
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
    /// Hears the music of the queue for a while and has had enough.
    GivesUpWaiting,
    /// One-way audio: talks with somebody who hears nothing.
    Unheard,
}

/// How many of a hundred calls are of which kind.
const SHARES: &[(CallKind, u32)] = &[
    (CallKind::ToThePoint, 60),
    (CallKind::Hidden, 8),
    (CallKind::WrongKeysFirst, 6),
    (CallKind::NoKey, 4),
    (CallKind::SilentAfterBeep, 3),
    (CallKind::HangsUpRinging, 3),
    (CallKind::HangsUpInMenu, 5),
    (CallKind::HangsUpSpeaking, 4),
    (CallKind::GivesUpWaiting, 5),
    (CallKind::Unheard, 2),
];

/// Somebody who waits for an answer at all waits so long.
const PATIENCE: Duration = Duration::from_secs(20);

impl CallScript {
    pub fn draw(rng: &mut StdRng, people: &[Person]) -> Self {
        let kind = SHARES.choose_weighted(rng, |share| share.1).map_or(CallKind::ToThePoint, |share| share.0);
        Self::of(kind, rng, people)
    }

    pub fn of(kind: CallKind, rng: &mut StdRng, people: &[Person]) -> Self {
        let (key, words, speaker) = VOICES
            .choose(rng)
            .map_or(('5', None, Speaker::Woman), |voice| (voice.key, Some(voice.words), voice.speaker));
        let mut acts = vec![Act::Listen(millis(rng, 1_500..6_000))];
        let mut patience = PATIENCE;
        match kind {
            CallKind::ToThePoint | CallKind::Hidden => {
                acts.push(Act::Press(key));
                acts.extend(conversation(words, speaker));
                // Half of those whom a machine hears out press hash at the end, as they were told; the others just hang up.
                if rng.random_bool(0.5) {
                    acts.extend([Act::Press('#'), Act::HearOut]);
                }
            }
            CallKind::WrongKeysFirst => {
                let wrong = ['8', '*', '0', '7'].choose(rng).copied().unwrap_or('9');
                acts.extend([Act::Press(wrong), Act::HearOut, Act::Press(key)]);
                acts.extend(conversation(words, speaker));
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
                acts.extend([Act::Press(key), Act::AwaitAnswer]);
                acts.extend(words.map(|words| Act::SpeakPart(words, part)));
            }
            CallKind::GivesUpWaiting => {
                acts.extend([Act::Press(key), Act::Listen(millis(rng, 12_000..40_000))]);
            }
            CallKind::Unheard => acts.push(Act::Listen(millis(rng, 45_000..70_000))),
        }
        let number = match kind {
            CallKind::Hidden => None,
            _ => people.choose(rng).map(|person| person.number.clone()),
        };
        Self { kind, number, patience, acts, unheard: kind == CallKind::Unheard }
    }
}

/// Says it when the prompts are over and somebody has answered, be it an operator or the tone, and answers what is asked.
fn conversation(words: Option<Words>, speaker: Speaker) -> impl Iterator<Item = Act> {
    let said = words.into_iter().chain(speaker.replies());
    said.flat_map(|words| [Act::AwaitAnswer, Act::Speak(words)]).chain([Act::HearOut])
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
            let Some(Act::Speak(words)) = script.acts.iter().find(|a| matches!(a, Act::Speak(_))) else {
                panic!("{script:?}")
            };
            let voice = VOICES.iter().find(|voice| voice.words == *words).unwrap();
            assert!(script.acts.contains(&Act::Press(voice.key)), "{script:?}");
        }
    }
}
