//! Texts over real sockets: our link against the built-in SMSC and against an SMSC of somebody else.

pub mod cases;
mod encodings;
mod journal;
mod links;
mod other_smsc;
mod several;
mod uncertain;

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use odziv::clock::Clock;
use odziv::config::smpp::Smpp;
use odziv::demo::smsc::{Options, Smsc, SmscHandle};
use odziv::messaging::handle::{LinkStatus, MessagingHandle};
use odziv::messaging::{self, Surroundings, TextVerbs};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// A link under test.
pub struct Links {
    handle: MessagingHandle,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Links {
    pub fn start<V: TextVerbs>(smsc: SocketAddr, more: &str, verbs: V) -> Self {
        Self::start_all(&link("test", smsc, &format!("messages_per_second = 1000\n{more}")), verbs)
    }

    /// `config` is what stands under `[smpp]`.
    pub fn start_all<V: TextVerbs>(config: &str, verbs: V) -> Self {
        let config: Smpp = toml::from_str(config).unwrap();
        let around =
            Surroundings { country: "RS".into(), clock: Clock::system(), stop: CancellationToken::new() };
        let tasks = TaskTracker::new();
        let handle = messaging::start(&config, verbs, &around, &tasks);
        tasks.close();
        Self { handle, stop: around.stop, tasks }
    }

    pub fn status(&self) -> LinkStatus {
        self.handle.links().remove(0)
    }

    /// Waits until all links are as they should be.
    pub async fn until(&self, what: impl Fn(&[LinkStatus]) -> bool) {
        within(async {
            while !what(&self.handle.links()) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await;
    }

    pub async fn stop(self) {
        self.stop.cancel();
        within(self.tasks.wait()).await;
    }
}

/// One `[[link]]` of the configuration.
pub fn link(name: &str, smsc: SocketAddr, more: &str) -> String {
    format!(
        "[[link]]\nname = '{name}'\naddress = '{smsc}'\nsystem_id = 'odziv'\npassword = 'odziv'\nsender = '1234'\n{more}\n"
    )
}

pub async fn smsc(options: Options) -> SmscHandle {
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    Smsc::start(any, options, Clock::system()).await.unwrap()
}

/// Impatient where the real one waits for minutes.
pub fn quick() -> Options {
    Options {
        receipt_after: Some(Duration::from_millis(1)),
        redeliver_after: Duration::from_millis(20),
        ..Options::default()
    }
}

/// A test that hangs says so.
pub async fn within<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), what).await.expect("within 20 s")
}
