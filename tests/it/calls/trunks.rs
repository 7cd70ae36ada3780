//! Trunks with which we register, and TLS: real sockets on loopback, and a registrar that the test plays.

use std::sync::Arc;

use odziv::config::sip::{Sip, Trunk};
use odziv::protocol::sip::digest::{Algorithm, Challenge, Credentials};
use odziv::protocol::sip::message::{Method, Request};
use odziv::telephony::handle::{TrunkState, TrunkStatus};
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};

use super::*;

pub const USER: &str = "38121480000";

/// What the fifteen failures allow for a server that is back.
const BACK_WITHIN: Duration = Duration::from_secs(10);

/// A registrar that knows one account.
pub struct Registrar {
    pub socket: UdpSocket,
}

impl Registrar {
    pub async fn at(address: SocketAddr) -> Self {
        Self { socket: UdpSocket::bind(address).await.unwrap() }
    }

    pub async fn request(&self) -> (Request, SocketAddr) {
        let mut buffer = vec![0; 4_096];
        loop {
            let (length, peer) =
                timeout(PATIENCE, self.socket.recv_from(&mut buffer)).await.unwrap().unwrap();
            if let Ok(Message::Request(request)) = parse(&buffer[..length]) {
                return (request, peer);
            }
        }
    }

    async fn answer(&self, request: &Request, peer: SocketAddr, status: Status, header: (&str, &str)) {
        let answer = request.answer(status, peer, "registrar").header(header.0, header.1);
        self.socket.send_to(&answer.finish(), peer).await.unwrap();
    }

    /// Lets one REGISTER in that knows the password; gives it back.
    pub async fn register(&self, granted: &str) -> (Request, SocketAddr) {
        let secret = Algorithm::Sha256.secret(USER, "operator.example", "secret");
        let challenge = Challenge {
            realm: "operator.example".into(),
            nonce: "nonce".into(),
            opaque: None,
            algorithm: Algorithm::Sha256,
            qop_auth: true,
            stale: false,
        };
        loop {
            let (request, peer) = self.request().await;
            let proof = request.header("Authorization").and_then(Credentials::parse);
            match (&request.method, proof) {
                (Method::Register, Some(proof)) => {
                    assert!(proof.verify(&secret, "REGISTER"), "wrong password");
                    self.answer(&request, peer, Status::OK, ("Expires", granted)).await;
                    return (request, peer);
                }
                (Method::Register, None) => {
                    let asks = ("WWW-Authenticate", &*challenge.write());
                    self.answer(&request, peer, Status(401), asks).await;
                }
                _ => self.answer(&request, peer, Status::OK, ("Allow", "OPTIONS")).await,
            }
        }
    }

    /// Answers OPTIONS until the trunk is in the wanted state.
    pub async fn until(&self, server: &Server, wanted: TrunkState) -> TrunkStatus {
        let found = async {
            let mut buffer = vec![0; 4_096];
            loop {
                let status = server.handle.trunks().remove(0);
                if status.state == wanted {
                    return status;
                }
                let received = timeout(Duration::from_millis(50), self.socket.recv_from(&mut buffer)).await;
                if let Ok(Ok((length, peer))) = received
                    && let Ok(Message::Request(request)) = parse(&buffer[..length])
                {
                    self.answer(&request, peer, Status::OK, ("Expires", "600")).await;
                }
            }
        };
        timeout(PATIENCE, found).await.expect("the trunk does not get there")
    }
}

fn account(server: SocketAddr) -> impl FnOnce(&mut Sip) {
    move |sip| {
        let mut trunk = Trunk::by_address("operator", Vec::new());
        trunk.server = Some(server.to_string());
        trunk.username = Some(USER.into());
        trunk.password = Some("secret".into());
        trunk.register = true;
        trunk.number = Some(NUMBER.into());
        sip.trunk = vec![trunk];
    }
}

#[tokio::test]
async fn trunk_registers_with_its_password_and_its_server_may_call_in() {
    let registrar = Registrar::at("127.0.0.1:0".parse().unwrap()).await;
    let server = Server::start(account(registrar.socket.local_addr().unwrap())).await;
    let (request, _) = registrar.register("120").await;
    let contact = request.contact().unwrap().uri;
    assert_eq!(contact, format!("sip:{USER}@{}", server.address));
    let status = registrar.until(&server, TrunkState::Registered).await;
    assert!(status.registered_until.is_some() && status.last_error.is_none(), "{status:?}");

    let mut phone = server.dial(Transport::Udp).await;
    phone.answered().await;
    phone.hang_up().await;
    server.only_case().await;

    // The binding is taken back at the end.
    let ended = tokio::spawn(server.end());
    loop {
        let (request, peer) = registrar.request().await;
        registrar.answer(&request, peer, Status::OK, ("Expires", "0")).await;
        if request.method == Method::Register && request.header("Expires") == Some("0") {
            break;
        }
    }
    ended.await.unwrap();
}

#[tokio::test]
async fn server_that_was_away_at_our_start_is_registered_with_within_ten_seconds_of_its_return() {
    let away = UdpSocket::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let server = Server::start(account(away)).await;
    // Nobody listens there until the trunk is known to be down.
    let down = async {
        while server.handle.trunks()[0].state != TrunkState::Down {
            tokio::task::yield_now().await;
            tokio::time::timeout(Duration::from_millis(50), std::future::pending::<()>()).await.unwrap_err();
        }
    };
    timeout(PATIENCE, down).await.expect("nobody noticed that the server is away");
    let registrar = Registrar::at(away).await;
    let back = Instant::from_std(Clock::system().instant());
    registrar.register("600").await;
    assert!(Instant::from_std(Clock::system().instant()) - back < BACK_WITHIN);
    registrar.until(&server, TrunkState::Registered).await;
    server.stop.cancel();
    registrar.register("0").await;
    server.end().await;
}

/// With a client that believes this certificate and no other.
async fn connect(
    address: SocketAddr,
    believed: CertificateDer<'static>,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(believed).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let plain = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, plain).await
}

#[tokio::test]
async fn certificate_is_reloaded_at_once_and_a_broken_one_leaves_the_old() {
    let server = Server::start(|sip| sip.tls_listen = Some("127.0.0.1:0".parse().unwrap())).await;
    let address: SocketAddr =
        server.handle.listening().iter().find_map(|line| line.strip_prefix("tls ")).unwrap().parse().unwrap();
    let folder = server.folder.path().join("tls");
    let old = CertificateDer::from_pem_file(folder.join("certificate.pem")).unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
    let new = made.cert.der().clone();
    std::fs::write(folder.join("certificate.pem"), made.cert.pem()).unwrap();
    let error = server.handle.reload_certificate().unwrap_err().to_string();
    assert!(error.contains("does not belong"), "{error}");
    connect(address, old.clone()).await.unwrap();
    std::fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    server.handle.reload_certificate().unwrap();
    connect(address, new).await.unwrap();
    connect(address, old).await.unwrap_err();
    server.end().await;
}

#[tokio::test]
async fn call_over_tls_is_a_case_like_any_other() {
    let server = Server::start(|sip| sip.tls_listen = Some("127.0.0.1:0".parse().unwrap())).await;
    let listening = server.handle.listening();
    let address: SocketAddr =
        listening.iter().find_map(|line| line.strip_prefix("tls ")).unwrap().parse().unwrap();

    let certificate =
        CertificateDer::from_pem_file(server.folder.path().join("tls/certificate.pem")).unwrap();
    let stream = connect(address, certificate).await.unwrap();
    let local = stream.get_ref().0.local_addr().unwrap();

    let mut phone =
        Phone::dial_through(Box::new(stream), address, Transport::Tls, local, CALLER, NUMBER).await;
    phone.answered().await;
    phone.hears().await;
    phone.hang_up().await;
    server.only_case().await;
    server.end().await;
}
