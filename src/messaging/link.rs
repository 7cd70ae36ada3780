//! One SMSC link for the life of the process: connect, converse, wait, again.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use super::Surroundings;
use super::conversation;
use super::handle::{LinkState, LinkStatus, MessagingHandle};
use super::outbound::Outbound;
use super::recorder::Recorder;
use super::redelivery::{Redeliveries, SessionId};
use super::standby::Roster;
use super::tls::Believed;
use super::verbs::TextVerbs;
use crate::actions::delivery::{Submission, SubmitResult};
use crate::config::smpp;
use crate::domain::id::OutboxId;
use crate::protocol::smpp::backoff::Backoff;
use crate::protocol::smpp::pdu::BindKind;
use crate::protocol::smpp::session::{Reason, Settings};

/// A firewall that swallows packets is noticed after this, not after the minutes of the kernel.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Numbers the connections of all links.
static SESSIONS: AtomicU64 = AtomicU64::new(0);

#[derive(Debug)]
pub(super) struct Link<V> {
    pub(super) settings: smpp::Link,
    pub(super) around: Surroundings,
    pub(super) verbs: V,
    pub(super) recorder: Recorder,
    pub(super) redeliveries: Arc<Mutex<Redeliveries>>,
    pub(super) outbound: Outbound,
    handle: MessagingHandle,
    index: usize,
    roster: Roster,
    place: usize,
    /// Since when it cannot send.
    unable_since: Option<Instant>,
    /// A better link sends.
    standing_by: bool,
}

/// The two directions of a connection, in whatever clothes.
pub(super) struct Wired {
    pub reader: Box<dyn AsyncRead + Send + Unpin>,
    pub writer: Box<dyn AsyncWrite + Send + Unpin>,
    /// What is written may wait for a flush.
    pub buffers: bool,
}

impl<V: TextVerbs> Link<V> {
    pub(super) fn new(
        settings: smpp::Link,
        around: Surroundings,
        verbs: V,
        recorder: Recorder,
        redeliveries: Arc<Mutex<Redeliveries>>,
        (handle, index): (MessagingHandle, usize),
        (roster, place): (Roster, usize),
    ) -> Self {
        let outbound = Outbound::new(&settings, rand::random());
        let unable_since = Some(around.clock.instant());
        Self {
            settings,
            around,
            verbs,
            recorder,
            redeliveries,
            outbound,
            handle,
            index,
            roster,
            place,
            unable_since,
            standing_by: false,
        }
    }

    pub(super) async fn run(mut self) {
        let mut backoff = Backoff::new(Duration::from_secs(self.settings.reconnect_max_s.into()));
        let stop = self.around.stop.clone();
        while !stop.is_cancelled() {
            self.set_state(LinkState::Connecting, None);
            let connected = tokio::select! {
                () = stop.cancelled() => break,
                connected = self.connect() => connected,
            };
            let error = match connected {
                Ok(stream) => {
                    let end = conversation::hold(&mut self, stream).await;
                    if end.was_bound {
                        backoff.reset();
                    }
                    End::of(&end.reason)
                }
                Err(error) => End { state: LinkState::Waiting, words: error },
            };
            if stop.is_cancelled() {
                break;
            }
            let wait = backoff.wait(rand::random());
            tracing::warn!(
                link = self.settings.name,
                error = error.words,
                wait_s = wait.as_secs_f64(),
                "SMSC link is down"
            );
            metrics::counter!("odziv_messaging_link_losses_total", "link" => self.settings.name.clone())
                .increment(1);
            self.set_state(error.state, Some(error.words));
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(wait) => {}
            }
        }
        self.set_state(LinkState::Stopped, None);
    }

    async fn connect(&self) -> Result<Wired, String> {
        tokio::time::timeout(CONNECT_TIMEOUT, self.dial())
            .await
            .map_err(|_| format!("no connection within {} s", CONNECT_TIMEOUT.as_secs()))?
    }

    async fn dial(&self) -> Result<Wired, String> {
        let s = &self.settings;
        let stream = TcpStream::connect(&s.address).await.map_err(|error| error.to_string())?;
        // Small packets that wait for one another are what SMPP is made of.
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        if s.tls == smpp::Tls::None {
            let (reader, writer) = stream.into_split();
            return Ok(Wired { reader: Box::new(reader), writer: Box::new(writer), buffers: false });
        }
        let (ca, host) = (s.tls_ca.clone(), s.host().to_owned());
        // Read at every connection: a renewed file counts from the next one on.
        let believed = tokio::task::spawn_blocking(move || Believed::on(&ca, &host)).await;
        let believed = believed.map_err(|error| error.to_string())??;
        let stream = believed.handshake(Box::new(stream)).await.map_err(|error| format!("TLS: {error}"))?;
        let (reader, writer) = tokio::io::split(stream);
        Ok(Wired { reader: Box::new(reader), writer: Box::new(writer), buffers: true })
    }

    pub(super) fn session_settings(&self) -> Settings {
        let s = &self.settings;
        Settings {
            kind: match s.bind {
                smpp::Bind::Transceiver => BindKind::Transceiver,
                smpp::Bind::Transmitter => BindKind::Transmitter,
                smpp::Bind::Receiver => BindKind::Receiver,
            },
            system_id: s.system_id.clone(),
            password: s.password.clone(),
            system_type: s.system_type.clone(),
            window: usize::try_from(s.window).unwrap_or(usize::MAX),
            per_second: s.messages_per_second,
            enquire_every: Duration::from_secs(s.enquire_link_s.into()),
            response_timeout: Duration::from_secs(s.response_timeout_s.into()),
        }
    }

    pub(super) fn next_session() -> SessionId {
        SessionId(SESSIONS.fetch_add(1, Ordering::Relaxed))
    }

    pub(super) fn bound(&mut self) {
        tracing::info!(link = self.settings.name, "SMSC link is bound");
        self.set_state(LinkState::Bound, None);
    }

    pub(super) fn record(&self, id: OutboxId, result: SubmitResult) {
        let (name, what) = match &result {
            SubmitResult::Accepted { .. } => ("odziv_messaging_texts_out_total", "accepted"),
            SubmitResult::TryAgain { .. } => ("odziv_messaging_texts_out_total", "try_again"),
            SubmitResult::Rejected { .. } => ("odziv_messaging_texts_out_total", "rejected"),
            SubmitResult::Uncertain { .. } => ("odziv_messaging_texts_out_total", "uncertain"),
        };
        metrics::counter!(name, "link" => self.settings.name.clone(), "result" => what).increment(1);
        let outstanding = self.outbound.outstanding();
        self.update(|status| {
            status.outstanding = outstanding;
            match result {
                SubmitResult::Accepted { .. } => status.accepted += 1,
                SubmitResult::Rejected { .. } => status.refused += 1,
                _ => {}
            }
        });
        self.recorder.record(Submission { id, result, at: self.around.clock.now() });
    }

    pub(super) fn update(&self, change: impl FnOnce(&mut LinkStatus)) {
        self.handle.update(self.index, change);
    }

    pub(super) fn redeliveries<R>(&self, ask: impl FnOnce(&mut Redeliveries) -> R) -> R {
        ask(&mut self.redeliveries.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether it may take texts now: no better link can. `refused_since`: its SMSC is too busy to take any.
    pub(super) fn may_send(&mut self, refused_since: Option<Instant>) -> bool {
        let now = self.around.clock.instant();
        self.set_unable(refused_since);
        let may = self.roster.may_send(self.place, now);
        let standing_by = !may && self.sends();
        if self.standing_by != standing_by {
            self.standing_by = standing_by;
            self.update(|status| status.standing_by = standing_by);
        }
        may
    }

    fn sends(&self) -> bool {
        self.settings.bind != smpp::Bind::Receiver
    }

    /// Whether it is this link that should hear of new texts. One that does not send would keep the news from one that does.
    pub(super) fn listens(&self) -> bool {
        self.sends() && !self.standing_by
    }

    /// Whether another link sends what this one cannot.
    pub(super) fn is_replaced(&self) -> bool {
        self.roster.is_replaced(self.place, self.around.clock.instant())
    }

    fn set_unable(&mut self, since: Option<Instant>) {
        if self.unable_since != since {
            self.unable_since = since;
            self.roster.set(self.place, since);
        }
    }

    fn set_state(&mut self, state: LinkState, error: Option<String>) {
        let now = self.around.clock.now();
        match (state, self.unable_since) {
            (LinkState::Bound, _) => self.set_unable(None),
            (_, None) => self.set_unable(Some(self.around.clock.instant())),
            _ => {}
        }
        self.standing_by &= state == LinkState::Bound;
        let standing_by = self.standing_by;
        let bound = if state == LinkState::Bound { 1.0 } else { 0.0 };
        metrics::gauge!("odziv_messaging_link_bound", "link" => self.settings.name.clone()).set(bound);
        self.update(|status| {
            if status.state != state {
                status.state = state;
                status.since = now;
            }
            status.standing_by = standing_by;
            // Kept while connecting: the page should say why it is not bound yet.
            if error.is_some() || state == LinkState::Bound {
                status.last_error = error;
            }
        });
    }
}

struct End {
    state: LinkState,
    words: String,
}

impl End {
    fn of(reason: &Reason) -> Self {
        let state = match reason {
            Reason::Refused(status) if status.is_about_credentials() => LinkState::Refused,
            _ => LinkState::Waiting,
        };
        Self { state, words: reason.to_string() }
    }
}
