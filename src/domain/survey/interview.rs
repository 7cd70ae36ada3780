//! Somebody is led through a version: which question is asked now, what an answer leads to, and what is left.
//!
//! The answers alone say where an interview is: the road is followed from the first question to the first one without an answer. So it can be
//! cut off and resumed anywhere, and a changed answer changes what follows by itself.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::super::person::PersonLanguage;
use super::super::words::words;
use super::answer::{Answer, Refused};
use super::questionnaire::{Ending, Question, QuestionKey, Questionnaire};
use super::road::{Answers, Left, Next, Road};
use super::version::{Published, VersionNumber};

words! {
    /// How an interview ended. AAPOR's outcome (Standard Definitions) is made of it and of how much was answered.
    Disposition {
        Complete = "complete",
        /// It was not about them.
        ScreenedOut = "screened_out",
        Refused = "refused",
        /// Enough of those like them were asked.
        OverQuota = "over_quota",
        /// They hung up or left, and did not come back.
        BrokenOff = "broken_off",
    }
}

words! {
    /// Who or what asks.
    Mode {
        Operator = "operator",
        /// The keys of a telephone.
        Keypad = "keypad",
        /// A page, by a link of one's own.
        Web = "web",
    }
}

words! {
    /// Why an interview is ended before its road does.
    Early {
        Refused = "refused",
        OverQuota = "over_quota",
        BrokenOff = "broken_off",
    }
}

/// One interview. What is kept of it is its [`Record`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interview {
    version: Arc<Published>,
    language: PersonLanguage,
    seed: u32,
    /// Also those that are set aside because a changed answer led past them.
    answers: Answers,
    /// A question that is looked at again; `None`: the first without an answer.
    again: Option<QuestionKey>,
    ended: Option<Disposition>,
}

/// An interview as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub version: VersionNumber,
    pub language: PersonLanguage,
    /// Of the order of options.
    pub seed: u32,
    pub answers: Answers,
    /// `None`: it may be resumed.
    #[serde(default)]
    pub ended: Option<Disposition>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the interview belongs to version {0}")]
pub struct OtherVersion(pub VersionNumber);

/// Where an interview is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position<'a> {
    Question(&'a Question),
    /// Everything was asked. Answers may still be changed until [`Interview::close`].
    End(Ending),
    Over(Disposition),
}

/// What became of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing<'a> {
    Answered(&'a Answer),
    /// The road leads past it.
    Passed,
    /// It is being asked, or may still be.
    Ahead,
}

/// How far it is: a bar of progress may show `answered` of `answered + longest`, and never goes back by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub answered: usize,
    /// Questions left on the shortest and on the longest road that the answers leave open.
    pub shortest: usize,
    pub longest: usize,
}

impl Interview {
    /// `seed`: random; it gives this interview its order of options.
    pub fn start(version: Arc<Published>, language: PersonLanguage, seed: u32) -> Self {
        let (answers, again, ended) = Default::default();
        Self { version, language, seed, answers, again, ended }
    }

    /// Goes on where it was cut off. Answers that the version does not take, which nobody stored by this program, are asked again.
    pub fn resume(version: Arc<Published>, record: Record) -> Result<Self, OtherVersion> {
        if record.version != version.number() {
            return Err(OtherVersion(record.version));
        }
        let takes = |(key, answer): (QuestionKey, Answer)| {
            let answer = version.questionnaire().question(&key)?.accept(answer).ok()?;
            Some((key, answer))
        };
        let answers = record.answers.into_iter().filter_map(takes).collect();
        let Record { language, seed, ended, .. } = record;
        Ok(Self { version, language, seed, answers, again: None, ended })
    }

    pub fn record(&self) -> Record {
        Record {
            version: self.version.number(),
            language: self.language,
            seed: self.seed,
            answers: self.answers.clone(),
            ended: self.ended,
        }
    }

    pub fn position(&self) -> Position<'_> {
        if let Some(disposition) = self.ended {
            return Position::Over(disposition);
        }
        let road = self.road();
        match (self.place(&road), road.then) {
            (Some(at), _) | (None, Next::Question(at)) => match self.questionnaire().questions.get(at) {
                Some(question) => Position::Question(question),
                None => Position::End(Ending::Complete),
            },
            (None, Next::End(ending)) => Position::End(ending),
        }
    }

    /// Answers the question at which the interview is.
    pub fn answer(&mut self, answer: Answer) -> Result<Position<'_>, Refused> {
        match self.position() {
            Position::Question(question) => {
                let key = question.key.clone();
                self.answer_to(&key, answer)
            }
            Position::End(_) | Position::Over(_) => Err(Refused::Over),
        }
    }

    /// Answers that question, which is the present one or was answered on this road: a page may be an older one. The interview goes on
    /// behind it.
    pub fn answer_to(&mut self, key: &QuestionKey, answer: Answer) -> Result<Position<'_>, Refused> {
        if self.ended.is_some() {
            return Err(Refused::Over);
        }
        let road = self.road();
        let at = self.questionnaire().position(key).ok_or(Refused::NotAsked)?;
        if !road.asked.contains(&at) && road.then != Next::Question(at) {
            return Err(Refused::NotAsked);
        }
        let question = self.questionnaire().questions.get(at).ok_or(Refused::NotAsked)?;
        let answer = question.accept(answer)?;
        self.answers.insert(key.clone(), answer);
        let road = self.road();
        let behind = road.asked.iter().skip_while(|asked| **asked != at).nth(1);
        self.again = behind.and_then(|at| self.key_at(*at));
        Ok(self.position())
    }

    /// To the question before. False: this is the first one, or it is over.
    pub fn back(&mut self) -> bool {
        if self.ended.is_some() {
            return false;
        }
        let road = self.road();
        let before = match self.place(&road) {
            Some(at) => road.asked.iter().take_while(|asked| **asked != at).last(),
            None => road.asked.last(),
        };
        let Some(before) = before.and_then(|at| self.key_at(*at)) else { return false };
        self.again = Some(before);
        true
    }

    /// To a question that was answered on this road. False: it was not.
    pub fn go_to(&mut self, key: &QuestionKey) -> bool {
        let was_asked = self.road_keys().any(|asked| asked == key);
        if was_asked && self.ended.is_none() {
            self.again = Some(key.clone());
        }
        was_asked && self.ended.is_none()
    }

    /// Back from earlier questions to the first that has no answer, or to the end.
    pub fn go_on(&mut self) {
        self.again = None;
    }

    /// The end of the road becomes the end of the interview, and what was set aside is forgotten. `None`: a question is open.
    pub fn close(&mut self) -> Option<Disposition> {
        if self.ended.is_none() {
            let Next::End(ending) = self.road().then else { return None };
            self.finish(ending.into());
        }
        self.ended
    }

    /// Ends it wherever it is; what was answered stays. One that has ended stays as it is.
    pub fn end_early(&mut self, why: Early) {
        if self.ended.is_none() {
            self.finish(why.into());
        }
    }

    /// The answers on the road, in the order in which they were asked.
    pub fn answers(&self) -> impl Iterator<Item = (&Question, &Answer)> {
        let questions = self.road().asked.into_iter().filter_map(|at| self.questionnaire().questions.get(at));
        questions.filter_map(|question| Some((question, self.answers.get(&question.key)?)))
    }

    /// The answer that is kept for a question, also one that is set aside: what a page shows as chosen.
    pub fn kept(&self, key: &QuestionKey) -> Option<&Answer> {
        self.answers.get(key)
    }

    /// For all questions of the version, in its order.
    pub fn standings(&self) -> Vec<(&Question, Standing<'_>)> {
        let road = self.road();
        let ahead = self.questionnaire().ahead(&road, &self.answers);
        let standing = |at: usize, question: &Question| match self.answers.get(&question.key) {
            Some(answer) if road.asked.contains(&at) => Standing::Answered(answer),
            _ if ahead.contains(&at) => Standing::Ahead,
            _ => Standing::Passed,
        };
        (0..).zip(&self.questionnaire().questions).map(|(at, q)| (q, standing(at, q))).collect()
    }

    pub fn progress(&self) -> Progress {
        let road = self.road();
        let Left { shortest, longest } = self.questionnaire().left(&road, &self.answers);
        Progress { answered: road.asked.len(), shortest, longest }
    }

    pub fn speak(&mut self, language: PersonLanguage) {
        self.language = language;
    }

    pub fn language(&self) -> PersonLanguage {
        self.language
    }

    pub fn seed(&self) -> u32 {
        self.seed
    }

    pub fn version(&self) -> &Arc<Published> {
        &self.version
    }

    pub fn questionnaire(&self) -> &Questionnaire {
        self.version.questionnaire()
    }

    fn finish(&mut self, disposition: Disposition) {
        let on_road: Vec<QuestionKey> = self.road_keys().cloned().collect();
        self.answers.retain(|key, _| on_road.contains(key));
        self.again = None;
        self.ended = Some(disposition);
    }

    fn road(&self) -> Road {
        self.questionnaire().road(&self.answers)
    }

    fn road_keys(&self) -> impl Iterator<Item = &QuestionKey> {
        self.answers().map(|(question, _)| &question.key)
    }

    /// The question that is looked at again, if it is still on the road.
    fn place(&self, road: &Road) -> Option<usize> {
        let at = self.questionnaire().position(self.again.as_ref()?)?;
        road.asked.contains(&at).then_some(at)
    }

    fn key_at(&self, at: usize) -> Option<QuestionKey> {
        self.questionnaire().questions.get(at).map(|question| question.key.clone())
    }
}

impl From<Ending> for Disposition {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Complete => Self::Complete,
            Ending::ScreenedOut => Self::ScreenedOut,
            Ending::Refused => Self::Refused,
        }
    }
}

impl From<Early> for Disposition {
    fn from(early: Early) -> Self {
        match early {
            Early::Refused => Self::Refused,
            Early::OverQuota => Self::OverQuota,
            Early::BrokenOff => Self::BrokenOff,
        }
    }
}

#[cfg(test)]
mod tests;
