//! The editor of dialplans: what is saved, what is refused, what is remembered.

use std::fs;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use odziv::actions::call::{CallArrived, CallEnded, EndedBy};
use odziv::domain::caller::Caller;
use serde_json::json;

use super::town::{Answer, Browser, Town, between};

const NUMBER: &str = "+38121480001";
const PLAN: &str = "schema = 1\n[number.\"+38121480001\"]\nstart = \"tell\"\n\
    [node.tell.record]\nprompt = \"leave_message\"\nnext = \"end\"\n[node.end.hangup]\n";

async fn open() -> (Town, Browser) {
    let town = Town::open().await;
    town.write_plan("small", PLAN);
    let browser = town.signed_in("admin").await;
    (town, browser)
}

async fn save(browser: &mut Browser, text: &str, seen: &str, note: &str) -> Answer {
    // As a browser does it.
    let text = text.replace('\n', "\r\n");
    browser.post("/dialplans/small", &[("text", text.as_str()), ("seen", seen), ("note", note)]).await
}

async fn seen(browser: &mut Browser) -> String {
    let page = browser.get("/dialplans/small").await;
    assert_eq!(page.status, StatusCode::OK);
    between(&page.text, "name=\"seen\" value=\"", "\"").to_owned()
}

async fn ask(browser: &mut Browser, what: &str, body: serde_json::Value) -> Answer {
    let token = browser.token().await;
    let request = Request::post(format!("/dialplans/small/{what}"))
        .header("content-type", "application/json")
        .header("x-csrf-token", token);
    browser.send_body(request, Body::from(body.to_string())).await
}

#[tokio::test]
async fn only_an_administrator_comes_near_the_plans() {
    let (town, _) = open().await;
    for login in ["mira", "jovan"] {
        let mut browser = town.signed_in(login).await;
        for path in ["/dialplans", "/dialplans/small", "/dialplans/small/versions"] {
            assert_eq!(browser.get(path).await.status, StatusCode::FORBIDDEN, "{login} {path}");
        }
        let answer = save(&mut browser, PLAN, "x", "").await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{login}");
        assert_eq!(ask(&mut browser, "check", json!({"text": PLAN})).await.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn a_saved_plan_answers_at_once_and_its_author_is_remembered() {
    let (town, mut browser) = open().await;
    let seen = seen(&mut browser).await;
    let text = PLAN.replace("480001", "480009");
    let answer = save(&mut browser, &text, &seen, "нови број").await;
    assert_eq!(answer.header("location"), "/dialplans/small?saved=true", "{}", answer.text);
    assert_eq!(fs::read_to_string(town.data.path().join("dialplans/small.toml")).unwrap(), text);
    assert!(town.plans.current().by_number("+38121480009").is_some());
    let versions = browser.get("/dialplans/small/versions").await.text;
    assert!(versions.contains("Ана Анић") && versions.contains("нови број"), "{versions}");
    let list = browser.get("/dialplans").await.text;
    assert!(list.contains("021/480-009") && list.contains("Одговара на позиве"), "{list}");
}

#[tokio::test]
async fn a_plan_with_mistakes_is_told_line_by_line_and_changes_nothing() {
    let (town, mut browser) = open().await;
    let seen = seen(&mut browser).await;
    let broken = PLAN.replace("next = \"end\"", "next = \"ende\"");
    let answer = save(&mut browser, &broken, &seen, "моја белешка").await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains("Не постоји корак „ende“") && answer.text.contains("next = &#34;ende&#34;"));
    assert!(answer.text.contains("моја белешка"), "what was typed is not lost");
    assert_eq!(fs::read_to_string(town.data.path().join("dialplans/small.toml")).unwrap(), PLAN);

    let checked = ask(&mut browser, "check", json!({"text": broken})).await.json();
    let problem = &checked["problems"][0];
    assert_eq!((problem["line"].as_u64(), problem["column"].as_u64()), (Some(6), Some(8)), "{checked}");
    let said = |checked: &serde_json::Value| {
        let problem = &checked["problems"][0];
        ["message", "help"].map(|part| problem[part].as_str().unwrap().to_owned())
    };
    assert_eq!(said(&checked), ["Не постоји корак „ende“", "да ли сте мислили „end“?"]);
    for (language, message, help) in [
        ("sr-Latn", "Ne postoji korak „ende“", "da li ste mislili „end“?"),
        ("en", "there is no node \"ende\"", "did you mean \"end\"?"),
    ] {
        browser.post("/language", &[("language", language), ("next", "/")]).await;
        let checked = ask(&mut browser, "check", json!({"text": broken})).await.json();
        assert_eq!(said(&checked), [message, help]);
    }
}

#[tokio::test]
async fn while_one_types_the_text_is_checked_and_drawn_and_nothing_is_saved() {
    let (town, mut browser) = open().await;
    let text = PLAN.replace("node.end", "node.bye").replace("\"end\"", "\"bye\"");
    let checked = ask(&mut browser, "check", json!({"text": text})).await.json();
    assert_eq!(checked["problems"].as_array().unwrap().len(), 0, "{checked}");
    assert!(checked["graph"].as_str().unwrap().contains("data-node=\"bye\""));
    assert_eq!(town.plans.current().by_number(NUMBER).unwrap().nodes[1].name, "end");
}

#[tokio::test]
async fn who_was_overtaken_loses_neither_text_and_decides() {
    let (town, mut browser) = open().await;
    let seen = seen(&mut browser).await;
    let theirs = format!("{PLAN}# by hand\n");
    town.write_plan("small", &theirs);
    let mine = PLAN.replace("480001", "480009");
    let answer = save(&mut browser, &mine, &seen, "").await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.text.contains("# by hand") && answer.text.contains("480009"), "both are shown");
    assert_eq!(fs::read_to_string(town.data.path().join("dialplans/small.toml")).unwrap(), theirs);
    let now = between(&answer.text, "name=\"seen\" value=\"", "\"").to_owned();
    assert_eq!(save(&mut browser, &mine, &now, "").await.status, StatusCode::SEE_OTHER);
    assert!(town.plans.current().by_number("+38121480009").is_some());
}

#[tokio::test]
async fn an_earlier_version_is_compared_and_brought_back() {
    let (town, mut browser) = open().await;
    let first = seen(&mut browser).await;
    save(&mut browser, &format!("{PLAN}# one\n"), &first, "прва").await;
    let second = seen(&mut browser).await;
    save(&mut browser, &format!("{PLAN}# two\n"), &second, "друга").await;
    let page = browser.get("/dialplans/small/versions").await.text;
    assert!(page.contains("# one") && page.contains("# two"), "the last change is shown: {page}");
    let back = between(&page, "action=\"/dialplans/small/versions/", "/return").to_owned();
    let now = between(&page, "name=\"seen\" value=\"", "\"").to_owned();
    let path = format!("/dialplans/small/versions/{back}/return");
    assert_eq!(
        browser.post(&path, &[("seen", "stale")]).await.header("location"),
        "/dialplans/small/versions?conflict=true"
    );
    assert_eq!(
        browser.post(&path, &[("seen", &now)]).await.header("location"),
        "/dialplans/small?saved=true"
    );
    let text = fs::read_to_string(town.data.path().join("dialplans/small.toml")).unwrap();
    assert_eq!(text, format!("{PLAN}# one\n"));
}

#[tokio::test]
async fn a_new_plan_begins_with_a_name_that_is_a_file_name() {
    let (town, mut browser) = open().await;
    assert_eq!(browser.post("/dialplans", &[("name", "Ноћ")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let named = browser.post("/dialplans", &[("name", "night")]).await;
    assert_eq!(named.header("location"), "/dialplans/night");
    assert_eq!(browser.get("/dialplans/night").await.status, StatusCode::OK);
    assert_eq!(browser.get("/dialplans/..%2Fmain").await.status, StatusCode::NOT_FOUND);
    let text = PLAN.replace("480001", "480002");
    let saved = browser.post("/dialplans/night", &[("text", text.as_str()), ("seen", "")]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    assert!(town.data.path().join("dialplans/night.toml").exists());
}

#[tokio::test]
async fn a_text_is_tried_out_before_it_is_saved() {
    let (_town, mut browser) = open().await;
    let trial = |at: &str, keys: &str| json!({"text": PLAN, "number": NUMBER, "at": at, "keys": keys});
    let walk = ask(&mut browser, "try", trial("2026-11-22T10:00", "speak")).await;
    assert!(walk.text.contains("data-path=\"tell end\""), "{}", walk.text);
    assert!(walk.text.contains("позивалац говори 10 s и притиска #"), "{}", walk.text);
    assert!(walk.text.contains("предмет говорне поруке, са снимком од 10 s"), "{}", walk.text);
    let wrong = ask(&mut browser, "try", trial("2026-11-22T10:00", "push")).await.text;
    assert!(wrong.contains("„push“ није оно што позивалац може"), "{wrong}");
}

#[tokio::test]
async fn todays_callers_are_counted_on_the_exits_that_they_took() {
    let (town, mut browser) = open().await;
    let seen = seen(&mut browser).await;
    let text = format!("{PLAN}# counted\n");
    save(&mut browser, &text, &seen, "").await;
    let revision = town.plans.current().by_number(NUMBER).unwrap().revision.clone();
    for (index, walk) in [vec!["tell", "end"], vec!["tell", "end"], vec!["tell"]].into_iter().enumerate() {
        let at = town.clock.now();
        let arrived = CallArrived {
            external_id: format!("walk {index}"),
            direction: odziv::actions::call::Direction::In,
            operator: None,
            caller: Caller::Hidden,
            called: NUMBER.into(),
            at,
            plan_revision: revision.clone(),
        };
        let call = town.actions.journal_call(arrived).await.unwrap();
        let walk = walk.into_iter().map(str::to_owned).collect();
        let end = CallEnded { at, answered_at: Some(at), by: EndedBy::Caller, walk, story: Vec::new() };
        town.actions.finish_call(call, end).await.unwrap();
    }
    town.clock.advance(std::time::Duration::from_secs(60));
    let page = browser.get("/dialplans/small").await.text;
    assert!(page.contains("данас 3 позива"), "{page}");
    let label = between(&page, "<g class=\"edge-label\" data-from=\"tell\" data-to=\"end\">", "</g>");
    assert!(label.contains(">2</tspan>"), "{label}");
    town.clock.advance(std::time::Duration::from_secs(24 * 3600));
    let mut tomorrow = town.signed_in("admin").await;
    assert!(tomorrow.get("/dialplans/small").await.text.contains("данас још нико није звао"));
}
