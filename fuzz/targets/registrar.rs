//! REGISTER in all shapes into the registrar and the guard, with time passing between them.
#![no_main]

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use libfuzzer_sys::fuzz_target;
use odziv::clock::Clock;
use odziv::protocol::sip::message::{Message, parse};
use odziv::protocol::sip::registrar::guard::{Checked, Guard, Secrets, credentials};
use odziv::protocol::sip::registrar::{MAX_CONTACTS, Registrar};
use odziv::protocol::sip::{Flow, Transport};

static START: OnceLock<Instant> = OnceLock::new();

fuzz_target!(|data: &[u8]| {
    let mut now = *START.get_or_init(|| Clock::system().instant());
    let mut registrar = Registrar::default();
    let mut guard = Guard::new("odziv", [7; 32], now, jiff::Timestamp::UNIX_EPOCH);
    let secrets = Secrets::new("mira", "odziv", "a password that no input has");
    for (turn, datagram) in data.split(|byte| *byte == 0xff).enumerate().take(64) {
        let transport = if turn % 5 == 4 { Transport::Tcp } else { Transport::Udp };
        let flow = Flow { transport, local: address(1, 5060), remote: address(2, 5060 + (turn as u16 % 3)) };
        let phone = (turn % 3) as i64;
        match parse(datagram) {
            Ok(Message::Request(request)) => {
                if let Some(credentials) = credentials(&request, "odziv") {
                    let checked =
                        guard.check(&credentials, Some((phone, &secrets)), &request, flow.remote.ip(), now);
                    assert!(!matches!(checked, Checked::Right), "guessed");
                }
                let _ = registrar.register(phone, &request, flow, now);
                assert!(registrar.bound(phone).count() <= MAX_CONTACTS);
            }
            Ok(Message::Response(response)) => drop(registrar.answered(&response)),
            Err(_) => {}
        }
        if turn % 7 == 6 {
            registrar.closed(Transport::Tcp, flow.remote);
        }
        let wait = datagram.last().copied().unwrap_or_default();
        now += Duration::from_secs(u64::from(wait));
        registrar.handle_timeout(now);
        while let Some(probe) = registrar.poll_transmit() {
            assert!(matches!(parse(&probe.bytes), Ok(Message::Request(_))), "a probe that cannot be read");
        }
        let _ = registrar.take_dirty(10);
    }
    // Nothing outlives its expiry.
    registrar.handle_timeout(now + Duration::from_secs(24 * 3600));
    assert!(registrar.is_empty());
    assert!((0..3).all(|phone| registrar.ids(phone).is_empty()));
});

fn address(host: u8, port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::new(192, 0, 2, host), port))
}
