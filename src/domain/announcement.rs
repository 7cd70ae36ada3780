//! A call that reads a message and asks for a key: what became of it, and whether and when the number is called again.

use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::message::DeliveryState;
use super::outbound::RouteRefused;
use super::words::words;

words! {
    /// How one call ended.
    Reached {
        /// Key 1: the message was heard.
        Confirmed = "confirmed",
        /// Key 9: heard, and not to be called any more by such messages.
        OptedOut = "opted_out",
        /// Answered, by a person or by a machine, and no key.
        Unconfirmed = "unconfirmed",
        Busy = "busy",
        NoAnswer = "no_answer",
        /// By whom was called, or on their behalf: not a second time.
        Declined = "declined",
        NoSuchNumber = "no_such_number",
        /// On the way there; it says nothing of whom we wanted.
        Trouble = "trouble",
        /// Ended by us: the program stops.
        Interrupted = "interrupted",
    }
}

/// How one call ended, with what the network said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub reached: Reached,
    /// SIP; `None`: it was answered, or rang to the end.
    pub code: Option<u16>,
    /// In the words of the network.
    pub reason: Option<String>,
}

/// A refusal as it came from the network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// SIP.
    pub status: u16,
    /// The words of its Reason header (RFC 3326), else its reason phrase.
    pub reason: Option<String>,
}

/// When numbers are called, and how often.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Calls in all in which somebody could have heard the message.
    pub tries: u32,
    pub after_busy: SignedDuration,
    /// Also after one that was answered and not confirmed.
    pub after_no_answer: SignedDuration,
    pub after_trouble: SignedDuration,
    pub hours: Hours,
    pub zone: TimeZone,
}

/// Local times between which numbers are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours {
    pub from: Time,
    pub until: Time,
}

/// Calls of one message, the present one included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// Those that [`Reached::counts`].
    pub counted: u32,
    pub others: u32,
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    Again(Timestamp),
    /// With the reason in words, where it was not delivered.
    Over(DeliveryState, Option<String>),
}

/// Calls of one message that failed on the way: more than that is no passing trouble, and each may cost.
const MOST_TROUBLES: u32 = 12;

/// What a network says is kept up to here.
const LONGEST_REASON: usize = 200;

/// So many digits are no cause and no status.
const SHORTEST_NUMBER: usize = 6;

impl Reached {
    /// Whether somebody could have heard the message: only such calls count as tries.
    pub fn counts(self) -> bool {
        !matches!(self, Self::Trouble | Self::Interrupted)
    }

    /// How it is said where a message failed.
    fn words(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::OptedOut => "asked not to be called any more",
            Self::Unconfirmed => "answered, but not confirmed",
            Self::Busy => "busy",
            Self::NoAnswer => "nobody answered",
            Self::Declined => "declined",
            Self::NoSuchNumber => "no such number",
            Self::Trouble => "trouble in the network",
            Self::Interrupted => "interrupted by a restart",
        }
    }
}

impl Refusal {
    /// What it says of the one who was called (RFC 3261 §21; RFC 8197, 8688). Gateways say more in the cause of the telephone
    /// network (ITU-T Q.850), and that goes before a status that fits everything.
    pub fn reached(&self) -> Reached {
        match (self.status, self.cause()) {
            (404 | 410 | 484 | 604, _) => Reached::NoSuchNumber,
            (486 | 600, _) => Reached::Busy,
            (603 | 607 | 608, _) => Reached::Declined,
            (_, Some(1 | 22 | 28)) => Reached::NoSuchNumber,
            (_, Some(17)) => Reached::Busy,
            (_, Some(18..=20)) => Reached::NoAnswer,
            (_, Some(21)) => Reached::Declined,
            (480 | 487, _) => Reached::NoAnswer,
            _ => Reached::Trouble,
        }
    }

    pub fn told(&self) -> Told {
        Told { reached: self.reached(), code: Some(self.status), reason: self.reason.as_deref().map(kept) }
    }

    /// `Q.850;cause=17;text="User busy"`.
    fn cause(&self) -> Option<u16> {
        let reason = self.reason.as_deref()?.to_ascii_lowercase();
        let parameters = reason.trim_start().strip_prefix("q.850")?;
        parameters.split(';').find_map(|part| part.trim().strip_prefix("cause=")?.trim().parse().ok())
    }
}

/// What is kept of the words of a network: so much, and no number, which some repeat.
fn kept(reason: &str) -> String {
    let mut words = String::new();
    let mut digits = String::new();
    for letter in reason.chars().take(LONGEST_REASON).chain([' ']) {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        words.push_str(if digits.len() < SHORTEST_NUMBER { &digits } else { "…" });
        digits.clear();
        words.push(if letter.is_control() { ' ' } else { letter });
    }
    words.trim().to_owned()
}

impl Told {
    /// Answered, or given up by us.
    pub fn by_us(reached: Reached) -> Self {
        Self { reached, code: None, reason: None }
    }

    /// `busy (486 Busy Here), called 3 times`.
    fn words(&self, calls: Calls) -> String {
        let said = match (self.code, &self.reason) {
            (Some(code), Some(reason)) => format!(" ({code} {reason})"),
            (Some(code), None) => format!(" ({code})"),
            (None, _) => String::new(),
        };
        let times = match calls.counted + calls.others {
            0 | 1 => String::new(),
            times => format!(", called {times} times"),
        };
        format!("{}{said}{times}", self.reached.words())
    }
}

impl Rules {
    /// After a call that ended at `at`.
    pub fn next(&self, told: &Told, calls: Calls, at: Timestamp) -> Next {
        let failed = || Next::Over(DeliveryState::Undeliverable, Some(told.words(calls)));
        let pause = match told.reached {
            Reached::Confirmed => return Next::Over(DeliveryState::Delivered, None),
            // Heard: who does not want more of them has had this one.
            Reached::OptedOut => return Next::Over(DeliveryState::Delivered, Some(told.words(calls))),
            Reached::NoSuchNumber | Reached::Declined => return failed(),
            Reached::Busy if calls.counted < self.tries => self.after_busy,
            Reached::NoAnswer | Reached::Unconfirmed if calls.counted < self.tries => self.after_no_answer,
            Reached::Trouble | Reached::Interrupted if calls.others < MOST_TROUBLES => self.after_trouble,
            _ => return failed(),
        };
        Next::Again(self.within_hours(at.saturating_add(pause).unwrap_or(at)))
    }

    /// A number that our own rules do not let be called now, or ever.
    pub fn not_placed(&self, why: &RouteRefused, at: Timestamp) -> Next {
        match why {
            RouteRefused::SpendCap => Next::Again(self.tomorrow(at)),
            why => Next::Over(DeliveryState::Rejected, Some(why.to_string())),
        }
    }

    pub fn is_open(&self, at: Timestamp) -> bool {
        self.hours.contains(at.to_zoned(self.zone.clone()).datetime())
    }

    /// The first moment from `at` on in which numbers are called.
    pub fn within_hours(&self, at: Timestamp) -> Timestamp {
        let local = at.to_zoned(self.zone.clone()).datetime();
        if self.hours.contains(local) {
            return at;
        }
        let day = if local.time() < self.hours.from { Ok(local.date()) } else { local.date().tomorrow() };
        day.map(|day| self.at_local(day.to_datetime(self.hours.from), at)).unwrap_or(at)
    }

    fn tomorrow(&self, at: Timestamp) -> Timestamp {
        let day = at.to_zoned(self.zone.clone()).date().tomorrow();
        day.map(|day| self.at_local(day.to_datetime(self.hours.from), at)).unwrap_or(at)
    }

    fn at_local(&self, local: DateTime, otherwise: Timestamp) -> Timestamp {
        local.to_zoned(self.zone.clone()).map_or(otherwise, |zoned| zoned.timestamp())
    }
}

impl Hours {
    /// The end does not belong to them.
    pub fn contains(&self, local: DateTime) -> bool {
        (self.from..self.until).contains(&local.time())
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::time;

    use super::*;

    fn rules() -> Rules {
        Rules {
            tries: 3,
            after_busy: SignedDuration::from_mins(15),
            after_no_answer: SignedDuration::from_mins(20),
            after_trouble: SignedDuration::from_mins(5),
            hours: Hours { from: time(9, 0, 0, 0), until: time(20, 0, 0, 0) },
            zone: TimeZone::get("Europe/Belgrade").unwrap(),
        }
    }

    fn at(local: &str) -> Timestamp {
        let local: DateTime = local.parse().unwrap();
        local.to_zoned(rules().zone).unwrap().timestamp()
    }

    fn refused(status: u16, reason: &str) -> Told {
        Refusal { status, reason: (!reason.is_empty()).then(|| reason.to_owned()) }.told()
    }

    #[test]
    fn refusal_says_what_it_means_for_the_number() {
        for (status, reason, reached) in [
            (404, "Not Found", Reached::NoSuchNumber),
            (484, "", Reached::NoSuchNumber),
            (604, "", Reached::NoSuchNumber),
            (486, "Busy Here", Reached::Busy),
            (600, "", Reached::Busy),
            (603, "Decline", Reached::Declined),
            (480, "Temporarily Unavailable", Reached::NoAnswer),
            (480, "Q.850;cause=1;text=\"Unallocated number\"", Reached::NoSuchNumber),
            (500, "Q.850 ; cause=17", Reached::Busy),
            (503, "q.850;text=\"x\";cause=19", Reached::NoAnswer),
            (480, "Q.850;cause=21", Reached::Declined),
            (503, "Q.850;cause=34", Reached::Trouble),
            (503, "SIP;cause=1", Reached::Trouble),
            (408, "", Reached::Trouble),
            (403, "", Reached::Trouble),
            (500, "", Reached::Trouble),
        ] {
            assert_eq!(refused(status, reason).reached, reached, "{status} {reason}");
        }
    }

    #[test]
    fn number_that_is_busy_is_called_again_until_the_tries_are_used_up() {
        let (rules, now) = (rules(), at("2026-03-02T12:00"));
        let busy = refused(486, "Busy Here");
        let calls = |counted| Calls { counted, others: 0 };
        assert_eq!(rules.next(&busy, calls(1), now), Next::Again(at("2026-03-02T12:15")));
        assert_eq!(rules.next(&busy, calls(2), now), Next::Again(at("2026-03-02T12:15")));
        let words = "busy (486 Busy Here), called 3 times".to_owned();
        assert_eq!(rules.next(&busy, calls(3), now), Next::Over(DeliveryState::Undeliverable, Some(words)));
    }

    #[test]
    fn key_settles_it_and_a_dead_number_or_a_refusal_is_not_tried_again() {
        let (rules, now, once) = (rules(), at("2026-03-02T12:00"), Calls { counted: 1, others: 0 });
        let over = |told: &Told| match rules.next(told, once, now) {
            Next::Over(state, words) => (state, words.unwrap_or_default()),
            Next::Again(at) => panic!("again at {at}"),
        };
        assert_eq!(over(&Told::by_us(Reached::Confirmed)), (DeliveryState::Delivered, String::new()));
        assert_eq!(over(&Told::by_us(Reached::OptedOut)).0, DeliveryState::Delivered);
        let dead = (DeliveryState::Undeliverable, "no such number (404 Not Found)".to_owned());
        assert_eq!(over(&refused(404, "Not Found")), dead);
        assert_eq!(over(&refused(603, "")), (DeliveryState::Undeliverable, "declined (603)".to_owned()));
    }

    #[test]
    fn trouble_on_the_way_costs_no_try_but_does_not_last_for_ever() {
        let (rules, now) = (rules(), at("2026-03-02T12:00"));
        let trouble = refused(503, "");
        let calls = |others| Calls { counted: 3, others };
        assert_eq!(rules.next(&trouble, calls(1), now), Next::Again(at("2026-03-02T12:05")));
        assert!(matches!(rules.next(&trouble, calls(12), now), Next::Over(DeliveryState::Undeliverable, _)));
    }

    #[test]
    fn nobody_is_called_outside_of_the_hours() {
        let (rules, unheard) = (rules(), Told::by_us(Reached::NoAnswer));
        let once = Calls { counted: 1, others: 0 };
        for (ended, again) in [
            ("2026-03-02T19:30", "2026-03-02T19:50"),
            ("2026-03-02T19:40", "2026-03-03T09:00"),
            ("2026-03-02T23:59", "2026-03-03T09:00"),
            ("2026-03-02T08:00", "2026-03-02T09:00"),
            // The night in which summer time begins.
            ("2026-03-28T19:50", "2026-03-29T09:00"),
        ] {
            assert_eq!(rules.next(&unheard, once, at(ended)), Next::Again(at(again)), "{ended}");
        }
        assert!(rules.is_open(at("2026-03-02T09:00")) && !rules.is_open(at("2026-03-02T20:00")));
    }

    #[test]
    fn number_that_may_not_be_called_never_works_and_spent_money_is_there_tomorrow() {
        let (rules, now) = (rules(), at("2026-03-02T12:00"));
        let Next::Over(state, Some(why)) = rules.not_placed(&RouteRefused::Premium, now) else { panic!() };
        assert_eq!((state, why.as_str()), (DeliveryState::Rejected, "premium numbers are not allowed"));
        assert_eq!(rules.not_placed(&RouteRefused::SpendCap, now), Next::Again(at("2026-03-03T09:00")));
    }

    #[test]
    fn what_the_network_says_is_kept_bounded_and_without_numbers() {
        let told = refused(500, &"ж".repeat(10_000));
        assert_eq!(told.reason.unwrap().chars().count(), 200);
        let told = refused(404, "Q.850;cause=1;text=\"+381641234567 unallocated\"\0");
        assert_eq!(told.reason.unwrap(), "Q.850;cause=1;text=\"+… unallocated\"");
    }
}
