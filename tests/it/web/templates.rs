//! Templates and macros, as a browser and a program see them.

use axum::http::{Request, StatusCode};
use odziv::domain::case::Status;
use serde_json::json;

use super::town::{Town, between, version};

#[tokio::test]
async fn an_editor_names_the_place_of_a_mistake_and_shows_words_on_a_real_case() {
    let town = Town::open().await;
    assert_eq!(town.signed_in("mira").await.get("/templates").await.status, StatusCode::FORBIDDEN);
    let mut jovan = town.signed_in("jovan").await;
    let list = jovan.get("/templates").await;
    assert!(list.text.contains("Отклоњено на терену") && list.text.contains("Одговори на предмет"));
    let form = [("name_sr", "Хвала"), ("kind", "text"), ("words_sr", "Хвала за {broj}.")];
    let refused = jovan.post("/templates", &form).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("Поље „broj“ не постоји: ред 1, знак 10"), "{}", refused.text);
    assert!(refused.text.contains("Хвала за {broj}."), "what was written is still there");

    let case = town.text("Нема грејања", "+381641234567").await;
    let words = "Хвала за предмет {number}: {address}.";
    let form = [("name_sr", "Хвала"), ("kind", "text"), ("words_sr", words), ("case", case.number.as_str())];
    let part = jovan.post_part("/templates/preview", &form).await.text;
    assert!(part.contains(&format!("Хвала за предмет {}: [[место проблема]].", case.number)), "{part}");
    assert!(part.contains("Предмет нема: место проблема."));
    assert!(part.contains("Ћирилицом: 1 део") && part.contains("Латиницом: 1 део"), "{part}");
    let whole = jovan.post("/templates/preview", &form).await.text;
    assert!(whole.contains("<html") && whole.contains("name=\"words_sr\""));
    let nowhere = [("kind", "text"), ("words_sr", "x"), ("case", "1-1/1")];
    assert!(jovan.post_part("/templates/preview", &nowhere).await.text.contains("1-1/1"));

    let made = jovan.post("/templates", &form).await;
    let place = made.header("location");
    let page = jovan.get(&place).await.text;
    let seen = version(&page);
    let archive = [("version", seen.as_str()), ("archived", "true")];
    assert_eq!(jovan.post(&format!("{place}/archive"), &archive).await.status, StatusCode::SEE_OTHER);
    let late = jovan.post(&place, &[("version", &seen), ("name_sr", "Хвала"), ("words_sr", "x")]).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.text.contains("Неко је у међувремену изменио ово"));
}

#[tokio::test]
async fn a_template_goes_into_the_draft_without_scripts_and_a_gap_is_not_sent() {
    let town = Town::open().await;
    let case = town.text("Нема грејања", "+381641234567").await;
    let mut mira = town.signed_in("mira").await;
    let path = format!("/cases/{}", case.id);
    let page = mira.get(&path).await.text;
    let panel = between(&page, "panel is-reply", "</form>");
    let id = option(panel, "Узето у рад");
    let form = [("mode", "reply"), ("template", id.as_str()), ("words", "Поштовани,")];
    let back = mira.post(&format!("{path}/templates"), &form).await;
    assert_eq!(back.header("location"), format!("{path}?write=reply#composer"));
    let page = mira.get(&format!("{path}?write=reply")).await.text;
    assert!(page.contains("value=\"reply\" checked"));
    assert!(
        between(&page, "data-draft=\"reply\">", "</textarea>").starts_with("Поштовани,\n\nпријава је узета")
    );
    let part = mira.post_part(&format!("{path}/templates"), &form).await;
    assert!(part.text.starts_with("пријава је узета у рад"), "{}", part.text);

    let sent =
        mira.post_part(&format!("{path}/replies"), &[("words", "На адреси [[место проблема]].")]).await;
    assert_eq!(sent.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(sent.text.contains("попуните „место проблема“"), "{}", sent.text);
    assert!(!mira.get(&path).await.text.contains("На адреси"));
}

#[tokio::test]
async fn a_letter_is_a_sheet_of_its_own_and_no_other_template_is_one() {
    let town = Town::open().await;
    let case = town.text("Нема грејања", "+381641234567").await;
    let mut mira = town.signed_in("mira").await;
    let page = mira.get(&format!("/cases/{}", case.id)).await.text;
    let (before, _) = page.split_once(">Допис грађанину</a>").unwrap();
    let address = before.rsplit_once("href=\"").unwrap().1.trim_end_matches('"').to_owned();
    let letter = mira.get(&address).await.text;
    assert!(letter.contains(&format!("Број: {}", case.number)) && letter.contains("[[одговор на предмет]]"));
    assert!(letter.contains("Предмет нема: назив града, име грађанина, одговор на предмет"), "{letter}");
    let templates = town.actions.db().kept_templates().await.unwrap();
    let note = templates.iter().find(|one| one.name_sr == "Узето у рад").unwrap();
    let other = mira.get(&format!("/cases/{}/letters/{}", case.id, note.id)).await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_macro_is_composed_looked_over_and_carried_out() {
    let town = Town::open().await;
    let case = town.text("Нема грејања", "+381641234567").await;
    let (mut jovan, mut mira) = (town.signed_in("jovan").await, town.signed_in("mira").await);
    let half = [("name_sr", "На посао"), ("act-act", "take_up"), ("act-act", "reply"), ("act-template", "")];
    let refused = jovan.post("/macros", &half).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("Радња 2 није потпуна"), "{}", refused.text);
    let form = [
        ("name_sr", "На посао"),
        ("act-act", "take_up"),
        ("act-assignee", ""),
        ("act-act", ""),
        ("act-assignee", ""),
        ("act-act", "assign"),
        ("act-assignee", "me"),
    ];
    assert_eq!(jovan.post("/macros", &form).await.header("location"), "/macros");
    let list = jovan.get("/macros").await.text;
    assert!(list.contains("<li>додели: онај ко је покрене</li>"), "{list}");

    let path = format!("/cases/{}", case.id);
    let page = mira.get(&path).await.text;
    let (before, _) = page.split_once(">На посао</a>").unwrap();
    let address = before.rsplit_once("href=\"").unwrap().1.trim_end_matches('"').to_owned();
    let look = mira.get(&address).await.text;
    assert!(look.contains("Шта ће се десити") && look.contains("Мира Јовановић"), "{look}");
    let row = town.actions.db().case_row(case.id).await.unwrap().unwrap();
    assert_eq!((row.status, row.version), (Status::New, 1), "looking changes nothing");
    let seen = version(&look);
    let done = mira.post(&address, &[("version", &seen)]).await;
    assert_eq!(done.header("location"), path);
    let page = mira.get(&path).await.text;
    assert!(page.contains("Брза радња: На посао") && page.contains("У раду"));
    let late = mira.post(&address, &[("version", &seen)]).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.text.contains("Неко је у међувремену изменио предмет"));
}

#[tokio::test]
async fn a_macro_that_cannot_be_says_which_act_and_why_also_in_bulk() {
    let town = Town::open().await;
    let case = town.text("Нема грејања", "+381641234567").await;
    let mut jovan = town.signed_in("jovan").await;
    let page = jovan.get(&format!("/cases/{}", case.id)).await.text;
    // Its answer names the place, which nobody said.
    let (before, _) = page.split_once(">Проблем је отклоњен</a>").unwrap();
    let address = before.rsplit_once("href=\"").unwrap().1.trim_end_matches('"').to_owned();
    let look = jovan.get(&address).await;
    assert_eq!(look.status, StatusCode::OK);
    assert!(look.text.contains("предмет нема податак „место проблема“"), "{}", look.text);
    assert!(!look.text.contains("Изврши све"));
    let id = address.rsplit('/').next().unwrap().to_owned();
    let cases = case.id.to_string();
    let form = [("cases", cases.as_str()), ("action", "macro"), ("macro", id.as_str())];
    let bulk = jovan.post("/cases/bulk", &form).await.text;
    assert!(bulk.contains("is-bulk-no") && bulk.contains("предмет нема податак"), "{bulk}");
    assert!(jovan.post("/cases/bulk", &form[..2]).await.text.contains("Изаберите брзу радњу"));
}

#[tokio::test]
async fn programs_keep_templates_and_use_macros() {
    let town = Town::open().await;
    let case = town.text("Нема грејања", "+381641234567").await;
    let mut api = town.api().await;
    let new = json!({ "name_sr": "Проба", "kind": "note", "words_sr": "Предмет {number}, {address}" });
    let made = send(&mut api, "POST", "/api/v1/templates", &new).await;
    assert_eq!(made.0, StatusCode::CREATED, "{}", made.1);
    let id = made.1["id"].as_i64().unwrap();
    let bad = json!({ "name_sr": "Проба", "kind": "note", "words_sr": "{adresa}" });
    let bad = send(&mut api, "POST", "/api/v1/templates", &bad).await;
    assert_eq!(bad.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(bad.1["detail"].as_str().unwrap().contains("line 1, character 1"), "{}", bad.1);
    let filled = api.get(&format!("/api/v1/cases/{}/templates/{id}", case.id)).await.json();
    assert_eq!(filled["words"], format!("Предмет {}, [[address]]", case.number));
    assert_eq!(filled["gaps"], json!(["address"]));

    let change = json!({ "version": 1, "name_sr": "Проба", "kind": "note", "words_sr": "Предмет {number}" });
    assert_eq!(send(&mut api, "PUT", &format!("/api/v1/templates/{id}"), &change).await.0, StatusCode::OK);
    assert_eq!(
        send(&mut api, "PUT", &format!("/api/v1/templates/{id}"), &change).await.0,
        StatusCode::CONFLICT
    );

    let acts = json!([{ "act": "note", "template": id }, { "act": "take_up" }]);
    let new = json!({ "name_sr": "Проба", "acts": acts });
    let made = send(&mut api, "POST", "/api/v1/macros", &new).await;
    assert_eq!(made.0, StatusCode::CREATED, "{}", made.1);
    assert_eq!(made.1["acts"], acts);
    let used = format!("/api/v1/cases/{}/macros/{}", case.id, made.1["id"]);
    let would = api.get(&used).await.json();
    assert_eq!((would["status"].as_str(), would["version"].as_i64()), (Some("in_progress"), Some(1)));
    let done = send(&mut api, "POST", &used, &json!({ "version": 1 })).await;
    assert_eq!(done.0, StatusCode::OK, "{}", done.1);
    assert_eq!(send(&mut api, "POST", &used, &json!({ "version": 1 })).await.0, StatusCode::CONFLICT);
    let archive = json!({ "version": 2, "archived": true });
    let needed = send(&mut api, "POST", &format!("/api/v1/templates/{id}/archive"), &archive).await;
    assert_eq!(needed.0, StatusCode::UNPROCESSABLE_ENTITY, "the macro says it: {}", needed.1);
}

async fn send(
    api: &mut super::town::Browser,
    method: &str,
    path: &str,
    body: &serde_json::Value,
) -> (StatusCode, serde_json::Value) {
    let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    let answer = api.send_body(request, axum::body::Body::from(body.to_string())).await;
    (answer.status, answer.json())
}

/// The value of the option with this label.
fn option(html: &str, label: &str) -> String {
    let (before, _) = html.split_once(&format!(">{label}</option>")).unwrap();
    before.rsplit_once("value=\"").unwrap().1.trim_end_matches('"').to_owned()
}
