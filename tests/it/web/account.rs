//! One's own account: second factors, sessions, and passwords that somebody else chose.

use std::time::Duration;

use axum::http::StatusCode;
use odziv::actions::Actor;
use odziv::domain::id::{RoleId, UserId};
use odziv::domain::permission::Role;
use odziv::domain::totp;
use odziv::store::role::RoleHead;

use super::town::{Browser, PASSWORD, Town, between};

#[tokio::test]
async fn with_a_second_factor_the_password_alone_opens_nothing() {
    let town = Town::open().await;
    let mut mira = town.signed_in("mira").await;
    let codes = set_up(&town, &mut mira, "mira").await;
    assert_eq!(codes.len(), 10);

    town.clock.advance(Duration::from_secs(60));
    let mut browser = town.browser();
    let answer = browser.log_in("mira", PASSWORD, "/cases?status=new").await;
    assert!(
        answer.header("location").starts_with("/login/code?next=/cases"),
        "{}",
        answer.header("location")
    );
    assert_eq!(browser.get("/cases").await.status, StatusCode::SEE_OTHER, "not logged in yet");
    let wrong = give(&mut browser, "000000").await;
    assert_eq!(wrong.0, StatusCode::UNPROCESSABLE_ENTITY);
    let code = code(&town, "mira").await;
    assert_eq!(give(&mut browser, &code).await, (StatusCode::SEE_OTHER, "/cases".into()));
    assert_eq!(browser.get("/cases").await.status, StatusCode::OK);

    // The same code once more, over somebody's shoulder.
    let mut thief = town.browser();
    thief.log_in("mira", PASSWORD, "/").await;
    assert_eq!(give(&mut thief, &code).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    // A code of the sheet works, however it is typed, and once.
    let typed = codes[0].to_lowercase().replace('-', " ");
    assert_eq!(give(&mut thief, &typed).await.0, StatusCode::SEE_OTHER);
    let mut again = town.browser();
    again.log_in("mira", PASSWORD, "/").await;
    assert_eq!(give(&mut again, &codes[0]).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    // Half a log-in does not last.
    town.clock.advance(Duration::from_secs(6 * 60));
    assert_eq!(again.get("/login/code").await.header("location"), "/login");
}

#[tokio::test]
async fn a_role_that_wants_a_second_factor_lets_nobody_further_without() {
    let town = Town::open().await;
    let mut mira = town.signed_in("mira").await;
    let head = RoleHead {
        key: String::new(),
        base: Role::Operator,
        name_sr: "Оператер".into(),
        name_en: "Operator".into(),
        needs_second_factor: true,
    };
    town.actions.set_role(&Actor::System, RoleId(3), head).await.unwrap();
    assert_eq!(mira.get("/cases").await.header("location"), "/me");
    assert!(mira.get("/me").await.text.contains("захтева пријаву у два корака"));
    set_up(&town, &mut mira, "mira").await;
    assert_eq!(mira.get("/cases").await.status, StatusCode::OK);
    // An administrator helps out when the telephone is lost.
    let mut admin = town.signed_in("admin").await;
    let id = user(&town, "mira");
    admin.post(&format!("/users/{id}/second-factor/remove"), &[]).await;
    assert_eq!(mira.get("/cases").await.header("location"), "/me");
}

#[tokio::test]
async fn a_password_that_somebody_else_chose_is_changed_first() {
    let town = Town::open().await;
    let mut admin = town.signed_in("admin").await;
    let id = user(&town, "mira");
    let mut before = town.signed_in("mira").await;
    admin.post(&format!("/users/{id}/password"), &[("password", "privremena-rec-7")]).await;
    let mut mira = town.browser();
    assert_eq!(mira.log_in("mira", "privremena-rec-7", "/").await.status, StatusCode::SEE_OTHER);
    assert_eq!(mira.get("/cases").await.header("location"), "/me");
    let change = async |browser: &mut Browser, now: &str, new: &str, again: &str| {
        let form = [("now", now), ("password", new), ("again", again)];
        browser.post_from("/me", "/me/password", &form).await.status
    };
    let wrong = StatusCode::UNPROCESSABLE_ENTITY;
    assert_eq!(change(&mut mira, "nije-ta-lozinka", "sasvim-nova-rec", "sasvim-nova-rec").await, wrong);
    assert_eq!(change(&mut mira, "privremena-rec-7", "sasvim-nova-rec", "druga-nova-rec").await, wrong);
    assert_eq!(change(&mut mira, "privremena-rec-7", "mira-mira-mira", "mira-mira-mira").await, wrong);
    assert_eq!(change(&mut mira, "privremena-rec-7", "qwertyuiop12", "qwertyuiop12").await, wrong);
    let done = change(&mut mira, "privremena-rec-7", "sasvim-nova-rec", "sasvim-nova-rec").await;
    assert_eq!(done, StatusCode::SEE_OTHER);
    assert_eq!(mira.get("/cases").await.status, StatusCode::OK);
    assert_eq!(before.get("/cases").await.status, StatusCode::SEE_OTHER, "whoever knew the old one is out");
}

#[tokio::test]
async fn one_sees_where_one_is_logged_in_and_ends_it_there() {
    let town = Town::open().await;
    let (mut here, mut there) = (town.signed_in("mira").await, town.signed_in("mira").await);
    let mut other = town.signed_in("jovan").await;
    let page = here.get("/me").await.text;
    assert_eq!(page.matches("/me/sessions/end").count(), 2, "the other one, and all but this");
    assert!(page.contains("127.0.0."), "where from");
    let cookie = there.cookie("odziv_session").unwrap();
    assert!(!page.contains(&cookie), "what lets in is on no page");
    let mark = between(&page, "name=\"mark\" value=\"", "\"").to_owned();
    assert_eq!(other.post("/me/sessions/end", &[("mark", &mark)]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(there.get("/cases").await.status, StatusCode::OK);
    here.post("/me/sessions/end", &[("mark", &mark)]).await;
    assert_eq!(there.get("/cases").await.status, StatusCode::SEE_OTHER);
    assert_eq!(here.get("/cases").await.status, StatusCode::OK);
    let mut admin = town.signed_in("admin").await;
    let id = user(&town, "mira");
    assert_eq!(other.post(&format!("/users/{id}/sessions/end"), &[]).await.status, StatusCode::FORBIDDEN);
    admin.post(&format!("/users/{id}/sessions/end"), &[]).await;
    assert_eq!(here.get("/cases").await.status, StatusCode::SEE_OTHER);
}

/// The recovery codes.
async fn set_up(town: &Town, browser: &mut Browser, login: &str) -> Vec<String> {
    let page = browser.get("/me/second-factor").await.text;
    assert!(page.contains("<svg") && page.contains("second-factor-key"));
    let code = code(town, login).await;
    let form = [("code", code.as_str())];
    let done = browser.post_from("/me/second-factor", "/me/second-factor", &form).await;
    assert_eq!(done.status, StatusCode::OK);
    let list = between(&done.text, "recovery-codes\">", "</ul>").to_owned();
    list.split("<code>").skip(1).map(|piece| piece.split('<').next().unwrap().to_owned()).collect()
}

async fn code(town: &Town, login: &str) -> String {
    let known = town.actions.db().second_factor(user(town, login)).await.unwrap().unwrap();
    totp::code(&known.secret, town.clock.now().as_second() / 30).unwrap()
}

async fn give(browser: &mut Browser, code: &str) -> (StatusCode, String) {
    let form = [("code", code), ("next", "/cases")];
    let answer = browser.post_from("/login/code", "/login/code", &form).await;
    (answer.status, answer.header("location"))
}

fn user(town: &Town, login: &str) -> UserId {
    town.actions.db().directory().user_by_login(login).unwrap().id
}
