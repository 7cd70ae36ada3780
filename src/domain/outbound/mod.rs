//! Where a number may be dialled, by whom, through which trunks, and what it may cost. What is not allowed is refused: the bill of a
//! stolen password is paid by the municipality.
//!
//! ```text
//! route(dialled, who)  -> the number and its trunks in order     (rules)
//! begin(trunk, route)  -> a ticket: a channel and money reserved  (limits)
//! end(ticket, talked)  -> what it did cost
//! ```

mod limits;
mod number;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use jiff::civil::Date;

use super::permission::Role;
pub use limits::{Amount, Refused, Settled, Tariff, Ticket, TicketId, TrunkLimits};
use limits::{Limits, Money};
pub use number::{NumberForm, Numbering};

/// Place of the trunk in the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TrunkId(pub usize);

/// Who wants to call. `System`: a dialplan or a callback, as nobody in particular.
#[derive(Clone, Copy, Debug)]
pub enum Who<'a> {
    System,
    Person { role: Role, login: &'a str },
}

#[derive(Clone, Debug)]
pub struct Rules {
    pub numbering: Numbering,
    /// Allowed to everybody through every trunk, over every limit.
    pub emergency: Vec<String>,
    pub short_numbers: Vec<String>,
    /// Costly numbers, E.164 prefixes.
    pub premium: Vec<String>,
    /// None: numbers of the own country through every trunk.
    pub rules: Vec<Rule>,
    pub tariffs: Vec<(String, Tariff)>,
    pub default_tariff: Tariff,
    pub daily_limit: Option<Amount>,
    /// A call is begun when so long a talk can still be paid.
    pub reserve: Duration,
}

#[derive(Clone, Debug, Default)]
pub struct Rule {
    /// E.164 prefixes; the longest of all rules decides.
    pub prefixes: Vec<String>,
    /// Empty: every trunk that places calls.
    pub trunks: Vec<TrunkId>,
    /// Roles and logins. Empty: everybody.
    pub who: Vec<String>,
    pub international: bool,
    pub premium: bool,
    /// Digits taken off what the trunk gets, and what is put before it then.
    pub strip: usize,
    pub add: String,
}

/// A number that may be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// E.164 with its plus sign; emergency and short numbers as dialled.
    pub number: String,
    /// To be tried in this order.
    pub trunks: Vec<TrunkId>,
    pub emergency: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RouteRefused {
    #[error("not a telephone number that can be dialled")]
    NotANumber,
    #[error("no rule allows this number")]
    NotAllowed,
    #[error("the rule for this number is for others")]
    NotForThem,
    #[error("numbers abroad are not allowed")]
    International,
    #[error("premium numbers are not allowed")]
    Premium,
    #[error("what calls may cost today is spent")]
    SpendCap,
    #[error("no trunk places calls")]
    NoTrunk,
}

#[derive(Debug)]
pub struct Outbound {
    rules: Rules,
    limits: Limits,
}

impl Outbound {
    /// `trunks` in the order of the configuration; `spent` is what the store knows of `day`.
    pub fn new(rules: Rules, trunks: Vec<TrunkLimits>, day: Date, spent: &[(TrunkId, Amount)]) -> Self {
        let money = Money { daily: rules.daily_limit, reserve: rules.reserve };
        Self { rules, limits: Limits::new(trunks, money, day, spent) }
    }

    /// Whether `dialled` may be called by `who`, and by which trunks.
    pub fn route(&self, dialled: &str, who: Who<'_>, day: Date) -> Result<Route, RouteRefused> {
        let every = || self.limits.placing().collect::<Vec<_>>();
        let dialled = number::plain(dialled);
        let plain = |number: String, emergency| Route { number, trunks: every(), emergency };
        let route = if self.rules.emergency.contains(&dialled) {
            plain(dialled, true)
        } else if self.rules.short_numbers.contains(&dialled) {
            plain(dialled, false)
        } else {
            self.by_rule(&dialled, who, every)?
        };
        if route.trunks.is_empty() {
            return Err(RouteRefused::NoTrunk);
        }
        let tariff = self.tariff(&route);
        let payable = |trunk: &TrunkId| self.limits.can_pay(*trunk, tariff, day);
        if !route.emergency && !route.trunks.iter().any(payable) {
            return Err(RouteRefused::SpendCap);
        }
        Ok(route)
    }

    /// Takes a channel of `trunk` and reserves what the first minutes cost. An emergency call is never refused.
    pub fn begin(
        &mut self,
        trunk: TrunkId,
        route: &Route,
        now: Instant,
        day: Date,
    ) -> Result<Ticket, Refused> {
        let tariff = self.tariff(route);
        self.limits.begin(trunk, tariff, route.emergency, now, day)
    }

    /// A call that came in through the trunk takes a channel too.
    pub fn arrive(&mut self, trunk: TrunkId, day: Date) -> Result<Ticket, Refused> {
        self.limits.arrive(trunk, day)
    }

    /// The called answered: from now on it costs.
    pub fn answered(&mut self, ticket: &Ticket, now: Instant) {
        self.limits.answered(ticket.id(), now);
    }

    /// Frees the channel. `talked` is zero for a call that was never answered.
    pub fn end(&mut self, ticket: Ticket, talked: Duration) -> Settled {
        self.limits.end(ticket, talked)
    }

    /// Calls to be ended because the money of the day is used up: what they cost by now is counted, not what was reserved.
    pub fn exhausted(&mut self, now: Instant, day: Date) -> Vec<TicketId> {
        self.limits.exhausted(now, day)
    }

    /// When [`Self::exhausted`] is to be asked next.
    pub fn next_timeout(&self) -> Option<Instant> {
        self.limits.next_timeout()
    }

    pub fn set_up(&mut self, trunk: TrunkId, up: bool) {
        self.limits.set_up(trunk, up);
    }

    pub fn channels(&self, trunk: TrunkId) -> u32 {
        self.limits.channels(trunk)
    }

    /// Channels on which a call could be begun now, of all trunks; `None`: one of them has no limit.
    pub fn free_channels(&self) -> Option<u32> {
        self.limits.free_channels()
    }

    /// What was spent on `day`, running calls with what is reserved for them.
    pub fn spent(&self, trunk: TrunkId, day: Date) -> Amount {
        self.limits.spent(trunk, day)
    }

    /// A number of a route as `form` and its rule want it on the wire.
    pub fn written(&self, number: &str, form: NumberForm) -> String {
        let written = self.rules.numbering.write(number, form);
        let (strip, add) = match self.rule(number).filter(|_| number.starts_with('+')) {
            Some(rule) => (rule.strip, rule.add.as_str()),
            None => (0, ""),
        };
        let (plus, digits) = match written.strip_prefix('+') {
            Some(digits) if strip == 0 => ("+", digits),
            Some(digits) => ("", digits),
            None => ("", written.as_str()),
        };
        format!("{add}{plus}{}", digits.get(strip..).unwrap_or(digits))
    }

    /// What the store knows of `day`, when it is read after the start.
    pub fn remember(&mut self, day: Date, spent: &[(TrunkId, Amount)]) {
        self.limits.remember(day, spent);
    }

    /// What is to be added to the account of a trunk and a day: reserved for a call that began, given back when it cost less.
    pub fn poll_change(&mut self) -> Option<(TrunkId, Date, i64)> {
        self.limits.poll_change()
    }

    pub fn numbering(&self) -> &Numbering {
        &self.rules.numbering
    }

    fn by_rule(
        &self,
        dialled: &str,
        who: Who<'_>,
        every: impl Fn() -> Vec<TrunkId>,
    ) -> Result<Route, RouteRefused> {
        let number = self.rules.numbering.e164(dialled).ok_or(RouteRefused::NotANumber)?;
        let home = self.rules.numbering.is_home(&number);
        let premium = self.rules.premium.iter().any(|prefix| number.starts_with(prefix.as_str()));
        let Some(rule) = self.rule(&number) else {
            // Without any rule: the own country.
            return match (self.rules.rules.is_empty(), home, premium) {
                (_, _, true) => Err(RouteRefused::Premium),
                (_, false, _) => Err(RouteRefused::International),
                (false, true, _) => Err(RouteRefused::NotAllowed),
                (true, true, _) => Ok(Route { number, trunks: every(), emergency: false }),
            };
        };
        if premium && !rule.premium {
            return Err(RouteRefused::Premium);
        }
        if !home && !rule.international {
            return Err(RouteRefused::International);
        }
        if !rule.allows(who) {
            return Err(RouteRefused::NotForThem);
        }
        let trunks = if rule.trunks.is_empty() { every() } else { rule.trunks.clone() };
        Ok(Route { number, trunks, emergency: false })
    }

    fn rule(&self, number: &str) -> Option<&Rule> {
        let fitting = self.rules.rules.iter().flat_map(|rule| rule.prefixes.iter().map(move |p| (p, rule)));
        // Of equally long ones the first: `max_by_key` would take the last.
        fitting
            .filter(|(prefix, _)| number.starts_with(prefix.as_str()))
            .rev()
            .max_by_key(|(prefix, _)| prefix.len())
            .map(|(_, rule)| rule)
    }

    fn tariff(&self, route: &Route) -> Tariff {
        if route.emergency {
            return Tariff::default();
        }
        let fitting =
            self.rules.tariffs.iter().filter(|(prefix, _)| route.number.starts_with(prefix.as_str()));
        fitting
            .max_by_key(|(prefix, _)| prefix.len())
            .map_or(self.rules.default_tariff, |(_, tariff)| *tariff)
    }
}

impl Rule {
    fn allows(&self, who: Who<'_>) -> bool {
        self.who.is_empty()
            || match who {
                Who::System => false,
                Who::Person { role, login } => {
                    self.who.iter().any(|word| word == role.as_str() || word == login)
                }
            }
    }
}
