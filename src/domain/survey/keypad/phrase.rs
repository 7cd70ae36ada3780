//! What is said besides the words of the survey. Each phrase has the key of a prompt, so that a municipality can record it with its own voice, and words for
//! speech synthesis where nobody did.

use super::super::super::spoken::{Tongue, spoken};
use super::super::answer::Refused;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phrase {
    /// Behind an option: "press 1".
    Press(char),
    /// A scale: "press a key from 1 to 5".
    PressFromTo(i16, i16),
    /// "You may choose several. Press # at the end."
    Several,
    /// "Type the number, then press #."
    Number,
    /// A scale that has more than one digit.
    NumberFromTo(i16, i16),
    /// "The comma is the star."
    Comma,
    Date,
    /// "If you do not know, press 0."
    DoesNotKnow,
    /// "To pass this question over, press #."
    Pass,
    /// "To hear it again, press the star."
    Star,
    /// "If you do not want such calls, press 9."
    OptOut(char),
    OptedOut,
    /// The key will not do.
    Wrong,
    TooFew,
    TooMany,
    Exclusive,
    OutOfBounds,
    Unreadable,
    /// It has to be answered.
    Missing,
    /// No key was pressed.
    NoKey,
    /// Too often; "thank you all the same".
    GivenUp,
}

impl Phrase {
    /// Of a key that will not do, or of none.
    pub(super) const COMPLAINTS: [Self; 8] = [
        Self::Wrong,
        Self::TooFew,
        Self::TooMany,
        Self::Exclusive,
        Self::OutOfBounds,
        Self::Unreadable,
        Self::Missing,
        Self::NoKey,
    ];

    pub(super) fn of_refused(refused: Refused) -> Self {
        match refused {
            Refused::TooFew => Self::TooFew,
            Refused::TooMany => Self::TooMany,
            Refused::Exclusive => Self::Exclusive,
            Refused::TooSmall | Refused::TooLarge | Refused::TooEarly | Refused::TooLate => Self::OutOfBounds,
            Refused::Missing => Self::Missing,
            Refused::Unreadable => Self::Unreadable,
            _ => Self::Wrong,
        }
    }

    /// Of the prompt that is played in its place, if there is one.
    pub fn key(self) -> String {
        match self {
            Self::Press(key) => format!("survey_press_{}", name(key)),
            Self::PressFromTo(from, to) => format!("survey_press_{from}_to_{to}"),
            Self::NumberFromTo(from, to) => format!("survey_number_{from}_to_{to}"),
            Self::OptOut(key) => format!("survey_opt_out_{}", name(key)),
            Self::Several => "survey_several".to_owned(),
            Self::Number => "survey_number".to_owned(),
            Self::Comma => "survey_comma".to_owned(),
            Self::Date => "survey_date".to_owned(),
            Self::DoesNotKnow => "survey_does_not_know".to_owned(),
            Self::Pass => "survey_pass".to_owned(),
            Self::Star => "survey_star".to_owned(),
            Self::OptedOut => "announcement_opted_out".to_owned(),
            Self::Wrong => "invalid_choice".to_owned(),
            Self::TooFew => "survey_too_few".to_owned(),
            Self::TooMany => "survey_too_many".to_owned(),
            Self::Exclusive => "survey_exclusive".to_owned(),
            Self::OutOfBounds => "survey_out_of_bounds".to_owned(),
            Self::Unreadable => "survey_unreadable".to_owned(),
            Self::Missing => "survey_missing".to_owned(),
            Self::NoKey => "no_input".to_owned(),
            Self::GivenUp => "survey_given_up".to_owned(),
        }
    }

    /// For a speech program, numbers in words.
    pub fn words(self, tongue: Tongue) -> String {
        let words = match tongue {
            Tongue::Serbian => self.serbian(),
            Tongue::English => self.english(),
        };
        spoken(&words, tongue)
    }

    fn serbian(self) -> String {
        match self {
            Self::Press(key) => format!("притисните {}.", serbian_key(key)),
            Self::PressFromTo(from, to) => {
                format!("Притисните тастер од {} до {}.", bound(from), bound(to))
            }
            Self::NumberFromTo(from, to) => {
                format!("Укуцајте број од {} до {}, па притисните тарабу.", bound(from), bound(to))
            }
            Self::OptOut(key) => {
                format!("Ако не желите да вас зовемо због анкета, притисните {}.", serbian_key(key))
            }
            Self::Several => "Можете изабрати више одговора. На крају притисните тарабу.".to_owned(),
            Self::Number => "Укуцајте број, па притисните тарабу.".to_owned(),
            Self::Comma => "За зарез притисните звездицу.".to_owned(),
            Self::Date => {
                "Укуцајте дан са две цифре, месец са две цифре и годину са четири цифре.".to_owned()
            }
            Self::DoesNotKnow => "Ако не знате, притисните нулу.".to_owned(),
            Self::Pass => "Ако не желите да одговорите, притисните тарабу.".to_owned(),
            Self::Star => "Да чујете питање поново, притисните звездицу.".to_owned(),
            Self::OptedOut => "Нећемо вас више звати због анкета. Хвала и пријатно.".to_owned(),
            Self::Wrong => "Тај избор не постоји.".to_owned(),
            Self::TooFew => "Изабрали сте премало одговора.".to_owned(),
            Self::TooMany => "Изабрали сте превише одговора.".to_owned(),
            Self::Exclusive => "Ти одговори не иду заједно.".to_owned(),
            Self::OutOfBounds => "Тај број није у понуђеном опсегу.".to_owned(),
            Self::Unreadable => "Нисмо разумели шта сте укуцали.".to_owned(),
            Self::Missing => "На ово питање је потребан одговор.".to_owned(),
            Self::NoKey => "Нисмо примили ваш избор.".to_owned(),
            Self::GivenUp => "Хвала вам и пријатно.".to_owned(),
        }
    }

    fn english(self) -> String {
        match self {
            Self::Press(key) => format!("press {}.", english_key(key)),
            Self::PressFromTo(from, to) => format!("Press a key from {from} to {to}."),
            Self::NumberFromTo(from, to) => {
                format!("Type a number from {from} to {to}, then press the hash key.")
            }
            Self::OptOut(key) => format!("If you do not want calls for surveys, press {}.", english_key(key)),
            Self::Several => "You may choose several answers. Press the hash key at the end.".to_owned(),
            Self::Number => "Type the number, then press the hash key.".to_owned(),
            Self::Comma => "For the decimal point press the star key.".to_owned(),
            Self::Date => {
                "Type the day with two digits, the month with two digits and the year with four digits."
                    .to_owned()
            }
            Self::DoesNotKnow => "If you do not know, press zero.".to_owned(),
            Self::Pass => "If you do not want to answer, press the hash key.".to_owned(),
            Self::Star => "To hear the question again, press the star key.".to_owned(),
            Self::OptedOut => "We will not call you for surveys any more. Thank you and goodbye.".to_owned(),
            Self::Wrong => "There is no such choice.".to_owned(),
            Self::TooFew => "These are too few answers.".to_owned(),
            Self::TooMany => "These are too many answers.".to_owned(),
            Self::Exclusive => "These answers do not go together.".to_owned(),
            Self::OutOfBounds => "That is out of range.".to_owned(),
            Self::Unreadable => "We did not understand what you typed.".to_owned(),
            Self::Missing => "This question needs an answer.".to_owned(),
            Self::NoKey => "We did not receive your choice.".to_owned(),
            Self::GivenUp => "Thank you and goodbye.".to_owned(),
        }
    }
}

/// Keys of prompts are names of files.
fn name(key: char) -> String {
    match key {
        '*' => "star".to_owned(),
        '#' => "hash".to_owned(),
        key => key.to_string(),
    }
}

/// In the accusative, as it stands behind "press".
fn serbian_key(key: char) -> String {
    match key {
        '0' => "нулу".to_owned(),
        '1' => "један".to_owned(),
        key => key.to_string(),
    }
}

/// A figure alone is counted in the neuter; a key is not.
fn bound(number: i16) -> String {
    match number {
        0 => "нуле".to_owned(),
        1 => "један".to_owned(),
        number => number.to_string(),
    }
}

fn english_key(key: char) -> String {
    match key {
        '0' => "zero".to_owned(),
        key => key.to_string(),
    }
}
