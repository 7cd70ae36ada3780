//! RTP packets, keypad events, reports, protection, codecs, the jitter buffer and the timeline of a recording. Whatever timestamps
//! come, memory stays within what was played.
#![no_main]

use libfuzzer_sys::fuzz_target;
use odziv::protocol::rtp::dtmf::Receiver;
use odziv::protocol::rtp::g722::Decoder;
use odziv::protocol::rtp::jitter::JitterBuffer;
use odziv::protocol::rtp::packet::Packet;
use odziv::protocol::rtp::reception::Reception;
use odziv::protocol::rtp::rtcp::Rtcp;
use odziv::protocol::rtp::srtp::{MasterKey, Suite, Unprotector};
use odziv::protocol::rtp::timeline::Timeline;

fuzz_target!(|data: &[u8]| {
    let now = std::time::Instant::now();
    Rtcp::new(1, 1, now).receive(data, now);
    let key = MasterKey::new(Suite::Aes128Sha1_80, &[7; 30]).expect("a key of the right length");
    let mut unprotector = Unprotector::new(&key.with_mki(data.first().map_or(0, |byte| byte & 7)));
    let mut sealed = data.to_vec();
    assert!(unprotector.unprotect(&mut sealed).is_err() && unprotector.unprotect_rtcp(&mut sealed).is_err());
    assert_eq!(sealed, data, "what is refused is left as it was");
    let mut g722 = Decoder::default();
    let mut buffer = JitterBuffer::default();
    let mut digits = Receiver::default();
    let mut reception: Option<Reception> = None;
    let mut timeline = Timeline::new();
    let mut clock = 0_u64;
    for piece in data.chunks(40) {
        let Some(packet) = Packet::parse(piece) else { continue };
        let mut written = [0_u8; 2048];
        if let Some(length) = packet.write(&mut written) {
            let again = Packet::parse(&written[..length]).expect("what we write we can read");
            assert_eq!(
                (again.sequence, again.timestamp, again.payload),
                (packet.sequence, packet.timestamp, packet.payload)
            );
        }
        let pressed = digits.receive(packet.ssrc, packet.timestamp, packet.marker, packet.payload);
        assert!(pressed.is_none_or(|digit| "0123456789*#ABCD".contains(digit)));
        // The first packet is counted by `new`, as in the engine.
        match &mut reception {
            Some(reception) => reception.receive(packet.ssrc, packet.sequence),
            None => reception = Some(Reception::new(packet.ssrc, packet.sequence)),
        }
        if let Some(reception) = &mut reception {
            reception.arrived(clock as u32, packet.timestamp);
            assert!(reception.received() <= clock / 160 + 1);
        }
        let mut samples = [0; 160];
        g722.decode(packet.payload, &mut samples);
        buffer.put(packet.ssrc, packet.timestamp, packet.marker, &samples, clock);
        buffer.take(clock, &mut samples);
        timeline.place(packet.ssrc, packet.timestamp, clock, &[1; 160]);
        clock += 160;
        if clock % 8_000 == 0 {
            while timeline.take(4_000).is_some() {}
        }
        // Ten seconds ahead of the clock is more than any jitter.
        assert!(timeline.end() <= clock + 80_000, "{} samples at {clock}", timeline.end());
    }
});
