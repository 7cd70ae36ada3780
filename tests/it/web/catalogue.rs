//! Services, categories and areas, as an administrator's browser sees them; answers on the page of a case.

use axum::http::StatusCode;

use super::town::{Town, version};

#[tokio::test]
async fn administrator_builds_a_branch_with_questions_and_the_case_asks_them() {
    let town = Town::open().await;
    assert_eq!(town.signed_in("mira").await.get("/services").await.status, StatusCode::FORBIDDEN);
    let mut admin = town.signed_in("admin").await;
    let made = admin.post("/services", &[("name_sr", "Хитна служба"), ("kind", "service")]).await;
    assert_eq!(made.header("location"), "/services/hitna-sluzba");
    let again = admin.post("/services", &[("name_sr", "Хитна служба"), ("kind", "service")]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text.contains("Кључ „hitna-sluzba“ већ постоји"), "{}", again.text);
    let odd = [("name_sr", "Хитна"), ("kind", "service"), ("email", "није адреса"), ("active", "on")];
    let odd = admin.post("/services/hitna-sluzba", &odd).await;
    assert!(odd.status == StatusCode::UNPROCESSABLE_ENTITY && odd.text.contains("value=\"није адреса\""));

    let directory = town.actions.db().directory();
    let (water, urgent) = (
        directory.category_by_key("water").unwrap().id.to_string(),
        directory.department_by_key("hitna-sluzba").unwrap().id.to_string(),
    );
    let made =
        admin.post("/categories", &[("name_sr", "Пукла цев"), ("parent", &water), ("key", "burst")]).await;
    assert_eq!(made.header("location"), "/categories/burst");
    let table = [("table", "Центар;Душанова\nСело;Сеоска")];
    assert_eq!(admin.post("/areas/import", &table).await.header("location"), "/areas");
    let bad = admin.post("/areas/import", &[("table", "Центар;Нова;где год")]).await;
    assert!(
        bad.status == StatusCode::UNPROCESSABLE_ENTITY && bad.text.contains("Ред 1 се не може прочитати")
    );
    let form = [
        ("name_sr", "Пукла цев"),
        ("parent", water.as_str()),
        ("class", "352"),
        ("active", "on"),
        ("route-area", "selo"),
        ("route-department", urgent.as_str()),
        ("route-area", ""),
        ("route-department", ""),
    ];
    assert_eq!(admin.post("/categories/burst", &form).await.header("location"), "/categories");
    let tried = admin.get("/categories/burst?place=u%20Seoskoj%203").await;
    assert!(
        tried.text.contains("Подручје: Село") && tried.text.contains("служба „Хитна служба“"),
        "{}",
        tried.text
    );

    let question = [
        ("name_sr", "Колико станова је без воде?"),
        ("kind", "number"),
        ("key", "flats"),
        ("required", "on"),
    ];
    let added = admin.post("/categories/burst/questions/new.question", &question).await;
    assert_eq!(added.header("location"), "/categories/burst#questions");
    let page = admin.get("/categories/burst").await;
    assert!(page.text.contains("Колико станова је без воде?"));
    let found = admin.get("/categories?q=PUKLA").await.text;
    assert!(found.contains("Пукла цев") && found.contains("Водовод") && !found.contains("Грејање</a>"));

    let case = town.text("Цури", "+381641234567").await;
    let mut mira = town.signed_in("mira").await;
    let burst = town.actions.db().directory().category_by_key("burst").unwrap().id.to_string();
    let page = mira.get(&format!("/cases/{}", case.id)).await;
    let facts = [("version", version(&page.text)), ("category", burst)];
    let facts: Vec<_> = facts.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let asked = mira.post(&format!("/cases/{}/facts", case.id), &facts).await;
    assert_eq!(asked.header("location"), format!("/cases/{}/answers", case.id), "asked at once");
    let page = mira.get(&format!("/cases/{}", case.id)).await;
    assert!(page.text.contains("Недостаје 1 обавезан податак"), "{}", page.text);
    let answers = format!("/cases/{}/answers", case.id);
    let field =
        format!("q-{}", town.actions.db().directory().category_by_key("burst").unwrap().questions[0].id);
    let version = version(&page.text);
    let wrong = mira.post(&answers, &[("version", &version), (field.as_str(), "пуно")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("Унесите број") && wrong.text.contains("value=\"пуно\""), "{}", wrong.text);
    let saved = mira.post(&answers, &[("version", &version), (field.as_str(), "12,5")]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    let page = mira.get(&format!("/cases/{}", case.id)).await.text;
    assert!(page.contains("<dd>12,5</dd>") && !page.contains("Недостаје"), "{page}");
    let stale = mira.post(&answers, &[("version", &version), (field.as_str(), "13")]).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
}
