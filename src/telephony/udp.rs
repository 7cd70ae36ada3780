//! The UDP side of the SIP listener.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::UdpSocket;

/// Room for a burst of several thousand INVITEs while the exchange is busy; the system may grant less.
const SOCKET_BUFFER: usize = 8 * 1024 * 1024;

/// Nothing longer fits into a datagram.
const DATAGRAM: usize = 65_535;

#[derive(Debug)]
pub(super) struct Udp {
    socket: UdpSocket,
    buffer: Box<[u8]>,
}

/// Binds at once, so that a port in use is an error of the start and not of the first call.
pub(super) fn bind(address: SocketAddr) -> io::Result<std::net::UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    // Refused sizes are no reason not to start.
    let _ = socket.set_recv_buffer_size(SOCKET_BUFFER);
    let _ = socket.set_send_buffer_size(SOCKET_BUFFER);
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    Ok(socket.into())
}

impl Udp {
    pub fn new(socket: std::net::UdpSocket) -> io::Result<Self> {
        Ok(Self { socket: UdpSocket::from_std(socket)?, buffer: vec![0; DATAGRAM].into() })
    }

    pub async fn readable(&self) {
        if self.socket.readable().await.is_err() {
            // The socket itself is broken; waiting for ever leaves TCP, timers and running calls alive.
            std::future::pending::<()>().await;
        }
    }

    /// The next datagram, if one is there.
    pub fn receive(&mut self) -> Option<(&[u8], SocketAddr)> {
        loop {
            match self.socket.try_recv_from(&mut self.buffer) {
                Ok((length, source)) => return Some((self.buffer.get(..length)?, source)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return None,
                // An ICMP answer to something that we sent; the next datagram is behind it.
                Err(_) => {}
            }
        }
    }

    /// A full buffer loses the datagram, as the network may; retransmission is the transaction's business.
    pub fn send(&self, bytes: &Arc<[u8]>, to: SocketAddr) {
        if let Err(error) = self.socket.try_send_to(bytes, to) {
            metrics::counter!("odziv_sip_udp_send_errors_total").increment(1);
            tracing::debug!(%error, %to, "datagram not sent");
        }
    }
}
