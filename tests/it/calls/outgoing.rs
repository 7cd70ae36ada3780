//! Calls that go out again by a trunk which the test plays.

use odziv::config::sip::{Srtp, Trunk};
use odziv::protocol::sip::message::{Method, Request};

use super::*;

/// Whoever calls is passed on to a number outside.
const PASSED_ON: &str = r#"
schema = 1
language = "sr"

[number."+38121480000"]
start = "out"

[node.out.dial]
number = "+381641112223"
timeout_s = 60
busy = "tell"
no_answer = "tell"
failed = "tell"
after = "end"

[node.tell.record]
prompt = "tell"
max_s = 30
min_s = 1
silence_s = 20
next = "end"

[node.end.hangup]
"#;

/// Without keep-alives: a trunk of which nobody knows that it is away.
fn trunk(name: &str, server: SocketAddr, transport: sip::Transport) -> Trunk {
    let server = Some(server.to_string());
    Trunk {
        server,
        transport,
        keepalive_s: 0,
        number: Some(NUMBER.into()),
        ..Trunk::by_address(name, vec![])
    }
}

async fn server(trunks: impl IntoIterator<Item = Trunk>) -> Server {
    let change = |config: &mut sip::Sip| config.trunk.extend(trunks);
    Server::with(PASSED_ON, Clock::system(), Media::default(), change).await
}

/// The next request of this method that comes to a trunk by UDP.
async fn request(socket: &UdpSocket, method: Method) -> (Request, SocketAddr) {
    let mut buffer = vec![0; 65_535];
    let found = tokio::time::timeout(PATIENCE, async {
        loop {
            let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
            if let Ok(Message::Request(request)) = parse(&buffer[..length])
                && request.method == method
            {
                return (request, from);
            }
        }
    });
    found.await.unwrap_or_else(|_| panic!("no {}", method.as_str()))
}

/// Nobody listens at the first trunk, or it hangs up on our INVITE: the caller does not wait for it.
#[tokio::test(flavor = "multi_thread")]
async fn trunk_whose_connection_fails_is_left_for_the_next_one_at_once() {
    for listens in [false, true] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let away = trunk("away", listener.local_addr().unwrap(), sip::Transport::Tcp);
        if listens {
            tokio::spawn(async move {
                let (mut connection, _) = listener.accept().await.unwrap();
                read_until(&mut connection, "INVITE ").await;
            });
        } else {
            drop(listener);
        }
        let next = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let there = trunk("there", next.local_addr().unwrap(), sip::Transport::Udp);
        let server = server([away, there]).await;
        let mut phone = server.dial(Transport::Udp).await;
        phone.answered().await;
        // Sooner than any transaction gives up.
        let (invite, from) = request(&next, Method::Invite).await;
        next.send_to(&invite.answer(Status(486), from, "t").finish(), from).await.unwrap();
        phone.hang_up().await;
        server.only_case().await;
        server.end().await;
    }
}

/// What is to be encrypted is not talked about in the open because the other side wishes so.
#[tokio::test(flavor = "multi_thread")]
async fn trunk_that_must_encrypt_is_left_when_it_answers_without() {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let mut secure = trunk("secure", socket.local_addr().unwrap(), sip::Transport::Udp);
    secure.srtp = Srtp::Required;
    let server = server([secure]).await;
    let mut phone = server.dial(Transport::Udp).await;
    phone.answered().await;
    let (invite, from) = request(&socket, Method::Invite).await;
    assert!(String::from_utf8_lossy(&invite.body).contains("RTP/SAVP"));
    let plain = sdp::offer(&sdp::Local::new(from.ip(), 9_000, 1), &sdp::Wish::default());
    let ok = invite
        .answer(Status::OK, from, "t")
        .header("Contact", format!("<sip:x@{}>", socket.local_addr().unwrap()));
    socket.send_to(&ok.body("application/sdp", &plain), from).await.unwrap();
    let (bye, from) = request(&socket, Method::Bye).await;
    socket.send_to(&bye.answer(Status::OK, from, "").finish(), from).await.unwrap();
    phone.hang_up().await;
    server.only_case().await;
    server.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_call_of_a_trunk_that_must_encrypt_is_refused_and_told_why() {
    let server = Server::start(|config| config.trunk[0].srtp = Srtp::Required).await;
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let local = socket.local_addr().unwrap();
    let offer = sdp::offer(&sdp::Local::new(local.ip(), 9_000, 1), &sdp::Wish::default());
    let invite = format!(
        "INVITE sip:{NUMBER}@{} SIP/2.0\r\nVia: SIP/2.0/UDP {local};rport;branch=z9hG4bK1\r\n\
         From: <sip:{CALLER}@127.0.0.1>;tag=a\r\nTo: <sip:{NUMBER}@127.0.0.1>\r\nCall-ID: plain\r\n\
         CSeq: 1 INVITE\r\nContact: <sip:x@{local}>\r\nContent-Type: application/sdp\r\nContent-Length: {}\r\n\r\n",
        server.address,
        offer.len()
    );
    socket.send_to(&[invite.as_bytes(), &offer].concat(), server.address).await.unwrap();
    let mut buffer = vec![0; 65_535];
    let refused = loop {
        let read = tokio::time::timeout(PATIENCE, socket.recv(&mut buffer));
        let length = read.await.expect("no answer").unwrap();
        match parse(&buffer[..length]) {
            Ok(Message::Response(response)) if !response.status.is_provisional() => break response,
            _ => {}
        }
    };
    assert_eq!(refused.status, Status::NOT_ACCEPTABLE_HERE);
    let warning = refused.header("Warning").unwrap();
    assert!(warning.starts_with("399 127.0.0.1:") && warning.contains("SRTP"), "{warning}");
    assert!(server.cases().await.is_empty());
    server.end().await;
}
