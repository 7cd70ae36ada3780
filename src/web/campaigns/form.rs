//! The form of a campaign: from a draft to fields, and back from what was sent.

use jiff::civil::DateTime;

use crate::actions::campaign::CampaignError;
use crate::actions::campaign::draft::Draft;
use crate::domain::campaign::hours::SendingHours;
use crate::domain::campaign::message::Words;
use crate::domain::campaign::{Ladder, Message, Script, Step, Way};
use crate::web::cases::view::Choice;
use crate::web::page::Page;
use crate::web::queues::form::Sent;
use crate::web::state::App;

/// Steps that the form offers: as many as there are ways.
pub const STEPS: usize = Way::ALL.len();
/// Time limits of a step that are offered, in minutes.
const LIMITS: &[u32] = &[15, 60, 240, 720, 1_440, 2_880, 4_320, 10_080];
/// A campaign that nobody has set up: a text that has four hours, then an e-mail that has a day.
const FIRST: &[Step] = &[Step { way: Way::Sms, minutes: 240 }, Step { way: Way::Email, minutes: 1_440 }];

#[derive(Debug)]
pub struct StepView {
    pub place: usize,
    pub ways: Vec<Choice>,
    pub limits: Vec<Choice>,
}

#[derive(Debug)]
pub struct Fields {
    pub name: String,
    pub text: Words,
    pub subject: Words,
    pub letter: Words,
    pub speech: Words,
    pub scripts: Vec<Choice>,
    pub steps: Vec<StepView>,
    pub from: String,
    pub to: String,
    pub weekdays: bool,
    pub start_at: String,
    pub per_minute: String,
    pub senders: Vec<Choice>,
}

/// What a new campaign begins with.
pub fn new_draft(page: &Page) -> Result<Draft, CampaignError> {
    Ok(Draft {
        name: page.say("campaign-new-name"),
        ladder: Ladder::new(FIRST.to_vec())?,
        message: Message::default(),
        hours: SendingHours::default(),
        sender: None,
        per_minute: None,
        start_at: None,
    })
}

impl Fields {
    pub fn of(app: &App, page: &Page, draft: &Draft) -> Self {
        let script = |script: &Script| Choice {
            value: script.as_str().to_owned(),
            label: page.word("campaign-script", script.as_str()),
            chosen: *script == draft.message.script,
        };
        let message = &draft.message;
        Self {
            name: draft.name.clone(),
            text: message.text.clone(),
            subject: message.subject.clone(),
            letter: message.letter.clone(),
            speech: message.speech.clone(),
            scripts: Script::ALL.iter().map(script).collect(),
            steps: (0..STEPS).map(|place| step(page, place, draft.ladder.step(place))).collect(),
            from: clock(draft.hours.from),
            to: clock(draft.hours.to),
            weekdays: draft.hours.weekdays,
            start_at: draft.start_at.map(|at| local(app, at)).unwrap_or_default(),
            per_minute: draft.per_minute.map(|pace| pace.to_string()).unwrap_or_default(),
            senders: senders(app, draft),
        }
    }
}

fn step(page: &Page, place: usize, step: Option<Step>) -> StepView {
    let way = |way: &Way| Choice {
        value: way.as_str().to_owned(),
        label: page.word("way", way.as_str()),
        chosen: step.is_some_and(|step| step.way == *way),
    };
    let chosen = step.map_or(240, |step| step.minutes);
    let own = (!LIMITS.contains(&chosen)).then_some(chosen);
    let limit = |minutes: &u32| Choice {
        value: minutes.to_string(),
        label: limit_words(page, *minutes),
        chosen: *minutes == chosen,
    };
    StepView {
        place,
        ways: Way::ALL.iter().map(way).collect(),
        limits: LIMITS.iter().chain(own.as_ref()).map(limit).collect(),
    }
}

/// "15 minutes", "4 hours", "2 days".
pub fn limit_words(page: &Page, minutes: u32) -> String {
    match minutes {
        0..60 => page.count("minutes", minutes.into()),
        60..1_440 => page.count("hours", (minutes / 60).into()),
        _ => page.count("days", (minutes / 1_440).into()),
    }
}

fn senders(app: &App, draft: &Draft) -> Vec<Choice> {
    let choice = |name: &String| Choice {
        value: name.clone(),
        label: name.clone(),
        chosen: draft.sender.as_ref() == Some(name),
    };
    app.campaigns.senders.iter().map(choice).collect()
}

/// `18:30`; the end of the day as `24:00` is not what a browser's field knows, so it is `00:00` there.
fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", (minute / 60) % 24, minute % 60)
}

fn minute(text: &str, end: bool) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    let at = (hour < 24 && minute < 60).then_some(hour * 60 + minute)?;
    Some(if end && at == 0 { 24 * 60 } else { at })
}

fn local(app: &App, at: jiff::Timestamp) -> String {
    at.to_zoned(app.time_zone.clone()).datetime().strftime("%Y-%m-%dT%H:%M").to_string()
}

/// Back from the form.
pub fn draft(app: &App, sent: &Sent) -> Result<Draft, CampaignError> {
    let words = |name: &str| Words {
        sr: plain(sent.text(&format!("{name}_sr"))),
        en: plain(sent.text(&format!("{name}_en"))),
    };
    let steps = (0..STEPS).filter_map(|place| {
        let way: Way = sent.text(&format!("way-{place}")).parse().ok()?;
        let minutes = sent.text(&format!("limit-{place}")).parse().unwrap_or(0);
        Some(Step { way, minutes })
    });
    let hours = minute(sent.text("from"), false).zip(minute(sent.text("to"), true));
    let (from, to) = hours.ok_or(CampaignError::Hours)?;
    let start = sent.text("start_at");
    let start_at = start.parse::<DateTime>().ok().and_then(|at| at.to_zoned(app.time_zone.clone()).ok());
    if !start.is_empty() && start_at.is_none() {
        return Err(CampaignError::Hours);
    }
    let pace = sent.text("per_minute").trim();
    let per_minute =
        if pace.is_empty() { None } else { Some(pace.parse().map_err(|_| CampaignError::Pace)?) };
    let sender = sent.text("sender");
    Ok(Draft {
        name: sent.text("name").to_owned(),
        ladder: Ladder::new(steps.collect())?,
        message: Message {
            text: words("text"),
            subject: words("subject"),
            letter: words("letter"),
            speech: words("speech"),
            script: sent.text("script").parse().unwrap_or(Script::Own),
            // It has a form of its own.
            recording: None,
        },
        hours: SendingHours { from, to, weekdays: sent.is_ticked("weekdays") },
        sender: (!sender.is_empty()).then(|| sender.to_owned()),
        per_minute,
        start_at: start_at.map(|at| at.timestamp()),
    })
}

/// As it was written, with the line ends of this world.
fn plain(text: &str) -> String {
    text.replace("\r\n", "\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn midnight_is_the_end_of_the_day_and_not_its_beginning() {
        assert_eq!((minute("00:00", false), minute("00:00", true)), (Some(0), Some(1_440)));
        assert_eq!(
            (minute("18:30", true), minute("24:10", true), minute("", true)),
            (Some(1_110), None, None)
        );
        assert_eq!((clock(1_110).as_str(), clock(1_440).as_str()), ("18:30", "00:00"));
    }
}
