//! The TCP side of the SIP listener: one task a connection, bounded in number, in what they hold and in idle time.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::protocol::sip::message::{Frame, Framer, Message, NameAddr, Uri, parse, split_list};

/// A phone has one connection, a trunk one or a few. The door closes those of strangers who show no password.
const MAX_CONNECTIONS: usize = 16_384;

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

#[derive(Debug)]
pub(super) enum TcpEvent {
    Opened { remote: SocketAddr, local: SocketAddr, writer: mpsc::Sender<Arc<[u8]>> },
    Received { remote: SocketAddr, bytes: Vec<u8> },
    Closed { remote: SocketAddr },
}

/// Ways back into the connections that are open.
#[derive(Debug, Default)]
pub(super) struct Connections {
    writers: HashMap<SocketAddr, mpsc::Sender<Arc<[u8]>>>,
}

impl Connections {
    pub fn opened(&mut self, remote: SocketAddr, writer: mpsc::Sender<Arc<[u8]>>) {
        self.writers.insert(remote, writer);
    }

    pub fn closed(&mut self, remote: SocketAddr) {
        self.writers.remove(&remote);
    }

    /// Gives the bytes back when the connection is gone.
    pub fn send(&mut self, remote: SocketAddr, bytes: Arc<[u8]>) -> Result<(), Arc<[u8]>> {
        let Some(writer) = self.writers.get(&remote) else { return Err(bytes) };
        if writer.try_send(bytes).is_err() {
            // Dropping the way in ends the connection's task.
            self.writers.remove(&remote);
        }
        Ok(())
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

/// Connects to a peer whose connection is gone, and sends. When nobody answers there the transaction's own time-out tells.
pub(super) async fn dial(remote: SocketAddr, bytes: Arc<[u8]>, events: mpsc::Sender<TcpEvent>) {
    let connect = async {
        let mut stream = TcpStream::connect(remote).await?;
        stream.write_all(&bytes).await?;
        Ok::<_, std::io::Error>(stream)
    };
    let Ok(Ok(stream)) = tokio::time::timeout(CONNECT_PATIENCE, connect).await else {
        return tracing::info!(%remote, "no SIP connection to a peer that closed its own");
    };
    let reason = talk(stream, remote, &events).await;
    tracing::debug!(%remote, reason, "SIP connection closed");
    let _ = events.send(TcpEvent::Closed { remote }).await;
}

/// Accepts until the server stops. Connections that are open then live as long as the exchange, which still has to say BYE.
pub(super) async fn accept(listener: TcpListener, events: mpsc::Sender<TcpEvent>, stop: CancellationToken) {
    let slots = Arc::new(tokio::sync::Semaphore::new(MAX_CONNECTIONS));
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, remote)) = accepted else {
            // Out of file descriptors: those who are connected go on, and a moment later there may be some again.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let Ok(slot) = Arc::clone(&slots).try_acquire_owned() else {
            tracing::warn!(%remote, "too many SIP connections, one is refused");
            continue;
        };
        let events = events.clone();
        tokio::spawn(async move {
            let reason = talk(stream, remote, &events).await;
            tracing::debug!(%remote, reason, "SIP connection closed");
            let _ = events.send(TcpEvent::Closed { remote }).await;
            drop(slot);
        });
    }
}

/// Reads and writes until the connection ends; says why it did. It also ends when the exchange does, which holds the way in.
async fn talk(stream: TcpStream, remote: SocketAddr, events: &mpsc::Sender<TcpEvent>) -> &'static str {
    let Ok(local) = stream.local_addr() else { return "no local address" };
    let _ = stream.set_nodelay(true);
    let (mut reader, mut out) = stream.into_split();
    let (writer, mut outgoing) = mpsc::channel::<Arc<[u8]>>(OUTGOING);
    let pongs = writer.downgrade();
    if events.send(TcpEvent::Opened { remote, local, writer }).await.is_err() {
        return "stopping";
    }
    let write = async {
        while let Some(bytes) = outgoing.recv().await {
            match tokio::time::timeout(WRITE_PATIENCE, out.write_all(&bytes)).await {
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
        loop {
            let length = match tokio::time::timeout(IDLE, reader.read(&mut buffer)).await {
                Ok(Ok(0)) => return "closed by peer",
                Ok(Ok(length)) => length,
                Ok(Err(_)) => return "read error",
                Err(_) => return "idle",
            };
            framer.extend(buffer.get(..length).unwrap_or_default());
            while let Some(frame) = framer.next() {
                match frame {
                    Ok(Frame::Message(bytes)) => {
                        let bytes = bytes.to_vec();
                        if events.send(TcpEvent::Received { remote, bytes }).await.is_err() {
                            return "stopping";
                        }
                    }
                    Ok(Frame::Ping) => {
                        if let Some(writer) = pongs.upgrade() {
                            let _ = writer.try_send(Arc::from(b"\r\n".as_slice()));
                        }
                    }
                    Err(error) => {
                        tracing::info!(%remote, %error, "SIP connection cannot be read any further");
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
