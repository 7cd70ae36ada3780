//! Many cases changed at once, after a look at what will happen.

use axum::http::StatusCode;
use odziv::actions::Actor;
use odziv::domain::case::Status;

use super::town::{Town, between};

#[tokio::test]
async fn the_preview_says_what_will_happen_to_each_and_only_that_happens() {
    let town = Town::open().await;
    let mut ids = Vec::new();
    for n in 0..3 {
        ids.push(town.text("Нема грејања", &format!("+38164123456{n}")).await.id);
    }
    let taken = ids[1];
    town.actions.set_status(&Actor::System, taken, 1, Status::InProgress).await.unwrap();
    let mut jovan = town.signed_in("jovan").await;
    let all = ids.iter().map(|id| id.to_string()).collect::<Vec<_>>().join(",");
    let form = [("cases", all.as_str()), ("action", "take_up")];
    let preview = jovan.post("/cases/bulk", &form).await;
    assert_eq!(preview.status, StatusCode::OK);
    assert_eq!(preview.text.matches("is-bulk-will").count(), 2);
    assert_eq!(preview.text.matches("is-bulk-already").count(), 1);
    let ready = between(&preview.text, "/cases/bulk/run", "</form>");
    let ready = between(ready, "name=\"cases\" value=\"", "\"").to_owned();
    assert_eq!(ready.split(',').count(), 2);

    // Somebody else is faster with one of them.
    town.actions.set_status(&Actor::System, ids[2], 1, Status::InProgress).await.unwrap();
    let done = jovan.post("/cases/bulk/run", &[("cases", &ready), ("action", "take_up")]).await;
    assert_eq!(done.text.matches("is-bulk-done").count(), 1, "{}", done.text);
    assert!(done.text.contains("неко је у међувремену изменио"));
    let first = town.actions.db().case_row(ids[0]).await.unwrap().unwrap();
    assert_eq!(first.status, Status::InProgress);
}

#[tokio::test]
async fn all_of_a_filter_are_chosen_and_what_is_missing_is_asked_for() {
    let town = Town::open().await;
    for n in 0..4 {
        town.text("Нема грејања", &format!("+38164123456{n}")).await;
    }
    let mut jovan = town.signed_in("jovan").await;
    let chosen = jovan.post("/cases/bulk", &[("filter", "/cases?status=new")]).await;
    assert_eq!(chosen.text.matches("is-bulk-chosen").count(), 4);
    let none = jovan.post("/cases/bulk", &[("filter", "/cases?status=closed")]).await;
    assert_eq!(none.text.matches("is-bulk-chosen").count(), 0);
    town.clock.advance(std::time::Duration::from_secs(2 * 86_400));
    town.text("Нема воде", "+381641234599").await;
    let mut jovan = town.signed_in("jovan").await;
    let of_days = [("from=2026-11-24", 1), ("until=2026-11-23", 4), ("from=2026-11-25", 0), ("", 5)];
    for (days, count) in of_days {
        let address = format!("/cases?status=new&{days}");
        let chosen = jovan.post("/cases/bulk", &[("filter", &address)]).await;
        assert_eq!(chosen.text.matches("is-bulk-chosen").count(), count, "{days}");
    }
    let ticked = jovan.post("/cases/bulk", &[("cases", ""), ("picked", "1"), ("picked", "3")]).await;
    assert_eq!(ticked.text.matches("is-bulk-chosen").count(), 2, "boxes of a browser without scripts");
    let list = jovan.get("/cases").await.text;
    assert!(
        list.contains("form=\"bulk\" name=\"picked\"") && !list.contains("action=\"/cases/bulk\" hidden")
    );
    let where_to = jovan.post("/cases/bulk", &[("cases", "1"), ("action", "forward")]).await;
    assert!(where_to.text.contains("Изаберите службу"));
    let closed = jovan.post("/cases/bulk", &[("cases", "1,2"), ("action", "close")]).await;
    assert_eq!(closed.text.matches("is-bulk-no").count(), 2, "new cases cannot be closed");
    let mut mira = town.signed_in("mira").await;
    let forbidden = mira.post("/cases/bulk", &[("cases", "1"), ("action", "take_up")]).await;
    assert_eq!(forbidden.status, StatusCode::FORBIDDEN);
    let stolen = mira.post("/cases/bulk/run", &[("cases", "1:1"), ("action", "take_up")]).await;
    assert_eq!(stolen.status, StatusCode::FORBIDDEN);
}
