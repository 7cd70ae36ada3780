//! Calls under random weather, with both users doing anything at any moment. Whatever happens: each side hears exactly one last event
//! of each of its dialogs, and when the users are done nothing is left.
//!
//! `ODZIV_SIMULATIONS=100000 cargo test --release simulation` runs more seeds; a failure names its seed.

use std::collections::BTreeMap;

use super::*;

#[cfg(test)]
const SEEDS: u64 = 1_500;

/// Longer than the longest session interval: whoever was forgotten by a lost BYE has noticed by then.
const TWO_HOURS: Duration = Duration::from_secs(7_200);

/// What a user knows of its dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    Invited,
    Inviting,
    Up,
    /// The last event was heard, or we refused and expect none.
    Over,
}

#[derive(Debug)]
pub struct Users {
    net: Net,
    dialogs: [BTreeMap<DialogId, Known>; 2],
    seed: u64,
}

impl Users {
    /// `random` decides about weather and users; `seed` is what a failure names.
    pub fn new(mut random: Box<dyn RngCore>, seed: u64) -> Self {
        let weather = Weather {
            lost: random.random_range(0.0..0.35),
            doubled: random.random_range(0.0..0.3),
            jitter: Duration::from_millis(random.random_range(0..1_500)),
        };
        let weather = if seed.is_multiple_of(4) { Weather::default() } else { weather };
        let mut net = Net::new(weather, seed as u8);
        net.random = random;
        Self { net, dialogs: [BTreeMap::new(), BTreeMap::new()], seed }
    }

    pub fn life(&mut self) {
        for _ in 0..self.net.random.random_range(1..4) {
            let dialog = self.net.call();
            self.dialogs[CALLER].insert(dialog, Known::Inviting);
        }
        for _ in 0..self.net.random.random_range(5..40) {
            let pause = match self.net.random.random_range(0..10) {
                0..4 => self.net.random.random_range(0..15),
                4..9 => self.net.random.random_range(0..800),
                _ => self.net.random.random_range(0..40_000),
            };
            self.run(Duration::from_millis(pause));
            self.act();
        }
    }

    fn run(&mut self, span: Duration) {
        self.net.run(span);
        self.learn();
    }

    fn act(&mut self) {
        let side = self.net.random.random_range(0..2);
        let live: Vec<_> = self.dialogs[side].iter().filter(|(_, known)| **known != Known::Over).collect();
        if live.is_empty() {
            return;
        }
        let (dialog, known) = live[self.net.random.random_range(0..live.len())];
        let (dialog, known) = (*dialog, *known);
        let action = self.net.random.random_range(0..14);
        let version = self.net.random.random_range(0..3_u8);
        let (now, agent) = (self.net.now, &mut self.net.agents[side]);
        match (known, action) {
            (Known::Invited, 0..3) => agent.ring(dialog, now),
            (Known::Invited, 3) => agent.early(dialog, b"early", now),
            (Known::Invited, 4..10) => {
                self.dialogs[side].insert(dialog, Known::Up);
                agent.answer(dialog, &[b'a', version], now);
            }
            (Known::Invited, 10) => {
                self.dialogs[side].insert(dialog, Known::Over);
                agent.reject(dialog, Status::BUSY_HERE, None, now);
            }
            (_, 0..=3) => agent.reoffer(dialog, &[b'o', version], now),
            (_, 4 | 5) => agent.seems_alive(dialog),
            (_, 6) => agent.notify_refer(dialog, Status::RINGING, now),
            (_, 7) => agent.notify_refer(dialog, Status::OK, now),
            (_, 8) => {
                let target = vec![("Refer-To", "<sip:102@192.0.2.9>".to_owned())];
                let _ = agent.ask(dialog.0, Method::Refer, target, None, now);
            }
            (_, 9) => agent.accept_refer(dialog, now),
            (_, 10) => agent.refuse_refer(dialog, Status::DECLINE, now),
            (_, 11) => agent.answered_elsewhere(dialog, now),
            (_, 12) => agent.hang_up(dialog, now),
            _ => {}
        }
        if known == Known::Invited && matches!(action, 11 | 12) {
            self.dialogs[side].insert(dialog, Known::Over);
        }
        self.net.flush();
        self.learn();
    }

    /// What the agents tell, checked, and answered where an answer is asked for.
    fn learn(&mut self) {
        for side in [CALLER, SERVER] {
            for event in std::mem::take(&mut self.net.events[side]) {
                self.heard(side, event);
            }
        }
    }

    fn heard(&mut self, side: usize, event: Event) {
        let (seed, now) = (self.seed, self.net.now);
        let (dialog, next) = match event {
            Event::Invited { dialog, .. } => {
                assert_eq!(self.dialogs[side].insert(dialog, Known::Invited), None, "seed {seed}");
                return;
            }
            Event::Cancelled { dialog } => {
                assert_eq!(self.dialogs[side].get(&dialog), Some(&Known::Invited), "seed {seed}");
                (dialog, Known::Over)
            }
            Event::Rejected { dialog, .. } => {
                assert_eq!(self.dialogs[side].get(&dialog), Some(&Known::Inviting), "seed {seed}");
                (dialog, Known::Over)
            }
            Event::Answered { dialog, .. } => {
                assert_eq!(self.dialogs[side].get(&dialog), Some(&Known::Inviting), "seed {seed}");
                (dialog, Known::Up)
            }
            Event::NeverAcknowledged { dialog } | Event::HungUp { dialog } => {
                assert_eq!(self.dialogs[side].get(&dialog), Some(&Known::Up), "seed {seed}");
                (dialog, Known::Over)
            }
            Event::Ended { dialog } => (dialog, Known::Over),
            Event::Progress { dialog, .. } => (dialog, Known::Inviting),
            Event::Reoffered { dialog, .. } => {
                match self.net.random.random_range(0..4) {
                    0 => self.net.agents[side].refuse_offer(dialog, Status::NOT_ACCEPTABLE_HERE, now),
                    1..3 => self.net.agents[side].accept_offer(dialog, b"answer", now),
                    // Later, or never.
                    _ => {}
                }
                (dialog, Known::Up)
            }
            Event::Acknowledged { dialog, .. }
            | Event::ReofferAnswered { dialog, .. }
            | Event::ReofferRefused { dialog, .. }
            | Event::Referred { dialog, .. }
            | Event::Digit { dialog, .. } => (dialog, Known::Up),
            Event::Reply { .. } | Event::Request { .. } => panic!("seed {seed}: nobody asked"),
        };
        let before = self.dialogs[side].insert(dialog, next);
        assert!(
            before.is_some_and(|before| before != Known::Over),
            "seed {seed}: told of {dialog:?} after its end"
        );
    }

    fn hang_up_all(&mut self, side: usize) {
        let live: Vec<_> = self.dialogs[side].iter().map(|(dialog, known)| (*dialog, *known)).collect();
        for (dialog, known) in live.into_iter().filter(|(_, known)| *known != Known::Over) {
            self.net.agents[side].hang_up(dialog, self.net.now);
            if known == Known::Invited {
                self.dialogs[side].insert(dialog, Known::Over);
            }
        }
        self.run(TWO_HOURS);
    }

    /// One user leaves, the other is told; who was never answered is let go too.
    pub fn end(&mut self) {
        let first = self.net.random.random_range(0..2);
        self.hang_up_all(first);
        for (side, known) in self.dialogs.iter().enumerate() {
            let left: Vec<_> =
                known.values().filter(|k| !matches!(k, Known::Over | Known::Invited)).collect();
            assert!(left.is_empty(), "seed {}: side {side} still knows {left:?}", self.seed);
        }
        self.hang_up_all(1 - first);
        // An INVITE that came after its callee had hung up, and whose caller never heard a word, cannot be taken back (RFC 3261 §9.1).
        self.hang_up_all(first);
        for (side, agent) in self.net.agents.iter().enumerate() {
            let left = (agent.dialogs(), agent.transactions());
            assert_eq!(left, (0, 0), "seed {}: dialogs, transactions of side {side}", self.seed);
            assert!(agent.by_client.is_empty() && agent.by_server.is_empty() && agent.by_key.is_empty());
            assert!(agent.outside.is_empty(), "seed {}", self.seed);
        }
        for known in self.dialogs.iter().flat_map(BTreeMap::values) {
            assert_eq!(*known, Known::Over, "seed {}: a last event is missing", self.seed);
        }
    }
}

#[test]
fn whatever_users_and_network_do_every_call_ends_once_and_leaves_nothing() {
    let seeds = std::env::var("ODZIV_SIMULATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(SEEDS);
    let first = std::env::var("ODZIV_SEED").ok().and_then(|n| n.parse().ok()).unwrap_or(0);
    for seed in first..first + seeds {
        let mut users = Users::new(Box::new(StdRng::seed_from_u64(seed)), seed);
        users.life();
        users.end();
    }
}
