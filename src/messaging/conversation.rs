//! One connection: octets between the socket and the session, and the session's events to the verbs and back.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::inbound::{self, Inbound};
use super::link::Link;
use super::outbound::Fate;
use super::recorder::MOST_UNWRITTEN;
use super::redelivery::{Fingerprint, SessionId};
use super::verbs::TextVerbs;
use crate::actions::ActionError;
use crate::actions::delivery::{OutboundText, SubmitResult};
use crate::actions::text::TextOutcome;
use crate::protocol::smpp::pdu::{Address, Message};
use crate::protocol::smpp::session::{Event, Key, Reason, Session, Token};
use crate::protocol::smpp::status::Status;

/// Octets on their way into the socket; beyond, we neither produce nor read more: a peer that does not read must not
/// fill our memory.
const MOST_UNSENT: usize = 256 * 1024;
const READ_BUFFER: usize = 16 * 1024;
/// Texts whose time comes (a retry, quiet hours that end) make no noise: they are looked for this often.
const CLAIM_EVERY: Duration = Duration::from_secs(1);
/// One transaction's worth of claims.
const MOST_CLAIMED: usize = 500;
/// For the last answer before we close.
const FAREWELL: Duration = Duration::from_secs(1);

pub(super) struct Ended {
    pub reason: Reason,
    pub was_bound: bool,
}

/// Until the link ends, by whichever side.
pub(super) async fn hold<V: TextVerbs>(link: &mut Link<V>, stream: TcpStream) -> Ended {
    let now = link.around.clock.instant();
    let session = Session::new(link.session_settings(), now);
    let mut conversation = Conversation {
        id: Link::<V>::next_session(),
        session,
        link,
        lanes: HashMap::new(),
        working: FuturesUnordered::new(),
        claiming: None,
        claim_due: true,
        next_look: now + CLAIM_EVERY,
        was_bound: false,
    };
    let reason = conversation.run(stream).await;
    conversation.give_back_claims().await;
    let Conversation { id, session, link, was_bound, .. } = conversation;
    link.redeliveries(|seen| seen.session_ended(id, session.last_heard()));
    Ended { reason, was_bound }
}

struct Conversation<'l, V> {
    id: SessionId,
    session: Session,
    link: &'l mut Link<V>,
    /// Senders whose message is being journaled, and their next ones: a citizen's texts stay in order, while
    /// different citizens do not wait for each other. Bounded by what the session lets in unacknowledged.
    lanes: HashMap<Address, VecDeque<(Token, Message)>>,
    working: FuturesUnordered<Pin<Box<dyn Future<Output = Done> + Send>>>,
    claiming: Option<JoinHandle<Result<Vec<OutboundText>, ActionError>>>,
    claim_due: bool,
    /// When texts are looked for without having been told of any.
    next_look: std::time::Instant,
    was_bound: bool,
}

/// An inbound message has been dealt with.
struct Done {
    token: Token,
    sender: Address,
    status: Status,
    text: Option<Fingerprint>,
}

impl<V: TextVerbs> Conversation<'_, V> {
    async fn run(&mut self, stream: TcpStream) -> Reason {
        let (mut reader, mut writer) = stream.into_split();
        let mut unsent = BytesMut::new();
        let mut buffer = vec![0; READ_BUFFER];
        let stop = self.link.around.stop.clone();
        let mut stopping = false;
        let verbs = self.link.verbs.clone();
        // Kept across the loop, so that no change is missed between two looks.
        let mut outbox_changed = Box::pin(verbs.outbox_changed());
        loop {
            if let Some(reason) = self.handle_events() {
                self.pour(&mut unsent);
                let _ = tokio::time::timeout(FAREWELL, writer.write_all(&unsent)).await;
                return reason;
            }
            self.claim();
            self.pour(&mut unsent);
            // Without a deadline the session is closed, and says so at the next turn.
            let now = self.link.around.clock.instant();
            let wake = self.session.poll_timeout().unwrap_or(now).min(self.next_look);
            let room = unsent.len() < MOST_UNSENT;
            tokio::select! {
                read = reader.read(&mut buffer), if room => match read {
                    Ok(count) if count > 0 => {
                        let octets = buffer.get(..count).unwrap_or_default();
                        self.session.handle_octets(octets, self.link.around.clock.instant());
                    }
                    _ => self.session.disconnected(),
                },
                written = writer.write(&unsent), if !unsent.is_empty() => match written {
                    Ok(count) => unsent.advance(count),
                    Err(_) => self.session.disconnected(),
                },
                Some(done) = self.working.next(), if !self.working.is_empty() => self.done(done),
                claimed = claimed(&mut self.claiming), if self.claiming.is_some() => self.send(claimed),
                () = &mut outbox_changed => {
                    self.claim_due = true;
                    outbox_changed = Box::pin(verbs.outbox_changed());
                }
                () = tokio::time::sleep_until(Instant::from_std(wake)) => {
                    let now = self.link.around.clock.instant();
                    if now >= self.next_look {
                        self.claim_due = true;
                        self.next_look = now + CLAIM_EVERY;
                    }
                    self.session.handle_timeout(now);
                }
                () = stop.cancelled(), if !stopping => {
                    stopping = true;
                    self.session.unbind(self.link.around.clock.instant());
                }
            }
        }
    }

    /// Moves the session's octets to the socket's buffer.
    fn pour(&mut self, unsent: &mut BytesMut) {
        while unsent.len() < MOST_UNSENT {
            let Some(pdu) = self.session.poll_transmit() else { break };
            unsent.extend_from_slice(&pdu);
        }
    }

    /// The reason, when the link has ended.
    fn handle_events(&mut self) -> Option<Reason> {
        while let Some(event) = self.session.poll_event() {
            match event {
                Event::Bound { .. } => {
                    self.was_bound = true;
                    self.link.bound();
                }
                Event::Message { token, message } => self.received(token, message),
                Event::Accepted { key, message_id } => self.part_ended(key, Fate::Accepted(message_id)),
                Event::Refused { key, status } => self.part_ended(key, Fate::Refused(status)),
                Event::Lost { key, written } => self.part_ended(key, Fate::Lost { written }),
                Event::Closed(reason) => return Some(reason),
            }
        }
        None
    }

    fn part_ended(&mut self, key: Key, fate: Fate) {
        if let Some((id, result)) = self.link.outbound.part_ended(key, fate) {
            self.link.record(id, result);
        }
    }

    /// Asks for texts when the session has room for them.
    fn claim(&mut self) {
        let room = self.session.room().min(MOST_CLAIMED);
        let behind = self.link.recorder.unwritten() >= MOST_UNWRITTEN;
        if room == 0 || behind || !self.claim_due || self.claiming.is_some() {
            return;
        }
        let verbs = self.link.verbs.clone();
        let limit = u32::try_from(room).unwrap_or(u32::MAX);
        // A task of its own: a claim that is committed must be seen even when the link ends meanwhile.
        self.claiming = Some(tokio::spawn(async move { verbs.claim_texts(limit).await }));
        self.claim_due = false;
    }

    fn send(&mut self, claimed: Result<Vec<OutboundText>, ActionError>) {
        self.claiming = None;
        let texts = match claimed {
            Ok(texts) => texts,
            Err(error) => {
                return tracing::warn!(link = self.link.settings.name, %error, "no texts could be claimed");
            }
        };
        // There may be more where these came from.
        self.claim_due |= !texts.is_empty();
        let now = self.link.around.clock.instant();
        for text in texts {
            match self.link.outbound.begin(&text) {
                Ok(parts) => {
                    parts.into_iter().for_each(|(key, message)| self.session.submit(key, message, now))
                }
                Err(refused) => self.link.record(text.id, refused),
            }
        }
        let outstanding = self.link.outbound.outstanding();
        self.link.update(|status| status.outstanding = outstanding);
    }

    /// Texts that were claimed for a link that ended meanwhile.
    async fn give_back_claims(&mut self) {
        if let Some(claiming) = self.claiming.take()
            && let Ok(Ok(texts)) = claiming.await
        {
            for text in texts {
                self.link.record(text.id, SubmitResult::TryAgain { after: Duration::ZERO });
            }
        }
    }

    fn received(&mut self, token: Token, message: Message) {
        match self.lanes.get_mut(&message.source) {
            Some(lane) => lane.push_back((token, message)),
            None => {
                self.lanes.insert(message.source.clone(), VecDeque::new());
                self.work(token, message);
            }
        }
    }

    /// Journals one message; [`Conversation::done`] acknowledges it.
    fn work(&mut self, token: Token, message: Message) {
        let (verbs, sender, at) =
            (self.link.verbs.clone(), message.source.clone(), self.link.around.clock.now());
        let settings = &self.link.settings;
        let (task, text) = match inbound::understand(&message, settings.default_alphabet) {
            Inbound::Progress => (tokio::spawn(async { Status::OK }), None),
            Inbound::Report { message_id, state, error } => {
                let report = inbound::report(settings, message_id, state, error, at);
                (
                    tokio::spawn(async move { report_status(verbs.record_report(report).await.map(|_| ())) }),
                    None,
                )
            }
            Inbound::Text(text) => {
                let fingerprint = inbound::fingerprint(&message, &text);
                let now = self.link.around.clock.instant();
                let identity = self.link.redeliveries(|seen| seen.identify(fingerprint, now, at));
                let arrived = inbound::arrived(&message, text, &identity, &self.link.around.country, at);
                (
                    tokio::spawn(async move { text_status(verbs.receive_text(arrived).await) }),
                    Some(fingerprint),
                )
            }
        };
        self.working.push(Box::pin(async move {
            // A bug that panics must not leave the SMSC without an answer.
            let status = task.await.unwrap_or(Status::SYSTEM_ERROR);
            Done { token, sender, status, text }
        }));
    }

    fn done(&mut self, done: Done) {
        let acknowledged = self.session.acknowledge(done.token, done.status) && done.status.is_ok();
        if let Some(fingerprint) = done.text {
            metrics::counter!("odziv_messaging_texts_in_total", "link" => self.link.settings.name.clone())
                .increment(1);
            self.link.update(|status| status.received += 1);
            if acknowledged {
                let (id, now) = (self.id, self.link.around.clock.instant());
                self.link.redeliveries(|seen| seen.acknowledged(fingerprint, id, now));
            }
        }
        let next = self.lanes.get_mut(&done.sender).and_then(VecDeque::pop_front);
        match next {
            Some((token, message)) => self.work(token, message),
            None => {
                self.lanes.remove(&done.sender);
            }
        }
    }
}

async fn claimed(
    claiming: &mut Option<JoinHandle<Result<Vec<OutboundText>, ActionError>>>,
) -> Result<Vec<OutboundText>, ActionError> {
    match claiming {
        Some(task) => task.await.unwrap_or_else(|error| Err(ActionError::Unavailable(error.to_string()))),
        None => std::future::pending().await,
    }
}

fn text_status(outcome: Result<TextOutcome, ActionError>) -> Status {
    match outcome {
        Ok(_) => Status::OK,
        Err(error) => {
            tracing::error!(%error, "a text could not be journaled");
            inbound::status_of(&error)
        }
    }
}

fn report_status(outcome: Result<(), ActionError>) -> Status {
    match outcome {
        Ok(()) => Status::OK,
        Err(error) => {
            tracing::error!(%error, "a delivery report could not be written");
            inbound::status_of(&error)
        }
    }
}
