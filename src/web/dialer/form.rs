//! The form of a dialling campaign: from its settings to fields, and back from what was sent.

use crate::actions::dialer::DialError;
use crate::domain::calendar::hours::Hours;
use crate::domain::dialer::Mode;
use crate::domain::dialer::accounting::RingTime;
use crate::domain::dialer::campaign::WrongSetting;
use crate::domain::dialer::retry::{Again, Follow};
use crate::domain::id::{SurveyVersionId, UserId};
use crate::store::dial_campaign::DialDraft;
use crate::web::cases::view::Choice;
use crate::web::page::Page;
use crate::web::queues::form::Sent;

/// A way of dialling, with what it means.
#[derive(Debug)]
pub struct ModeView {
    pub value: &'static str,
    pub label: String,
    pub hint: String,
    pub chosen: bool,
}

/// The hours of a day of the week, as they are written: `09:00-20:00`, several with a comma.
#[derive(Debug)]
pub struct DayView {
    pub field: String,
    pub label: String,
    pub hours: String,
}

#[derive(Debug)]
pub struct Fields {
    pub name: String,
    pub modes: Vec<ModeView>,
    pub multiple: String,
    pub target: String,
    pub operators: Vec<Choice>,
    pub days: Vec<DayView>,
    pub holidays: bool,
    pub ring: u16,
    pub attempts: u32,
    pub busy_minutes: u32,
    pub busy_times: u32,
    pub absent_times: u32,
    pub caller_id: String,
    pub priority: i32,
    pub wrap_up: u32,
    pub patience: String,
    pub calls_per_second: String,
    pub reserved: u32,
    pub record: bool,
    pub hear_machines: bool,
    pub languages: Vec<Choice>,
}

const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

impl Fields {
    pub fn of(page: &Page, draft: &DialDraft, may_serve: &[(UserId, String)]) -> Self {
        let s = &draft.settings;
        let (busy, absent) = (again(s.retry.busy), again(s.retry.no_answer));
        let operator = |(id, name): &(UserId, String)| Choice {
            value: id.to_string(),
            label: name.clone(),
            chosen: draft.operators.contains(id),
        };
        let language = |code: &str| Choice {
            value: code.to_owned(),
            label: page.word("dial-language", code),
            chosen: s.language == code,
        };
        let multiple = match s.mode {
            Mode::Power { multiple } => multiple,
            _ => POWER,
        };
        Self {
            name: draft.name.clone(),
            modes: modes(page, s.mode),
            multiple: multiple.to_string(),
            target: rounded(s.abandon.target * 100.0),
            operators: may_serve.iter().map(operator).collect(),
            days: DAYS.iter().zip(&s.hours.week).map(|(day, hours)| day_view(page, day, hours)).collect(),
            holidays: s.hours.quiet_on_holidays,
            ring: s.ring.seconds(),
            attempts: s.retry.attempts,
            busy_minutes: busy.map_or(15, |again| again.after_minutes),
            busy_times: busy.map_or(1, |again| again.times),
            absent_times: absent.map_or(1, |again| again.times),
            caller_id: s.caller_id.clone().unwrap_or_default(),
            priority: s.priority,
            wrap_up: s.wrap_up_s,
            patience: rounded(f64::from(s.abandoned.within_ms) / 1_000.0),
            calls_per_second: rounded(s.trunk.calls_per_second),
            reserved: s.trunk.reserved,
            record: s.record,
            hear_machines: s.hear_machines,
            languages: ["sr", "en"].map(language).into(),
        }
    }
}

/// Calls for each idle operator that are offered first.
const POWER: f64 = 1.5;

fn modes(page: &Page, chosen: Mode) -> Vec<ModeView> {
    let all = [
        Mode::Preview,
        Mode::Progressive,
        Mode::Power { multiple: POWER },
        Mode::Predictive,
        Mode::Agentless,
    ];
    let view = |mode: Mode| {
        let value = super::mode_word(mode);
        ModeView {
            value,
            label: super::mode_label(page, mode),
            hint: page.word("dial-mode-hint", value),
            chosen: super::mode_word(chosen) == value,
        }
    };
    all.map(view).into()
}

fn day_view(page: &Page, day: &str, hours: &[Hours]) -> DayView {
    let hours: Vec<String> = hours.iter().map(ToString::to_string).collect();
    DayView { field: format!("hours-{day}"), label: page.word("weekday", day), hours: hours.join(", ") }
}

fn again(follow: Follow) -> Option<Again> {
    match follow {
        Follow::Again(again) => Some(again),
        Follow::Finish => None,
    }
}

/// Without zeros that say nothing.
fn rounded(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Back from the form. `before`: what is not in the form stays as it was.
pub fn draft(sent: &Sent, before: &DialDraft) -> Result<DialDraft, DialError> {
    let mut s = before.settings.clone();
    s.mode = mode(sent)?;
    s.abandon.target = number::<f64>(sent, "target", WrongSetting::Abandon)? / 100.0;
    let target = s.abandon.target;
    s.abandon.cap = s.abandon.cap.max(target);
    for (day, hours) in DAYS.iter().zip(&mut s.hours.week) {
        *hours = day_hours(sent.text(&format!("hours-{day}")))?;
    }
    s.hours.quiet_on_holidays = sent.is_ticked("holidays");
    s.ring = RingTime::from(number::<u16>(sent, "ring", WrongSetting::Ring)?);
    s.retry.attempts = number(sent, "attempts", WrongSetting::Attempts)?;
    s.retry.busy = follow(
        s.retry.busy,
        Some(number(sent, "busy_minutes", WrongSetting::Attempts)?),
        number(sent, "busy_times", WrongSetting::Attempts)?,
    );
    s.retry.no_answer =
        follow(s.retry.no_answer, None, number(sent, "absent_times", WrongSetting::Attempts)?);
    let shown: String = sent.text("caller_id").chars().filter(|c| !c.is_whitespace()).collect();
    s.caller_id = (!shown.is_empty()).then_some(shown);
    s.priority = number(sent, "priority", WrongSetting::Priority)?;
    s.wrap_up_s = number(sent, "wrap_up", WrongSetting::WrapUp)?;
    let patience: f64 = number(sent, "patience", WrongSetting::Patience)?;
    s.abandoned.within_ms = milliseconds(patience)?;
    s.trunk.calls_per_second = number(sent, "calls_per_second", WrongSetting::CallsPerSecond)?;
    s.trunk.reserved = number(sent, "reserved", WrongSetting::CallsPerSecond)?;
    s.record = sent.is_ticked("record");
    s.hear_machines = sent.is_ticked("hear_machines");
    s.language = sent.text("language").to_owned();
    let survey = sent.text("survey");
    Ok(DialDraft {
        name: sent.text("name").to_owned(),
        settings: s,
        survey_version: survey.parse().ok().map(SurveyVersionId),
        operators: sent.all("operator").iter().filter_map(|id| id.parse().ok()).map(UserId).collect(),
    })
}

fn mode(sent: &Sent) -> Result<Mode, DialError> {
    Ok(match sent.text("mode") {
        "preview" => Mode::Preview,
        "power" => Mode::Power { multiple: number(sent, "multiple", WrongSetting::Multiple)? },
        "predictive" => Mode::Predictive,
        "agentless" => Mode::Agentless,
        _ => Mode::Progressive,
    })
}

/// A comma is what a Serbian keyboard has for a point.
fn number<T: std::str::FromStr>(sent: &Sent, name: &str, wrong: WrongSetting) -> Result<T, DialError> {
    sent.text(name).trim().replace(',', ".").parse().map_err(|_| DialError::Setting(wrong))
}

fn milliseconds(seconds: f64) -> Result<u32, DialError> {
    let within = (0.0..=3_600.0).contains(&seconds);
    let ms = within.then(|| (seconds * 1_000.0).round());
    ms.map(|ms| ms as u32).ok_or(DialError::Setting(WrongSetting::Patience))
}

/// Once means: not again.
fn follow(before: Follow, minutes: Option<u32>, times: u32) -> Follow {
    match before {
        _ if times <= 1 => Follow::Finish,
        Follow::Again(again) => {
            Follow::Again(Again { after_minutes: minutes.unwrap_or(again.after_minutes), times, ..again })
        }
        Follow::Finish => {
            let usual =
                Again { after_minutes: minutes.unwrap_or(60), times, other_part: false, once_a_day: false };
            Follow::Again(usual)
        }
    }
}

fn day_hours(text: &str) -> Result<Vec<Hours>, DialError> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    let hours: Result<Vec<Hours>, _> =
        parts.map(|part| part.replace('–', "-").replace(' ', "").parse()).collect();
    let hours = hours.map_err(|_| DialError::Setting(WrongSetting::Hours))?;
    let overlap =
        hours.iter().enumerate().any(|(at, one)| hours.iter().skip(at + 1).any(|o| one.overlap(*o)));
    if overlap { Err(DialError::Setting(WrongSetting::Hours)) } else { Ok(hours) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::dialer::DialSettings;

    #[test]
    fn hours_are_read_as_people_write_them() {
        let hours = |text| day_hours(text).map(|hours| hours.len());
        assert_eq!(
            (hours("").ok(), hours("09:00 – 20:00").ok(), hours("09:00-12:00, 13:00-20:00").ok()),
            (Some(0), Some(1), Some(2))
        );
        assert!(hours("9 to 5").is_err() && hours("09:00-12:00, 11:00-13:00").is_err());
    }

    #[test]
    fn one_try_means_that_it_is_not_tried_again() {
        let busy = DialSettings::default().retry.busy;
        assert_eq!(follow(busy, Some(5), 1), Follow::Finish);
        let Follow::Again(again) = follow(Follow::Finish, Some(5), 3) else { panic!("tried again") };
        assert_eq!((again.after_minutes, again.times), (5, 3));
    }

    #[test]
    fn numbers_have_no_zeros_that_say_nothing() {
        assert_eq!([2.0, 2.5, 0.25].map(rounded), ["2", "2.5", "0.25"]);
    }
}
