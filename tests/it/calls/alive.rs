//! measures.md, failure 2: a caller whose ACK never comes is heard all the same.

use odziv::protocol::sip::message::Request;

use super::*;

/// The second menu waits for longer than the agent does for an ACK, so that its end shows that the agent's clock was looked at.
const TWO_MENUS: &str = r#"
schema = 1
language = "sr"

[number."+38121480000"]
start = "menu"

[node.menu.menu]
prompt = "menu"
keys = { 1 = "water" }
timeout_s = 60
tries = 1
otherwise = "water"

[node.water.case]
category = "water"
next = "more"

[node.more.menu]
prompt = "tell"
keys = { 1 = "roads" }
timeout_s = 40
tries = 1
otherwise = "roads"

[node.roads.case]
category = "roads"
next = "tell"

[node.tell.record]
prompt = "tell"
max_s = 600
min_s = 1
silence_s = 60
next = "end"

[node.end.hangup]
"#;

/// Packets of voice come closer together than this; a machine that is very busy may need most of it.
const SILENT_AFTER_S: u32 = 5;

/// A caller who never sends an ACK.
struct Caller {
    sip: UdpSocket,
    rtp: UdpSocket,
    server: SocketAddr,
    media: Option<SocketAddr>,
    to_tag: String,
    sequence: u16,
}

impl Caller {
    async fn dial(server: SocketAddr) -> Self {
        let sip = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let rtp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let mut caller = Self { sip, rtp, server, media: None, to_tag: String::new(), sequence: 0 };
        let ours = sdp::Local::new(server.ip(), caller.rtp.local_addr().unwrap().port(), 1);
        let offer = sdp::offer(&ours, &sdp::Wish::default());
        caller.ask("INVITE", 1, std::str::from_utf8(&offer).unwrap()).await;
        let ok = accepted(&caller.sip, 1).await;
        caller.media = Some(sdp::accept(&ok.body, &ours, &sdp::Wish::default()).unwrap().remote);
        caller.to_tag = format!(";tag={}", ok.to.tag.unwrap());
        caller
    }

    async fn ask(&self, method: &str, cseq: u32, body: &str) {
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        let (local, to_tag) = (self.sip.local_addr().unwrap(), &self.to_tag);
        let text = format!(
            "{method} sip:{NUMBER}@{} SIP/2.0\r\nVia: SIP/2.0/UDP {local};rport;branch=z9hG4bK{cseq}\r\n\
             From: <sip:{CALLER}@127.0.0.1>;tag=a\r\nTo: <sip:{NUMBER}@127.0.0.1>{to_tag}\r\nCall-ID: alive\r\n\
             CSeq: {cseq} {method}\r\nContact: <sip:x@{local}>\r\n{kind}Content-Length: {}\r\n\r\n{body}",
            self.server,
            body.len()
        );
        self.sip.send_to(text.as_bytes(), self.server).await.unwrap();
    }

    async fn send(&mut self, payload_type: u8, timestamp: u32, payload: &[u8]) {
        let mut packet = vec![0x80, payload_type];
        packet.extend(self.sequence.to_be_bytes());
        packet.extend(timestamp.to_be_bytes());
        packet.extend(7_u32.to_be_bytes());
        packet.extend(payload);
        self.sequence += 1;
        self.rtp.send_to(&packet, self.media.unwrap()).await.unwrap();
    }

    async fn say(&mut self) {
        self.send(8, u32::from(self.sequence) * 160, &[0x2a; 160]).await;
    }

    /// Something of a prompt: until it begins there is silence, in which no key counts.
    async fn hears(&mut self) {
        let silence = odziv::protocol::rtp::g711::Law::A.silence();
        let mut buffer = [0; 2_048];
        let heard = tokio::time::timeout(PATIENCE, async {
            loop {
                let length = self.rtp.recv(&mut buffer).await.unwrap();
                if buffer[12..length].iter().any(|code| *code != silence) {
                    return;
                }
            }
        });
        heard.await.expect("no prompt");
    }

    /// The key 1.
    async fn press(&mut self) {
        let start = u32::from(self.sequence) * 160;
        for flags in [0x0a, 0x8a, 0x8a, 0x8a] {
            self.send(101, start, &[1, flags, 1, 0xe0]).await;
        }
    }

    /// The next request of the server, by whatever it is preceded.
    async fn asked(&self) -> Request {
        let mut buffer = vec![0; 65_535];
        let found = tokio::time::timeout(PATIENCE, async {
            loop {
                let length = self.sip.recv(&mut buffer).await.unwrap();
                if let Ok(Message::Request(request)) = parse(&buffer[..length]) {
                    return request;
                }
            }
        });
        found.await.expect("no request")
    }
}

/// Talks until the only case is in this category, while virtual time passes by `step` every 20 ms.
async fn talks_until(server: &Server, caller: &mut Caller, clock: &Clock, step: Duration, category: &str) {
    let found = tokio::time::timeout(PATIENCE, async {
        loop {
            if let Some(case) = server.cases().await.first() {
                let case = server.actions.db().case_detail(*case).await.unwrap().unwrap();
                if server.category(&case) == category {
                    return;
                }
            }
            caller.say().await;
            clock.advance(step);
            // Wakes the exchange, whose timers run in real time.
            caller.rtp.send_to(b"\r\n\r\n", server.address).await.unwrap();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    found.await.unwrap_or_else(|_| panic!("never in {category}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn call_whose_ack_never_comes_lives_while_it_is_heard_and_ends_when_it_is_not() {
    let clock = Clock::test("2026-03-02T09:00:00Z".parse().unwrap());
    let media = Media { silent_after_s: SILENT_AFTER_S, ..Media::default() };
    let server = Server::with(TWO_MENUS, clock.clone(), media, |config| config.ring_ms = 0).await;
    let mut caller = Caller::dial(server.address).await;
    // Prompts begin without the ACK, a moment after the answer.
    clock.advance(Duration::from_secs(1));
    caller.say().await;
    caller.hears().await;
    caller.press().await;
    talks_until(&server, &mut caller, &clock, Duration::ZERO, "water").await;
    talks_until(&server, &mut caller, &clock, Duration::from_secs(1), "roads").await;

    caller.ask("OPTIONS", 2, "").await;
    accepted(&caller.sip, 2).await;
    assert_eq!(server.handle.live_calls(), 1);
    // Nothing is said any more.
    assert_eq!(caller.asked().await.method.as_str(), "BYE");
    server.end().await;
}
