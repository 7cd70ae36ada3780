//! Other media while the call goes on.

use super::*;

#[test]
fn hold_is_offered_answered_and_acknowledged() {
    let (mut net, _, server) = answered();
    let reinvite = within(&net, "INVITE", 2, "Content-Type: application/sdp\r\n\r\nhold");
    assert_eq!(net.inject(SERVER, &reinvite), ["SIP/2.0 100 Trying"]);
    assert!(
        net.events[SERVER].iter().any(|e| matches!(e, Event::Reoffered { offer, .. } if offer == b"hold"))
    );
    let crossing = within(&net, "INVITE", 3, "Content-Type: application/sdp\r\n\r\nagain");
    assert_eq!(net.inject(SERVER, &crossing), ["SIP/2.0 500 Server Internal Error"]);
    let now = net.now;
    net.agents[SERVER].accept_offer(server, b"held", now);
    net.run(3 * SECOND);
    assert!(net.arrivals(CALLER, "SIP/2.0 200") >= 3, "repeated until ACK");
    let ack = within(&net, "ACK", 2, "\r\n");
    net.inject(SERVER, &ack);
    let before = net.arrivals(CALLER, "SIP/2.0 200");
    net.run(60 * SECOND);
    assert_eq!(net.arrivals(CALLER, "SIP/2.0 200"), before);
}

#[test]
fn offer_while_ours_is_open_is_told_to_wait() {
    let mut net = Net::calm();
    let offerless = "INVITE sip:021@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;rport;branch=z9hG4bKx\r\n\
                     From: <sip:a@b>;tag=f\r\nTo: <sip:021@192.0.2.2>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n\
                     Contact: <sip:a@192.0.2.1>\r\n\r\n";
    net.inject(SERVER, offerless);
    let (server, now) = (net.invited(), net.now);
    net.agents[SERVER].answer(server, b"our offer", now);
    net.run(Duration::from_millis(100));
    let key = net.agents[SERVER].legs.values().next().unwrap().key.clone();
    let tag = key.split_once('|').unwrap().1;
    let within = |method: &str, cseq: u32, body: &str| {
        format!(
            "{method} sip:odziv@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;rport;branch=z9hG4bK{method}{cseq}\r\n\
             From: <sip:a@b>;tag=f\r\nTo: <sip:021@192.0.2.2>;tag={tag}\r\nCall-ID: c\r\nCSeq: {cseq} {method}\r\n\
             Content-Type: application/sdp\r\n\r\n{body}"
        )
    };
    assert_eq!(net.inject(SERVER, &within("INVITE", 2, "x")), ["SIP/2.0 491 Request Pending"]);
    net.inject(SERVER, &within("ACK", 1, "their answer"));
    assert!(
        net.events[SERVER]
            .iter()
            .any(|e| matches!(e, Event::Acknowledged { body, .. } if body == b"their answer"))
    );
}
