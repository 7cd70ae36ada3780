//! The rules of one role about one right: where, in which states, whose cases; what is allowed and what is refused.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::words::{role_name, said};
use crate::actions::ActionError;
use crate::domain::case::Status;
use crate::domain::id::{DepartmentId, RoleId};
use crate::domain::permission::defaults::about;
use crate::domain::permission::rule::{MOST_RULES, Rule, Services};
use crate::domain::permission::{Right, RoleRules};
use crate::web::auth::SignedIn;
use crate::web::cases::view::Choice;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

/// Empty ones below those that are there, to be filled in.
const BLANK: usize = 2;

#[derive(Debug)]
pub struct RuleView {
    pub place: usize,
    pub title: String,
    pub effects: Vec<Choice>,
    pub services: Vec<Choice>,
    pub named: Vec<Choice>,
    pub states: Vec<Choice>,
    pub own: bool,
}

#[derive(askama::Template)]
#[template(path = "rights/cell.html")]
pub struct CellPage<'a> {
    pub page: &'a Page,
    pub role: String,
    pub right: String,
    pub action: String,
    pub on_case: bool,
    pub kept: bool,
    /// What holds now, in words.
    pub now: Vec<String>,
    pub rules: Vec<RuleView>,
    pub problem: Option<String>,
}

/// With whether it allows or refuses.
pub fn sentence(page: &Page, rule: &Rule) -> String {
    let key = if rule.refuse { "rule-refused" } else { "rule-allowed" };
    page.with(key, "rule", said(page, rule))
}

pub async fn show(
    signed_in: SignedIn,
    Path((role, right)): Path<(i64, String)>,
) -> Result<Response, WebError> {
    signed_in.require(Right::ManageRights)?;
    let right: Right = right.parse().map_err(|_| WebError::NotFound)?;
    let page = &signed_in.page;
    let role = page.directory.role(RoleId(role)).ok_or(WebError::NotFound)?;
    html(view(page, role, right, role.rules(right), None))
}

pub async fn save(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((role, right)): Path<(i64, String)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let right: Right = right.parse().map_err(|_| WebError::NotFound)?;
    let page = &signed_in.page;
    let known = page.directory.role(RoleId(role)).ok_or(WebError::NotFound)?;
    let rules: Vec<Rule> = (0..MOST_RULES + BLANK).filter_map(|place| rule(&pairs, place)).collect();
    match app.actions.set_rules(&signed_in.actor(), vec![(RoleId(role), right, rules.clone())]).await {
        Ok(()) => Ok(Redirect::to("/rights?saved=1").into_response()),
        Err(ActionError::Invalid(_)) => {
            let shown = html(view(page, known, right, &rules, Some(page.say("rules-invalid"))))?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

/// `None` for one that was left empty, or taken away.
fn rule(pairs: &[(String, String)], place: usize) -> Option<Rule> {
    let all = |field: &str| {
        let name = format!("{field}-{place}");
        pairs.iter().filter(move |(known, _)| *known == name).map(|(_, value)| value.as_str())
    };
    let refuse = match all("effect").next()? {
        "allow" => false,
        "refuse" => true,
        _ => return None,
    };
    let services = match all("services").next() {
        Some("own") => Services::Own,
        Some("named") => {
            Services::Named(all("named").filter_map(|id| id.parse().ok().map(DepartmentId)).collect())
        }
        _ => Services::All,
    };
    let states: Vec<Status> = all("state").filter_map(|word| word.parse().ok()).collect();
    Some(Rule { refuse, services, states, own: all("own").next().is_some() })
}

fn view<'a>(
    page: &'a Page,
    role: &RoleRules,
    right: Right,
    rules: &[Rule],
    problem: Option<String>,
) -> CellPage<'a> {
    let count = (rules.len() + BLANK).min(MOST_RULES);
    CellPage {
        page,
        role: role_name(page, role),
        right: page.word("right", right.as_str()),
        action: format!("/rights/roles/{}/{right}", role.id),
        on_case: about(right).on_case,
        kept: role.keeps(right),
        now: role.rules(right).iter().map(|rule| sentence(page, rule)).collect(),
        rules: (0..count).map(|place| rule_view(page, place, rules.get(place))).collect(),
        problem,
    }
}

fn rule_view(page: &Page, place: usize, rule: Option<&Rule>) -> RuleView {
    let choice = |value: &str, label: String, chosen: bool| Choice { value: value.into(), label, chosen };
    let effect = rule.map(|rule| if rule.refuse { "refuse" } else { "allow" }).unwrap_or_default();
    let services = match rule.map(|rule| &rule.services) {
        Some(Services::Own) => "own",
        Some(Services::Named(_)) => "named",
        _ => "all",
    };
    let is_named = |id: DepartmentId| matches!(rule.map(|rule| &rule.services), Some(Services::Named(named)) if named.contains(&id));
    RuleView {
        place,
        title: page.with("rule-number", "number", place + 1),
        effects: ["", "allow", "refuse"]
            .map(|word| {
                choice(
                    word,
                    page.say(&format!("rule-effect-{}", if word.is_empty() { "none" } else { word })),
                    word == effect,
                )
            })
            .into(),
        services: ["all", "own", "named"]
            .map(|word| choice(word, page.say(&format!("rule-services-{word}")), word == services))
            .into(),
        named: page
            .directory
            .departments
            .iter()
            .map(|d| choice(&d.id.to_string(), page.name(&d.name_sr, Some(&d.name_en)), is_named(d.id)))
            .collect(),
        states: Status::ALL
            .iter()
            .map(|status| {
                let chosen = rule.is_some_and(|rule| rule.states.contains(status));
                choice(status.as_str(), page.word("status", status.as_str()), chosen)
            })
            .collect(),
        own: rule.is_some_and(|rule| rule.own),
    }
}

#[cfg(test)]
pub mod samples {
    use askama::Template as _;

    use super::*;
    use crate::domain::permission::Role;

    pub fn cell(page: &Page, words: &str) -> askama::Result<String> {
        let rules = vec![Rule { refuse: true, states: vec![Status::New], own: true, ..Rule::EVERYWHERE }];
        let role =
            RoleRules { name_sr: words.into(), name_en: words.into(), ..RoleRules::seeded(Role::Officer) };
        view(page, &role, Right::Classify, &rules, Some(words.into())).render()
    }

    #[test]
    fn what_is_shown_is_read_back_as_it_was() {
        let page = crate::web::samples::page(crate::web::i18n::Language::English);
        let rules = [
            Rule { services: Services::Own, states: vec![Status::New, Status::Closed], ..Rule::EVERYWHERE },
            Rule {
                refuse: true,
                services: Services::Named(vec![DepartmentId(7)]),
                own: true,
                ..Rule::EVERYWHERE
            },
        ];
        let role = RoleRules::seeded(Role::Officer);
        let shown = view(&page, &role, Right::Classify, &rules, None);
        let mut pairs = Vec::new();
        for rule in &shown.rules {
            let mut put = |field: &str, choices: &[Choice]| {
                let chosen = choices.iter().filter(|choice| choice.chosen);
                pairs.extend(chosen.map(|choice| (format!("{field}-{}", rule.place), choice.value.clone())));
            };
            put("effect", &rule.effects);
            put("services", &rule.services);
            put("state", &rule.states);
            if rule.place == 1 {
                pairs.push(("named-1".into(), "7".into()));
                pairs.push(("own-1".into(), "on".into()));
            }
        }
        let read: Vec<Rule> = (0..4).filter_map(|place| rule(&pairs, place)).collect();
        assert_eq!(read, rules);
    }
}
