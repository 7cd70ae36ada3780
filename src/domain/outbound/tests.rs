use std::time::{Duration, Instant};

use jiff::civil::{Date, date};

use super::*;

const DAY: Date = date(2026, 11, 22);

fn rules() -> Rules {
    Rules {
        numbering: Numbering {
            country_code: "381".into(),
            national_prefix: "0".into(),
            international_prefix: "00".into(),
            area_code: "021".into(),
        },
        emergency: vec!["112".into(), "192".into()],
        short_numbers: vec!["19812".into()],
        premium: vec!["+38190".into(), "+3814".into(), "+881".into()],
        rules: Vec::new(),
        tariffs: Vec::new(),
        default_tariff: Tariff::default(),
        daily_limit: None,
        reserve: 3 * Duration::from_secs(60),
    }
}

fn trunk() -> TrunkLimits {
    TrunkLimits { places_calls: true, channels: None, per_second: 5, daily: None }
}

fn outbound(rules: Rules, trunks: Vec<TrunkLimits>) -> Outbound {
    Outbound::new(rules, trunks, DAY, &[])
}

fn rule(prefixes: &[&str]) -> Rule {
    Rule { prefixes: prefixes.iter().map(|&p| p.to_owned()).collect(), ..Rule::default() }
}

#[expect(clippy::disallowed_methods, reason = "virtual time begins somewhere")]
fn now() -> Instant {
    Instant::now()
}

fn number(outbound: &Outbound, dialled: &str) -> Result<String, RouteRefused> {
    outbound.route(dialled, Who::System, DAY).map(|route| route.number)
}

#[test]
fn every_notation_that_is_dialled_is_the_same_number() {
    let outbound = outbound(rules(), vec![trunk()]);
    for dialled in ["+381 64 1234567", "00381641234567", "064/123-45-67", "(064) 123 45 67"] {
        assert_eq!(number(&outbound, dialled).as_deref(), Ok("+381641234567"), "{dialled}");
    }
    assert_eq!(number(&outbound, "480000").as_deref(), Ok("+38121480000"), "own area");
    assert_eq!(number(&outbound, "19812").as_deref(), Ok("19812"));
    for wrong in [
        "",
        "0",
        "12",
        "+",
        "anonymous",
        "+3810900123456",
        "000381641",
        "0641234567;x",
        "+999999999999999999",
    ] {
        assert_eq!(number(&outbound, wrong), Err(RouteRefused::NotANumber), "{wrong}");
    }
}

#[test]
fn abroad_and_premium_are_refused_unless_a_rule_allows_them() {
    let bare = outbound(rules(), vec![trunk()]);
    assert_eq!(number(&bare, "+4312345678"), Err(RouteRefused::International));
    assert_eq!(number(&bare, "0900123456"), Err(RouteRefused::Premium));
    assert_eq!(number(&bare, "041123456"), Err(RouteRefused::Premium));
    assert_eq!(number(&bare, "+881612345678"), Err(RouteRefused::Premium), "a satellite");
    let mut rules = rules();
    let mut world = rule(&["+"]);
    rules.rules = vec![world.clone()];
    let narrow = outbound(rules.clone(), vec![trunk()]);
    assert_eq!(number(&narrow, "+4312345678"), Err(RouteRefused::International), "the rule does not say so");
    assert_eq!(number(&narrow, "021480000").as_deref(), Ok("+38121480000"));
    world.international = true;
    world.premium = true;
    rules.rules = vec![world];
    let wide = outbound(rules, vec![trunk()]);
    assert_eq!(number(&wide, "+4312345678").as_deref(), Ok("+4312345678"));
    assert_eq!(number(&wide, "0900123456").as_deref(), Ok("+381900123456"));
}

#[test]
fn longest_prefix_decides_trunks_and_who_may() {
    let mut rules = rules();
    let mobile = Rule {
        trunks: vec![TrunkId(1), TrunkId(0)],
        who: vec!["supervisor".into(), "mira".into()],
        ..rule(&["+3816"])
    };
    rules.rules = vec![rule(&["+381"]), mobile];
    let outbound = outbound(rules, vec![trunk(), trunk()]);
    let trunks = |dialled, who| outbound.route(dialled, who, DAY).map(|route| route.trunks);
    let person = |role, login| Who::Person { role, login };
    assert_eq!(trunks("021480000", Who::System), Ok(vec![TrunkId(0), TrunkId(1)]));
    assert_eq!(trunks("0641234567", Who::System), Err(RouteRefused::NotForThem));
    assert_eq!(trunks("0641234567", person(Role::Operator, "ana")), Err(RouteRefused::NotForThem));
    assert_eq!(trunks("0641234567", person(Role::Operator, "mira")), Ok(vec![TrunkId(1), TrunkId(0)]));
    assert_eq!(trunks("0641234567", person(Role::Supervisor, "x")), Ok(vec![TrunkId(1), TrunkId(0)]));
    assert_eq!(trunks("+4312345678", Who::System), Err(RouteRefused::International));
}

#[test]
fn emergency_goes_through_over_every_limit() {
    let mut rules = rules();
    rules.daily_limit = Some(Amount(1));
    rules.rules = vec![rule(&["+38121"])];
    let full = TrunkLimits { channels: Some(0), daily: Some(Amount(0)), ..trunk() };
    let mut outbound = outbound(rules, vec![full]);
    outbound.set_up(TrunkId(0), false);
    let route = outbound.route("192", Who::System, DAY).unwrap();
    assert!(route.emergency);
    for _ in 0..20 {
        let ticket = outbound.begin(TrunkId(0), &route, now(), DAY).unwrap();
        assert_eq!(outbound.end(ticket, Duration::from_secs(600)).cost, Amount(0));
    }
}

#[test]
fn channels_rate_and_a_trunk_that_is_down_refuse() {
    let limits = TrunkLimits { channels: Some(2), per_second: 3, ..trunk() };
    let mut outbound = outbound(rules(), vec![limits]);
    let route = outbound.route("021480000", Who::System, DAY).unwrap();
    let (trunk, start) = (TrunkId(0), now());
    let incoming = outbound.arrive(trunk, DAY).unwrap();
    let first = outbound.begin(trunk, &route, start, DAY).unwrap();
    assert_eq!(outbound.begin(trunk, &route, start, DAY).unwrap_err(), Refused::Channels);
    assert_eq!(outbound.arrive(trunk, DAY).unwrap_err(), Refused::Channels);
    outbound.end(first, Duration::ZERO);
    for _ in 0..2 {
        let ticket = outbound.begin(trunk, &route, start, DAY).unwrap();
        outbound.end(ticket, Duration::ZERO);
    }
    assert_eq!(outbound.begin(trunk, &route, start, DAY).unwrap_err(), Refused::Rate);
    let later = start + Duration::from_secs(1);
    let ticket = outbound.begin(trunk, &route, later, DAY).unwrap();
    outbound.end(ticket, Duration::ZERO);
    outbound.end(incoming, Duration::ZERO);
    assert_eq!(outbound.channels(trunk), 0);
    outbound.set_up(trunk, false);
    assert_eq!(outbound.begin(trunk, &route, later, DAY).unwrap_err(), Refused::Down);
}

fn priced(daily: u64) -> Outbound {
    let mut rules = rules();
    rules.tariffs = vec![
        ("+381".into(), Tariff { per_minute: Amount(1_000), per_call: Amount(0) }),
        ("+3816".into(), Tariff { per_minute: Amount(10_000), per_call: Amount(500) }),
    ];
    rules.daily_limit = Some(Amount(daily));
    outbound(rules, vec![trunk()])
}

#[test]
fn money_is_reserved_before_the_call_and_settled_after_it() {
    let mut outbound = priced(61_000);
    let (trunk, start) = (TrunkId(0), now());
    let route = outbound.route("0641234567", Who::System, DAY).unwrap();
    let first = outbound.begin(trunk, &route, start, DAY).unwrap();
    let second = outbound.begin(trunk, &route, start, DAY).unwrap();
    assert_eq!((first.reserved, outbound.spent(trunk, DAY)), (Amount(30_500), Amount(61_000)));
    assert_eq!(outbound.begin(trunk, &route, start, DAY).unwrap_err(), Refused::Spend);
    assert_eq!(number(&outbound, "0641234567"), Err(RouteRefused::SpendCap));
    assert_eq!(outbound.end(first, Duration::ZERO).cost, Amount(0), "never answered");
    let settled = outbound.end(second, Duration::from_secs(61));
    assert_eq!((settled.cost, settled.reserved), (Amount(20_500), Amount(30_500)), "two begun minutes");
    assert_eq!(outbound.spent(trunk, DAY), Amount(20_500));
    assert_eq!(outbound.poll_change(), Some((trunk, DAY, 20_500)), "the account is told the sum");
    assert_eq!(outbound.poll_change(), None);
    let tomorrow = DAY.tomorrow().unwrap();
    let ticket = outbound.begin(trunk, &route, start, tomorrow).unwrap();
    assert_eq!(outbound.spent(trunk, tomorrow), Amount(30_500), "a new day, a new account");
    outbound.end(ticket, Duration::ZERO);
}

#[test]
fn running_calls_end_when_the_money_of_the_day_is_gone() {
    let mut outbound = priced(40_000);
    let (trunk, start) = (TrunkId(0), now());
    let route = outbound.route("0641234567", Who::System, DAY).unwrap();
    let ticket = outbound.begin(trunk, &route, start, DAY).unwrap();
    outbound.answered(&ticket, start);
    let minute = Duration::from_secs(60);
    let mut looked = Vec::new();
    let ended_at = loop {
        let now = outbound.next_timeout().unwrap();
        looked.push(now - start);
        match outbound.exhausted(now, DAY).as_slice() {
            [] => {}
            ids => {
                assert_eq!(ids, [ticket.id()]);
                break now;
            }
        }
    };
    // Three minutes and the call itself are 30.5; the fourth would be too much, and is not begun.
    let early = [0, 1, 2, 3].map(|n| (minute * n).saturating_sub(Duration::from_secs(2)));
    assert_eq!(looked, early);
    assert_eq!(outbound.end(ticket, ended_at - start).cost, Amount(30_500));
    assert_eq!(outbound.next_timeout(), None);
}

#[test]
fn call_that_outlasts_its_reservation_takes_from_what_others_may_begin_with() {
    let mut outbound = priced(71_000);
    let (trunk, start) = (TrunkId(0), now());
    let route = outbound.route("0641234567", Who::System, DAY).unwrap();
    let ticket = outbound.begin(trunk, &route, start, DAY).unwrap();
    outbound.answered(&ticket, start);
    assert_eq!(outbound.exhausted(start + Duration::from_secs(239), DAY), []);
    assert_eq!(outbound.spent(trunk, DAY), Amount(50_500));
    assert_eq!(outbound.poll_change(), Some((trunk, DAY, 50_500)), "and is in the account before a crash");
    assert_eq!(outbound.begin(trunk, &route, start, DAY).unwrap_err(), Refused::Spend);
    assert_eq!(outbound.end(ticket, Duration::from_secs(200)).cost, Amount(40_500));
    assert_eq!(outbound.poll_change(), Some((trunk, DAY, -10_000)));
}

#[test]
fn nothing_is_looked_at_where_no_money_is_limited() {
    let mut rules = rules();
    rules.default_tariff = Tariff { per_minute: Amount(1_000), per_call: Amount(0) };
    let mut outbound = outbound(rules, vec![trunk()]);
    let route = outbound.route("0641234567", Who::System, DAY).unwrap();
    let ticket = outbound.begin(TrunkId(0), &route, now(), DAY).unwrap();
    outbound.answered(&ticket, now());
    assert_eq!(outbound.next_timeout(), None);
    outbound.end(ticket, Duration::ZERO);
}

#[test]
fn what_was_spent_before_a_restart_counts() {
    let mut rules = rules();
    rules.daily_limit = Some(Amount(10_000));
    rules.default_tariff = Tariff { per_minute: Amount(1_000), per_call: Amount(0) };
    let outbound = Outbound::new(rules, vec![trunk()], DAY, &[(TrunkId(0), Amount(8_000))]);
    assert_eq!(number(&outbound, "021480000"), Err(RouteRefused::SpendCap));
}

#[test]
fn numbers_are_written_as_the_trunk_wants_them() {
    let mut rules = rules();
    rules.rules =
        vec![rule(&["+381"]), Rule { international: true, strip: 2, add: "99".into(), ..rule(&["+43"]) }];
    let outbound = outbound(rules, vec![trunk()]);
    let home = outbound.route("021480000", Who::System, DAY).unwrap();
    let written = |form| outbound.written(&home.number, form);
    assert_eq!(written(NumberForm::Plus), "+38121480000");
    assert_eq!(written(NumberForm::Bare), "38121480000");
    assert_eq!(written(NumberForm::National), "021480000");
    assert_eq!(written(NumberForm::Zeros), "0038121480000");
    let abroad = outbound.route("+4312345678", Who::System, DAY).unwrap();
    assert_eq!(outbound.written(&abroad.number, NumberForm::Plus), "9912345678");
    assert_eq!(outbound.written(&abroad.number, NumberForm::National), "9943 12345678".replace(' ', ""));
    let help = outbound.route("192", Who::System, DAY).unwrap();
    assert_eq!(outbound.written(&help.number, NumberForm::Plus), "192");
}
