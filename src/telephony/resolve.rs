//! Where the server of a trunk is: SRV, A and AAAA (RFC 3263 §4), looked up again when the answer has expired, and sooner while the
//! trunk is down. A lookup that fails changes nothing: the old addresses are better than none.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_resolver::config::{LookupIpStrategy, NameServerConfig, ResolverConfig};
use hickory_resolver::name_server::TokioConnectionProvider;
use hickory_resolver::proto::rr::rdata::SRV;
use hickory_resolver::proto::xfer::Protocol;
use hickory_resolver::{ResolveError, TokioResolver};
use rand::Rng;
use tokio::sync::{mpsc, watch};

use crate::clock::Clock;
use crate::config::sip::Trunk;
use crate::protocol::sip::Transport;

/// A TTL of 0 or of days is followed in reason: a change is noticed within the upper one even so.
const SHORTEST: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_secs(300);

/// While the trunk is down the reason may be that it has moved: its return within 10 s needs the new address before that.
const WHILE_DOWN: Duration = Duration::from_secs(4);

/// For one question to one server.
const PATIENCE: Duration = Duration::from_secs(2);

/// More addresses than this are tried by nobody before the caller hangs up.
const MOST_TARGETS: usize = 8;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Resolved {
    pub trunk: usize,
    /// In the order in which they are to be tried.
    pub targets: Result<Vec<SocketAddr>, String>,
}

/// One name to be followed.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub trunk: usize,
    pub host: String,
    pub port: Option<u16>,
    pub transport: Transport,
}

#[derive(Clone, Debug)]
pub(super) struct Resolver {
    dns: TokioResolver,
    clock: Clock,
}

impl Wanted {
    pub fn of(index: usize, trunk: &Trunk, transport: Transport) -> Option<Self> {
        let (host, port) = trunk.host_port()?;
        Some(Self { trunk: index, host, port, transport })
    }

    /// An address needs no DNS.
    pub fn address(&self) -> Option<SocketAddr> {
        let ip: IpAddr = self.host.parse().ok()?;
        Some(SocketAddr::new(ip, self.port.unwrap_or_else(|| default_port(self.transport))))
    }
}

impl Resolver {
    /// Asks these name servers, or those of the system when there are none; in either case its `hosts` file too.
    pub fn asking(servers: &[SocketAddr], clock: Clock) -> Self {
        if servers.is_empty() {
            return Self::of_the_system(clock);
        }
        let mut config = ResolverConfig::new();
        for server in servers {
            config.add_name_server(NameServerConfig::new(*server, Protocol::Udp));
            // For an answer that is too long for a datagram.
            config.add_name_server(NameServerConfig::new(*server, Protocol::Tcp));
        }
        Self::build(TokioResolver::builder_with_config(config, TokioConnectionProvider::default()), clock)
    }

    fn of_the_system(clock: Clock) -> Self {
        let builder = TokioResolver::builder_tokio().unwrap_or_else(|error| {
            tracing::warn!(%error, "the name servers of the system cannot be read; only the hosts file is asked");
            TokioResolver::builder_with_config(ResolverConfig::new(), TokioConnectionProvider::default())
        });
        Self::build(builder, clock)
    }

    fn build(mut builder: hickory_resolver::ResolverBuilder<TokioConnectionProvider>, clock: Clock) -> Self {
        let options = builder.options_mut();
        options.timeout = PATIENCE;
        options.attempts = 2;
        // Answers expire here; and a name that was not there a moment ago may be there now.
        options.cache_size = 0;
        options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
        Self { dns: builder.build(), clock }
    }

    /// Tells of every change, until nobody listens. `down`: whether the trunk is, so that it is looked up more often.
    pub async fn follow(self, wanted: Wanted, mut down: watch::Receiver<bool>, tell: mpsc::Sender<Resolved>) {
        let mut known: Vec<SocketAddr> = Vec::new();
        loop {
            let (targets, lasts) = match self.look_up(&wanted).await {
                Ok((targets, lasts)) => (Ok(targets), lasts),
                Err(error) => (Err(error.to_string()), WHILE_DOWN),
            };
            // Servers of one priority come in another order each time; that is no change.
            let changed = match &targets {
                Ok(targets) => !same(targets, &known),
                Err(_) => known.is_empty(),
            };
            if let Ok(targets) = &targets {
                known.clone_from(targets);
            }
            if changed && tell.send(Resolved { trunk: wanted.trunk, targets }).await.is_err() {
                return;
            }
            let is_down = *down.borrow_and_update();
            let wait = if is_down { lasts.min(WHILE_DOWN) } else { lasts };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                // It went down: perhaps because it moved.
                changed = down.changed() => if changed.is_err() { return },
                () = tell.closed() => return,
            }
        }
    }

    /// The addresses in order, and how long the answer holds.
    async fn look_up(&self, wanted: &Wanted) -> Result<(Vec<SocketAddr>, Duration), ResolveError> {
        if let Some(address) = wanted.address() {
            return Ok((vec![address], LONGEST));
        }
        // RFC 3263 §4.2: a name with a port has no SRV.
        if wanted.port.is_none()
            && let Some(found) = self.by_srv(wanted).await?
        {
            return Ok(found);
        }
        let port = wanted.port.unwrap_or_else(|| default_port(wanted.transport));
        let (addresses, lasts) = self.addresses(&wanted.host).await?;
        Ok((addresses.into_iter().map(|ip| SocketAddr::new(ip, port)).take(MOST_TARGETS).collect(), lasts))
    }

    /// `None`: the domain has no SRV for this transport, or says that there is no such service.
    async fn by_srv(&self, wanted: &Wanted) -> Result<Option<(Vec<SocketAddr>, Duration)>, ResolveError> {
        let service = match wanted.transport {
            Transport::Udp => "_sip._udp",
            Transport::Tcp => "_sip._tcp",
            Transport::Tls => "_sips._tcp",
        };
        // Absolute: the search list of the machine has no business here.
        let answer =
            match self.dns.srv_lookup(format!("{service}.{}.", wanted.host.trim_end_matches('.'))).await {
                Ok(answer) => answer,
                Err(error) if error.is_no_records_found() => return Ok(None),
                Err(error) => return Err(error),
            };
        let mut lasts = self.remaining(answer.as_lookup().valid_until());
        let servers = in_order(answer.iter().cloned().collect(), &mut rand::rng());
        let mut targets = Vec::new();
        for server in servers {
            let name = server.target().to_utf8();
            // RFC 2782: "." says that the service is decidedly not there.
            if name == "." || targets.len() >= MOST_TARGETS {
                continue;
            }
            // One server of several without an address is no reason to do without the others.
            match self.addresses(&name).await {
                Ok((addresses, of_address)) => {
                    lasts = lasts.min(of_address);
                    targets.extend(addresses.into_iter().map(|ip| SocketAddr::new(ip, server.port())));
                }
                Err(error) => tracing::debug!(%error, name, "a server of a trunk has no address"),
            }
        }
        targets.truncate(MOST_TARGETS);
        Ok((!targets.is_empty()).then_some((targets, lasts)))
    }

    async fn addresses(&self, host: &str) -> Result<(Vec<IpAddr>, Duration), ResolveError> {
        let answer = self.dns.lookup_ip(host).await?;
        let mut addresses: Vec<IpAddr> = answer.iter().collect();
        // IPv4 first: trunks that publish both mostly mean it. Then in a fixed order, so that nothing seems to change.
        addresses.sort_unstable_by_key(|ip| (ip.is_ipv6(), *ip));
        addresses.dedup();
        Ok((addresses, self.remaining(answer.valid_until())))
    }

    fn remaining(&self, until: std::time::Instant) -> Duration {
        until.saturating_duration_since(self.clock.instant()).clamp(SHORTEST, LONGEST)
    }
}

fn default_port(transport: Transport) -> u16 {
    match transport {
        Transport::Udp | Transport::Tcp => 5060,
        Transport::Tls => 5061,
    }
}

fn same(a: &[SocketAddr], b: &[SocketAddr]) -> bool {
    a.len() == b.len() && a.iter().all(|address| b.contains(address))
}

/// RFC 2782: by priority; among equals at random, in proportion to their weight.
fn in_order(mut servers: Vec<SRV>, random: &mut impl Rng) -> Vec<SRV> {
    let mut ordered = Vec::with_capacity(servers.len());
    while let Some(priority) = servers.iter().map(SRV::priority).min() {
        let (mut equals, rest): (Vec<SRV>, Vec<SRV>) =
            servers.into_iter().partition(|server| server.priority() == priority);
        servers = rest;
        while !equals.is_empty() {
            let sum: u32 = equals.iter().map(|server| u32::from(server.weight())).sum();
            let mut at = random.random_range(0..=sum);
            let chosen = equals.iter().position(|server| {
                let weight = u32::from(server.weight());
                let here = at <= weight;
                at = at.saturating_sub(weight);
                here
            });
            ordered.push(equals.swap_remove(chosen.unwrap_or(0)));
        }
    }
    ordered
}

#[cfg(test)]
mod tests;
