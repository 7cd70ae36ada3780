//! Every address and every verb has a rule; every action is tried as every role; and a verb refuses on a case what its address let in.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use odziv::actions::Actor;
use odziv::actions::index::{ACTIONS, Kind, OPEN, SIGNED_IN};
use odziv::actions::user::NewUser;
use odziv::domain::id::{RoleId, UserId};
use odziv::domain::permission::defaults::about;
use odziv::domain::permission::rule::Extent;
use odziv::domain::permission::{Right, Role, RoleRules};
use odziv::store::role::RoleHead;
use odziv::store::token::NewToken;
use tower::ServiceExt as _;

use super::town::{Browser, PASSWORD, Town};

/// Rights that no action asks for, and why.
const NOT_ASKED_YET: &[(Right, &str)] = &[];

/// Verbs that do not ask for the right themselves, and why.
const ASKS_OTHERWISE: &[(&str, &str)] = &[
    ("viewed", "tells the audit what was shown after the right was asked for"),
    ("listened", "tells the audit what is played after the right was asked for"),
    ("list_viewed", "tells the audit what was shown after the right was asked for"),
    ("people_listed", "tells the audit who was shown after the right was asked for"),
    ("exported", "tells the audit what is sent after the right was asked for"),
    ("begin_second_factor", "everybody sets up the own one, and nothing else"),
    ("confirm_second_factor", "everybody sets up the own one, and nothing else"),
    ("finish_task", "everybody finishes what waits for oneself, and nothing else is found"),
];

#[test]
fn every_address_of_the_program_has_a_rule() {
    let mut routes = routes();
    // Assets are under their hashes; what the API has is in its own description.
    routes.insert("GET /assets/{*path}".into());
    routes.extend(described_api());
    let known: BTreeSet<String> = OPEN
        .iter()
        .chain(SIGNED_IN)
        .map(|(address, _)| (*address).to_owned())
        .chain(ACTIONS.iter().flat_map(|action| action.reached.iter().map(|a| (*a).to_owned())))
        .collect();
    let forgotten: Vec<_> = routes.difference(&known).collect();
    assert!(forgotten.is_empty(), "no rule in src/actions/index.rs for {forgotten:#?}");
    let gone: Vec<_> = known.difference(&routes).collect();
    assert!(gone.is_empty(), "src/actions/index.rs has what the router has not: {gone:#?}");
}

#[test]
fn every_verb_has_its_line_and_asks_for_the_right_on_it() {
    let mut missing = Vec::new();
    let mut found = BTreeSet::new();
    let flow = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/domain/flow.rs")).unwrap();
    for (file, text) in sources("src/actions") {
        for (name, signature) in functions(&text) {
            if !signature.contains("actor: &Actor") || name == "allow" || name == "decide" || name == "reach"
            {
                continue;
            }
            if name.starts_with("may_read") {
                continue;
            }
            match ACTIONS.iter().find(|action| action.kind == Kind::Verb && action.name == name) {
                Some(action) => {
                    let asks = format!("Right::{:?}", action.right);
                    let by_account = text.contains("allow_account") && action.right == Right::ManageUsers;
                    let by_step =
                        (text.contains("Step::") || text.contains("flow::")) && flow.contains(&asks);
                    let otherwise = ASKS_OTHERWISE.iter().any(|(name, _)| *name == action.name);
                    if !text.contains(&asks) && !by_account && !by_step && !otherwise {
                        missing.push(format!("{file}: {name} does not ask for {asks}"));
                    }
                }
                None => missing.push(format!("{file}: the verb {name} is not in src/actions/index.rs")),
            }
            found.insert(name);
        }
    }
    for action in ACTIONS.iter().filter(|action| action.kind == Kind::Verb) {
        if !found.contains(action.name) {
            missing.push(format!("src/actions/index.rs names {}, which is no verb", action.name));
        }
    }
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}

#[test]
fn every_right_is_asked_for_by_an_action() {
    let asked: BTreeSet<String> = ACTIONS.iter().map(|action| action.right.to_string()).collect();
    let idle: Vec<_> = Right::ALL
        .iter()
        .filter(|right| !asked.contains(right.as_str()))
        .filter(|right| NOT_ASKED_YET.iter().all(|(known, _)| known != *right))
        .collect();
    assert!(idle.is_empty(), "rights that no action asks for: {idle:?}");
}

/// Through HTTP, as the four roles that the program brings, one that may nothing and one that may everything: an address answers 403
/// exactly when the evaluator says so.
#[tokio::test]
async fn every_action_is_tried_as_every_role() {
    let town = Town::open().await;
    let nothing = role(&town, "nothing", |_| Extent::No).await;
    let everything = role(&town, "everything", |_| Extent::All).await;
    let mut roles: Vec<RoleId> = Role::ALL.iter().map(|base| RoleRules::seeded_id(*base)).collect();
    roles.extend([nothing, everything]);
    let mut wrong = Vec::new();
    let mut tried = 0;
    for role in roles {
        let user = user(&town, &format!("user{role}"), role).await;
        let mut browser = town.signed_in(&format!("user{role}")).await;
        let token = csrf(&mut browser).await;
        let is_administrator = town.actions.db().directory().role(role).unwrap().base == Role::Administrator;
        let mut api = browser_with_token(&town, role, user).await;
        for (address, rights) in actions_by_address() {
            let is_api = address.contains("/api/");
            if is_api && is_administrator {
                continue; // No token is one.
            }
            let actor = Actor::User { id: user, role: Role::Officer };
            let allowed = rights.iter().any(|right| town.actions.decide(&actor, *right, None).allowed);
            let client = if is_api { &mut api } else { &mut browser };
            let status = ask(&town, client, &address, "999999", None, &token).await;
            let refused = status == StatusCode::FORBIDDEN;
            tried += 1;
            if refused == allowed || status.is_server_error() || status == StatusCode::UNAUTHORIZED {
                wrong.push(format!("role {role}: {address} answers {status}, the evaluator says {allowed}"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(tried > 150, "{tried}");
}

/// Somebody reads every case and may everything in the own service only: the address lets in, the verb must refuse on a case
/// of another service. And whoever may not read it either is told that it does not exist.
#[tokio::test]
async fn a_verb_refuses_on_a_case_of_another_service_what_its_address_lets_in() {
    let town = Town::open().await;
    let case = town.text("Нема расвете", "+381641234567").await;
    let directory = town.actions.db().directory();
    let [water, roads] = ["water", "roads"].map(|key| directory.department_by_key(key).unwrap().id);
    let version = town.actions.set_department(&Actor::System, case.id, 1, Some(roads)).await.unwrap();
    let scoped = |right: Right| if about(right).on_case { Extent::OwnService } else { Extent::All };
    let reader = role(&town, "reader", |right| match right {
        Right::ReadCases => Extent::All,
        right => scoped(right),
    })
    .await;
    let blind = role(&town, "blind", scoped).await;
    let mut wrong = Vec::new();
    for (role, expected) in [(reader, StatusCode::FORBIDDEN), (blind, StatusCode::NOT_FOUND)] {
        let login = format!("user{role}");
        let user = user(&town, &login, role).await;
        town.actions.set_user_role(&Actor::System, user, role, Some(water)).await.unwrap();
        let mut browser = town.signed_in(&login).await;
        let token = csrf(&mut browser).await;
        let mut api = browser_with_token(&town, role, user).await;
        for (address, rights) in actions_by_address() {
            let on_case = address.contains("/cases/{id}") && rights.iter().all(|right| about(*right).on_case);
            if !on_case || expected == StatusCode::FORBIDDEN && rights.contains(&Right::ReadCases) {
                continue;
            }
            let client = if address.contains("/api/") { &mut api } else { &mut browser };
            for body in bodies(&address, version) {
                let status = ask(&town, client, &address, &case.id.to_string(), Some(&body), &token).await;
                if status != expected {
                    wrong.push(format!("{address} with {body:?} answers {status} instead of {expected}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    // The same bodies are good ones: an administrator is not refused.
    let mut admin = town.signed_in("admin").await;
    let token = csrf(&mut admin).await;
    for address in actions_by_address().into_keys().filter(|a| a.starts_with("POST /cases/{id}")) {
        for body in bodies(&address, version) {
            let status = ask(&town, &mut admin, &address, &case.id.to_string(), Some(&body), &token).await;
            // There may be no such deadline, and somebody else's change may have come between.
            let fine = status.is_success()
                || status.is_redirection()
                || status == StatusCode::CONFLICT
                || address.contains("{deadline}");
            assert!(fine && status != StatusCode::FORBIDDEN, "{address} with {body:?}: {status}");
        }
    }
}

#[tokio::test]
async fn a_role_that_lost_a_right_loses_it_with_the_next_click() {
    let town = Town::open().await;
    let case = town.text("Нема воде", "+381641234567").await;
    let mut mira = town.signed_in("mira").await;
    let path = format!("/cases/{}/notes", case.id);
    assert_eq!(mira.post(&path, &[("words", "прво")]).await.status, StatusCode::SEE_OTHER);
    let operator = RoleRules::seeded_id(Role::Operator);
    town.actions.set_rules(&Actor::System, vec![(operator, Right::AddNote, Vec::new())]).await.unwrap();
    assert_eq!(mira.post(&path, &[("words", "друго")]).await.status, StatusCode::FORBIDDEN);
}

/// What a form or a program sends, good ones; a new address of a case needs a line here.
fn bodies(address: &str, version: i64) -> Vec<String> {
    let json = |more: &[&str]| more.iter().map(|more| format!(r#"{{"version":{version},{more}}}"#)).collect();
    let version = format!("version={version}");
    match address {
        "POST /cases/{id}/facts" => {
            let facts = ["status=in_progress", "assignee=1", "category=1", "department=1"];
            facts.iter().map(|fact| format!("{version}&{fact}")).collect()
        }
        "POST /cases/{id}/take" => vec![version],
        "POST /cases/{id}/notes" => vec!["words=x".into()],
        "POST /cases/{id}/answers" => vec![version],
        // Sent in parts, which has tests of its own: see the files of cases.
        "POST /cases/{id}/files" | "POST /api/v1/cases/{id}/files" => Vec::new(),
        "POST /cases/{id}/answer" => vec![format!("{version}&outcome=resolved&words=x")],
        "POST /cases/{id}/replies" => vec!["words=x".into()],
        "POST /cases/{id}/step" => vec![format!("{version}&step=reopen&reason=x")],
        "POST /cases/{id}/place" => vec![format!("{version}&place=x")],
        "POST /cases/{id}/followers" => vec!["person=1".into()],
        "POST /api/v1/cases/{id}/followers" => vec![r#"{"person":1}"#.into()],
        "POST /cases/{id}/deadlines/{deadline}/pause" => vec!["reason=citizen&words=x".into()],
        "POST /cases/{id}/deadlines/{deadline}/resume" => vec![String::new()],
        "POST /cases/{id}/deadlines/{deadline}/extend" => vec!["by=1&words=x".into()],
        "POST /api/v1/cases/{id}/deadlines/{deadline}/pause" => {
            vec![r#"{"reason":"citizen","words":"x"}"#.into()]
        }
        "POST /api/v1/cases/{id}/deadlines/{deadline}/resume" => vec![String::new()],
        "POST /api/v1/cases/{id}/deadlines/{deadline}/extend" => vec![r#"{"by":1,"words":"x"}"#.into()],
        "POST /api/v1/cases/{id}/mails" => vec![r#"{"words":"x"}"#.into()],
        "POST /api/v1/cases/{id}/forwarded-mails" => {
            vec![r#"{"to":"a@example.rs","party":"institution","note":"x"}"#.into()]
        }
        "POST /api/v1/cases/{id}/notes" | "POST /api/v1/cases/{id}/replies" => {
            vec![r#"{"words":"x"}"#.into()]
        }
        "POST /api/v1/cases/{id}/macros/{macro}" => vec![r#"{"version":1}"#.into()],
        "POST /api/v1/cases/{id}/status" => json(&[r#""status":"in_progress""#]),
        "POST /api/v1/cases/{id}/answer" => json(&[r#""outcome":"resolved","words":"x""#]),
        "POST /api/v1/cases/{id}/reopen" | "POST /api/v1/cases/{id}/return" => json(&[r#""reason":"x""#]),
        "POST /api/v1/cases/{id}/forward" => json(&[r#""department":"water","note":"x""#]),
        "POST /api/v1/cases/{id}/assign" => json(&[r#""user":"mira""#]),
        "POST /api/v1/cases/{id}/annul" => json(&[r#""reason":"x""#]),
        "POST /api/v1/cases/{id}/split" => json(&[r#""category":"roads","words":"x","entries":[1]"#]),
        "POST /api/v1/cases/{id}/unsplit" => vec![String::new()],
        "POST /api/v1/cases/{id}/category" => json(&[r#""category":"water""#]),
        "POST /api/v1/cases/{id}/department" => json(&[r#""department":"water""#]),
        "PUT /api/v1/cases/{id}/answers" => json(&[r#""answers":{}"#]),
        "POST /api/v1/cases/{id}/place" => json(&[r#""place":"x""#]),
        "POST /api/v1/cases/{id}/notices/{notice}/settle" => vec![r#"{"told":"phone"}"#.into()],
        "PUT /api/v1/cases/{id}/watchers/{login}" | "DELETE /api/v1/cases/{id}/watchers/{login}" => {
            vec![String::new()]
        }
        address if address.starts_with("GET ") => vec![String::new()],
        // What the workplace sends has tests of its own, see `cases`.
        address if address.starts_with("POST /cases/{id}/") || address.contains("/links/") => Vec::new(),
        address if address.ends_with("merge") => Vec::new(),
        other => unreachable!("say in tests/it/web/rights.rs what {other} is sent"),
    }
}

async fn ask(
    town: &Town,
    client: &mut Browser,
    address: &str,
    id: &str,
    body: Option<&str>,
    csrf: &str,
) -> StatusCode {
    let (method, path) = address.split_once(' ').unwrap();
    let path: Vec<String> = path
        .split('/')
        .map(|part| match part {
            "{id}" => id.to_owned(),
            "{login}" => "mira".to_owned(),
            part if part.starts_with('{') => "1".to_owned(),
            part => part.to_owned(),
        })
        .collect();
    let is_api = address.contains("/api/");
    let kind = if is_api { "application/json" } else { "application/x-www-form-urlencoded" };
    let body = match (method, body) {
        ("GET", _) => Body::empty(),
        (_, Some(body)) if is_api => Body::from(body.to_owned()),
        (_, Some(body)) => Body::from(format!("{body}&csrf={csrf}")),
        (_, None) => Body::from(format!("csrf={csrf}")),
    };
    let request = Request::builder().method(method).uri(path.join("/")).header("content-type", kind);
    let request = client.request(request, body);
    // Only the head of the answer: streams have no end.
    town.router.clone().oneshot(request).await.unwrap().status()
}

fn actions_by_address() -> BTreeMap<String, Vec<Right>> {
    let mut all: BTreeMap<String, Vec<Right>> = BTreeMap::new();
    for action in ACTIONS {
        for address in action.reached {
            all.entry((*address).to_owned()).or_default().push(action.right);
        }
    }
    all
}

async fn role(town: &Town, key: &str, extent: impl Fn(Right) -> Extent) -> RoleId {
    let head = RoleHead {
        key: key.into(),
        base: Role::Officer,
        name_sr: key.into(),
        name_en: key.into(),
        needs_second_factor: false,
    };
    let officer = RoleRules::seeded_id(Role::Officer);
    let id = town.actions.copy_role(&Actor::System, officer, head).await.unwrap();
    let cells = Right::ALL.iter().map(|right| (id, *right, extent(*right).rules())).collect();
    town.actions.set_rules(&Actor::System, cells).await.unwrap();
    id
}

async fn user(town: &Town, login: &str, role: RoleId) -> UserId {
    let new = NewUser {
        login: login.into(),
        name: login.into(),
        role: Role::Officer,
        department: None,
        password: PASSWORD.into(),
    };
    town.actions.create_user_of(&Actor::System, new, role).await.unwrap()
}

async fn browser_with_token(town: &Town, role: RoleId, owner: UserId) -> Browser {
    let new = NewToken { name: format!("role {role}"), role, owner: Some(owner), expires_at: None };
    let bearer = town.actions.create_token(&Actor::System, new).await.ok();
    Browser { bearer, ..town.browser() }
}

/// Of a page that everybody sees, whatever the role.
async fn csrf(browser: &mut Browser) -> String {
    browser.token_of("/nothing").await
}

/// `GET /cases/{id}` for every route in the text of the router.
fn routes() -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for (file, text) in sources("src/web") {
        let text = text.split("#[cfg(test)]").next().unwrap();
        for piece in text.split(".route(").skip(1).filter(|piece| piece.trim_start().starts_with('"')) {
            if file.ends_with("assets.rs") {
                continue;
            }
            assert!(
                file.ends_with("web/router.rs") || file.ends_with("api/mod.rs"),
                "{file}: routes are in router.rs, on one list"
            );
            let path = piece.split('"').nth(1).unwrap();
            let end = piece.find("\n        .").or_else(|| piece.find(";\n")).or_else(|| piece.find("\n}"));
            let handlers = &piece[..end.unwrap_or(piece.len())];
            let handlers = handlers.split_once('"').unwrap().1.split_once('"').unwrap().1;
            let methods = [
                ("get", "GET"),
                ("post", "POST"),
                ("put", "PUT"),
                ("patch", "PATCH"),
                ("delete", "DELETE"),
                ("any", "ANY"),
            ];
            let before = all.len();
            for (word, method) in methods {
                let called = handlers
                    .match_indices(&format!("{word}("))
                    .any(|(at, _)| !handlers[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'));
                if called {
                    all.insert(format!("{method} {path}"));
                }
            }
            assert!(all.len() > before, "{file}: no method of {path} was understood");
        }
    }
    all
}

fn described_api() -> Vec<String> {
    let mut found = Vec::new();
    for (_, text) in sources("src/web/api") {
        for piece in text.split("#[utoipa::path(").skip(1) {
            let method = piece.split(',').next().unwrap().trim().to_uppercase();
            let path = piece.split("path = \"").nth(1).unwrap().split('"').next().unwrap();
            found.push(format!("{method} /api/v1{path}"));
        }
    }
    assert!(found.len() >= 4);
    found
}

/// Names of public functions with what is between their name and their body.
fn functions(text: &str) -> Vec<(String, String)> {
    let text = text.split("#[cfg(test)]").next().unwrap();
    text.split("pub async fn ")
        .skip(1)
        .map(|piece| {
            let name: String = piece.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            (name, piece.split('{').next().unwrap().to_owned())
        })
        .collect()
}

fn sources(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && path.file_name().is_some_and(|name| name != "node_modules") {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                found.push((path.to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}
