//! A municipality with three users, and the browsers and programs that come to it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::header::{AUTHORIZATION, COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, Request, StatusCode};
use odziv::actions::call::{CallArrived, CallEnded, Direction, EndedBy};
use odziv::actions::text::{TextArrived, TextOutcome};
use odziv::actions::user::NewUser;
use odziv::actions::{Actions, Actor};
use odziv::clock::Clock;
use odziv::config;
use odziv::dialplan::catalogue::Catalogue;
use odziv::domain::caller::Caller;
use odziv::domain::case::CaseRef;
use odziv::domain::message::TextPart;
use odziv::domain::permission::Role;
use odziv::domain::phone::PhoneNumber;
use odziv::store::Db;
use odziv::telephony::handle::TelephonyHandle;
use odziv::telephony::plans::Plans;
use odziv::web::{Health, WebState, router};
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

pub const PASSWORD: &str = "voda-i-kanalizacija";

/// A municipality with three users, its router, and a clock that stands.
pub struct Town {
    pub router: Router,
    pub actions: Actions,
    pub clock: Clock,
    pub health: Health,
    pub plans: Plans,
    pub telephony: TelephonyHandle,
    pub shutdown: CancellationToken,
    pub data: tempfile::TempDir,
}

impl Town {
    pub async fn open() -> Self {
        let town = Self::empty().await;
        for (login, name, role) in [
            ("admin", "Ана Анић", Role::Administrator),
            ("mira", "Мира Јовановић", Role::Operator),
            ("jovan", "Јован Марић", Role::Supervisor),
        ] {
            let user = NewUser {
                login: login.into(),
                name: name.into(),
                role,
                department: None,
                password: PASSWORD.into(),
            };
            town.actions.create_user(&Actor::System, user).await.unwrap();
        }
        town
    }

    pub async fn empty() -> Self {
        let data = tempfile::tempdir().unwrap();
        let clock = Clock::test("2026-11-22T12:00:00Z".parse().unwrap());
        let db = Db::open(&config::store::Store::default(), data.path()).await.unwrap();
        let cases = config::cases::Cases::default();
        let country = cases.country.clone();
        let time_zone = jiff::tz::TimeZone::get(&cases.time_zone).unwrap();
        let actions = Actions::new(db.clone(), clock.clone(), cases).await.unwrap();
        let health = Health::default();
        let dialplans = data.path().join("dialplans");
        std::fs::create_dir(&dialplans).unwrap();
        std::fs::write(dialplans.join("main.toml"), odziv::dialplan::SHIPPED).unwrap();
        let plans = Plans::load(&dialplans, Catalogue::default).unwrap();
        let telephony = TelephonyHandle::default();
        let state = WebState {
            dialer: odziv::config::dialer::Dialer::default(),
            campaigns: odziv::config::campaigns::Campaigns::default(),
            actions: actions.clone(),
            db,
            clock: clock.clone(),
            config: config::web::Web::default(),
            time_zone,
            country,
            data_dir: data.path().to_owned(),
            telephony: Some(telephony.clone()),
            plans: Some(plans.clone()),
            phones: odziv::web::PhoneServer::default(),
            messaging: None,
            health: health.clone(),
            metrics: Some(metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder().handle()),
        };
        let shutdown = CancellationToken::new();
        let router = router(state, shutdown.clone());
        Self { router, actions, clock, health, plans, telephony, shutdown, data }
    }

    pub fn browser(&self) -> Browser {
        // Each its own address, so that the limit of one does not meet another.
        static NEXT: AtomicU8 = AtomicU8::new(1);
        let host = NEXT.fetch_add(1, Ordering::Relaxed);
        Browser {
            router: self.router.clone(),
            cookies: Vec::new(),
            last_set_cookie: Vec::new(),
            bearer: None,
            address: SocketAddr::from((Ipv4Addr::new(127, 0, 0, host), 4000)),
        }
    }

    /// As an administrator writes one by hand.
    pub fn write_plan(&self, name: &str, text: &str) {
        std::fs::write(self.data.path().join(format!("dialplans/{name}.toml")), text).unwrap();
        self.plans.reload().unwrap();
    }

    pub async fn signed_in(&self, login: &str) -> Browser {
        let mut browser = self.browser();
        let answer = browser.log_in(login, PASSWORD, "/").await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        browser
    }

    pub async fn api(&self) -> Browser {
        let token = self.actions.add_token("tests").await.unwrap();
        Browser { bearer: Some(token), ..self.browser() }
    }

    pub async fn text(&self, words: &str, from: &str) -> CaseRef {
        let arrived = TextArrived {
            external_id: format!("{from} {words}"),
            former_id: None,
            sender: Caller::Number(PhoneNumber::from_stored(from).unwrap()),
            recipient: "1234".into(),
            part: TextPart { units: words.encode_utf16().collect(), of: None },
            at: self.clock.now(),
        };
        let (TextOutcome::Opened(case) | TextOutcome::Added(case)) =
            self.actions.receive_text(arrived).await.unwrap()
        else {
            unreachable!("a whole text opens a case or joins one")
        };
        case
    }

    /// A voicemail; returns the recording's id.
    pub async fn call_with_recording(&self, length: Duration) -> i64 {
        let at = self.clock.now();
        let call = CallArrived {
            direction: Direction::In,
            operator: None,
            external_id: "call".into(),
            caller: Caller::Hidden,
            called: "+38121480000".into(),
            at,
            plan_revision: "r1".into(),
        };
        let call = self.actions.journal_call(call).await.unwrap();
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 8000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut wav = hound::WavWriter::create(self.data.path().join("call.wav"), spec).unwrap();
        (0..length.as_millis() * 8).for_each(|n| wav.write_sample((n % 1000) as i16).unwrap());
        wav.finalize().unwrap();
        let recording = self.actions.start_recording(call, "call.wav".into(), at).await.unwrap();
        self.actions.finish_recording(recording, Some(length)).await.unwrap();
        let end = CallEnded {
            at,
            answered_at: Some(at),
            by: EndedBy::Caller,
            walk: vec!["night".into()],
            story: vec![],
        };
        self.actions.finish_call(call, end).await.unwrap();
        recording.0
    }
}

/// A client that keeps cookies, as a browser does.
pub struct Browser {
    pub router: Router,
    pub cookies: Vec<(String, String)>,
    pub last_set_cookie: Vec<String>,
    pub bearer: Option<String>,
    pub address: SocketAddr,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
    pub text: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> String {
        self.headers.get(name).map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default()
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }
}

impl Browser {
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path)).await
    }

    pub async fn log_in(&mut self, name: &str, password: &str, next: &str) -> Answer {
        self.cookies.retain(|(name, _)| name != "odziv_session");
        self.post_from("/login", "/login", &[("name", name), ("password", password), ("next", next)]).await
    }

    pub async fn post(&mut self, path: &str, pairs: &[(&str, &str)]) -> Answer {
        self.post_from("/cases", path, pairs).await
    }

    /// As htmx sends it.
    pub async fn post_part(&mut self, path: &str, pairs: &[(&str, &str)]) -> Answer {
        let token = self.token().await;
        let request = Request::post(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("hx-request", "true");
        self.send_body(request, form(pairs, &token)).await
    }

    /// Fills the form on the page `from`.
    pub async fn post_from(&mut self, from: &str, path: &str, pairs: &[(&str, &str)]) -> Answer {
        let page = self.get(from).await;
        let token = between(&page.text, "name=\"csrf\" value=\"", "\"").to_owned();
        let request = Request::post(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin");
        self.send_body(request, form(pairs, &token)).await
    }

    pub async fn token(&mut self) -> String {
        self.token_of("/cases").await
    }

    pub async fn token_of(&mut self, path: &str) -> String {
        let page = self.get(path).await;
        between(&page.text, "name=\"csrf\" value=\"", "\"").to_owned()
    }

    pub async fn send(&mut self, request: axum::http::request::Builder) -> Answer {
        self.send_body(request, Body::empty()).await
    }

    pub async fn send_body(&mut self, request: axum::http::request::Builder, body: Body) -> Answer {
        let request = self.request(request, body);
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        self.last_set_cookie =
            parts.headers.get_all(SET_COOKIE).iter().map(|c| c.to_str().unwrap().to_owned()).collect();
        for cookie in &self.last_set_cookie {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
        let bytes = to_bytes(body, 10_000_000).await.unwrap().to_vec();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: parts.status, headers: parts.headers, bytes, text }
    }

    pub fn request(&mut self, request: axum::http::request::Builder, body: Body) -> Request<Body> {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = request.header(COOKIE, cookies.join("; "));
        if let Some(token) = &self.bearer {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let mut request = request.body(body).unwrap();
        request.extensions_mut().insert(ConnectInfo(self.address));
        request
    }

    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }
}

fn form(pairs: &[(&str, &str)], token: &str) -> Body {
    let encode = |text: &str| -> String { text.bytes().map(|b| format!("%{b:02X}")).collect() };
    let mut pairs: Vec<String> = pairs.iter().map(|(n, v)| format!("{n}={}", encode(v))).collect();
    pairs.push(format!("csrf={token}"));
    Body::from(pairs.join("&"))
}

pub fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let found = text.split(start).nth(1).and_then(|rest| rest.split(end).next());
    assert!(found.is_some(), "no {start} in {text}");
    found.unwrap()
}

pub fn version(page: &str) -> String {
    between(page, "name=\"version\" value=\"", "\"").to_owned()
}
