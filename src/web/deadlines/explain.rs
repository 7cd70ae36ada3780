//! Why something is due when it is, in words.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Weekday};

use crate::domain::deadline::step::{FreeDay, Lost, Step, Why};
use crate::domain::deadline::{Terms, Unit};
use crate::web::i18n::Locale;

/// One sentence for each step.
pub fn explain(locale: &Locale, steps: &[Step]) -> Vec<String> {
    let unit = steps.iter().find_map(|step| match step {
        Step::Rule { unit, .. } => Some(*unit),
        _ => None,
    });
    steps.iter().map(|step| sentence(locale, unit.unwrap_or(Unit::Days), step)).collect()
}

/// `30 days (ZUP, art. 145)`
pub fn rule(locale: &Locale, terms: &Terms) -> String {
    let amount = amount(locale, terms.unit, terms.amount);
    if terms.source.is_empty() {
        return amount;
    }
    format!("{amount} ({})", locale.name(&terms.source, None))
}

pub fn amount(locale: &Locale, unit: Unit, amount: u32) -> String {
    let amount = i64::from(amount);
    match unit {
        Unit::WorkingDayHours => locale.count("amount-working-day-hours", amount),
        Unit::Hours => locale.count("amount-hours", amount),
        Unit::Days => locale.count("amount-days", amount),
        Unit::WorkingDays => locale.count("amount-working-days", amount),
        Unit::Months => locale.count("amount-months", amount),
    }
}

fn sentence(locale: &Locale, unit: Unit, step: &Step) -> String {
    let date = |date: Date| date_of(locale, date);
    let moment = |at: DateTime| locale.moment(instant(locale, at));
    match step {
        Step::Received { at } => locale.with("step-received", "at", moment(*at)),
        Step::SplitFrom { number } => locale.with("step-split-from", "number", number),
        Step::BeginsAt { at } => locale.with("step-begins-at", "at", moment(*at)),
        Step::Rule { unit, amount: n, source } => {
            let amount = amount(locale, *unit, *n);
            let source = locale.name(source, None);
            let values = [("amount", amount), ("source", source.clone())];
            if source.is_empty() {
                locale.with_values("step-rule-plain", &values)
            } else {
                locale.with_values("step-rule", &values)
            }
        }
        Step::Extended { by, total } => {
            let values = [("by", amount(locale, unit, *by)), ("total", amount(locale, unit, *total))];
            locale.with_values("step-extended", &values)
        }
        Step::FirstDay { date: first } => locale.with("step-first-day", "date", date(*first)),
        Step::NotCounted { days } => locale.with("step-not-counted", "days", free_days(locale, days)),
        Step::Paused { from, to, reason, lost } => {
            let values = [
                ("from", moment(*from)),
                ("to", moment(*to)),
                ("reason", locale.word("pause", reason.as_str())),
                ("lost", lost_words(locale, *lost)),
            ];
            locale.with_values("step-paused", &values)
        }
        Step::ClockChanged { date: day, hours } => {
            let values = [("date", date(*day)), ("hours", hours.to_string())];
            locale.with_values("step-clock-changed", &values)
        }
        Step::NoSuchDay { number, date: last } => {
            let values = [("number", number.to_string()), ("date", date(*last))];
            locale.with_values("step-no-such-day", &values)
        }
        Step::Moved { from, to, days } => {
            let values = [("from", date(*from)), ("to", date(*to)), ("days", free_days(locale, days))];
            locale.with_values("step-moved", &values)
        }
        Step::Due { at, whole_day: true } => locale.with("step-due-day", "date", date(at.date())),
        Step::Due { at, whole_day: false } => locale.with("step-due-moment", "at", moment(*at)),
    }
}

/// `subota 2.1.2027., nedelja 3.1.2027.; 7.1.2027. (Božić)`: holidays by their names, other days by that of the week.
fn free_days(locale: &Locale, days: &[FreeDay]) -> String {
    let english = locale.language == crate::web::i18n::Language::English;
    let one = |free: &FreeDay| {
        let date = date_of(locale, free.date);
        match &free.why {
            Why::Weekday => format!("{} {date}", weekday(locale, free.date.weekday())),
            Why::Holiday { sr, en } => {
                let name = if english { en.clone() } else { locale.name(sr, None) };
                format!("{date} ({name})")
            }
            Why::Own(why) => format!("{date} ({})", locale.name(why, None)),
        }
    };
    let list = days.iter().map(one).collect::<Vec<_>>().join(", ");
    // A Serbian date ends with the full stop that the sentence brings anyway.
    list.strip_suffix('.').map_or(list.clone(), str::to_owned)
}

fn lost_words(locale: &Locale, lost: Lost) -> String {
    match lost {
        Lost::Days(days) => locale.count("amount-days", i64::from(days)),
        Lost::Minutes(minutes) => {
            let values = [("hours", (minutes / 60).to_string()), ("minutes", (minutes % 60).to_string())];
            locale.with_values("amount-hours-minutes", &values)
        }
    }
}

pub fn weekday(locale: &Locale, day: Weekday) -> String {
    let names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let place = usize::try_from(day.to_monday_zero_offset()).unwrap_or_default();
    locale.word("weekday", names.get(place).copied().unwrap_or("monday"))
}

pub fn date_of(locale: &Locale, date: Date) -> String {
    locale.date(instant(locale, date.at(12, 0, 0, 0)))
}

fn instant(locale: &Locale, at: DateTime) -> Timestamp {
    locale.zone.to_timestamp(at).unwrap_or(locale.now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::{Calendar, Holidays, Week};
    use crate::domain::deadline::due::{Pause, compute};
    use crate::domain::deadline::{Begin, Goal, LastDay, PauseReason};
    use crate::web::i18n::Language;
    use crate::web::i18n::tests::locale;

    fn explained(language: Language, unit: Unit, amount: u32, at: &str, pauses: &[Pause]) -> Vec<String> {
        let locale = locale(language);
        let mut week = Week::default();
        week.0.iter_mut().take(5).for_each(|day| day.push("07:30-15:30".parse().unwrap()));
        let calendar = Calendar { week, holidays: Holidays::Serbia, ..Calendar::default() };
        let terms = Terms {
            goal: Goal::Outcome,
            unit,
            amount,
            begin: Begin::Opening,
            last_day: LastDay::Moves,
            source: "ЗУП, чл. 145".into(),
            extend_by: None,
            warn_hours: None,
            escalation: Vec::new(),
        };
        let due = compute(&terms, at.parse().unwrap(), &calendar, &locale.zone, pauses, 0).unwrap();
        explain(&locale, &due.explanation)
    }

    #[test]
    fn easter_2027_is_explained_in_every_language() {
        let of = |language| explained(language, Unit::Days, 15, "2027-04-15T08:00:00Z", &[]);
        assert_eq!(
            of(Language::SerbianCyrillic),
            [
                "Рачуна се од 15.4.2027. 10:00.",
                "Рок је 15 дана (ЗУП, чл. 145).",
                "Дан догађаја се не рачуна: први дан рока је 16.4.2027.",
                "Последњи дан рока је нерадан: 30.4.2027. (Велики петак), 1.5.2027. (Празник рада), \
                 2.5.2027. (Празник рада), 3.5.2027. (Васкршњи понедељак), \
                 4.5.2027. (Празник рада (пренето са недеље)). Рок истиче првог наредног радног дана.",
                "Рок истиче крајем дана 5.5.2027.",
            ]
        );
        assert_eq!(of(Language::SerbianLatin)[1], "Rok je 15 dana (ZUP, čl. 145).");
        let english = of(Language::English);
        assert_eq!(english[0], "Counted from 15 Apr 2027 10:00.");
        assert!(english[3].contains("3 May 2027 (Orthodox Easter Monday)"), "{}", english[3]);
        assert_eq!(english[4], "The time is over at the end of 5 May 2027.");
    }

    #[test]
    fn hours_and_pauses_are_explained() {
        let pause = Pause {
            from: "2026-11-23T08:00:00Z".parse().unwrap(),
            to: "2026-11-23T09:30:00Z".parse().unwrap(),
            reason: PauseReason::Citizen,
        };
        let words =
            explained(Language::SerbianCyrillic, Unit::WorkingDayHours, 48, "2026-11-21T02:00:00Z", &[pause]);
        assert_eq!(
            words,
            [
                "Рачуна се од 21.11.2026. 03:00.",
                "Стигло је ван радног времена, па рок почиње кад канцеларија почне да ради: 23.11.2026. 07:30.",
                "Рок је 48 сати у радним данима (ЗУП, чл. 145).",
                "Рок није текао од 23.11.2026. 09:00 до 23.11.2026. 10:30 (чека се грађанин): 1 ч 30 мин.",
                "Рок истиче 25.11.2026. 09:00.",
            ]
        );
    }
}
