//! Who one is: a password, a session and its end, and a form that only one's own page may send.

use std::time::Duration;

use axum::body::Body;
use axum::http::header::RETRY_AFTER;
use axum::http::{Request, StatusCode};
use tower::ServiceExt as _;

use super::town::{PASSWORD, Town};

#[tokio::test]
async fn log_in_leads_to_where_one_wanted_to_go_and_log_out_is_final() {
    let town = Town::open().await;
    let mut browser = town.browser();
    let answer = browser.log_in("mira", PASSWORD, "/cases?status=new").await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (StatusCode::SEE_OTHER, "/cases?status=new".into())
    );
    assert_eq!(browser.get("/cases").await.status, StatusCode::OK);
    let stolen = browser.cookies.clone();
    let answer = browser.post("/logout", &[]).await;
    assert_eq!(answer.header("location"), "/login");
    browser.cookies = stolen;
    assert_eq!(browser.get("/cases").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn wrong_password_and_unknown_user_get_the_same_answer() {
    let town = Town::open().await;
    let wrong = town.browser().log_in("mira", "nije-ta-lozinka", "/").await;
    let unknown = town.browser().log_in("niko", "nije-ta-lozinka", "/").await;
    assert_eq!(
        (wrong.status, unknown.status),
        (StatusCode::UNPROCESSABLE_ENTITY, StatusCode::UNPROCESSABLE_ENTITY)
    );
    assert!(wrong.text.contains("нису тачни") && unknown.text.contains("нису тачни"));
}

#[tokio::test]
async fn guessing_is_slowed_down() {
    let town = Town::open().await;
    let mut browser = town.browser();
    let mut tries = 0;
    let refused = loop {
        let answer = browser.log_in("mira", "x", "/").await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            break answer;
        }
        tries += 1;
    };
    assert_eq!(tries, 8);
    let wait: u64 = refused.headers[RETRY_AFTER].to_str().unwrap().parse().unwrap();
    town.clock.advance(Duration::from_secs(wait));
    assert_eq!(browser.log_in("mira", PASSWORD, "/").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn log_in_changes_the_session_and_an_idle_one_ends() {
    let town = Town::open().await;
    let mut browser = town.signed_in("mira").await;
    let first = browser.cookie("odziv_session").unwrap();
    assert!(browser.last_set_cookie.iter().any(|c| c.contains("HttpOnly") && c.contains("SameSite=Lax")));
    browser.log_in("mira", PASSWORD, "/").await;
    let second = browser.cookie("odziv_session").unwrap();
    assert_ne!(first, second);
    town.clock.advance(Duration::from_secs(12 * 3600 + 120));
    assert_eq!(browser.get("/cases").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_page_that_is_left_open_keeps_nobody_logged_in_and_nobody_stays_for_days() {
    let town = Town::open().await;
    let mut left = town.signed_in("mira").await;
    let mut busy = town.signed_in("jovan").await;
    let hour = Duration::from_secs(3_600);
    for hours in 1..=24 {
        town.clock.advance(hour);
        // What an open page does: its stream comes back, it looks anew, it shows what one does.
        let looks = Request::get("/cases").header("hx-request", "true").header("x-odziv-by-itself", "true");
        let status = left.send(looks).await.status;
        let stream =
            town.router.clone().oneshot(left.request(Request::get("/cases/events"), Body::empty())).await;
        let presence = left.get("/presence").await.status;
        if hours < 12 {
            // 204: there is no telephony here, and so nothing to show of it.
            assert_eq!((status, presence), (StatusCode::OK, StatusCode::NO_CONTENT), "after {hours} hours");
        } else if hours > 12 {
            assert_eq!(status, StatusCode::UNAUTHORIZED, "after {hours} hours");
            assert_eq!(stream.unwrap().status(), StatusCode::SEE_OTHER);
        }
        assert_eq!(busy.get("/cases").await.status, StatusCode::OK, "after {hours} hours");
    }
    town.clock.advance(Duration::from_secs(60));
    assert_eq!(busy.get("/cases").await.status, StatusCode::SEE_OTHER, "the longest duty is over");
}

#[tokio::test]
async fn form_without_the_token_or_from_elsewhere_is_refused() {
    let town = Town::open().await;
    let case = town.text("Пукла цев у Душановој", "+381641234567").await;
    let mut browser = town.signed_in("mira").await;
    let path = format!("/cases/{}/notes", case.id);
    let form = |token: &str| Body::from(format!("words=x&csrf={token}"));
    let post = || Request::post(&path).header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(browser.send_body(post(), form("")).await.status, StatusCode::FORBIDDEN);
    assert_eq!(browser.send_body(post(), form(&"0".repeat(64))).await.status, StatusCode::FORBIDDEN);
    let token = browser.token().await;
    let foreign = post().header("sec-fetch-site", "cross-site");
    assert_eq!(browser.send_body(foreign, form(&token)).await.status, StatusCode::FORBIDDEN);
    let foreign = post().header("origin", "https://evil.example").header("host", "odziv.example");
    assert_eq!(browser.send_body(foreign, form(&token)).await.status, StatusCode::FORBIDDEN);
    assert_eq!(browser.send_body(post(), form(&token)).await.status, StatusCode::SEE_OTHER);
    let header = Request::post(format!("/cases/{}/take", case.id)).header("x-csrf-token", &token);
    let header = header.header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(browser.send_body(header, Body::from("version=999")).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_form_of_an_ended_session_leads_to_the_log_in_and_back_to_its_page() {
    let town = Town::open().await;
    let case = town.text("Пукла цев у Душановој", "+381641234567").await;
    let mut browser = town.signed_in("mira").await;
    let token = browser.token().await;
    town.clock.advance(Duration::from_secs(12 * 3600 + 120));
    let path = format!("/cases/{}/notes", case.id);
    let post = |path: &str| {
        let post = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
        post.header("referer", format!("https://odziv.example/cases/{}?conflict=true", case.id))
    };
    let form = || Body::from(format!("words=x&csrf={token}"));
    let answer = browser.send_body(post(&path), form()).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.header("location"), format!("/login?next=/cases/{}%3Fconflict%3Dtrue", case.id));
    let answer = browser.send_body(post(&path).header("hx-request", "true"), form()).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(answer.header("hx-redirect").starts_with("/login?next=/cases/"));
    // What strangers may send keeps its own protection.
    assert_eq!(browser.send_body(post("/follow"), form()).await.status, StatusCode::FORBIDDEN);
}
