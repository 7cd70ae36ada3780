//! Public holidays of Serbia, computed.
//!
//! Закон о државним и другим празницима у Републици Србији (Сл. гласник РС 43/2001, 101/2007, 92/2011): the state holidays
//! are New Year, Statehood Day, Labour Day and Armistice Day; when one of their dates falls on a Sunday, the next working
//! day is free. Religious holidays that everybody has free (Christmas; Good Friday to Easter Monday) are not moved.

use jiff::Span;
use jiff::civil::{Date, Weekday};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holiday {
    pub occasion: Occasion,
    /// The day is free in place of a state holiday that fell on a Sunday.
    pub substitute: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    NewYear,
    Christmas,
    StatehoodDay,
    GoodFriday,
    HolySaturday,
    Easter,
    EasterMonday,
    LabourDay,
    ArmisticeDay,
}

/// State holidays: month, day, what. Only these are moved from a Sunday.
const STATE: &[(i8, i8, Occasion)] = &[
    (1, 1, Occasion::NewYear),
    (1, 2, Occasion::NewYear),
    (2, 15, Occasion::StatehoodDay),
    (2, 16, Occasion::StatehoodDay),
    (5, 1, Occasion::LabourDay),
    (5, 2, Occasion::LabourDay),
    (11, 11, Occasion::ArmisticeDay),
];

/// Days after a Sunday that are looked through for its substitute: more than any run of holidays that can follow one.
const LONGEST_RUN: i32 = 4;

/// The holiday on a date. Where two meet, the state holiday is named.
pub fn serbia(date: Date) -> Option<Holiday> {
    if let Some(occasion) = state(date).or_else(|| religious(date)) {
        return Some(Holiday { occasion, substitute: false });
    }
    substitute_for(date).map(|occasion| Holiday { occasion, substitute: true })
}

/// Orthodox Easter Sunday by the Gregorian calendar: Meeus' Julian algorithm plus 13 days. `None` outside 1900-2099, where the
/// two calendars are not 13 days apart.
pub fn orthodox_easter(year: i16) -> Option<Date> {
    if !(1900..=2099).contains(&year) {
        return None;
    }
    let y = i32::from(year);
    let (a, b, c) = (y % 4, y % 7, y % 19);
    let d = (19 * c + 15) % 30;
    let e = (2 * a + 4 * b - d + 34) % 7;
    let month = (d + e + 114) / 31;
    let day = (d + e + 114) % 31 + 1;
    let julian = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    julian.checked_add(Span::new().days(13)).ok()
}

fn state(date: Date) -> Option<Occasion> {
    STATE
        .iter()
        .find(|(month, day, _)| (*month, *day) == (date.month(), date.day()))
        .map(|(_, _, what)| *what)
}

fn religious(date: Date) -> Option<Occasion> {
    if (date.month(), date.day()) == (1, 7) {
        return Some(Occasion::Christmas);
    }
    let easter = orthodox_easter(date.year())?;
    match date.since(easter).ok()?.get_days() {
        -2 => Some(Occasion::GoodFriday),
        -1 => Some(Occasion::HolySaturday),
        0 => Some(Occasion::Easter),
        1 => Some(Occasion::EasterMonday),
        _ => None,
    }
}

/// The state holiday in whose place an otherwise ordinary day is free: going back over days that are free anyway leads to
/// the Sunday it fell on.
fn substitute_for(date: Date) -> Option<Occasion> {
    for back in 1..=LONGEST_RUN {
        let before = date.checked_sub(Span::new().days(back)).ok()?;
        if before.weekday() == Weekday::Sunday {
            return state(before);
        }
        if state(before).is_none() && religious(before).is_none() {
            return None;
        }
    }
    None
}

impl Holiday {
    pub fn name_sr(&self) -> String {
        let name = self.occasion.name_sr();
        if self.substitute { format!("{name} (пренето са недеље)") } else { name.to_owned() }
    }

    pub fn name_en(&self) -> String {
        let name = self.occasion.name_en();
        if self.substitute { format!("{name} (in place of Sunday)") } else { name.to_owned() }
    }
}

impl Occasion {
    pub fn name_sr(self) -> &'static str {
        match self {
            Self::NewYear => "Нова година",
            Self::Christmas => "Божић",
            Self::StatehoodDay => "Сретење, Дан државности Србије",
            Self::GoodFriday => "Велики петак",
            Self::HolySaturday => "Велика субота",
            Self::Easter => "Васкрс",
            Self::EasterMonday => "Васкршњи понедељак",
            Self::LabourDay => "Празник рада",
            Self::ArmisticeDay => "Дан примирја у Првом светском рату",
        }
    }

    pub fn name_en(self) -> &'static str {
        match self {
            Self::NewYear => "New Year",
            Self::Christmas => "Orthodox Christmas",
            Self::StatehoodDay => "Statehood Day",
            Self::GoodFriday => "Orthodox Good Friday",
            Self::HolySaturday => "Orthodox Holy Saturday",
            Self::Easter => "Orthodox Easter",
            Self::EasterMonday => "Orthodox Easter Monday",
            Self::LabourDay => "Labour Day",
            Self::ArmisticeDay => "Armistice Day",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn easter_falls_where_the_church_says() {
        for (year, month, day) in [
            (1900, 4, 22),
            (2000, 4, 30),
            (2016, 5, 1),
            (2021, 5, 2),
            (2022, 4, 24),
            (2023, 4, 16),
            (2024, 5, 5),
            (2025, 4, 20),
            (2026, 4, 12),
            (2027, 5, 2),
            (2028, 4, 16),
            (2029, 4, 8),
            (2030, 4, 28),
            (2099, 4, 12),
        ] {
            assert_eq!(orthodox_easter(year), Some(date(year, month, day)));
        }
        assert_eq!(orthodox_easter(1899), None);
        assert_eq!(orthodox_easter(2100), None);
    }

    #[test]
    fn easter_is_always_a_sunday() {
        for year in 1900..=2099 {
            assert_eq!(orthodox_easter(year).unwrap().weekday(), Weekday::Sunday, "{year}");
        }
    }

    /// Every free day of a year as `month-day`; a star marks a day free in place of a Sunday.
    fn days_off(year: i16) -> String {
        let mut day = date(year, 1, 1);
        let mut found = Vec::new();
        while day.year() == year {
            if let Some(holiday) = serbia(day) {
                let star = if holiday.substitute { "*" } else { "" };
                found.push(format!("{}-{}{star}", day.month(), day.day()));
            }
            day = day.tomorrow().unwrap();
        }
        found.join(" ")
    }

    #[test]
    fn whole_years_are_those_of_the_official_list() {
        for (year, expected) in [
            (2021, "1-1 1-2 1-7 2-15 2-16 4-30 5-1 5-2 5-3 5-4* 11-11"),
            (2022, "1-1 1-2 1-3* 1-7 2-15 2-16 4-22 4-23 4-24 4-25 5-1 5-2 5-3* 11-11"),
            (2023, "1-1 1-2 1-3* 1-7 2-15 2-16 4-14 4-15 4-16 4-17 5-1 5-2 11-11"),
            (2024, "1-1 1-2 1-7 2-15 2-16 5-1 5-2 5-3 5-4 5-5 5-6 11-11"),
            (2025, "1-1 1-2 1-7 2-15 2-16 2-17* 4-18 4-19 4-20 4-21 5-1 5-2 11-11"),
            (2026, "1-1 1-2 1-7 2-15 2-16 2-17* 4-10 4-11 4-12 4-13 5-1 5-2 11-11"),
            (2027, "1-1 1-2 1-7 2-15 2-16 4-30 5-1 5-2 5-3 5-4* 11-11"),
            (2028, "1-1 1-2 1-3* 1-7 2-15 2-16 4-14 4-15 4-16 4-17 5-1 5-2 11-11"),
            (2029, "1-1 1-2 1-7 2-15 2-16 4-6 4-7 4-8 4-9 5-1 5-2 11-11 11-12*"),
            (2030, "1-1 1-2 1-7 2-15 2-16 4-26 4-27 4-28 4-29 5-1 5-2 11-11"),
        ] {
            assert_eq!(days_off(year), expected, "{year}");
        }
    }

    #[test]
    fn a_day_in_place_of_a_sunday_names_its_holiday_in_both_languages() {
        let holiday = serbia(date(2027, 5, 4)).unwrap();
        assert_eq!(holiday.name_en(), "Labour Day (in place of Sunday)");
        assert_eq!(holiday.name_sr(), "Празник рада (пренето са недеље)");
        assert_eq!(serbia(date(2027, 5, 2)).unwrap().occasion, Occasion::LabourDay);
    }

    #[test]
    fn years_without_a_computed_easter_still_have_their_fixed_days() {
        assert!(serbia(date(2150, 1, 7)).is_some());
        assert!(serbia(date(2150, 4, 20)).is_none());
        assert!(serbia(Date::MIN).is_some(), "New Year");
    }
}
