//! A due date in a word or two, for the list and the head of a case.

use jiff::{Timestamp, ToSpan};

use crate::web::i18n::Locale;

#[derive(Clone, Debug)]
pub struct DueView {
    /// Colour and icon: `overdue`, `today`, `soon` or `later`.
    pub state: &'static str,
    /// `касни 2 дана`, `данас до 14:00`, `до 24.11. 12:00`
    pub label: String,
    /// Day and minute.
    pub whole: String,
}

/// What is due within so many days is soon.
pub const SOON_DAYS: i64 = 3;

impl DueView {
    pub fn new(locale: &Locale, due: Timestamp) -> Self {
        let state = state(locale, due);
        let label = match state {
            "overdue" => late(locale, due),
            "today" if is_whole_day(locale, due) => locale.say("due-today-whole"),
            "today" => locale.with("due-today", "time", locale.time(due)),
            _ if is_whole_day(locale, due) => locale.with("due-until", "at", locale.date(due)),
            // The whole of it is one look away; a list is read faster without the year that everybody knows.
            _ if is_this_year(locale, due) => locale.with("due-until", "at", locale.short(due)),
            _ => locale.with("due-until", "at", locale.moment(due)),
        };
        Self { state, label, whole: moment(locale, due) }
    }
}

/// Without an hour for what is over at the end of a day.
pub fn moment(locale: &Locale, due: Timestamp) -> String {
    if is_whole_day(locale, due) { locale.date(due) } else { locale.moment(due) }
}

fn state(locale: &Locale, due: Timestamp) -> &'static str {
    if due < locale.now {
        return "overdue";
    }
    let today = locale.now.to_zoned(locale.zone.clone()).date();
    let day = due.to_zoned(locale.zone.clone()).date();
    if day == today {
        "today"
    } else if day <= today.saturating_add(SOON_DAYS.days()) {
        "soon"
    } else {
        "later"
    }
}

fn is_this_year(locale: &Locale, due: Timestamp) -> bool {
    let year = |at: Timestamp| at.to_zoned(locale.zone.clone()).year();
    year(due) == year(locale.now)
}

fn late(locale: &Locale, due: Timestamp) -> String {
    let hours = locale.now.duration_since(due).as_hours();
    if hours < 1 {
        locale.say("due-late-now")
    } else if hours < 48 {
        locale.count("due-late-hours", hours)
    } else {
        locale.count("due-late-days", hours / 24)
    }
}

/// What is counted in days ends with the last microsecond of one.
fn is_whole_day(locale: &Locale, due: Timestamp) -> bool {
    let local = due.to_zoned(locale.zone.clone());
    (local.hour(), local.minute(), local.second()) == (23, 59, 59) && local.subsec_nanosecond() > 999_998_000
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::i18n::Language;
    use crate::web::i18n::tests::locale;

    #[test]
    fn a_due_date_is_said_as_shortly_as_it_can_be() {
        // Sunday, 22 November 2026, 16:30 in Belgrade.
        let locale = locale(Language::SerbianCyrillic);
        for (due, state, label) in [
            ("2026-11-22T15:29:00Z", "overdue", "рок је истекао"),
            ("2026-11-22T11:00:00Z", "overdue", "касни 4 сата"),
            ("2026-11-17T11:00:00Z", "overdue", "касни 5 дана"),
            ("2026-11-22T18:00:00Z", "today", "данас до 19:00"),
            ("2026-11-22T22:59:59.999999Z", "today", "до краја дана"),
            ("2026-11-24T11:00:00Z", "soon", "до 24.11. 12:00"),
            ("2027-01-08T11:00:00Z", "later", "до 8.1.2027. 12:00"),
            ("2026-12-24T22:59:59.999999Z", "later", "до 24.12.2026."),
        ] {
            let view = DueView::new(&locale, due.parse().unwrap());
            assert_eq!((view.state, view.label.as_str()), (state, label), "{due}");
        }
    }
}
