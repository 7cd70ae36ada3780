//! Reads one TOML table key by key, and says what is missing, mistyped or unknown in it.

use std::ops::RangeInclusive;

use jiff::civil::{Date, DateTime, Time};
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use crate::dialplan::phrase::Phrase;
use crate::dialplan::problem::{Problem, Span};

/// A value with the place where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed<T> {
    pub value: T,
    pub span: Span,
}

pub(super) struct Fields<'t, 'i> {
    table: &'t DeTable<'i>,
    /// For messages: `a menu node`.
    what: Phrase,
    /// Where the table begins: the place of what is missing.
    pub(super) place: Span,
    known: Vec<&'static str>,
}

impl<'t, 'i> Fields<'t, 'i> {
    /// `None`, with a problem, when the value is no table.
    pub(super) fn of(
        value: &'t Spanned<DeValue<'i>>,
        place: Span,
        what: Phrase,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let Some(table) = value.get_ref().as_table() else {
            problems.push(
                Problem::new(value.span(), Phrase::not_a_table(what, kind_of(value.get_ref())))
                    .help(Phrase::write_table()),
            );
            return None;
        };
        Some(Self { table, what, place, known: Vec::new() })
    }

    pub(super) fn root(table: &'t DeTable<'i>) -> Self {
        Self { table, what: Phrase::the_plan(), place: 0..0, known: Vec::new() }
    }

    /// Tables whose keys are names: nodes, calendars, numbers.
    pub(super) fn entries(
        &self,
    ) -> impl Iterator<Item = (&'t Spanned<DeString<'i>>, &'t Spanned<DeValue<'i>>)> + use<'t, 'i> {
        self.table.iter()
    }

    pub(super) fn find(&mut self, name: &'static str) -> Option<(Span, &'t Spanned<DeValue<'i>>)> {
        if !self.known.contains(&name) {
            self.known.push(name);
        }
        self.table.iter().find(|(key, _)| key.get_ref() == name).map(|(key, value)| (key.span(), value))
    }

    pub(super) fn text(&mut self, name: &'static str, problems: &mut Vec<Problem>) -> Option<Placed<String>> {
        let (_, value) = self.find(name)?;
        text_of(name, value, problems)
    }

    pub(super) fn needed_text(
        &mut self,
        name: &'static str,
        problems: &mut Vec<Problem>,
    ) -> Option<Placed<String>> {
        if self.find(name).is_none() {
            problems.push(self.missing(name));
            return None;
        }
        self.text(name, problems)
    }

    /// Whole seconds or counts. `default` where the key is absent; a value out of bounds is a problem.
    pub(super) fn number(
        &mut self,
        name: &'static str,
        bounds: RangeInclusive<u32>,
        default: u32,
        problems: &mut Vec<Problem>,
    ) -> u32 {
        self.optional_number(name, bounds, problems).unwrap_or(default)
    }

    pub(super) fn optional_number(
        &mut self,
        name: &'static str,
        bounds: RangeInclusive<u32>,
        problems: &mut Vec<Problem>,
    ) -> Option<u32> {
        let (_, value) = self.find(name)?;
        let number = match value.get_ref() {
            DeValue::Integer(number) => u32::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        let number = number.filter(|n| bounds.contains(n));
        if number.is_none() {
            let (low, high) = bounds.into_inner();
            problems.push(Problem::new(value.span(), Phrase::not_a_whole_number(name, low, high)));
        }
        number
    }

    pub(super) fn flag(&mut self, name: &'static str, default: bool, problems: &mut Vec<Problem>) -> bool {
        let Some((_, value)) = self.find(name) else { return default };
        match value.get_ref().as_bool() {
            Some(flag) => flag,
            None => {
                let message = Phrase::not_a_flag(name, kind_of(value.get_ref()));
                problems.push(Problem::new(value.span(), message).help(Phrase::write_unquoted()));
                default
            }
        }
    }

    pub(super) fn texts(
        &mut self,
        name: &'static str,
        problems: &mut Vec<Problem>,
    ) -> Option<Placed<Vec<Placed<String>>>> {
        let (_, value) = self.find(name)?;
        let list = list_of(name, value, problems)?;
        let texts = list.into_iter().filter_map(|item| text_of(name, item, problems)).collect();
        Some(Placed { value: texts, span: value.span() })
    }

    pub(super) fn missing(&self, name: &str) -> Problem {
        Problem::new(self.place.clone(), Phrase::missing(self.what.clone(), name))
    }

    /// Call last: every key that nobody asked for is unknown.
    pub(super) fn finish(self, problems: &mut Vec<Problem>) {
        for (key, _) in self.table {
            let written = key.get_ref().as_ref();
            if !self.known.contains(&written) {
                problems.push(
                    Problem::new(key.span(), Phrase::unknown_key(self.what.clone(), written))
                        .suggest(written, self.known.iter().copied()),
                );
            }
        }
    }
}

pub(super) fn text_of(
    name: &str,
    value: &Spanned<DeValue<'_>>,
    problems: &mut Vec<Problem>,
) -> Option<Placed<String>> {
    match value.get_ref().as_str() {
        Some(text) => Some(Placed { value: text.to_owned(), span: value.span() }),
        None => {
            problems.push(
                Problem::new(value.span(), Phrase::not_a_text(name, kind_of(value.get_ref())))
                    .help(Phrase::put_in_quotes()),
            );
            None
        }
    }
}

pub(super) fn list_of<'t, 'i>(
    name: &str,
    value: &'t Spanned<DeValue<'i>>,
    problems: &mut Vec<Problem>,
) -> Option<Vec<&'t Spanned<DeValue<'i>>>> {
    match value.get_ref() {
        DeValue::Array(items) => Some(items.iter().collect()),
        other => {
            problems.push(
                Problem::new(value.span(), Phrase::not_a_list(name, kind_of(other)))
                    .help(Phrase::put_in_brackets()),
            );
            None
        }
    }
}

pub(super) fn date_of(value: &Spanned<DeValue<'_>>, problems: &mut Vec<Problem>) -> Option<Date> {
    let date = match value.get_ref() {
        DeValue::Datetime(written) if written.time.is_none() => written.date.and_then(civil_date),
        _ => None,
    };
    if date.is_none() {
        problems.push(Problem::new(value.span(), Phrase::no_date()).help(Phrase::write_date("2026-05-04")));
    }
    date
}

pub(super) fn local_time_of(value: &Spanned<DeValue<'_>>, problems: &mut Vec<Problem>) -> Option<DateTime> {
    let at = match value.get_ref() {
        DeValue::Datetime(written) if written.offset.is_none() => written
            .date
            .and_then(civil_date)
            .zip(written.time.and_then(civil_time))
            .map(|(date, time)| date.to_datetime(time)),
        _ => None,
    };
    if at.is_none() {
        problems.push(
            Problem::new(value.span(), Phrase::no_local_time())
                .help(Phrase::write_local_time("2026-01-07T10:00")),
        );
    }
    at
}

fn civil_date(date: toml::value::Date) -> Option<Date> {
    Date::new(i16::try_from(date.year).ok()?, i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?)
        .ok()
}

fn civil_time(time: toml::value::Time) -> Option<Time> {
    let part = |n: u8| i8::try_from(n).ok();
    Time::new(part(time.hour)?, part(time.minute)?, part(time.second.unwrap_or(0))?, 0).ok()
}

pub(super) fn kind_of(value: &DeValue<'_>) -> Phrase {
    match value {
        DeValue::String(_) => Phrase::a_text(),
        DeValue::Integer(_) | DeValue::Float(_) => Phrase::a_number(),
        DeValue::Boolean(_) => Phrase::a_flag(),
        DeValue::Datetime(_) => Phrase::a_date(),
        DeValue::Array(_) => Phrase::a_list(),
        DeValue::Table(_) => Phrase::a_table(),
    }
}
