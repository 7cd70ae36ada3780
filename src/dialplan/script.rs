//! What a pretended caller does: the `keys` of a `[[test]]` block and of the simulator.

use std::fmt;
use std::str::FromStr;

use super::phrase::Phrase;

/// More than any sensible test; bounds what a text can make us keep.
const MAX_MOVES: usize = 200;

/// A caller's moves in order, written `1,timeout,hangup`. A caller without further moves presses nothing and, after a beep, speaks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script(pub Vec<Move>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// `1`: pressed while the menu is heard.
    Key(char),
    /// `timeout`: the menu is heard to its end and no key is pressed; in a queue, nobody answers.
    Timeout,
    /// `speak`: talks after the beep, then presses `#`.
    Speak,
    /// `silence`: says nothing after the beep.
    Silence,
    /// `failure`: the recording fails, as with a full disk; whoever is dialled cannot be reached.
    Failure,
    /// `answered`: an operator, a telephone.
    Answered,
    /// `no_agents`: nobody serves the queue.
    NoAgents,
    /// `overflow`: the queue is full.
    Overflow,
    Busy,
    NoAnswer,
    /// `found`: the case that is asked for.
    Found,
    NotFound,
    /// `accepted`, `refused`: the callback that is asked for.
    Accepted,
    Refused,
    /// `hangup`: in the middle of whatever is heard or recorded next.
    Hangup,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScriptError {
    #[error("{}", self.phrase())]
    Unknown(String),
    #[error("{}", self.phrase())]
    TooLong,
}

impl ScriptError {
    pub fn phrase(&self) -> Phrase {
        match self {
            Self::Unknown(word) => Phrase::unknown_move(word, words()),
            Self::TooLong => Phrase::too_many_moves(MAX_MOVES),
        }
    }
}

impl FromStr for Script {
    type Err = ScriptError;

    fn from_str(text: &str) -> Result<Self, ScriptError> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let moves: Vec<Move> = text.split(',').map(|word| one_move(word.trim())).collect::<Result<_, _>>()?;
        if moves.len() > MAX_MOVES { Err(ScriptError::TooLong) } else { Ok(Self(moves)) }
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, one) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            match one {
                Move::Key(key) => write!(f, "{comma}{key}")?,
                other => write!(f, "{comma}{}", word_of(*other))?,
            }
        }
        Ok(())
    }
}

/// One key of a telephone, `0-9 * # A-D`.
pub fn is_key(c: char) -> bool {
    matches!(c, '0'..='9' | '*' | '#' | 'A'..='D')
}

const WORDS: [(&str, Move); 14] = [
    ("timeout", Move::Timeout),
    ("speak", Move::Speak),
    ("silence", Move::Silence),
    ("failure", Move::Failure),
    ("answered", Move::Answered),
    ("no_agents", Move::NoAgents),
    ("overflow", Move::Overflow),
    ("busy", Move::Busy),
    ("no_answer", Move::NoAnswer),
    ("found", Move::Found),
    ("not_found", Move::NotFound),
    ("accepted", Move::Accepted),
    ("refused", Move::Refused),
    ("hangup", Move::Hangup),
];

/// Every word but the keys.
pub fn move_words() -> impl Iterator<Item = &'static str> {
    WORDS.iter().map(|(word, _)| *word)
}

fn words() -> String {
    move_words().collect::<Vec<_>>().join(", ")
}

fn word_of(one: Move) -> &'static str {
    WORDS.iter().find(|(_, known)| *known == one).map_or("", |(word, _)| word)
}

fn one_move(word: &str) -> Result<Move, ScriptError> {
    let mut letters = word.chars();
    if let Some((_, one)) = WORDS.iter().find(|(known, _)| *known == word) {
        return Ok(*one);
    }
    match (letters.next(), letters.next()) {
        (Some(key), None) if is_key(key) => Ok(Move::Key(key)),
        _ => Err(ScriptError::Unknown(word.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_are_read_in_order() {
        let script: Script = "1, timeout,#,speak,silence,failure,hangup".parse().unwrap();
        let expected = [
            Move::Key('1'),
            Move::Timeout,
            Move::Key('#'),
            Move::Speak,
            Move::Silence,
            Move::Failure,
            Move::Hangup,
        ];
        assert_eq!(script.0, expected);
        assert_eq!(script.to_string(), "1,timeout,#,speak,silence,failure,hangup");
        assert_eq!(" ".parse::<Script>().unwrap(), Script::default());
    }

    #[test]
    fn a_word_that_is_no_move_is_named() {
        assert_eq!("1,tiemout".parse::<Script>(), Err(ScriptError::Unknown("tiemout".into())));
        assert_eq!("12".parse::<Script>(), Err(ScriptError::Unknown("12".into())));
        assert_eq!(vec!["1"; 201].join(",").parse::<Script>(), Err(ScriptError::TooLong));
    }
}
