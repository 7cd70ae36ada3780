//! Operators who stay on the line, and citizens whom campaigns call: who is joined when, who is abandoned, and whatever happens in between.

use std::sync::Arc;
use std::time::Duration;

use super::every_order::{all_choices, play};
use super::town::{self, local};
use super::world::{ANA, BORA, OPERATORS, State, Who, World};
use crate::call::board::{Order, OrderRefused};
use crate::call::contact::{Keyed, Work};
use crate::call::switch::{DialNowStage, Dialling, Lead, LegEvent, LegKey, NotPlaced};
use crate::dialplan::dialled::{Waits, plan};
use crate::dialplan::machine::Walk;
use crate::domain::announcement::Refusal;
use crate::domain::dialer::greeting::{CONTROL, LONGEST, Verdict};
use crate::domain::dialer::outcome::{Answered, Ended};
use crate::domain::dialer::progress::Progress;
use crate::domain::id::{DialAttemptId, DialCampaignId, UserId};
use crate::domain::operator::OperatorState;
use crate::domain::outbound::{Refused, TrunkId};
use crate::domain::person::PersonLanguage;
use crate::domain::queue::{Member, QueueSettings};
use crate::domain::survey::interview::Disposition;
use crate::domain::survey::keypad::{Outcome, Settings};
use crate::domain::survey::{Interview, Published, Questionnaire, VersionNumber};

const NUMBER: &str = "+381641234567";
const RING: Duration = Duration::from_secs(30);
const PATIENCE: Duration = Duration::from_secs(2);
const QUEUE: &str = "@dial-7";
const CAMPAIGN: DialCampaignId = DialCampaignId(7);

/// A campaign that all three may serve.
fn world() -> World {
    let mut world = World::new();
    let mut queue = QueueSettings::new(QUEUE, "Survey");
    queue.members = OPERATORS.iter().map(|user| Member { user: *user, penalty: 0 }).collect();
    (queue.wrap_up, queue.widen_after) = (Duration::from_secs(10), Some(Duration::ZERO));
    (queue.announce_every, queue.wait_while_paused) = (None, false);
    let m = world.m();
    world.switch.set_dial_queues(vec![queue], m);
    world.carry_out();
    world
}

fn joins(world: &mut World, user: UserId) -> LegKey {
    assert!(world.order(Order::JoinSession { operator: user }));
    let line = world.operator_line(user).unwrap();
    world.tell(line, LegEvent::Answered);
    line
}

fn lead() -> Lead {
    let waits = Waits { queue: QUEUE, patience: PATIENCE, priority: 0, record: false };
    let (walk, opening) = Walk::start(plan("sr", &waits), NUMBER, local()).unwrap();
    Lead::Plan { walk: Box::new(walk), opening }
}

/// The example, by keys.
fn survey() -> Lead {
    let example = include_str!("../../../../config/surveys/example.json");
    let mut example: Questionnaire = serde_json::from_str(example).unwrap();
    example.keypad = Some(Settings::default());
    let version = Arc::new(Published::stored(VersionNumber(1), example));
    Lead::Survey(Box::new(Keyed::new(Interview::start(version, PersonLanguage::SerbianCyrillic, 7))))
}

fn dialling(lead: Lead) -> Dialling {
    Dialling {
        attempt: DialAttemptId(1),
        campaign: CAMPAIGN,
        number: NUMBER.into(),
        shown: None,
        patience: RING,
        hears: false,
        lead,
    }
}

/// Journaled and dialled.
fn dials(world: &mut World, lead: Lead) -> LegKey {
    dials_so(world, dialling(lead))
}

fn dials_so(world: &mut World, dialling: Dialling) -> LegKey {
    let m = world.m();
    world.switch.place_dial(dialling, m).unwrap();
    world.carry_out();
    assert!(world.outside_line().is_none(), "it is journaled before it is dialled");
    world.deliver_all();
    let line = world.outside_line().unwrap();
    assert_eq!(world.lines[&line].who, Who::Outside(NUMBER.into()));
    line
}

fn said(world: &World) -> Vec<Progress> {
    let said = world.works.iter().filter_map(|(_, work)| match work {
        Work::Dialled(progress) => Some(progress.clone()),
        _ => None,
    });
    said.collect()
}

fn state(world: &World, user: UserId) -> OperatorState {
    world.switch.floor.operator(user, world.now).unwrap().state
}

fn ends_well(mut world: World) -> Vec<Progress> {
    world.assert_nothing_is_left();
    assert!(world.works.iter().all(|(_, work)| !matches!(work, Work::Told(_))), "{:#?}", world.works);
    said(&world)
}

#[test]
fn operator_joins_once_and_hears_music_until_somebody_comes() {
    let mut world = world();
    let line = joins(&mut world, ANA);
    assert_eq!(world.lines[&line].hears, super::world::Hears::Music);
    assert_eq!(state(&world, ANA), OperatorState::Ready, "who waits for calls is not busy");
    assert!(world.order(Order::JoinSession { operator: ANA }), "said again, it changes nothing");
    assert_eq!(world.lines.len(), 1);
    let board = world.switch.board(world.m());
    assert!(board.operators.iter().all(|operator| operator.session == (operator.user == ANA)));
    assert!(board.calls.is_empty(), "a session is no call");
    ends_well(world);
}

#[test]
fn phone_that_is_not_taken_up_makes_no_session() {
    let mut world = world();
    assert!(world.order(Order::JoinSession { operator: ANA }));
    assert_eq!(state(&world, ANA), OperatorState::Busy, "whose own phone rings is given nobody");
    world.pass(Duration::from_secs(21));
    assert!(world.lines.is_empty());
    assert_eq!(state(&world, ANA), OperatorState::Ready);
    assert!(!world.order(Order::LeaveSession { operator: ANA }));
}

#[test]
fn who_answers_is_joined_at_once_without_ringing() {
    let mut world = world();
    let ana = joins(&mut world, ANA);
    let citizen = dials(&mut world, lead());
    world.tell(citizen, LegEvent::Ringing { early: false });
    let before = world.now;
    world.tell(citizen, LegEvent::Answered);
    assert!(world.talk(ana, citizen), "{:#?}", world.log);
    assert_eq!(world.now, before, "without any time going by");
    assert_eq!(state(&world, ANA), OperatorState::Talking);
    world.tell(citizen, LegEvent::Gone { lost: false });
    assert!(world.lines.contains_key(&ana), "the line goes back to its session");
    assert_eq!(world.lines[&ana].hears, super::world::Hears::Music);
    assert_eq!(world.lines[&ana].bridge, None);
    assert!(matches!(state(&world, ANA), OperatorState::WrapUp { .. }), "the floor counts as ever");
    let said = ends_well(world);
    let by = Some(ANA);
    let expected =
        [Progress::Taken, Progress::Answered, Progress::Joined { by }, Progress::Parted { whole: false }];
    assert_eq!(said, expected);
}

#[test]
fn machine_gets_no_operator_and_a_person_does_once_they_are_heard() {
    let mut world = world();
    let ana = joins(&mut world, ANA);
    let machine = dials_so(&mut world, Dialling { hears: true, ..dialling(lead()) });
    world.tell(machine, LegEvent::Answered);
    assert_eq!(state(&world, ANA), OperatorState::Ready, "it is listened first");
    world.tell(machine, LegEvent::Greeted(Verdict::Machine));
    assert!(!world.lines.contains_key(&machine), "hung up on");
    let ended = Progress::Ended(Ended::Answered(Answered::Machine));
    assert_eq!(said(&world), [Progress::Answered, Progress::Greeted(Verdict::Machine), ended]);

    let attempt = DialAttemptId(2);
    let person = dials_so(&mut world, Dialling { attempt, hears: true, ..dialling(lead()) });
    world.tell(person, LegEvent::Answered);
    world.tell(person, LegEvent::Greeted(Verdict::Person));
    assert!(world.talk(ana, person), "{:#?}", world.log);
    ends_well(world);
}

#[test]
fn who_says_nothing_is_a_person_and_one_of_twenty_machines_is_listened_to_by_an_operator() {
    let mut world = world();
    let ana = joins(&mut world, ANA);
    let silent = dials_so(&mut world, Dialling { hears: true, ..dialling(lead()) });
    world.tell(silent, LegEvent::Answered);
    world.pass(LONGEST);
    assert!(world.talk(ana, silent), "{:#?}", world.log);
    world.tell(silent, LegEvent::Gone { lost: false });
    world.pass(Duration::from_secs(120));

    let attempt = DialAttemptId(CONTROL);
    let control = dials_so(&mut world, Dialling { attempt, hears: true, ..dialling(lead()) });
    world.tell(control, LegEvent::Answered);
    world.tell(control, LegEvent::Greeted(Verdict::Machine));
    assert!(world.talk(ana, control), "{:#?}", world.log);
    ends_well(world);
}

#[test]
fn a_call_of_a_queue_comes_to_the_same_line() {
    let mut world = world();
    world.phones(BORA, 0);
    world.phones(UserId(3), 0);
    let ana = joins(&mut world, ANA);
    let citizen = world.citizen().unwrap();
    world.deliver_all();
    assert!(world.talk(ana, citizen), "{:#?}", world.log);
    world.tell(citizen, LegEvent::Gone { lost: false });
    assert!(world.lines.contains_key(&ana));
    ends_well(world);
}

#[test]
fn who_finds_nobody_in_time_is_abandoned_and_hears_who_called() {
    let mut world = world();
    let ana = joins(&mut world, ANA);
    let first = dials(&mut world, lead());
    world.tell(first, LegEvent::Answered);
    let m = world.m();
    world.switch.place_dial(Dialling { attempt: DialAttemptId(2), ..dialling(lead()) }, m).unwrap();
    world.carry_out();
    world.deliver_all();
    let second = *world.lines.keys().find(|leg| world.lines[leg].state == State::Rung).unwrap();
    world.tell(second, LegEvent::Answered);
    let view = world.switch.dial_view(world.m());
    let stages: Vec<_> = view.calls.iter().map(|call| (call.attempt.0, call.stage)).collect();
    assert_eq!(stages, [(1, DialNowStage::Talking), (2, DialNowStage::Waiting)]);
    world.pass(PATIENCE);
    assert_eq!(said(&world).last(), Some(&Progress::abandoned()), "{:#?}", world.log);
    assert!(world.log.iter().any(|line| line.contains("dialled_sorry")), "{:#?}", world.log);
    world.tell(second, LegEvent::Digit('9'));
    assert_eq!(said(&world).last(), Some(&Progress::OptedOut));
    assert!(world.talk(ana, first), "the other talk goes on");
    ends_well(world);
}

#[test]
fn nobody_there_at_all_is_said_at_once() {
    let mut world = world();
    let citizen = dials(&mut world, lead());
    world.tell(citizen, LegEvent::Answered);
    let said = ends_well(world);
    assert_eq!(said, [Progress::Answered, Progress::abandoned()]);
}

#[test]
fn who_hangs_up_at_once_is_told_from_whom_we_kept_waiting() {
    for (waited, by_them) in [(300, true), (1_500, true)] {
        let mut world = world();
        let ana = joins(&mut world, ANA);
        world.order(Order::Pause { operator: ANA, reason: "coffee".into() });
        let bora = joins(&mut world, BORA);
        let first = dials(&mut world, lead());
        world.tell(first, LegEvent::Answered);
        assert!(world.talk(bora, first));
        let m = world.m();
        world.switch.place_dial(Dialling { attempt: DialAttemptId(2), ..dialling(lead()) }, m).unwrap();
        world.carry_out();
        world.deliver_all();
        let second = *world.lines.keys().find(|leg| world.lines[leg].state == State::Rung).unwrap();
        world.tell(second, LegEvent::Answered);
        world.pass(Duration::from_millis(waited));
        world.tell(second, LegEvent::Gone { lost: false });
        let after_ms = waited;
        let ended = Progress::Ended(Ended::Answered(Answered::HungUp { after_ms }));
        assert_eq!(said(&world).contains(&ended), by_them, "{:#?}", said(&world));
        assert!(world.lines.contains_key(&ana));
        ends_well(world);
    }
}

#[test]
fn network_says_why_nobody_answered() {
    let mut world = world();
    let citizen = dials(&mut world, lead());
    world.tell(citizen, LegEvent::Ringing { early: false });
    world.tell(citizen, LegEvent::Refused { status: 486, reason: None });
    let refusal = Refusal { status: 486, reason: None };
    let expected = [Progress::Taken, Progress::Ended(Ended::Refused { refusal, rang: true })];
    assert_eq!(ends_well(world), expected);
}

#[test]
fn telephone_rings_as_long_as_the_campaign_says() {
    let mut world = world();
    dials(&mut world, lead());
    world.pass(RING);
    assert!(world.outside_line().is_none());
    assert_eq!(ends_well(world), [Progress::Ended(Ended::RangOut)]);
}

#[test]
fn operator_who_looked_at_the_contact_hears_it_ring_and_talks_with_them() {
    let mut world = world();
    let ana = joins(&mut world, ANA);
    let citizen = dials(&mut world, Lead::Operator { user: ANA, record: false });
    assert_eq!(world.lines[&ana].hears, super::world::Hears::Music, "they hear it ring");
    assert_eq!(state(&world, ANA), OperatorState::Busy);
    let m = world.m();
    let again = world.switch.place_dial(dialling(Lead::Operator { user: ANA, record: false }), m);
    assert_eq!(again.unwrap_err(), NotPlaced::NoLine, "one at a time");
    world.tell(citizen, LegEvent::Ringing { early: false });
    world.tell(citizen, LegEvent::Answered);
    assert!(world.talk(ana, citizen), "{:#?}", world.log);
    world.tell(citizen, LegEvent::Gone { lost: false });
    world.deliver_all();
    assert!(world.lines.contains_key(&ana));
    assert_eq!(state(&world, ANA), OperatorState::Ready);
    let expected = [
        Progress::Taken,
        Progress::Answered,
        Progress::Joined { by: None },
        Progress::Parted { whole: false },
    ];
    assert_eq!(ends_well(world), expected);
}

#[test]
fn operator_gets_the_refusal_of_whom_they_dialled_and_stays_on_the_line() {
    for (status, ended) in [(486, true), (404, true)] {
        let mut world = world();
        let ana = joins(&mut world, ANA);
        let citizen = dials(&mut world, Lead::Operator { user: ANA, record: false });
        world.tell(citizen, LegEvent::Refused { status, reason: None });
        world.deliver_all();
        assert!(world.lines.contains_key(&ana) == ended);
        assert_eq!(state(&world, ANA), OperatorState::Ready);
        let refusal = Refusal { status, reason: None };
        let said = ends_well(world);
        assert_eq!(said, [Progress::Ended(Ended::Refused { refusal, rang: false })]);
    }
}

#[test]
fn without_a_line_nobody_is_dialled_for_an_operator() {
    let mut world = world();
    let m = world.m();
    let refused = world.switch.place_dial(dialling(Lead::Operator { user: ANA, record: false }), m);
    assert_eq!(refused.unwrap_err(), NotPlaced::NoLine);
    assert!(world.journaled.is_empty());
}

#[test]
fn operator_who_hangs_up_ends_session_and_talk() {
    let mut world = world();
    let ana = joins(&mut world, ANA);
    let citizen = dials(&mut world, lead());
    world.tell(citizen, LegEvent::Answered);
    world.tell(ana, LegEvent::Gone { lost: false });
    assert!(world.log.iter().any(|line| line.contains("announcement_goodbye")), "{:#?}", world.log);
    world.deliver_all();
    assert!(world.lines.is_empty(), "the citizen hears a goodbye and is let go");
    let board = world.switch.board(world.m());
    assert!(board.operators.iter().all(|operator| !operator.session));
    ends_well(world);
}

#[test]
fn who_leaves_in_the_middle_talks_to_the_end() {
    let mut world = world();
    let ana = joins(&mut world, ANA);
    let citizen = dials(&mut world, lead());
    world.tell(citizen, LegEvent::Answered);
    assert!(world.order(Order::LeaveSession { operator: ANA }));
    assert!(world.talk(ana, citizen));
    world.tell(citizen, LegEvent::Gone { lost: false });
    assert!(world.lines.is_empty());
    ends_well(world);
}

#[test]
fn call_ended_at_the_desk_leaves_the_operator_on_the_line() {
    let mut world = world();
    let ana = joins(&mut world, ANA);
    let citizen = dials(&mut world, lead());
    world.tell(citizen, LegEvent::Answered);
    let call = world.switch.board(world.m()).calls[0].call;
    assert!(world.order(Order::HangUp { call, by: ANA }));
    assert!(!world.lines.contains_key(&citizen));
    assert!(world.lines.contains_key(&ana));
    ends_well(world);
}

#[test]
fn campaign_that_is_stopped_ends_what_rings_and_not_what_talks() {
    let mut world = world();
    let ana = joins(&mut world, ANA);
    let first = dials(&mut world, lead());
    world.tell(first, LegEvent::Answered);
    let m = world.m();
    world.switch.place_dial(Dialling { attempt: DialAttemptId(2), ..dialling(lead()) }, m).unwrap();
    world.carry_out();
    world.deliver_all();
    let m = world.m();
    world.switch.break_off((CAMPAIGN, None), m);
    world.carry_out();
    assert_eq!(world.lines.len(), 2);
    assert!(world.talk(ana, first));
    assert_eq!(said(&world).last(), Some(&Progress::BrokenOff));
    ends_well(world);
}

#[test]
fn end_of_the_program_ends_sessions_and_dials() {
    let mut world = world();
    joins(&mut world, ANA);
    dials(&mut world, lead());
    world.stop();
    let m = world.m();
    assert_eq!(world.switch.place_dial(dialling(lead()), m).unwrap_err(), NotPlaced::NotRunning);
    assert_eq!(world.switch.order(Order::JoinSession { operator: BORA }, m), Err(OrderRefused::NotRunning));
    assert_eq!(ends_well(world), [Progress::BrokenOff]);
}

#[test]
fn store_that_takes_nothing_lets_nobody_be_dialled_and_frees_the_operator() {
    let mut world = world();
    let ana = joins(&mut world, ANA);
    world.store_is_down = true;
    let m = world.m();
    world.switch.place_dial(dialling(Lead::Operator { user: ANA, record: false }), m).unwrap();
    world.carry_out();
    world.deliver_all();
    assert!(world.lines.contains_key(&ana));
    assert_eq!(state(&world, ANA), OperatorState::Ready);
    assert_eq!(world.switch.outbound.channels(TrunkId(0)), 0);
    assert!(ends_well(world).is_empty());
}

/// Those placed together have all been let in before the first of them is dialled.
#[test]
fn whoever_is_placed_has_a_channel_however_long_the_store_takes() {
    let mut world = world();
    let place = |world: &mut World| {
        let m = world.m();
        let placed = world.switch.place_dial(dialling(lead()), m);
        world.carry_out();
        placed
    };
    for _ in 0..2 * town::CHANNELS {
        place(&mut world).unwrap();
    }
    assert_eq!(place(&mut world).unwrap_err(), NotPlaced::Trunks(Refused::Channels));
    assert_eq!(world.switch.dial_view(world.m()).free_channels, Some(0));
    world.deliver_all();
    assert_eq!(world.lines.len(), 2 * town::CHANNELS as usize, "each is dialled");
    assert!(said(&world).is_empty(), "and none refused: {:#?}", said(&world));
    ends_well(world);
}

#[test]
fn a_call_that_is_not_journaled_gives_its_channel_back() {
    let mut world = world();
    world.store_is_down = true;
    let m = world.m();
    world.switch.place_dial(dialling(lead()), m).unwrap();
    assert_eq!(world.switch.outbound.channels(TrunkId(0)), 1);
    world.carry_out();
    world.deliver_all();
    assert_eq!(world.switch.outbound.channels(TrunkId(0)), 0);
    ends_well(world);
}

#[test]
fn a_dialled_citizen_and_two_sessions_in_every_order() {
    let played = all_choices(6, |choices| {
        play(choices, |world| {
            let mut queue = town::queue();
            queue.key = QUEUE.into();
            let m = world.m();
            world.switch.set_dial_queues(vec![queue], m);
            world.carry_out();
            joins(world, ANA);
            joins(world, BORA);
            let m = world.m();
            world.switch.place_dial(dialling(lead()), m).unwrap();
            world.carry_out();
            world.deliver_all();
        })
    });
    assert!(played > 300, "{played}");
}

#[test]
fn a_previewed_dial_in_every_order() {
    let played = all_choices(6, |choices| {
        play(choices, |world| {
            joins(world, ANA);
            let m = world.m();
            world.switch.place_dial(dialling(Lead::Operator { user: ANA, record: true }), m).unwrap();
            world.carry_out();
        })
    });
    assert!(played > 100, "{played}");
}

fn outcomes(world: &World) -> Vec<Outcome> {
    let outcomes = world.works.iter().filter_map(|(_, work)| match work {
        Work::SurveyOver { outcome, .. } => Some(*outcome),
        _ => None,
    });
    outcomes.collect()
}

#[test]
fn a_survey_by_keys_needs_no_operator() {
    let mut world = world();
    let citizen = dials(&mut world, survey());
    world.tell(citizen, LegEvent::Answered);
    let stages: Vec<_> = world.switch.dial_view(world.m()).calls.iter().map(|call| call.stage).collect();
    assert_eq!(stages, [DialNowStage::Talking], "nobody waits");
    world.deliver_all();
    world.tell(citizen, LegEvent::Digit('2'));
    assert_eq!(outcomes(&world), [], "the answer is not there yet");
    world.deliver_all();
    assert_eq!(outcomes(&world), [Outcome::Ended(Disposition::Refused)]);
    assert!(world.lines.is_empty(), "they are thanked, and that is all: {:#?}", world.log);
    let expected = [Progress::Answered, Progress::Joined { by: None }, Progress::Parted { whole: true }];
    assert_eq!(ends_well(world), expected);
}

#[test]
fn a_campaign_that_is_broken_off_lets_those_finish_who_answer() {
    let mut world = world();
    let citizen = dials(&mut world, survey());
    world.tell(citizen, LegEvent::Answered);
    let m = world.m();
    world.switch.break_off((CAMPAIGN, None), m);
    world.carry_out();
    assert!(world.lines.contains_key(&citizen));
    world.tell(citizen, LegEvent::Gone { lost: false });
    assert_eq!(outcomes(&world), [Outcome::HungUp]);
    ends_well(world);
}

#[test]
fn a_survey_by_keys_in_every_order() {
    let played = all_choices(6, |choices| {
        play(choices, |world| {
            let m = world.m();
            world.switch.place_dial(dialling(survey()), m).unwrap();
            world.carry_out();
            world.deliver_all();
        })
    });
    assert!(played > 50, "{played}");
}
