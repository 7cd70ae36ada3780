use super::super::rule::Extent;
use super::super::{Right, Role, RoleRules};
use super::*;

const WATER: DepartmentId = DepartmentId(1);
const SEWERS: DepartmentId = DepartmentId(2);
const ROADS: DepartmentId = DepartmentId(3);
const ME: UserId = UserId(7);

fn role(rules: Vec<Rule>) -> RoleRules {
    let mut role = RoleRules::seeded(Role::Officer);
    role.rules.clear();
    role.rules.insert(Right::Classify, rules);
    role
}

fn who<'a>(role: &'a RoleRules, services: &[DepartmentId]) -> Who<'a> {
    let tree = vec![(WATER, None), (SEWERS, Some(WATER)), (ROADS, None)];
    Who { user: Some(ME), active: true, role, services: services.to_vec(), tree }
}

fn case(service: DepartmentId, status: Status) -> OnCase {
    OnCase { service: Some(service), status, assignee: None, opened_by: None }
}

fn ask(rules: Vec<Rule>, services: &[DepartmentId], on: Option<OnCase>) -> Decision {
    let role = role(rules);
    decide(&who(&role, services), Right::Classify, on.as_ref())
}

#[test]
fn the_own_service_takes_in_those_under_it_and_no_other() {
    let rules = || vec![Rule { services: Services::Own, ..Rule::EVERYWHERE }];
    let own = [WATER, SEWERS];
    assert!(ask(rules(), &own, Some(case(SEWERS, Status::New))).allowed);
    let other = ask(rules(), &own, Some(case(ROADS, Status::New)));
    assert!(!other.allowed);
    assert!(matches!(other.reason, Reason::Missed(_, Misses { service: true, state: false, own: false })));
    let nowhere = OnCase { service: None, ..case(ROADS, Status::New) };
    assert!(!ask(rules(), &own, Some(nowhere)).allowed);
    assert!(ask(rules(), &[], Some(nowhere)).allowed, "who is of no service is of the whole municipality");
}

#[test]
fn a_named_service_takes_in_those_under_it_for_whoever_asks() {
    let rules = || vec![Rule { services: Services::Named(vec![WATER]), ..Rule::EVERYWHERE }];
    assert!(ask(rules(), &[ROADS], Some(case(SEWERS, Status::New))).allowed);
    assert!(!ask(rules(), &[], Some(case(ROADS, Status::New))).allowed);
}

#[test]
fn a_field_may_be_closed_once_the_case_got_far_enough() {
    let until_answered = vec![Status::New, Status::Forwarded, Status::InProgress, Status::Reopened];
    let rules = || vec![Rule { states: until_answered.clone(), ..Rule::EVERYWHERE }];
    assert!(ask(rules(), &[], Some(case(WATER, Status::InProgress))).allowed);
    let late = ask(rules(), &[], Some(case(WATER, Status::Answered)));
    assert!(matches!(late.reason, Reason::Missed(_, Misses { state: true, .. })));
    assert!(late.to_string().contains("in another state"), "{late}");
}

#[test]
fn a_refusal_beats_what_is_allowed() {
    let refuse = |states: Vec<Status>| Rule { refuse: true, states, ..Rule::EVERYWHERE };
    let rules = |states| vec![Rule::EVERYWHERE, refuse(states)];
    let closed = ask(rules(vec![Status::Closed]), &[], Some(case(WATER, Status::Closed)));
    assert!(!closed.allowed && matches!(closed.reason, Reason::Refused(_)));
    assert!(ask(rules(vec![Status::Closed]), &[], Some(case(WATER, Status::New))).allowed);
    assert!(ask(rules(vec![Status::Closed]), &[], None).allowed, "there are cases on which it is allowed");
    assert!(!ask(rules(Vec::new()), &[], None).allowed);
}

#[test]
fn own_cases_are_assigned_or_opened_ones() {
    let rules = || Extent::OwnCases.rules();
    let others = case(WATER, Status::New);
    assert!(!ask(rules(), &[], Some(others)).allowed);
    assert!(ask(rules(), &[], Some(OnCase { assignee: Some(ME), ..others })).allowed);
    assert!(ask(rules(), &[], Some(OnCase { opened_by: Some(ME), ..others })).allowed);
    assert!(!ask(rules(), &[], Some(OnCase { assignee: Some(UserId(8)), ..others })).allowed);
}

#[test]
fn the_nearest_rule_is_the_reason() {
    let far = Rule { services: Services::Named(vec![ROADS]), states: vec![Status::New], ..Rule::EVERYWHERE };
    let near = Rule { states: vec![Status::New], ..Rule::EVERYWHERE };
    let decision = ask(vec![far, near.clone()], &[], Some(case(WATER, Status::Closed)));
    assert!(matches!(decision.reason, Reason::Missed(rule, _) if rule == near));
}

#[test]
fn administrators_cannot_be_locked_out() {
    let mut role = RoleRules::seeded(Role::Administrator);
    role.rules.clear();
    let admin = who(&role, &[]);
    assert_eq!(decide(&admin, Right::ManageRights, None).reason, Reason::Kept);
    assert!(decide(&admin, Right::ManageUsers, None).allowed);
    assert_eq!(decide(&admin, Right::ManageSettings, None).reason, Reason::NoRule);
    let gone = Who { active: false, ..admin };
    assert_eq!(decide(&gone, Right::ManageRights, None).reason, Reason::Inactive);
}

#[test]
fn refusal_says_which_role_lacks_which_right() {
    let role = RoleRules::seeded(Role::Officer);
    let decision = decide(&who(&role, &[]), Right::ManageUsers, None);
    assert!(!decision.allowed);
    assert_eq!(decision.to_string(), "the role officer does not have the right manage_users");
}

#[test]
fn a_circle_of_services_ends() {
    let role = role(vec![Rule::EVERYWHERE]);
    let mut who = who(&role, &[]);
    who.tree = vec![(WATER, Some(SEWERS)), (SEWERS, Some(WATER))];
    assert!(!who.is_under(WATER, ROADS));
}
