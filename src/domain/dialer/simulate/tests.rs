//! Short days with fixed seeds; the long ones are run by `odziv dialer simulate --check`.

use super::*;

fn basics(operators: usize, seed: u64) -> Basics {
    Basics { operators, seed, days: 1, ..Basics::default() }
}

/// So many hours of a day.
fn short(basics: &Basics, scenario: Scenario, hours: f64) -> Setup {
    Setup { hours, ..Setup::of(basics, scenario) }
}

#[test]
fn no_day_is_over_the_cap_whatever_happens() {
    for (scenario, operators) in [(Scenario::Base, 3), (Scenario::Storm, 4), (Scenario::SmallList, 3)] {
        let figures = Setup::of(&basics(operators, 901), scenario).run();
        assert_eq!(figures.days_over(0.03), 0, "{scenario} {operators} {:?}", figures.worst_day());
        assert!(figures.total().dials > 100);
    }
}

#[test]
fn predictive_keeps_operators_busier_than_progressive() {
    let busy = |mode| short(&Basics { mode, ..basics(6, 902) }, Scenario::Base, 5.0).run().busy_share();
    let (progressive, predictive) = (busy(Mode::Progressive), busy(Mode::Predictive));
    assert!((0.6..0.85).contains(&progressive), "{progressive}");
    assert!(predictive > progressive + 0.03, "{progressive} {predictive}");
}

#[test]
fn progressive_abandons_nobody_while_the_operators_stay() {
    let progressive = Basics { mode: Mode::Progressive, ..basics(10, 903) };
    assert_eq!(short(&progressive, Scenario::Jump, 3.0).run().total().tally.abandoned, 0);
}

#[test]
fn the_same_seed_is_the_same_day() {
    let run = |seed| short(&basics(4, seed), Scenario::Storm, 1.5).run();
    assert_eq!(run(904), run(904));
    assert_ne!(run(904), run(905));
}

#[test]
fn a_network_that_refuses_costs_no_attempts() {
    let mut setup = Setup::of(&Basics { days: 15, ..basics(3, 906) }, Scenario::SmallList);
    setup.contacts = Some(40);
    setup.refusals = vec![Refusals { at: 0.0, hours: 1.0, share: 0.5 }];
    let figures = setup.run();
    assert!(figures.total().refused > 0);
    assert!(figures.list_over.is_some(), "{figures:?}");
    let most = figures.attempts.iter().rposition(|count| *count > 0).unwrap();
    assert!(most <= setup.rules.attempts as usize, "{:?}", figures.attempts);
    let counted: u64 = (0..).zip(&figures.attempts).map(|(n, count): (u64, &u64)| n * count).sum();
    assert_eq!(counted + figures.total().refused, figures.total().dials, "counted are those that were made");
}

#[test]
fn a_list_comes_to_its_end_with_every_contact_finished() {
    let setup =
        Setup { contacts: Some(30), ..Setup::of(&Basics { days: 15, ..basics(3, 907) }, Scenario::Base) };
    let figures = setup.run();
    assert!(figures.list_over.is_some());
    assert_eq!(figures.attempts.iter().sum::<u64>(), 30);
}

#[test]
fn a_campaigns_own_figures_can_be_simulated() {
    let mut measured = super::super::pacing::Durations::new(60.0);
    (0..200).for_each(|n| measured.observe(50.0 + f64::from(n % 20)));
    let mut setup = short(&basics(4, 908), Scenario::Base, 3.0);
    setup.talk = Length::Measured(measured);
    setup.answered = Answered { machine: 0.0, wrong_number: 0.0, refused: 0.0, callback: 0.0, hung_up: 0.0 };
    let total = setup.run().total();
    let handle = total.busy / total.tally.connected as f64;
    let expected = setup.talk.mean() + setup.wrap_up.mean();
    assert!((handle - expected).abs() < 5.0, "{handle} {expected}");
}
