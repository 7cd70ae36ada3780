//! The card of a person, as a browser sees it.

use axum::http::StatusCode;
use odziv::actions::town::NewPerson;
use odziv::domain::id::PersonId;
use odziv::domain::phone::PhoneNumber;

use super::town::{Town, between};

#[tokio::test]
async fn case_leads_to_the_card_and_the_card_to_everything_that_was_sent() {
    let town = Town::open().await;
    let case = town.text("Пукла цев <b>", "+381641234567").await;
    let id = person(&town, "Љиљана Ђурић", "+381641234567").await;
    let mut mira = town.signed_in("mira").await;
    assert!(mira.get(&format!("/cases/{}", case.id)).await.text.contains(&format!("href=\"/people/{id}\"")));
    let card = mira.get(&format!("/people/{id}")).await.text;
    assert!(
        card.contains("Љиљана Ђурић")
            && card.contains("064/123-45-67")
            && card.contains("Пукла цев &#60;b&#62;")
    );
    assert!(card.contains(&format!("href=\"/cases/{}\"", case.id)));
    let list = mira.get("/people?q=ljilj").await.text;
    assert!(list.contains("<mark>Љиљана</mark>"));
    assert!(mira.get(&format!("/cases?person={id}")).await.text.contains(case.number.as_str()));
    assert_eq!(mira.get("/people/999").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn card_is_edited_and_who_was_slower_is_told() {
    let town = Town::open().await;
    let id = person(&town, "Ана", "+381641234567").await;
    let other = person(&town, "Јован", "+381642222222").await;
    let mut mira = town.signed_in("mira").await;
    let path = format!("/people/{id}");
    let version = version(&mira.get(&path).await.text);
    let facts =
        [("version", version.as_str()), ("name", "Ана Анић"), ("language", "sr-Latn"), ("tell_by", "")];
    let saved = mira.post(&format!("{path}/facts"), &facts).await;
    assert_eq!((saved.status, saved.header("location")), (StatusCode::SEE_OTHER, path.clone()));
    let late = mira.post(&format!("{path}/facts"), &facts).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.text.contains("Ана Анић"));

    let taken = point(&mut mira, &path, "phone", "064 222 2222", "add").await;
    assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(taken.text.contains(&format!("href=\"/people/{other}\"")), "{}", taken.text);
    let wrong = point(&mut mira, &path, "email", "ana", "add").await;
    assert!(wrong.text.contains("Контакт није сачуван"));
    assert_eq!(point(&mut mira, &path, "email", "Ana@Example.rs", "add").await.status, StatusCode::SEE_OTHER);
    assert_eq!(
        point(&mut mira, &path, "phone", "+381641234567", "invalid").await.status,
        StatusCode::SEE_OTHER
    );
    let page = mira.get(&path).await.text;
    assert!(page.contains("mailto:ana@example.rs") && page.contains("Не важи од 22.11.2026."));
    let version = self::version(&page);
    let consent =
        [("version", version.as_str()), ("consent", "surveys"), ("state", "given"), ("means", "telephone")];
    assert_eq!(mira.post(&format!("{path}/consents"), &consent).await.status, StatusCode::SEE_OTHER);
    let page = mira.get(&path).await.text;
    assert!(page.contains("class=\"is-given\"") && page.contains("22.11.2026., телефоном"), "{page}");
}

#[tokio::test]
async fn two_cards_are_compared_merged_and_split() {
    let town = Town::open().await;
    let (ana, anna) =
        (person(&town, "Ана", "+381641234567").await, person(&town, "Ana", "+381642222222").await);
    let mut mira = town.signed_in("mira").await;
    assert_eq!(mira.get(&format!("/people/{ana}/merge")).await.status, StatusCode::FORBIDDEN);
    let mut jovan = town.signed_in("jovan").await;
    let found = jovan.get(&format!("/people/{ana}/merge?q=ana")).await.text;
    assert!(
        found.contains(&format!("/people/{ana}/merge?other={anna}"))
            && !found.contains(&format!("?other={ana}\""))
    );
    let both = jovan.get(&format!("/people/{ana}/merge?other={anna}")).await.text;
    assert!(both.contains("064/123-45-67") && both.contains("064/222-22-22"));
    jovan.post(&format!("/people/{ana}/merge"), &[("other", &anna.to_string())]).await;
    let card = jovan.get(&format!("/people/{ana}")).await.text;
    assert!(card.contains("064/222-22-22"));
    let away = jovan.get(&format!("/people/{anna}")).await;
    assert_eq!(away.header("location"), format!("/people/{ana}"));
    let merge = between(&card, "name=\"merge\" value=\"", "\"").to_owned();
    jovan.post(&format!("/people/{ana}/split"), &[("merge", &merge)]).await;
    assert!(!jovan.get(&format!("/people/{ana}")).await.text.contains("064/222-22-22"));
    assert_eq!(jovan.get(&format!("/people/{anna}")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn person_is_added_by_hand_and_a_mistake_loses_nothing() {
    let town = Town::open().await;
    let mut mira = town.signed_in("mira").await;
    let form = [("name", "Петар Перић"), ("phone", "12"), ("email", ""), ("address", "Дунавска 5")];
    let wrong = mira.post("/people", &form).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("value=\"Петар Перић\"") && wrong.text.contains("value=\"Дунавска 5\""));
    let form = [("name", "Петар Перић"), ("phone", "0641234567"), ("email", ""), ("address", "Дунавска 5")];
    let added = mira.post("/people", &form).await;
    assert!(added.header("location").starts_with("/people/"));
    assert!(mira.get("/search?q=dunavska").await.text.contains("Петар Перић"));
}

async fn person(town: &Town, name: &str, number: &str) -> PersonId {
    let phone = PhoneNumber::from_stored(number).unwrap();
    let person = NewPerson { name: name.into(), address: String::new(), phone };
    town.actions.put_people(vec![person]).await.unwrap().remove(0)
}

async fn point(
    browser: &mut super::town::Browser,
    path: &str,
    kind: &str,
    value: &str,
    deed: &str,
) -> super::town::Answer {
    let version = version(&browser.get(path).await.text);
    let form = [("version", version.as_str()), ("kind", kind), ("value", value), ("deed", deed)];
    browser.post(&format!("{path}/points"), &form).await
}

fn version(page: &str) -> String {
    between(page, "name=\"version\" value=\"", "\"").to_owned()
}
