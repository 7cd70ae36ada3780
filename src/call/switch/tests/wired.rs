//! The switch over real dialogs: our agent on one side of a bad network, an agent that plays all phones and trunks on the other. What
//! the shell does between them is done here in the same order, without sockets, media and store.

use std::collections::BTreeMap;
use std::time::Duration;

use rand::{Rng, RngCore};

use super::world::{OPERATORS, Who, World, extension};
use crate::call::switch::{LegEvent, LegKey, Output, To, Why};
use crate::domain::id::UserId;
use crate::protocol::sip::Transport;
use crate::protocol::sip::agent::tests::net::{CALLER, Net, SERVER, Weather, flow};
use crate::protocol::sip::agent::{DialogId, Event, Outgoing, Refer};
use crate::protocol::sip::message::{Replaces, Request, Status, Uri};

/// Longer than the longest session interval: whoever was forgotten by a lost BYE has noticed by then.
const TWO_HOURS: Duration = Duration::from_secs(7_200);

/// What a person knows of one of their dialogs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    Invited,
    Inviting,
    Up,
    Over,
}

#[derive(Debug)]
pub struct Wired {
    world: World,
    net: Net,
    legs: BTreeMap<LegKey, DialogId>,
    /// All dialogs that phones and trunks ever had.
    theirs: BTreeMap<DialogId, (Who, Known)>,
}

/// A day of so many steps, under a weather of its own; everything that can be one way or another, `random` decides.
pub fn day(mut random: Box<dyn RngCore>, steps: usize) -> Happened {
    let bad = random.random_bool(0.7);
    let weather = Weather {
        lost: random.random_range(0.0..0.3),
        doubled: random.random_range(0.0..0.3),
        jitter: Duration::from_millis(random.random_range(0..1_200)),
    };
    let world = World::new();
    let mut net = Net::new(if bad { weather } else { Weather::default() }, random.random());
    net.random = random;
    let mut wired = Wired { world, net, legs: BTreeMap::new(), theirs: BTreeMap::new() };
    wired.world.begin_at(wired.net.now);
    wired.world.wire = Some(Vec::new());
    for _ in 0..steps {
        wired.step();
    }
    wired.end();
    let (contacts, dialogs) = (wired.world.journaled.len(), wired.theirs.len());
    Happened { contacts, dialogs, transfers: wired.world.notified.len() }
}

/// So that nobody proves anything by a day on which nothing happened.
#[derive(Clone, Copy, Debug, Default)]
pub struct Happened {
    pub contacts: usize,
    pub dialogs: usize,
    /// Of which the transferor was told the end.
    pub transfers: usize,
}

impl Wired {
    fn step(&mut self) {
        match self.net.random.random_range(0..20) {
            0 => self.dial("+381641234567", "+38121480000", None),
            1 => self.phone_dials(),
            2..=6 => self.deliver(),
            7..=15 => self.act(),
            16 => self.phones_come_and_go(),
            17 => self.world.store_is_down = self.net.random.random_bool(0.3),
            18 => self.wait(5_000),
            _ => self.wait(40_000),
        }
        self.wait(300);
    }

    fn wait(&mut self, longest_ms: u64) {
        let span = self.net.random.random_range(0..longest_ms);
        self.pass(Duration::from_millis(span));
    }

    fn phones_come_and_go(&mut self) {
        let user = OPERATORS[self.net.random.random_range(0..OPERATORS.len())];
        let count = self.net.random.random_range(0..5_u64).min(2);
        self.world.phones(user, count);
        self.learn();
    }

    /// What the store and the media engine owe comes, in the order of its source.
    fn deliver(&mut self) {
        let count = self.net.random.random_range(1..4);
        for _ in 0..count {
            let owed = self.world.owed.len().min(4);
            if owed > 0 {
                self.world.deliver(self.net.random.random_range(0..owed));
                self.learn();
            }
        }
    }

    fn phone_dials(&mut self) {
        let user = OPERATORS[self.net.random.random_range(0..OPERATORS.len())];
        let numbers = ["101", "102", "103", "064555444", "operators", "999"];
        let called = numbers[self.net.random.random_range(0..numbers.len())];
        // A call that takes the place of another, as one does to whom an attended transfer was made elsewhere.
        let replaces = match self.net.random.random_range(0..6) {
            0 => self.any(|_, known| known == Known::Up).and_then(|other| self.net.replaces(CALLER, other)),
            _ => None,
        };
        self.dial(&extension(user), called, replaces);
    }

    fn dial(&mut self, from: &str, called: &str, replaces: Option<Replaces>) {
        let call = Outgoing {
            to: format!("sip:{called}@192.0.2.2"),
            from: format!("sip:{from}@192.0.2.1"),
            offer: b"talk".to_vec(),
            replaces,
            ..Outgoing::default()
        };
        let who = user_of(from).map_or(Who::Citizen, Who::Phone);
        let dialog = self.net.agents[CALLER].invite(call, flow(CALLER, Transport::Udp), self.net.now);
        self.theirs.extend(dialog.map(|dialog| (dialog, (who, Known::Inviting))));
    }

    fn any(&mut self, wanted: impl Fn(&Who, Known) -> bool) -> Option<DialogId> {
        let found: Vec<_> =
            self.theirs.iter().filter(|(_, (who, known))| wanted(who, *known)).map(|(id, _)| *id).collect();
        (!found.is_empty()).then(|| found[self.net.random.random_range(0..found.len())])
    }

    /// Somebody does something with one of their dialogs.
    fn act(&mut self) {
        let Some(dialog) = self.any(|_, known| known != Known::Over) else { return };
        let Some((who, known)) = self.theirs.get(&dialog).cloned() else { return };
        let (choice, now) = (self.net.random.random_range(0..12), self.net.now);
        let agent = &mut self.net.agents[CALLER];
        match (known, choice) {
            (Known::Invited, 0 | 1) => agent.ring(dialog, now),
            (Known::Invited, 2) => agent.early(dialog, b"talk", now),
            (Known::Invited, 3..=9) => {
                self.theirs.insert(dialog, (who, Known::Up));
                agent.answer(dialog, b"talk", now);
            }
            (Known::Invited, _) => {
                let status = [Status::BUSY_HERE, Status::DECLINE, Status::SERVICE_UNAVAILABLE][choice % 3];
                self.theirs.insert(dialog, (who, Known::Over));
                agent.reject(dialog, status, None, now);
            }
            (Known::Inviting, 0) | (Known::Up, 0) => agent.hang_up(dialog, now),
            (Known::Up, 1 | 2) => agent.reoffer(dialog, b"hold", now),
            (Known::Up, 3 | 4) => agent.reoffer(dialog, b"talk", now),
            (Known::Up, 5..=10) => self.refer(dialog, &who),
            (Known::Up, _) => agent.seems_alive(dialog),
            _ => {}
        }
        self.net.flush();
    }

    fn refer(&mut self, dialog: DialogId, who: &Who) {
        let other = match self.net.random.random_bool(0.5) {
            true => self.any(|other, known| other == who && known == Known::Up),
            false => None,
        };
        let replaces =
            other.filter(|other| *other != dialog).and_then(|other| self.net.replaces(CALLER, other));
        let targets = ["101", "102", "103", "064777888", "operators"];
        let target = targets[self.net.random.random_range(0..targets.len())];
        self.net.refer(CALLER, dialog, &format!("sip:{target}@192.0.2.2"), replaces);
    }

    fn pass(&mut self, span: Duration) {
        let end = self.net.now + span;
        loop {
            self.learn();
            let due = [self.net.due(), self.world.switch.next_timeout()].into_iter().flatten().min();
            let next = due.filter(|due| *due <= end).unwrap_or(end).max(self.net.now);
            let step = next - self.net.now;
            self.net.run(step);
            self.world.pass(step);
            if next >= end {
                break self.learn();
            }
        }
    }

    /// Until neither side has any news.
    fn learn(&mut self) {
        loop {
            self.follow();
            self.net.flush();
            let [theirs, ours] = &mut self.net.events;
            let (theirs, ours) = (std::mem::take(theirs), std::mem::take(ours));
            if theirs.is_empty() && ours.is_empty() {
                return;
            }
            for event in ours {
                self.reported(event);
                self.follow();
            }
            theirs.into_iter().for_each(|event| self.heard(event));
        }
    }

    /// What the switch wants, done with dialogs.
    fn follow(&mut self) {
        while let Some(wanted) = self.world.wire.as_mut().filter(|wire| !wire.is_empty()) {
            for output in std::mem::take(wanted) {
                self.carry_out(output);
            }
        }
    }

    fn carry_out(&mut self, output: Output) {
        let now = self.net.now;
        let agent = &mut self.net.agents[SERVER];
        let dialog = |leg: &LegKey| self.legs.get(leg).copied();
        match &output {
            Output::Dial { leg, to, .. } => {
                let to = match to {
                    To::Phone(phone) => format!("sip:phone{}@192.0.2.1", phone.0),
                    To::Trunk { number, .. } => format!("sip:{number}@192.0.2.1"),
                };
                let from = "sip:odziv@192.0.2.2".to_owned();
                let call = Outgoing { to, from, offer: b"talk".to_vec(), ..Outgoing::default() };
                match agent.invite(call, flow(SERVER, Transport::Udp), now) {
                    Ok(dialog) => drop(self.legs.insert(*leg, dialog)),
                    Err(_) => self.world.tell(*leg, LegEvent::Refused { status: 503, reason: None }),
                }
            }
            Output::Ring { leg } => {
                if let Some(dialog) = dialog(leg) {
                    agent.ring(dialog, now);
                }
            }
            Output::Early { leg } => {
                if let Some(dialog) = dialog(leg) {
                    agent.early(dialog, b"talk", now);
                }
            }
            Output::Answer { leg } => {
                if let Some(dialog) = dialog(leg) {
                    agent.answer(dialog, b"talk", now);
                }
            }
            Output::Reject { leg, status, .. } => {
                if let Some(dialog) = self.legs.remove(leg) {
                    agent.reject(dialog, Status(*status), None, now);
                }
            }
            Output::HangUp { leg, why } => match (self.legs.remove(leg), why) {
                (Some(dialog), Why::Normal) => agent.hang_up(dialog, now),
                (Some(dialog), Why::Elsewhere) => agent.answered_elsewhere(dialog, now),
                (None, _) => {}
            },
            Output::AcceptRefer { leg } => {
                if let Some(dialog) = dialog(leg) {
                    agent.accept_refer(dialog, now);
                }
            }
            Output::RefuseRefer { leg, status } => {
                if let Some(dialog) = dialog(leg) {
                    agent.refuse_refer(dialog, Status(*status), now);
                }
            }
            Output::NotifyRefer { leg, status } => {
                if let Some(dialog) = dialog(leg) {
                    agent.notify_refer(dialog, Status(*status), now);
                }
            }
            _ => {}
        }
    }

    fn leg_of(&self, dialog: DialogId) -> Option<LegKey> {
        self.legs.iter().find(|(_, of)| **of == dialog).map(|(leg, _)| *leg)
    }

    /// What our agent tells.
    fn reported(&mut self, event: Event) {
        let (dialog, told) = match event {
            Event::Invited { dialog, invite, .. } => return self.invited(dialog, &invite),
            Event::Cancelled { dialog } | Event::HungUp { dialog } => {
                (dialog, LegEvent::Gone { lost: false })
            }
            Event::NeverAcknowledged { dialog } => (dialog, LegEvent::Gone { lost: true }),
            Event::Rejected { dialog, status, .. } => {
                (dialog, LegEvent::Refused { status: status.0, reason: None })
            }
            Event::Acknowledged { dialog, .. } => (dialog, LegEvent::Acknowledged),
            Event::Answered { dialog, .. } => (dialog, LegEvent::Answered),
            Event::Digit { dialog, digit } => (dialog, LegEvent::Digit(digit)),
            Event::Progress { dialog, status, body } => {
                let early = !body.is_empty();
                if !early && status != Status::RINGING {
                    return;
                }
                (dialog, LegEvent::Ringing { early })
            }
            Event::Reoffered { dialog, offer } => {
                self.net.agents[SERVER].accept_offer(dialog, b"talk", self.net.now);
                (dialog, LegEvent::Held(offer == b"hold"))
            }
            Event::Referred { dialog, refer } => return self.referred(dialog, &refer),
            Event::ReofferAnswered { .. }
            | Event::ReofferRefused { .. }
            | Event::Ended { .. }
            | Event::Reply { .. }
            | Event::Request { .. } => return,
        };
        let Some(leg) = self.leg_of(dialog) else { return };
        if matches!(told, LegEvent::Gone { .. } | LegEvent::Refused { .. }) {
            self.legs.remove(&leg);
        }
        self.world.tell(leg, told);
    }

    fn invited(&mut self, dialog: DialogId, invite: &Request) {
        let replaces = invite.replaces().map(|replaces| {
            self.net.agents[SERVER].find_dialog(&replaces).and_then(|dialog| self.leg_of(dialog))
        });
        let caller = Uri::parse(&invite.from.uri).and_then(|uri| uri.user()).unwrap_or_default();
        let leg = match (user_of(&caller), replaces) {
            (_, Some(None)) => None,
            (Some(user), Some(Some(leg))) => self.world.takes_over(user, leg),
            (Some(user), None) => self.world.dials(user, &invite.uri.user().unwrap_or_default()),
            (None, _) => self.world.citizen(),
        };
        match leg {
            Some(leg) => drop(self.legs.insert(leg, dialog)),
            None => self.net.agents[SERVER].reject(dialog, Status::NOT_FOUND, None, self.net.now),
        }
    }

    fn referred(&mut self, dialog: DialogId, refer: &Refer) {
        let now = self.net.now;
        let agent = &mut self.net.agents[SERVER];
        let to = Uri::parse(&refer.target).and_then(|uri| uri.user());
        let found = refer.replaces.as_ref().map(|replaces| agent.find_dialog(replaces));
        let replaces = match found {
            Some(found) => match found.and_then(|dialog| self.leg_of(dialog)) {
                Some(leg) => Some(leg),
                None => return self.net.agents[SERVER].refuse_refer(dialog, Status::NO_SUCH_DIALOG, now),
            },
            None => None,
        };
        match self.leg_of(dialog).zip(to) {
            Some((leg, to)) => self.world.tell(leg, LegEvent::Referred { to, replaces }),
            None => self.net.agents[SERVER].refuse_refer(dialog, Status::BAD_REQUEST, now),
        }
    }

    /// What phones and trunks learn.
    fn heard(&mut self, event: Event) {
        let now = self.net.now;
        let (dialog, next) = match event {
            Event::Invited { dialog, invite, .. } => {
                let called = invite.uri.user().unwrap_or_default();
                let who = match called.strip_prefix("phone").and_then(|phone| phone.parse::<i64>().ok()) {
                    Some(phone) => Who::Phone(UserId(phone / 10)),
                    None => Who::Outside(called),
                };
                return drop(self.theirs.insert(dialog, (who, Known::Invited)));
            }
            Event::Reoffered { dialog, .. } => {
                return self.net.agents[CALLER].accept_offer(dialog, b"talk", now);
            }
            Event::Referred { dialog, .. } => {
                return self.net.agents[CALLER].refuse_refer(dialog, Status::DECLINE, now);
            }
            Event::Answered { dialog, .. } => (dialog, Known::Up),
            Event::Cancelled { dialog }
            | Event::Rejected { dialog, .. }
            | Event::NeverAcknowledged { dialog }
            | Event::HungUp { dialog }
            | Event::Ended { dialog } => (dialog, Known::Over),
            Event::Progress { .. }
            | Event::Acknowledged { .. }
            | Event::ReofferAnswered { .. }
            | Event::ReofferRefused { .. }
            | Event::Digit { .. }
            | Event::Reply { .. }
            | Event::Request { .. } => return,
        };
        if let Some((_, known)) = self.theirs.get_mut(&dialog) {
            *known = next;
        }
    }

    /// Phones are switched off, citizens hang up, timers run out: then nobody knows of anything any more.
    fn end(&mut self) {
        self.world.store_is_down = false;
        for user in OPERATORS {
            self.world.phones(user, 0);
        }
        // An INVITE that came after its caller had hung up may ring somebody anew, who hangs up in the next round.
        for _ in 0..4 {
            let live: Vec<_> = self
                .theirs
                .iter()
                .filter(|(_, (_, known))| *known != Known::Over)
                .map(|(id, _)| *id)
                .collect();
            for dialog in live {
                self.net.agents[CALLER].hang_up(dialog, self.net.now);
                if let Some((_, known @ Known::Invited)) = self.theirs.get_mut(&dialog) {
                    *known = Known::Over;
                }
            }
            for _ in 0..4 {
                self.learn();
                self.world.deliver_all();
                self.pass(TWO_HOURS / 4);
            }
        }
        let lines = &self.world.lines;
        assert!(lines.is_empty(), "lines without a dialog: {lines:#?}\n{:#?}", self.world.log);
        assert!(self.legs.is_empty(), "{:?}\n{:#?}", self.legs, self.world.log);
        for (dialog, (who, known)) in &self.theirs {
            assert_eq!(*known, Known::Over, "{who:?} was not told of the end of {dialog:?}");
        }
        for agent in &self.net.agents {
            assert_eq!((agent.dialogs(), agent.transactions()), (0, 0), "{:#?}", self.world.log);
        }
        self.world.wire = None;
        self.world.assert_nothing_is_left();
    }
}

fn user_of(extension: &str) -> Option<UserId> {
    OPERATORS.into_iter().find(|user| super::world::extension(*user) == extension)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    /// So many days; more with ODZIV_SEEDS.
    const SEEDS: u64 = 60;
    const STEPS: usize = 120;

    #[test]
    fn over_a_bad_network_nobody_is_stuck_and_no_dialog_is_left() {
        let seeds = std::env::var("ODZIV_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(SEEDS);
        let mut all = super::Happened::default();
        for seed in 0..seeds {
            let day = || super::day(Box::new(StdRng::seed_from_u64(seed)), STEPS);
            let happened = std::panic::catch_unwind(day).unwrap_or_else(|panic| {
                eprintln!("seed {seed}");
                std::panic::resume_unwind(panic)
            });
            all.contacts += happened.contacts;
            all.dialogs += happened.dialogs;
            all.transfers += happened.transfers;
        }
        let seeds = seeds as usize;
        assert!(all.contacts > seeds && all.dialogs > seeds && all.transfers > seeds / 10, "{all:?}");
    }
}
