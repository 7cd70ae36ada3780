//! The board of what goes on now, and who may step in.

use axum::body::Body;
use axum::http::{Request, StatusCode};

use super::town::Town;

#[tokio::test]
async fn everybody_sees_the_board_and_only_supervisors_have_buttons() {
    let town = Town::open().await;
    let page = town.signed_in("mira").await.get("/live").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("Тренутно нико не зове."), "{}", page.text);
    assert_eq!(town.browser().get("/live").await.status, StatusCode::SEE_OTHER);
    let order = |what: &'static str| [("what", what)];
    let mut operator = town.signed_in("mira").await;
    let refused = operator.post_part("/live/calls/1", &order("listened_in")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let mut supervisor = town.signed_in("jovan").await;
    let answer = supervisor.post_part("/live/calls/1", &order("hung_up")).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains("Телефонија тренутно не ради."), "{}", answer.text);
}

#[tokio::test]
async fn more_listeners_than_there_are_places_are_told_to_come_back() {
    let town = Town::open().await;
    let mut browser = town.signed_in("mira").await;
    let mut open = Vec::new();
    let refused = loop {
        let request = browser.request(Request::get("/live/events"), Body::empty());
        let response = tower::ServiceExt::oneshot(town.router.clone(), request).await.unwrap();
        if response.status() != StatusCode::OK {
            break response.status();
        }
        open.push(response);
    };
    assert_eq!((refused, open.len()), (StatusCode::SERVICE_UNAVAILABLE, 1_000));
    open.pop();
    let again = browser.request(Request::get("/cases/events"), Body::empty());
    let again = tower::ServiceExt::oneshot(town.router.clone(), again).await.unwrap();
    assert_eq!(again.status(), StatusCode::OK, "a place that was given back is taken");
}
