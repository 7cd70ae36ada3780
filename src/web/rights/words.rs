//! What the evaluator decided, and by which rule, in the reader's language; and what would have to change.

use crate::domain::permission::rule::{Misses, Rule, Services};
use crate::domain::permission::{Decision, Reason, RoleRules};
use crate::web::page::Page;

/// A role's name in the reader's language.
pub fn role_name(page: &Page, role: &RoleRules) -> String {
    page.name(&role.name_sr, Some(&role.name_en))
}

/// A sentence that says which rule decided.
pub fn reason(page: &Page, decision: &Decision) -> String {
    let values = |rule: Option<&Rule>| {
        let role = page.directory.roles.iter().find(|role| role.key == decision.role);
        let role = role.map_or_else(|| decision.role.clone(), |role| role_name(page, role));
        let right = page.word("right", decision.right.as_str());
        vec![
            ("role", role),
            ("right", right),
            ("rule", rule.map(|rule| said(page, rule)).unwrap_or_default()),
        ]
    };
    match &decision.reason {
        Reason::Program => page.say("why-program"),
        Reason::Kept => page.with_values("why-kept", &values(None)),
        Reason::Allowed(rule) if rule.is_unconditional() => page.with_values("why-allowed", &values(None)),
        Reason::Allowed(rule) => page.with_values("why-allowed-by", &values(Some(rule))),
        Reason::Refused(rule) if rule.is_unconditional() => page.with_values("why-refused", &values(None)),
        Reason::Refused(rule) => page.with_values("why-refused-by", &values(Some(rule))),
        Reason::Missed(rule, misses) => {
            let only = page.with_values("why-missed", &values(Some(rule)));
            let differs: Vec<String> = differences(*misses).iter().map(|key| page.say(key)).collect();
            format!("{only} {}", differs.join(" "))
        }
        Reason::NoRule => page.with_values("why-no-rule", &values(None)),
        Reason::AdministratorsOnly => page.with_values("why-administrators-only", &values(None)),
        Reason::Inactive => page.say("why-inactive"),
        Reason::Unknown => page.say("why-unknown"),
    }
}

/// What would make it allowed, one way a line; nothing for what is allowed.
pub fn remedies(page: &Page, decision: &Decision) -> Vec<String> {
    if decision.allowed {
        return Vec::new();
    }
    let keys: Vec<&str> = match &decision.reason {
        Reason::Missed(_, misses) => {
            let mut keys = Vec::new();
            if misses.service {
                keys.extend(["remedy-service", "remedy-assign"]);
            }
            if misses.state {
                keys.push("remedy-state");
            }
            if misses.own && !misses.service {
                keys.push("remedy-assign");
            }
            keys.push("remedy-widen");
            keys
        }
        Reason::Refused(_) => vec!["remedy-refusal", "remedy-role"],
        Reason::NoRule => vec!["remedy-give", "remedy-role"],
        Reason::AdministratorsOnly => vec!["remedy-administrator"],
        Reason::Inactive => vec!["remedy-unlock"],
        _ => Vec::new(),
    };
    keys.into_iter().map(|key| page.say(key)).collect()
}

/// A rule's conditions: where, when, whose.
pub fn said(page: &Page, rule: &Rule) -> String {
    let services = match &rule.services {
        Services::All => page.say("rule-all"),
        Services::Own => page.say("rule-own-service"),
        Services::Named(named) => {
            let name = |id| page.directory.department(id).map(|d| page.name(&d.name_sr, Some(&d.name_en)));
            let names: Vec<String> = named.iter().filter_map(|id| name(*id)).collect();
            page.with("rule-named", "names", names.join(", "))
        }
    };
    let states = (!rule.states.is_empty()).then(|| {
        let names: Vec<String> =
            rule.states.iter().map(|state| page.word("status", state.as_str())).collect();
        page.with("rule-states", "names", names.join(", "))
    });
    let own = rule.own.then(|| page.say("rule-own"));
    [Some(services), states, own].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn differences(misses: Misses) -> Vec<&'static str> {
    let all = [
        (misses.service, "why-other-service"),
        (misses.state, "why-other-state"),
        (misses.own, "why-not-own"),
    ];
    all.into_iter().filter(|(is, _)| *is).map(|(_, key)| key).collect()
}
