//! What the command line of the demo says, and what follows from it.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};

use crate::config::{Config, ConfigError};

/// `odziv demo`
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Keep the town in this folder and go on with it the next time [default: a temporary folder, removed at the end]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Another number is another town
    #[arg(long, default_value_t = 48)]
    pub seed: u64,
    /// How many citizens call in a minute; 0 for none
    #[arg(long, default_value_t = 6.0, value_name = "N")]
    pub calls_per_minute: f64,
    /// How many citizens text in a minute; 0 for none
    #[arg(long, default_value_t = 6.0, value_name = "N")]
    pub texts_per_minute: f64,
    /// Address of the pages; another port is taken when it is in use
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDR")]
    pub listen: SocketAddr,
}

const SIP_PORT: u16 = 5_070;
const SMSC_PORT: u16 = 2_775;
/// At most eight characters (SMPP 3.4 §5.2.2).
pub const SMSC_LOGIN: (&str, &str) = ("odziv", "demo");
/// How many ports above the wanted one are tried before the system chooses.
const PORTS_TRIED: u16 = 20;

/// The numbers of the municipality: that of the shipped dialplan, and the duty line of the demo.
pub const MAIN_LINE: &str = "+38121480000";
pub const DUTY_LINE: &str = "+38121480048";
/// Where citizens text to.
pub const SHORT_NUMBER: &str = "48048";
const DUTY_LINE_PLAN: &str = include_str!("duty_line.toml");

/// The configuration of the server of the demo: the defaults, on loopback, on ports that are free now.
pub fn configuration(options: &Options) -> Result<Config, ConfigError> {
    let web = free(options.listen, |addr| TcpListener::bind(addr).is_ok());
    let sip =
        free(loopback(SIP_PORT), |addr| UdpSocket::bind(addr).is_ok() && TcpListener::bind(addr).is_ok());
    let smsc = free(loopback(SMSC_PORT), |addr| TcpListener::bind(addr).is_ok());
    let (system_id, password) = SMSC_LOGIN;
    let text = format!(
        r#"
        [web]
        listen = "{web}"
        municipality = "Град Речни Брег"
        [cases]
        close_after_days = 3
        [sip]
        listen = "{sip}"
        [[sip.trunk]]
        name = "citizens"
        peers = ["127.0.0.1"]
        [[smpp.link]]
        name = "built-in SMSC"
        address = "{smsc}"
        system_id = "{system_id}"
        password = "{password}"
        sender = "{SHORT_NUMBER}"
        reconnect_max_s = 5
        "#
    );
    Config::parse(&text, "the demo's configuration")
}

/// Adds the duty line to the dialplans of a data folder.
pub fn add_duty_line(data: &Path) -> std::io::Result<()> {
    let path = data.join("dialplans/duty_line.toml");
    if path.exists() { Ok(()) } else { std::fs::write(path, DUTY_LINE_PLAN) }
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

fn free(wanted: SocketAddr, can_bind: impl Fn(SocketAddr) -> bool) -> SocketAddr {
    (0..PORTS_TRIED)
        .filter_map(|above| Some(SocketAddr::new(wanted.ip(), wanted.port().checked_add(above)?)))
        .find(|addr| can_bind(*addr))
        .unwrap_or(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_in_use_moves_the_demo_to_another() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let addr = taken.local_addr().unwrap();
        let options =
            Options { data: None, seed: 1, calls_per_minute: 1.0, texts_per_minute: 1.0, listen: addr };
        assert_ne!(configuration(&options).unwrap().web.listen, addr);
    }
}
