//! One POST to an address that an administrator wrote down. The name is resolved here, every address of it is looked at, and the one
//! that was looked at is the one that is called: so no name that changes its mind leads inside (DNS rebinding).

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, USER_AGENT};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;
use tokio_util::task::AbortOnDropHandle;

use crate::domain::webhook::address::is_public;
use crate::domain::webhook::{Allowed, BadTarget, Target};

/// The other side is asked to take the message, not to work on it. The specification recommends 15 to 30 seconds.
const WHOLE: Duration = Duration::from_secs(15);
const CONNECT: Duration = Duration::from_secs(5);
/// A name has a few addresses; the first that answers is taken.
const ADDRESSES: usize = 4;
/// What an answer's head may hold; its body is not read at all.
const ANSWER_HEADERS: usize = 64;
const ANSWER_BUFFER: usize = 16 * 1024;

const AGENT: &str = concat!("Odziv/", env!("CARGO_PKG_VERSION"));

/// Why there was no answer. The words stand in the log of deliveries.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    #[error(transparent)]
    Target(BadTarget),
    #[error("the name of the host is not known")]
    Name,
    #[error("the host has an address of the own network")]
    Private,
    #[error("no connection: {0}")]
    Connect(String),
    #[error("no secure connection: {0}")]
    Tls(String),
    #[error("the answer is not HTTP: {0}")]
    Answer(String),
    #[error("the request cannot be written: {0}")]
    Request(String),
    #[error("no answer within {} seconds", WHOLE.as_secs())]
    Timeout,
}

pub struct Client {
    allowed: Allowed,
    tls: TlsConnector,
}

impl Client {
    /// Trusts what the machine trusts: an authority of the municipality's own is added there.
    pub fn new(allowed: Allowed) -> Self {
        let mut roots = RootCertStore::empty();
        let found = rustls_native_certs::load_native_certs();
        let (good, bad) = roots.add_parsable_certificates(found.certs);
        if good == 0 {
            tracing::warn!(bad, "no certificate authority found: webhooks by https will fail");
        }
        let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        Self { allowed, tls: TlsConnector::from(Arc::new(config)) }
    }

    /// The status of the answer. Redirections are not followed: they would lead past what was checked.
    pub async fn post(
        &self,
        target: &Target,
        headers: &[(&'static str, String)],
        body: String,
    ) -> Result<u16, PostError> {
        let call = self.call(target, headers, body);
        tokio::time::timeout(WHOLE, call).await.map_err(|_| PostError::Timeout)?
    }

    async fn call(
        &self,
        target: &Target,
        headers: &[(&'static str, String)],
        body: String,
    ) -> Result<u16, PostError> {
        let request = request(target, headers, body)?;
        let stream = self.connect(target).await?;
        if !target.is_https() {
            return exchange(stream, request).await;
        }
        let name = ServerName::try_from(target.host()).map_err(|_| PostError::Name)?;
        let stream = self.tls.connect(name, stream).await.map_err(|e| PostError::Tls(e.to_string()))?;
        exchange(stream, request).await
    }

    async fn connect(&self, target: &Target) -> Result<TcpStream, PostError> {
        let mut last = PostError::Name;
        for address in self.addresses(target).await? {
            match tokio::time::timeout(CONNECT, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    // One small message: nothing to gather.
                    let _ = stream.set_nodelay(true);
                    return Ok(stream);
                }
                Ok(Err(error)) => last = PostError::Connect(error.to_string()),
                Err(_) => last = PostError::Connect("nobody answers".into()),
            }
        }
        Err(last)
    }

    /// One address inside among others makes the name suspect as a whole.
    async fn addresses(&self, target: &Target) -> Result<Vec<SocketAddr>, PostError> {
        let (host, port) = (target.host(), target.port());
        let found: Vec<SocketAddr> = match host.parse::<IpAddr>() {
            Ok(address) => vec![SocketAddr::new(address, port)],
            Err(_) => {
                let found = lookup_host((host.as_str(), port)).await.map_err(|_| PostError::Name)?;
                found.take(ADDRESSES).collect()
            }
        };
        if !self.allowed.private_addresses && found.iter().any(|address| !is_public(address.ip())) {
            return Err(PostError::Private);
        }
        Ok(found)
    }
}

fn request(
    target: &Target,
    headers: &[(&'static str, String)],
    body: String,
) -> Result<Request<Full<Bytes>>, PostError> {
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(target.path_and_query())
        .header(HOST, target.authority())
        .header(USER_AGENT, AGENT)
        .header(CONTENT_TYPE, "application/json")
        .header(CONTENT_LENGTH, body.len());
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    request.body(Full::new(Bytes::from(body))).map_err(|e| PostError::Request(e.to_string()))
}

/// The connection ends with the answer's head: what stands below it is nobody's concern here, however long it is.
async fn exchange<S>(stream: S, request: Request<Full<Bytes>>) -> Result<u16, PostError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let answer = |e: hyper::Error| PostError::Answer(e.to_string());
    let mut builder = http1::Builder::new();
    builder.max_headers(ANSWER_HEADERS).max_buf_size(ANSWER_BUFFER);
    let (mut sender, connection) = builder.handshake(TokioIo::new(stream)).await.map_err(answer)?;
    // Ends with this function.
    let _connection = AbortOnDropHandle::new(tokio::spawn(connection));
    Ok(sender.send_request(request).await.map_err(answer)?.status().as_u16())
}
