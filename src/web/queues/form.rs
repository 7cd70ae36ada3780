//! The form of a queue: what its fields are called and bounded by, and back from what was sent to settings.

use std::collections::HashMap;
use std::time::Duration;

use crate::domain::id::UserId;
use crate::domain::queue::{MOST_WAITING, Member, QueueSettings, Strategy};
use crate::store::queue::QueueRow;
use crate::web::page::Page;

/// One number of the form. Empty means never, where that is allowed.
#[derive(Debug)]
pub struct NumberField {
    /// The word of [`crate::domain::queue::Wrong`], which is also the name of the field.
    pub name: &'static str,
    pub label: String,
    pub hint: String,
    pub unit: String,
    pub value: String,
    pub min: u32,
    pub max: u32,
    pub optional: bool,
    pub is_wrong: bool,
}

/// Fields in the order of the page, in groups.
#[derive(Debug)]
pub struct NumberFields {
    pub ringing: Vec<NumberField>,
    pub after: Vec<NumberField>,
    pub waiting: Vec<NumberField>,
    pub skills: Vec<NumberField>,
    pub overflow: Vec<NumberField>,
    pub heard: Vec<NumberField>,
    pub promise: Vec<NumberField>,
}

/// What a browser sent: names and values, as often as they occurred.
#[derive(Debug)]
pub struct Sent(HashMap<String, Vec<String>>);

impl NumberFields {
    pub fn of(page: &Page, settings: &QueueSettings, wrong: Option<&str>) -> Self {
        let s = settings;
        let seconds =
            |name, label, hint, value: Option<Duration>, bounds: (u32, u32), optional| NumberField {
                name,
                label,
                hint,
                unit: page.say("queue-seconds"),
                value: value.map(|value| value.as_secs().to_string()).unwrap_or_default(),
                min: bounds.0,
                max: bounds.1,
                optional,
                is_wrong: wrong == Some(name),
            };
        let count = |name, label, hint, unit, value: Option<u32>, bounds: (u32, u32), optional| NumberField {
            name,
            label,
            hint,
            unit,
            value: value.map(|value| value.to_string()).unwrap_or_default(),
            min: bounds.0,
            max: bounds.1,
            optional,
            is_wrong: wrong == Some(name),
        };
        Self {
            ringing: vec![
                seconds(
                    "ring",
                    page.say("queue-ring"),
                    page.say("queue-ring-hint"),
                    Some(s.ring),
                    (5, 120),
                    false,
                ),
                seconds(
                    "rest",
                    page.say("queue-rest"),
                    page.say("queue-rest-hint"),
                    Some(s.rest),
                    (0, 600),
                    false,
                ),
                count(
                    "pause-after-missed",
                    page.say("queue-pause-after-missed"),
                    page.say("queue-pause-after-missed-hint"),
                    page.say("queue-calls-unit"),
                    s.pause_after_missed,
                    (1, 20),
                    true,
                ),
            ],
            after: vec![seconds(
                "wrap-up",
                page.say("queue-wrap-up"),
                page.say("queue-wrap-up-hint"),
                Some(s.wrap_up),
                (0, 1_800),
                false,
            )],
            waiting: vec![
                count(
                    "max-waiting",
                    page.say("queue-max-waiting"),
                    page.say("queue-max-waiting-hint"),
                    page.say("queue-callers-unit"),
                    Some(s.max_waiting),
                    (1, MOST_WAITING),
                    false,
                ),
                seconds(
                    "max-wait",
                    page.say("queue-max-wait"),
                    page.say("queue-max-wait-hint"),
                    s.max_wait,
                    (10, 7_200),
                    true,
                ),
                seconds(
                    "ageing",
                    page.say("queue-ageing"),
                    page.say("queue-ageing-hint"),
                    s.ageing,
                    (5, 3_600),
                    true,
                ),
            ],
            skills: vec![seconds(
                "widen-after",
                page.say("queue-widen-after"),
                page.say("queue-widen-after-hint"),
                s.widen_after,
                (0, 3_600),
                true,
            )],
            overflow: vec![seconds(
                "overflow-after",
                page.say("queue-overflow-after"),
                page.say("queue-overflow-after-hint"),
                s.overflow_after,
                (5, 7_200),
                true,
            )],
            heard: vec![seconds(
                "announce-every",
                page.say("queue-announce-every"),
                page.say("queue-announce-every-hint"),
                s.announce_every,
                (15, 600),
                true,
            )],
            promise: vec![seconds(
                "promise",
                page.say("queue-promise"),
                page.say("queue-promise-hint"),
                Some(s.promise),
                (1, 3_600),
                false,
            )],
        }
    }

    /// What people call the field.
    pub fn label(&self, name: &str) -> Option<&str> {
        let groups = [
            &self.ringing,
            &self.after,
            &self.waiting,
            &self.skills,
            &self.overflow,
            &self.heard,
            &self.promise,
        ];
        groups.into_iter().flatten().find(|field| field.name == name).map(|field| field.label.as_str())
    }
}

impl Sent {
    pub fn new(pairs: Vec<(String, String)>) -> Self {
        let mut sent: HashMap<String, Vec<String>> = HashMap::new();
        for (name, value) in pairs {
            sent.entry(name).or_default().push(value);
        }
        Self(sent)
    }

    pub fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(|values| values.last()).map_or("", |value| value.trim())
    }

    pub fn all(&self, name: &str) -> Vec<String> {
        self.0.get(name).cloned().unwrap_or_default()
    }

    pub fn is_ticked(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Words instead of a number are out of every bound.
    fn number(&self, name: &str) -> Option<u32> {
        match self.text(name) {
            "" => None,
            text => Some(text.parse().unwrap_or(u32::MAX)),
        }
    }

    fn seconds(&self, name: &str) -> Option<Duration> {
        self.number(name).map(|seconds| Duration::from_secs(seconds.into()))
    }

    /// A field that must be filled in; without it nothing is within bounds.
    fn needed(&self, name: &str) -> Duration {
        self.seconds(name).unwrap_or(Duration::MAX)
    }

    /// The queue as the form says. What it does not contain keeps its value.
    pub fn queue(&self, known: QueueRow) -> QueueRow {
        let everyone = self.is_ticked("everyone");
        let settings = QueueSettings {
            key: known.settings.key,
            name: self.text("name").to_owned(),
            strategy: self.text("strategy").parse::<Strategy>().unwrap_or(known.settings.strategy),
            members: self.members(everyone),
            ring: self.needed("ring"),
            rest: self.needed("rest"),
            wrap_up: self.needed("wrap-up"),
            pause_after_missed: self.number("pause-after-missed"),
            wait_while_paused: self.is_ticked("wait-while-paused"),
            max_waiting: self.number("max-waiting").unwrap_or(0),
            max_wait: self.seconds("max-wait"),
            overflow: Some(self.text("overflow").to_owned()).filter(|key| !key.is_empty()),
            overflow_after: self.seconds("overflow-after"),
            ageing: self.seconds("ageing"),
            widen_after: self.seconds("widen-after"),
            announce_every: self.seconds("announce-every"),
            announce_wait: self.is_ticked("announce-wait"),
            promise: self.needed("promise"),
        };
        QueueRow { settings, everyone }
    }

    /// By the numbers that were given them; whoever has the same number stays in the order of the page.
    fn members(&self, everyone: bool) -> Vec<Member> {
        let listed = if everyone { "listed" } else { "member" };
        let mut members: Vec<(u32, Member)> = self
            .all(listed)
            .iter()
            .filter_map(|user| user.parse().ok())
            .map(|user: i64| {
                let place = self.number(&format!("place-{user}")).unwrap_or(u32::MAX);
                let penalty = self.number(&format!("line-{user}")).unwrap_or(0);
                (place, Member { user: UserId(user), penalty })
            })
            .collect();
        members.sort_by_key(|(place, _)| *place);
        members.dedup_by_key(|(_, member)| member.user);
        members.into_iter().map(|(_, member)| member).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::queue::Wrong;

    fn sent(text: &[(&str, &str)]) -> Sent {
        Sent::new(text.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    fn queue(text: &[(&str, &str)]) -> QueueRow {
        let complete = [
            ("name", "Вода"),
            ("strategy", "ring_all"),
            ("ring", "15"),
            ("rest", "0"),
            ("wrap-up", "60"),
            ("max-waiting", "10"),
            ("promise", "20"),
        ];
        let known = QueueRow { settings: QueueSettings::new("water", "x"), everyone: false };
        sent(&[&complete, text].concat()).queue(known)
    }

    #[test]
    fn empty_field_means_never() {
        let queue = queue(&[("max-wait", ""), ("announce-every", " 45 ")]);
        assert_eq!(queue.settings.check(), Ok(()));
        assert_eq!((queue.settings.max_wait, queue.settings.pause_after_missed), (None, None));
        assert_eq!(queue.settings.announce_every, Some(Duration::from_secs(45)));
        assert!(!queue.settings.wait_while_paused);
    }

    #[test]
    fn words_instead_of_a_number_and_missing_fields_are_wrong() {
        assert_eq!(queue(&[("max-wait", "soon")]).settings.check(), Err(Wrong::MaxWait));
        assert_eq!(queue(&[("ring", "")]).settings.check(), Err(Wrong::Ring));
        assert_eq!(queue(&[("max-waiting", "-3")]).settings.check(), Err(Wrong::MaxWaiting));
    }

    #[test]
    fn members_stand_in_the_order_that_was_given() {
        let rows = [("place-1", "2"), ("line-1", "0"), ("place-2", "1"), ("line-2", "1"), ("place-3", "3")];
        let listed = [("listed", "1"), ("listed", "2"), ("listed", "3"), ("member", "1"), ("member", "2")];
        let some = queue(&[&rows[..], &listed[..]].concat()).settings.members;
        let member = |user, penalty| Member { user: UserId(user), penalty };
        assert_eq!(some, [member(2, 1), member(1, 0)]);
        let all = queue(&[&rows[..], &listed[..], &[("everyone", "on")]].concat()).settings.members;
        assert_eq!(all, [member(2, 1), member(1, 0), member(3, 0)]);
    }
}
