//! SIP over connections, TCP and TLS: one task a connection, bounded in number, in what they hold and in idle time.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::tls;
use crate::protocol::sip::Transport;
use crate::protocol::sip::message::{Frame, Framer, Message, NameAddr, Uri, parse, split_list};

/// A phone has one connection, a trunk one or a few; each holds some 20 kB. The door closes those of strangers who show no password.
const MAX_CONNECTIONS: usize = 16_384;

/// An office behind one address has so many phones at most; one source cannot take all the room.
const MAX_OF_ONE_SOURCE: usize = 256;

/// TLS handshakes at once. They cost a core a millisecond each; further ones wait, and give up with [`HANDSHAKE_PATIENCE`].
const MAX_HANDSHAKES: usize = 64;

/// From the first byte of TCP to the last of the handshake, the wait for its turn included.
const HANDSHAKE_PATIENCE: Duration = Duration::from_secs(5);

/// Who connects wants to say something: without a whole message or a keep-alive by then the connection is closed.
const FIRST_PATIENCE: Duration = Duration::from_secs(15);

/// Messages that wait for a slow reader; beyond them the connection is closed, as its peer does not read.
const OUTGOING: usize = 256;

/// Messages of all connections that wait for the exchange. Readers wait when it is full, and TCP slows their peers down.
pub(super) const INCOMING: usize = 1024;

/// RFC 5626 keep-alives come every two minutes; a connection silent for longer than a long pause is dead.
const IDLE: Duration = Duration::from_secs(15 * 60);

/// Time for one write; a peer that does not read for so long is gone.
const WRITE_PATIENCE: Duration = Duration::from_secs(10);

/// A peer on the same continent answers in a fraction of it.
const CONNECT_PATIENCE: Duration = Duration::from_secs(4);

/// Messages that wait for a connection that is being opened: a registration, a keep-alive and a few calls.
const MAX_WAITING: usize = 64;

/// A connection by what its peer is known by.
pub(super) type Line = (Transport, SocketAddr);

#[derive(Debug)]
pub(super) enum TcpEvent {
    Opened {
        line: Line,
        local: SocketAddr,
        writer: mpsc::Sender<Arc<[u8]>>,
    },
    Received {
        line: Line,
        bytes: Vec<u8>,
    },
    Closed {
        line: Line,
    },
    /// Nobody answers there, or whoever does is not believed.
    Failed {
        line: Line,
        why: String,
    },
}

/// Ways back into the connections that are open, and what waits for those that are being opened.
#[derive(Debug, Default)]
pub(super) struct Connections {
    writers: HashMap<Line, mpsc::Sender<Arc<[u8]>>>,
    opening: HashMap<Line, Vec<Arc<[u8]>>>,
}

impl Connections {
    pub fn opened(&mut self, line: Line, writer: mpsc::Sender<Arc<[u8]>>) {
        for bytes in self.opening.remove(&line).unwrap_or_default() {
            let _ = writer.try_send(bytes);
        }
        self.writers.insert(line, writer);
    }

    pub fn closed(&mut self, line: Line) {
        self.writers.remove(&line);
    }

    /// Whatever there is to that peer, TCP or TLS.
    pub fn close(&mut self, remote: SocketAddr) {
        for transport in [Transport::Tcp, Transport::Tls] {
            self.writers.remove(&(transport, remote));
        }
    }

    /// What waited for it is lost.
    pub fn failed(&mut self, line: Line) {
        self.opening.remove(&line);
    }

    pub fn is_opening(&self, line: Line) -> bool {
        self.opening.contains_key(&line)
    }

    /// Gives the bytes back when there is no connection and none on its way.
    pub fn send(&mut self, line: Line, bytes: Arc<[u8]>) -> Result<(), Arc<[u8]>> {
        if let Some(waiting) = self.opening.get_mut(&line) {
            if waiting.len() < MAX_WAITING {
                waiting.push(bytes);
            }
            return Ok(());
        }
        let Some(writer) = self.writers.get(&line) else { return Err(bytes) };
        match writer.try_send(bytes) {
            Ok(()) => Ok(()),
            Err(mpsc::error::TrySendError::Full(_)) => {
                // Dropping the way in ends the connection's task.
                self.writers.remove(&line);
                Ok(())
            }
            // Its end is on its way to us: a new connection is due.
            Err(mpsc::error::TrySendError::Closed(bytes)) => {
                self.writers.remove(&line);
                Err(bytes)
            }
        }
    }

    /// Opens a connection in the background and sends `bytes` as its first; [`TcpEvent::Opened`] or [`TcpEvent::Failed`] follows.
    pub fn open(
        &mut self,
        line: Line,
        bytes: Arc<[u8]>,
        client: Option<tls::Client>,
        events: mpsc::Sender<TcpEvent>,
    ) {
        self.opening.insert(line, vec![bytes]);
        tokio::spawn(open(line, client, events));
    }
}

/// Where a request goes whose connection was closed while the call went on (RFC 3261 §18.1.1): to its first route or its target.
/// `None` for answers, and for what would need DNS.
pub(super) fn next_hop(bytes: &[u8]) -> Option<SocketAddr> {
    let Ok(Message::Request(request)) = parse(bytes) else { return None };
    match request.headers("Route").flat_map(split_list).next() {
        Some(route) => Uri::parse(&NameAddr::parse(route)?.uri)?.address(),
        None => request.uri.address(),
    }
}

async fn open(line: Line, client: Option<tls::Client>, events: mpsc::Sender<TcpEvent>) {
    let (transport, remote) = line;
    let failed = |why: String| {
        tracing::info!(%remote, transport = transport.as_str(), why, "no SIP connection");
        TcpEvent::Failed { line, why }
    };
    let stream = match timeout(CONNECT_PATIENCE, TcpStream::connect(remote)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return drop(events.send(failed(error.to_string())).await),
        Err(_) => return drop(events.send(failed("nobody answers".into())).await),
    };
    let Ok(local) = stream.local_addr() else {
        return drop(events.send(failed("no local address".into())).await);
    };
    let _ = stream.set_nodelay(true);
    let end = match (transport, client) {
        (Transport::Tls, Some(client)) => match timeout(HANDSHAKE_PATIENCE, client.connect(stream)).await {
            Ok(Ok(stream)) => talk(stream, line, local, IDLE, &events).await,
            Ok(Err(error)) => return drop(events.send(failed(error.to_string())).await),
            Err(_) => return drop(events.send(failed("the TLS handshake takes too long".into())).await),
        },
        (Transport::Tls, None) => {
            return drop(events.send(failed("no trunk says whom to believe there".into())).await);
        }
        _ => talk(stream, line, local, IDLE, &events).await,
    };
    tracing::debug!(%remote, end, "SIP connection closed");
    let _ = events.send(TcpEvent::Closed { line }).await;
}

pub(super) struct Listener {
    pub socket: TcpListener,
    pub tls: Option<TlsAcceptor>,
}

/// Accepts until the server stops. Connections that are open then live as long as the exchange, which still has to say BYE.
pub(super) async fn accept(listener: Listener, events: mpsc::Sender<TcpEvent>, stop: CancellationToken) {
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let handshakes = Arc::new(Semaphore::new(MAX_HANDSHAKES));
    let sources = Sources::default();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.socket.accept() => accepted,
        };
        let Ok((stream, remote)) = accepted else {
            // Out of file descriptors: those who are connected go on, and a moment later there may be some again.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let (slot, seat) = (Arc::clone(&slots).try_acquire_owned(), sources.take(remote.ip()));
        let (Ok(slot), Some(seat)) = (slot, seat) else {
            metrics::counter!("odziv_sip_connections_refused_total").increment(1);
            tracing::warn!(%remote, "too many SIP connections, one is refused");
            continue;
        };
        let (tls, events) = (listener.tls.clone(), events.clone());
        let handshakes = Arc::clone(&handshakes);
        tokio::spawn(async move {
            serve(stream, remote, tls, &handshakes, &events).await;
            drop((slot, seat));
        });
    }
}

async fn serve(
    stream: TcpStream,
    remote: SocketAddr,
    tls: Option<TlsAcceptor>,
    handshakes: &Semaphore,
    events: &mpsc::Sender<TcpEvent>,
) {
    let Ok(local) = stream.local_addr() else { return };
    let _ = stream.set_nodelay(true);
    let (line, end) = match tls {
        None => {
            let line = (Transport::Tcp, remote);
            (line, talk(stream, line, local, FIRST_PATIENCE, events).await)
        }
        Some(acceptor) => {
            let shake = async {
                let _turn = handshakes.acquire().await;
                acceptor.accept(stream).await
            };
            let stream = match timeout(HANDSHAKE_PATIENCE, shake).await {
                Ok(Ok(stream)) => stream,
                outcome => {
                    let why = match outcome {
                        Ok(Err(error)) => error.to_string(),
                        _ => "it takes too long".to_owned(),
                    };
                    metrics::counter!("odziv_sip_tls_handshakes_failed_total").increment(1);
                    return tracing::debug!(%remote, why, "TLS handshake failed");
                }
            };
            let line = (Transport::Tls, remote);
            (line, talk(stream, line, local, FIRST_PATIENCE, events).await)
        }
    };
    tracing::debug!(%remote, end, "SIP connection closed");
    let _ = events.send(TcpEvent::Closed { line }).await;
}

/// Connections of each source.
#[derive(Clone, Debug, Default)]
struct Sources(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// Given back when dropped.
#[derive(Debug)]
struct Seat {
    sources: Sources,
    source: IpAddr,
}

impl Sources {
    fn take(&self, source: IpAddr) -> Option<Seat> {
        let mut sources = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = sources.entry(source).or_default();
        if *taken >= MAX_OF_ONE_SOURCE {
            return None;
        }
        *taken += 1;
        Some(Seat { sources: self.clone(), source })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut sources = self.sources.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = sources.get_mut(&self.source) {
            *taken -= 1;
            if *taken == 0 {
                sources.remove(&self.source);
            }
        }
    }
}

/// Reads and writes until the connection ends; says why it did. It also ends when the exchange does, which holds the way in.
/// `first`: how long until its first message.
async fn talk<S>(
    stream: S,
    line: Line,
    local: SocketAddr,
    first: Duration,
    events: &mpsc::Sender<TcpEvent>,
) -> &'static str
where
    S: AsyncRead + AsyncWrite,
{
    let (mut reader, mut out) = tokio::io::split(stream);
    let (writer, mut outgoing) = mpsc::channel::<Arc<[u8]>>(OUTGOING);
    let pongs = writer.downgrade();
    if events.send(TcpEvent::Opened { line, local, writer }).await.is_err() {
        return "stopping";
    }
    let write = async {
        while let Some(bytes) = outgoing.recv().await {
            let written = async {
                out.write_all(&bytes).await?;
                out.flush().await
            };
            match timeout(WRITE_PATIENCE, written).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return "write error",
                Err(_) => return "peer does not read",
            }
        }
        "peer does not read"
    };
    let read = async {
        let mut framer = Framer::default();
        let mut buffer = vec![0; 16 * 1024];
        let mut patience = first;
        loop {
            let length = match timeout(patience, reader.read(&mut buffer)).await {
                Ok(Ok(0)) => return "closed by peer",
                Ok(Ok(length)) => length,
                Ok(Err(_)) => return "read error",
                Err(_) => return "idle",
            };
            framer.extend(buffer.get(..length).unwrap_or_default());
            while let Some(frame) = framer.next() {
                patience = IDLE;
                match frame {
                    Ok(Frame::Message(bytes)) => {
                        let bytes = bytes.to_vec();
                        if events.send(TcpEvent::Received { line, bytes }).await.is_err() {
                            return "stopping";
                        }
                    }
                    Ok(Frame::Ping) => {
                        if let Some(writer) = pongs.upgrade() {
                            let _ = writer.try_send(Arc::from(b"\r\n".as_slice()));
                        }
                    }
                    Err(error) => {
                        tracing::info!(remote = %line.1, %error, "SIP connection cannot be read any further");
                        return "not SIP";
                    }
                }
            }
        }
    };
    tokio::select! {
        reason = write => reason,
        reason = read => reason,
    }
}
