//! What holds for every mode, whatever was observed.

use proptest::prelude::*;

use super::*;

const PATIENT: f64 = 1.0e6;

fn pacer(mode: Mode) -> Pacer {
    let trunk = TrunkLimits { reserved: 2, calls_per_second: 1_000.0 };
    Pacer::new(Settings { mode, trunk, ..Settings::default() }, Learnt::default())
}

/// A campaign that has seen some hundred calls, a third of them answered, and few abandoned.
fn experienced(mode: Mode) -> Pacer {
    let mut pacer = pacer(mode);
    for n in 0..300 {
        let spread = f64::from(n % 30);
        if n % 3 == 0 {
            pacer.answered(5.0 + spread / 3.0);
            pacer.handled(60.0 + 5.0 * spread, 10.0 + spread / 3.0);
            pacer.connected(f64::from(n));
        } else {
            pacer.unanswered(25.0);
        }
    }
    pacer.set_day(Tally { connected: 2_000, abandoned: 40, ..Tally::default() }, Tally::default());
    pacer
}

fn view<'a>(operators: &'a [Operator], ringing: &'a [f64]) -> View<'a> {
    View { operators, ringing, waiting: 0, free_channels: 10_000, contacts: 10_000 }
}

#[test]
fn progressive_dials_one_for_each_idle_operator() {
    let operators = [Operator::Idle, Operator::Talking(10.0), Operator::Idle, Operator::WrapUp(3.0)];
    let decide = |ringing: &[f64]| pacer(Mode::Progressive).decide(&view(&operators, ringing), PATIENT).dial;
    assert_eq!([decide(&[]), decide(&[4.0]), decide(&[4.0, 5.0]), decide(&[1.0, 2.0, 3.0])], [2, 1, 0, 0]);
}

#[test]
fn power_is_a_multiple_until_the_budget_is_used_up() {
    let operators = [Operator::Idle; 4];
    let mut pacer = experienced(Mode::Power { multiple: 2.5 });
    assert_eq!(
        pacer.decide(&view(&operators, &[1.0]), PATIENT),
        Decision { dial: 9, bound: Bound::Multiple }
    );
    pacer.set_day(Tally { connected: 975, abandoned: 25, ..Tally::default() }, Tally::default());
    assert_eq!(
        pacer.decide(&view(&operators, &[1.0]), PATIENT),
        Decision { dial: 3, bound: Bound::Operators }
    );
}

#[test]
fn calls_in_the_air_speak_for_those_who_are_expected_to_be_wanted() {
    let of = |mode| pacer(mode).spoken_for(6);
    assert_eq!([of(Mode::Progressive), of(Mode::Predictive), of(Mode::Agentless)], [6, 6, 0]);
    assert_eq!(experienced(Mode::Predictive).spoken_for(6), 2, "a third answers");
    assert_eq!(experienced(Mode::Power { multiple: 2.5 }).spoken_for(6), 3);
}

#[test]
fn operators_who_see_the_contact_first_dial_themselves() {
    assert_eq!(pacer(Mode::Preview).decide(&view(&[Operator::Idle; 3], &[]), PATIENT).dial, 0);
}

#[test]
fn keypad_surveys_take_the_channels_that_inbound_does_not_keep() {
    let view = View { free_channels: 12, ..view(&[], &[]) };
    assert_eq!(pacer(Mode::Agentless).decide(&view, PATIENT), Decision { dial: 10, bound: Bound::Channels });
}

#[test]
fn nothing_is_predicted_from_a_handful_of_calls() {
    let mut new = pacer(Mode::Predictive);
    for n in 0..19 {
        new.answered(8.0);
        new.handled(100.0, 10.0);
        new.connected(f64::from(n));
    }
    new.set_day(Tally { connected: 1_000, ..Tally::default() }, Tally::default());
    let operators = [Operator::Idle, Operator::WrapUp(30.0), Operator::WrapUp(30.0)];
    assert_eq!(new.decide(&view(&operators, &[]), PATIENT), Decision { dial: 1, bound: Bound::Operators });
}

#[test]
fn it_dials_ahead_of_operators_who_will_be_free() {
    let mut pacer = experienced(Mode::Predictive);
    let mut dials = |operators: &[Operator]| pacer.decide(&view(operators, &[]), PATIENT).dial;
    assert_eq!(dials(&[Operator::Talking(1.0); 10]), 0, "they have only begun");
    let soon = dials(&[Operator::WrapUp(18.0); 10]);
    assert!((5..60).contains(&soon), "{soon} for ten in the last seconds of their wrap-up");
}

#[test]
fn answered_rarely_means_dialled_more() {
    let operators = [Operator::Idle; 10];
    let mut often = experienced(Mode::Predictive);
    let mut seldom = often.clone();
    (0..300).for_each(|n| seldom.unanswered(20.0 + f64::from(n % 5)));
    let often = often.decide(&view(&operators, &[]), PATIENT).dial;
    let seldom = seldom.decide(&view(&operators, &[]), PATIENT).dial;
    assert!(often >= 10 && seldom > 2 * often, "{often} {seldom}");
}

#[test]
fn at_the_cap_nobody_is_risked() {
    let mut pacer = experienced(Mode::Predictive);
    pacer.set_day(Tally { connected: 971, abandoned: 29, ..Tally::default() }, Tally::default());
    let operators = [Operator::WrapUp(20.0); 10];
    assert_eq!(pacer.decide(&view(&operators, &[]), PATIENT), Decision { dial: 0, bound: Bound::Operators });
}

#[test]
fn a_bad_month_is_made_good_by_careful_days() {
    let day = Tally { connected: 2_000, abandoned: 50, ..Tally::default() };
    let operators = [Operator::WrapUp(10.0); 20];
    let dials = |abandoned| {
        let mut pacer = experienced(Mode::Predictive);
        pacer.set_day(day, Tally { connected: 40_000, abandoned, ..Tally::default() });
        pacer.decide(&view(&operators, &[]), PATIENT).dial
    };
    assert!(dials(1_400) < dials(900), "{} {}", dials(1_400), dials(900));
}

#[test]
fn a_network_that_refuses_rests_and_costs_no_belief() {
    let mut pacer = experienced(Mode::Predictive);
    let before = pacer.learnt().answers.share();
    for _ in 0..50 {
        pacer.refused(None, PATIENT);
    }
    assert_eq!(pacer.learnt().answers.share(), before);
    let operators = [Operator::Idle; 5];
    assert_eq!(pacer.decide(&view(&operators, &[]), PATIENT + 0.1).bound, Bound::Channels);
    assert!(pacer.decide(&view(&operators, &[]), PATIENT + 1.0).dial > 0);
}

#[test]
fn what_was_learnt_is_taken_up_again() {
    let mut pacer = experienced(Mode::Predictive);
    let stored = serde_json::to_string(pacer.learnt()).unwrap();
    let mut again = Pacer::new(pacer.settings, serde_json::from_str(&stored).unwrap());
    again.set_day(pacer.day(), Tally::default());
    // The last hour is not kept: it only pulls.
    pacer.set_day(pacer.day(), Tally::default());
    let operators = [Operator::WrapUp(12.0); 20];
    let (one, other) = (
        pacer.decide(&view(&operators, &[]), PATIENT).dial,
        again.decide(&view(&operators, &[]), PATIENT).dial,
    );
    assert!(one.abs_diff(other) <= 2, "{one} {other}");
}

fn operators() -> impl Strategy<Value = Vec<Operator>> {
    let one = prop_oneof![
        Just(Operator::Idle),
        (0.0..400.0).prop_map(Operator::Talking),
        (0.0..60.0).prop_map(Operator::WrapUp),
    ];
    prop::collection::vec(one, 0..30)
}

fn modes() -> impl Strategy<Value = Mode> {
    prop_oneof![
        Just(Mode::Preview),
        Just(Mode::Progressive),
        (0.0..20.0).prop_map(|multiple| Mode::Power { multiple }),
        Just(Mode::Predictive),
        Just(Mode::Agentless),
    ]
}

proptest! {
    #[test]
    fn never_more_than_channels_contacts_and_idle_operators_allow(
        mode in modes(), operators in operators(), ringing in prop::collection::vec(0.0..60.0, 0..60),
        waiting in 0..5_u32, free_channels in 0..80_u32, contacts in 0..80_u32,
    ) {
        let view = View { operators: &operators, ringing: &ringing, waiting, free_channels, contacts };
        let dial = experienced(mode).decide(&view, PATIENT).dial;
        prop_assert!(dial <= free_channels.saturating_sub(2) && dial <= contacts);
        let idle = operators.iter().filter(|o| **o == Operator::Idle).count();
        let in_flight = ringing.len() + waiting as usize + dial as usize;
        if mode == Mode::Progressive {
            prop_assert!(dial == 0 || in_flight <= idle);
        }
        if mode != Mode::Agentless && operators.is_empty() {
            prop_assert_eq!(dial, 0);
        }
    }

    #[test]
    fn one_more_free_operator_never_means_fewer_dials(
        mode in modes(), operators in operators(), ringing in prop::collection::vec(0.0..60.0, 0..40),
    ) {
        let more: Vec<Operator> = operators.iter().copied().chain([Operator::Idle]).collect();
        let fewer = experienced(mode).decide(&view(&operators, &ringing), PATIENT).dial;
        prop_assert!(experienced(mode).decide(&view(&more, &ringing), PATIENT).dial >= fewer);
    }

    #[test]
    fn predictive_dials_no_less_than_progressive(
        operators in operators(), ringing in prop::collection::vec(0.0..60.0, 0..40),
    ) {
        let dial = |mode| experienced(mode).decide(&view(&operators, &ringing), PATIENT).dial;
        prop_assert!(dial(Mode::Predictive) >= dial(Mode::Progressive));
    }
}
