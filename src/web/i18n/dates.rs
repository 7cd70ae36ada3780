//! Dates, times and lengths as people of the place write them.

use std::time::Duration;

use jiff::{Timestamp, ToSpan, Zoned};

use super::{Language, Locale};

impl Locale {
    /// A day without an hour: `23.11.2026.`, in English `23 November 2026`.
    pub fn civil(&self, date: jiff::civil::Date) -> String {
        let form = if self.language == Language::English { "%-d %B %Y" } else { "%-d.%-m.%Y." };
        date.strftime(form).to_string()
    }

    /// `22.11.2026. 14:05`
    pub fn moment(&self, at: Timestamp) -> String {
        format!("{} {}", self.date(at), self.time(at))
    }

    /// `22.11.2026.`, in English `22 Nov 2026`.
    pub fn date(&self, at: Timestamp) -> String {
        let pattern = if self.language == Language::English { "%-d %b %Y" } else { "%-d.%-m.%Y." };
        self.local(at).strftime(pattern).to_string()
    }

    pub fn time(&self, at: Timestamp) -> String {
        self.local(at).strftime("%H:%M").to_string()
    }

    /// As short as it can be without doubt: the hour today, the day before that, the year when it is another one.
    pub fn short(&self, at: Timestamp) -> String {
        let local = self.local(at);
        let today = self.local(self.now).date();
        let yesterday = today.saturating_sub(1.day());
        if local.date() == today {
            self.time(at)
        } else if local.date() == yesterday {
            self.with("time-yesterday", "time", self.time(at))
        } else if local.year() == today.year() {
            let pattern = if self.language == Language::English { "%-d %b %H:%M" } else { "%-d.%-m. %H:%M" };
            local.strftime(pattern).to_string()
        } else {
            self.date(at)
        }
    }

    /// Heading of a day in the timeline: `недеља, 22.11.2026.`
    pub fn day(&self, at: Timestamp) -> String {
        let weekday = self.local(at).weekday().to_monday_zero_offset();
        let names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
        let name = names.get(usize::from(weekday.unsigned_abs())).copied().unwrap_or("monday");
        format!("{}, {}", self.word("weekday", name), self.date(at))
    }

    /// `0:42`, `1:02:10`
    pub fn length(&self, length: Duration) -> String {
        let seconds = length.as_secs() + u64::from(length.subsec_millis() >= 500);
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        if hours > 0 {
            format!("{hours}:{minutes:02}:{seconds:02}")
        } else {
            format!("{minutes}:{seconds:02}")
        }
    }

    fn local(&self, at: Timestamp) -> Zoned {
        at.to_zoned(self.zone.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::locale;
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn instants_are_shown_in_local_time() {
        let serbian = locale(Language::SerbianCyrillic);
        assert_eq!(serbian.moment(at("2026-11-22T13:05:00Z")), "22.11.2026. 14:05");
        assert_eq!(serbian.moment(at("2026-07-01T22:30:00Z")), "2.7.2026. 00:30");
        assert_eq!(locale(Language::English).moment(at("2026-11-22T13:05:00Z")), "22 Nov 2026 14:05");
        assert_eq!(serbian.day(at("2026-11-22T13:05:00Z")), "недеља, 22.11.2026.");
    }

    #[test]
    fn short_form_leaves_out_what_is_understood() {
        let serbian = locale(Language::SerbianLatin);
        assert_eq!(serbian.short(at("2026-11-22T13:05:00Z")), "14:05");
        assert_eq!(serbian.short(at("2026-11-21T23:30:00Z")), "00:30");
        assert_eq!(serbian.short(at("2026-11-21T13:05:00Z")), "juče 14:05");
        assert_eq!(serbian.short(at("2026-03-01T13:05:00Z")), "1.3. 14:05");
        assert_eq!(serbian.short(at("2025-03-01T13:05:00Z")), "1.3.2025.");
    }

    #[test]
    fn lengths_are_minutes_and_seconds() {
        let serbian = locale(Language::SerbianLatin);
        assert_eq!(serbian.length(Duration::from_millis(41_700)), "0:42");
        assert_eq!(serbian.length(Duration::from_secs(3730)), "1:02:10");
    }
}
