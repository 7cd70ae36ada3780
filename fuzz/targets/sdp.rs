//! Session descriptions as offers and as answers. What we answer can be read, and has a line for every stream that was offered.
#![no_main]

use std::net::{IpAddr, Ipv4Addr};

use libfuzzer_sys::fuzz_target;
use odziv::protocol::sip::sdp::{self, Local};

fuzz_target!(|data: &[u8]| {
    let local = Local { address: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), port: 20_000, session: 1, version: 1 };
    let _ = sdp::accept(data);
    if let Ok((answer, agreed)) = sdp::answer(data, &local) {
        let offered = sdp::parse(data).expect("it was answered").medias.len();
        let answered = sdp::parse(&answer).expect("our answer is a session description").medias;
        assert_eq!(answered.len(), offered);
        assert_eq!(answered.iter().filter(|media| media.port == local.port).count(), 1);
        assert!(matches!(agreed.payload_type, sdp::PCMA | sdp::PCMU));
    }
});
