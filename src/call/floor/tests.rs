//! What callers and operators go through. Virtual time throughout.

use std::time::{Duration, Instant};

use super::*;
use crate::domain::operator::{OperatorSettings, OperatorState};
use crate::domain::queue::{Member, QueueSettings, Strategy};

const ANA: UserId = UserId(1);
const BORA: UserId = UserId(2);
const CECA: UserId = UserId(3);

/// A floor, a clock, and what the switch has been told since it last looked.
pub(super) struct Hall {
    pub floor: Floor,
    pub now: Instant,
}

impl Hall {
    /// One queue `operators` with Ana, Bora and Ceca, whose phones are registered.
    fn open() -> Self {
        Self::with(|_| {})
    }

    fn with(set: impl FnOnce(&mut QueueSettings)) -> Self {
        let mut settings = queue("operators", &[ANA, BORA, CECA]);
        set(&mut settings);
        let mut hall = Self::of(vec![settings], &[ANA, BORA, CECA]);
        hall.told();
        hall
    }

    pub fn of(queues: Vec<QueueSettings>, operators: &[UserId]) -> Self {
        #[expect(clippy::disallowed_methods, reason = "some moment from which virtual time runs")]
        let mut hall = Self { floor: Floor::new(), now: Instant::now() };
        hall.floor.set_operators(operators.iter().map(|user| plain(*user)).collect(), hall.now);
        hall.floor.set_queues(queues, hall.now);
        for user in operators {
            hall.floor.reachable(*user, true, hall.now);
        }
        hall
    }

    /// Everything decided since, but for changes of state.
    fn told(&mut self) -> Vec<Decision> {
        std::iter::from_fn(|| self.floor.poll()).filter(|d| !matches!(d, Decision::Changed(_))).collect()
    }

    fn join(&mut self, call: u64) -> Vec<Decision> {
        self.join_as(waiting(call))
    }

    fn join_as(&mut self, waiting: Waiting) -> Vec<Decision> {
        self.floor.join(waiting, self.now).unwrap();
        self.told()
    }

    /// Time goes by; what is due on the way happens when it is due.
    fn pass(&mut self, seconds: u64) -> Vec<Decision> {
        let end = self.now + Duration::from_secs(seconds);
        let mut told = Vec::new();
        while let Some(at) = self.floor.next_timeout().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.floor.handle_timeout(self.now);
            told.extend(self.told());
        }
        self.now = end;
        told
    }

    fn answer(&mut self, call: u64, operator: UserId) -> Vec<Decision> {
        assert!(self.floor.answered(call, operator, self.now));
        self.told()
    }

    fn end(&mut self, operator: UserId) -> Vec<Decision> {
        self.floor.ended(operator, self.now);
        self.told()
    }

    /// A whole conversation of so many seconds, without wrap-up.
    fn talk(&mut self, call: u64, operator: UserId, seconds: u64) {
        self.join(call);
        self.answer(call, operator);
        self.pass(seconds);
        self.end(operator);
        self.floor.finish_wrap_up(operator, self.now);
        self.told();
    }

    fn state(&self, operator: UserId) -> OperatorState {
        self.floor.operator(operator, self.now).unwrap().state
    }
}

pub(super) fn queue(key: &str, members: &[UserId]) -> QueueSettings {
    let members = members.iter().map(|user| Member { user: *user, penalty: 0 }).collect();
    QueueSettings { members, announce_every: None, ..QueueSettings::new(key, key) }
}

fn plain(user: UserId) -> OperatorSettings {
    OperatorSettings { user, languages: Vec::new(), services: Vec::new() }
}

fn waiting(call: u64) -> Waiting {
    Waiting {
        call,
        queue: "operators".into(),
        language: "sr".into(),
        service: None,
        priority: 0,
        max_wait: None,
        callback: false,
    }
}

fn rings(decisions: &[Decision]) -> Vec<(u64, UserId)> {
    decisions
        .iter()
        .filter_map(|decision| match decision {
            Decision::Ring { call, operator, .. } => Some((*call, *operator)),
            _ => None,
        })
        .collect()
}

fn exits(decisions: &[Decision]) -> Vec<(u64, Exit)> {
    decisions
        .iter()
        .filter_map(|decision| match decision {
            Decision::Exit { call, exit } => Some((*call, *exit)),
            _ => None,
        })
        .collect()
}

fn withdrawn(call: u64, operator: UserId) -> Decision {
    Decision::Withdraw { call, operator }
}

#[test]
fn longest_idle_operator_is_rung_first() {
    let mut hall = Hall::open();
    hall.talk(1, ANA, 60);
    hall.talk(2, BORA, 60);
    assert_eq!(rings(&hall.join(3)), [(3, CECA)]);
    assert_eq!(rings(&hall.join(4)), [(4, ANA)]);
    assert_eq!(rings(&hall.join(5)), [(5, BORA)]);
    assert_eq!(hall.join(6), []);
}

#[test]
fn a_pause_does_not_make_an_operator_fresh_again() {
    let mut hall = Hall::open();
    hall.talk(1, ANA, 60);
    hall.talk(2, BORA, 60);
    hall.talk(3, CECA, 60);
    hall.floor.pause(ANA, "break", hall.now);
    hall.pass(600);
    hall.floor.ready(ANA, hall.now);
    assert_eq!(rings(&hall.join(4)), [(4, ANA)]);
}

#[test]
fn round_robin_goes_on_after_the_last_and_begins_again() {
    let mut hall = Hall::with(|queue| queue.strategy = Strategy::RoundRobin);
    for (call, operator) in [(1, ANA), (2, BORA), (3, CECA), (4, ANA)] {
        assert_eq!(rings(&hall.join(call)), [(call, operator)]);
        hall.floor.leave(call, Left::HungUp, hall.now);
        hall.told();
    }
}

#[test]
fn who_talked_least_today_is_rung_first() {
    let mut hall = Hall::with(|queue| queue.strategy = Strategy::LeastTalk);
    hall.talk(1, ANA, 300);
    hall.talk(2, BORA, 20);
    hall.talk(3, CECA, 60);
    assert_eq!(rings(&hall.join(4)), [(4, BORA)]);
    hall.floor.leave(4, Left::Plan, hall.now);
    hall.floor.new_day();
    hall.told();
    assert_eq!(rings(&hall.join(5)), [(5, ANA)]);
}

#[test]
fn ring_all_rings_everybody_and_frees_who_was_slower() {
    let mut hall = Hall::with(|queue| queue.strategy = Strategy::RingAll);
    assert_eq!(rings(&hall.join(1)), [(1, ANA), (1, BORA), (1, CECA)]);
    assert_eq!(hall.answer(1, BORA), [withdrawn(1, ANA), withdrawn(1, CECA)]);
    assert!(!hall.floor.answered(1, CECA, hall.now), "the second who answers is told that he is late");
    assert_eq!(hall.state(CECA), OperatorState::Ready);
    assert_eq!(hall.floor.operator(CECA, hall.now).unwrap().today.missed, 0);
    assert_eq!(rings(&hall.join(2)), [(2, ANA), (2, CECA)]);
}

#[test]
fn operator_who_becomes_free_joins_the_ringing_of_all() {
    let mut hall = Hall::with(|queue| queue.strategy = Strategy::RingAll);
    hall.floor.pause(CECA, "break", hall.now);
    assert_eq!(rings(&hall.join(1)), [(1, ANA), (1, BORA)]);
    hall.floor.ready(CECA, hall.now);
    assert_eq!(rings(&hall.told()), [(1, CECA)]);
}

#[test]
fn higher_priority_is_served_first_but_nobody_is_passed_over_for_ever() {
    let mut hall = Hall::of(vec![queue("operators", &[ANA])], &[ANA]);
    hall.join(1);
    hall.answer(1, ANA);
    hall.join(2);
    hall.pass(119);
    hall.join_as(Waiting { priority: 2, ..waiting(3) });
    assert_eq!(hall.floor.queue("operators", hall.now).unwrap().waiting[0].call, 3);
    hall.pass(2);
    hall.join_as(Waiting { priority: 2, ..waiting(4) });
    hall.floor.leave(3, Left::HungUp, hall.now);
    hall.end(ANA);
    hall.floor.finish_wrap_up(ANA, hall.now);
    assert_eq!(rings(&hall.told()), [(2, ANA)], "two minutes of waiting are worth two levels");
}

#[test]
fn caller_is_served_in_their_language_until_the_wait_is_too_long() {
    let mut hall = Hall::open();
    let speaks = |user, language: &str| OperatorSettings { languages: vec![language.into()], ..plain(user) };
    hall.floor.set_operators(vec![speaks(ANA, "sr"), speaks(BORA, "sr"), speaks(CECA, "en")], hall.now);
    hall.join(1);
    hall.answer(1, ANA);
    hall.floor.pause(CECA, "break", hall.now);
    assert_eq!(hall.join_as(Waiting { language: "en".into(), ..waiting(2) }), []);
    assert_eq!(rings(&hall.pass(59)), []);
    assert_eq!(rings(&hall.pass(1)), [(2, BORA)], "after a minute somebody is better than nobody");
}

#[test]
fn caller_of_a_service_is_served_by_who_knows_it() {
    let mut hall = Hall::with(|queue| queue.widen_after = None);
    let knows = |user, service: &str| OperatorSettings { services: vec![service.into()], ..plain(user) };
    hall.floor.set_operators(vec![knows(ANA, "water"), knows(BORA, "roads"), plain(CECA)], hall.now);
    hall.floor.pause(CECA, "break", hall.now);
    let roads = |call| Waiting { service: Some("roads".into()), ..waiting(call) };
    assert_eq!(rings(&hall.join_as(roads(1))), [(1, BORA)]);
    hall.answer(1, BORA);
    assert_eq!(hall.join_as(roads(2)), []);
    assert_eq!(hall.pass(3_600), [], "nobody else will do");
}

#[test]
fn second_line_is_rung_only_when_the_first_is_busy() {
    let mut hall = Hall::with(|queue| queue.members[0].penalty = 5);
    assert_eq!(rings(&hall.join(1)), [(1, BORA)]);
    assert_eq!(rings(&hall.join(2)), [(2, CECA)]);
    assert_eq!(rings(&hall.join(3)), [(3, ANA)]);
}

#[test]
fn missed_call_goes_to_the_next_and_the_third_in_a_row_pauses() {
    let mut hall = Hall::of(vec![queue("operators", &[ANA])], &[ANA]);
    assert_eq!(rings(&hall.join(1)), [(1, ANA)]);
    let told = hall.pass(20);
    assert_eq!(told, [withdrawn(1, ANA)]);
    assert_eq!(rings(&hall.pass(5)), [(1, ANA)], "after the rest");
    hall.floor.missed(1, ANA, Missed::Declined, hall.now);
    assert_eq!(rings(&hall.pass(5)), [(1, ANA)]);
    hall.pass(20);
    assert_eq!(hall.state(ANA), OperatorState::Paused { reason: PAUSE_MISSED.into() });
    assert_eq!(hall.floor.operator(ANA, hall.now).unwrap().today.missed, 3);
    assert_eq!(hall.pass(600), [], "the caller waits on");
    hall.floor.ready(ANA, hall.now);
    assert_eq!(rings(&hall.told()), [(1, ANA)]);
}

#[test]
fn phone_that_cannot_be_rung_does_not_pause_its_operator() {
    let mut hall = Hall::open();
    hall.join(1);
    for _ in 0..9 {
        let rung = hall.floor.ringing(1).unwrap();
        hall.floor.missed(1, rung[0], Missed::Unreachable, hall.now);
        hall.pass(10);
    }
    assert!([ANA, BORA, CECA].iter().all(|user| !matches!(hall.state(*user), OperatorState::Paused { .. })));
}

#[test]
fn no_call_comes_during_wrap_up_which_ends_by_itself_or_by_the_operator() {
    let mut hall = Hall::of(vec![queue("operators", &[ANA])], &[ANA]);
    hall.join(1);
    hall.answer(1, ANA);
    hall.join(2);
    assert_eq!(hall.end(ANA), []);
    assert_eq!(hall.state(ANA), OperatorState::WrapUp { left: Duration::from_secs(30) });
    assert_eq!(hall.pass(29), []);
    assert_eq!(rings(&hall.pass(1)), [(2, ANA)]);
    hall.answer(2, ANA);
    hall.join(3);
    hall.end(ANA);
    hall.floor.finish_wrap_up(ANA, hall.now);
    assert_eq!(rings(&hall.told()), [(3, ANA)]);
}

#[test]
fn pause_in_a_conversation_begins_after_it() {
    let mut hall = Hall::open();
    hall.join(1);
    hall.answer(1, ANA);
    hall.floor.pause(ANA, "meal", hall.now);
    assert_eq!(hall.state(ANA), OperatorState::Talking);
    assert_eq!(hall.floor.operator(ANA, hall.now).unwrap().paused.as_deref(), Some("meal"));
    hall.end(ANA);
    hall.pass(30);
    assert_eq!(hall.state(ANA), OperatorState::Paused { reason: "meal".into() });
}

#[test]
fn pause_while_ringing_passes_the_caller_on() {
    let mut hall = Hall::open();
    hall.join(1);
    hall.floor.pause(ANA, "break", hall.now);
    let told = hall.told();
    assert_eq!(told[0], withdrawn(1, ANA));
    assert_eq!(rings(&told), [(1, BORA)]);
    assert_eq!(hall.floor.operator(ANA, hall.now).unwrap().today.missed, 0);
}

#[test]
fn operator_in_a_call_of_their_own_is_not_rung() {
    let mut hall = Hall::of(vec![queue("operators", &[ANA])], &[ANA]);
    hall.floor.busy(ANA, true, hall.now);
    assert_eq!(hall.state(ANA), OperatorState::Busy);
    assert_eq!(hall.join(1), []);
    hall.floor.busy(ANA, false, hall.now);
    assert_eq!(rings(&hall.told()), [(1, ANA)]);
    hall.floor.busy(ANA, true, hall.now);
    assert_eq!(hall.told(), [withdrawn(1, ANA)]);
}

#[test]
fn operator_whose_phone_disappears_while_it_rings_is_passed_over() {
    let mut hall = Hall::open();
    hall.join(1);
    hall.floor.reachable(ANA, false, hall.now);
    let told = hall.told();
    assert_eq!(told[0], withdrawn(1, ANA));
    assert_eq!(rings(&told), [(1, BORA)]);
}

#[test]
fn operator_whose_phone_disappears_while_they_talk_is_freed_when_the_call_ends() {
    let mut hall = Hall::of(vec![queue("operators", &[ANA])], &[ANA]);
    hall.join(1);
    hall.answer(1, ANA);
    hall.floor.reachable(ANA, false, hall.now);
    assert_eq!(hall.state(ANA), OperatorState::Talking);
    assert_eq!(hall.join(2), [], "who talks is there");
    hall.end(ANA);
    assert_eq!(exits(&hall.pass(60)), [(2, Exit::NoAgents)]);
    assert_eq!(hall.state(ANA), OperatorState::Offline);
    hall.floor.reachable(ANA, true, hall.now);
    assert_eq!(rings(&hall.join(3)), [(3, ANA)]);
}

#[test]
fn queue_without_operators_takes_nobody() {
    let mut hall = Hall::open();
    for user in [ANA, BORA, CECA] {
        hall.floor.reachable(user, false, hall.now);
    }
    assert_eq!(hall.floor.join(waiting(1), hall.now), Err(JoinRefused::NoAgents));
    let nowhere = Waiting { queue: "nowhere".into(), ..waiting(2) };
    assert_eq!(hall.floor.join(nowhere, hall.now), Err(JoinRefused::Unknown));
    let today = hall.floor.queue("operators", hall.now).unwrap().today;
    assert_eq!((today.offered, today.sent_back), (1, 1));
}

#[test]
fn callers_are_sent_back_when_the_last_operator_is_gone_for_good() {
    let mut hall = Hall::of(vec![queue("operators", &[ANA])], &[ANA]);
    hall.join(1);
    hall.floor.reachable(ANA, false, hall.now);
    assert_eq!(exits(&hall.pass(10)), []);
    hall.floor.reachable(ANA, true, hall.now);
    assert_eq!(rings(&hall.told()), [(1, ANA)], "the phone only registered anew");
    hall.floor.reachable(ANA, false, hall.now);
    assert_eq!(exits(&hall.pass(15)), [(1, Exit::NoAgents)]);
}

#[test]
fn whether_callers_wait_for_operators_on_a_break_is_a_setting() {
    let mut hall = Hall::with(|queue| queue.wait_while_paused = false);
    for user in [ANA, BORA, CECA] {
        hall.floor.pause(user, "meeting", hall.now);
    }
    assert_eq!(hall.floor.join(waiting(1), hall.now), Err(JoinRefused::NoAgents));
    let mut hall = Hall::open();
    for user in [ANA, BORA, CECA] {
        hall.floor.pause(user, "meeting", hall.now);
    }
    assert_eq!(hall.join(1), []);
    assert_eq!(hall.pass(600), []);
}

#[test]
fn who_has_waited_too_long_goes_back_to_the_plan() {
    let mut hall = Hall::of(vec![queue("operators", &[ANA])], &[ANA]);
    hall.talk(1, ANA, 1);
    hall.join(2);
    hall.answer(2, ANA);
    hall.join_as(Waiting { max_wait: Some(Duration::from_secs(180)), ..waiting(3) });
    assert_eq!(exits(&hall.pass(179)), []);
    assert_eq!(exits(&hall.pass(1)), [(3, Exit::Timeout)]);
}

#[test]
fn a_phone_that_rings_at_the_end_of_the_wait_may_still_be_answered() {
    let mut hall = Hall::of(vec![queue("operators", &[ANA])], &[ANA]);
    hall.join_as(Waiting { max_wait: Some(Duration::from_secs(10)), ..waiting(1) });
    assert_eq!(hall.pass(15), []);
    hall.answer(1, ANA);
    hall.end(ANA);
    hall.floor.ready(ANA, hall.now);
    hall.join_as(Waiting { max_wait: Some(Duration::from_secs(10)), ..waiting(2) });
    assert_eq!(exits(&hall.pass(20)), [(2, Exit::Timeout)]);
    assert_eq!(hall.pass(60), []);
}

#[test]
fn full_queue_sends_callers_on() {
    let small = QueueSettings { max_waiting: 1, ..queue("operators", &[ANA]) };
    let mut hall = Hall::of(vec![small.clone()], &[ANA, BORA]);
    hall.join(1);
    assert_eq!(hall.floor.join(waiting(2), hall.now), Err(JoinRefused::Full));
    let first = QueueSettings { overflow: Some("second".into()), ..small };
    hall.floor.set_queues(vec![first, queue("second", &[BORA])], hall.now);
    assert_eq!(rings(&hall.join(2)), [(2, BORA)]);
    assert_eq!(hall.floor.queue("second", hall.now).unwrap().waiting.len(), 1);
}

#[test]
fn caller_moves_to_the_queue_behind_after_a_while_and_keeps_their_wait() {
    let first = QueueSettings {
        overflow: Some("second".into()),
        overflow_after: Some(Duration::from_secs(60)),
        ..queue("operators", &[ANA])
    };
    let mut hall = Hall::of(vec![first, queue("second", &[BORA])], &[ANA, BORA]);
    hall.join(1);
    hall.answer(1, ANA);
    hall.join(2);
    assert_eq!(hall.pass(59), []);
    assert_eq!(rings(&hall.pass(1)), [(2, BORA)]);
    hall.answer(2, BORA);
    assert_eq!(
        hall.floor.queue("second", hall.now).unwrap().today.average_wait(),
        Some(Duration::from_secs(60))
    );
}

#[test]
fn position_is_told_and_the_wait_only_when_it_is_known() {
    let announced =
        QueueSettings { announce_every: Some(Duration::from_secs(45)), ..queue("operators", &[ANA]) };
    let mut hall = Hall::of(vec![announced], &[ANA]);
    hall.join(1);
    hall.answer(1, ANA);
    hall.join(2);
    hall.join(3);
    let announce = |call, position, wait: Option<u64>| Decision::Announce {
        call,
        position,
        wait: wait.map(Duration::from_secs),
    };
    assert_eq!(hall.pass(4), [announce(2, 1, None), announce(3, 2, None)]);
    hall.floor.leave(2, Left::HungUp, hall.now);
    assert_eq!(hall.pass(45), [announce(3, 1, None)]);
    hall.floor.leave(3, Left::HungUp, hall.now);
    hall.end(ANA);
    hall.floor.ready(ANA, hall.now);
    for call in 10..30 {
        hall.talk(call, ANA, 100);
    }
    hall.join(40);
    hall.answer(40, ANA);
    hall.join(41);
    hall.join(42);
    assert_eq!(hall.pass(4), [announce(41, 1, Some(100)), announce(42, 2, Some(200))]);
}

#[test]
fn caller_who_asks_to_be_called_back_keeps_their_place() {
    let mut hall = Hall::of(vec![queue("operators", &[ANA])], &[ANA]);
    hall.join(1);
    hall.answer(1, ANA);
    hall.join_as(Waiting { max_wait: Some(Duration::from_secs(60)), ..waiting(2) });
    hall.join(3);
    assert!(hall.floor.into_callback(2));
    hall.floor.reachable(ANA, false, hall.now);
    hall.end(ANA);
    assert_eq!(exits(&hall.pass(3_600)), [(3, Exit::NoAgents)], "a promise has no deadline");
    hall.floor.reachable(ANA, true, hall.now);
    assert_eq!(rings(&hall.told()), [(2, ANA)]);
    hall.answer(2, ANA);
    let today = hall.floor.queue("operators", hall.now).unwrap().today;
    assert_eq!((today.answered, today.called_back, today.average_wait()), (1, 1, Some(Duration::ZERO)));
    assert!(!hall.floor.into_callback(2));
}

#[test]
fn place_is_kept_through_a_restart_and_not_counted_again() {
    let mut before = Hall::of(vec![queue("operators", &[ANA])], &[ANA]);
    before.join(1);
    before.answer(1, ANA);
    before.join_as(Waiting { priority: 3, service: Some("water".into()), ..waiting(2) });
    before.pass(90);
    let waits = before.floor.waits(2, before.now).unwrap();
    assert_eq!(
        (waits.since, waits.priority, waits.service.as_deref()),
        (Duration::from_secs(90), 3, Some("water"))
    );
    assert_eq!(before.floor.waits(1, before.now), None, "is being talked to");

    let mut after = Hall::of(vec![queue("operators", &[ANA])], &[ANA]);
    after.join(10);
    after.answer(10, ANA);
    let promise = |call| Waiting { callback: true, ..waiting(call) };
    let ago = |after: &Hall, seconds| after.now - Duration::from_secs(seconds);
    after.floor.join_again(promise(11), ago(&after, 30), after.now).unwrap();
    after.floor.join_again(promise(12), ago(&after, 90), after.now).unwrap();
    after.join(13);
    after.end(ANA);
    after.floor.finish_wrap_up(ANA, after.now);
    assert_eq!(rings(&after.told()), [(12, ANA)], "who waited longest");
    assert_eq!(after.floor.queue("operators", after.now).unwrap().today.offered, 2, "10 and 13");
}

#[test]
fn reload_keeps_callers_states_and_figures() {
    let mut hall = Hall::open();
    hall.join(1);
    hall.answer(1, ANA);
    hall.floor.pause(BORA, "meal", hall.now);
    hall.floor.pause(CECA, "meal", hall.now);
    hall.join(2);
    hall.pass(10);
    let renamed = QueueSettings { name: "Оператери".into(), ..queue("operators", &[ANA, BORA]) };
    hall.floor.set_queues(vec![renamed], hall.now);
    hall.floor.set_operators([ANA, BORA, CECA].map(plain).into(), hall.now);
    assert_eq!(hall.told(), []);
    let now = hall.floor.queue("operators", hall.now).unwrap();
    assert_eq!((now.waiting[0].waited, now.today.answered, now.paused), (Duration::from_secs(10), 1, 1));
    assert_eq!(now.longest_wait, Some(Duration::from_secs(10)));
    assert_eq!(hall.state(ANA), OperatorState::Talking);
}

#[test]
fn callers_of_a_removed_queue_go_to_the_one_behind_it_or_back() {
    let first = QueueSettings { overflow: Some("second".into()), ..queue("operators", &[ANA]) };
    let second = queue("second", &[BORA]);
    let mut hall = Hall::of(vec![first, second.clone()], &[ANA, BORA]);
    hall.join(1);
    hall.floor.set_queues(vec![second], hall.now);
    let told = hall.told();
    assert_eq!(rings(&told), []);
    hall.floor.set_queues(vec![], hall.now);
    let told = hall.told();
    assert_eq!((told[0].clone(), exits(&told)), (withdrawn(1, ANA), vec![(1, Exit::Overflow)]));
    assert_eq!(hall.state(ANA), OperatorState::Ready);
}

#[test]
fn removed_operator_finishes_the_conversation() {
    let mut hall = Hall::open();
    hall.join(1);
    hall.answer(1, ANA);
    hall.floor.set_operators(vec![plain(BORA)], hall.now);
    assert_eq!(hall.state(ANA), OperatorState::Talking);
    hall.end(ANA);
    assert_eq!(hall.floor.operator(ANA, hall.now), None);
    assert_eq!(rings(&hall.join(2)), [(2, BORA)]);
}

#[test]
fn restart_forgets_neither_pauses_nor_the_day() {
    let mut hall = Hall::open();
    hall.talk(1, ANA, 120);
    hall.floor.pause(BORA, "training", hall.now);
    hall.pass(60);
    let kept = hall.floor.keep(hall.now);
    let mut after = Hall::open();
    after.floor.restore(kept.clone(), after.now);
    assert_eq!(after.floor.keep(after.now), kept);
    assert_eq!(after.state(BORA), OperatorState::Paused { reason: "training".into() });
    let ana = after.floor.operator(ANA, after.now).unwrap();
    assert_eq!((ana.today.answered, ana.today.talked), (1, Duration::from_secs(120)));
    assert_eq!(rings(&after.join(2)), [(2, CECA)], "Ana talked last");
}

#[test]
fn answer_that_crosses_with_the_end_of_ringing_is_still_an_answer() {
    let mut hall = Hall::open();
    hall.join(1);
    hall.now += Duration::from_secs(20);
    hall.floor.handle_timeout(hall.now);
    assert_eq!(hall.floor.ringing(1), Some(vec![BORA]));
    assert!(hall.floor.answered(1, ANA, hall.now));
    assert_eq!(hall.told(), [], "nobody was told of Bora yet");
}

#[test]
fn attended_transfer_leaves_wrap_up_and_states_right() {
    let mut hall = Hall::open();
    hall.join(1);
    hall.answer(1, ANA);
    // Ana consults Bora, then hands the caller over.
    hall.floor.busy(BORA, true, hall.now);
    hall.end(ANA);
    assert_eq!(hall.state(ANA), OperatorState::WrapUp { left: Duration::from_secs(30) });
    assert_eq!(rings(&hall.join(2)), [(2, CECA)]);
    hall.floor.busy(BORA, false, hall.now);
    assert_eq!(hall.state(BORA), OperatorState::Ready);
}

#[test]
fn figures_of_the_day_add_up() {
    let mut hall = Hall::of(vec![queue("operators", &[ANA])], &[ANA]);
    hall.join(1);
    hall.pass(5);
    hall.answer(1, ANA);
    hall.join(2);
    hall.pass(10);
    hall.floor.leave(2, Left::HungUp, hall.now);
    hall.join_as(Waiting { max_wait: Some(Duration::from_secs(10)), ..waiting(3) });
    hall.pass(10);
    hall.join(4);
    hall.pass(40);
    hall.end(ANA);
    hall.floor.ready(ANA, hall.now);
    hall.answer(4, ANA);
    let today = hall.floor.queue("operators", hall.now).unwrap().today;
    assert_eq!((today.offered, today.answered, today.abandoned, today.sent_back), (4, 2, 1, 1));
    assert_eq!(today.answered_in_time, 1);
    assert_eq!(today.average_wait(), Some(Duration::from_millis(22_500)));
}

/// Everything at every instant, in an order that a seed gives; the floor never contradicts itself, and nobody is forgotten.
mod simulation {
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
                let widened =
                    queue.settings.widen_after.is_some_and(|after| caller.waited(hall.now) >= after);
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
}
