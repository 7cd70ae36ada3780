//! What is refused, and what breaks nothing.

use super::*;

#[test]
fn refusals_say_what_is_wrong() {
    let (mut net, ..) = answered();
    let cases = [
        (within(&net, "OPTIONS", 2, "\r\n"), "SIP/2.0 200 OK"),
        (within(&net, "REFER", 3, "\r\n"), "SIP/2.0 400 Bad Request"),
        (within(&net, "SUBSCRIBE", 3, "Event: presence\r\n\r\n"), "SIP/2.0 489 Bad Event"),
        (within(&net, "NOTIFY", 3, "Event: talk\r\n\r\n"), "SIP/2.0 489 Bad Event"),
        (within(&net, "NOTIFY", 4, "Event: refer\r\n\r\n"), "SIP/2.0 481 Call/Transaction Does Not Exist"),
        (within(&net, "MESSAGE", 4, "\r\n"), "SIP/2.0 405 Method Not Allowed"),
        (within(&net, "PRACK", 4, "\r\n"), "SIP/2.0 405 Method Not Allowed"),
        (within(&net, "DANCE", 4, "\r\n"), "SIP/2.0 501 Not Implemented"),
        (within(&net, "UPDATE", 5, "\r\n"), "SIP/2.0 200 OK"),
        (within(&net, "UPDATE", 4, "\r\n"), "SIP/2.0 500 Server Internal Error"),
        (within(&net, "INVITE", 6, "Require: 100rel, timer\r\n\r\n"), "SIP/2.0 420 Bad Extension"),
        (
            within(&net, "INVITE", 7, "Content-Type: text/plain\r\n\r\nx"),
            "SIP/2.0 415 Unsupported Media Type",
        ),
        (
            within(&net, "BYE", 8, "\r\n").replace(";tag=", ";tag=x"),
            "SIP/2.0 481 Call/Transaction Does Not Exist",
        ),
        (
            within(&net, "INVITE", 9, "\r\n").replace("SIP/2.0\r", "SIP/3.0\r"),
            "SIP/2.0 505 Version Not Supported",
        ),
    ];
    for (request, expected) in cases {
        assert_eq!(net.inject(SERVER, &request), [expected], "{request}");
    }
    assert_eq!(net.agents[SERVER].dialogs(), 1, "the call goes on");
}

/// A request without a dialog, by another branch each time.
fn fresh(method: &str, branch: &str, more: &str) -> String {
    format!(
        "{method} sip:021480000@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bK{branch}\r\n\
         From: <sip:+381641234567@192.0.2.1>;tag=f\r\nTo: <sip:021480000@192.0.2.2>\r\nCall-ID: fresh\r\n\
         CSeq: 1 {method}\r\n{more}\r\n"
    )
}

#[test]
fn requests_outside_of_calls_are_refused_by_what_they_are() {
    let cases = [
        (fresh("INVITE", "1", "Max-Forwards: 0\r\n"), "SIP/2.0 483 Too Many Hops"),
        (fresh("OPTIONS", "2", "Max-Forwards: 0\r\n"), "SIP/2.0 200 OK"),
        (fresh("INVITE", "3", "Require: 100rel\r\n"), "SIP/2.0 420 Bad Extension"),
        (fresh("INVITE", "4", "Replaces: a;to-tag=1\r\n"), "SIP/2.0 400 Bad Request"),
        (fresh("SUBSCRIBE", "5", "Event: message-summary\r\n"), "SIP/2.0 489 Bad Event"),
        (fresh("NOTIFY", "6", "Event: keep-alive\r\n"), "SIP/2.0 489 Bad Event"),
        (fresh("NOTIFY", "7", "Event: refer\r\n"), "SIP/2.0 481 Call/Transaction Does Not Exist"),
        (fresh("MESSAGE", "8", ""), "SIP/2.0 405 Method Not Allowed"),
        (fresh("PUBLISH", "9", ""), "SIP/2.0 405 Method Not Allowed"),
        (fresh("REFER", "10", "Refer-To: <sip:x@y>\r\n"), "SIP/2.0 403 Forbidden"),
        (fresh("BYE", "11", ""), "SIP/2.0 481 Call/Transaction Does Not Exist"),
        (fresh("DANCE", "12", ""), "SIP/2.0 501 Not Implemented"),
    ];
    for (request, expected) in cases {
        let mut net = Net::calm();
        assert_eq!(net.inject(SERVER, &request), [expected], "{request}");
        net.assert_forgotten();
    }
}

#[test]
fn call_that_a_proxy_forked_to_us_twice_is_taken_once() {
    let mut net = Net::calm();
    assert_eq!(net.inject(SERVER, &fresh("INVITE", "a", "")), ["SIP/2.0 100 Trying"]);
    assert_eq!(net.inject(SERVER, &fresh("INVITE", "b", "")), ["SIP/2.0 482 Loop Detected"]);
    let (server, now) = (net.invited(), net.now);
    net.agents[SERVER].reject(server, Status::BUSY_HERE, None, now);
    net.run(SECOND);
    // Asked again after a refusal, by a caller that does not count: a new call.
    assert_eq!(net.inject(SERVER, &fresh("INVITE", "c", "")), ["SIP/2.0 100 Trying"]);
}

#[test]
fn redirection_busy_and_overload_are_told_with_all_that_they_say() {
    for (status, header, check) in [
        (Status(302), "Contact: <sip:1@a>;q=0.5, \"B, b\" <sip:2@b;x=y>", "[\"sip:1@a\", \"sip:2@b;x=y\"]"),
        (Status(503), "Retry-After: 18 (busy);duration=3", "18"),
        (Status(486), "Reason: Q.850;cause=17", "Q.850;cause=17"),
    ] {
        let mut net = Net::calm();
        net.call();
        net.run(SECOND);
        let Some(Event::Invited { invite, .. }) = net.events[SERVER].pop() else { panic!("not invited") };
        let (name, value) = header.split_once(": ").unwrap();
        let answer =
            invite.answer(status, flow(SERVER, Transport::Udp).remote, "t").header(name, value).finish();
        net.deliver(CALLER, &answer);
        let Some(Event::Rejected { status: heard, reason, retry_after_s, contacts, .. }) =
            net.events[CALLER].pop()
        else {
            panic!("not rejected")
        };
        assert_eq!(heard, status);
        let said = match status.0 {
            302 => format!("{contacts:?}"),
            503 => retry_after_s.unwrap().to_string(),
            _ => reason.unwrap(),
        };
        assert_eq!(said, check);
    }
}

/// Messages of RFC 4475 and their like, cut at every length and with every byte broken: never a panic, never a leak of dialogs.
#[test]
fn torture_does_not_break_the_agent() {
    let messages = [
        "INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\r\nTO :\r\n sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n\r\nfrom   : \"J Rosenberg \\\\\\\"\"       <sip:jdrosen@example.com>\r\n  ;\r\n  tag = 98asjd8\r\nMaX-fOrWaRdS: 0068\r\nCall-ID: wsinv.ndaksdj@192.0.2.1\r\nContent-Length   : 150\r\ncseq: 0009\r\n  INVITE\r\nVia  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw\r\ns :\r\nNewFangledHeader:   newfangled value\r\n continued newfangled value\r\nUnknownHeaderWithUnusualValue: ;;,,;;,;\r\nContent-Type: application/sdp\r\nRoute:\r\n <sip:services.example.com;lr;unknownwith=value;unknown-no-value>\r\nv:  SIP  / 2.0  / TCP     spindle.example.com   ;\r\n  branch  =   z9hG4bK9ikj8  ,\r\n SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n z9hG4bK30239\r\nm:\"Quoted string \\\"\\\"\" <sip:jdrosen@example.com> ; newparam =\r\n      newvalue ;\r\n  secondparam ; q = 0.33\r\n\r\nv=0\r\no=mhandley 29739 7272939 IN IP4 192.0.2.3\r\n",
        "!interesting-Method0123456789_*+`.%indeed'~ sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0\r\nVia: SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+`'~\r\nTo: \"BEL:\\\x07 NUL:\\\x00 DEL:\\\x7F\" <sip:1_unusual.URI~(to-be!sure)@example.com>\r\nFrom: token1~` token2'+_ token3*%!.- <sip:mundane@example.com>;fromParam''~+*_!.-%=\"\u{440}\u{430}\";tag=_token~1'+`*%!-.\r\nCall-ID: intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{\r\nCSeq: 139122385 !interesting-Method0123456789_*+`.%indeed'~\r\nMax-Forwards: 255\r\nContent-Length: 0\r\n\r\n",
        "INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0\r\nTo: sip:%75se%72@example.com\r\nFrom: <sip:I%20have%20spaces@example.net>;tag=938\r\nMax-Forwards: 87\r\ni: esc01.239409asdfakjkn23onasd0-3234\r\nCSeq: 234234 INVITE\r\nVia: SIP/2.0/UDP host5.example.net;branch=z9hG4bKkdjuw\r\nC: application/sdp\r\nContact:\r\n  <sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31>\r\nl: 9\r\n\r\nv=0\r\no=x\r\n",
        "INVITE <sip:user@example.com> SIP/2.0\r\nTo: sip:user@example.com\r\nFrom: sip:caller@example.net;tag=39291\r\nMax-Forwards: 23\r\nCall-ID: lwsruri.asdfasdoeoi2323-asdfwrn23-asd834rk423\r\nCSeq: 2130706432 INVITE\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKkdjuw2395\r\nContent-Length: 0\r\n\r\n",
        "INVITE sip:user@example.com; lr SIP/2.0\r\nTo: sip:user@example.com;tag=3xfe-9921883-z9f\r\nFrom: sip:caller@example.net;tag=231413434\r\nMax-Forwards: 5\r\nCall-ID: lwsruri.asdfasdoeoi2323\r\nCSeq: 2130706432 INVITE\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKkdjuw2395\r\nContent-Length: 0\r\n\r\n",
        "OPTIONS sip:user@example.com SIP/2.0\r\nMax-Forwards: 99999999999\r\nVia: SIP/2.0/UDP 0.0.0.0:99999;branch=z9hG4bK;;;rport=x\r\nTo: \"Mr J. User <sip:j.user@example.com>\r\nFrom: sip:caller@example.net;tag=93334\r\nCall-ID: quotbal\r\nCSeq: 8 OPTIONS\r\nContact: *\r\nRecord-Route: ,<,>,\r\n\r\n",
        "SIP/2.0 4294967301 better not break the receiver\r\nVia: SIP/2.0/UDP 192.0.2.105;branch=z9hG4bK2398ndaoe\r\nCall-ID: bigcode.asdof3uj203asdnf3429uasdhfas3ehjasdfas9i\r\nCSeq: 353494 INVITE\r\nFrom: <sip:user@example.com>;tag=39ansfi3\r\nTo: <sip:user@edge.example.net>;tag=902jndnke3\r\n\r\n",
        "BYE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP [2001:db8::9:1]:6050;received=[2001:db8::9:255];branch=z9hG4bKas3-111\r\nTo: x:y;tag=\r\nFrom: <<>>;tag=;tag=\r\nCall-ID: \r\nCSeq: 1 BYE\r\nRequire: ,,,\r\n\r\n",
    ];
    let mut net = Net::calm();
    let mut random = StdRng::from_seed([7; 32]);
    for text in messages {
        let bytes = text.as_bytes();
        for length in 0..=bytes.len() {
            net.deliver(SERVER, &bytes[..length]);
        }
        for _ in 0..2_000 {
            let mut broken = bytes.to_vec();
            for _ in 0..random.random_range(1..4) {
                let at = random.random_range(0..broken.len());
                broken[at] = random.random();
            }
            if let Ok(Message::Request(request)) = parse(&broken) {
                let _ = (request.caller(), request.record_route(), request.uri.user());
            }
            net.deliver(SERVER, &broken);
        }
    }
    net.flush();
    for event in std::mem::take(&mut net.events[SERVER]) {
        if let Event::Invited { dialog, .. } = event {
            net.agents[SERVER].hang_up(dialog, net.now);
        }
    }
    net.run(100 * SECOND);
    assert_eq!((net.agents[SERVER].dialogs(), net.agents[SERVER].transactions()), (0, 0));
}
