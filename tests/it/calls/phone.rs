//! A telephone on loopback: the agent on a real socket, and RTP written by hand.

use std::net::SocketAddr;
use std::time::Duration;

use odziv::clock::Clock;
use odziv::protocol::sip::agent::{Admission, Agent, DialogId, Event, Outgoing};
use odziv::protocol::sip::message::{Frame, Framer};
use odziv::protocol::sip::sdp::{self, Local, Wish};
use odziv::protocol::sip::{Flow, Transport};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::{sleep_until, timeout};

/// Nothing on loopback takes longer, however busy the machine.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// One frame of 20 ms: a square wave of 400 Hz in A-law, loud enough for any voice detector.
const FRAME: Duration = Duration::from_millis(20);
const SAMPLES: u32 = 160;

pub struct Phone {
    agent: Agent,
    clock: Clock,
    line: Line,
    flow: Flow,
    rtp: UdpSocket,
    description: Local,
    /// Where the server wants our media.
    media: Option<SocketAddr>,
    sequence: u16,
    timestamp: u32,
    pub dialog: DialogId,
    events: Vec<Event>,
    pub heard: u64,
}

enum Line {
    Udp(UdpSocket),
    Tcp(Box<dyn Stream>, Framer),
}

/// TCP, bare or inside TLS.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

impl Phone {
    /// Dials; nothing has been answered yet.
    pub async fn dial(server: SocketAddr, transport: Transport, from: &str, to: &str) -> Self {
        let (line, local) = match transport {
            Transport::Udp => {
                let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
                let local = socket.local_addr().unwrap();
                (Line::Udp(socket), local)
            }
            Transport::Tcp | Transport::Tls => {
                let stream = TcpStream::connect(server).await.unwrap();
                let local = stream.local_addr().unwrap();
                (Line::Tcp(Box::new(stream), Framer::default()), local)
            }
        };
        Self::dial_on(line, server, transport, local, from, to).await
    }

    /// Dials on a connection that somebody else has made, for example by TLS.
    pub async fn dial_through(
        stream: Box<dyn Stream>,
        server: SocketAddr,
        transport: Transport,
        local: SocketAddr,
        from: &str,
        to: &str,
    ) -> Self {
        Self::dial_on(Line::Tcp(stream, Framer::default()), server, transport, local, from, to).await
    }

    async fn dial_on(
        line: Line,
        server: SocketAddr,
        transport: Transport,
        local: SocketAddr,
        from: &str,
        to: &str,
    ) -> Self {
        let rtp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let flow = Flow { transport, local, remote: server };
        let clock = Clock::system();
        let mut agent = Agent::new(rand::random());
        let description = Local::new(local.ip(), rtp.local_addr().unwrap().port(), 1);
        let call = Outgoing {
            to: format!("sip:{to}@{server}"),
            from: format!("sip:{from}@{}", local.ip()),
            offer: sdp::offer(&description, &Wish::default()),
            ..Outgoing::default()
        };
        let dialog = agent.invite(call, flow, clock.instant()).unwrap();
        let mut phone = Self {
            agent,
            clock,
            line,
            flow,
            rtp,
            description,
            media: None,
            sequence: 1,
            timestamp: 0,
            dialog,
            events: Vec::new(),
            heard: 0,
        };
        phone.flush().await;
        phone
    }

    /// Waits for an event of the call.
    pub async fn until(&mut self, what: &str, wanted: impl Fn(&Event) -> bool) -> Event {
        let found = timeout(PATIENCE, async {
            loop {
                if let Some(at) = self.events.iter().position(&wanted) {
                    return self.events.remove(at);
                }
                self.pump().await;
            }
        });
        match found.await {
            Ok(event) => event,
            Err(_) => panic!("no {what}"),
        }
    }

    pub async fn answered(&mut self) {
        self.until("answer", |event| matches!(event, Event::Answered { .. })).await;
    }

    pub async fn hung_up_on(&mut self) {
        self.until("BYE", |event| matches!(event, Event::HungUp { .. })).await;
    }

    /// BYE, or CANCEL before the answer; waits until the server has agreed.
    pub async fn hang_up(&mut self) {
        self.agent.hang_up(self.dialog, self.clock.instant());
        self.flush().await;
        self.until("end", |event| matches!(event, Event::Ended { .. })).await;
    }

    /// Talks for so long, in real time: the server measures it.
    pub async fn speak(&mut self, length: Duration) {
        let start = tokio::time::Instant::from_std(self.clock.instant());
        let frames = length.as_millis() / FRAME.as_millis();
        for n in 0..frames {
            let half_wave = |at: usize| if at % 20 < 10 { 0xaa } else { 0x2a };
            let payload: Vec<u8> = (0..SAMPLES as usize).map(half_wave).collect();
            self.packet(8, n == 0, self.timestamp, &payload).await;
            self.timestamp += SAMPLES;
            sleep_until(start + FRAME * u32::try_from(n + 1).unwrap()).await;
        }
    }

    /// A key as RFC 4733 has it: several packets of one event, the last repeated with the end bit.
    pub async fn press(&mut self, key: char) {
        let event = u8::try_from("0123456789*#".find(key).unwrap()).unwrap();
        for (duration, end) in [(160, false), (320, false), (480, true), (480, true), (480, true)] {
            let [high, low] = u16::to_be_bytes(duration);
            let flags = if end { 0x8a } else { 0x0a };
            self.packet(101, duration == 160, self.timestamp, &[event, flags, high, low]).await;
        }
        self.timestamp += 480;
    }

    /// Something of the server's prompts has arrived.
    pub async fn hears(&mut self) {
        let mut buffer = [0; 2048];
        timeout(PATIENCE, self.rtp.recv(&mut buffer)).await.expect("no media").unwrap();
        self.heard += 1;
    }

    async fn packet(&mut self, payload_type: u8, marker: bool, timestamp: u32, payload: &[u8]) {
        let mut packet = vec![0x80, payload_type | if marker { 0x80 } else { 0 }];
        packet.extend(self.sequence.to_be_bytes());
        packet.extend(timestamp.to_be_bytes());
        packet.extend(0x0d1f_0001_u32.to_be_bytes());
        packet.extend(payload);
        self.sequence = self.sequence.wrapping_add(1);
        self.rtp.send_to(&packet, self.media.expect("not answered")).await.unwrap();
    }

    /// Reads once or lets a timer run, then sends what is to be sent.
    async fn pump(&mut self) {
        let mut buffer = vec![0; 65_535];
        let due = self.agent.poll_timeout().unwrap_or_else(|| self.clock.instant() + PATIENCE);
        let read = async {
            match &mut self.line {
                Line::Udp(socket) => socket.recv_from(&mut buffer).await.unwrap().0,
                Line::Tcp(stream, _) => stream.read(&mut buffer).await.unwrap(),
            }
        };
        let length = tokio::select! {
            length = read => length,
            () = sleep_until(due.into()) => 0,
        };
        let now = self.clock.instant();
        let bytes = &buffer[..length];
        let mut admit = || Admission::Admit;
        match &mut self.line {
            _ if bytes.is_empty() => self.agent.handle_timeout(now),
            Line::Udp(_) => self.agent.receive(bytes, self.flow, now, &mut admit).unwrap(),
            Line::Tcp(_, framer) => {
                framer.extend(bytes);
                while let Some(Ok(Frame::Message(message))) = framer.next() {
                    self.agent.receive(message, self.flow, now, &mut admit).unwrap();
                }
            }
        }
        self.flush().await;
    }

    async fn flush(&mut self) {
        while let Some(event) = self.agent.poll_event() {
            if let Event::Answered { body, .. } = &event {
                self.media = Some(sdp::accept(body, &self.description, &Wish::default()).unwrap().remote);
            }
            self.events.push(event);
        }
        while let Some(transmit) = self.agent.poll_transmit() {
            match &mut self.line {
                Line::Udp(socket) => {
                    socket.send_to(&transmit.bytes, transmit.flow.remote).await.unwrap();
                }
                Line::Tcp(stream, _) => stream.write_all(&transmit.bytes).await.unwrap(),
            }
        }
    }
}
