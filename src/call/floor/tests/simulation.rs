//! Everything at every instant, in an order that a seed gives; the floor never contradicts itself, and nobody is forgotten.

use std::collections::BTreeMap;

use rand::rngs::SmallRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};

use super::*;

/// `ODZIV_SEEDS=3000` tries more.
const SEEDS: u64 = 200;
const STEPS: usize = 150;

/// The switch, as far as the floor knows it: believes only what it was told.
#[derive(Default)]
struct Switch {
    ringing: BTreeMap<UserId, u64>,
    talking: BTreeMap<UserId, u64>,
    waiting: Vec<u64>,
    next: u64,
}

impl Switch {
    fn obey(&mut self, hall: &mut Hall) {
        while let Some(decision) = hall.floor.poll() {
            match decision {
                Decision::Ring { call, operator, .. } => {
                    assert!(self.waiting.contains(&call), "rung for {call}, which does not wait");
                    assert!(!self.talking.contains_key(&operator), "rung while talking");
                    assert_eq!(self.ringing.insert(operator, call), None, "rung for two calls");
                }
                Decision::Withdraw { call, operator } => {
                    // Unless it was told so before, in the same breath as an answer.
                    if self.ringing.get(&operator) == Some(&call) {
                        self.ringing.remove(&operator);
                    }
                }
                Decision::Exit { call, .. } => {
                    assert!(self.waiting.contains(&call), "sent back twice");
                    self.waiting.retain(|other| *other != call);
                    assert!(!self.ringing.values().any(|rung| *rung == call), "rings for nobody");
                }
                Decision::Announce { call, position, .. } => {
                    assert!(self.waiting.contains(&call) && position >= 1);
                }
                Decision::Changed(_) => {}
            }
        }
    }

    fn check(&self, hall: &Hall) {
        let mut seen = Vec::new();
        for queue in hall.floor.queues(hall.now) {
            for (index, waiting) in queue.waiting.iter().enumerate() {
                assert_eq!(waiting.position as usize, index + 1);
                assert!(waiting.ringing.iter().all(|user| self.ringing.get(user) == Some(&waiting.call)));
                seen.push(waiting.call);
            }
            let f = queue.today;
            let waiting = queue.waiting.len() as u32;
            let accounted = f.answered + f.abandoned + f.sent_back + f.called_back + waiting;
            assert_eq!(f.offered, accounted, "{f:?}, {waiting} wait");
        }
        seen.sort_unstable();
        let mut believed = self.waiting.clone();
        believed.sort_unstable();
        assert_eq!(seen, believed);
        for (user, call) in &self.ringing {
            assert!(
                hall.floor.ringing(*call).unwrap().contains(user),
                "rings, but the floor knows nothing of it"
            );
        }
        self.nobody_is_forgotten(hall);
    }

    /// A free operator who suits a waiting call is being rung.
    fn nobody_is_forgotten(&self, hall: &Hall) {
        let free: Vec<UserId> = hall
            .floor
            .operators
            .iter()
            .filter(|(user, operator)| {
                operator.is_free(hall.now)
                    && hall.floor.reachable.contains(user)
                    && !hall.floor.busy.contains(user)
            })
            .map(|(user, _)| *user)
            .collect();
        for (call, caller) in hall.floor.calls.iter().filter(|(_, caller)| caller.is_idle()) {
            let queue = &hall.floor.queues[&caller.queue];
            let widened = queue.settings.widen_after.is_some_and(|after| caller.waited(hall.now) >= after);
            let fits = |user: &UserId| {
                let languages = &hall.floor.operators[user].settings.languages;
                let speaks = languages.is_empty() || languages.contains(&caller.waiting.language);
                queue.settings.members.iter().any(|m| m.user == *user) && (speaks || widened)
            };
            assert!(!free.iter().any(fits), "call {call} waits, and a fitting operator is free");
        }
    }
}

fn random_queues(rng: &mut SmallRng) -> Vec<QueueSettings> {
    let count = rng.random_range(1..=3);
    (0..count)
        .map(|index| {
            let mut settings = queue(["operators", "water", "night"][index], &[]);
            for user in 1..=5 {
                if rng.random_bool(0.6) {
                    let penalty = rng.random_range(0..3);
                    settings.members.push(Member { user: UserId(user), penalty });
                }
            }
            settings.strategy = *Strategy::ALL.choose(rng).unwrap();
            settings.wrap_up = Duration::from_secs(*[0, 10, 60].choose(rng).unwrap());
            settings.rest = Duration::from_secs(*[0, 5].choose(rng).unwrap());
            settings.max_waiting = rng.random_range(1..8);
            settings.max_wait = rng.random_bool(0.3).then(|| Duration::from_secs(120));
            settings.wait_while_paused = rng.random_bool(0.5);
            settings.widen_after = rng.random_bool(0.5).then(|| Duration::from_secs(30));
            settings.overflow = rng.random_bool(0.4).then(|| "water".to_owned());
            settings.overflow_after = rng.random_bool(0.5).then(|| Duration::from_secs(20));
            settings.announce_every = rng.random_bool(0.5).then(|| Duration::from_secs(15));
            settings
        })
        .collect()
}

fn random_operators(rng: &mut SmallRng) -> Vec<OperatorSettings> {
    let mut operators = Vec::new();
    for user in 1..=5 {
        if rng.random_bool(0.9) {
            let languages = if rng.random_bool(0.3) { vec!["en".to_owned()] } else { vec![] };
            operators.push(OperatorSettings { languages, ..plain(UserId(user)) });
        }
    }
    operators
}

fn step(hall: &mut Hall, switch: &mut Switch, rng: &mut SmallRng) {
    let user = UserId(rng.random_range(1..=5));
    match rng.random_range(0..16) {
        0..=3 => {
            let call = switch.next;
            switch.next += 1;
            let waiting = Waiting {
                queue: ["operators", "water", "night"].choose(rng).unwrap().to_string(),
                language: ["sr", "en"].choose(rng).unwrap().to_string(),
                priority: rng.random_range(0..3),
                max_wait: rng.random_bool(0.5).then(|| Duration::from_secs(90)),
                callback: rng.random_bool(0.1),
                ..waiting(call)
            };
            if hall.floor.join(waiting, hall.now).is_ok() {
                switch.waiting.push(call);
            }
        }
        4 => {
            if let Some(call) = switch.waiting.choose(rng).copied() {
                switch.waiting.retain(|other| *other != call);
                hall.floor.leave(call, Left::HungUp, hall.now);
            }
        }
        5 => {
            if let Some(call) = switch.waiting.choose(rng).copied() {
                assert!(hall.floor.into_callback(call));
            }
        }
        // Whoever is rung, answers; perhaps a moment after it is too late, of which the switch does not know yet.
        6..=8 => {
            let rung: Vec<_> = switch.ringing.iter().map(|(user, call)| (*user, *call)).collect();
            if let Some((user, call)) = rung.choose(rng).copied() {
                if rng.random_bool(0.2) {
                    hall.now += Duration::from_secs(20);
                    hall.floor.handle_timeout(hall.now);
                }
                if hall.floor.answered(call, user, hall.now) {
                    switch.ringing.remove(&user);
                    assert_eq!(switch.talking.insert(user, call), None);
                    switch.waiting.retain(|other| *other != call);
                    for other in rung.iter().filter(|other| other.1 == call && other.0 != user) {
                        assert!(
                            !hall.floor.answered(call, other.0, hall.now),
                            "two operators have one caller"
                        );
                    }
                }
            }
        }
        9 => {
            let rung: Vec<_> = switch.ringing.iter().map(|(user, call)| (*user, *call)).collect();
            if let Some((user, call)) = rung.choose(rng).copied() {
                switch.ringing.remove(&user);
                let how = *[Missed::NoAnswer, Missed::Declined, Missed::Unreachable].choose(rng).unwrap();
                hall.floor.missed(call, user, how, hall.now);
            }
        }
        10..=11 => {
            let talking: Vec<UserId> = switch.talking.keys().copied().collect();
            if let Some(user) = talking.choose(rng) {
                switch.talking.remove(user);
                hall.floor.ended(*user, hall.now);
            }
        }
        12 => match rng.random_range(0..5) {
            0 => drop(hall.floor.pause(user, "break", hall.now)),
            1 => drop(hall.floor.finish_wrap_up(user, hall.now)),
            _ => drop(hall.floor.ready(user, hall.now)),
        },
        13 => hall.floor.busy(user, rng.random_bool(0.3), hall.now),
        14 => hall.floor.reachable(user, rng.random_bool(0.7), hall.now),
        _ => match rng.random_range(0..10) {
            0 => hall.floor.set_queues(random_queues(rng), hall.now),
            1 => hall.floor.set_operators(random_operators(rng), hall.now),
            _ => drop(hall.floor.ready(user, hall.now)),
        },
    }
}

fn pass(hall: &mut Hall, switch: &mut Switch, time: Duration) {
    let end = hall.now + time;
    let mut rounds = 0;
    while let Some(at) = hall.floor.next_timeout().filter(|at| *at <= end) {
        hall.now = hall.now.max(at);
        hall.floor.handle_timeout(hall.now);
        switch.obey(hall);
        switch.check(hall);
        rounds += 1;
        assert!(rounds < 10_000, "the clock stands still");
    }
    hall.now = end;
}

fn run(seed: u64) {
    let mut rng = SmallRng::seed_from_u64(seed);
    let users: Vec<UserId> = (1..=5).map(UserId).collect();
    let mut hall = Hall::of(random_queues(&mut rng), &users);
    let mut switch = Switch::default();
    for _ in 0..STEPS {
        step(&mut hall, &mut switch, &mut rng);
        switch.obey(&mut hall);
        switch.check(&hall);
        let time = Duration::from_millis(rng.random_range(0..12_000));
        pass(&mut hall, &mut switch, time);
    }
    // Everybody comes back and answers whatever rings: nothing is left over.
    hall.floor.set_operators(users.iter().map(|user| plain(*user)).collect(), hall.now);
    let all = ["operators", "water", "night"].map(|key| queue(key, &users));
    hall.floor.set_queues(all.into(), hall.now);
    for user in &users {
        hall.floor.reachable(*user, true, hall.now);
        hall.floor.busy(*user, false, hall.now);
        hall.floor.ready(*user, hall.now);
    }
    for _ in 0..200 {
        switch.obey(&mut hall);
        switch.check(&hall);
        for user in std::mem::take(&mut switch.talking).into_keys() {
            hall.floor.ended(user, hall.now);
            hall.floor.ready(user, hall.now);
        }
        switch.obey(&mut hall);
        for (user, call) in std::mem::take(&mut switch.ringing) {
            if hall.floor.answered(call, user, hall.now) {
                switch.talking.insert(user, call);
                switch.waiting.retain(|other| *other != call);
            }
        }
        pass(&mut hall, &mut switch, Duration::from_secs(30));
    }
    assert_eq!(switch.waiting, Vec::<u64>::new(), "somebody waits for ever");
    assert!(users.iter().all(|user| hall.state(*user) == OperatorState::Ready), "an operator is stuck");
    assert!(hall.floor.calls.is_empty());
}

#[test]
fn whatever_happens_nobody_is_forgotten_and_nobody_is_stuck() {
    let seeds = std::env::var("ODZIV_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(SEEDS);
    for seed in 0..seeds {
        if let Err(panic) = std::panic::catch_unwind(|| run(seed)) {
            eprintln!("seed {seed}");
            std::panic::resume_unwind(panic);
        }
    }
}
