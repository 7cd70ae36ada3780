//! A rule about one field, tried wherever the field can be changed: nobody gets around it by another way in.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use odziv::actions::Actor;
use odziv::actions::outcome::NewAnswer;
use odziv::domain::case::{CaseRef, Outcome, Status};
use odziv::domain::permission::rule::Rule;
use odziv::domain::permission::{Right, Role, RoleRules};
use odziv::store::token::NewToken;
use serde_json::json;

use super::town::{Answer, Browser, Town, between};

const WATER: &str = "water";

#[tokio::test]
async fn the_category_of_an_answered_case_is_closed_on_the_page_in_the_api_and_in_bulk_which_say_why() {
    let town = Town::open().await;
    let role = RoleRules::seeded_id(Role::Supervisor);
    let until = vec![Status::New, Status::Forwarded, Status::InProgress, Status::Reopened];
    let rules = vec![Rule { states: until, ..Rule::EVERYWHERE }];
    town.actions.set_rules(&Actor::System, vec![(role, Right::Classify, rules)]).await.unwrap();
    let mut jovan = town.signed_in("jovan").await;
    let mut program = program(&town).await;
    let mut other = town.api().await;
    let may_ask = vec![(role, Right::ManageRights, vec![Rule::EVERYWHERE])];
    town.actions.set_rules(&Actor::System, may_ask).await.unwrap();
    let case = town.text("Пукла је цев", "+381641234567").await;

    // Until it is answered every way is open.
    assert!(!category_field(&mut jovan, &case).await.contains("disabled"));
    assert_eq!(bulk(&mut jovan, &town, &case).await.matches("is-bulk-will").count(), 1);
    let changed = by_api(&mut program, &town, &case).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text);
    assert_eq!(why_by_api(&mut other, &case).await["allowed"], true);
    assert!(why(&mut jovan, &case).await.contains("is-good"));

    let answer = NewAnswer {
        outcome: Outcome::Resolved,
        words: "Поправљено је.".into(),
        silence: String::new(),
        note: String::new(),
    };
    let version = version(&town, &case).await;
    town.actions.set_status(&Actor::System, case.id, version, Status::InProgress).await.unwrap();
    town.actions.answer_case(&Actor::System, case.id, version + 1, answer).await.unwrap();

    assert!(category_field(&mut jovan, &case).await.contains("disabled"));
    let now = self::version(&town, &case).await.to_string();
    let category = town.actions.db().directory().category_by_key("roads").unwrap().id.to_string();
    let form = [("version", now.as_str()), ("category", category.as_str())];
    let by_page = jovan.post(&format!("/cases/{}/facts", case.id), &form).await;
    assert_eq!(by_page.status, StatusCode::FORBIDDEN);
    assert_eq!(bulk(&mut jovan, &town, &case).await.matches("is-bulk-no").count(), 1);
    let by_api = by_api(&mut program, &town, &case).await;
    assert_eq!(by_api.status, StatusCode::FORBIDDEN);
    assert!(by_api.text.contains("this case is in another state"), "{}", by_api.text);
    let said = why_by_api(&mut other, &case).await;
    assert_eq!(said["allowed"], false);
    assert!(said["reason"].as_str().unwrap().contains("in another state"), "{said}");
    let page = why(&mut jovan, &case).await;
    assert!(page.contains("is-bad") && !page.contains("is-good"), "{page}");

    let row = town.actions.db().case_row(case.id).await.unwrap().unwrap();
    assert_eq!(row.category, town.actions.db().directory().category_by_key(WATER).unwrap().id);
    // Other fields are not meant.
    let place = json!({ "version": row.version, "place": "Дунавска 5" });
    let place = post(&mut program, &format!("/api/v1/cases/{}/place", case.id), place).await;
    assert!(place.status.is_success(), "{}", place.text);
}

/// It acts with the role and as the person of whom the pages are.
async fn program(town: &Town) -> Browser {
    let owner = town.actions.db().directory().user_by_login("jovan").unwrap().id;
    let role = RoleRules::seeded_id(Role::Supervisor);
    let new = NewToken { name: "program".into(), role, owner: Some(owner), expires_at: None };
    let token = town.actions.create_token(&Actor::System, new).await.unwrap();
    Browser { bearer: Some(token), ..town.browser() }
}

async fn version(town: &Town, case: &CaseRef) -> i64 {
    town.actions.db().case_row(case.id).await.unwrap().unwrap().version
}

async fn category_field(browser: &mut Browser, case: &CaseRef) -> String {
    let page = browser.get(&format!("/cases/{}", case.id)).await;
    between(&page.text, "<select name=\"category\"", ">").to_owned()
}

async fn bulk(browser: &mut Browser, town: &Town, case: &CaseRef) -> String {
    let category = town.actions.db().directory().category_by_key("roads").unwrap().id.to_string();
    let case = case.id.to_string();
    let form = [("cases", case.as_str()), ("action", "classify"), ("category", category.as_str())];
    browser.post("/cases/bulk", &form).await.text
}

async fn by_api(program: &mut Browser, town: &Town, case: &CaseRef) -> Answer {
    let key = if version(town, case).await == 1 { WATER } else { "roads" };
    let body = json!({ "version": version(town, case).await, "category": key });
    post(program, &format!("/api/v1/cases/{}/category", case.id), body).await
}

async fn post(program: &mut Browser, path: &str, body: serde_json::Value) -> Answer {
    let request = Request::post(path).header("content-type", "application/json");
    program.send_body(request, Body::from(body.to_string())).await
}

async fn why_by_api(program: &mut Browser, case: &CaseRef) -> serde_json::Value {
    program.get(&format!("/api/v1/rights/why?user=jovan&right=classify&case={}", case.id)).await.json()
}

async fn why(browser: &mut Browser, case: &CaseRef) -> String {
    let page = browser.get(&format!("/rights/why?right=classify&case={}", case.id)).await;
    between(&page.text, "class=\"why-answers\"", "</div>").to_owned()
}
