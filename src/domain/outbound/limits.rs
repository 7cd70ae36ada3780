//! Channels, calls per second and money of each trunk.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::{Duration, Instant};

use jiff::civil::Date;

use super::TrunkId;

/// Money, in thousandths of the currency of the tariffs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(pub u64);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tariff {
    pub per_minute: Amount,
    pub per_call: Amount,
}

#[derive(Clone, Debug)]
pub struct TrunkLimits {
    /// Has a server to send calls to.
    pub places_calls: bool,
    pub channels: Option<u32>,
    pub per_second: u32,
    pub daily: Option<Amount>,
}

/// Why this trunk does not take the call; the next one of the route may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("all its channels are in use")]
    Channels,
    #[error("too many calls in one second")]
    Rate,
    #[error("what it may cost today is spent")]
    Spend,
    #[error("it is down")]
    Down,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TicketId(pub u64);

/// A call's place on a trunk. Given back by [`super::Outbound::end`], whatever became of the call.
#[derive(Debug)]
#[must_use = "a ticket that is not ended keeps its channel for ever"]
pub struct Ticket {
    id: TicketId,
    pub trunk: TrunkId,
    /// The day on whose account it is.
    pub day: Date,
    pub reserved: Amount,
}

/// What a call did cost, and what had been reserved for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    pub trunk: TrunkId,
    pub day: Date,
    pub reserved: Amount,
    pub cost: Amount,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Money {
    pub daily: Option<Amount>,
    pub reserve: Duration,
}

#[derive(Debug)]
pub(super) struct Limits {
    trunks: Vec<Trunk>,
    running: HashMap<TicketId, Running>,
    /// When the next minute of each answered call that costs is about to begin.
    minutes: BTreeSet<(Instant, TicketId)>,
    money: Money,
    day: Date,
    last: u64,
    /// Not yet told to the store; one sum for each account, so that it cannot grow.
    changes: BTreeMap<(TrunkId, Date), i64>,
}

#[derive(Debug)]
struct Trunk {
    limits: TrunkLimits,
    up: bool,
    channels: u32,
    /// Starts within the last second; never more than `per_second`.
    begun: VecDeque<Instant>,
    /// Settled calls of the day.
    spent: Amount,
}

#[derive(Debug)]
struct Running {
    trunk: TrunkId,
    day: Date,
    tariff: Tariff,
    reserved: Amount,
    emergency: bool,
    answered: Option<Instant>,
    /// Its place in [`Limits::minutes`].
    next: Option<Instant>,
}

/// A call is ended so long before a minute that cannot be paid: our BYE takes its time, and the network's clock began to run before
/// ours.
const NOTICE: Duration = Duration::from_secs(2);

const MINUTE: Duration = Duration::from_secs(60);

impl Amount {
    /// Of a configured number; what is no amount is nothing.
    pub fn of(units: f64) -> Self {
        // Casting saturates; NaN becomes 0.
        Self((units * 1_000.0).round() as u64)
    }

    fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    pub fn units(self) -> f64 {
        self.0 as f64 / 1_000.0
    }
}

fn signed(amount: Amount) -> i64 {
    i64::try_from(amount.0).unwrap_or(i64::MAX)
}

impl Tariff {
    /// Every begun minute counts: no network bills more.
    pub fn cost(self, talked: Duration) -> Amount {
        if talked.is_zero() {
            return Amount::default();
        }
        let minutes = talked.as_nanos().div_ceil(MINUTE.as_nanos());
        let minutes = u64::try_from(minutes).unwrap_or(u64::MAX);
        Amount(self.per_minute.0.saturating_mul(minutes)).plus(self.per_call)
    }
}

impl Running {
    fn costs(&self) -> bool {
        !self.emergency && self.tariff != Tariff::default()
    }

    /// By now, with the minute that begins within the notice.
    fn cost(&self, now: Instant) -> Amount {
        let soon = NOTICE + Duration::from_nanos(1);
        let talked = self.answered.map(|since| now.saturating_duration_since(since) + soon);
        self.tariff.cost(talked.unwrap_or_default())
    }
}

impl Ticket {
    pub fn id(&self) -> TicketId {
        self.id
    }
}

impl Limits {
    pub fn new(trunks: Vec<TrunkLimits>, money: Money, day: Date, spent: &[(TrunkId, Amount)]) -> Self {
        let trunks = trunks.into_iter().enumerate().map(|(index, limits)| Trunk {
            limits,
            up: true,
            channels: 0,
            begun: VecDeque::new(),
            spent: spent
                .iter()
                .filter(|(trunk, _)| trunk.0 == index)
                .fold(Amount::default(), |sum, (_, amount)| sum.plus(*amount)),
        });
        Self {
            trunks: trunks.collect(),
            running: HashMap::new(),
            minutes: BTreeSet::new(),
            money,
            day,
            last: 0,
            changes: BTreeMap::new(),
        }
    }

    pub fn placing(&self) -> impl Iterator<Item = TrunkId> {
        self.trunks.iter().enumerate().filter(|(_, t)| t.limits.places_calls).map(|(index, _)| TrunkId(index))
    }

    pub fn begin(
        &mut self,
        trunk: TrunkId,
        tariff: Tariff,
        emergency: bool,
        now: Instant,
        day: Date,
    ) -> Result<Ticket, Refused> {
        self.turn(day);
        if emergency {
            self.trunks.get(trunk.0).ok_or(Refused::Down)?;
        } else {
            self.admits(trunk, tariff, now, day)?;
            if let Some(state) = self.trunks.get_mut(trunk.0) {
                state.begun.push_back(now);
            }
        }
        let reserved = if emergency { Amount::default() } else { tariff.cost(self.money.reserve) };
        self.change(trunk, day, signed(reserved));
        Ok(self.hand_out(Running { trunk, day, tariff, reserved, emergency, answered: None, next: None }))
    }

    /// Whether a call could begin now.
    fn admits(&mut self, trunk: TrunkId, tariff: Tariff, now: Instant, day: Date) -> Result<(), Refused> {
        let payable = self.can_pay(trunk, tariff, day);
        let state = self.trunks.get_mut(trunk.0).ok_or(Refused::Down)?;
        while state
            .begun
            .front()
            .is_some_and(|begun| now.saturating_duration_since(*begun) >= Duration::from_secs(1))
        {
            state.begun.pop_front();
        }
        let per_second = usize::try_from(state.limits.per_second).unwrap_or(usize::MAX);
        if !state.up || !state.limits.places_calls {
            return Err(Refused::Down);
        }
        if state.limits.channels.is_some_and(|most| state.channels >= most) {
            return Err(Refused::Channels);
        }
        if !payable {
            return Err(Refused::Spend);
        }
        if state.begun.len() >= per_second {
            return Err(Refused::Rate);
        }
        Ok(())
    }

    pub fn arrive(&mut self, trunk: TrunkId, day: Date) -> Result<Ticket, Refused> {
        let state = self.trunks.get(trunk.0).ok_or(Refused::Down)?;
        if state.limits.channels.is_some_and(|most| state.channels >= most) {
            return Err(Refused::Channels);
        }
        let free = Running {
            trunk,
            day,
            tariff: Tariff::default(),
            reserved: Amount::default(),
            emergency: true,
            answered: None,
            next: None,
        };
        Ok(self.hand_out(free))
    }

    pub fn answered(&mut self, id: TicketId, now: Instant) {
        let Some(running) = self.running.get_mut(&id) else { return };
        if running.answered.is_some() {
            return;
        }
        running.answered = Some(now);
        if running.costs() && self.is_capped(id) {
            self.look_again(id, now);
        }
    }

    /// When the money of the day must be looked at again: [`Limits::exhausted`].
    pub fn next_timeout(&self) -> Option<Instant> {
        self.minutes.first().map(|(due, _)| *due)
    }

    pub fn end(&mut self, ticket: Ticket, talked: Duration) -> Settled {
        let (cost, reserved) = match self.running.remove(&ticket.id) {
            Some(running) => {
                running.next.map(|next| self.minutes.remove(&(next, ticket.id)));
                (running.tariff.cost(talked), running.reserved)
            }
            None => (Amount::default(), ticket.reserved),
        };
        if let Some(state) = self.trunks.get_mut(ticket.trunk.0) {
            state.channels = state.channels.saturating_sub(1);
            if ticket.day == self.day {
                state.spent = state.spent.plus(cost);
            }
        }
        self.change(ticket.trunk, ticket.day, signed(cost).saturating_sub(signed(reserved)));
        Settled { trunk: ticket.trunk, day: ticket.day, reserved, cost }
    }

    pub fn exhausted(&mut self, now: Instant, day: Date) -> Vec<TicketId> {
        self.turn(day);
        self.look_at_minutes(now);
        let cost = |running: &Running| running.cost(now);
        let (mut whole, mut each) = (self.settled(), self.trunks.iter().map(|t| t.spent).collect::<Vec<_>>());
        for running in self.running.values().filter(|running| running.day == self.day) {
            whole = whole.plus(cost(running));
            if let Some(sum) = each.get_mut(running.trunk.0) {
                *sum = sum.plus(cost(running));
            }
        }
        let over = |running: &Running| {
            let of_trunk = self.trunks.get(running.trunk.0).and_then(|t| t.limits.daily);
            let sum = each.get(running.trunk.0).copied().unwrap_or_default();
            self.money.daily.is_some_and(|limit| whole > limit) || of_trunk.is_some_and(|limit| sum > limit)
        };
        let mut ids: Vec<TicketId> = self
            .running
            .iter()
            .filter(|(_, running)| running.costs() && running.answered.is_some() && over(running))
            .map(|(id, _)| *id)
            .collect();
        ids.sort_unstable();
        self.reserve_more(&ids, now);
        ids
    }

    /// Calls that last longer than what was reserved for them take from what others may begin with.
    fn reserve_more(&mut self, ending: &[TicketId], now: Instant) {
        let mut more = Vec::new();
        for (id, running) in &mut self.running {
            let cost = running.cost(now);
            if running.costs() && cost > running.reserved && ending.binary_search(id).is_err() {
                more.push((
                    running.trunk,
                    running.day,
                    signed(cost).saturating_sub(signed(running.reserved)),
                ));
                running.reserved = cost;
            }
        }
        for (trunk, day, amount) in more {
            self.change(trunk, day, amount);
        }
    }

    fn is_capped(&self, id: TicketId) -> bool {
        let trunk = self.running.get(&id).and_then(|running| self.trunks.get(running.trunk.0));
        self.money.daily.is_some() || trunk.is_some_and(|trunk| trunk.limits.daily.is_some())
    }

    fn look_again(&mut self, id: TicketId, at: Instant) {
        if let Some(running) = self.running.get_mut(&id) {
            running.next = Some(at);
            self.minutes.insert((at, id));
        }
    }

    /// Those whose minute has come are looked at again when the one after it is about to begin.
    fn look_at_minutes(&mut self, now: Instant) {
        while let Some((due, id)) = self.minutes.first().copied().filter(|(due, _)| *due <= now) {
            self.minutes.remove(&(due, id));
            let answered = self.running.get(&id).and_then(|running| running.answered);
            let Some(answered) = answered else { continue };
            let minutes = (now + NOTICE).saturating_duration_since(answered).as_secs() / MINUTE.as_secs();
            let begun = u32::try_from(minutes).unwrap_or(u32::MAX).saturating_add(1);
            self.look_again(id, answered + MINUTE.saturating_mul(begun) - NOTICE);
        }
    }

    /// Whether the reservation of one more call fits under both limits.
    pub fn can_pay(&self, trunk: TrunkId, tariff: Tariff, day: Date) -> bool {
        let more = tariff.cost(self.money.reserve);
        if more == Amount::default() {
            return true;
        }
        let of_trunk = self.trunks.get(trunk.0).and_then(|state| state.limits.daily);
        let all = (0..self.trunks.len())
            .fold(Amount::default(), |sum, index| sum.plus(self.spent(TrunkId(index), day)));
        let fits = |limit: Option<Amount>, spent: Amount| limit.is_none_or(|limit| spent.plus(more) <= limit);
        fits(of_trunk, self.spent(trunk, day)) && fits(self.money.daily, all)
    }

    pub fn set_up(&mut self, trunk: TrunkId, up: bool) {
        if let Some(state) = self.trunks.get_mut(trunk.0) {
            state.up = up;
        }
    }

    pub fn channels(&self, trunk: TrunkId) -> u32 {
        self.trunks.get(trunk.0).map_or(0, |state| state.channels)
    }

    pub fn free_channels(&self) -> Option<u32> {
        let placing = self.trunks.iter().filter(|state| state.up && state.limits.places_calls);
        placing.map(|state| Some(state.limits.channels?.saturating_sub(state.channels))).sum()
    }

    pub fn spent(&self, trunk: TrunkId, day: Date) -> Amount {
        let settled = self.trunks.get(trunk.0).filter(|_| day == self.day).map(|state| state.spent);
        self.running
            .values()
            .filter(|running| running.trunk == trunk && running.day == day)
            .fold(settled.unwrap_or_default(), |sum, running| sum.plus(running.reserved))
    }

    pub fn remember(&mut self, day: Date, spent: &[(TrunkId, Amount)]) {
        self.turn(day);
        for (trunk, amount) in spent.iter().filter(|_| day == self.day) {
            if let Some(state) = self.trunks.get_mut(trunk.0) {
                state.spent = state.spent.plus(*amount);
            }
        }
    }

    pub fn poll_change(&mut self) -> Option<(TrunkId, Date, i64)> {
        let ((trunk, day), amount) = self.changes.pop_first()?;
        Some((trunk, day, amount))
    }

    fn change(&mut self, trunk: TrunkId, day: Date, amount: i64) {
        if amount != 0 {
            let sum = self.changes.entry((trunk, day)).or_default();
            *sum = sum.saturating_add(amount);
        }
    }

    fn settled(&self) -> Amount {
        self.trunks.iter().fold(Amount::default(), |sum, state| sum.plus(state.spent))
    }

    /// A new day starts with an empty account. A clock that is set back does not empty it again.
    fn turn(&mut self, day: Date) {
        if day > self.day {
            self.day = day;
            for state in &mut self.trunks {
                state.spent = Amount::default();
            }
        }
    }

    fn hand_out(&mut self, running: Running) -> Ticket {
        self.last += 1;
        let id = TicketId(self.last);
        if let Some(state) = self.trunks.get_mut(running.trunk.0) {
            state.channels += 1;
        }
        let ticket = Ticket { id, trunk: running.trunk, day: running.day, reserved: running.reserved };
        self.running.insert(id, running);
        ticket
    }
}
