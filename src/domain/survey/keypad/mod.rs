//! A survey asked by the keys of a telephone: what is played and collected, as a pure state machine.
//!
//! ```text
//! greeting -> question -> ... -> thanks
//!               |  *: again       wrong key or silence: again, up to a limit
//! ```
//!
//! Every answer is told at once ([`Output::Keep`]), so a call that ends anywhere keeps what was answered, and can be resumed.

mod layout;
mod phrase;
mod saying;
mod script;
mod settings;
#[cfg(test)]
mod tests;

use std::time::Duration;

pub use self::layout::{Entry, Layout};
pub use self::phrase::Phrase;
pub use self::saying::sayings;
pub use self::script::Piece;
pub use self::settings::{GiveUp, Settings};
use super::super::person::PersonLanguage;
use super::super::spoken::Tongue;
use super::answer::{Answer, Refused};
use super::interview::{Disposition, Early, Interview, Position};
use super::questionnaire::{Question, QuestionKey, Questionnaire};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// Everything of the last [`Output::Play`] was heard.
    Played,
    /// `0-9 * #`; others are wrong keys.
    Key(char),
    /// The timer of the last [`Output::StartTimer`] ran out.
    Silence,
    HungUp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Replaces what is playing; in [`Call::tongue`].
    Play(Vec<Piece>),
    /// A key was pressed into it. No [`Input::Played`] is expected for it any more.
    StopPlaying,
    /// Replaces a running one.
    StartTimer(Duration),
    StopTimer,
    /// To be stored now. The shell asks the quotas, and says so by [`Call::over_quota`].
    Keep {
        question: QuestionKey,
        answer: Answer,
    },
    /// The last output: hang up.
    End(Outcome),
}

/// How a call ended. The interview is open still after `HungUp` and `GaveUp`: another call may go on with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Ended(Disposition),
    /// Not to be called by such surveys any more.
    OptedOut,
    HungUp,
    /// Nobody pressed a key that would do.
    GaveUp,
}

/// How an interview by keys begins, when its first answer is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Begin {
    pub language: PersonLanguage,
    /// Of the order of options.
    pub seed: u32,
}

/// What became of answers that were to be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    Kept,
    /// It is there, and the interview has ended: enough of those like them were asked.
    OverQuota,
    /// Not by this version, or not any more.
    Refused,
}

/// In which language a survey is spoken: `sr` or `en`. Serbian sounds alike in both scripts. `None`: it is not asked in it.
pub fn language(questionnaire: &Questionnaire, tongue: &str) -> Option<PersonLanguage> {
    let spoken: &[PersonLanguage] = match tongue {
        "sr" => &[PersonLanguage::SerbianCyrillic, PersonLanguage::SerbianLatin],
        "en" => &[PersonLanguage::English],
        _ => &[],
    };
    spoken.iter().copied().find(|language| questionnaire.languages.contains(language))
}

/// One call through an interview.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    interview: Interview,
    settings: Settings,
    state: State,
    /// That the star repeats was said.
    knows_star: bool,
    /// A key was pressed: somebody is there.
    pressed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Greeting,
    Asking(Asking),
    /// The last words.
    Leaving(Outcome),
    Over,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Asking {
    /// The prompt was heard to its end, or a key was pressed into it.
    heard: bool,
    typed: String,
    wrong: u8,
    silent: u8,
    repeats: u8,
}

/// How often somebody may have one question repeated by the star; then it counts as a wrong key.
const MOST_REPEATS: u8 = 10;
/// Keys of one answer that are kept: more than any question takes.
const MOST_TYPED: usize = 24;

impl Call {
    /// A new interview, or one that goes on where an earlier call was cut off.
    pub fn start(mut interview: Interview) -> (Self, Vec<Output>) {
        interview.go_on();
        let settings = interview.questionnaire().keypad.unwrap_or_default();
        let call = Self { interview, settings, state: State::Greeting, knows_star: false, pressed: false };
        let greeting = call.greeting();
        (call, vec![Output::Play(greeting)])
    }

    pub fn handle(&mut self, input: Input) -> Vec<Output> {
        let mut outputs = Vec::new();
        self.pressed |= matches!(input, Input::Key(_));
        match (std::mem::replace(&mut self.state, State::Over), input) {
            (State::Over, _) => {}
            (State::Leaving(outcome), Input::Played | Input::HungUp) => outputs.push(Output::End(outcome)),
            (_, Input::HungUp) => outputs.push(Output::End(Outcome::HungUp)),
            (State::Leaving(outcome), _) => self.state = State::Leaving(outcome),
            (State::Greeting, Input::Played) => self.ask(Vec::new(), &mut outputs),
            (State::Greeting, Input::Key(key)) if Some(key) == self.settings.opt_out => {
                outputs.push(Output::StopPlaying);
                self.opt_out(&mut outputs);
            }
            // Whoever knows the survey goes on by the hash.
            (State::Greeting, Input::Key('#')) => {
                outputs.push(Output::StopPlaying);
                self.ask(Vec::new(), &mut outputs);
            }
            (State::Greeting, _) => self.state = State::Greeting,
            (State::Asking(asking), input) => self.asked(asking, input, &mut outputs),
        }
        outputs
    }

    /// Enough of those like them were asked: they are thanked, and that is the end.
    pub fn over_quota(&mut self) -> Vec<Output> {
        if matches!(self.state, State::Leaving(_) | State::Over) {
            return Vec::new();
        }
        self.interview.end_early(Early::OverQuota);
        let mut outputs = vec![Output::StopTimer];
        self.leave(Outcome::Ended(Disposition::OverQuota), &mut outputs);
        outputs
    }

    /// It cannot go on, by no doing of theirs: they are thanked.
    pub fn break_off(&mut self) -> Vec<Output> {
        if matches!(self.state, State::Leaving(_) | State::Over) {
            return Vec::new();
        }
        let mut outputs = vec![Output::StopTimer];
        self.give_up(&mut outputs);
        outputs
    }

    /// How it ends, from the first of the last words on.
    pub fn ending(&self) -> Option<Outcome> {
        match self.state {
            State::Leaving(outcome) => Some(outcome),
            State::Greeting | State::Asking(_) | State::Over => None,
        }
    }

    pub fn interview(&self) -> &Interview {
        &self.interview
    }

    pub fn into_interview(self) -> Interview {
        self.interview
    }

    pub fn tongue(&self) -> Tongue {
        match self.interview.language() {
            PersonLanguage::English => Tongue::English,
            PersonLanguage::SerbianCyrillic | PersonLanguage::SerbianLatin => Tongue::Serbian,
        }
    }

    /// The question at which the interview is, after `complaint`; those that have no keypad form are passed over.
    fn ask(&mut self, complaint: Vec<Piece>, outputs: &mut Vec<Output>) {
        // Each turn answers a question, so there are never more of them than questions.
        for _ in 0..=self.interview.questionnaire().questions.len() {
            let Position::Question(question) = self.interview.position() else { break };
            let Some(layout) = self.layout(question) else {
                let key = question.key.clone();
                if self.interview.answer(Answer::Nothing).is_err() {
                    return self.give_up(outputs);
                }
                outputs.push(Output::Keep { question: key, answer: Answer::Nothing });
                continue;
            };
            let prompt = self.prompt(question, &layout, !self.knows_star);
            self.knows_star = true;
            outputs.push(Output::Play(complaint.into_iter().chain(prompt).collect()));
            self.state = State::Asking(Asking::default());
            return;
        }
        let disposition = self.interview.close().unwrap_or(Disposition::Complete);
        self.leave(Outcome::Ended(disposition), outputs);
    }

    fn asked(&mut self, mut asking: Asking, input: Input, outputs: &mut Vec<Output>) {
        match input {
            Input::Played if !asking.heard => {
                asking.heard = true;
                outputs.push(Output::StartTimer(self.settings.patience()));
                self.state = State::Asking(asking);
            }
            Input::Silence if asking.heard && !asking.typed.is_empty() => self.typed(asking, '#', outputs),
            Input::Silence if asking.heard => {
                asking.silent += 1;
                let complaint = vec![Piece::Phrase(Phrase::NoKey)];
                self.again(asking, complaint, outputs);
            }
            Input::Key(key) => {
                outputs.push(if asking.heard { Output::StopTimer } else { Output::StopPlaying });
                asking.heard = true;
                asking.silent = 0;
                self.typed(asking, key, outputs);
            }
            Input::Played | Input::Silence | Input::HungUp => self.state = State::Asking(asking),
        }
    }

    fn typed(&mut self, mut asking: Asking, key: char, outputs: &mut Vec<Output>) {
        let Position::Question(question) = self.interview.position() else {
            return self.ask(Vec::new(), outputs);
        };
        let Some(layout) = self.layout(question) else { return self.ask(Vec::new(), outputs) };
        match layout.press(question, &asking.typed, key) {
            Press::Answer(Ok(answer)) => self.answer(asking, answer, outputs),
            Press::Answer(Err(refused)) => self.wrong(asking, refused, outputs),
            Press::More => {
                // Of several options one that is pressed again is chosen already.
                let is_known = matches!(layout.entry, Entry::Keys(_)) && asking.typed.contains(key);
                if !is_known && asking.typed.len() < MOST_TYPED {
                    asking.typed.push(key);
                }
                outputs.push(Output::StartTimer(self.settings.between()));
                self.state = State::Asking(asking);
            }
            Press::Repeat if asking.repeats < MOST_REPEATS => {
                asking.repeats += 1;
                self.again(asking, Vec::new(), outputs);
            }
            Press::Repeat => self.wrong(asking, Refused::Unreadable, outputs),
            Press::OptOut => self.opt_out(outputs),
        }
    }

    fn answer(&mut self, asking: Asking, answer: Answer, outputs: &mut Vec<Output>) {
        let Position::Question(question) = self.interview.position() else {
            return self.ask(Vec::new(), outputs);
        };
        let key = question.key.clone();
        match self.interview.answer(answer) {
            Ok(_) => {
                let kept = self.interview.kept(&key).cloned();
                outputs.extend(kept.map(|answer| Output::Keep { question: key, answer }));
                self.ask(Vec::new(), outputs);
            }
            Err(refused) => self.wrong(asking, refused, outputs),
        }
    }

    fn wrong(&mut self, mut asking: Asking, refused: Refused, outputs: &mut Vec<Output>) {
        asking.wrong += 1;
        self.again(asking, vec![Piece::Phrase(Phrase::of_refused(refused))], outputs);
    }

    /// The question once more, unless that was tried often enough.
    fn again(&mut self, asking: Asking, complaint: Vec<Piece>, outputs: &mut Vec<Output>) {
        let Asking { wrong, silent, repeats, .. } = asking;
        if wrong > self.settings.wrong_keys || silent > self.settings.silences {
            return self.unanswered(outputs);
        }
        self.ask(complaint, outputs);
        if let State::Asking(asking) = &mut self.state {
            *asking = Asking { wrong, silent, repeats, ..Asking::default() };
        }
    }

    /// Nothing that would do was pressed. What has to be answered is not passed over: that would put words into somebody's mouth. A machine that took
    /// the call presses nothing at all, and would pass over everything.
    fn unanswered(&mut self, outputs: &mut Vec<Output>) {
        let may_pass =
            matches!(self.interview.position(), Position::Question(question) if !question.required);
        match self.settings.give_up {
            GiveUp::GoOn if may_pass && self.pressed => {
                self.answer(Asking::default(), Answer::Nothing, outputs)
            }
            GiveUp::GoOn | GiveUp::End => self.give_up(outputs),
        }
    }

    fn give_up(&mut self, outputs: &mut Vec<Output>) {
        self.leave(Outcome::GaveUp, outputs);
    }

    fn opt_out(&mut self, outputs: &mut Vec<Output>) {
        self.interview.end_early(Early::Refused);
        self.leave(Outcome::OptedOut, outputs);
    }

    fn leave(&mut self, outcome: Outcome, outputs: &mut Vec<Output>) {
        outputs.push(Output::Play(self.farewell(outcome)));
        self.state = State::Leaving(outcome);
    }

    fn layout(&self, question: &Question) -> Option<Layout> {
        Layout::of(question, self.interview.seed(), &self.settings)
    }
}

/// What a key means, by the layout of the question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Press {
    Answer(Result<Answer, Refused>),
    /// It belongs to an answer of several keys.
    More,
    Repeat,
    OptOut,
}
