//! Everything that may be said in a call about a version, so that it is recorded or spoken before anybody is called.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::super::person::PersonLanguage;
use super::super::interview::{Disposition, Interview};
use super::super::version::Published;
use super::{Call, Layout, Outcome, Phrase, Piece};

/// In whatever order options are heard, whatever is answered, and whatever goes wrong; by [`Piece::key`].
pub fn sayings(version: &Arc<Published>, language: PersonLanguage) -> BTreeMap<String, Piece> {
    let (call, _) = Call::start(Interview::start(Arc::clone(version), language, 0));
    let questions = call.interview.questionnaire().questions.iter();
    let asked = questions.filter_map(|question| {
        // Another order gives the same keys to other options.
        let layout = Layout::of(question, 0, &call.settings)?;
        Some(call.prompt(question, &layout, true))
    });
    let ends = [Disposition::Complete, Disposition::ScreenedOut].map(Outcome::Ended);
    let farewells = [Outcome::OptedOut, Outcome::GaveUp].into_iter().chain(ends);
    let said = asked.chain(farewells.map(|outcome| call.farewell(outcome))).flatten();
    let complaints = Phrase::COMPLAINTS.map(Piece::Phrase);
    let all = call.greeting().into_iter().chain(said).chain(complaints);
    all.map(|piece| (piece.key(), piece)).collect()
}

impl Piece {
    /// In one language, what has the same key sounds the same.
    pub fn key(&self) -> String {
        match self {
            Self::Recording(recording) => format!("@recording:{}", recording.as_str()),
            Self::Words(words) => format!("@words:{words}"),
            Self::Phrase(phrase) => format!("@phrase:{}", phrase.key()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::super::samples::{Tape, example, published, sound};
    use super::super::{Input, Output, Settings};
    use super::*;

    const SERBIAN: PersonLanguage = PersonLanguage::SerbianCyrillic;

    #[test]
    fn whatever_may_be_said_of_the_example_is_known_before_the_first_call() {
        let said = sayings(&published(example()), SERBIAN);
        for phrase in [Phrase::OptOut('9'), Phrase::NoKey, Phrase::GivenUp, Phrase::OptedOut, Phrase::Star] {
            assert!(said.contains_key(&Piece::Phrase(phrase).key()), "{phrase:?}");
        }
        assert!(said.iter().all(|(key, piece)| *key == piece.key() && key.starts_with('@')));
    }

    proptest! {
        #[test]
        fn nothing_is_played_that_was_not_prepared(
            tape in prop::collection::vec(any::<u16>(), 0..200), seed in any::<u32>(), inputs in prop::collection::vec(0..16_u8, 0..80)
        ) {
            let mut questionnaire = sound(&mut Tape(tape.iter()));
            questionnaire.keypad = Some(Settings::default());
            let version = Arc::new(Published::stored(super::super::super::version::VersionNumber(1), questionnaire));
            let said = sayings(&version, SERBIAN);
            let (mut call, mut outputs) = Call::start(Interview::start(version, SERBIAN, seed));
            let inputs = inputs.into_iter().map(|n| match n {
                0..=9 => Input::Key(char::from(b'0' + n)),
                10 => Input::Key('#'),
                11 => Input::Key('*'),
                12 => Input::Silence,
                _ => Input::Played,
            });
            for input in inputs {
                for output in std::mem::replace(&mut outputs, call.handle(input)) {
                    if let Output::Play(pieces) = output {
                        prop_assert!(pieces.iter().all(|piece| said.contains_key(&piece.key())), "{:?}", pieces);
                    }
                }
            }
        }
    }
}
