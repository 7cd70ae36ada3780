//! The sockets of a desk: one for signalling, one for media.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::UdpSocket;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::desk::{Account, Desk};
use crate::clock::Clock;
use crate::protocol::rtp::FRAME_TIME;
use crate::protocol::sip::{Flow, Transport};

/// Larger than any datagram that loopback gives us.
const DATAGRAM: usize = 4_096;

/// Registers and answers calls until `stop`.
pub async fn serve(
    account: Account,
    server: SocketAddr,
    clock: &Clock,
    stop: &CancellationToken,
) -> io::Result<()> {
    let signalling = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let media = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let flow = Flow { transport: Transport::Udp, local: signalling.local_addr()?, remote: server };
    let mut desk = Desk::new(account, flow, media.local_addr()?, rand::random(), clock.instant());
    let mut tick = tokio::time::interval(FRAME_TIME);
    tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let (mut signal, mut sound) = ([0u8; DATAGRAM], [0u8; DATAGRAM]);
    loop {
        while let Some(transmit) = desk.poll_transmit() {
            // Lost when the server is away just now; the transaction sends it again.
            let _ = signalling.send_to(&transmit.bytes, transmit.flow.remote).await;
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            // An ICMP error of a restarting server is an error of the next receive: the desk goes on by itself.
            received = signalling.recv_from(&mut signal) => {
                if let Ok((length, _)) = received {
                    desk.receive(signal.get(..length).unwrap_or_default(), clock.instant());
                }
            }
            received = media.recv_from(&mut sound) => {
                if let Ok((length, _)) = received {
                    desk.hear(sound.get(..length).unwrap_or_default());
                }
            }
            _ = tick.tick() => {
                if let Some((to, packet)) = desk.step(clock.instant()) {
                    let _ = media.send_to(&packet, to).await;
                }
            }
        }
    }
}
