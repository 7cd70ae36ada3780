//! The board of what goes on now, and who may step in.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use odziv::actions::call::CallArrived;
use odziv::actions::{ActionError, Actor};
use odziv::domain::call::Intervention;
use odziv::domain::caller::Caller;
use odziv::domain::permission::Role;

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
async fn stepping_into_a_call_is_on_its_cases_timeline_with_the_name() {
    let town = Town::open().await;
    let at = town.clock.now();
    let arrived = CallArrived {
        external_id: "supervised".into(),
        direction: odziv::actions::call::Direction::In,
        operator: None,
        caller: Caller::Hidden,
        called: "+38121480000".into(),
        at,
        plan_revision: "r1".into(),
    };
    let call = town.actions.journal_call(arrived).await.unwrap();
    let jovan = town.actions.db().directory().users.iter().find(|u| u.login == "jovan").unwrap().id;
    let operator = Actor::User { id: jovan, role: Role::Operator };
    let refused = town.actions.record_intervention(&operator, call, Intervention::ListenedIn).await;
    assert!(matches!(refused, Err(ActionError::Forbidden(_))));
    let supervisor = Actor::User { id: jovan, role: Role::Supervisor };
    for what in [Intervention::ListenedIn, Intervention::JoinedIn] {
        town.actions.record_intervention(&supervisor, call, what).await.unwrap();
    }
    let mut browser = town.signed_in("jovan").await;
    let page = browser.get("/cases/1").await.text;
    assert!(page.contains("Слушање разговора") && page.contains("Укључење у разговор"), "{page}");
    assert!(page.contains("Јован Марић"));
    assert_eq!(browser.get("/cases/2").await.status, StatusCode::NOT_FOUND, "one call, one case");
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
