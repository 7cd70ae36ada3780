//! Calls from their first INVITE to their end.

use super::*;

#[test]
fn call_is_answered_and_hung_up_by_either_side() {
    for side in [CALLER, SERVER] {
        let (mut net, caller, server) = answered();
        assert_eq!(net.arrived[CALLER], ["SIP/2.0 100 Trying", "SIP/2.0 180 Ringing", "SIP/2.0 200 OK"]);
        assert!(
            net.events[CALLER].iter().any(|e| matches!(e, Event::Answered { body, .. } if body == b"answer"))
        );
        assert_eq!(net.count(SERVER, |e| matches!(e, Event::Acknowledged { .. })), 1);
        let now = net.now;
        net.agents[side].hang_up([caller, server][side], now);
        net.run(SECOND);
        assert_eq!(net.count(1 - side, |e| matches!(e, Event::HungUp { .. })), 1);
        assert_eq!(net.count(side, |e| matches!(e, Event::Ended { .. })), 1);
        net.assert_forgotten();
    }
}

#[test]
fn calls_survive_loss_doubling_and_reordering() {
    let weather = Weather { lost: 0.3, doubled: 0.3, jitter: Duration::from_millis(300) };
    for seed in 0..100 {
        let mut net = Net::new(weather, seed);
        let caller = net.call();
        net.run(10 * SECOND);
        let server = net.invited();
        let now = net.now;
        net.agents[SERVER].ring(server, now);
        net.agents[SERVER].answer(server, b"answer", now);
        net.run(20 * SECOND);
        assert_eq!(net.count(CALLER, |e| matches!(e, Event::Answered { .. })), 1, "seed {seed}");
        assert_eq!(net.count(SERVER, |e| matches!(e, Event::Acknowledged { .. })), 1, "seed {seed}");
        let now = net.now;
        net.agents[CALLER].hang_up(caller, now);
        net.run(31 * SECOND);
        assert_eq!(net.count(SERVER, |e| matches!(e, Event::HungUp { .. })), 1, "seed {seed}");
        net.assert_forgotten();
    }
}

#[test]
fn lost_ack_is_asked_for_until_it_comes_and_the_call_lives() {
    let mut net = Net::calm();
    net.swallow = Some((CALLER, "ACK"));
    net.call();
    net.run(SECOND);
    let (server, now) = (net.invited(), net.now);
    net.agents[SERVER].answer(server, b"answer", now);
    net.run(10 * SECOND);
    assert!(net.arrivals(CALLER, "SIP/2.0 200") >= 5);
    net.swallow = None;
    net.run(30 * SECOND);
    assert_eq!(net.count(SERVER, |e| matches!(e, Event::Acknowledged { .. })), 1);
    assert_eq!(net.count(CALLER, |e| matches!(e, Event::HungUp { .. })), 0);
}

#[test]
fn call_that_is_never_acknowledged_is_left_with_bye_after_32_seconds() {
    let mut net = Net::calm();
    net.swallow = Some((CALLER, "ACK"));
    net.call();
    net.run(SECOND);
    let (server, now) = (net.invited(), net.now);
    net.agents[SERVER].answer(server, b"answer", now);
    net.run(31 * SECOND);
    assert_eq!(net.count(SERVER, |e| matches!(e, Event::NeverAcknowledged { .. })), 0);
    net.run(2 * SECOND);
    assert_eq!(net.count(SERVER, |e| matches!(e, Event::NeverAcknowledged { .. })), 1);
    assert_eq!(net.count(CALLER, |e| matches!(e, Event::HungUp { .. })), 1);
    assert_eq!(net.count(SERVER, |e| matches!(e, Event::Ended { .. })), 0, "the last was said already");
    net.assert_forgotten();
}

#[test]
fn hanging_up_before_the_ack_waits_for_it() {
    let mut net = Net::calm();
    net.swallow = Some((CALLER, "ACK"));
    net.call();
    net.run(SECOND);
    let (server, now) = (net.invited(), net.now);
    net.agents[SERVER].answer(server, b"answer", now);
    net.agents[SERVER].hang_up(server, now);
    net.run(3 * SECOND);
    assert_eq!(net.arrivals(CALLER, "BYE"), 0);
    net.swallow = None;
    net.run(5 * SECOND);
    assert_eq!(net.count(CALLER, |e| matches!(e, Event::HungUp { .. })), 1);
    assert_eq!(net.count(SERVER, |e| matches!(e, Event::Ended { .. })), 1);
    net.assert_forgotten();
}

#[test]
fn cancel_races_the_answer_at_every_millisecond() {
    for answer_at in 0..60 {
        for cancel_at in (0..60).step_by(3) {
            let mut net = Net::calm();
            let caller = net.call();
            for at in 0..60 {
                let now = net.now;
                if at == cancel_at {
                    net.agents[CALLER].hang_up(caller, now);
                }
                if at == answer_at
                    && let Some(Event::Invited { dialog, .. }) =
                        net.events[SERVER].iter().find(|e| matches!(e, Event::Invited { .. }))
                {
                    let dialog = *dialog;
                    net.agents[SERVER].answer(dialog, b"answer", now);
                }
                net.run(Duration::from_millis(1));
            }
            net.run(SECOND);
            let ended = net.count(CALLER, |e| matches!(e, Event::Ended { .. } | Event::Rejected { .. }));
            assert_eq!(ended, 1, "answer {answer_at} cancel {cancel_at}");
            let over = net.count(SERVER, |e| matches!(e, Event::Cancelled { .. } | Event::HungUp { .. }));
            assert_eq!(over, 1, "answer {answer_at} cancel {cancel_at}");
            net.assert_forgotten();
        }
    }
}

#[test]
fn both_hang_up_at_once() {
    let (mut net, caller, server) = answered();
    let now = net.now;
    net.agents[CALLER].hang_up(caller, now);
    net.agents[SERVER].hang_up(server, now);
    net.run(SECOND);
    assert_eq!(net.count(CALLER, |e| matches!(e, Event::Ended { .. })), 1);
    assert_eq!(net.count(SERVER, |e| matches!(e, Event::Ended { .. })), 1);
    net.assert_forgotten();
}

#[test]
fn peer_that_disappears_frees_everything() {
    let (mut net, _, server) = answered();
    net.swallow = Some((CALLER, ""));
    let now = net.now;
    net.agents[SERVER].hang_up(server, now);
    net.run(33 * SECOND);
    assert_eq!(net.count(SERVER, |e| matches!(e, Event::Ended { .. })), 1);
    assert_eq!(net.agents[SERVER].dialogs(), 0);
}

#[test]
fn overload_is_refused_with_retry_after_and_leaves_nothing_behind() {
    let mut net = Net::calm();
    net.admission = Admission::Overloaded { retry_after_s: 7 };
    net.call();
    net.run(SECOND);
    assert_eq!(net.count(CALLER, |e| matches!(e, Event::Rejected { status: Status(503), .. })), 1);
    assert_eq!((net.agents[SERVER].dialogs(), net.agents[SERVER].transactions()), (0, 0));
    net.assert_forgotten();
}

#[test]
fn bye_before_the_answer_ends_the_call_like_cancel() {
    let mut net = Net::calm();
    net.call();
    net.run(Duration::from_millis(50));
    let (server, now) = (net.invited(), net.now);
    net.agents[SERVER].ring(server, now);
    net.run(Duration::from_millis(50));
    let bye = within(&net, "BYE", 2, "\r\n");
    assert_eq!(net.inject(SERVER, &bye), ["SIP/2.0 200 OK", "SIP/2.0 487 Request Terminated"]);
    assert_eq!(net.count(SERVER, |e| matches!(e, Event::Cancelled { .. })), 1);
    net.assert_forgotten();
}

#[test]
fn second_taker_of_a_forked_call_is_acknowledged_and_left() {
    let mut net = Net::calm();
    net.call();
    net.run(Duration::from_millis(50));
    let Some(Event::Invited { dialog, invite, .. }) = net.events[SERVER].first() else {
        panic!("not invited")
    };
    let (dialog, invite, now) = (*dialog, invite.clone(), net.now);
    net.agents[SERVER].answer(dialog, b"answer", now);
    net.run(Duration::from_millis(100));
    let fork = invite.answer(Status::OK, flow(SERVER, Transport::Udp).remote, "other").finish();
    let fork = String::from_utf8(fork.to_vec()).unwrap();
    let said = net.inject(CALLER, &fork);
    assert!(
        said.iter().any(|l| l.starts_with("ACK")) && said.iter().any(|l| l.starts_with("BYE")),
        "{said:?}"
    );
    assert_eq!(net.agents[CALLER].dialogs(), 1);
}

#[test]
fn keys_arrive_by_info_once() {
    let (mut net, ..) = answered();
    let info =
        within(&net, "INFO", 2, "Content-Type: application/dtmf-relay\r\n\r\nSignal= 5\r\nDuration=160\r\n");
    assert_eq!(net.inject(SERVER, &info), ["SIP/2.0 200 OK"]);
    assert_eq!(net.inject(SERVER, &info), ["SIP/2.0 200 OK"], "a retransmission gets the same answer");
    assert_eq!(net.count(SERVER, |e| matches!(e, Event::Digit { digit: '5', .. })), 1);
}

#[test]
fn early_media_is_described_before_the_answer() {
    let mut net = Net::calm();
    net.call();
    net.run(SECOND);
    let server = net.invited();
    net.agents[SERVER].early(server, b"announcement", net.now);
    net.run(SECOND);
    assert!(matches!(
        &net.events[CALLER][..],
        [Event::Progress { status: Status::SESSION_PROGRESS, body, .. }] if body == b"announcement"
    ));
    net.agents[SERVER].answer(server, b"announcement", net.now);
    net.run(SECOND);
    assert_eq!(net.count(CALLER, |e| matches!(e, Event::Answered { .. })), 1);
}

#[test]
fn long_ringing_is_said_again_each_minute_and_ends_after_half_an_hour() {
    let mut net = Net::calm();
    net.call();
    net.run(SECOND);
    let server = net.invited();
    net.agents[SERVER].ring(server, net.now);
    net.run(Duration::from_secs(200));
    assert_eq!(net.arrivals(CALLER, "SIP/2.0 180"), 4);
    net.run(Duration::from_secs(1_700));
    assert_eq!(
        net.count(CALLER, |e| matches!(e, Event::Rejected { status: Status::REQUEST_TIMEOUT, .. })),
        1
    );
    assert_eq!(net.count(SERVER, |e| matches!(e, Event::Cancelled { .. })), 1);
    net.assert_forgotten();
}

#[test]
fn phone_that_rang_with_others_is_told_that_one_of_them_answered() {
    let mut net = Net::calm();
    net.edit = Some(|_, text| match text.starts_with("CANCEL") {
        true => {
            assert!(text.contains("Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n"), "{text}");
            text
        }
        false => text,
    });
    let caller = net.call();
    net.run(SECOND);
    net.agents[CALLER].answered_elsewhere(caller, net.now);
    net.run(SECOND);
    assert_eq!(net.arrivals(SERVER, "CANCEL"), 1);
    net.assert_forgotten();
}

#[test]
fn taker_of_a_forked_call_who_answers_after_its_end_is_left_too() {
    let mut net = Net::calm();
    let caller = net.call();
    net.run(Duration::from_millis(50));
    let Some(Event::Invited { dialog, invite, .. }) = net.events[SERVER].first() else {
        panic!("not invited")
    };
    let (dialog, invite) = (*dialog, invite.clone());
    net.agents[SERVER].answer(dialog, b"answer", net.now);
    net.run(Duration::from_millis(100));
    net.agents[CALLER].hang_up(caller, net.now);
    net.run(SECOND);
    assert_eq!(net.agents[CALLER].dialogs(), 0);
    let fork = invite.answer(Status::OK, flow(SERVER, Transport::Udp).remote, "other").finish();
    let said = net.inject(CALLER, std::str::from_utf8(&fork).unwrap());
    assert!(
        said.iter().any(|l| l.starts_with("ACK")) && said.iter().any(|l| l.starts_with("BYE")),
        "{said:?}"
    );
    net.assert_forgotten();
}
