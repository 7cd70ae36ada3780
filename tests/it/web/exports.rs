//! Lists as files, and lists that are kept.

use axum::http::StatusCode;
use odziv::actions::Actor;
use odziv::actions::town::NewPerson;
use odziv::domain::phone::PhoneNumber;

use super::town::{Town, between};

#[tokio::test]
async fn list_is_exported_as_it_is_filtered_and_the_audit_knows() {
    let town = Town::open().await;
    let case = town.text("=1+1 Пукла цев; вода", "+381641234567").await;
    town.text("Рупа на путу", "+381652222222").await;
    let mut mira = town.signed_in("mira").await;
    assert_eq!(mira.get("/cases/export?format=csv").await.status, StatusCode::FORBIDDEN);
    let mut jovan = town.signed_in("jovan").await;
    let csv = jovan.get("/cases/export?format=csv&q=cev").await;
    assert_eq!((csv.status, csv.header("content-type")), (StatusCode::OK, "text/csv; charset=utf-8".into()));
    assert!(csv.header("content-disposition").contains("cases-2026-11-22.csv"));
    assert!(csv.text.starts_with("\u{feff}Број предмета;Канал;"), "{}", csv.text);
    let lines: Vec<&str> = csv.text.lines().collect();
    assert_eq!(lines.len(), 2, "{}", csv.text);
    assert!(lines[1].starts_with(case.number.as_str()) && lines[1].contains("\"'=1+1 Пукла цев; вода\""));
    assert!(lines[1].contains(";2026-11-22 13:00:00;"), "in local time: {}", lines[1]);
    let xlsx = jovan.get("/cases/export?format=xlsx").await;
    assert!(xlsx.bytes.starts_with(b"PK"), "a workbook is a ZIP file");
    let told = town.actions.db().audit_after(0, 1_000).await.unwrap();
    let exported: Vec<_> =
        told.iter().filter(|row| format!("{row:?}").to_lowercase().contains("exported")).collect();
    assert_eq!(exported.len(), 2);
    let (detail, _) = exported[0].detail.as_ref().unwrap();
    assert_eq!(detail, r#"{"filter":"/cases?q=…","format":"csv"}"#, "not what was searched for");
}

#[tokio::test]
async fn people_and_users_are_exported_too() {
    let town = Town::open().await;
    let phone = PhoneNumber::from_stored("+381641234567").unwrap();
    let person =
        NewPerson { name: "Љиљана Ђурић".into(), address: "Дунавска 5".into(), phone };
    town.actions.put_people(vec![person]).await.unwrap();
    let mut admin = town.signed_in("admin").await;
    let people = admin.get("/people/export?format=csv").await.text;
    assert!(people.contains("Љиљана Ђурић;064/123-45-67;;Дунавска 5;"), "{people}");
    let users = admin.get("/users/export?format=csv").await.text;
    assert!(users.contains("Мира Јовановић;mira;"), "{users}");
    let mut mira = town.signed_in("mira").await;
    assert_eq!(mira.get("/people/export?format=csv").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn list_is_kept_shared_counted_and_forgotten() {
    let town = Town::open().await;
    town.text("Пукла цев", "+381641234567").await;
    let mut jovan = town.signed_in("jovan").await;
    let page = jovan.get("/cases?status=new,reopened&channel=sms").await.text;
    assert!(page.contains("Сачувај овај списак") && page.matches("class=\"row ").count() == 1);
    let query = between(&page, "name=\"query\" value=\"", "\"").replace("&#38;", "&");
    let form = [("name", "Нове поруке"), ("query", query.as_str()), ("shared", "on")];
    let kept = jovan.post("/filters", &form).await;
    assert_eq!(kept.header("location"), "/cases?status=new%2Creopened&channel=sms");
    let page = jovan.get(&kept.header("location")).await.text;
    let id = between(&page, "hx-get=\"/filters/", "/count").to_owned();
    assert!(page.contains("Нове поруке") && page.contains("aria-current=\"true\">Нове поруке"));
    assert_eq!(jovan.get(&format!("/filters/{id}/count")).await.text, "1");

    let mut mira = town.signed_in("mira").await;
    assert!(mira.get("/cases").await.text.contains("Нове поруке"));
    let refused = mira.post(&format!("/filters/{id}"), &[("deed", "remove")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let own =
        mira.post("/filters", &[("name", "Мој списак"), ("query", "assignee=me"), ("shared", "on")]).await;
    assert_eq!(own.status, StatusCode::FORBIDDEN);
    mira.post("/filters", &[("name", "Мој списак"), ("query", "assignee=me")]).await;
    assert!(!jovan.get("/cases").await.text.contains("Мој списак"));
    jovan.post(&format!("/filters/{id}"), &[("deed", "remove")]).await;
    assert!(!mira.get("/cases").await.text.contains("Нове поруке"));
}

#[tokio::test]
async fn programs_find_people_and_change_their_cards() {
    let town = Town::open().await;
    town.text("Пукла цев", "+381641234567").await;
    let mut api = town.api().await;
    let found = api.get("/api/v1/search?q=064%2F1234567").await.json();
    assert_eq!(
        (&found["cases"][0]["rank"], &found["people"][0]["phone"]),
        (&"phone".into(), &"+381641234567".into())
    );
    let id = found["people"][0]["id"].as_i64().unwrap();
    let card = api.get(&format!("/api/v1/people/{id}")).await.json();
    assert_eq!((&card["version"], &card["sent"][0]["words"]), (&1.into(), &"Пукла цев".into()));
    assert_eq!(api.get("/api/v1/people/999").await.status, StatusCode::NOT_FOUND);
}

/// What the templates link is what is tried.
#[tokio::test]
async fn every_list_of_the_administration_is_a_file_for_whoever_may_export() {
    let town = Town::open().await;
    town.text("Пукла цев", "+381641234567").await;
    let events = vec![odziv::domain::webhook::Event::CaseOpened];
    let hook = town.actions.add_webhook(&Actor::System, "https://example.rs/", events).await.unwrap().0;
    town.text("Рупа на путу", "+381652222222").await;
    let mut addresses = Vec::new();
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/src/web/templates");
    for folder in std::fs::read_dir(root).unwrap().map(Result::unwrap).filter(|f| f.path().is_dir()) {
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            let found = text.split("{% let export = \"").skip(1).filter_map(|rest| rest.split('"').next());
            addresses.extend(found.map(str::to_owned));
        }
    }
    addresses.extend(["/audit/export".into(), format!("/webhooks/{hook}/export")]);
    assert!(addresses.len() >= 14, "{addresses:?}");
    let (mut admin, mut mira) = (town.signed_in("admin").await, town.signed_in("mira").await);
    for address in &addresses {
        let csv = admin.get(&format!("{address}?format=csv")).await;
        assert_eq!(csv.status, StatusCode::OK, "{address}: {}", csv.text);
        assert!(csv.text.starts_with('\u{feff}') && csv.text.contains(';'), "{address}: {}", csv.text);
        // No key of a word is left without its word.
        let is_key = |cell: &str| cell.is_ascii() && cell.contains('-');
        assert!(!csv.text.lines().next().unwrap().split(';').any(is_key), "{address}: {}", csv.text);
        let xlsx = admin.get(&format!("{address}?format=xlsx")).await;
        assert!(xlsx.bytes.starts_with(b"PK"), "{address}");
        let refused = mira.get(&format!("{address}?format=csv")).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{address}");
    }
    let told = town.actions.db().audit_after(0, 10_000).await.unwrap();
    let exported = told.iter().filter(|row| row.link.what == "exported").count();
    assert_eq!(exported, addresses.len() * 2);
    let log = admin.get(&format!("/webhooks/{hook}/export?format=csv")).await.text;
    assert!(log.contains("чека"), "{log}");
    assert!(admin.get("/users").await.text.contains("/users/export?format=xlsx"));
    assert_eq!(admin.get("/export/secrets?format=csv").await.status, StatusCode::NOT_FOUND);
}
