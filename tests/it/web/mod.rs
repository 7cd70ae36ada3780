//! The web from outside: requests into the router, no socket. What a browser and a program would see.

mod account;
mod api;
mod audited;
mod board;
mod bulk;
mod catalogue;
mod desk;
mod dialer;
mod dialplans;
mod exports;
mod field_rights;
mod intake;
mod log_in;
mod people;
mod phones;
mod queues;
mod rights;
mod search;
mod surveys;
mod templates;
mod town;

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::RANGE;
use axum::http::{Request, StatusCode};
use serde_json::Value;
use tower::ServiceExt as _;

use self::town::{Browser, PASSWORD, Town, between, version};

#[tokio::test]
async fn nobody_sees_a_case_without_logging_in() {
    let town = Town::open().await;
    let mut browser = town.browser();
    for path in [
        "/",
        "/cases",
        "/cases/1",
        "/cases/events",
        "/recordings/1",
        "/users",
        "/system",
        "/dialplans",
        "/live",
        "/nothing",
    ] {
        let answer = browser.get(path).await;
        if path == "/" || path == "/nothing" {
            continue;
        }
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
        assert!(answer.header("location").starts_with("/login?next=/"), "{path}");
    }
    let part = browser.send(Request::get("/cases").header("hx-request", "true")).await;
    assert_eq!((part.status, part.header("hx-redirect")), (StatusCode::UNAUTHORIZED, "/login?next=/".into()));
}

#[tokio::test]
async fn every_answer_forbids_what_is_not_ours() {
    let town = Town::open().await;
    let mut browser = town.browser();
    for path in ["/login", "/nothing", "/api/v1/cases", "/healthz"] {
        let answer = browser.get(path).await;
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe"));
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    let login = browser.get("/login").await;
    let inline = ["<style", " style=", " onclick", "<script>"];
    assert!(inline.iter().all(|word| !login.text.contains(word)));
    let style = between(&login.text, "rel=\"stylesheet\" href=\"", "\"");
    let asset = browser.get(style).await;
    assert_eq!(asset.status, StatusCode::OK);
    assert!(asset.header("cache-control").contains("immutable"));
}

#[tokio::test]
async fn language_is_chosen_and_remembered() {
    let town = Town::open().await;
    town.text("Нема воде", "+381641234567").await;
    let mut browser = town.signed_in("mira").await;
    let cyrillic = browser.get("/cases").await.text;
    assert!(cyrillic.contains("lang=\"sr-Cyrl\"") && cyrillic.contains("Предмети"));
    let answer = browser.post("/language", &[("language", "sr-Latn"), ("next", "/cases?q=voda")]).await;
    assert_eq!(answer.header("location"), "/cases?q=voda");
    let latin = browser.get("/cases").await.text;
    assert!(latin.contains("lang=\"sr-Latn\"") && latin.contains("Predmeti") && latin.contains("Opština"));
    browser.post("/language", &[("language", "en"), ("next", "https://evil.example")]).await;
    let english = browser.get("/nothing").await;
    assert_eq!(english.status, StatusCode::NOT_FOUND);
    assert!(english.text.contains("There is nothing here"));
}

#[tokio::test]
async fn list_finds_a_case_in_either_script_and_by_number() {
    let town = Town::open().await;
    let case = town.text("Пукла цев код Ђорђа", "+381641234567").await;
    town.text("Рупа на путу", "+381652222222").await;
    let mut browser = town.signed_in("mira").await;
    for q in ["djordja", "%C4%90or%C4%91a", "064%2F123-45-67", "+381641234567"] {
        let found = browser.get(&format!("/cases?q={q}")).await.text;
        assert!(found.contains(case.number.as_str()), "{q}");
        assert_eq!(found.matches("class=\"row ").count(), 1, "{q}");
    }
    let none = browser.get("/cases?q=bioskop").await.text;
    assert!(none.contains("Ништа не одговара"));
    let hostile = browser.get("/cases?q=%22%3E%3Cscript%3E&status=%27--&after=zzz").await;
    assert_eq!(hostile.status, StatusCode::OK);
    assert!(!hostile.text.contains("\"><script>"));
}

#[tokio::test]
async fn list_is_paged_without_gaps() {
    let town = Town::open().await;
    for n in 0..60 {
        town.text(&format!("Пријава {n}"), &format!("+3816410{n:05}")).await;
        town.clock.advance(Duration::from_secs(1));
    }
    let mut browser = town.signed_in("mira").await;
    let first = browser.get("/cases").await.text;
    assert_eq!(first.matches("data-id=").count(), 50);
    let more =
        between(&first, "id=\"more\" class=\"more\"><a class=\"button\" href=\"", "\"").replace("&#38;", "&");
    let second = browser.send(Request::get(&more).header("hx-request", "true")).await.text;
    assert_eq!(second.matches("data-id=").count(), 10);
    assert!(!second.contains("<html") && !second.contains("id=\"more\""));
    let ids = |text: &str| -> Vec<String> {
        text.split("data-id=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    };
    assert!(ids(&first).iter().all(|id| !ids(&second).contains(id)));
}

#[tokio::test]
async fn work_on_a_case_is_seen_on_its_timeline() {
    let town = Town::open().await;
    let case = town.text("Нема грејања", "+381641234567").await;
    let mut browser = town.signed_in("mira").await;
    let path = format!("/cases/{}", case.id);
    let note = browser.post(&format!("{path}/notes"), &[("words", "Позвана топлана <b>")]).await;
    assert_eq!(note.status, StatusCode::SEE_OTHER);
    let version = version(&browser.get(&path).await.text);
    browser.post(&format!("{path}/take"), &[("version", &version)]).await;
    let page = browser.get(&path).await.text;
    assert!(page.contains("Позвана топлана &#60;b&#62;"));
    assert!(page.contains("У раду") && page.contains("Мира Јовановић"));
    assert!(page.contains("064/123-45-67"));
}

#[tokio::test]
async fn who_was_slower_is_told_and_nothing_is_overwritten() {
    let town = Town::open().await;
    let case = town.text("Нема грејања", "+381641234567").await;
    let (mut mira, mut jovan) = (town.signed_in("mira").await, town.signed_in("jovan").await);
    let path = format!("/cases/{}", case.id);
    let seen = version(&mira.get(&path).await.text);
    mira.post(&format!("{path}/facts"), &[("version", &seen), ("status", "in_progress")]).await;
    let late = [("version", seen.as_str()), ("status", "closed")];
    let answer = jovan.post(&format!("{path}/facts"), &late).await;
    let page = jovan.get(&answer.header("location")).await.text;
    assert!(page.contains("Неко је у међувремену изменио"));
    assert!(page.contains("<option value=\"in_progress\" selected>"));
    let part = jovan.post_part(&format!("{path}/facts"), &late).await;
    assert_eq!(part.status, StatusCode::CONFLICT);
    assert!(part.text.starts_with("<div id=\"case\"") && part.text.contains("role=\"alert\""));
}

#[tokio::test]
async fn recording_is_sent_by_ranges() {
    let town = Town::open().await;
    let recording = town.call_with_recording(Duration::from_secs(2)).await;
    let mut browser = town.signed_in("mira").await;
    let path = format!("/recordings/{recording}");
    let whole = browser.get(&path).await;
    assert_eq!((whole.status, whole.header("content-type")), (StatusCode::OK, "audio/wav".into()));
    assert_eq!(whole.header("accept-ranges"), "bytes");
    let length = whole.bytes.len();
    assert_eq!(length, 44 + 2 * 8000 * 2);
    let part = browser.send(Request::get(&path).header(RANGE, "bytes=0-43")).await;
    assert_eq!((part.status, part.bytes.len()), (StatusCode::PARTIAL_CONTENT, 44));
    assert_eq!(part.header("content-range"), format!("bytes 0-43/{length}"));
    let tail = browser.send(Request::get(&path).header(RANGE, "bytes=-100")).await;
    assert_eq!(tail.bytes, whole.bytes[length - 100..]);
    let beyond = browser.send(Request::get(&path).header(RANGE, "bytes=999999-")).await;
    assert_eq!(beyond.status, StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(beyond.header("content-range"), format!("bytes */{length}"));
    let peaks: Value = browser.get(&format!("{path}/peaks")).await.json();
    assert_eq!(peaks["peaks"].as_array().unwrap().len(), 160);
    assert_eq!(browser.get("/recordings/999").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn first_administrator_comes_by_a_link_that_works_once() {
    let town = Town::empty().await;
    let secret = town.actions.new_setup_link().await.unwrap().unwrap();
    let mut browser = town.browser();
    assert_eq!(browser.get("/setup/guess").await.status, StatusCode::NOT_FOUND);
    let path = format!("/setup/{secret}");
    let form = |again: &str| {
        let pairs = [("name", "Ана Анић"), ("login", "Ana"), ("password", PASSWORD), ("again", again)];
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let post = async |browser: &mut Browser, again: &str| {
        let form = form(again);
        let pairs: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        browser.post_from(&path, &path, &pairs).await
    };
    assert_eq!(post(&mut browser, "drugacija-lozinka").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(post(&mut browser, PASSWORD).await.status, StatusCode::SEE_OTHER);
    assert!(browser.get("/users").await.text.contains("Ана Анић"));
    assert_eq!(town.browser().get(&path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn only_administrators_manage_users() {
    let town = Town::open().await;
    let mut operator = town.signed_in("mira").await;
    assert_eq!(operator.get("/users").await.status, StatusCode::FORBIDDEN);
    assert_eq!(operator.get("/system").await.status, StatusCode::FORBIDDEN);
    let mut admin = town.signed_in("admin").await;
    let new = [("name", "Петар Перић"), ("login", "petar"), ("role", "officer"), ("password", PASSWORD)];
    assert_eq!(admin.post("/users", &new).await.status, StatusCode::SEE_OTHER);
    assert_eq!(admin.post("/users", &new).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(admin.get("/users").await.text.contains("Петар Перић"));
    town.health.down("SIP UDP", "address in use");
    assert!(admin.get("/system").await.text.contains("address in use"));
}

#[tokio::test]
async fn api_wants_a_token_and_explains_refusals() {
    let town = Town::open().await;
    for path in ["/api/v1/cases", "/api/v1/cases/1", "/api/v1/recordings/1"] {
        let refused = town.browser().get(path).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(refused.header("content-type"), "application/problem+json");
        assert_eq!(refused.header("www-authenticate"), "Bearer");
        assert_eq!(refused.json()["status"], 401);
    }
    let mut api = town.api().await;
    assert_eq!(api.get("/api/v1/cases/999").await.json()["title"], "Not Found");
    for bad in ["status=zzz", "cursor=zzz", "category=zzz", "phone=zzz", "unknown=1", "limit=-1"] {
        let answer = api.get(&format!("/api/v1/cases?{bad}")).await;
        assert_eq!(
            (answer.status, answer.header("content-type").as_str()),
            (StatusCode::BAD_REQUEST, "application/problem+json"),
            "{bad}"
        );
    }
    assert_eq!(api.get("/api/v1/nothing").await.status, StatusCode::NOT_FOUND);
    assert_eq!(api.send(Request::delete("/api/v1/cases")).await.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn api_lists_shows_and_notes_cases() {
    let town = Town::open().await;
    let case = town.text("Пукла цев", "+381641234567").await;
    town.clock.advance(Duration::from_secs(1));
    town.text("Рупа на путу", "+381652222222").await;
    let mut api = town.api().await;
    let page = api.get("/api/v1/cases?limit=1").await.json();
    assert_eq!(page["cases"][0]["summary"], "Рупа на путу");
    let next = page["next_cursor"].as_str().unwrap().to_owned();
    let second = api.get(&format!("/api/v1/cases?limit=1&cursor={next}")).await.json();
    assert_eq!(second["cases"][0]["number"], case.number.as_str());
    assert!(second.get("next_cursor").is_none());
    let number = case.number.as_str().replace('/', "%2F");
    for filter in [
        "q=pukla",
        "phone=064%2F1234567",
        "number=%2B381641234567",
        &format!("number={number}"),
        "channel=sms&q=cev",
    ] {
        let found = api.get(&format!("/api/v1/cases?{filter}")).await.json();
        assert_eq!(found["cases"].as_array().unwrap().len(), 1, "{filter}");
        assert_eq!(found["cases"][0]["id"], case.id.0, "{filter}");
    }
    let path = format!("/api/v1/cases/{}/notes", case.id);
    let note = Request::post(&path).header("content-type", "application/json");
    let created = api.send_body(note, Body::from("{\"words\":\"Екипа је на терену\"}")).await;
    assert_eq!(created.status, StatusCode::CREATED);
    let detail = api.get(&format!("/api/v1/cases/{}", case.id)).await.json();
    let last = detail["timeline"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["kind"], &last["words"]), (&"note".into(), &"Екипа је на терену".into()));
    assert_eq!(last["id"], created.json()["id"]);
    for (body, status) in [("{", 400), ("{\"words\":\"  \"}", 422), ("{\"text\":\"x\"}", 400)] {
        let note = Request::post(&path).header("content-type", "application/json");
        assert_eq!(api.send_body(note, Body::from(body)).await.status.as_u16(), status, "{body}");
    }
}

#[tokio::test]
async fn api_sends_recordings_as_wav() {
    let town = Town::open().await;
    let recording = town.call_with_recording(Duration::from_secs(1)).await;
    let mut api = town.api().await;
    let cases = api.get("/api/v1/cases").await.json();
    let detail = api.get(&format!("/api/v1/cases/{}", cases["cases"][0]["id"])).await.json();
    assert_eq!(detail["recordings"][0]["length_ms"], 1000);
    assert_eq!(detail["recordings"][0]["href"], format!("/api/v1/recordings/{recording}"));
    let sound =
        api.send(Request::get(format!("/api/v1/recordings/{recording}")).header(RANGE, "bytes=0-3")).await;
    assert_eq!(
        (sound.status, sound.header("content-type")),
        (StatusCode::PARTIAL_CONTENT, "audio/wav".into())
    );
    assert_eq!(sound.bytes, b"RIFF");
}

#[tokio::test]
async fn openapi_describes_every_address() {
    let town = Town::open().await;
    let description = town.browser().get("/api/v1/openapi.json").await.json();
    assert!(description["openapi"].as_str().unwrap().starts_with("3."));
    let paths: Vec<&String> = description["paths"].as_object().unwrap().keys().collect();
    for known in
        ["/api/v1/cases", "/api/v1/cases/{id}", "/api/v1/cases/{id}/notes", "/api/v1/recordings/{id}"]
    {
        assert!(paths.iter().any(|path| *path == known), "{known}");
    }
    // Whatever has a rule is described, and the other way round: see `rights`.
    let ruled = odziv::actions::index::ACTIONS.iter().flat_map(|action| action.reached);
    for address in ruled.filter(|address| address.contains(" /api/")) {
        let path = address.split_once(' ').unwrap().1;
        assert!(paths.iter().any(|known| *known == path), "{address}");
    }
    assert_eq!(description["components"]["securitySchemes"]["token"]["scheme"], "bearer");
    let parameters = description["paths"]["/api/v1/cases"]["get"]["parameters"].as_array().unwrap();
    let names: Vec<&str> = parameters.iter().map(|p| p["name"].as_str().unwrap()).collect();
    for name in ["status", "channel", "number", "phone", "q", "cursor", "limit"] {
        assert!(names.contains(&name), "{name} in {names:?}");
    }
}

#[tokio::test]
async fn probes_tell_life_from_readiness() {
    let town = Town::open().await;
    let mut browser = town.browser();
    assert_eq!(browser.get("/healthz").await.status, StatusCode::OK);
    town.health.up("SIP UDP");
    assert_eq!(browser.get("/readyz").await.status, StatusCode::OK);
    town.health.down("SIP UDP", "address in use");
    let not_ready = browser.get("/readyz").await;
    assert_eq!(not_ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(not_ready.text, "SIP UDP: address in use\n");
    assert_eq!(browser.get("/healthz").await.status, StatusCode::OK);
}

#[tokio::test]
async fn metrics_are_for_this_machine_and_for_tokens() {
    let town = Town::open().await;
    assert_eq!(town.browser().get("/metrics").await.status, StatusCode::OK);
    let mut far = town.browser();
    far.address = SocketAddr::from(([198, 51, 100, 7], 1));
    assert_eq!(far.get("/metrics").await.status, StatusCode::FORBIDDEN);
    let mut api = town.api().await;
    api.address = far.address;
    assert_eq!(api.get("/metrics").await.status, StatusCode::OK);
}

#[tokio::test]
async fn open_pages_hear_of_changes() {
    use futures_util::StreamExt as _;
    let town = Town::open().await;
    let mut browser = town.signed_in("mira").await;
    let request = browser.request(Request::get("/cases/events"), Body::empty());
    let response = town.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut events = response.into_body().into_data_stream();
    town.text("Нема воде", "+381641234567").await;
    let event = events.next().await.unwrap().unwrap();
    assert_eq!(event, "event: changed\ndata: look\n\n");
    town.shutdown.cancel();
    assert!(events.next().await.is_none());
}
