//! TLS to mail servers and SMSCs: whom we believe.

use std::sync::Arc;

use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;

use crate::config::mail::Tls;

/// A connection, in whatever clothes.
pub(super) trait Wire: AsyncRead + AsyncWrite + Unpin + Send + std::fmt::Debug {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + std::fmt::Debug> Wire for T {}

#[derive(Clone)]
pub(super) struct Believed {
    connector: TlsConnector,
    host: String,
}

impl std::fmt::Debug for Believed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Believed").field("host", &self.host).finish_non_exhaustive()
    }
}

impl Believed {
    /// `None` for a connection in the clear. Blocks for a file or for the authorities of the system.
    pub fn of(tls: Tls, ca: &str, host: &str) -> Result<Option<Self>, String> {
        if tls == Tls::None { Ok(None) } else { Self::on(ca, host).map(Some) }
    }

    /// Blocks for a file or for the authorities of the system.
    pub fn on(ca: &str, host: &str) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        if ca.is_empty() {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        } else {
            for certificate in CertificateDer::pem_file_iter(ca).map_err(|e| format!("{ca}: {e}"))? {
                let certificate = certificate.map_err(|e| format!("{ca}: {e}"))?;
                roots.add(certificate).map_err(|e| format!("{ca}: {e}"))?;
            }
        }
        if roots.is_empty() {
            return Err("no certificate authority is known: set tls_ca".into());
        }
        let config =
            rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .map_err(|e| e.to_string())?
                .with_root_certificates(roots)
                .with_no_client_auth();
        Ok(Self { connector: TlsConnector::from(Arc::new(config)), host: host.to_owned() })
    }

    pub async fn handshake(&self, wire: Box<dyn Wire>) -> Result<Box<dyn Wire>, String> {
        let name = ServerName::try_from(self.host.clone()).map_err(|e| e.to_string())?;
        let stream = self.connector.connect(name, wire).await.map_err(|e| e.to_string())?;
        Ok(Box::new(stream))
    }
}
