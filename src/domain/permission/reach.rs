//! Which cases somebody may read, as conditions for a list.

use super::super::case::Status;
use super::super::id::{DepartmentId, UserId};
use super::Right;
use super::decide::{OnCase, Who, decide};
use super::rule::{Rule, Services};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// Every case. What the program itself reads.
    #[default]
    All,
    /// Those that one of `allowed` takes in and none of `refused`.
    Some { allowed: Vec<Cover>, refused: Vec<Cover> },
}

/// All that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cover {
    pub services: Option<Vec<DepartmentId>>,
    /// None of them named: in any.
    pub states: Vec<Status>,
    /// Assigned to, or opened by.
    pub own: Option<UserId>,
}

impl Reach {
    pub const NOTHING: Self = Self::Some { allowed: Vec::new(), refused: Vec::new() };

    /// What `who` may read: the same rules that [`decide`] looks at for a single case.
    pub fn of(who: &Who<'_>) -> Self {
        if !decide(who, Right::ReadCases, None).allowed {
            return Self::NOTHING;
        }
        let rules = who.role.rules(Right::ReadCases);
        let covers = |refuse: bool| rules.iter().filter(move |rule| rule.refuse == refuse);
        let refused: Vec<Cover> = covers(true).filter_map(|rule| cover(who, rule)).collect();
        let allowed: Vec<Cover> = covers(false).filter_map(|rule| cover(who, rule)).collect();
        if refused.is_empty() && allowed.contains(&Cover::default()) {
            return Self::All;
        }
        Self::Some { allowed, refused }
    }

    pub fn takes_in(&self, on: &OnCase) -> bool {
        match self {
            Self::All => true,
            Self::Some { allowed, refused } => {
                allowed.iter().any(|cover| cover.takes_in(on))
                    && !refused.iter().any(|cover| cover.takes_in(on))
            }
        }
    }
}

impl Cover {
    pub fn takes_in(&self, on: &OnCase) -> bool {
        let service =
            self.services.as_ref().is_none_or(|these| on.service.is_some_and(|s| these.contains(&s)));
        let state = self.states.is_empty() || self.states.contains(&on.status);
        service && state && self.own.is_none_or(|me| on.is_of(me))
    }
}

/// `None` when it takes in nothing.
fn cover(who: &Who<'_>, rule: &Rule) -> Option<Cover> {
    let services = match &rule.services {
        Services::All => None,
        Services::Own if who.is_whole() => None,
        Services::Own => Some(who.services.clone()),
        Services::Named(tops) => {
            let mut all: Vec<DepartmentId> = tops.iter().flat_map(|top| who.branch(*top)).collect();
            all.sort_unstable();
            all.dedup();
            Some(all)
        }
    };
    let own = if rule.own { Some(who.user?) } else { None };
    Some(Cover { services, states: rule.states.clone(), own })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Role, RoleRules};
    use super::*;

    fn rule() -> impl Strategy<Value = Rule> {
        let services = prop_oneof![
            Just(Services::All),
            Just(Services::Own),
            proptest::collection::vec(1_i64..5, 0..3)
                .prop_map(|ids| Services::Named(ids.into_iter().map(DepartmentId).collect())),
        ];
        let states = proptest::collection::vec(proptest::sample::select(Status::ALL), 0..3);
        (any::<bool>(), services, states, any::<bool>()).prop_map(|(refuse, services, states, own)| Rule {
            refuse,
            services,
            states,
            own,
        })
    }

    proptest! {
        /// The list shows exactly the cases that the evaluator allows one by one.
        #[test]
        fn what_a_list_takes_in_is_what_may_be_read(
            rules in proptest::collection::vec(rule(), 0..4),
            own in proptest::collection::vec(1_i64..5, 0..3),
            service in proptest::option::of(1_i64..5),
            status in proptest::sample::select(Status::ALL),
            assignee in proptest::option::of(1_i64..3),
            opened_by in proptest::option::of(1_i64..3),
        ) {
            let mut role = RoleRules::seeded(Role::Officer);
            role.rules.insert(Right::ReadCases, rules);
            let tree = [(1, None), (2, Some(1)), (3, None), (4, Some(2))];
            let who = Who {
                user: Some(UserId(1)),
                active: true,
                role: &role,
                services: own.into_iter().map(DepartmentId).collect(),
                tree: tree.map(|(id, up): (i64, Option<i64>)| (DepartmentId(id), up.map(DepartmentId))).to_vec(),
            };
            let on = OnCase {
                service: service.map(DepartmentId),
                status,
                assignee: assignee.map(UserId),
                opened_by: opened_by.map(UserId),
            };
            prop_assert_eq!(Reach::of(&who).takes_in(&on), decide(&who, Right::ReadCases, Some(&on)).allowed);
        }
    }
}
