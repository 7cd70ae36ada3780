//! One rule of a role about one right: in which services, in which states, whose cases.

use serde::{Deserialize, Serialize};

use super::super::case::Status;
use super::super::id::DepartmentId;
use super::decide::{OnCase, Who};

/// Stored as JSON. A rule that refuses beats every rule that allows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    #[serde(default)]
    pub refuse: bool,
    pub services: Services,
    /// None of them named: in any.
    #[serde(default)]
    pub states: Vec<Status>,
    /// Only cases that are assigned to the user, or that the user opened.
    #[serde(default)]
    pub own: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Services {
    All,
    /// The user's own and those under it.
    Own,
    /// These and those under them.
    Named(Vec<DepartmentId>),
}

/// A role has no more rules for one right; more would be understood by nobody.
pub const MOST_RULES: usize = 12;

/// In what a case differs from what a rule asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Misses {
    pub service: bool,
    pub state: bool,
    pub own: bool,
}

impl Rule {
    pub const EVERYWHERE: Self =
        Self { refuse: false, services: Services::All, states: Vec::new(), own: false };

    /// Whether it holds whatever the case is.
    pub fn is_unconditional(&self) -> bool {
        self.services == Services::All && self.states.is_empty() && !self.own
    }

    pub fn covers(&self, who: &Who<'_>, on: &OnCase) -> bool {
        self.misses(who, on) == Misses::default()
    }

    pub fn misses(&self, who: &Who<'_>, on: &OnCase) -> Misses {
        let service = match &self.services {
            Services::All => true,
            Services::Own => who.is_whole() || on.service.is_some_and(|s| who.services.contains(&s)),
            Services::Named(named) => {
                on.service.is_some_and(|s| named.iter().any(|top| who.is_under(s, *top)))
            }
        };
        let state = self.states.is_empty() || self.states.contains(&on.status);
        let own = !self.own || who.user.is_some_and(|me| on.is_of(me));
        Misses { service: !service, state: !state, own: !own }
    }
}

impl Misses {
    pub fn count(self) -> usize {
        usize::from(self.service) + usize::from(self.state) + usize::from(self.own)
    }
}

/// How far a right reaches, in the words of the matrix: what most cells are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    No,
    /// Cases that are assigned to the user, or that the user opened.
    OwnCases,
    /// Those of the user's service and under it, and own cases.
    OwnService,
    All,
}

impl Extent {
    pub const EVERY: [Self; 4] = [Self::All, Self::OwnService, Self::OwnCases, Self::No];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::OwnCases => "own_cases",
            Self::OwnService => "own_service",
            Self::All => "all",
        }
    }

    pub fn rules(self) -> Vec<Rule> {
        let own_cases = || Rule { own: true, ..Rule::EVERYWHERE };
        match self {
            Self::No => Vec::new(),
            Self::OwnCases => vec![own_cases()],
            Self::OwnService => vec![Rule { services: Services::Own, ..Rule::EVERYWHERE }, own_cases()],
            Self::All => vec![Rule::EVERYWHERE],
        }
    }

    /// `None` for rules that only their own words describe.
    pub fn of(rules: &[Rule]) -> Option<Self> {
        Self::EVERY.into_iter().find(|extent| extent.rules() == rules)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extent_is_known_again_by_its_rules() {
        for extent in Extent::EVERY {
            assert_eq!(Extent::of(&extent.rules()), Some(extent));
        }
        let only_new = Rule { states: vec![Status::New], ..Rule::EVERYWHERE };
        assert_eq!(Extent::of(&[only_new]), None);
    }

    #[test]
    fn a_rule_comes_back_from_the_store() {
        let rule = Rule {
            refuse: true,
            services: Services::Named(vec![DepartmentId(3)]),
            states: vec![Status::Answered],
            own: true,
        };
        let stored = serde_json::to_string(&rule).unwrap();
        assert_eq!(serde_json::from_str::<Rule>(&stored).unwrap(), rule);
        let short: Rule = serde_json::from_str(r#"{"services":"own"}"#).unwrap();
        assert_eq!(short, Rule { services: Services::Own, ..Rule::EVERYWHERE });
    }
}
