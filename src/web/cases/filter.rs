//! What the list shows, as it stands in its address.

use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::Deserialize;

use crate::domain::case::{Channel, Status};
use crate::domain::id::{CategoryId, DepartmentId, PersonId, UserId};
use crate::domain::permission::reach::Reach;
use crate::domain::words::words;
use crate::store::case_list::{Assignee, CaseFilter, Cursor, DueWindow};
use crate::web::deadlines::chip::SOON_DAYS;
use crate::web::export::SEARCHED;
use crate::web::i18n::Locale;

/// Texts, because an empty field of a form is an empty text; what cannot be read does not filter.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Query {
    /// One, or several with commas.
    pub status: String,
    pub channel: String,
    pub category: String,
    pub department: String,
    /// A user's id, `me` or `nobody`.
    pub assignee: String,
    /// `overdue`, `today` or `soon`.
    pub due: String,
    /// A person's id.
    pub person: String,
    pub outcome: String,
    pub told: String,
    /// Local days, inclusive.
    pub from: String,
    pub until: String,
    /// `newest`, `due` or `updated`.
    pub order: String,
    pub q: String,
    /// Where the page before ended.
    pub after: String,
}

impl Query {
    /// Everything that narrows the list down, for whoever may read so far: the list, its counts, its file and what is changed at once are
    /// about the same cases, because all of them ask here.
    pub fn whole_filter(&self, locale: &Locale, me: UserId, reach: Reach) -> CaseFilter {
        let (from, until) = self.period(&locale.zone);
        CaseFilter { due: self.window(locale), reach, from, until, ..self.chosen(me) }
    }

    fn chosen(&self, me: UserId) -> CaseFilter {
        CaseFilter {
            status: read(&self.status),
            channel: read::<Channel>(&self.channel),
            category: read(&self.category).map(CategoryId),
            department: read(&self.department).map(DepartmentId),
            assignee: match self.assignee.as_str() {
                "me" => Some(Assignee::User(me)),
                "nobody" => Some(Assignee::Nobody),
                id => read(id).map(|id| Assignee::User(UserId(id))),
            },
            person: read(&self.person).map(PersonId),
            statuses: self.statuses(),
            outcome: read(&self.outcome),
            told: read(&self.told),
            order: read(&self.order).unwrap_or_default(),
            q: Some(self.q.trim()).filter(|q| !q.is_empty()).map(str::to_owned),
            ..CaseFilter::default()
        }
    }

    /// Several; one alone stands in the field of its own.
    fn statuses(&self) -> Vec<Status> {
        if self.status.contains(',') { self.status.split(',').filter_map(read).collect() } else { Vec::new() }
    }

    /// The days of the period, as moments of the place.
    fn period(&self, zone: &TimeZone) -> (Option<Timestamp>, Option<Timestamp>) {
        let midnight = |day: Date| day.to_zoned(zone.clone()).ok().map(|at| at.timestamp());
        let until = read::<Date>(&self.until).and_then(|day| day.tomorrow().ok());
        (read::<Date>(&self.from).and_then(midnight), until.and_then(midnight))
    }

    /// The same list from its beginning.
    pub fn plain(&self) -> String {
        Self { after: String::new(), ..self.clone() }.address()
    }

    /// What the audit says of an export: all but the words.
    pub fn for_audit(&self) -> String {
        let address = Self { q: String::new(), after: String::new(), ..self.clone() }.address();
        match (self.q.trim().is_empty(), address.contains('?')) {
            (true, _) => address,
            (false, true) => format!("{address}&{SEARCHED}"),
            (false, false) => format!("{address}?{SEARCHED}"),
        }
    }

    /// The list as a file.
    pub fn export(&self, format: &str) -> String {
        let plain = self.plain();
        let query = plain.strip_prefix("/cases").unwrap_or_default().trim_start_matches('?');
        if query.is_empty() {
            return format!("/cases/export?format={format}");
        }
        format!("/cases/export?format={format}&{query}")
    }

    pub fn cursor(&self) -> Option<Cursor> {
        read(&self.after)
    }

    /// True when anything but the status is filtered: the counts of the statuses then are not those of the list.
    pub fn is_narrowed(&self) -> bool {
        [&self.channel, &self.category, &self.department, &self.assignee, &self.due, &self.person, &self.q]
            .iter()
            .chain([&self.outcome, &self.told, &self.from, &self.until].iter())
            .any(|f| !f.is_empty())
    }

    /// By what stands behind "more filters".
    pub fn is_narrowed_further(&self) -> bool {
        [&self.outcome, &self.told, &self.from, &self.until, &self.order].iter().any(|f| !f.is_empty())
    }

    pub fn is_filtered(&self) -> bool {
        self.is_narrowed() || !self.status.is_empty()
    }

    /// The same list in another status.
    pub fn in_status(&self, status: Option<Status>) -> String {
        let status = status.map_or("", Status::as_str).to_owned();
        Self { status, after: String::new(), ..self.clone() }.address()
    }

    /// The same list of what is due then; the same again: of everything.
    pub fn due_in(&self, due: Due) -> String {
        let due = if read(&self.due) == Some(due) { "" } else { due.as_str() }.to_owned();
        Self { due, after: String::new(), ..self.clone() }.address()
    }

    fn window(&self, locale: &Locale) -> Option<DueWindow> {
        read::<Due>(&self.due).map(|due| due.window(locale.now, &locale.zone))
    }

    pub fn next(&self, after: Cursor) -> String {
        Self { after: after.to_string(), ..self.clone() }.address()
    }

    fn address(&self) -> String {
        let pairs = [
            ("status", &self.status),
            ("channel", &self.channel),
            ("category", &self.category),
            ("department", &self.department),
            ("assignee", &self.assignee),
            ("due", &self.due),
            ("person", &self.person),
            ("outcome", &self.outcome),
            ("told", &self.told),
            ("from", &self.from),
            ("until", &self.until),
            ("order", &self.order),
            ("q", &self.q),
            ("after", &self.after),
        ];
        let query: Vec<String> = pairs
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", super::super::error::percent(value)))
            .collect();
        if query.is_empty() { "/cases".to_owned() } else { format!("/cases?{}", query.join("&")) }
    }
}

words! {
    /// By when a case is due, as the list is narrowed to it.
    Due {
        Overdue = "overdue",
        Today = "today",
        Soon = "soon",
    }
}

impl Due {
    /// By the local day.
    pub fn window(self, now: Timestamp, zone: &TimeZone) -> DueWindow {
        let today = now.to_zoned(zone.clone()).date();
        let end_of = |date: Date| {
            let next = date.tomorrow().ok().and_then(|day| day.to_zoned(zone.clone()).ok());
            next.map(|midnight| midnight.timestamp())
        };
        match self {
            Self::Overdue => DueWindow { from: None, until: Some(now) },
            Self::Today => DueWindow { from: Some(now), until: end_of(today) },
            Self::Soon => {
                let last = today.saturating_add(SOON_DAYS.days());
                DueWindow { from: end_of(today), until: end_of(last) }
            }
        }
    }
}

fn read<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_says_what_the_list_shows_and_nothing_else() {
        let query = Query { q: "цев & вода".into(), assignee: "me".into(), ..Query::default() };
        assert_eq!(
            query.in_status(Some(Status::New)),
            "/cases?status=new&assignee=me&q=%D1%86%D0%B5%D0%B2%20%26%20%D0%B2%D0%BE%D0%B4%D0%B0"
        );
        assert_eq!(Query::default().in_status(None), "/cases");
    }

    #[test]
    fn windows_of_due_dates_are_by_the_local_day_and_meet() {
        let zone = TimeZone::get("Europe/Belgrade").unwrap();
        let now: Timestamp = "2026-11-22T15:30:00Z".parse().unwrap();
        let windows = Due::ALL.iter().map(|due| due.window(now, &zone)).collect::<Vec<_>>();
        let at = |text: &str| Some(text.parse::<Timestamp>().unwrap());
        assert_eq!(windows[0], DueWindow { from: None, until: Some(now) });
        assert_eq!(windows[1], DueWindow { from: Some(now), until: at("2026-11-22T23:00:00Z") });
        assert_eq!(
            windows[2],
            DueWindow { from: at("2026-11-22T23:00:00Z"), until: at("2026-11-25T23:00:00Z") }
        );
        let query = Query { due: "today".into(), ..Query::default() };
        assert_eq!(query.due_in(Due::Overdue), "/cases?due=overdue");
        assert_eq!(query.due_in(Due::Today), "/cases", "chosen again it is taken back");
    }

    #[test]
    fn what_cannot_be_read_does_not_filter() {
        let query =
            Query { status: "nonsense".into(), category: "x".into(), q: "  ".into(), ..Query::default() };
        assert_eq!(query.chosen(UserId(1)), CaseFilter::default());
        let mine = Query { assignee: "me".into(), ..Query::default() };
        assert_eq!(mine.chosen(UserId(4)).assignee, Some(Assignee::User(UserId(4))));
    }
}
