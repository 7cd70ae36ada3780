//! TLS for SIP: who we are to phones and trunks, and whom we believe when we connect. The cryptography is always *ring*, named at every
//! place, so that no other provider that a library brings along can get in.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use std::{fs, io};

use arc_swap::ArcSwap;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, ServerConfig, SignatureScheme,
    SupportedProtocolVersion,
};
use sha2::{Digest, Sha256};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::config::sip::{Sip, Trunk};

/// A certificate that was replaced on the disk is taken over within so long.
const LOOK_EVERY: Duration = Duration::from_secs(10);

static VERSIONS: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13, &rustls::version::TLS12];

#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("{path}: {source}")]
    File { path: String, source: io::Error },
    #[error("{path}: {why}")]
    Content { path: String, why: String },
    #[error("cannot make a certificate: {0}")]
    Make(#[from] rcgen::Error),
    #[error("trunk {trunk}: {why}")]
    Trunk { trunk: String, why: String },
    #[error("{0}")]
    Tls(#[from] rustls::Error),
}

/// Our certificate, as the files have it now. Connections that are open keep the one that they began with.
#[derive(Debug)]
pub(super) struct Identity {
    certificate: PathBuf,
    key: PathBuf,
    current: ArcSwap<CertifiedKey>,
}

/// How to connect to the server of one trunk.
#[derive(Clone)]
pub(super) struct Client {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl Identity {
    /// The configured certificate, or one that is made in the data folder and stays there.
    pub fn load(config: &Sip, data: &Path) -> Result<Arc<Self>, TlsError> {
        let (certificate, key) = match (&config.tls_certificate, &config.tls_key) {
            (Some(certificate), Some(key)) => (certificate.clone(), key.clone()),
            _ => self_signed(config, &data.join("tls"))?,
        };
        let current = ArcSwap::from_pointee(read(&certificate, &key)?);
        Ok(Arc::new(Self { certificate, key, current }))
    }

    pub fn acceptor(self: &Arc<Self>) -> Result<TlsAcceptor, TlsError> {
        let resolver: Arc<dyn ResolvesServerCert> = Arc::<Self>::clone(self);
        let config = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(VERSIONS)?
            .with_no_client_auth()
            .with_cert_resolver(resolver);
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    /// SHA-256 of the certificate, as `tls_pin` and phones want it.
    pub fn fingerprint(&self) -> String {
        self.current.load().cert.first().map(|der| fingerprint(der)).unwrap_or_default()
    }

    /// Takes over what changed on the disk; with a mistake in it the old certificate goes on. Runs until it is dropped.
    pub async fn follow(self: Arc<Self>) {
        let mut seen = self.modified();
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let modified = self.modified();
            if modified == seen {
                continue;
            }
            // Perhaps only one of the two files is there yet; it is looked at again.
            if self.reload().is_ok() {
                seen = modified;
            }
        }
    }

    /// Takes over what the files have now; with a mistake in them the old certificate goes on, and the log says so.
    pub fn reload(&self) -> Result<(), TlsError> {
        match read(&self.certificate, &self.key) {
            Ok(new) => {
                let before = self.fingerprint();
                self.current.store(Arc::new(new));
                let fingerprint = self.fingerprint();
                if fingerprint != before {
                    tracing::info!(fingerprint, "a new TLS certificate is in use");
                }
                Ok(())
            }
            Err(error) => {
                tracing::error!(%error, "the TLS certificate is not taken over, the old one goes on");
                Err(error)
            }
        }
    }

    fn modified(&self) -> [Option<SystemTime>; 2] {
        [&self.certificate, &self.key].map(|path| fs::metadata(path).and_then(|m| m.modified()).ok())
    }
}

impl ResolvesServerCert for Identity {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.load_full())
    }
}

impl Client {
    /// The name in the certificate must be the host of `server`, wherever DNS leads (RFC 5922 §4).
    pub fn of(trunk: &Trunk) -> Result<Self, TlsError> {
        let wrong = |why: String| TlsError::Trunk { trunk: trunk.name.clone(), why };
        let (host, _) = trunk.host_port().ok_or_else(|| wrong("it has no server".into()))?;
        let name = ServerName::try_from(host).map_err(|e| wrong(e.to_string()))?;
        let builder = ClientConfig::builder_with_provider(provider()).with_protocol_versions(VERSIONS)?;
        let config = match (&trunk.tls_pin, &trunk.tls_ca) {
            (Some(pin), _) => {
                let pin = pin.replace(':', "").to_ascii_lowercase();
                let verifier = Arc::new(Pinned { pin, provider: provider() });
                builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()
            }
            (None, Some(path)) => builder.with_root_certificates(roots_of(path)?).with_no_client_auth(),
            (None, None) => {
                let roots = roots_of_the_system();
                if roots.is_empty() {
                    return Err(wrong(
                        "this machine knows no certificate authorities; install ca-certificates, or set tls_ca or tls_pin"
                            .into(),
                    ));
                }
                builder.with_root_certificates(roots).with_no_client_auth()
            }
        };
        Ok(Self { connector: TlsConnector::from(Arc::new(config)), name })
    }

    pub async fn connect<S>(&self, stream: S) -> io::Result<tokio_rustls::client::TlsStream<S>>
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
    {
        self.connector.connect(self.name.clone(), stream).await
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Believes one certificate, whoever signed it and whatever name it bears; that its holder has the key is verified all the same.
#[derive(Debug)]
struct Pinned {
    pin: String,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        match fingerprint(end_entity) == self.pin {
            true => Ok(ServerCertVerified::assertion()),
            false => Err(rustls::Error::General(format!(
                "the certificate is {}, which is not the pinned one",
                fingerprint(end_entity)
            ))),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn fingerprint(der: &[u8]) -> String {
    Sha256::digest(der).iter().fold(String::with_capacity(64), |mut out, byte| {
        use std::fmt::Write;
        // Writing into a String cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn read(certificate: &Path, key: &Path) -> Result<CertifiedKey, TlsError> {
    let wrong = |path: &Path, why: String| TlsError::Content { path: path.display().to_string(), why };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&bytes_of(certificate)?)
        .collect::<Result<_, _>>()
        .map_err(|e| wrong(certificate, e.to_string()))?;
    if chain.is_empty() {
        return Err(wrong(certificate, "there is no certificate in it (PEM is expected)".into()));
    }
    let secret = PrivateKeyDer::from_pem_slice(&bytes_of(key)?).map_err(|e| wrong(key, e.to_string()))?;
    CertifiedKey::from_der(chain, secret, &ring::default_provider()).map_err(|e| match e {
        rustls::Error::InconsistentKeys(_) => wrong(key, "the key does not belong to the certificate".into()),
        e => wrong(certificate, e.to_string()),
    })
}

fn bytes_of(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|source| TlsError::File { path: path.display().to_string(), source })
}

fn roots_of(path: &Path) -> Result<RootCertStore, TlsError> {
    let wrong = |why: String| TlsError::Content { path: path.display().to_string(), why };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&bytes_of(path)?) {
        roots.add(certificate.map_err(|e| wrong(e.to_string()))?).map_err(|e| wrong(e.to_string()))?;
    }
    if roots.is_empty() {
        Err(wrong("there is no certificate in it (PEM is expected)".into()))
    } else {
        Ok(roots)
    }
}

fn roots_of_the_system() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    // What cannot be parsed is left out: a machine has a hundred authorities, and one odd one is no reason to believe none.
    let _ = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}

/// Made once; whoever replaces the two files by real ones is followed.
fn self_signed(config: &Sip, folder: &Path) -> Result<(PathBuf, PathBuf), TlsError> {
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    if certificate.exists() && key.exists() {
        return Ok((certificate, key));
    }
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    names.extend(fs::read_to_string("/etc/hostname").ok().map(|name| name.trim().to_owned()));
    let addresses = [config.tls_listen.map(|listen| listen.ip()), config.external_address];
    names.extend(addresses.into_iter().flatten().filter(|ip| !ip.is_unspecified()).map(|ip| ip.to_string()));
    names.retain(|name| !name.is_empty() && name.is_ascii());
    names.sort_unstable();
    names.dedup();
    let made = rcgen::generate_simple_self_signed(names)?;
    let failed = |path: &Path| {
        let path = path.display().to_string();
        move |source| TlsError::File { path, source }
    };
    fs::create_dir_all(folder).map_err(failed(folder))?;
    write_secret(&key, made.signing_key.serialize_pem().as_bytes()).map_err(failed(&key))?;
    fs::write(&certificate, made.cert.pem()).map_err(failed(&certificate))?;
    tracing::warn!(
        certificate = %certificate.display(),
        fingerprint = fingerprint(made.cert.der()),
        "made a self-signed TLS certificate: phones have to be told to trust it; with tls_certificate and tls_key in [sip] a real one is used"
    );
    Ok((certificate, key))
}

fn write_secret(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::io::Write;
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a client with these settings says to a server with that identity.
    async fn shake(identity: &Arc<Identity>, trunk: &Trunk) -> Result<(), String> {
        let (near, far) = tokio::io::duplex(16 * 1024);
        let acceptor = identity.acceptor().unwrap();
        let served = tokio::spawn(async move { acceptor.accept(far).await.map(drop) });
        let client = Client::of(trunk).map_err(|e| e.to_string())?;
        let connected = client.connect(near).await.map(drop).map_err(|e| e.to_string());
        let _ = served.await;
        connected
    }

    fn trunk(server: &str) -> Trunk {
        let mut trunk = Trunk::by_address("a", Vec::new());
        trunk.server = Some(server.into());
        trunk
    }

    #[tokio::test]
    async fn self_signed_certificate_is_made_once_and_believed_by_authority_or_pin_only() {
        let folder = tempfile::tempdir().unwrap();
        let identity = Identity::load(&Sip::default(), folder.path()).unwrap();
        let again = Identity::load(&Sip::default(), folder.path()).unwrap();
        assert_eq!(identity.fingerprint(), again.fingerprint());
        let certificate = folder.path().join("tls/certificate.pem");
        let by_authority = Trunk { tls_ca: Some(certificate.clone()), ..trunk("localhost") };
        assert_eq!(shake(&identity, &by_authority).await, Ok(()));
        let other_name = Trunk { tls_ca: Some(certificate), ..trunk("other.example") };
        assert!(shake(&identity, &other_name).await.is_err(), "the certificate bears another name");
        let pinned = Trunk { tls_pin: Some(identity.fingerprint()), ..trunk("other.example") };
        assert_eq!(shake(&identity, &pinned).await, Ok(()));
        let other_pin = Trunk { tls_pin: Some("00".repeat(32)), ..trunk("localhost") };
        let error = shake(&identity, &other_pin).await.unwrap_err();
        assert!(error.contains("not the pinned one"), "{error}");
        assert!(shake(&identity, &trunk("localhost")).await.is_err(), "nobody vouches for it");
    }

    #[test]
    fn replaced_certificate_is_taken_over_and_a_broken_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let identity = Identity::load(&Sip::default(), folder.path()).unwrap();
        let before = identity.fingerprint();
        fs::write(folder.path().join("tls/certificate.pem"), "rubbish").unwrap();
        let error = identity.reload().unwrap_err().to_string();
        assert!(error.contains("certificate.pem") && identity.fingerprint() == before, "{error}");
        let made = rcgen::generate_simple_self_signed(vec!["sip.example".into()]).unwrap();
        fs::write(folder.path().join("tls/certificate.pem"), made.cert.pem()).unwrap();
        assert!(identity.reload().unwrap_err().to_string().contains("does not belong"));
        fs::write(folder.path().join("tls/key.pem"), made.signing_key.serialize_pem()).unwrap();
        identity.reload().unwrap();
        assert_eq!(identity.fingerprint(), fingerprint(made.cert.der()));
    }

    #[cfg(unix)]
    #[test]
    fn key_is_readable_by_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        Identity::load(&Sip::default(), folder.path()).unwrap();
        let mode = fs::metadata(folder.path().join("tls/key.pem")).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }
}
