//! What a person can do on a page a program can do by the API: every action has an address there, and they work.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use odziv::actions::Actor;
use odziv::actions::index::{ACTIONS, NOT_IN_API};
use odziv::actions::user::NewUser;
use odziv::domain::id::{CaseId, UserId};
use odziv::domain::permission::rule::Rule;
use odziv::domain::permission::{Right, Role, RoleRules};
use odziv::store::role::RoleHead;
use odziv::store::token::NewToken;
use serde_json::{Value, json};

use super::town::{Answer, Browser, PASSWORD, Town};

#[test]
fn every_action_has_an_address_of_the_api_or_a_reason_to_have_none() {
    let has_address = |name: &str| {
        let mut lines = ACTIONS.iter().filter(|action| action.name == name);
        lines.any(|action| action.reached.iter().any(|address| address.contains(" /api/")))
    };
    // What a program reads of a case it reads with the case.
    let names: BTreeSet<&str> = ACTIONS.iter().map(|action| action.name).collect();
    let excused: BTreeSet<&str> = NOT_IN_API.iter().map(|(name, _)| *name).collect();
    let missing: Vec<_> =
        names.iter().filter(|name| !has_address(name) && !excused.contains(*name)).collect();
    assert!(missing.is_empty(), "no address of the API, and no reason in src/actions/index.rs: {missing:?}");
    let needless: Vec<_> =
        excused.iter().filter(|name| has_address(name) || !names.contains(*name)).collect();
    assert!(needless.is_empty(), "src/actions/index.rs excuses what needs no excuse: {needless:?}");
}

#[tokio::test]
async fn program_keeps_lists_and_finishes_tasks_in_the_name_of_its_user() {
    let town = Town::open().await;
    let (mut program, owner) = program(&town).await;
    let kept =
        send(&mut program, "POST", "/filters", json!({ "name": "Нови", "query": "status=new&evil=1" })).await;
    assert_eq!(kept.status, StatusCode::CREATED, "{}", kept.text);
    let id = kept.json()["id"].as_i64().unwrap();
    let lists = program.get("/api/v1/filters").await.json();
    assert_eq!((&lists[0]["query"], &lists[0]["owner"]), (&json!("status=new"), &json!("program")));
    let renamed = json!({ "name": "Свакодневно", "shared": true });
    let address = format!("/filters/{id}");
    assert_eq!(send(&mut program, "PUT", &address, renamed).await.status, StatusCode::NO_CONTENT);
    assert_eq!(program.get("/api/v1/filters").await.json()[0]["name"], "Свакодневно");
    assert_eq!(send(&mut program, "DELETE", &address, Value::Null).await.status, StatusCode::NO_CONTENT);
    assert_eq!(program.get("/api/v1/filters").await.json(), json!([]));
    let case = town.text("Пукла цев", "+381641234567").await;
    town.actions.watch(&Actor::System, case.id, owner).await.unwrap();
    assert_eq!(program.get("/api/v1/tasks").await.status, StatusCode::OK);
    let gone = send(&mut program, "POST", "/tasks/99/finish", Value::Null).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    // Nobody's program has nothing of its own.
    let mut nobodys = town.api().await;
    assert_eq!(nobodys.get("/api/v1/filters").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(nobodys.get("/api/v1/tasks").await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn program_changes_what_is_known_of_a_case() {
    let town = Town::open().await;
    let (mut program, _) = program(&town).await;
    let case = town.text("Пукла цев у Душановој", "+381641234567").await;
    let at = |rest: &str| format!("/cases/{}/{rest}", case.id);
    let question = json!({ "name_sr": "Колика је рупа?", "kind": "number", "required": true });
    let asked = send(&mut program, "PUT", "/categories/roads/questions/size", question).await;
    assert_eq!(asked.status, StatusCode::OK, "{}", asked.text);
    let moved =
        send(&mut program, "POST", &at("category"), json!({ "version": 1, "category": "roads" })).await;
    assert_eq!(moved.status, StatusCode::OK, "{}", moved.text);
    let stale =
        send(&mut program, "POST", &at("category"), json!({ "version": 1, "category": "water" })).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    let unknown =
        send(&mut program, "POST", &at("category"), json!({ "version": 2, "category": "no" })).await;
    assert_eq!(unknown.status, StatusCode::BAD_REQUEST);
    let version = moved.json()["version"].as_i64().unwrap();
    let with = json!({ "version": version, "department": "roads" });
    let version = version_of(&send(&mut program, "POST", &at("department"), with).await);
    let answers = program.get(&format!("/api/v1{}", at("answers"))).await.json();
    assert_eq!((&answers[0]["key"], &answers[0]["answer"]), (&json!("size"), &Value::Null));
    let wrong = json!({ "version": version, "answers": { "size": "велика" } });
    let wrong = send(&mut program, "PUT", &at("answers"), wrong).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("size: no_number"), "{}", wrong.text);
    let unasked = json!({ "version": version, "answers": { "colour": "red" } });
    assert_eq!(
        send(&mut program, "PUT", &at("answers"), unasked).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let right = json!({ "version": version, "answers": { "size": "12" } });
    version_of(&send(&mut program, "PUT", &at("answers"), right).await);
    assert_eq!(program.get(&format!("/api/v1{}", at("answers"))).await.json()[0]["answer"], "12");
    let slip = program.get(&format!("/api/v1{}", at("slip"))).await.json();
    assert_eq!(slip["number"], case.number.as_str());
    assert!(!slip["pin"].as_str().unwrap().is_empty());
    let similar = program.get("/api/v1/similar-cases?place=Dusanova&words=pukla%20cev&category=roads").await;
    assert_eq!(similar.json()[0]["case"]["number"], case.number.as_str(), "{}", similar.text);
}

#[tokio::test]
async fn program_removes_a_file_with_a_reason() {
    let town = Town::open().await;
    let (mut program, _) = program(&town).await;
    let case = town.text("Пукла цев", "+381641234567").await;
    let address = format!("/files/{}", add_file(&mut program, case.id).await);
    let silent = send(&mut program, "DELETE", &address, json!({ "reason": " " })).await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    let removed = send(&mut program, "DELETE", &address, json!({ "reason": "туђи предмет" })).await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
    assert_eq!(program.get(&format!("/api/v1{address}")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn program_keeps_calendar_deadlines_and_areas() {
    let town = Town::open().await;
    let (mut program, _) = program(&town).await;
    let day = json!({ "hours": [], "why": "Градска слава" });
    assert_eq!(
        send(&mut program, "PUT", "/calendar/days/2026-12-04", day).await.status,
        StatusCode::NO_CONTENT
    );
    let calendar = program.get("/api/v1/calendar").await.json();
    assert_eq!(calendar["days"][0]["date"], "2026-12-04");
    let mut week = json!({ "week": calendar["week"], "holidays": calendar["holidays"] });
    week["week"][5] = json!(["08:00-12:00"]);
    assert_eq!(send(&mut program, "PUT", "/calendar", week).await.status, StatusCode::NO_CONTENT);
    assert_eq!(program.get("/api/v1/calendar").await.json()["week"][5], json!(["08:00-12:00"]));
    let removed = send(&mut program, "DELETE", "/calendar/days/2026-12-04", Value::Null).await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
    let profiles = program.get("/api/v1/deadline-profiles").await.json();
    let mut profile = profiles[0].clone();
    profile.as_object_mut().unwrap().remove("key");
    profile["terms"]["amount"] = json!(72);
    profile["everywhere"] = json!(false);
    let put = send(&mut program, "PUT", "/deadline-profiles/short", profile.clone()).await;
    assert_eq!((put.status, &put.json()["terms"]["amount"]), (StatusCode::OK, &json!(72)), "{}", put.text);
    profile["terms"]["amount"] = json!(0);
    let zero = send(&mut program, "PUT", "/deadline-profiles/short", profile).await;
    assert_eq!(zero.status, StatusCode::UNPROCESSABLE_ENTITY);
    let of_category = json!({ "profile": "short" });
    let set = send(&mut program, "PUT", "/categories/roads/deadline", of_category).await;
    assert_eq!(set.status, StatusCode::NO_CONTENT, "{}", set.text);
    let area = json!({ "name_sr": "Центар", "streets": [{ "name": "Дунавска", "from": 1, "to": 31, "side": "odd" }] });
    let put = send(&mut program, "PUT", "/areas/centar", area).await;
    assert_eq!(put.json()["streets"][0]["side"], "odd", "{}", put.text);
    let table = json!({ "table": "Лиман; Народног фронта; 1-50" });
    let imported = send(&mut program, "POST", "/areas/import", table).await;
    assert_eq!(imported.json(), json!({ "areas": 1, "streets": 1 }));
    assert_eq!(
        send(&mut program, "DELETE", "/areas/centar", Value::Null).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(program.get("/api/v1/areas").await.json().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn program_keeps_the_rules_of_privacy_and_reads_the_audit() {
    let town = Town::open().await;
    let (mut program, _) = program(&town).await;
    let person = send(&mut program, "POST", "/people", json!({ "name": "Љиљана Ђурић" })).await;
    let person = person.json()["id"].as_i64().unwrap();
    let rule = json!({ "keep_days": 400, "recording_days": 30, "legal_days": 90, "basis": "Одлука" });
    let put = send(&mut program, "PUT", "/retention/water", rule).await;
    assert_eq!(put.status, StatusCode::NO_CONTENT, "{}", put.text);
    let wrong = json!({ "keep_days": 4, "recording_days": 30, "legal_days": 90, "basis": "Одлука" });
    assert_eq!(send(&mut program, "PUT", "/retention", wrong).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let rules = program.get("/api/v1/retention").await.json();
    assert!(rules["rules"].as_array().unwrap().iter().any(|rule| rule["category"] == "water"));
    let dropped = send(&mut program, "DELETE", "/retention/water", Value::Null).await;
    assert_eq!(dropped.status, StatusCode::NO_CONTENT);
    let report = program.get(&format!("/api/v1/people/{person}/report")).await;
    assert!(report.text.contains("Љиљана"), "{}", report.text);
    let address = format!("/people/{person}/erasure");
    let silent = send(&mut program, "POST", &address, json!({ "reason": "" })).await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(program.get(&format!("/api/v1{address}")).await.json()["erased"], json!([]));
    let erased = send(&mut program, "POST", &address, json!({ "reason": "захтев 5/2026" })).await;
    assert_eq!(erased.json()["done"], true, "{}", erased.text);
    let audit = program.get("/api/v1/audit?who=token&kind=person").await;
    let deeds: BTreeSet<String> =
        audit.json().as_array().unwrap().iter().map(|e| e["what"].as_str().unwrap().to_owned()).collect();
    assert!(deeds.len() >= 2, "{}", audit.text);
    assert_eq!(program.get("/api/v1/audit?who=nobody").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn program_looks_after_users_roles_and_tokens() {
    let town = Town::open().await;
    let (mut program, _) = program(&town).await;
    let new = json!({ "login": "pera", "name": "Пера Перић", "role": "officer", "department": "water", "password": "mesecina-nad-rekom" });
    let added = send(&mut program, "POST", "/users", new.clone()).await;
    assert_eq!(added.status, StatusCode::CREATED, "{}", added.text);
    assert_eq!(send(&mut program, "POST", "/users", new).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let id = added.json()["id"].as_i64().unwrap();
    let at = |rest: &str| format!("/users/{id}{rest}");
    let changed = json!({ "role": "operator", "department": null, "active": false });
    let changed = send(&mut program, "PUT", &at(""), changed).await;
    assert_eq!((&changed.json()["role"], &changed.json()["active"]), (&json!("operator"), &json!(false)));
    let made = json!({ "role": "administrator", "department": null, "active": true });
    assert_eq!(send(&mut program, "PUT", &at(""), made).await.status, StatusCode::FORBIDDEN);
    let back = json!({ "role": "operator", "department": null, "active": true });
    assert_eq!(send(&mut program, "PUT", &at(""), back).await.status, StatusCode::OK);
    let phone = send(&mut program, "POST", &at("/phones"), json!({ "label": "сто" })).await;
    assert_eq!(phone.status, StatusCode::CREATED, "{}", phone.text);
    assert_eq!(program.get(&format!("/api/v1{}", at("/phones"))).await.json()[0]["label"], "сто");
    let extension = json!({ "extension": "777" });
    assert_eq!(send(&mut program, "PUT", &at("/extension"), extension).await.status, StatusCode::NO_CONTENT);
    let revoked = format!("/phones/{}", phone.json()["id"]);
    assert_eq!(send(&mut program, "DELETE", &revoked, Value::Null).await.status, StatusCode::NO_CONTENT);
    let weak = json!({ "password": "lozinka123" });
    assert_eq!(
        send(&mut program, "PUT", &at("/password"), weak).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        send(&mut program, "DELETE", &at("/sessions"), Value::Null).await.status,
        StatusCode::NO_CONTENT
    );
    let strong = json!({ "password": "mesecina-nad-morem" });
    assert_eq!(send(&mut program, "PUT", &at("/password"), strong).await.status, StatusCode::NO_CONTENT);
    // A program knows it too: it is changed at the first log-in.
    assert!(town.actions.db().directory().new_passwords.contains(&UserId(id)));
    let role = json!({ "from": 1, "key": "night", "name_sr": "Ноћна смена" });
    let role = send(&mut program, "POST", "/roles", role).await;
    assert_eq!(role.status, StatusCode::CREATED, "{}", role.text);
    let role = role.json()["id"].as_i64().unwrap();
    let rules = json!({ "rules": [{ "services": "all" }, { "refuse": true, "services": "all", "states": ["answered"] }] });
    let cell = format!("/roles/{role}/rights/classify");
    assert_eq!(send(&mut program, "PUT", &cell, rules).await.status, StatusCode::NO_CONTENT);
    let listed = program.get("/api/v1/roles").await.json();
    let listed = listed.as_array().unwrap().iter().find(|known| known["id"] == role).unwrap().clone();
    assert_eq!(listed["rights"]["classify"][1]["states"], json!(["answered"]));
    let why = program.get("/api/v1/rights/why?user=mira&right=manage_rights").await;
    assert_eq!(why.json()["allowed"], false, "{}", why.text);
    let token = send(
        &mut program,
        "POST",
        "/tokens",
        json!({ "name": "таблa", "role": "operator", "owner": "pera" }),
    )
    .await;
    let mut other =
        Browser { bearer: Some(token.json()["token"].as_str().unwrap().into()), ..town.browser() };
    assert_eq!(other.get("/api/v1/cases").await.status, StatusCode::OK);
    let known = program.get("/api/v1/tokens").await.json()[0].clone();
    assert_eq!(known["owner"], "pera");
    let revoked = format!("/tokens/{}", known["id"]);
    assert_eq!(send(&mut program, "DELETE", &revoked, Value::Null).await.status, StatusCode::NO_CONTENT);
    assert_eq!(other.get("/api/v1/cases").await.status, StatusCode::UNAUTHORIZED);
    let removed = send(&mut program, "DELETE", &format!("/roles/{role}"), Value::Null).await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn program_changes_plans_and_queues() {
    let town = Town::open().await;
    let (mut program, _) = program(&town).await;
    let plan = program.get("/api/v1/dialplans/main").await.json();
    assert_eq!(plan["in_force"], true);
    let text = format!("# од програма\n{}", plan["text"].as_str().unwrap());
    let broken = json!({ "text": "schema = 1\n[", "seen": plan["revision"] });
    let refused = send(&mut program, "PUT", "/dialplans/main", broken).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let put = json!({ "text": text, "seen": plan["revision"], "note": "проба" });
    let put = send(&mut program, "PUT", "/dialplans/main", put).await;
    assert_eq!((put.status, &put.json()["in_force"]), (StatusCode::OK, &json!(true)), "{}", put.text);
    let stale = json!({ "text": "# друго", "seen": plan["revision"] });
    let stale = send(&mut program, "PUT", "/dialplans/main", stale).await;
    assert!([StatusCode::CONFLICT, StatusCode::UNPROCESSABLE_ENTITY].contains(&stale.status));
    let versions = program.get("/api/v1/dialplans/main/versions").await.json();
    assert_eq!(versions[0]["note"], "проба");
    let version = format!("/api/v1/dialplans/main/versions/{}", versions[0]["id"]);
    assert_eq!(program.get(&version).await.json()["text"], text);
    let queues = program.get("/api/v1/queues").await.json();
    let mut queue = queues[0].clone();
    queue.as_object_mut().unwrap().remove("key");
    queue["name"] = json!("Ноћна линија");
    queue["members"] = json!([{ "user": "mira" }]);
    let put = send(&mut program, "PUT", "/queues/night", queue.clone()).await;
    assert_eq!(put.status, StatusCode::NO_CONTENT, "{}", put.text);
    queue["ring"] = json!(100_000);
    let absurd = send(&mut program, "PUT", "/queues/night", queue).await;
    assert_eq!(absurd.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        send(&mut program, "DELETE", "/queues/night", Value::Null).await.status,
        StatusCode::NO_CONTENT
    );
    let skills = json!({ "languages": ["en"], "services": ["water"] });
    let set = send(&mut program, "PUT", "/operators/mira/skills", skills).await;
    assert_eq!(set.status, StatusCode::NO_CONTENT, "{}", set.text);
    let reason = json!({ "name_sr": "Обука", "name_en": "Training" });
    let put = send(&mut program, "PUT", "/pause-reasons/training", reason).await;
    assert_eq!(put.status, StatusCode::NO_CONTENT, "{}", put.text);
    assert!(program.get("/api/v1/pause-reasons").await.text.contains("Обука"));
    assert_eq!(program.get("/api/v1/board").await.status, StatusCode::OK);
    assert_eq!(program.get("/api/v1/safety").await.status, StatusCode::OK);
    let lifted = send(&mut program, "DELETE", "/safety/bans/192.0.2.7", Value::Null).await;
    assert_eq!(lifted.status, StatusCode::NO_CONTENT);
}

fn version_of(answer: &Answer) -> i64 {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer.json().pointer("/version").unwrap().as_i64().unwrap()
}

pub async fn send(program: &mut Browser, method: &str, path: &str, body: Value) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(format!("/api/v1{path}"))
        .header("content-type", "application/json");
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    program.send_body(request, body).await
}

/// A text file on a case; its id.
pub async fn add_file(program: &mut Browser, case: CaseId) -> i64 {
    let body = "--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"zapis.txt\"\r\n\
        content-type: text/plain\r\n\r\nЦурило је целу ноћ.\r\n--x--\r\n";
    let request = Request::post(format!("/api/v1/cases/{case}/files"))
        .header("content-type", "multipart/form-data; boundary=x");
    let added = program.send_body(request, Body::from(body)).await;
    assert_eq!(added.status, StatusCode::CREATED, "{}", added.text);
    added.json().pointer("/0/id").unwrap().as_i64().unwrap()
}

/// One that may everything a role can, in the name of a user.
pub async fn program(town: &Town) -> (Browser, UserId) {
    let head = RoleHead {
        key: "program".into(),
        base: Role::Officer,
        name_sr: "Програм".into(),
        name_en: "Program".into(),
        needs_second_factor: false,
    };
    let officer = RoleRules::seeded_id(Role::Officer);
    let role = town.actions.copy_role(&Actor::System, officer, head).await.unwrap();
    let cells = Right::ALL.iter().map(|right| (role, *right, vec![Rule::EVERYWHERE])).collect();
    town.actions.set_rules(&Actor::System, cells).await.unwrap();
    let user = NewUser {
        login: "program".into(),
        name: "Програм".into(),
        role: Role::Officer,
        department: None,
        password: PASSWORD.into(),
    };
    let owner = town.actions.create_user_of(&Actor::System, user, role).await.unwrap();
    let new = NewToken { name: "program".into(), role, owner: Some(owner), expires_at: None };
    let bearer = town.actions.create_token(&Actor::System, new).await.unwrap();
    (Browser { bearer: Some(bearer), ..town.browser() }, owner)
}
