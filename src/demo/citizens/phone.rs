//! One citizen's telephone: a socket for signalling, one for media, and a script to carry out.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use tokio::net::UdpSocket;
use tokio::time::MissedTickBehavior;

use super::acts::Acts;
use super::behaviour::CallScript;
use super::mouth::Mouth;
use super::uac::{CallState, End, Invitation, Uac};
use crate::clock::Clock;
use crate::protocol::rtp::FRAME_TIME;
use crate::protocol::sip::{Flow, Transport};

/// Larger than any datagram that loopback gives us.
const DATAGRAM: usize = 4_096;
/// Nobody stays on the line longer; a server that never hangs up does not keep the demo's citizens.
const LONGEST_CALL: Duration = Duration::from_secs(420);
/// After hanging up: for the answer to BYE or CANCEL.
const FAREWELL: Duration = Duration::from_secs(4);
/// What a telephone behind somebody else's router calls its own address.
const NOWHERE: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 5);

/// Calls `called` at `server` and carries out the script.
pub async fn call(
    script: &CallScript,
    id: String,
    called: &'static str,
    server: SocketAddr,
    clock: &Clock,
) -> io::Result<End> {
    let signalling = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let media = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let flow = Flow { transport: Transport::Udp, local: signalling.local_addr()?, remote: server };
    let ssrc = u32::from(flow.local.port()) << 16 | u32::from(media.local_addr()?.port());
    let started = clock.instant();
    let mut heard_at = media.local_addr()?;
    if script.unheard {
        heard_at.set_ip(NOWHERE.into());
    }
    let invitation = Invitation { id, number: script.number.clone(), called, media: heard_at };
    let uac = Uac::invite(flow, invitation, started);
    let mut phone = Phone { signalling, media, uac, mouth: Mouth::new(ssrc), started, left: None };
    phone.run(script, clock).await
}

struct Phone {
    signalling: UdpSocket,
    media: UdpSocket,
    uac: Uac,
    mouth: Mouth,
    started: Instant,
    /// When the citizen hung up.
    left: Option<Instant>,
}

impl Phone {
    async fn run(&mut self, script: &CallScript, clock: &Clock) -> io::Result<End> {
        let mut acts = Acts::new(script.acts.clone());
        let mut tick = tokio::time::interval(FRAME_TIME);
        tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let (mut signal, mut sound) = ([0u8; DATAGRAM], [0u8; DATAGRAM]);
        loop {
            self.flush().await?;
            if let CallState::Over(end) = self.uac.state() {
                return Ok(end.clone());
            }
            tokio::select! {
                received = self.signalling.recv_from(&mut signal) => {
                    // An ICMP error of a restarting server is an error of the next receive: the call goes on by itself.
                    if let Ok((length, _)) = received {
                        self.uac.receive(signal.get(..length).unwrap_or_default(), clock.instant());
                    }
                }
                received = self.media.recv_from(&mut sound) => {
                    if let Ok((length, _)) = received {
                        acts.hear(sound.get(..length).unwrap_or_default());
                    }
                }
                _ = tick.tick() => {
                    let now = clock.instant();
                    self.uac.handle_timeout(now);
                    if self.step(&mut acts, script, now).await? {
                        return Ok(End::Left);
                    }
                }
            }
        }
    }

    /// Every 20 ms. True when the farewell took too long.
    async fn step(&mut self, acts: &mut Acts, script: &CallScript, now: Instant) -> io::Result<bool> {
        let impatient = match self.uac.state() {
            CallState::Calling | CallState::Ringing => now - self.started >= script.patience,
            CallState::Talking(server) => {
                let server = *server;
                let done = self.left.is_none() && acts.step(&mut self.mouth);
                let packet = self.mouth.next_packet();
                if !script.unheard {
                    // Loopback may refuse while the server restarts: as lost as any packet.
                    let _ = self.media.send_to(&packet, server).await;
                }
                done || now - self.started >= LONGEST_CALL
            }
            CallState::Over(_) => false,
        };
        if impatient && self.left.is_none() {
            self.left = Some(now);
            self.uac.hang_up(now);
        }
        Ok(self.left.is_some_and(|left| now - left > FAREWELL))
    }

    async fn flush(&mut self) -> io::Result<()> {
        while let Some(transmit) = self.uac.poll_transmit() {
            // Lost when the server is away just now; the transaction sends it again.
            let _ = self.signalling.send_to(&transmit.bytes, transmit.flow.remote).await;
        }
        Ok(())
    }
}
