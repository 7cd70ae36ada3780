//! Which keys answer a question.
//!
//! The star repeats the question, or is the comma within a number with decimals. The hash ends what is typed; alone it passes the question over. Zero is
//! "I do not know" where it is not an answer itself.

use super::super::answer::{Answer, Refused};
use super::super::decimal::Decimal;
use super::super::kind::{Code, Kind};
use super::super::questionnaire::Question;
use super::{Press, Settings};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    pub entry: Entry,
    /// By 0.
    pub does_not_know: bool,
    /// By # alone.
    pub pass: Option<Answer>,
    pub opt_out: Option<char>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// One key is the answer, in the order in which they are offered.
    Key(Vec<(char, Answer)>),
    /// Several, ended by #.
    Keys(Vec<(char, Code)>),
    /// A number, ended by # or by its length.
    Digits { longest: usize, comma: bool },
    /// `DDMMYYYY`.
    Date,
}

/// `DDMMYYYY`.
const DATE_DIGITS: usize = 8;
/// Of a number without an upper bound: nobody keys more without a slip.
const LONGEST_NUMBER: usize = 9;

impl Layout {
    /// `None`: it cannot be asked by keys. `seed`: of the interview, because options are keyed in the order in which they are heard.
    pub fn of(question: &Question, seed: u32, settings: &Settings) -> Option<Self> {
        let entry = entry(question, seed)?;
        let taken = entry.keys();
        let by_keys = matches!(entry, Entry::Key(_) | Entry::Keys(_));
        let does_not_know = question.may_not_know && by_keys && !taken.contains(&'0');
        let pass = [
            (!question.required, Answer::Nothing),
            (question.may_refuse, Answer::Refuses),
            (question.may_not_know && !does_not_know, Answer::DoesNotKnow),
        ];
        let pass = pass.into_iter().find(|(is_offered, _)| *is_offered).map(|(_, answer)| answer);
        let is_free = |key: &char| !(taken.contains(key) || *key == '0' && does_not_know);
        Some(Self { opt_out: settings.opt_out.filter(is_free), entry, does_not_know, pass })
    }

    /// In how many ways it can be passed over.
    pub fn passing(&self) -> usize {
        usize::from(self.does_not_know) + usize::from(self.pass.is_some())
    }

    /// What a key means after those that were typed.
    pub(super) fn press(&self, question: &Question, typed: &str, key: char) -> Press {
        let begins = typed.is_empty();
        match key {
            '*' if self.takes_comma(typed) => Press::More,
            '*' => Press::Repeat,
            '0' if begins && self.does_not_know => Press::Answer(Ok(Answer::DoesNotKnow)),
            '#' if begins => Press::Answer(self.pass.clone().ok_or(Refused::Missing)),
            key if begins && self.opt_out == Some(key) => Press::OptOut,
            key => match &self.entry {
                Entry::Key(keys) => Press::Answer(found(keys, key).ok_or(Refused::NoSuchOption)),
                Entry::Keys(keys) => several(keys, typed, key),
                Entry::Digits { longest, .. } => digits(question, typed, key, *longest),
                Entry::Date => date(typed, key),
            },
        }
    }

    fn takes_comma(&self, typed: &str) -> bool {
        matches!(self.entry, Entry::Digits { comma: true, .. }) && !typed.is_empty() && !typed.contains('*')
    }
}

impl Entry {
    /// Keys that are, or begin, an answer.
    fn keys(&self) -> Vec<char> {
        match self {
            Self::Key(keys) => keys.iter().map(|(key, _)| *key).collect(),
            Self::Keys(keys) => keys.iter().map(|(key, _)| *key).collect(),
            Self::Digits { .. } | Self::Date => ('0'..='9').collect(),
        }
    }
}

fn entry(question: &Question, seed: u32) -> Option<Entry> {
    match &question.kind {
        Kind::Single { .. } => {
            let codes = codes(question, seed)?;
            Some(Entry::Key(codes.into_iter().map(|(key, code)| (key, Answer::One(code))).collect()))
        }
        Kind::Multiple { .. } => codes(question, seed).map(Entry::Keys),
        Kind::Scale { from, to, .. } => scale(*from, *to),
        Kind::Number { places, max, .. } => {
            let whole = match max {
                Some(max) if *max < Decimal::default() => return None,
                Some(max) => max.to_string().split('.').next().map_or(1, str::len),
                None => LONGEST_NUMBER,
            };
            let places = usize::from(*places);
            let longest = whole + if places > 0 { places + 1 } else { 0 };
            Some(Entry::Digits { longest, comma: places > 0 })
        }
        Kind::Text { .. } => None,
        Kind::Date { .. } => Some(Entry::Date),
    }
}

/// Keys 1 to 9 in the order in which the options are heard, and 0 for a tenth where that key is free.
fn codes(question: &Question, seed: u32) -> Option<Vec<(char, Code)>> {
    let keys = if question.may_not_know { "123456789" } else { "1234567890" };
    let options = question.offered(seed);
    if options.len() > keys.len() {
        return None;
    }
    Some(keys.chars().zip(options).map(|(key, option)| (key, option.code)).collect())
}

/// The key of its number where every point has one; else the keys from 1 on; else it is typed like a number.
fn scale(from: i16, to: i16) -> Option<Entry> {
    let keyed = |keys: std::ops::RangeFrom<u32>| {
        let keys = keys.map_while(|key| char::from_digit(key, 10));
        Some(Entry::Key(keys.zip(from..=to).map(|(key, point)| (key, Answer::Point(point))).collect()))
    };
    match u32::try_from(from) {
        Ok(first) if to <= 9 => keyed(first..),
        Ok(_) => Some(Entry::Digits { longest: to.to_string().len(), comma: false }),
        Err(_) if i32::from(to) - i32::from(from) < 9 => keyed(1..),
        Err(_) => None,
    }
}

fn several(keys: &[(char, Code)], typed: &str, key: char) -> Press {
    match key {
        '#' => Press::Answer(Ok(Answer::Many(typed.chars().filter_map(|key| found(keys, key)).collect()))),
        key if found(keys, key).is_some() => Press::More,
        _ => Press::Answer(Err(Refused::NoSuchOption)),
    }
}

fn digits(question: &Question, typed: &str, key: char, longest: usize) -> Press {
    let number = |typed: &str| {
        let typed = typed.replace('*', ",");
        question.read(typed.trim_end_matches(','))
    };
    match key {
        '#' => Press::Answer(number(typed)),
        '0'..='9' if typed.len() + 1 < longest => Press::More,
        '0'..='9' if typed.len() + 1 == longest => Press::Answer(number(&format!("{typed}{key}"))),
        _ => Press::Answer(Err(Refused::Unreadable)),
    }
}

fn date(typed: &str, key: char) -> Press {
    match key {
        '0'..='9' if typed.len() + 1 < DATE_DIGITS => Press::More,
        '0'..='9' => {
            let all = format!("{typed}{key}");
            let part = |range| all.get(range).unwrap_or_default();
            let written = format!("{}-{}-{}", part(4..8), part(2..4), part(0..2));
            Press::Answer(written.parse().map(Answer::Date).map_err(|_| Refused::Unreadable))
        }
        _ => Press::Answer(Err(Refused::Unreadable)),
    }
}

fn found<T: Clone>(keys: &[(char, T)], key: char) -> Option<T> {
    keys.iter().find(|(known, _)| *known == key).map(|(_, value)| value.clone())
}
