//! What is played, piece by piece: a recording where there is one, else words for speech synthesis.

use super::super::super::file::BlobHash;
use super::super::super::person::PersonLanguage;
use super::super::super::spoken::{Tongue, spoken};
use super::super::answer::Answer;
use super::super::kind::Kind;
use super::super::questionnaire::{Question, QuestionKey, Recordings};
use super::super::texts::Texts;
use super::{Call, Disposition, Entry, Layout, Outcome, Phrase};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Recording(BlobHash),
    /// Dates, numbers and abbreviations are in words already.
    Words(String),
    Phrase(Phrase),
}

impl Call {
    pub(super) fn greeting(&self) -> Vec<Piece> {
        let questionnaire = self.interview.questionnaire();
        let mut pieces = self.said(&questionnaire.greeting, &questionnaire.greeting_recordings);
        pieces.extend(self.settings.opt_out.map(|key| Piece::Phrase(Phrase::OptOut(key))));
        pieces
    }

    /// The question, its answers with their keys, and the ways around it. `star`: that the star repeats is not known yet.
    pub(super) fn prompt(&self, question: &Question, layout: &Layout, star: bool) -> Vec<Piece> {
        let mut pieces = self.said(&question.text, &question.recordings);
        pieces.extend(self.keys(question, layout));
        let hints = [
            (layout.does_not_know, Phrase::DoesNotKnow),
            (layout.pass.is_some(), Phrase::Pass),
            (star, Phrase::Star),
        ];
        pieces.extend(hints.into_iter().filter(|(is_said, _)| *is_said).map(|(_, hint)| Piece::Phrase(hint)));
        pieces
    }

    pub(super) fn farewell(&self, outcome: Outcome) -> Vec<Piece> {
        match outcome {
            Outcome::OptedOut => vec![Piece::Phrase(Phrase::OptedOut)],
            Outcome::GaveUp | Outcome::HungUp => vec![Piece::Phrase(Phrase::GivenUp)],
            Outcome::Ended(disposition) => {
                let is_thanked = disposition == Disposition::Complete;
                let (texts, recordings) = self.interview.questionnaire().farewell(is_thanked);
                self.said(texts, recordings)
            }
        }
    }

    /// All that may be said, in the order of the questionnaire: the greeting, each question, the thanks. A question that keys cannot answer has
    /// no pieces.
    pub fn written_out(&self) -> Vec<(Option<QuestionKey>, Vec<Piece>)> {
        let questions = self.interview.questionnaire().questions.iter().map(|question| {
            let layout = Layout::of(question, self.interview.seed(), &self.settings);
            let pieces = layout.map(|layout| self.prompt(question, &layout, false));
            (Some(question.key.clone()), pieces.unwrap_or_default())
        });
        let greeting = std::iter::once((None, self.greeting()));
        let thanks = (None, self.farewell(Outcome::Ended(Disposition::Complete)));
        greeting.chain(questions).chain([thanks]).collect()
    }

    fn keys(&self, question: &Question, layout: &Layout) -> Vec<Piece> {
        let phrase = |phrase| vec![Piece::Phrase(phrase)];
        match (&layout.entry, &question.kind) {
            (Entry::Key(keys), Kind::Scale { from, to, .. }) => self.points(question, keys, *from, *to),
            (Entry::Digits { .. }, Kind::Scale { from, to, .. }) => {
                let mut pieces = self.labels(question);
                pieces.push(Piece::Phrase(Phrase::NumberFromTo(*from, *to)));
                pieces
            }
            (Entry::Key(keys), _) => {
                let codes = keys.iter().filter_map(|(key, answer)| match answer {
                    Answer::One(code) => Some((*key, *code)),
                    _ => None,
                });
                codes.flat_map(|(key, code)| self.option(question, key, code)).collect()
            }
            (Entry::Keys(keys), _) => {
                let options = keys.iter().flat_map(|(key, code)| self.option(question, *key, *code));
                options.chain([Piece::Phrase(Phrase::Several)]).collect()
            }
            (Entry::Digits { comma, .. }, _) => {
                let comma = comma.then_some(Piece::Phrase(Phrase::Comma));
                [Piece::Phrase(Phrase::Number)].into_iter().chain(comma).collect()
            }
            (Entry::Date, _) => phrase(Phrase::Date),
        }
    }

    fn option(&self, question: &Question, key: char, code: super::super::kind::Code) -> Vec<Piece> {
        let Some(option) = question.kind.option(code) else { return Vec::new() };
        let mut pieces = self.said(&option.text, &option.recordings);
        pieces.push(Piece::Phrase(Phrase::Press(key)));
        pieces
    }

    /// Points with a name are said with their key; all of them are, where the keys are not their numbers.
    fn points(&self, question: &Question, keys: &[(char, Answer)], from: i16, to: i16) -> Vec<Piece> {
        let Kind::Scale { labels, .. } = &question.kind else { return Vec::new() };
        let numbered = from >= 0;
        let mut pieces: Vec<Piece> =
            numbered.then_some(Piece::Phrase(Phrase::PressFromTo(from, to))).into_iter().collect();
        for (key, answer) in keys {
            let Answer::Point(point) = answer else { continue };
            let label = labels.iter().find(|label| label.value == *point);
            let said = match label {
                Some(label) => self.said(&label.text, &Recordings::default()),
                None if numbered => continue,
                None => vec![Piece::Words(spoken(&point.to_string(), self.tongue()))],
            };
            pieces.extend(said);
            pieces.push(Piece::Phrase(Phrase::Press(*key)));
        }
        pieces
    }

    /// "Zero: not at all. Ten: completely."
    fn labels(&self, question: &Question) -> Vec<Piece> {
        let Kind::Scale { labels, .. } = &question.kind else { return Vec::new() };
        let said = labels.iter().map(|label| {
            let words = label.text.in_language(self.spoken_language());
            Piece::Words(spoken(&format!("{}: {words}", label.value), self.tongue()))
        });
        said.collect()
    }

    /// Serbian is spoken from the Cyrillic where there is one: it says without doubt how words sound.
    fn spoken_language(&self) -> PersonLanguage {
        match self.tongue() {
            Tongue::Serbian => PersonLanguage::SerbianCyrillic,
            Tongue::English => PersonLanguage::English,
        }
    }

    fn said(&self, texts: &Texts, recordings: &Recordings) -> Vec<Piece> {
        if let Some(recording) = recordings.of(self.tongue()) {
            return vec![Piece::Recording(recording.clone())];
        }
        let words = texts.in_language(self.spoken_language());
        if words.is_empty() { Vec::new() } else { vec![Piece::Words(spoken(&words, self.tongue()))] }
    }
}
