//! One citizen's telephone: a socket for signalling, one for media, and a script to carry out.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use tokio::net::UdpSocket;
use tokio::time::MissedTickBehavior;

use super::behaviour::{Act, CallScript};
use super::ear::Ear;
use super::mouth::Mouth;
use super::uac::{CallState, End, Invitation, Uac};
use crate::clock::Clock;
use crate::demo::voices::VOICES;
use crate::protocol::rtp::g711::Law;
use crate::protocol::rtp::packet::Packet;
use crate::protocol::rtp::{FRAME_TIME, samples_in};
use crate::protocol::sip::{Flow, Transport};

/// Larger than any datagram that loopback gives us.
const DATAGRAM: usize = 4_096;
/// Nobody stays on the line longer; a server that never hangs up does not keep the demo's citizens.
const LONGEST_CALL: Duration = Duration::from_secs(300);
/// After hanging up: for the answer to BYE or CANCEL.
const FAREWELL: Duration = Duration::from_secs(4);

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
    let invitation =
        Invitation { id, number: script.number.clone(), called, media_port: media.local_addr()?.port() };
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
        let mut acts = Acts::new(&script.acts);
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
                    if self.step(&mut acts, script.patience, now).await? {
                        return Ok(End::Left);
                    }
                }
            }
        }
    }

    /// Every 20 ms. True when the farewell took too long.
    async fn step(&mut self, acts: &mut Acts<'_>, patience: Duration, now: Instant) -> io::Result<bool> {
        let impatient = match self.uac.state() {
            CallState::Calling | CallState::Ringing => now - self.started >= patience,
            CallState::Talking(server) => {
                let server = *server;
                let done = self.left.is_none() && acts.step(&mut self.mouth);
                // Loopback may refuse while the server restarts: as lost as any packet.
                let _ = self.media.send_to(&self.mouth.next_packet(), server).await;
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

/// Where the citizen is in the script.
struct Acts<'a> {
    rest: std::slice::Iter<'a, Act>,
    doing: Doing,
}

enum Doing {
    Listening(Duration),
    HearingOut(Ear),
    Talking,
    Finished,
}

impl<'a> Acts<'a> {
    fn new(acts: &'a [Act]) -> Self {
        Self { rest: acts.iter(), doing: Doing::Listening(Duration::ZERO) }
    }

    fn hear(&mut self, datagram: &[u8]) {
        if let (Doing::HearingOut(ear), Some(packet)) = (&mut self.doing, Packet::parse(datagram))
            && let Some(law) = Law::from_payload_type(packet.payload_type)
        {
            let mut samples = [0i16; 320];
            let length = law.decode(packet.payload, &mut samples);
            ear.hear(samples.get(..length).unwrap_or_default());
        }
    }

    /// 20 ms of it. True when there is nothing left to do.
    fn step(&mut self, mouth: &mut Mouth) -> bool {
        let over = match &mut self.doing {
            Doing::Listening(left) => {
                *left = left.saturating_sub(FRAME_TIME);
                left.is_zero()
            }
            Doing::HearingOut(ear) => ear.stopped(FRAME_TIME),
            Doing::Talking => mouth.is_silent(),
            Doing::Finished => true,
        };
        if over {
            self.doing = self.rest.next().map_or(Doing::Finished, |act| begin(*act, mouth));
        }
        matches!(self.doing, Doing::Finished)
    }
}

fn begin(act: Act, mouth: &mut Mouth) -> Doing {
    let samples = |voice: usize| VOICES.get(voice).and_then(|v| v.samples().ok()).unwrap_or_default();
    match act {
        Act::Listen(time) => return Doing::Listening(time),
        Act::HearOut => return Doing::HearingOut(Ear::default()),
        Act::Press(digit) => mouth.press(digit),
        Act::Speak(voice) => mouth.speak(&samples(voice)),
        Act::SpeakPart(voice, time) => {
            let mut part = samples(voice);
            part.truncate(samples_in(time) as usize);
            mouth.speak(&part);
        }
    }
    Doing::Talking
}
