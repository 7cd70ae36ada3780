//! Session descriptions as offers and as answers, with and without keys. What we answer can be read, and has a line for every
//! stream that was offered.
#![no_main]

use std::net::{IpAddr, Ipv4Addr};

use libfuzzer_sys::fuzz_target;
use odziv::protocol::sip::sdp::{self, Local, LocalKeys, Security, Wish};

fuzz_target!(|data: &[u8]| {
    let keys = Box::new(LocalKeys::new(&[7; LocalKeys::RANDOM]));
    let plain = Local::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 20_000, 1);
    let optional = Local { security: Security::Optional(keys.clone()), ..plain.clone() };
    let required = Local { security: Security::Required(keys), ..plain.clone() };
    for local in [plain, optional, required] {
        let is_required = matches!(local.security, Security::Required(_));
        for secure in [false, true] {
            if let Ok(agreed) = sdp::accept(data, &local, &Wish { secure, ..Wish::default() }) {
                assert!(agreed.srtp.is_some() || !is_required);
            }
        }
        let Ok((answer, agreed)) = sdp::answer(data, &local) else { continue };
        let offered = sdp::parse(data).expect("it was answered").medias.len();
        let answered = sdp::parse(&answer).expect("our answer is a session description").medias;
        assert_eq!(answered.len(), offered);
        assert_eq!(answered.iter().filter(|media| media.port == local.port).count(), 1);
        assert!(agreed.srtp.is_some() || !is_required);
        assert!(!(agreed.held && agreed.send));
        assert!(agreed.packet_ms == 20 || agreed.packet_ms == 10);
    }
});
