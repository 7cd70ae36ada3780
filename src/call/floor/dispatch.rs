//! Who is rung for whom: the most urgent call first, then the operator whom its queue prefers.

use std::cmp::Reverse;
use std::time::Instant;

use super::caller::{Caller, Stage};
use super::figures::Queue;
use super::operator::{Operator, Work};
use super::{Decision, Floor, JoinRefused, Waiting};
use crate::domain::id::UserId;
use crate::domain::queue::{MOST_WAITING, QueueSettings, Strategy};

/// How well an operator suits a call; less is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Tier {
    /// Language and service that the operator lacks.
    lacks: u8,
    penalty: u32,
}

/// A member who may be rung, and their place in the list of members.
struct Candidate<'f> {
    user: UserId,
    tier: Tier,
    place: usize,
    operator: &'f Operator,
}

impl Floor {
    pub(super) fn dispatch(&mut self, now: Instant) {
        let mut free = self.free(now);
        if free.is_empty() {
            return;
        }
        for call in self.in_order(Caller::is_idle, now) {
            self.offer(call, &mut free, now);
        }
        // Who has become free joins those who are rung for a call to all.
        for call in self.in_order(|caller| caller.is_waiting() && !caller.is_idle(), now) {
            self.offer_more(call, &mut free, now);
        }
    }

    /// The queue that takes a call: its own, or the one behind it.
    pub(super) fn place(&self, waiting: &Waiting, now: Instant) -> Result<String, JoinRefused> {
        let queue = self.queues.get(&waiting.queue).ok_or(JoinRefused::Unknown)?;
        let probe = Caller::new(waiting.clone(), waiting.queue.clone(), None, now);
        if waiting.callback {
            let room = self.count_waiting(&waiting.queue) < MOST_WAITING;
            return if room { Ok(waiting.queue.clone()) } else { Err(JoinRefused::Full) };
        }
        if !self.is_attended(queue, &probe) {
            return Err(JoinRefused::NoAgents);
        }
        if self.has_room(queue) {
            return Ok(waiting.queue.clone());
        }
        let other = self.overflow_of(queue, &probe).ok_or(JoinRefused::Full)?;
        Ok(other.settings.key.clone())
    }

    /// The queue behind this one, if somebody is there and it has room.
    pub(super) fn overflow_of(&self, queue: &Queue, caller: &Caller) -> Option<&Queue> {
        let other = self.queues.get(queue.settings.overflow.as_ref()?)?;
        let takes = other.settings.key != queue.settings.key
            && self.is_attended(other, caller)
            && self.has_room(other);
        takes.then_some(other)
    }

    /// Whether somebody is there who could answer this caller sooner or later.
    pub(super) fn is_attended(&self, queue: &Queue, caller: &Caller) -> bool {
        queue.settings.members.iter().any(|member| {
            let Some(operator) = self.operators.get(&member.user) else { return false };
            let there = self.reachable.contains(&member.user) || operator.is_talking();
            let willing = operator.paused.is_none() || queue.settings.wait_while_paused;
            let suits = lacks(operator, caller) == 0 || queue.settings.widen_after.is_some();
            there && willing && suits && !operator.gone
        })
    }

    /// Waiting calls that `which` picks, the most urgent first.
    pub(super) fn in_order(&self, which: impl Fn(&Caller) -> bool, now: Instant) -> Vec<u64> {
        let mut calls: Vec<_> = self
            .calls
            .iter()
            .filter(|(_, caller)| which(caller))
            .map(|(call, caller)| {
                let ageing = self.queues.get(&caller.queue).and_then(|queue| queue.settings.ageing);
                (Reverse(caller.score(ageing, now)), caller.joined, *call)
            })
            .collect();
        calls.sort_unstable();
        calls.into_iter().map(|(_, _, call)| call).collect()
    }

    fn has_room(&self, queue: &Queue) -> bool {
        self.count_waiting(&queue.settings.key) < queue.settings.max_waiting.min(MOST_WAITING)
    }

    fn count_waiting(&self, queue: &str) -> u32 {
        let waiting = self.calls.values().filter(|caller| caller.queue == queue && caller.is_waiting());
        u32::try_from(waiting.count()).unwrap_or(u32::MAX)
    }

    fn free(&self, now: Instant) -> Vec<UserId> {
        let there = |user: &UserId| self.reachable.contains(user) && !self.busy.contains(user);
        self.operators
            .iter()
            .filter(|(user, operator)| operator.is_free(now) && there(user))
            .map(|(user, _)| *user)
            .collect()
    }

    fn offer(&mut self, call: u64, free: &mut Vec<UserId>, now: Instant) {
        let chosen = self.choose(call, free, now);
        for operator in chosen {
            free.retain(|user| *user != operator);
            self.ring(call, operator, now);
        }
    }

    fn choose(&self, call: u64, free: &[UserId], now: Instant) -> Vec<UserId> {
        let Some(caller) = self.calls.get(&call) else { return Vec::new() };
        let Some(queue) = self.queues.get(&caller.queue) else { return Vec::new() };
        let candidates = self.candidates(queue, caller, free, now);
        let Some(best) = candidates.iter().map(|candidate| candidate.tier).min() else { return Vec::new() };
        let equals = candidates.iter().filter(|candidate| candidate.tier == best);
        let one = match queue.settings.strategy {
            Strategy::RingAll => return equals.map(|candidate| candidate.user).collect(),
            Strategy::LongestIdle => equals.min_by_key(|c| (c.operator.idle_since, c.place)),
            Strategy::LeastTalk => equals.min_by_key(|c| (c.operator.today.talked, c.place)),
            Strategy::RoundRobin => {
                let last = place_of(&queue.settings, queue.last);
                equals.min_by_key(|c| (last.is_some_and(|last| c.place <= last), c.place))
            }
        };
        one.map(|candidate| candidate.user).into_iter().collect()
    }

    fn offer_more(&mut self, call: u64, free: &mut Vec<UserId>, now: Instant) {
        let Some(caller) = self.calls.get(&call) else { return };
        let Some(queue) = self.queues.get(&caller.queue) else { return };
        if queue.settings.strategy != Strategy::RingAll || self.is_past_deadline(caller, now) {
            return;
        }
        let Stage::Waiting { ringing } = &caller.stage else { return };
        let rung: Vec<UserId> = ringing.keys().copied().collect();
        let worst = self.candidates(queue, caller, &rung, now).iter().map(|candidate| candidate.tier).max();
        let more: Vec<UserId> = self
            .candidates(queue, caller, free, now)
            .iter()
            .filter(|candidate| worst.is_none_or(|worst| candidate.tier <= worst))
            .map(|candidate| candidate.user)
            .collect();
        for operator in more {
            free.retain(|user| *user != operator);
            self.ring(call, operator, now);
        }
    }

    /// Members among `users` who suit this call now.
    fn candidates<'f>(
        &'f self,
        queue: &'f Queue,
        caller: &Caller,
        users: &[UserId],
        now: Instant,
    ) -> Vec<Candidate<'f>> {
        let widened = queue.settings.widen_after.is_some_and(|after| caller.waited(now) >= after);
        let members = queue.settings.members.iter().enumerate();
        members
            .filter(|(_, member)| users.contains(&member.user))
            .filter_map(|(place, member)| {
                let operator = self.operators.get(&member.user)?;
                let tier = Tier { lacks: lacks(operator, caller), penalty: member.penalty };
                let candidate = Candidate { user: member.user, tier, place, operator };
                (tier.lacks == 0 || widened).then_some(candidate)
            })
            .collect()
    }

    fn ring(&mut self, call: u64, operator: UserId, now: Instant) {
        let Some(caller) = self.calls.get_mut(&call) else { return };
        let Some(queue) = self.queues.get_mut(&caller.queue) else { return };
        let Stage::Waiting { ringing } = &mut caller.stage else { return };
        let Some(known) = self.operators.get_mut(&operator) else { return };
        let timeout = queue.settings.ring;
        known.work = Work::Ringing { call };
        ringing.insert(operator, now + timeout);
        // One after another, also when nobody answers.
        queue.last = Some(operator);
        self.decisions.push_back(Decision::Ring { call, operator, timeout });
        self.note(operator, now);
    }
}

/// How many of language and service the operator does not have.
fn lacks(operator: &Operator, caller: &Caller) -> u8 {
    let settings = &operator.settings;
    let language = settings.languages.is_empty() || settings.languages.contains(&caller.waiting.language);
    let service = settings.services.is_empty()
        || caller.waiting.service.as_ref().is_none_or(|service| settings.services.contains(service));
    u8::from(!language) + u8::from(!service)
}

fn place_of(settings: &QueueSettings, user: Option<UserId>) -> Option<usize> {
    let user = user?;
    settings.members.iter().position(|member| member.user == user)
}
