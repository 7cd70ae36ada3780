//! Who is at the other end of a request.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;

use super::state::App;

/// The address that a request came from. A reverse proxy on this machine is believed about whom it speaks for, when the
/// configuration says that there is one; nobody else is.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub IpAddr);

impl FromRequestParts<App> for ClientAddress {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(address)| address.ip().to_canonical());
        let proxied =
            (peer.is_loopback() && !app.config.public_url.is_empty()).then(|| forwarded_for(parts)).flatten();
        Ok(Self(proxied.unwrap_or(peer)))
    }
}

/// The last address on the list: the one that our own proxy wrote.
fn forwarded_for(parts: &Parts) -> Option<IpAddr> {
    let list = parts.headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    list.rsplit(',').next()?.trim().parse().ok()
}

/// True when htmx asks for a part of a page and not the browser for the whole.
pub fn is_partial(headers: &axum::http::HeaderMap) -> bool {
    headers.contains_key("hx-request") && !headers.contains_key("hx-history-restore-request")
}
