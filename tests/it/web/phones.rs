//! Phones of users, as an administrator adds and revokes them.

use axum::http::StatusCode;

use super::town::Town;

#[tokio::test]
async fn password_and_setup_link_are_shown_once() {
    let town = Town::open().await;
    let mut admin = town.signed_in("admin").await;
    let added = admin.post("/users/2/phones", &[("label", "Сто 3")]).await;
    assert_eq!(added.status, StatusCode::OK);
    assert_eq!(added.header("cache-control"), "no-store");
    assert!(added.text.contains("<svg viewBox") && added.text.contains("transport=tcp"));
    let phone = town.actions.phones().await.unwrap().remove(0);
    let listed = admin.get("/users/2/phones").await.text;
    assert!(listed.contains(&phone.username) && listed.contains("Сто 3"));
    assert!(!listed.contains("phone-setup"), "only once");

    let at = added.text.find("/phone-setup/").unwrap();
    let link: String = added.text[at..].chars().take_while(|c| !"<\" ".contains(*c)).collect();
    // The phone itself has no session.
    let mut softphone = town.browser();
    let config = softphone.get(&link).await;
    assert_eq!((config.status, config.header("content-type")), (StatusCode::OK, "application/xml".into()));
    assert!(config.text.contains(&phone.username) && config.text.contains("Мира"), "{}", config.text);
    assert_eq!(softphone.get(&link).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn administrators_revoke_phones_change_extensions_and_see_safety() {
    let town = Town::open().await;
    let mut admin = town.signed_in("admin").await;
    admin.post("/users/2/phones", &[("label", "desk")]).await;
    let id = town.actions.phones().await.unwrap()[0].id;
    let extension = admin.post("/users/2/extension", &[("extension", "333")]).await;
    assert_eq!(extension.status, StatusCode::SEE_OTHER);
    assert!(admin.get("/users/2/phones").await.text.contains("value=\"333\""));
    let bad = admin.post("/users/3/extension", &[("extension", "333")]).await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(admin.post(&format!("/phones/{id}/revoke"), &[]).await.status, StatusCode::SEE_OTHER);
    assert!(town.actions.phones().await.unwrap().is_empty());
    assert_eq!(admin.get("/safety").await.status, StatusCode::OK);

    let mut operator = town.signed_in("mira").await;
    for path in ["/users/2/phones", "/safety"] {
        assert_eq!(operator.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(operator.post("/users/2/phones", &[("label", "x")]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(
        operator.post("/safety/lift", &[("address", "192.0.2.1")]).await.status,
        StatusCode::FORBIDDEN
    );
}
