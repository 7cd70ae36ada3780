//! Datagrams and stream pieces into the whole user agent, with time passing between them and the calls answered, ended or left
//! alone as the input says.
#![no_main]

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use libfuzzer_sys::fuzz_target;
use odziv::clock::Clock;
use odziv::protocol::sip::agent::{Admission, Agent, Event};
use odziv::protocol::sip::message::{Framer, Status, parse};
use odziv::protocol::sip::{Flow, Transport};

static START: OnceLock<Instant> = OnceLock::new();

fuzz_target!(|data: &[u8]| {
    let _ = parse(data);
    let mut framer = Framer::default();
    for piece in data.chunks(61) {
        framer.extend(piece);
        while let Some(Ok(_)) = framer.next() {}
    }

    let mut now = *START.get_or_init(|| Clock::system().instant());
    let mut agent = Agent::new([7; 32]);
    for (turn, datagram) in data.split(|byte| *byte == 0xff).enumerate().take(32) {
        let transport = if turn % 5 == 4 { Transport::Tcp } else { Transport::Udp };
        let flow = Flow { transport, local: address(1, 5060), remote: address(2, 5060 + (turn as u16 % 3)) };
        let _ = agent.receive(datagram, flow, now, &mut || Admission::Admit);
        let choice = datagram.first().copied().unwrap_or_default();
        while let Some(event) = agent.poll_event() {
            match event {
                Event::Invited { dialog, .. } => {
                    agent.ring(dialog, now);
                    match choice % 4 {
                        0 => agent.answer(dialog, b"v=0\r\n", now),
                        1 => agent.reject(dialog, Status::BUSY_HERE, Some(5), now),
                        2 => agent.hang_up(dialog, now),
                        _ => {}
                    }
                }
                Event::Reoffered { dialog, .. } if choice % 2 == 0 => agent.accept_offer(dialog, b"v=0\r\n", now),
                Event::Reoffered { dialog, .. } => agent.refuse_offer(dialog, Status::NOT_ACCEPTABLE_HERE, now),
                Event::Acknowledged { dialog, .. } if choice % 3 == 0 => agent.hang_up(dialog, now),
                _ => {}
            }
        }
        while let Some(transmit) = agent.poll_transmit() {
            assert!(!transmit.bytes.is_empty());
        }
        now += Duration::from_millis(u64::from(choice) * 40);
        agent.handle_timeout(now);
    }
    // Whatever came: when the network falls silent, everything ends.
    for _ in 0..400 {
        let Some(due) = agent.poll_timeout() else { break };
        now = now.max(due);
        agent.handle_timeout(now);
        while agent.poll_transmit().is_some() || agent.poll_event().is_some() {}
    }
    assert_eq!(agent.transactions(), 0, "a transaction outlived every timer");
});

fn address(host: u8, port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::new(192, 0, 2, host), port))
}
