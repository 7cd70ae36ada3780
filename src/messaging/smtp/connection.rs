//! One SMTP connection (RFC 5321). The stages are told apart: before the final dot of the mail nothing was sent, after its answer everything is
//! known, and in between nobody knows.

use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters};
use lettre::transport::smtp::commands::{Data, Ehlo, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, MailParameter, RcptParameter};

use crate::config::mail::{Smtp, Tls};

/// A firewall that swallows packets is noticed after this, not after the minutes of the kernel.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The slowest line on which a mail with files still leaves.
const SLOWEST_BYTES_PER_S: u64 = 20_000;
/// A server that does not answer a NOOP within this is gone.
const ALIVE_TIMEOUT: Duration = Duration::from_secs(5);

pub(super) struct Connection {
    smtp: AsyncSmtpConnection,
    patience: Duration,
    /// The last command was refused; the server must forget the mail before the next one.
    dirty: bool,
    /// The server says what becomes of a mail, also when it arrives (RFC 3461), and we want to hear it.
    reports: bool,
}

/// A mail as the server is handed it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Envelope<'a> {
    pub from: &'a str,
    pub to: &'a str,
    /// Comes back in the server's reports.
    pub id: &'a str,
}

/// RFC 3461 §4.4: a longer one may be refused.
const LONGEST_ENVELOPE_ID: usize = 100;

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("dirty", &self.dirty).finish_non_exhaustive()
    }
}

/// What became of a mail that was not taken.
#[derive(Debug)]
pub(super) enum Failure {
    /// For good: `5xx`.
    Refused(String),
    /// For now: `4xx`.
    Later(String),
    /// The connection was lost before the mail had left.
    NotSent(String),
    /// It was lost after that.
    Unknown(String),
}

impl Connection {
    pub async fn open(settings: &Smtp, own_domain: &str) -> Result<Self, String> {
        let patience = Duration::from_secs(settings.response_timeout_s.into());
        let opened = tokio::time::timeout(CONNECT_TIMEOUT + patience, connect(settings, own_domain)).await;
        let (smtp, reports) =
            opened.map_err(|_| "no answer to the connection".to_owned())?.map_err(|e| words(&e))?;
        Ok(Self { smtp, patience, dirty: false, reports })
    }

    pub async fn is_alive(&mut self) -> bool {
        let asked = tokio::time::timeout(ALIVE_TIMEOUT, self.smtp.test_connected()).await;
        asked.unwrap_or(false)
    }

    pub async fn send(&mut self, envelope: Envelope<'_>, octets: &[u8]) -> Result<(), Failure> {
        let address =
            |text: &str| text.parse::<Address>().map_err(|e| Failure::Refused(format!("{text}: {e}")));
        let (from, to) = (address(envelope.from)?, address(envelope.to)?);
        let (of_mail, of_recipient) =
            if self.reports { asks_for_reports(envelope) } else { Default::default() };
        if self.dirty {
            self.before(Rset.to_string()).await?;
            self.dirty = false;
        }
        self.dirty = true;
        self.before(Mail::new(Some(from), of_mail).to_string()).await?;
        self.before(Rcpt::new(to, of_recipient).to_string()).await?;
        self.before(Data.to_string()).await?;
        let length = u64::try_from(octets.len()).unwrap_or(u64::MAX);
        let patience = self.patience + Duration::from_secs(length / SLOWEST_BYTES_PER_S);
        match tokio::time::timeout(patience, self.smtp.message(octets)).await {
            Ok(Ok(_)) => {
                self.dirty = false;
                Ok(())
            }
            Ok(Err(error)) if error.is_permanent() => Err(Failure::Refused(words(&error))),
            Ok(Err(error)) if error.is_transient() => Err(Failure::Later(words(&error))),
            Ok(Err(error)) => Err(Failure::Unknown(words(&error))),
            Err(_) => Err(Failure::Unknown("no answer to the mail".into())),
        }
    }

    /// For the next mail, after a refusal.
    pub async fn still_good(self) -> Option<Self> {
        (!self.smtp.has_broken()).then_some(self)
    }

    pub async fn quit(mut self) {
        let _ = tokio::time::timeout(ALIVE_TIMEOUT, self.smtp.quit()).await;
    }

    /// A command before the mail itself: whatever happens, nothing was sent.
    async fn before(&mut self, command: String) -> Result<(), Failure> {
        match tokio::time::timeout(self.patience, self.smtp.command(command)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) if error.is_permanent() => Err(Failure::Refused(words(&error))),
            // 421: the server closes; another connection may do.
            Ok(Err(error)) if error.is_transient() => Err(Failure::Later(words(&error))),
            Ok(Err(error)) => Err(Failure::NotSent(words(&error))),
            Err(_) => Err(Failure::NotSent("no answer".into())),
        }
    }
}

/// The proof that it arrived, the reason why it did not, and that it takes long (RFC 3461 §4.1, §4.3, §4.4).
fn asks_for_reports(envelope: Envelope<'_>) -> (Vec<MailParameter>, Vec<RcptParameter>) {
    let of_mail = |keyword: &str, value: &str| MailParameter::Other {
        keyword: keyword.into(),
        value: Some(value.into()),
    };
    let notify =
        RcptParameter::Other { keyword: "NOTIFY".into(), value: Some("SUCCESS,FAILURE,DELAY".into()) };
    let mut mail = vec![of_mail("RET", "HDRS")];
    if !envelope.id.is_empty() && envelope.id.len() <= LONGEST_ENVELOPE_ID {
        mail.push(of_mail("ENVID", envelope.id));
    }
    (mail, vec![notify])
}

/// With whether the server reports on mails.
async fn connect(settings: &Smtp, own_domain: &str) -> Result<(AsyncSmtpConnection, bool), Error> {
    let hello = ClientId::Domain(own_domain.to_owned());
    let tls = |host: &str| -> Result<TlsParameters, Error> {
        let mut builder = TlsParameters::builder(host.to_owned());
        if !settings.tls_ca.is_empty() {
            builder = builder.certificate_store(CertificateStore::None);
            for certificate in authorities(&settings.tls_ca) {
                builder = builder.add_root_certificate(Certificate::from_pem(certificate.as_bytes())?);
            }
        }
        builder.build()
    };
    let server = (settings.host.as_str(), settings.port);
    let implicit = if settings.tls == Tls::Implicit { Some(tls(&settings.host)?) } else { None };
    let mut smtp =
        AsyncSmtpConnection::connect_tokio1(server, Some(CONNECT_TIMEOUT), &hello, implicit, None).await?;
    if settings.tls == Tls::Starttls {
        smtp.starttls(tls(&settings.host)?, &hello).await?;
    }
    if !settings.user.is_empty() {
        let credentials = Credentials::new(settings.user.clone(), settings.password.clone());
        smtp.auth(DEFAULT_MECHANISMS, &credentials).await?;
    }
    if !settings.delivery_reports {
        return Ok((smtp, false));
    }
    // The library keeps of the server's abilities only those that it uses itself. Asking again changes nothing (RFC 5321 §4.1.4).
    let abilities = smtp.command(Ehlo::new(hello)).await?;
    let reports = abilities.message().any(|line| line.trim().eq_ignore_ascii_case("DSN"));
    Ok((smtp, reports))
}

/// The certificates of a PEM file, one by one. A file that cannot be read gives none, and then nobody is believed.
fn authorities(path: &str) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| {
        tracing::error!(%error, path, "[mail.smtp] tls_ca cannot be read");
        String::new()
    });
    let end = "-----END CERTIFICATE-----";
    text.split_inclusive(end).filter(|piece| piece.contains(end)).map(str::to_owned).collect()
}

/// What the server said, on one line; else what went wrong.
fn words(error: &Error) -> String {
    let mut words = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        let more = inner.to_string();
        if !words.contains(&more) {
            words.push_str(": ");
            words.push_str(&more);
        }
        source = inner.source();
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(500).collect()
}
