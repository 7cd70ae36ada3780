//! Queues and the state of operators, as a browser sees them.

use axum::http::StatusCode;
use odziv::domain::queue::Strategy;

use super::town::Town;

const SETTINGS: &[(&str, &str)] = &[
    ("name", "Први ред"),
    ("strategy", "ring_all"),
    ("ring", "25"),
    ("rest", "5"),
    ("wrap-up", "40"),
    ("pause-after-missed", ""),
    ("max-waiting", "30"),
    ("promise", "20"),
    ("everyone", "on"),
];

#[tokio::test]
async fn supervisor_sets_a_queue_and_an_operator_may_not_even_look() {
    let town = Town::open().await;
    let mut mira = town.signed_in("mira").await;
    assert_eq!(mira.get("/queues").await.status, StatusCode::FORBIDDEN);
    assert_eq!(mira.post("/queues/operators", SETTINGS).await.status, StatusCode::FORBIDDEN);

    let mut jovan = town.signed_in("jovan").await;
    let list = jovan.get("/queues").await;
    assert!(list.text.contains("Оператери") && list.text.contains("Оброк"), "{}", list.text);
    let page = jovan.get("/queues/operators").await;
    assert!(page.text.contains("Мира Јовановић") && page.text.contains("Јован Марић"));
    let saved = jovan.post("/queues/operators", SETTINGS).await;
    assert_eq!((saved.status, saved.header("location")), (StatusCode::SEE_OTHER, "/queues".into()));
    let floor = town.actions.floor_settings().await.unwrap();
    let queue = &floor.queues[0];
    assert_eq!((queue.name.as_str(), queue.strategy), ("Први ред", Strategy::RingAll));
    assert_eq!((queue.pause_after_missed, queue.members.len()), (None, 2));
}

#[tokio::test]
async fn setting_out_of_its_bounds_is_named_and_nothing_is_saved() {
    let town = Town::open().await;
    let mut jovan = town.signed_in("jovan").await;
    let wrong: Vec<_> =
        SETTINGS.iter().map(|(name, value)| (*name, if *name == "ring" { "900" } else { *value })).collect();
    let refused = jovan.post("/queues/operators", &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("Проверите: Звони.") && refused.text.contains("value=\"900\""));
    let floor = town.actions.floor_settings().await.unwrap();
    assert_eq!(floor.queues[0].strategy, Strategy::LongestIdle);
    assert_eq!(jovan.get("/queues/nowhere").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn queue_is_added_and_removed_and_its_key_is_taken_once() {
    let town = Town::open().await;
    let mut jovan = town.signed_in("jovan").await;
    let added = jovan.post("/queues", &[("key", "water"), ("name", "Водовод")]).await;
    assert_eq!(added.header("location"), "/queues/water");
    let again = jovan.post("/queues", &[("key", "water"), ("name", "Водовод")]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(jovan.post("/queues/water/remove", &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(jovan.get("/queues/water").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn skills_and_reasons_of_pauses_are_set_on_the_page() {
    let town = Town::open().await;
    let mut jovan = town.signed_in("jovan").await;
    let mira = town.actions.db().directory().user_by_login("mira").unwrap().id;
    let skills = format!("/queues/operators/skills/{mira}");
    let saved = jovan.post(&skills, &[("language", "sr"), ("service", "water"), ("service", "roads")]).await;
    assert_eq!(saved.header("location"), "/queues/operators#skills");
    let floor = town.actions.floor_settings().await.unwrap();
    let known = floor.operators.iter().find(|operator| operator.user == mira).unwrap();
    assert_eq!((known.languages.len(), known.services.len()), (1, 2));

    let reason = [("key", "field"), ("name_sr", "На терену"), ("name_en", "In the field")];
    assert_eq!(jovan.post("/queues/reasons", &reason).await.status, StatusCode::SEE_OTHER);
    assert!(jovan.get("/queues").await.text.contains("На терену"));
    let odd = [("key", "На терену"), ("name_sr", "x"), ("name_en", "x")];
    assert_eq!(jovan.post("/queues/reasons", &odd).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn header_asks_for_the_state_of_who_takes_calls_and_of_nobody_else() {
    let town = Town::open().await;
    let mut mira = town.signed_in("mira").await;
    assert!(mira.get("/cases").await.text.contains("data-presence"));
    // Telephony does not run in this town.
    assert_eq!(mira.get("/presence").await.status, StatusCode::NO_CONTENT);
    let unknown = mira.post("/presence", &[("to", "pause:boredom")]).await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
    let mut admin = town.signed_in("admin").await;
    assert!(!admin.get("/cases").await.text.contains("data-presence"));
}

#[tokio::test]
async fn page_that_only_asks_for_the_state_does_not_keep_its_reader_logged_in() {
    let town = Town::open().await;
    let mut mira = town.signed_in("mira").await;
    for _ in 0..13 {
        town.clock.advance(std::time::Duration::from_secs(3_600));
        mira.get("/presence").await;
    }
    assert_eq!(mira.get("/cases").await.status, StatusCode::SEE_OTHER);
}
