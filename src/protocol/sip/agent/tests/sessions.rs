//! Session timers (RFC 4028), and the lives of calls whose ACK or address is lost.

use super::*;

const HOUR: Duration = Duration::from_secs(3_600);

/// An answered call whose messages were changed on their way.
fn edited(edit: fn(usize, String) -> String) -> (Net, DialogId, DialogId) {
    let mut net = Net::calm();
    net.edit = Some(edit);
    let caller = net.call();
    net.run(SECOND);
    let server = net.invited();
    net.agents[SERVER].answer(server, b"answer", net.now);
    net.run(SECOND);
    (net, caller, server)
}

fn lives(net: &Net) -> bool {
    let over =
        |e: &Event| matches!(e, Event::HungUp { .. } | Event::NeverAcknowledged { .. } | Event::Ended { .. });
    net.events.iter().flatten().all(|event| !over(event))
        && net.agents.iter().all(|agent| agent.dialogs() == 1)
}

#[test]
fn call_of_an_hour_is_refreshed_by_whoever_is_named() {
    let caller_refreshes: fn(usize, String) -> String =
        |_, text| text.replace("Session-Expires: 1800\r\n", "Session-Expires: 600;refresher=uac\r\n");
    let server_refreshes: fn(usize, String) -> String =
        |_, text| text.replace("Session-Expires: 1800\r\n", "Session-Expires: 600;refresher=uas\r\n");
    for (edit, refresher) in [(caller_refreshes, CALLER), (server_refreshes, SERVER)] {
        let (mut net, caller, _) = edited(edit);
        net.run(HOUR);
        assert!(lives(&net), "{refresher} refreshes");
        assert_eq!(net.arrivals(1 - refresher, "UPDATE"), 12, "each 300 s");
        assert_eq!(net.arrivals(refresher, "UPDATE"), 0);
        net.agents[CALLER].hang_up(caller, net.now);
        net.assert_forgotten();
    }
}

#[test]
fn peer_without_update_is_refreshed_by_the_same_offer() {
    let (mut net, caller, _) = edited(|_, text| text.replace(", UPDATE", ""));
    for _ in 0..360 {
        net.run(10 * SECOND);
        net.agents[CALLER].accept_offer(caller, b"offer", net.now);
    }
    assert!(lives(&net));
    assert_eq!(net.arrivals(CALLER, "INVITE"), 3, "each 900 s after the last answer");
    assert_eq!(
        net.count(CALLER, |e| matches!(e, Event::Reoffered { .. })),
        1,
        "the same again is answered by itself"
    );
    assert_eq!(net.count(SERVER, |e| matches!(e, Event::ReofferAnswered { .. })), 0, "and is no news");
}

#[test]
fn peer_that_says_it_takes_update_and_does_not_is_refreshed_by_re_invite() {
    let (mut net, caller, _) = edited(|side, text| match side {
        CALLER
            if text.starts_with("SIP/2.0 200")
                && text.contains("UPDATE\r\n")
                && text.contains("CSeq: 1 UPDATE") =>
        {
            text.replace("SIP/2.0 200 OK", "SIP/2.0 405 Method Not Allowed")
        }
        _ => text,
    });
    net.run(Duration::from_secs(920));
    net.agents[CALLER].accept_offer(caller, b"offer", net.now);
    net.run(Duration::from_secs(100));
    assert_eq!((net.arrivals(CALLER, "UPDATE"), net.arrivals(CALLER, "INVITE")), (1, 1));
    assert!(lives(&net));
}

#[test]
fn session_that_nobody_refreshes_ends_with_bye() {
    let (mut net, ..) =
        edited(|_, text| text.replace("Session-Expires: 1800\r\n", "Session-Expires: 600;refresher=uac\r\n"));
    net.swallow = Some((CALLER, ""));
    net.run(Duration::from_secs(560));
    assert_eq!(net.count(SERVER, |e| matches!(e, Event::HungUp { .. })), 0);
    net.run(Duration::from_secs(10));
    assert_eq!(net.count(SERVER, |e| matches!(e, Event::HungUp { .. })), 1, "32 s before the end");
    net.run(100 * SECOND);
    assert_eq!(net.agents[SERVER].dialogs(), 0);
}

#[test]
fn refresher_notices_a_peer_that_is_gone() {
    let (mut net, ..) = edited(|_, text| text);
    net.swallow = Some((CALLER, ""));
    net.run(Duration::from_secs(1_000));
    assert_eq!(net.count(SERVER, |e| matches!(e, Event::HungUp { .. })), 1);
    assert_eq!(net.agents[SERVER].dialogs(), 0);
}

#[test]
fn interval_under_the_least_is_refused_and_asked_again_with_the_least() {
    // The caller asks for 60 s and is told of 90.
    let mut net = Net::calm();
    net.edit = Some(|side, text| match side {
        CALLER => text.replace("Session-Expires: 1800\r\n", "Session-Expires: 60\r\n"),
        _ => text,
    });
    net.call();
    net.run(SECOND);
    assert_eq!(net.arrivals(CALLER, "SIP/2.0 422"), 1);
    assert!(net.events[SERVER].is_empty(), "nobody was rung");
    assert_eq!(
        net.count(CALLER, |e| matches!(e, Event::Rejected { status: Status(422), .. })),
        1,
        "it knows no longer"
    );
    net.assert_forgotten();
    // The peer wants at least an hour: the call is placed again with an hour.
    let mut net = Net::calm();
    net.edit = Some(|side, text| match side {
        SERVER if text.contains("CSeq: 1 INVITE") => text
            .replace("SIP/2.0 100 Trying\r\n", "SIP/2.0 422 Session Interval Too Small\r\nMin-SE: 3600\r\n"),
        _ => text,
    });
    net.call();
    net.run(SECOND);
    assert_eq!(net.arrivals(SERVER, "INVITE"), 2);
    let Some(Event::Invited { invite, .. }) = net.events[SERVER].last() else { panic!("not invited") };
    assert_eq!((invite.header("Session-Expires"), invite.header("Min-SE")), (Some("3600"), Some("3600")));
}

#[test]
fn peer_without_timers_has_none() {
    let (mut net, ..) = edited(|_, text| text.replace("Session-Expires", "X-Nothing").replace("timer", "x"));
    net.run(3 * HOUR);
    assert!(lives(&net));
    assert_eq!((net.arrivals(CALLER, "UPDATE"), net.arrivals(CALLER, "INVITE")), (0, 0));
}

#[test]
fn call_is_alive_after_forty_seconds_when_the_first_ack_is_lost_and_the_contact_is_private() {
    let mut net = Net::calm();
    net.edit = Some(|side, text| match side {
        CALLER => {
            text.replace("Contact: <sip:odziv@192.0.2.1:5060>", "Contact: <sip:phone@192.168.1.7:5060>")
        }
        _ => text,
    });
    net.swallow = Some((CALLER, "ACK"));
    net.call();
    net.run(SECOND);
    let server = net.invited();
    net.agents[SERVER].answer(server, b"answer", net.now);
    net.run(Duration::from_millis(300));
    net.swallow = None;
    net.run(40 * SECOND);
    assert!(lives(&net));
    assert_eq!(net.count(SERVER, |e| matches!(e, Event::Acknowledged { .. })), 1);
    net.agents[SERVER].hang_up(server, net.now);
    net.run(SECOND);
    assert_eq!(
        net.count(CALLER, |e| matches!(e, Event::HungUp { .. })),
        1,
        "BYE went where the caller was heard"
    );
}

#[test]
fn call_whose_acks_are_all_lost_lives_while_its_media_does() {
    let mut net = Net::calm();
    net.swallow = Some((CALLER, "ACK"));
    let caller = net.call();
    net.run(SECOND);
    let server = net.invited();
    net.agents[SERVER].answer(server, b"answer", net.now);
    net.agents[SERVER].seems_alive(server);
    net.run(40 * SECOND);
    assert!(lives(&net));
    assert_eq!(net.count(SERVER, |e| matches!(e, Event::Acknowledged { .. })), 1);
    // A refresh of its session has no ACK either.
    net.agents[CALLER].reoffer(caller, b"offer", net.now);
    net.run(40 * SECOND);
    assert!(lives(&net));
    assert_eq!(net.count(CALLER, |e| matches!(e, Event::ReofferAnswered { .. })), 1);
}

#[test]
fn ack_is_matched_by_its_dialog_whatever_it_counts_and_wherever_it_comes_from() {
    for (cseq, port) in [(1, 5060), (2, 5060), (1, 40_000)] {
        let mut net = Net::calm();
        net.swallow = Some((CALLER, "ACK"));
        net.call();
        net.run(SECOND);
        let server = net.invited();
        net.agents[SERVER].answer(server, b"answer", net.now);
        net.run(SECOND);
        let ack = within(&net, "ACK", cseq, "\r\n");
        let elsewhere =
            Flow { remote: SocketAddr::from(([203, 0, 113, 9], port)), ..flow(SERVER, Transport::Udp) };
        let _ = net.agents[SERVER].receive(ack.as_bytes(), elsewhere, net.now, &mut || Admission::Admit);
        net.run(40 * SECOND);
        assert!(lives(&net), "{cseq} {port}");
        assert_eq!(net.count(SERVER, |e| matches!(e, Event::Acknowledged { .. })), 1);
    }
}

#[test]
fn phone_that_moves_is_found_again_by_its_dialog() {
    let mut net = Net::calm();
    net.edit = Some(|side, text| match side {
        CALLER => text.replace("Contact: <sip:odziv@192.0.2.1:5060>", "Contact: <sip:phone@10.0.0.7:5060>"),
        _ => text,
    });
    net.call();
    net.run(SECOND);
    let server = net.invited();
    net.agents[SERVER].answer(server, b"answer", net.now);
    net.run(SECOND);
    let info = within(&net, "INFO", 2, "\r\n");
    let moved = Flow { remote: "203.0.113.77:1024".parse().unwrap(), ..flow(SERVER, Transport::Udp) };
    let _ = net.agents[SERVER].receive(info.as_bytes(), moved, net.now, &mut || Admission::Admit);
    while net.agents[SERVER].poll_transmit().is_some() {}
    net.agents[SERVER].hang_up(server, net.now);
    let bye = net.agents[SERVER].poll_transmit().unwrap();
    assert!(bye.bytes.starts_with(b"BYE"));
    assert_eq!(bye.flow.remote, moved.remote);
}
