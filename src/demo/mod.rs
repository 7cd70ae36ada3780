//! A town on one machine: synthetic data, a built-in SMSC, citizens who really call and text, and operators who answer them.
//!
//! `app` starts the server as for `serve`, with [`configuration`] instead of a file, and wraps a [`Demo`] around it:
//! [`add_duty_line`] to the data folder before the plans are read, [`Demo::prepare`] once there are actions, and
//! [`Demo::live`] once the listeners are up.

mod campaign;
pub mod citizens;
pub mod operators;
pub mod options;
pub mod seed;
pub mod smsc;
pub mod town;
pub mod voices;

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use jiff::tz::TimeZone;
use tokio_util::sync::CancellationToken;

use self::citizens::crowd::Crowd;
use self::operators::desk::Account;
use self::smsc::{Smsc, SmscHandle};
use self::town::Town;
use crate::actions::{ActionError, Actions};
use crate::clock::Clock;
use crate::config::Config;

pub use options::{Options, add_duty_line, configuration};

#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error("the town could not be written: {0}")]
    Seed(#[from] seed::SeedError),
    #[error("the operators could not be given telephones: {0}")]
    Operators(#[from] ActionError),
    #[error("the built-in SMSC cannot listen on {address}: {source}")]
    Smsc { address: String, source: std::io::Error },
}

/// A town that is written to the store, and an SMSC that waits for the link of the server.
#[derive(Debug)]
pub struct Demo {
    options: Options,
    town: Town,
    smsc: SmscHandle,
    /// Of operators, and of the supervisor.
    telephones: Vec<Account>,
    clock: Clock,
}

impl Demo {
    /// Writes the town (some seconds, the first time) and starts the SMSC at the address of the configured link.
    pub async fn prepare(
        options: &Options,
        config: &Config,
        actions: &Actions,
        data: &Path,
        clock: Clock,
    ) -> Result<Self, DemoError> {
        let zone = TimeZone::get(&config.cases.time_zone).unwrap_or(TimeZone::UTC);
        let town = Town::generate(options.seed, clock.now(), &zone);
        seed::seed(actions, &town, data).await?;
        let telephones = operators::prepare(actions, &town, &config.sip.realm).await?;
        let (system_id, password) = options::SMSC_LOGIN;
        let address = config.smpp.link.first().map(|link| link.address.clone()).unwrap_or_default();
        let start = async |address: &str| {
            let listen = address.parse().map_err(|_| std::io::ErrorKind::AddrNotAvailable)?;
            let options = smsc::Options {
                system_id: system_id.to_owned(),
                password: password.to_owned(),
                receipt_after: Some(Duration::from_secs(3)),
                ..smsc::Options::default()
            };
            Smsc::start(listen, options, clock.clone()).await
        };
        let smsc = start(&address).await.map_err(|source| DemoError::Smsc { address, source })?;
        Ok(Self { options: options.clone(), town, smsc, telephones, clock })
    }

    /// What the terminal says: where to look, who may log in, how to take part.
    pub fn greeting(&self, config: &Config) -> String {
        let web = config.web.listen;
        let mut text = format!("\n  The town is open at  http://{web}\n\n  Log in as\n");
        for user in self.town.users {
            text.push_str(&format!("    {:<9} {:<18} {}\n", user.login, user.password, user.role));
        }
        text.push_str(&format!(
            "\n  Citizens: {} calls and {} texts a minute (--calls-per-minute, --texts-per-minute).\n\
             \x20 Operators answer by themselves; /live shows them, and nada may listen in.\n\
             \x20 Call yourself: a softphone on this machine, without registration, sip:{}@{}\n\
             \x20 (the line of the shipped dialplan: sip:{}@{}).\n\n  Ctrl-C ends it.\n",
            self.options.calls_per_minute,
            self.options.texts_per_minute,
            options::DUTY_LINE,
            config.sip.listen,
            options::MAIN_LINE,
            config.sip.listen,
        ));
        text
    }

    /// To be stopped when the server has let go of its link.
    pub fn smsc(&self) -> SmscHandle {
        self.smsc.clone()
    }

    /// Citizens call and text, operators answer, until `stop`.
    pub async fn live(self, sip: SocketAddr, stop: CancellationToken) {
        let clock = self.clock.clone();
        let crowd = Crowd {
            server: sip,
            smsc: self.smsc.clone(),
            people: self.town.people.into(),
            seed: self.options.seed,
            calls_per_minute: self.options.calls_per_minute,
            texts_per_minute: self.options.texts_per_minute,
            clock: self.clock,
        };
        tokio::join!(crowd.live(stop.clone()), operators::work(self.telephones, sip, &clock, &stop));
    }
}
