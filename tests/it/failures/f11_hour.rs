//! Session timers (RFC 4028): a call of an hour is refreshed by whoever is named, and ends when nobody does. On virtual time, with
//! two agents of which either may be the other maker's.

use odziv::protocol::sip::agent::Event;

use super::wire::{CALLER, HOUR, SECOND, SERVER, Wire};

const OURS: &str = "Session-Expires: 1800\r\n";

/// A call in whose INVITE something else stands.
fn call_with(expires: &'static str) -> Wire {
    let mut wire = Wire::new();
    wire.way = Box::new(move |side, text| {
        let invite = side == CALLER && text.starts_with("INVITE");
        Some(if invite { text.replace(OURS, expires) } else { text.to_owned() })
    });
    wire.answered();
    wire.run(SECOND);
    wire
}

fn refreshes(wire: &Wire, by: usize) -> usize {
    wire.arrivals(1 - by, "UPDATE") + wire.arrivals(1 - by, "INVITE") - usize::from(by == CALLER)
}

#[test]
fn call_of_an_hour_lives_with_either_side_as_refresher() {
    let cases = [
        ("Session-Expires: 600;refresher=uac\r\n", CALLER, 12),
        ("Session-Expires: 600;refresher=uas\r\n", SERVER, 12),
        ("Session-Expires: 90;refresher=uac\r\n", CALLER, 80),
        ("Session-Expires: 90;refresher=uas\r\n", SERVER, 80),
        // Nobody named: whoever is called decides, and takes it on itself.
        (OURS, SERVER, 4),
    ];
    for (expires, refresher, times) in cases {
        let mut wire = call_with(expires);
        wire.run(HOUR);
        assert!(wire.lives(), "{expires}");
        let by = [refreshes(&wire, CALLER), refreshes(&wire, SERVER)];
        assert_eq!(by[1 - refresher], 0, "{expires}");
        assert!(by[refresher].abs_diff(times) <= 1, "{expires}: {by:?}");
    }
}

#[test]
fn call_whose_refreshes_are_lost_ends_on_both_sides() {
    for refresher in ["uac", "uas"] {
        let expires: &'static str = match refresher {
            "uac" => "Session-Expires: 600;refresher=uac\r\n",
            _ => "Session-Expires: 600;refresher=uas\r\n",
        };
        let mut wire = call_with(expires);
        wire.way = Box::new(|_, _| None);
        wire.run(HOUR);
        for side in [CALLER, SERVER] {
            assert_eq!(wire.count(side, |event| matches!(event, Event::HungUp { .. })), 1, "{refresher}");
        }
        wire.assert_forgotten();
    }
}

#[test]
fn interval_under_our_least_is_refused_with_it_and_taken_when_asked_again() {
    let mut wire = Wire::new();
    // It begins with a minute, and as it should asks again with what the 422 says.
    let mut first = true;
    wire.way = Box::new(move |side, text| match side {
        CALLER if text.starts_with("INVITE") && std::mem::replace(&mut first, false) => {
            Some(text.replace(OURS, "Session-Expires: 60\r\n").replace("Min-SE: 90\r\n", ""))
        }
        SERVER if text.starts_with("SIP/2.0 422") => {
            assert!(text.contains("Min-SE: 90\r\n"), "{text}");
            // What is under ours is over the other's own: it believes us when we ask for more than it asked for.
            Some(text.replace("Min-SE: 90\r\n", "Min-SE: 120\r\n"))
        }
        _ => Some(text.to_owned()),
    });
    wire.invite();
    wire.run(SECOND);
    assert_eq!((wire.arrivals(CALLER, "SIP/2.0 422"), wire.arrivals(SERVER, "INVITE")), (1, 2));
    let invited = wire.count(SERVER, |event| matches!(event, Event::Invited { .. }));
    assert_eq!(invited, 1, "nobody was rung for the refused one");
    let (server, now) = (wire.invited().unwrap(), wire.now);
    wire.agents[SERVER].answer(server, b"answer", now);
    wire.run(HOUR);
    assert!(wire.lives());
}

#[test]
fn interval_under_the_peers_least_is_asked_again_with_it_at_the_beginning_and_in_the_middle() {
    // The peer never takes less than an hour.
    fn insists(text: &str) -> bool {
        text.lines()
            .find_map(|line| line.strip_prefix("Session-Expires: "))
            .and_then(|value| value.split(';').next()?.parse::<u32>().ok())
            .is_some_and(|interval| interval < 3_600)
    }
    let mut wire = Wire::new();
    let mut refused: Option<String> = None;
    wire.way = Box::new(move |side, text| match side {
        CALLER if text.starts_with("INVITE") && insists(text) => {
            refused = text.lines().find(|line| line.starts_with("CSeq")).map(str::to_owned);
            Some(text.to_owned())
        }
        // In the place of its 100 to the one that asks for too little.
        SERVER
            if text.starts_with("SIP/2.0 100")
                && refused.as_ref().is_some_and(|cseq| text.contains(cseq)) =>
        {
            let small = "SIP/2.0 422 Session Interval Too Small\r\nMin-SE: 3600\r\n";
            Some(text.replace("SIP/2.0 100 Trying\r\n", small))
        }
        _ => Some(text.to_owned()),
    });
    wire.invite();
    wire.run(SECOND);
    assert_eq!(wire.arrivals(SERVER, "INVITE"), 2);
    let Some(Event::Invited { dialog, invite, .. }) = wire.events[SERVER].last() else {
        panic!("not invited")
    };
    assert_eq!((invite.header("Session-Expires"), invite.header("Min-SE")), (Some("3600"), Some("3600")));
    let (dialog, now) = (*dialog, wire.now);
    wire.agents[SERVER].answer(dialog, b"answer", now);
    wire.run(HOUR);
    assert_eq!(wire.count(CALLER, |event| matches!(event, Event::HungUp { .. })), 0);

    // In the middle: a refresh is refused with 422; the next one asks for what the peer wants, and the call goes on.
    let mut wire = call_with("Session-Expires: 600;refresher=uac\r\n");
    let mut refused = 0;
    wire.way =
        Box::new(move |side, text| match side {
            SERVER if text.starts_with("SIP/2.0 200") && text.contains("UPDATE") && refused == 0 => {
                refused += 1;
                Some(text.replace(
                    "SIP/2.0 200 OK\r\n",
                    "SIP/2.0 422 Session Interval Too Small\r\nMin-SE: 900\r\n",
                ))
            }
            _ => Some(text.to_owned()),
        });
    wire.run(HOUR);
    assert!(wire.lives());
    assert!(wire.arrivals(CALLER, "SIP/2.0 422") == 1 && wire.arrivals(SERVER, "UPDATE") >= 5);
}
