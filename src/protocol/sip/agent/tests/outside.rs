//! Requests outside of any dialog.

use super::*;

#[test]
fn options_is_asked_and_answered() {
    let mut net = Net::calm();
    let way = flow(CALLER, Transport::Udp);
    let options =
        net.agents[CALLER].compose(Method::Options, "sip:192.0.2.2", "sip:o@192.0.2.1", "sip:192.0.2.2", way);
    let id = net.agents[CALLER].request(options, None, way, net.now).unwrap();
    net.run(SECOND);
    let Some(Event::Reply { request, response: Ok(response) }) = net.events[CALLER].pop() else {
        panic!("no reply")
    };
    assert_eq!((request, response.status), (id, Status::OK));
    assert!(response.allows(&Method::Refer));
    net.assert_forgotten();
}

#[test]
fn peer_that_does_not_answer_is_told_of_after_32_seconds() {
    let mut net = Net::calm();
    net.swallow = Some((SERVER, ""));
    let way = flow(CALLER, Transport::Udp);
    let options =
        net.agents[CALLER].compose(Method::Options, "sip:192.0.2.2", "sip:o@192.0.2.1", "sip:192.0.2.2", way);
    net.agents[CALLER].request(options, None, way, net.now).unwrap();
    net.run(31 * SECOND);
    assert!(net.events[CALLER].is_empty());
    net.run(2 * SECOND);
    assert!(matches!(net.events[CALLER].pop(), Some(Event::Reply { response: Err(TimedOut), .. })));
    assert!(net.agents[CALLER].outside.is_empty());
}

#[test]
fn registration_is_passed_on_and_forgotten_when_nobody_answers() {
    for answered in [true, false] {
        let mut net = Net::calm();
        let way = flow(CALLER, Transport::Udp);
        let register =
            net.agents[CALLER].compose(Method::Register, "sip:192.0.2.2", "sip:a@b", "sip:a@b", way);
        net.agents[CALLER].request(register, None, way, net.now).unwrap();
        net.run(SECOND);
        let Some(Event::Request { id, request, flow }) = net.events[SERVER].pop() else {
            panic!("not passed on")
        };
        if answered {
            let answer = request.answer(Status::OK, flow.remote, "t").header("Expires", 60).finish();
            net.agents[SERVER].respond(id, Status::OK, answer, net.now);
        }
        net.run(40 * SECOND);
        let Some(Event::Reply { response, .. }) = net.events[CALLER].pop() else { panic!("no reply") };
        assert_eq!(response.is_ok(), answered);
        net.assert_forgotten();
    }
}
