//! The form of a profile: what was typed stays as it was typed until it is a profile.

use crate::domain::deadline::alarm::{Addressee, Escalation, When};
use crate::domain::deadline::{Begin, Goal, LastDay, MOST_STEPS, Profile, Terms, Unit, Wrong};
use crate::web::cases::view::Choice;
use crate::web::page::Page;
use crate::web::queues::form::Sent;

/// All fields as texts, so that a wrong one comes back as it was typed.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    pub key: String,
    pub name_sr: String,
    pub name_en: String,
    pub source: String,
    pub goal: String,
    pub unit: String,
    pub amount: String,
    pub begin: String,
    pub last_day: String,
    pub extend_by: String,
    pub warn_hours: String,
    pub everywhere: bool,
    pub active: bool,
    /// When (`share`, `before`, `after`, or nothing), how much, to whom.
    pub steps: Vec<StepFields>,
}

#[derive(Clone, Debug, Default)]
pub struct StepFields {
    pub when: String,
    pub amount: String,
    pub to: String,
}

/// The choices of each select.
#[derive(Debug)]
pub struct Selects {
    pub goals: Vec<Choice>,
    pub units: Vec<Choice>,
    pub begins: Vec<Choice>,
    pub last_days: Vec<Choice>,
    pub steps: Vec<StepSelects>,
}

#[derive(Debug)]
pub struct StepSelects {
    pub place: usize,
    pub whens: Vec<Choice>,
    pub amount: String,
    pub addressees: Vec<Choice>,
}

const WHENS: [&str; 3] = ["share", "before", "after"];

impl Fields {
    /// A profile that is begun: a fortnight, counted as the law counts.
    pub fn fresh() -> Self {
        Self {
            goal: Goal::Outcome.as_str().to_owned(),
            unit: Unit::Days.as_str().to_owned(),
            amount: "15".into(),
            begin: Begin::Intake.as_str().to_owned(),
            last_day: LastDay::Moves.as_str().to_owned(),
            warn_hours: "48".into(),
            active: true,
            ..Self::default()
        }
    }

    pub fn of(profile: &Profile) -> Self {
        let Profile { key, name_sr, name_en, everywhere, active, terms } = profile;
        let optional = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
        let step = |step: &Escalation| {
            let (when, amount) = match step.when {
                When::Share(percent) => ("share", u32::from(percent)),
                When::Before(hours) => ("before", hours),
                When::After(hours) => ("after", hours),
            };
            StepFields { when: when.into(), amount: amount.to_string(), to: step.to.as_str().into() }
        };
        Self {
            key: key.clone(),
            name_sr: name_sr.clone(),
            name_en: name_en.clone(),
            source: terms.source.clone(),
            goal: terms.goal.as_str().to_owned(),
            unit: terms.unit.as_str().to_owned(),
            amount: terms.amount.to_string(),
            begin: terms.begin.as_str().to_owned(),
            last_day: terms.last_day.as_str().to_owned(),
            extend_by: optional(terms.extend_by),
            warn_hours: optional(terms.warn_hours),
            everywhere: *everywhere,
            active: *active,
            steps: terms.escalation.iter().map(step).collect(),
        }
    }

    pub fn sent(sent: &Sent) -> Self {
        let text = |name: &str| sent.text(name).to_owned();
        let step = |place: usize| StepFields {
            when: text(&format!("when-{place}")),
            amount: text(&format!("step-amount-{place}")),
            to: text(&format!("to-{place}")),
        };
        Self {
            key: text("key").to_lowercase(),
            name_sr: text("name-sr"),
            name_en: text("name-en"),
            source: text("source"),
            goal: text("goal"),
            unit: text("unit"),
            amount: text("amount"),
            begin: text("begin"),
            last_day: text("last-day"),
            extend_by: text("extend-by"),
            warn_hours: text("warn-hours"),
            everywhere: sent.is_ticked("everywhere"),
            active: sent.is_ticked("active"),
            steps: (0..MOST_STEPS).map(step).collect(),
        }
    }

    pub fn profile(&self) -> Result<Profile, Wrong> {
        let profile = Profile {
            key: self.key.clone(),
            name_sr: self.name_sr.clone(),
            name_en: self.name_en.clone(),
            everywhere: self.everywhere,
            active: self.active,
            terms: self.terms()?,
        };
        profile.check()?;
        Ok(profile)
    }

    pub fn terms(&self) -> Result<Terms, Wrong> {
        let optional = |text: &str, wrong| match text {
            "" => Ok(None),
            number => number.parse().map(Some).map_err(|_| wrong),
        };
        let steps = self.steps.iter().filter(|step| !step.when.is_empty());
        let terms = Terms {
            goal: self.goal.parse().map_err(|_| Wrong::Amount)?,
            unit: self.unit.parse().map_err(|_| Wrong::Amount)?,
            amount: self.amount.parse().map_err(|_| Wrong::Amount)?,
            begin: self.begin.parse().map_err(|_| Wrong::Amount)?,
            last_day: self.last_day.parse().map_err(|_| Wrong::Amount)?,
            source: self.source.clone(),
            extend_by: optional(&self.extend_by, Wrong::ExtendBy)?,
            warn_hours: optional(&self.warn_hours, Wrong::WarnHours)?,
            escalation: steps.map(StepFields::escalation).collect::<Option<_>>().ok_or(Wrong::Escalation)?,
        };
        terms.check()?;
        Ok(terms)
    }

    pub fn selects(&self, page: &Page) -> Selects {
        let steps = (0..MOST_STEPS).map(|place| {
            let step = self.steps.get(place).cloned().unwrap_or_default();
            StepSelects {
                place,
                whens: choices(page, "when", &WHENS, &step.when),
                addressees: words(page, "addressee", Addressee::ALL, Addressee::as_str, &step.to),
                amount: step.amount,
            }
        });
        Selects {
            goals: words(page, "goal", Goal::ALL, Goal::as_str, &self.goal),
            units: words(page, "unit", Unit::ALL, Unit::as_str, &self.unit),
            begins: words(page, "begin", Begin::ALL, Begin::as_str, &self.begin),
            last_days: words(page, "last-day", LastDay::ALL, LastDay::as_str, &self.last_day),
            steps: steps.collect(),
        }
    }
}

impl StepFields {
    fn escalation(&self) -> Option<Escalation> {
        let when = match self.when.as_str() {
            "share" => When::Share(self.amount.parse().ok()?),
            "before" => When::Before(self.amount.parse().ok()?),
            "after" => When::After(self.amount.parse().ok()?),
            _ => return None,
        };
        Some(Escalation { when, to: self.to.parse().ok()? })
    }
}

fn words<T: Copy>(
    page: &Page,
    group: &str,
    all: &[T],
    word: fn(T) -> &'static str,
    chosen: &str,
) -> Vec<Choice> {
    let all: Vec<&str> = all.iter().map(|value| word(*value)).collect();
    choices(page, group, &all, chosen)
}

fn choices(page: &Page, group: &str, words: &[&str], chosen: &str) -> Vec<Choice> {
    let choice = |word: &&str| Choice {
        value: (*word).to_owned(),
        label: page.word(group, word),
        chosen: *word == chosen,
    };
    words.iter().map(choice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(pairs: &[(&str, &str)]) -> Sent {
        let filled = [
            ("key", "Info-15"),
            ("name-sr", "Информације"),
            ("name-en", "Information"),
            ("goal", "outcome"),
            ("unit", "days"),
            ("amount", "15"),
            ("begin", "intake"),
            ("last-day", "moves"),
            ("extend-by", "25"),
            ("when-0", "before"),
            ("step-amount-0", "24"),
            ("to-0", "service"),
            ("active", "on"),
        ];
        let all = filled.iter().chain(pairs).map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        Sent::new(all.collect())
    }

    #[test]
    fn a_form_becomes_a_profile_and_the_profile_the_same_form() {
        let profile = Fields::sent(&sent(&[])).profile().unwrap();
        assert_eq!((profile.key.as_str(), profile.terms.extend_by), ("info-15", Some(25)));
        assert_eq!(profile.terms.escalation.len(), 1);
        assert_eq!(Fields::of(&profile).profile().unwrap(), profile);
    }

    #[test]
    fn a_wrong_field_is_named() {
        let wrong = |pairs: &[(&str, &str)]| Fields::sent(&sent(pairs)).profile().unwrap_err();
        assert_eq!(wrong(&[("amount", "петнаест")]), Wrong::Amount);
        assert_eq!(wrong(&[("warn-hours", "-1")]), Wrong::WarnHours);
        assert_eq!(wrong(&[("step-amount-0", "")]), Wrong::Escalation);
        assert_eq!(wrong(&[("name-en", "")]), Wrong::Name);
        assert_eq!(wrong(&[("key", "са размаком")]), Wrong::Key);
    }
}
