//! Campaigns that are dialled, over the API: what an operator's program needs.

use axum::http::StatusCode;
use odziv::actions::Actor;
use odziv::domain::permission::{Role, RoleRules};
use odziv::store::token::NewToken;
use serde_json::{Value, json};

use super::api::{program, send};
use super::town::{Browser, Town};

/// The program of an operator's desk.
async fn program_of_mira(town: &Town) -> Browser {
    let owner = town.actions.db().directory().user_by_login("mira").unwrap().id;
    let role = RoleRules::seeded_id(Role::Operator);
    let new = NewToken { name: "desk".into(), role, owner: Some(owner), expires_at: None };
    let bearer = town.actions.create_token(&Actor::System, new).await.unwrap();
    Browser { bearer: Some(bearer), ..town.browser() }
}

#[tokio::test]
async fn a_program_asks_where_its_operator_stands_and_whom_they_look_at() {
    let town = Town::open().await;
    let (mut program, _) = program(&town).await;
    let mut desk = program_of_mira(&town).await;
    let week: Vec<_> = std::iter::repeat_n(json!(["00:00-24:00"]), 7).collect();
    let settings = json!({
        "dialling": { "mode": "preview" }, "hours": { "week": week, "quiet_on_holidays": false },
    });
    let draft = json!({ "name": "Анкета", "settings": settings });
    let made = send(&mut program, "POST", "/dialer/campaigns", draft).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let campaign = made.json()["id"].as_i64().unwrap();
    let path = format!("/dialer/campaigns/{campaign}");
    let contacts = json!({ "contacts": [{ "name": "Љиљана", "phone": "064 111 22 24" }] });
    send(&mut program, "POST", &format!("{path}/contacts"), contacts).await;
    let version = program.get(&format!("/api/v1{path}")).await.json()["version"].clone();
    send(&mut program, "POST", &format!("{path}/steps"), json!({ "step": "start", "version": version }))
        .await;

    let before = desk.get("/api/v1/dialer/session").await.json();
    assert_eq!(
        (&before["state"], &before["joined"], &before["contact"]),
        (&json!("no_phone"), &json!(false), &Value::Null)
    );
    let shown = send(&mut desk, "POST", &format!("{path}/next"), json!({})).await.json();
    let looks = desk.get("/api/v1/dialer/session").await.json();
    assert_eq!((&looks["state"], &looks["campaign"]), (&json!("looks"), &json!(campaign)));
    assert_eq!(
        (&looks["contact"]["id"], &looks["contact"]["phone"]),
        (&shown["id"], &json!("+381641112224"))
    );
    assert_eq!(looks["attempt"], Value::Null, "nothing was dialled");

    let mut nobodys = town.api().await;
    assert_eq!(nobodys.get("/api/v1/dialer/session").await.status, StatusCode::UNPROCESSABLE_ENTITY);
}
