//! REFER, NOTIFY and Replaces.

use super::*;
use crate::protocol::sip::message::Replaces;

/// Bodies of the NOTIFYs that the caller got, with their subscription states.
struct Heard(Vec<(String, String)>);

fn refer(net: &mut Net, cseq: u32, more: &str) -> Vec<String> {
    let refer = within(net, "REFER", cseq, &format!("{more}\r\n"));
    net.inject(SERVER, &refer)
}

fn referred(net: &Net) -> Refer {
    let mut found = net.events[SERVER].iter().filter_map(|event| match event {
        Event::Referred { refer, .. } => Some(refer.clone()),
        _ => None,
    });
    found.next_back().unwrap()
}

/// Plays the transferor: answers each NOTIFY with 200 and notes it.
fn listen(net: &mut Net, server: DialogId, statuses: &[Status]) -> Heard {
    let mut heard = Vec::new();
    let mut statuses = statuses.iter();
    for _ in 0..10 {
        while let Some(transmit) = net.agents[SERVER].poll_transmit() {
            let Some(notify) = Request::from_bytes(&transmit.bytes).filter(|r| r.method == Method::Notify)
            else {
                continue;
            };
            let body = String::from_utf8_lossy(&notify.body).trim().to_owned();
            let state = notify.header("Subscription-State").unwrap();
            let event = notify.header("Event").unwrap();
            heard.push((format!("{event}: {body}"), state.split(';').next().unwrap().to_owned()));
            let ok = notify.answer(Status::OK, transmit.flow.remote, "").finish();
            let _ = net.agents[SERVER].receive(&ok, transmit.flow, net.now, &mut || Admission::Admit);
        }
        if let Some(status) = statuses.next() {
            net.agents[SERVER].notify_refer(server, *status, net.now);
        }
    }
    Heard(heard)
}

#[test]
fn transfer_is_accepted_followed_and_told_to_its_end() {
    let (mut net, _, server) = answered();
    let said = refer(&mut net, 2, "Refer-To: <sip:102@192.0.2.2>\r\nReferred-By: <sip:101@192.0.2.2>\r\n");
    assert_eq!(said, [""; 0], "nothing is promised before the call is tried");
    let refer_event = referred(&net);
    assert_eq!(
        (refer_event.target.as_str(), refer_event.referred_by.as_deref()),
        ("sip:102@192.0.2.2", Some("<sip:101@192.0.2.2>"))
    );
    net.agents[SERVER].accept_refer(server, net.now);
    let Heard(heard) = listen(&mut net, server, &[Status::RINGING, Status::OK, Status::OK]);
    let heard: Vec<_> = heard.iter().map(|(what, state)| (what.as_str(), state.as_str())).collect();
    assert_eq!(
        heard,
        [
            ("refer: SIP/2.0 100 Trying", "active"),
            ("refer: SIP/2.0 180 Ringing", "active"),
            ("refer: SIP/2.0 200 OK", "terminated")
        ]
    );
    // A second transfer in the same call is told apart by a number (RFC 3515 §2.4.6).
    refer(&mut net, 3, "Refer-To: <sip:103@192.0.2.2>\r\n");
    net.agents[SERVER].accept_refer(server, net.now);
    let Heard(heard) = listen(&mut net, server, &[Status::BUSY_HERE]);
    assert_eq!(heard[1], ("refer;id=3: SIP/2.0 486 Busy Here".to_owned(), "terminated".to_owned()));
}

#[test]
fn statuses_that_come_faster_than_notify_is_answered_are_put_together() {
    let (mut net, _, server) = answered();
    refer(&mut net, 2, "Refer-To: <sip:102@192.0.2.2>\r\n");
    net.agents[SERVER].accept_refer(server, net.now);
    for status in [Status::RINGING, Status::SESSION_PROGRESS, Status::BUSY_HERE, Status::RINGING] {
        net.agents[SERVER].notify_refer(server, status, net.now);
    }
    let Heard(heard) = listen(&mut net, server, &[]);
    let bodies: Vec<_> = heard.iter().map(|(body, _)| body.as_str()).collect();
    assert_eq!(bodies, ["refer: SIP/2.0 100 Trying", "refer: SIP/2.0 486 Busy Here"]);
}

#[test]
fn transfer_is_refused_by_the_user_or_by_what_is_wrong_with_it() {
    let (mut net, _, server) = answered();
    refer(&mut net, 2, "Refer-To: <sip:102@192.0.2.2>\r\n");
    let before = net.arrived[CALLER].len();
    net.agents[SERVER].refuse_refer(server, Status::DECLINE, net.now);
    net.run(SECOND);
    assert_eq!(net.arrived[CALLER][before..], ["SIP/2.0 603 Decline"]);
    assert_eq!(refer(&mut net, 3, ""), ["SIP/2.0 400 Bad Request"]);
    let two = "Refer-To: <sip:1@b>\r\nRefer-To: <sip:2@b>\r\n";
    assert_eq!(refer(&mut net, 4, two), ["SIP/2.0 400 Bad Request"]);
    refer(&mut net, 5, "Refer-To: <sip:102@192.0.2.2>\r\n");
    assert_eq!(refer(&mut net, 6, "Refer-To: <sip:103@192.0.2.2>\r\n"), ["SIP/2.0 491 Request Pending"]);
    assert_eq!(net.agents[SERVER].dialogs(), 1, "the call goes on");
}

#[test]
fn transferor_who_wants_to_hear_nothing_hears_nothing() {
    let (mut net, _, server) = answered();
    refer(&mut net, 2, "Require: norefersub\r\nRefer-Sub: false\r\nRefer-To: <sip:102@192.0.2.2>\r\n");
    net.agents[SERVER].accept_refer(server, net.now);
    net.agents[SERVER].notify_refer(server, Status::OK, net.now);
    net.run(SECOND);
    assert_eq!(net.arrivals(CALLER, "SIP/2.0 202"), 1);
    assert_eq!(net.arrivals(CALLER, "NOTIFY"), 0);
}

#[test]
fn transferor_who_hangs_up_ends_its_part_and_leaves_nothing() {
    for accepted in [false, true] {
        let (mut net, caller, server) = answered();
        refer(&mut net, 2, "Refer-To: <sip:102@192.0.2.2>\r\n");
        if accepted {
            net.agents[SERVER].accept_refer(server, net.now);
        }
        let bye = within(&net, "BYE", 3, "\r\n");
        net.inject(SERVER, &bye);
        assert_eq!(net.count(SERVER, |e| matches!(e, Event::HungUp { .. })), 1);
        net.agents[SERVER].notify_refer(server, Status::OK, net.now);
        net.agents[CALLER].hang_up(caller, net.now);
        net.assert_forgotten();
    }
}

#[test]
fn final_status_goes_out_before_our_bye() {
    let (mut net, _, server) = answered();
    refer(&mut net, 2, "Refer-To: <sip:102@192.0.2.2>\r\n");
    net.agents[SERVER].accept_refer(server, net.now);
    net.agents[SERVER].notify_refer(server, Status::OK, net.now);
    net.agents[SERVER].hang_up(server, net.now);
    let mut sent = Vec::new();
    while let Some(transmit) = net.agents[SERVER].poll_transmit() {
        sent.push(String::from_utf8_lossy(&transmit.bytes).into_owned());
    }
    assert_eq!(sent.len(), 4, "202, NOTIFY 100, NOTIFY 200, BYE");
    assert!(sent[2].contains("SIP/2.0 200 OK\r\n") && sent[2].contains("terminated"));
    assert!(sent[3].starts_with("BYE"));
}

#[test]
fn dialog_whose_place_is_taken_is_found_by_both_tags() {
    let (net, caller, server) = answered();
    let key = |side: usize| net.agents[side].legs.values().next().unwrap().key.clone();
    let (call_id, server_tag) =
        key(SERVER).split_once('|').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let caller_tag = key(CALLER).split_once('|').unwrap().1.to_owned();
    let replaces = |to_tag: &str, from_tag: &str| Replaces {
        call_id: call_id.clone(),
        to_tag: to_tag.to_owned(),
        from_tag: from_tag.to_owned(),
        early_only: false,
    };
    assert_eq!(net.agents[SERVER].find_dialog(&replaces(&server_tag, &caller_tag)), Some(server));
    assert_eq!(net.agents[CALLER].find_dialog(&replaces(&caller_tag, &server_tag)), Some(caller));
    assert_eq!(net.agents[SERVER].find_dialog(&replaces(&server_tag, "0")), None);
    assert_eq!(net.agents[SERVER].find_dialog(&replaces(&caller_tag, &server_tag)), None);
}

#[test]
fn call_that_takes_the_place_of_another_says_so() {
    let mut net = Net::calm();
    let replaces =
        Replaces { call_id: "c@h".into(), to_tag: "t".into(), from_tag: "f".into(), early_only: false };
    let call = Outgoing {
        to: "sip:021480000@192.0.2.2".into(),
        uri: Some("sip:021480000@192.0.2.2;user=phone".into()),
        route: vec!["<sip:192.0.2.2;lr>".into()],
        from: "sip:101@192.0.2.1".into(),
        offer: b"offer".to_vec(),
        headers: vec![("Max-Forwards", "12".into())],
        replaces: Some(replaces.clone()),
        ..Outgoing::default()
    };
    net.agents[CALLER].invite(call, flow(CALLER, Transport::Udp), net.now).unwrap();
    net.run(SECOND);
    let Some(Event::Invited { invite, .. }) = net.events[SERVER].pop() else { panic!("not invited") };
    assert_eq!(invite.replaces(), Some(replaces));
    assert_eq!(invite.required().collect::<Vec<_>>(), ["replaces"]);
    assert_eq!((invite.max_forwards(), invite.headers("Max-Forwards").count()), (Some(12), 1));
    assert_eq!(invite.header("Route"), Some("<sip:192.0.2.2;lr>"));
    assert!(invite.uri.to_string().contains("user=phone") && !invite.to.raw.contains("user=phone"));
}
