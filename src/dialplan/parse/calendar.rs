//! `[calendar.NAME]`

use jiff::civil::Date;
use toml::Spanned;
use toml::de::DeValue;

use super::Reader;
use super::fields::{Fields, Placed, date_of, list_of, text_of};
use crate::dialplan::phrase::Phrase;
use crate::dialplan::problem::{Problem, Span};
use crate::domain::calendar::hours::{Hours, HoursError};
use crate::domain::calendar::{Calendar, ClosedDay, Holidays, OpenDay, Week};

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const HOLIDAYS: [&str; 2] = ["rs", "none"];

impl Reader {
    pub(super) fn calendars(&mut self, root: &mut Fields<'_, '_>) -> Vec<Calendar> {
        let Some((place, value)) = root.find("calendar") else { return Vec::new() };
        let Some(table) = Fields::of(value, place, Phrase::the_table("calendar"), &mut self.problems) else {
            return Vec::new();
        };
        let mut calendars = Vec::new();
        for (key, value) in table.entries() {
            self.calendar_names.push(key.get_ref().to_string());
            calendars.push(self.calendar(key.span(), value).unwrap_or_default());
        }
        calendars
    }

    fn calendar(&mut self, place: Span, value: &Spanned<DeValue<'_>>) -> Option<Calendar> {
        let problems = &mut self.problems;
        let mut fields = Fields::of(value, place, Phrase::the_calendar(), problems)?;
        let week = match fields.find("weekly") {
            Some((place, value)) => week(place, value, problems),
            None => {
                let example = Phrase::example("weekly = { mon-fri = [\"07:30-15:30\"] }");
                problems.push(fields.missing("weekly").help(example));
                Week::default()
            }
        };
        let holidays = match fields.text("holidays", problems) {
            Some(Placed { value, .. }) if value == "rs" => Holidays::Serbia,
            Some(Placed { value, .. }) if value == "none" => Holidays::None,
            Some(Placed { value, span }) => {
                let problem = Problem::new(span, Phrase::no_holidays(&value));
                problems.push(problem.suggest(&value, HOLIDAYS));
                Holidays::None
            }
            None => Holidays::None,
        };
        let mut dates = Vec::new();
        let closed = days(&mut fields, "closed", &mut dates, problems, |fields, date, problems| {
            let why = fields.needed_text("why", problems)?.value;
            Some(ClosedDay { date, why })
        });
        let open = days(&mut fields, "open", &mut dates, problems, |fields, date, problems| {
            let Some(written) = fields.texts("hours", problems) else {
                if fields.find("hours").is_none() {
                    problems.push(fields.missing("hours"));
                }
                return None;
            };
            fields.text("why", problems);
            let mut hours = Vec::new();
            add_hours(&mut hours, written.value, problems);
            Some(OpenDay { date, hours: hours.into_iter().map(|h| h.value).collect() })
        });
        fields.finish(problems);
        Some(Calendar { week, holidays, closed, open })
    }
}

fn week(place: Span, value: &Spanned<DeValue<'_>>, problems: &mut Vec<Problem>) -> Week {
    let mut by_day: [Vec<Placed<Hours>>; 7] = Default::default();
    let Some(table) = Fields::of(value, place, Phrase::the_table("weekly"), problems) else {
        return Week::default();
    };
    for (key, value) in table.entries() {
        let Some(written) = list_of(key.get_ref(), value, problems) else { continue };
        let hours: Vec<Placed<String>> =
            written.into_iter().filter_map(|item| text_of(key.get_ref(), item, problems)).collect();
        match days_of(key.get_ref()) {
            Ok(days) => {
                let mut checked = Vec::new();
                add_hours(&mut checked, hours, problems);
                for (_, day) in by_day.iter_mut().enumerate().filter(|(index, _)| days.contains(index)) {
                    add_read(day, &checked, problems);
                }
            }
            Err(word) => {
                let problem = Problem::new(key.span(), Phrase::no_weekday(word));
                problems.push(problem.suggest(word, DAYS));
            }
        }
    }
    Week(by_day.map(|day| day.into_iter().map(|hours| hours.value).collect()))
}

/// `mon`, `mon-fri`, `sat-mon` as indices from Monday. The error is the word that is no day.
fn days_of(written: &str) -> Result<Vec<usize>, &str> {
    let index = |word| DAYS.iter().position(|day| *day == word).ok_or(word);
    match written.split_once('-') {
        None => Ok(vec![index(written)?]),
        Some((first, last)) => {
            let (first, last) = (index(first)?, index(last)?);
            let length = (last + 7 - first) % 7;
            Ok((0..=length).map(|offset| (first + offset) % 7).collect())
        }
    }
}

/// Reads hours and adds them to those of a day, unless they overlap.
fn add_hours(day: &mut Vec<Placed<Hours>>, written: Vec<Placed<String>>, problems: &mut Vec<Problem>) {
    for Placed { value, span } in written {
        match value.parse() {
            Ok(hours) => add_read(day, &[Placed { value: hours, span }], problems),
            Err(error) => problems.push(Problem::new(span, wrong_hours(error))),
        }
    }
}

fn wrong_hours(error: HoursError) -> Phrase {
    match error {
        HoursError::Format(written) => Phrase::no_hours(written),
        HoursError::Backwards(written) => Phrase::hours_end_first(written),
    }
}

fn add_read(day: &mut Vec<Placed<Hours>>, hours: &[Placed<Hours>], problems: &mut Vec<Problem>) {
    for new in hours {
        match day.iter().find(|old| old.value.overlap(new.value)) {
            Some(old) => {
                let problem = Problem::new(new.span.clone(), Phrase::hours_overlap(new.value, old.value));
                // Said once, also when five days of a range are concerned.
                if !problems.contains(&problem) {
                    problems.push(problem);
                }
            }
            None => day.push(new.clone()),
        }
    }
}

/// `closed` and `open`: lists of tables with a date. A date may stand in only one of them.
fn days<T>(
    fields: &mut Fields<'_, '_>,
    name: &'static str,
    seen: &mut Vec<Date>,
    problems: &mut Vec<Problem>,
    mut read: impl FnMut(&mut Fields<'_, '_>, Date, &mut Vec<Problem>) -> Option<T>,
) -> Vec<T> {
    let Some((_, value)) = fields.find(name) else { return Vec::new() };
    let mut found = Vec::new();
    for item in list_of(name, value, problems).unwrap_or_default() {
        let Some(mut day) = Fields::of(item, item.span(), Phrase::the_day(name), problems) else {
            continue;
        };
        let date = match day.find("date") {
            Some((_, value)) => date_of(value, problems),
            None => {
                problems.push(day.missing("date"));
                None
            }
        };
        let read = read(&mut day, date.unwrap_or_default(), problems);
        day.finish(problems);
        let Some(date) = date else { continue };
        if seen.contains(&date) {
            problems.push(Problem::new(item.span(), Phrase::date_twice(date)));
        }
        seen.push(date);
        found.extend(read);
    }
    found
}
