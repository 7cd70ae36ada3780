//! Webhooks against a real HTTP server that accepts, fails, hangs, redirects, talks nonsense and says good-bye.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use odziv::actions::webhook::{WebhookError, WebhookRow};
use odziv::actions::{ActionError, Actor};
use odziv::domain::case::Status;
use odziv::domain::id::{UserId, WebhookId};
use odziv::domain::permission::Role;
use odziv::domain::webhook::{Allowed, BadTarget, Delivery, Event, Rests};
use odziv::messaging::webhooks;
use odziv::store::webhook::DeliveryRow;
use ring::hmac;
use tokio::net::{TcpListener, TcpSocket};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::store::{SYSTEM, World, both};

const INSIDE: Allowed = Allowed { plain_http: true, private_addresses: true };

/// What the other side was told: headers and body.
type Told = Arc<Mutex<Vec<(HeaderMap, String)>>>;

#[derive(Clone, Default)]
struct Other {
    told: Told,
    answer: Arc<Mutex<u16>>,
}

impl Other {
    fn bodies(&self) -> Vec<String> {
        self.told.lock().unwrap().iter().map(|(_, body)| body.clone()).collect()
    }

    fn answers(&self, status: u16) {
        *self.answer.lock().unwrap() = status;
    }
}

async fn hook(State(other): State<Other>, headers: HeaderMap, body: Bytes) -> Response {
    other.told.lock().unwrap().push((headers, String::from_utf8(body.to_vec()).unwrap()));
    let status = *other.answer.lock().unwrap();
    match status {
        303 => Redirect::to("/elsewhere").into_response(),
        status => StatusCode::from_u16(status).unwrap().into_response(),
    }
}

async fn listen(other: &Other) -> SocketAddr {
    other.answers(200);
    let elsewhere = post(async || -> StatusCode { unreachable!("a redirection was followed") });
    let router =
        Router::new().route("/hook", post(hook)).route("/elsewhere", elsewhere).with_state(other.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

/// The sender, until it is dropped.
struct Running {
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Running {
    fn start(w: &World, allowed: Allowed) -> Self {
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        webhooks::start(w.actions.clone(), w.clock.clone(), allowed, stop.clone(), &tasks);
        Self { stop, tasks }
    }

    async fn stop(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let found = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), found)
        .await
        .unwrap_or_else(|_| unreachable!("never: {what}"))
}

async fn log(w: &World, id: WebhookId) -> Vec<DeliveryRow> {
    let mut log = w.db.webhook_deliveries(id, None, 100).await.unwrap();
    log.reverse();
    log
}

async fn webhook(w: &World, id: WebhookId) -> WebhookRow {
    w.db.webhook(id).await.unwrap().unwrap()
}

#[tokio::test]
async fn what_happens_to_a_case_is_told_in_order_and_signed() {
    both(async |w| {
        w.actions.allow_webhooks(INSIDE);
        let before = w.opened("0", "+381641111111", "Пре вебхука").await;
        let other = Other::default();
        let url = format!("http://{}/hook?town=1", listen(&other).await);
        let events = vec![Event::CaseOpened, Event::CaseChanged, Event::CaseClosed];
        let (id, secret) = w.actions.add_webhook(&SYSTEM, &url, events).await.unwrap();
        let case = w.opened("1", "+381641234567", "Пукла цев код школе").await;
        let version = w.actions.set_status(&SYSTEM, case.id, 1, Status::InProgress).await.unwrap();
        w.actions.set_category(&SYSTEM, case.id, version, w.db.directory().categories[1].id).await.unwrap();
        let running = Running::start(&w, INSIDE);
        until("three messages", async || (other.bodies().len() == 3).then_some(())).await;
        until("all written", async || {
            log(&w, id).await.iter().all(|d| d.state == Delivery::Delivered).then_some(())
        })
        .await;
        running.stop().await;

        let key = hmac::Key::new(
            hmac::HMAC_SHA256,
            &STANDARD.decode(secret.0.strip_prefix("whsec_").unwrap()).unwrap(),
        );
        let told = other.told.lock().unwrap().clone();
        for (headers, body) in &told {
            let header = |name: &str| headers[name].to_str().unwrap().to_owned();
            let signed = format!("{}.{}.{body}", header("webhook-id"), header("webhook-timestamp"));
            let signature =
                STANDARD.decode(header("webhook-signature").strip_prefix("v1,").unwrap()).unwrap();
            hmac::verify(&key, signed.as_bytes(), &signature).unwrap();
            assert_eq!(header("content-type"), "application/json");
            let said: serde_json::Value = serde_json::from_str(body).unwrap();
            assert_eq!(said["data"]["case"]["number"], case.number.as_str());
            assert!(!body.contains("цев") && !body.contains("641234567"), "{body}");
            assert!(!body.contains(before.number.as_str()));
        }
        let kinds: Vec<String> = told
            .iter()
            .map(|(_, body)| {
                serde_json::from_str::<serde_json::Value>(body).unwrap()["type"].as_str().unwrap().to_owned()
            })
            .collect();
        assert_eq!(kinds, ["case.opened", "case.changed", "case.changed"]);
        let mut ids: Vec<_> = told.iter().map(|(headers, _)| headers["webhook-id"].clone()).collect();
        ids.dedup();
        assert_eq!(ids.len(), 3, "every message has an id of its own");
    })
    .await;
}

#[tokio::test]
async fn refused_message_is_tried_again_with_the_same_id_and_body_and_holds_back_its_case_only() {
    both(async |w| {
        w.actions.allow_webhooks(INSIDE);
        let other = Other::default();
        let url = format!("http://{}/hook", listen(&other).await);
        let (id, _) =
            w.actions.add_webhook(&SYSTEM, &url, vec![Event::CaseOpened, Event::CaseChanged]).await.unwrap();
        other.answers(500);
        let case = w.opened("1", "+381641234567", "Прва").await;
        w.actions.set_status(&SYSTEM, case.id, 1, Status::InProgress).await.unwrap();
        let running = Running::start(&w, INSIDE);
        until("a failure", async || log(&w, id).await[0].last_status.filter(|status| *status == 500)).await;
        assert!(webhook(&w, id).await.failing_since.is_some());
        other.answers(303);
        w.clock.advance(Duration::from_secs(6));
        until("a redirection", async || log(&w, id).await[0].last_status.filter(|status| *status == 303))
            .await;
        let tried = log(&w, id).await;
        assert_eq!((tried[0].tries, tried[1].tries), (2, 0), "the second waits for the first");

        other.answers(204);
        w.opened("2", "+381642222222", "Друга").await;
        until("the other case", async || (log(&w, id).await[2].state == Delivery::Delivered).then_some(()))
            .await;
        assert_eq!(log(&w, id).await[0].state, Delivery::Queued);
        w.clock.advance(Duration::from_secs(301));
        until("all", async || log(&w, id).await.iter().all(|d| d.state == Delivery::Delivered).then_some(()))
            .await;
        running.stop().await;
        let first = log(&w, id).await[0].message_id.clone();
        let told = other.told.lock().unwrap().clone();
        let same: Vec<&String> =
            told.iter().filter(|(h, _)| h["webhook-id"] == first.as_str()).map(|(_, body)| body).collect();
        assert!(same.len() == 3 && same.iter().all(|body| *body == same[0]), "{same:?}");
        assert_eq!(webhook(&w, id).await.failing_since, None);
    })
    .await;
}

#[tokio::test]
async fn after_three_days_of_failures_it_rests_until_it_is_woken() {
    both(async |w| {
        w.actions.allow_webhooks(INSIDE);
        // A port on which nobody listens, held so that nobody else comes to.
        let held = TcpSocket::new_v4().unwrap();
        held.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let closed = held.local_addr().unwrap();
        let (id, _) = w
            .actions
            .add_webhook(&SYSTEM, &format!("http://{closed}/"), vec![Event::CaseOpened])
            .await
            .unwrap();
        w.opened("1", "+381641234567", "Прва").await;
        let running = Running::start(&w, INSIDE);
        for tries in 1..=10 {
            until("a try", async || (log(&w, id).await[0].tries == tries).then_some(())).await;
            until("its answer", async || {
                let row = log(&w, id).await.remove(0);
                (row.last_at == Some(w.now())).then_some(())
            })
            .await;
            w.clock.advance(Duration::from_secs(25 * 3_600));
        }
        let resting = until("rest", async || webhook(&w, id).await.rests).await;
        assert_eq!(resting, Rests::Unreachable);
        let row = log(&w, id).await.remove(0);
        assert_eq!(row.state, Delivery::Failed);
        assert!(row.last_error.unwrap().contains("no connection"));
        // Nothing is kept for one that rests.
        w.opened("2", "+381642222222", "Друга").await;
        assert_eq!(log(&w, id).await.len(), 1);

        let other = Other::default();
        let url = format!("http://{}/hook", listen(&other).await);
        w.actions.change_webhook(&SYSTEM, id, &url, vec![Event::CaseOpened], false).await.unwrap();
        w.actions.send_again(&SYSTEM, id, row.id).await.unwrap();
        w.actions.test_webhook(&SYSTEM, id).await.unwrap();
        until("both", async || (other.bodies().len() == 2).then_some(())).await;
        until("written", async || {
            log(&w, id).await.iter().all(|d| d.state == Delivery::Delivered).then_some(())
        })
        .await;
        assert!(other.bodies().iter().any(|body| body.contains(r#""type":"test""#)));

        other.answers(410);
        w.opened("3", "+381643333333", "Трећа").await;
        let gone = until("good-bye", async || webhook(&w, id).await.rests).await;
        assert_eq!(gone, Rests::Gone);
        running.stop().await;
    })
    .await;
}

#[tokio::test]
async fn silence_and_nonsense_are_failures_with_words() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    both(async |w| {
        w.actions.allow_webhooks(INSIDE);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let mut heard = [0; 4_096];
                    let _ = stream.read(&mut heard).await;
                    let _ = stream.write_all(b"SSH-2.0-nonsense\r\n\r\n").await;
                });
            }
        });
        let (id, _) = w
            .actions
            .add_webhook(&SYSTEM, &format!("http://{address}/"), vec![Event::CaseOpened])
            .await
            .unwrap();
        w.opened("1", "+381641234567", "Прва").await;
        let running = Running::start(&w, INSIDE);
        let error = until("an error", async || log(&w, id).await[0].last_error.clone()).await;
        assert!(error.starts_with("the answer is not HTTP"), "{error}");

        // TLS is spoken to somebody who does not speak it.
        let url = format!("https://{address}/");
        w.actions.change_webhook(&SYSTEM, id, &url, vec![Event::CaseOpened], false).await.unwrap();
        w.clock.advance(Duration::from_secs(6));
        let error = until("a second error", async || {
            let row = log(&w, id).await.remove(0);
            row.last_error.filter(|error| error.contains("secure"))
        })
        .await;
        assert!(error.starts_with("no secure connection"), "{error}");
        running.stop().await;

        // Listens, and never answers.
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", silent.local_addr().unwrap());
        w.actions.change_webhook(&SYSTEM, id, &url, vec![Event::CaseOpened], false).await.unwrap();
        w.clock.advance(Duration::from_secs(301));
        let running = Running::start(&w, INSIDE);
        let error = until("a time-out", async || {
            let row = log(&w, id).await.remove(0);
            row.last_error.filter(|error| error.contains("seconds"))
        })
        .await;
        assert_eq!(error, "no answer within 15 seconds");
        running.stop().await;
    })
    .await;
}

#[tokio::test]
async fn addresses_inside_are_neither_taken_nor_called() {
    both(async |w| {
        let add = async |url: &str| {
            w.actions.add_webhook(&SYSTEM, url, vec![Event::CaseOpened]).await.map(|(id, _)| id)
        };
        for (url, bad) in [
            ("http://grad.rs/", BadTarget::Plain),
            ("https://127.0.0.1:5432/", BadTarget::Private),
            ("https://[::ffff:169.254.169.254]/", BadTarget::Private),
            ("grad.rs", BadTarget::Form),
        ] {
            assert!(matches!(add(url).await, Err(WebhookError::Target(known)) if known == bad), "{url}");
        }
        let none = w.actions.add_webhook(&SYSTEM, "https://grad.rs/", Vec::new()).await;
        assert!(matches!(none, Err(WebhookError::NoEvent)));
        let officer = Actor::User { id: UserId(1), role: Role::Officer };
        let refused = w.actions.add_webhook(&officer, "https://grad.rs/", vec![Event::CaseOpened]).await;
        assert!(matches!(refused, Err(WebhookError::Action(ActionError::Forbidden(_)))));

        // A name that leads inside: this one stands in every hosts file, in whatever way it is written.
        let (name, plain) = ("https://ip6-localhost/", Allowed::default());
        let id = add(name).await.unwrap();
        w.opened("1", "+381641234567", "Прва").await;
        let running = Running::start(&w, plain);
        let error = until("a refusal", async || log(&w, id).await[0].last_error.clone()).await;
        running.stop().await;
        let refused = ["the host has an address of the own network", "the name of the host is not known"];
        assert!(refused.contains(&error.as_str()), "{error}");
    })
    .await;
}
