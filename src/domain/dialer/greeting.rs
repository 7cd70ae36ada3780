//! Whether a person or a machine has answered, by how the greeting goes: a person says a word or two and waits for an answer, a machine talks on. It is a
//! guess. In doubt it is a person: hanging up on a citizen is worse than an operator who hears a machine.

use std::time::Duration;

use crate::domain::words::words;

words! {
    Verdict {
        Person = "person",
        Machine = "machine",
    }
}

/// Longer than this nobody says who they are.
const LONGEST_WORDS: Duration = Duration::from_millis(2_400);
/// Whoever is silent for so long after words waits for an answer.
const WAITS: Duration = Duration::from_millis(700);
/// Between the words of one sentence.
const BREATH: Duration = Duration::from_millis(400);
/// Shorter sounds are a click, a breath, a receiver that is taken up.
const SOUND: Duration = Duration::from_millis(100);
/// Whoever says nothing at all listens: a person, or a machine that has nothing to say.
const SPEECHLESS: Duration = Duration::from_millis(2_500);
/// A citizen who answers is not kept waiting for longer.
pub const LONGEST: Duration = Duration::from_millis(4_000);

/// One of so many who are taken for machines is listened to by a person: so the mistakes are counted of which nobody would know.
pub const CONTROL: i64 = 20;

/// What was heard since the answer, packet by packet.
#[derive(Clone, Copy, Debug, Default)]
pub struct Greeting {
    heard: Duration,
    /// Of what is being said, with its breaths.
    words: Duration,
    /// The sound that goes on, and the silence that does.
    sound: Duration,
    silence: Duration,
    /// Somebody has said something.
    spoke: bool,
}

impl Greeting {
    /// The next stretch of time, in which there was a voice or not. `None`: not known yet.
    pub fn hear(&mut self, is_voice: bool, length: Duration) -> Option<Verdict> {
        self.heard += length;
        if is_voice {
            self.sound += length;
            if self.sound >= SOUND {
                // The beginning of the sound, and the breath before it, belong to it.
                self.words += if self.spoke { length + self.breath() } else { self.sound };
                (self.spoke, self.silence) = (true, Duration::ZERO);
            }
        } else {
            (self.sound, self.silence) = (Duration::ZERO, self.silence + length);
        }
        self.verdict()
    }

    /// A pause within a sentence lasts as long as the words around it.
    fn breath(&self) -> Duration {
        if self.silence <= BREATH { self.silence } else { Duration::ZERO }
    }

    fn verdict(&self) -> Option<Verdict> {
        if self.spoke && self.words >= LONGEST_WORDS {
            return Some(Verdict::Machine);
        }
        let waits = self.spoke && self.silence >= WAITS;
        let speechless = !self.spoke && self.heard >= SPEECHLESS;
        (waits || speechless || self.heard >= LONGEST).then_some(Verdict::Person)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PACKET: Duration = Duration::from_millis(20);

    /// Milliseconds of voice and silence by turns, voice first; when it is known, and what.
    fn greeting(parts: &[u64]) -> Option<(Verdict, u64)> {
        let mut greeting = Greeting::default();
        let mut at = 0;
        for (n, part) in parts.iter().enumerate() {
            for _ in 0..part / 20 {
                at += 20;
                if let Some(verdict) = greeting.hear(n % 2 == 0, PACKET) {
                    return Some((verdict, at));
                }
            }
        }
        None
    }

    #[test]
    fn hello_and_a_pause_is_a_person() {
        assert_eq!(greeting(&[0, 300, 400, 2_000]), Some((Verdict::Person, 300 + 400 + 700)));
        assert_eq!(
            greeting(&[600, 300, 500, 2_000]),
            Some((Verdict::Person, 600 + 300 + 500 + 700)),
            "a name too"
        );
    }

    #[test]
    fn whoever_talks_on_is_a_machine() {
        let (verdict, at) = greeting(&[0, 400, 3_500]).unwrap();
        assert_eq!(verdict, Verdict::Machine);
        assert!(at <= 400 + 2_500, "{at}");
        let breathing = greeting(&[0, 200, 900, 300, 900, 300, 900, 300]);
        assert_eq!(breathing.map(|(verdict, _)| verdict), Some(Verdict::Machine));
    }

    #[test]
    fn silence_is_a_person_who_listens_and_a_click_is_no_word() {
        assert_eq!(greeting(&[0, 3_000]), Some((Verdict::Person, 2_500)));
        assert_eq!(greeting(&[60, 3_000]), Some((Verdict::Person, 2_500)));
    }

    proptest! {
        #[test]
        fn nobody_is_kept_waiting_whatever_is_heard(parts in prop::collection::vec(0_u64..1_500, 1..60)) {
            let total: u64 = parts.iter().map(|part| part / 20 * 20).sum();
            match greeting(&parts) {
                Some((_, at)) => prop_assert!(at <= 4_000),
                None => prop_assert!(total < 4_000),
            }
        }
    }
}
