//! What people recorded for the telephone, in place of the words that a program would speak.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use super::super::file::BlobHash;
use super::super::spoken::Tongue;
use super::kind::{Choice, Code, Kind};
use super::questionnaire::{QuestionKey, Questionnaire, Recordings};
use super::texts::Texts;

/// Words that have a recording of their own: `greeting`, `question.age`, `option.sex.2`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Passage {
    Greeting,
    Thanks,
    Apology,
    Question(QuestionKey),
    Option(QuestionKey, Code),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no passage of a survey")]
pub struct NoPassage;

impl Questionnaire {
    /// All that can be recorded, as it is heard.
    pub fn passages(&self) -> Vec<(Passage, &Texts, &Recordings)> {
        let mut passages = vec![(Passage::Greeting, &self.greeting, &self.greeting_recordings)];
        for question in &self.questions {
            let key = || question.key.clone();
            passages.push((Passage::Question(key()), &question.text, &question.recordings));
            let options = options(&question.kind).iter();
            passages.extend(
                options.map(|option| (Passage::Option(key(), option.code), &option.text, &option.recordings)),
            );
        }
        passages.push((Passage::Thanks, &self.thanks, &self.thanks_recordings));
        passages.push((Passage::Apology, &self.apology, &self.apology_recordings));
        passages.retain(|(passage, texts, _)| *passage != Passage::Apology || !texts.is_empty());
        passages
    }

    /// `None`: there is no such passage.
    pub fn recordings_of(&self, wanted: &Passage) -> Option<&Recordings> {
        let found = self.passages().into_iter().find(|(passage, ..)| passage == wanted);
        found.map(|(_, _, recordings)| recordings)
    }

    pub fn recordings_of_mut(&mut self, wanted: &Passage) -> Option<&mut Recordings> {
        match wanted {
            Passage::Greeting => Some(&mut self.greeting_recordings),
            Passage::Thanks => Some(&mut self.thanks_recordings),
            Passage::Apology => Some(&mut self.apology_recordings),
            Passage::Question(key) => {
                self.questions.iter_mut().find(|q| q.key == *key).map(|q| &mut q.recordings)
            }
            Passage::Option(key, code) => {
                let question = self.questions.iter_mut().find(|q| q.key == *key)?;
                let option = options_mut(&mut question.kind)?.iter_mut().find(|o| o.code == *code);
                option.map(|option| &mut option.recordings)
            }
        }
    }

    /// The recordings that it needs.
    pub fn recorded(&self) -> BTreeSet<BlobHash> {
        let recordings = self.all_recordings().into_iter();
        recordings.flat_map(|of| [&of.serbian, &of.english]).flatten().cloned().collect()
    }

    /// Words are spoken in the place of these.
    pub fn forget_recordings(&mut self, gone: &BTreeSet<BlobHash>) {
        let forget = |recordings: &mut Recordings| {
            for recording in [&mut recordings.serbian, &mut recordings.english] {
                if recording.as_ref().is_some_and(|hash| gone.contains(hash)) {
                    *recording = None;
                }
            }
        };
        let ends = [&mut self.greeting_recordings, &mut self.thanks_recordings, &mut self.apology_recordings];
        ends.into_iter().for_each(forget);
        for question in &mut self.questions {
            forget(&mut question.recordings);
            let options = options_mut(&mut question.kind).into_iter().flatten();
            options.for_each(|option| forget(&mut option.recordings));
        }
    }

    fn all_recordings(&self) -> Vec<&Recordings> {
        let mut all = vec![&self.greeting_recordings, &self.thanks_recordings, &self.apology_recordings];
        for question in &self.questions {
            all.push(&question.recordings);
            all.extend(options(&question.kind).iter().map(|option| &option.recordings));
        }
        all
    }
}

impl Recordings {
    pub fn put(&mut self, tongue: Tongue, recording: Option<BlobHash>) {
        match tongue {
            Tongue::Serbian => self.serbian = recording,
            Tongue::English => self.english = recording,
        }
    }
}

fn options(kind: &Kind) -> &[Choice] {
    match kind {
        Kind::Single { options, .. } | Kind::Multiple { options, .. } => options,
        Kind::Scale { .. } | Kind::Number { .. } | Kind::Text { .. } | Kind::Date { .. } => &[],
    }
}

fn options_mut(kind: &mut Kind) -> Option<&mut Vec<Choice>> {
    match kind {
        Kind::Single { options, .. } | Kind::Multiple { options, .. } => Some(options),
        Kind::Scale { .. } | Kind::Number { .. } | Kind::Text { .. } | Kind::Date { .. } => None,
    }
}

impl fmt::Display for Passage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Greeting => f.write_str("greeting"),
            Self::Thanks => f.write_str("thanks"),
            Self::Apology => f.write_str("apology"),
            Self::Question(key) => write!(f, "question.{key}"),
            Self::Option(key, code) => write!(f, "option.{key}.{code}"),
        }
    }
}

impl FromStr for Passage {
    type Err = NoPassage;

    fn from_str(text: &str) -> Result<Self, NoPassage> {
        match text.split_once('.') {
            None if text == "greeting" => Ok(Self::Greeting),
            None if text == "thanks" => Ok(Self::Thanks),
            None if text == "apology" => Ok(Self::Apology),
            Some(("question", key)) => Ok(Self::Question(key.into())),
            Some(("option", rest)) => {
                let (key, code) = rest.rsplit_once('.').ok_or(NoPassage)?;
                Ok(Self::Option(key.into(), Code(code.parse().map_err(|_| NoPassage)?)))
            }
            _ => Err(NoPassage),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::example;
    use super::*;

    #[test]
    fn every_passage_has_a_name_by_which_it_is_found() {
        let mut example = example();
        let passages: Vec<Passage> = example.passages().into_iter().map(|(passage, ..)| passage).collect();
        for passage in &passages {
            assert_eq!(passage.to_string().parse::<Passage>().as_ref(), Ok(passage));
            let hash = BlobHash::of(passage.to_string().as_bytes());
            example.recordings_of_mut(passage).unwrap().put(Tongue::English, Some(hash.clone()));
            assert_eq!(example.recordings_of(passage).unwrap().of(Tongue::English), Some(&hash));
        }
        assert_eq!(example.recorded().len(), passages.len(), "each its own");
        for wrong in ["", "question", "option.sex", "option.sex.x", "hello"] {
            assert!(wrong.parse::<Passage>().is_err(), "{wrong}");
        }
        assert!(example.recordings_of(&Passage::Option("sex".into(), Code(9))).is_none());
    }

    #[test]
    fn what_is_forgotten_is_spoken() {
        let mut with = example();
        let hash = BlobHash::of(b"voice");
        for passage in
            [Passage::Thanks, Passage::Question("sex".into()), Passage::Option("sex".into(), Code(1))]
        {
            with.recordings_of_mut(&passage).unwrap().put(Tongue::Serbian, Some(hash.clone()));
        }
        with.forget_recordings(&BTreeSet::from([BlobHash::of(b"other")]));
        assert_eq!(with.recorded(), BTreeSet::from([hash]));
        with.forget_recordings(&with.recorded());
        assert_eq!(with, example());
    }
}
