//! What the pages need from the rest of the program. Built once, by `app`.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use jiff::tz::TimeZone;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::dialplans::counts::Counts;
use super::editors::Editors;
use super::guard::Guard;
use super::live::MOST_STREAMS;
use crate::actions::Actions;
use crate::clock::Clock;
use crate::config;
use crate::messaging::handle::MessagingHandle;
use crate::store::Db;
use crate::telephony::handle::TelephonyHandle;
use crate::telephony::plans::Plans;

#[derive(Clone, Debug)]
pub struct WebState {
    pub actions: Actions,
    pub db: Db,
    pub clock: Clock,
    pub config: config::web::Web,
    pub campaigns: config::campaigns::Campaigns,
    pub dialer: config::dialer::Dialer,
    /// `[cases] time_zone`: in which dates and times are shown.
    pub time_zone: TimeZone,
    /// `[cases] country`: whose notation telephone numbers without a country code are in.
    pub country: String,
    /// Recordings are named relative to it.
    pub data_dir: PathBuf,
    /// What phones are told when they are added.
    pub phones: PhoneServer,
    pub telephony: Option<TelephonyHandle>,
    /// What the editor of dialplans works on.
    pub plans: Option<Plans>,
    pub messaging: Option<MessagingHandle>,
    pub health: Health,
    /// What `/metrics` prints; without it that address does not exist.
    pub metrics: Option<PrometheusHandle>,
}

/// `[sip]`, as a phone sees it.
#[derive(Clone, Debug)]
pub struct PhoneServer {
    pub realm: String,
    /// Empty: the host under which the administrator reached the pages.
    pub domain: String,
    pub port: u16,
    pub tls_port: Option<u16>,
}

impl Default for PhoneServer {
    fn default() -> Self {
        Self::new(&config::sip::Sip::default())
    }
}

impl PhoneServer {
    pub fn new(sip: &config::sip::Sip) -> Self {
        let external = sip.external_address.map(|address| address.to_string()).unwrap_or_default();
        Self {
            realm: sip.realm.clone(),
            domain: if sip.domain.is_empty() { external } else { sip.domain.clone() },
            port: sip.listen.port(),
            tls_port: sip.tls_listen.map(|address| address.port()),
        }
    }

    /// The best one that we offer.
    pub fn transport(&self) -> &'static str {
        if self.tls_port.is_some() { "tls" } else { "tcp" }
    }

    /// With the port, where it is not the usual one.
    pub fn server(&self, host: &str) -> String {
        match self.tls_port {
            Some(5061) => host.to_owned(),
            Some(port) => format!("{host}:{port}"),
            None if self.port == 5060 => host.to_owned(),
            None => format!("{host}:{}", self.port),
        }
    }
}

/// The parts of the program that must work before it may be given work: listeners, trunks, links. `app` and the tasks that it
/// starts report; `/readyz` and the page of the state of the system read.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<RwLock<BTreeMap<String, Part>>>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    Up,
    /// Why, in words for the administrator.
    Down(String),
}

impl Health {
    pub fn up(&self, part: &str) {
        self.set(part, Part::Up);
    }

    pub fn down(&self, part: &str, why: impl Into<String>) {
        self.set(part, Part::Down(why.into()));
    }

    pub fn parts(&self) -> BTreeMap<String, Part> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, part: &str, state: Part) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(part.to_owned(), state);
    }
}

/// The state that handlers extract: [`WebState`] and what the pages keep between requests.
#[derive(Clone, Debug)]
pub(super) struct App(Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    pub state: WebState,
    pub guard: Guard,
    pub counts: Counts,
    pub editors: Editors,
    /// Places for pages that listen.
    pub streams: Arc<Semaphore>,
    pub shutdown: CancellationToken,
}

impl App {
    pub fn new(state: WebState, shutdown: CancellationToken) -> Self {
        let streams = Arc::new(Semaphore::new(MOST_STREAMS));
        let guard = Guard::new(state.clock.clone());
        Self(Arc::new(Inner {
            state,
            guard,
            counts: Counts::default(),
            editors: Editors::default(),
            streams,
            shutdown,
        }))
    }

    /// Whether people reach us over TLS, as the configuration says.
    pub fn is_https(&self) -> bool {
        self.config.public_url.starts_with("https:")
    }
}

impl Deref for App {
    type Target = WebState;

    fn deref(&self) -> &WebState {
        &self.0.state
    }
}

impl App {
    pub fn guard(&self) -> &Guard {
        &self.0.guard
    }

    pub fn counts(&self) -> &Counts {
        &self.0.counts
    }

    pub fn editors(&self) -> &Editors {
        &self.0.editors
    }

    pub fn streams(&self) -> Arc<Semaphore> {
        Arc::clone(&self.0.streams)
    }

    pub fn shutdown(&self) -> &CancellationToken {
        &self.0.shutdown
    }
}
