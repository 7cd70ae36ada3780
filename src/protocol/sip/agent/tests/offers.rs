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

/// The offers of a side and what came of them.
fn told(net: &Net, side: usize) -> Vec<String> {
    net.events[side]
        .iter()
        .filter_map(|event| match event {
            Event::Reoffered { offer, .. } => Some(format!("offer {}", String::from_utf8_lossy(offer))),
            Event::ReofferAnswered { body, .. } => Some(format!("answer {}", String::from_utf8_lossy(body))),
            Event::ReofferRefused { status, .. } => Some(format!("refused {}", status.0)),
            _ => None,
        })
        .collect()
}

#[test]
fn either_side_offers_other_media_and_hears_the_answer() {
    for side in [CALLER, SERVER] {
        let (mut net, caller, server) = answered();
        let (ours, theirs) = ([caller, server][side], [caller, server][1 - side]);
        net.agents[side].reoffer(ours, b"hold", net.now);
        net.run(SECOND);
        assert_eq!(told(&net, 1 - side), ["offer hold"]);
        net.agents[1 - side].accept_offer(theirs, b"held", net.now);
        net.run(SECOND);
        assert_eq!(told(&net, side), ["answer held"]);
        assert_eq!(
            net.count(1 - side, |e| matches!(e, Event::Acknowledged { .. })),
            if side == CALLER { 2 } else { 1 }
        );
        net.agents[side].reoffer(ours, b"back", net.now);
        net.run(SECOND);
        net.agents[1 - side].refuse_offer(theirs, Status::NOT_ACCEPTABLE_HERE, net.now);
        net.run(SECOND);
        assert_eq!(told(&net, side), ["answer held", "refused 488"]);
        assert_eq!(net.agents[side].dialogs(), 1, "the call goes on as it was");
        net.agents[side].hang_up(ours, net.now);
        net.assert_forgotten();
    }
}

#[test]
fn offers_that_cross_are_both_made_in_the_end() {
    for apart in 0..25 {
        let (mut net, caller, server) = answered();
        net.agents[CALLER].reoffer(caller, b"from caller", net.now);
        net.run(Duration::from_millis(apart));
        net.agents[SERVER].reoffer(server, b"from server", net.now);
        for _ in 0..100 {
            net.run(Duration::from_millis(100));
            for (side, dialog) in [(CALLER, caller), (SERVER, server)] {
                net.agents[side].accept_offer(dialog, b"yes", net.now);
            }
        }
        for side in [CALLER, SERVER] {
            let told = told(&net, side);
            assert_eq!(told.iter().filter(|t| *t == "answer yes").count(), 1, "{apart} ms: {told:?}");
            assert_eq!(
                told.iter().filter(|t| t.starts_with("offer from")).count(),
                1,
                "{apart} ms: {told:?}"
            );
        }
        if apart < 10 {
            assert!(
                net.arrivals(CALLER, "SIP/2.0 491") + net.arrivals(SERVER, "SIP/2.0 491") >= 2,
                "{apart} ms"
            );
        }
    }
}

#[test]
fn peer_whose_offer_is_always_under_way_refuses_in_the_end() {
    let (mut net, caller, _) = answered();
    net.edit = Some(|side, text| {
        if side == SERVER {
            text.replace("SIP/2.0 100 Trying", "SIP/2.0 491 Pending").replace("SIP/2.0 500", "SIP/2.0 491")
        } else {
            text
        }
    });
    net.agents[CALLER].reoffer(caller, b"hold", net.now);
    net.run(60 * SECOND);
    assert_eq!(told(&net, CALLER), ["refused 491"]);
}

#[test]
fn offer_that_waits_is_replaced_by_a_newer_one() {
    let (mut net, caller, server) = answered();
    for offer in [b"one", b"two", b"tri"] {
        net.agents[CALLER].reoffer(caller, offer, net.now);
    }
    for _ in 0..10 {
        net.run(SECOND);
        net.agents[SERVER].accept_offer(server, b"yes", net.now);
    }
    assert_eq!(told(&net, SERVER), ["offer one", "offer tri"]);
    assert_eq!(told(&net, CALLER), ["answer yes", "answer yes"]);
}

#[test]
fn offer_meets_bye_at_every_millisecond() {
    for offers in [CALLER, SERVER] {
        for leaves in [CALLER, SERVER] {
            for apart in 0..40 {
                let (mut net, caller, server) = answered();
                let dialogs = [caller, server];
                net.agents[offers].reoffer(dialogs[offers], b"hold", net.now);
                net.run(Duration::from_millis(apart));
                net.agents[leaves].hang_up(dialogs[leaves], net.now);
                net.run(Duration::from_millis(7));
                net.agents[1 - offers].accept_offer(dialogs[1 - offers], b"yes", net.now);
                net.run(SECOND);
                assert_eq!(
                    net.count(leaves, |e| matches!(e, Event::Ended { .. })),
                    1,
                    "{offers} {leaves} {apart}"
                );
                assert_eq!(
                    net.count(1 - leaves, |e| matches!(e, Event::HungUp { .. })),
                    1,
                    "{offers} {leaves} {apart}"
                );
                net.assert_forgotten();
            }
        }
    }
}

#[test]
fn peer_that_forgot_the_call_is_left() {
    let (mut net, caller, _) = answered();
    net.edit =
        Some(
            |side, text| {
                if side == SERVER { text.replace("SIP/2.0 100 Trying", "SIP/2.0 481 Gone") } else { text }
            },
        );
    net.agents[CALLER].reoffer(caller, b"hold", net.now);
    net.run(SECOND);
    assert_eq!(net.count(CALLER, |e| matches!(e, Event::HungUp { .. })), 1);
    net.assert_forgotten();
}

#[test]
fn offer_that_says_nothing_new_is_answered_without_asking() {
    let (mut net, ..) = answered();
    let again = within(&net, "INVITE", 2, "Content-Type: application/sdp\r\n\r\noffer");
    assert_eq!(net.inject(SERVER, &again), ["SIP/2.0 100 Trying", "SIP/2.0 200 OK"]);
    assert_eq!(told(&net, SERVER), [""; 0]);
}

#[test]
fn offer_that_is_taken_back_leaves_the_call_as_it_was() {
    let (mut net, ..) = answered();
    let hold = within(&net, "INVITE", 2, "Content-Type: application/sdp\r\n\r\nhold");
    assert_eq!(net.inject(SERVER, &hold), ["SIP/2.0 100 Trying"]);
    let cancel = within(&net, "CANCEL", 2, "\r\n").replace("branch=z9hG4bKCANCEL2", "branch=z9hG4bKINVITE2");
    let said = net.inject(SERVER, &cancel);
    assert!(said.contains(&"SIP/2.0 487 Request Terminated".to_owned()), "{said:?}");
    assert_eq!(net.agents[SERVER].dialogs(), 1);
}
