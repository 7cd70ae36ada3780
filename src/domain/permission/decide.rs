//! The one evaluator. Verbs, pages, the API and the page "why" all ask it.

use std::fmt;

use super::super::case::Status;
use super::super::id::{DepartmentId, UserId};
use super::super::projection::CaseFields;
use super::rule::{Misses, Rule, Services};
use super::{Right, RoleRules};

/// Who asks: the role and the place in the municipality.
#[derive(Clone, Debug)]
pub struct Who<'a> {
    /// `None` for a token that belongs to nobody.
    pub user: Option<UserId>,
    pub active: bool,
    pub role: &'a RoleRules,
    /// The user's own service and those under it. None: whoever belongs to no service belongs to the municipality as a whole.
    pub services: Vec<DepartmentId>,
    /// Every service with the one above it.
    pub tree: Vec<(DepartmentId, Option<DepartmentId>)>,
}

/// What rules may ask about a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnCase {
    pub service: Option<DepartmentId>,
    pub status: Status,
    pub assignee: Option<UserId>,
    pub opened_by: Option<UserId>,
}

/// The answer and its reason, which is shown to whoever asks why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub allowed: bool,
    pub right: Right,
    /// Key of the role; empty for the program itself.
    pub role: String,
    pub reason: Reason,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Nobody asks: the program does it.
    Program,
    /// Administrators keep it, or everybody would be locked out.
    Kept,
    /// This rule of the role allows it.
    Allowed(Rule),
    /// This rule of the role refuses it, whatever else is allowed.
    Refused(Rule),
    /// This rule of the role comes nearest, and the case differs from it.
    Missed(Rule, Misses),
    /// No rule of the role is about it.
    NoRule,
    /// Accounts of administrators are the business of administrators.
    AdministratorsOnly,
    /// The account is locked.
    Inactive,
    /// There is no such user, role or token any more.
    Unknown,
}

/// Services are a tree no deeper than this; so a circle made by hand does no harm.
const DEPTH: usize = 12;

/// Whether `who` has `right` on the case. About no case in particular (a button above a list, a page): whether there may be
/// a case on which it is allowed.
pub fn decide(who: &Who<'_>, right: Right, on: Option<&OnCase>) -> Decision {
    let (allowed, reason) = reason(who, right, on);
    Decision { allowed, right, role: who.role.key.clone(), reason }
}

fn reason(who: &Who<'_>, right: Right, on: Option<&OnCase>) -> (bool, Reason) {
    if !who.active {
        return (false, Reason::Inactive);
    }
    if who.role.keeps(right) {
        return (true, Reason::Kept);
    }
    let rules = who.role.rules(right);
    let applies = |rule: &&Rule| match on {
        Some(on) => rule.covers(who, on),
        None => !rule.refuse || rule.is_unconditional(),
    };
    if let Some(rule) = rules.iter().filter(|rule| rule.refuse).find(applies) {
        return (false, Reason::Refused(rule.clone()));
    }
    let allowing = || rules.iter().filter(|rule| !rule.refuse);
    if let Some(rule) = allowing().find(applies) {
        return (true, Reason::Allowed(rule.clone()));
    }
    let nearest = on.and_then(|on| {
        let missed = allowing().map(|rule| (rule, rule.misses(who, on)));
        missed.min_by_key(|(_, misses)| misses.count())
    });
    match nearest {
        Some((rule, misses)) => (false, Reason::Missed(rule.clone(), misses)),
        None => (false, Reason::NoRule),
    }
}

impl Decision {
    pub fn program(right: Right) -> Self {
        Self { allowed: true, right, role: String::new(), reason: Reason::Program }
    }

    /// Of somebody who is not there any more.
    pub fn unknown(right: Right) -> Self {
        Self { allowed: false, right, role: String::new(), reason: Reason::Unknown }
    }
}

impl Who<'_> {
    pub fn is_whole(&self) -> bool {
        self.services.is_empty()
    }

    /// Whether `service` is `top` or under it.
    pub fn is_under(&self, service: DepartmentId, top: DepartmentId) -> bool {
        let mut at = Some(service);
        for _ in 0..DEPTH {
            match at {
                Some(here) if here == top => return true,
                Some(here) => {
                    at = self.tree.iter().find(|(id, _)| *id == here).and_then(|(_, parent)| *parent)
                }
                None => return false,
            }
        }
        false
    }

    /// `top` and all under it.
    pub fn branch(&self, top: DepartmentId) -> Vec<DepartmentId> {
        self.tree.iter().map(|(id, _)| *id).filter(|id| self.is_under(*id, top)).collect()
    }
}

impl OnCase {
    /// Assigned to the user, or opened by them.
    pub fn is_of(&self, user: UserId) -> bool {
        self.assignee == Some(user) || self.opened_by == Some(user)
    }
}

impl From<&CaseFields> for OnCase {
    fn from(case: &CaseFields) -> Self {
        Self {
            service: case.department,
            status: case.status,
            assignee: case.assignee,
            opened_by: case.opened_by,
        }
    }
}

/// In English, for programs and logs; pages say it in the reader's language.
impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (role, right) = (&self.role, self.right);
        match &self.reason {
            Reason::Program => write!(f, "the program itself may {right}"),
            Reason::Kept => write!(f, "the role {role} always keeps the right {right}"),
            Reason::Allowed(rule) => write!(f, "the role {role} has the right {right}: {rule}"),
            Reason::Refused(rule) => write!(f, "the role {role} is refused the right {right}: {rule}"),
            Reason::Missed(rule, misses) => {
                write!(f, "the role {role} has the right {right} only so: {rule}; this case is")?;
                let differs = [
                    (misses.service, " of another service"),
                    (misses.state, " in another state"),
                    (misses.own, " not an own one"),
                ];
                let differs: Vec<&str> =
                    differs.iter().filter(|(is, _)| *is).map(|(_, words)| *words).collect();
                f.write_str(&differs.join(","))
            }
            Reason::NoRule => write!(f, "the role {role} does not have the right {right}"),
            Reason::AdministratorsOnly => {
                write!(f, "the role {role} has the right {right}, but not over administrators")
            }
            Reason::Inactive => f.write_str("the account is locked"),
            Reason::Unknown => f.write_str("there is no such account or role"),
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.services {
            Services::All => f.write_str("all services")?,
            Services::Own => f.write_str("the own service")?,
            Services::Named(named) => {
                let ids: Vec<String> = named.iter().map(ToString::to_string).collect();
                write!(f, "the services {}", ids.join(", "))?;
            }
        }
        if !self.states.is_empty() {
            let states: Vec<&str> = self.states.iter().map(|state| state.as_str()).collect();
            write!(f, ", in the states {}", states.join(", "))?;
        }
        if self.own {
            f.write_str(", own cases")?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
