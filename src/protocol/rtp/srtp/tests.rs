use proptest::prelude::*;

use super::*;
use crate::protocol::rtp::packet::Packet;

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// Master key and salt of RFC 3711 B.3.
fn key(suite: Suite) -> MasterKey {
    let keying = match suite {
        Suite::Aes128Sha1_80 | Suite::Aes128Sha1_32 => {
            hex("e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6")
        }
        // RFC 6188 §7.2.
        Suite::Aes256Sha1_80 | Suite::Aes256Sha1_32 => hex(
            "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b63b04803de51ee7c96423ab5b78d2",
        ),
    };
    MasterKey::new(suite, &keying).unwrap()
}

fn packet(sequence: u16) -> ([u8; 200], usize) {
    packet_of(7, sequence)
}

fn packet_of(ssrc: u32, sequence: u16) -> ([u8; 200], usize) {
    let payload = [sequence as u8; 160];
    let packet = Packet { payload_type: 8, marker: false, sequence, timestamp: 0, ssrc, payload: &payload };
    let mut buffer = [0; 200];
    let length = packet.write(&mut buffer).unwrap();
    (buffer, length)
}

fn protected(protector: &mut Protector, sequence: u16) -> Vec<u8> {
    let (mut buffer, length) = packet(sequence);
    let length = protector.protect(&mut buffer, length).unwrap();
    buffer[..length].to_vec()
}

const RECEIVER_REPORT: [u8; 8] = [0x80, 201, 0, 1, 0, 0, 0, 7];

fn other_maker(suite: Suite) -> rtc_srtp::context::Context {
    use rtc_srtp::protection_profile::ProtectionProfile as Profile;
    let profile = match suite {
        Suite::Aes128Sha1_80 => Profile::Aes128CmHmacSha1_80,
        Suite::Aes128Sha1_32 => Profile::Aes128CmHmacSha1_32,
        Suite::Aes256Sha1_80 => Profile::Aes256CmHmacSha1_80,
        Suite::Aes256Sha1_32 => Profile::Aes256CmHmacSha1_32,
    };
    let key = key(suite);
    let provider = rtc_srtp::crypto::default_provider().unwrap();
    rtc_srtp::context::Context::new(key.key(), &key.salt(), profile, None, None, provider.crypto()).unwrap()
}

#[test]
fn a_protected_packet_is_byte_for_byte_as_known() {
    // The reference packet of libsrtp's self-test, under the keys of RFC 3711 B.3.
    let mut buffer = hex("800f1234decafbadcafebabeabababababababababababababababab");
    buffer.resize(28 + OVERHEAD, 0);
    let length = Protector::new(&key(Suite::Aes128Sha1_80)).protect(&mut buffer, 28).unwrap();
    let known = hex("800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb");
    assert_eq!(buffer[..length], known);
    let mut packet = known;
    let length = Unprotector::new(&key(Suite::Aes128Sha1_80)).unprotect(&mut packet).unwrap();
    assert_eq!(packet[12..length], [0xab; 16]);
}

#[test]
fn another_maker_understands_us_and_we_understand_it() {
    for suite in Suite::ALL {
        let (mut ours, mut theirs) = (Protector::new(&key(suite)), other_maker(suite));
        let (mut our_ears, mut their_mouth) = (Unprotector::new(&key(suite)), other_maker(suite));
        // Over the end of the sequence numbers, where the rollover counter counts.
        for n in 65_500..65_600_u32 {
            let (plain, length) = packet(n as u16);
            let sealed = protected(&mut ours, n as u16);
            assert_eq!(theirs.decrypt_rtp(&sealed).unwrap()[..], plain[..length], "{suite:?} {n}");
            let mut sealed = their_mouth.encrypt_rtp(&plain[..length]).unwrap().to_vec();
            let opened = our_ears.unprotect(&mut sealed).unwrap();
            assert_eq!(sealed[..opened], plain[..length], "{suite:?} {n}");
        }
        for _ in 0..3 {
            let mut buffer = [0; 8 + OVERHEAD];
            buffer[..8].copy_from_slice(&RECEIVER_REPORT);
            let length = ours.protect_rtcp(&mut buffer, 8).unwrap();
            assert_eq!(theirs.decrypt_rtcp(&buffer[..length]).unwrap()[..], RECEIVER_REPORT);
            let mut sealed = their_mouth.encrypt_rtcp(&RECEIVER_REPORT).unwrap().to_vec();
            let opened = our_ears.unprotect_rtcp(&mut sealed).unwrap();
            assert_eq!(sealed[..opened], RECEIVER_REPORT);
        }
    }
}

#[test]
fn a_changed_bit_anywhere_is_a_forgery_and_changes_nothing() {
    let mut protector = Protector::new(&key(Suite::Aes128Sha1_80));
    let mut unprotector = Unprotector::new(&key(Suite::Aes128Sha1_80));
    let sealed = protected(&mut protector, 9);
    for bit in 0..sealed.len() * 8 {
        let mut forged = sealed.clone();
        forged[bit / 8] ^= 1 << (bit % 8);
        let before = forged.clone();
        assert!(unprotector.unprotect(&mut forged).is_err(), "bit {bit}");
        assert_eq!(forged, before, "left as it was");
    }
    assert!(unprotector.rtp_sources_len() == 0);
    assert!(unprotector.unprotect(&mut sealed.clone()).is_ok());
}

#[test]
fn rtcp_is_proven_whether_encrypted_or_not() {
    let mut protector = Protector::new(&key(Suite::Aes128Sha1_80));
    let mut unprotector = Unprotector::new(&key(Suite::Aes128Sha1_80));
    let mut buffer = [0; 8 + OVERHEAD];
    buffer[..8].copy_from_slice(&RECEIVER_REPORT);
    protector.protect_rtcp(&mut buffer, 8).unwrap();
    let mut without_encryption_bit = buffer;
    without_encryption_bit[8] &= 0x7f;
    assert_eq!(unprotector.unprotect_rtcp(&mut without_encryption_bit), Err(SrtpError::Forged));
    assert_eq!(unprotector.unprotect_rtcp(&mut buffer), Ok(8));
}

#[test]
fn replayed_packets_are_refused_and_overtaken_ones_are_not() {
    let mut protector = Protector::new(&key(Suite::Aes128Sha1_32));
    let mut unprotector = Unprotector::new(&key(Suite::Aes128Sha1_32));
    let sealed: Vec<_> = (0..300).map(|n| protected(&mut protector, n)).collect();
    let mut open = |n: usize| unprotector.unprotect(&mut sealed[n].clone());
    for n in [0, 2, 1, 5, 3, 4, 130] {
        assert_eq!(open(n), Ok(172), "{n}");
    }
    for n in [0, 1, 2, 3, 4, 5, 130] {
        assert_eq!(open(n), Err(SrtpError::Replayed), "{n}");
    }
    assert_eq!(open(6), Ok(172));
    assert_eq!(open(299), Ok(172));
    assert_eq!(open(171), Err(SrtpError::Replayed), "older than the window");
    assert_eq!(open(172), Ok(172));
}

#[test]
fn the_rollover_counter_survives_reordering_and_loss_around_the_wrap() {
    let mut protector = Protector::new(&key(Suite::Aes128Sha1_80));
    let mut unprotector = Unprotector::new(&key(Suite::Aes128Sha1_80));
    let sealed: Vec<_> =
        (0..200_000_u32).step_by(7).map(|n| protected(&mut protector, (n + 60_000) as u16)).collect();
    for pair in sealed.chunks(2) {
        for packet in pair.iter().rev() {
            assert_eq!(unprotector.unprotect(&mut packet.clone()), Ok(172));
        }
    }
}

#[test]
fn a_peer_that_changes_its_source_is_heard_and_takes_no_more_room() {
    let mut protector = Protector::new(&key(Suite::Aes128Sha1_80));
    let mut unprotector = Unprotector::new(&key(Suite::Aes128Sha1_80));
    for ssrc in 0..32 {
        let (mut buffer, length) = packet_of(ssrc, 5);
        let length = protector.protect(&mut buffer, length).unwrap();
        assert_eq!(unprotector.unprotect(&mut buffer[..length]), Ok(172));
        assert_eq!(unprotector.unprotect(&mut buffer[..length]), Err(SrtpError::Replayed));
    }
    assert!(unprotector.rtp_sources_len() <= 8);
    let (mut buffer, length) = packet_of(99, 5);
    assert_eq!(protector.protect(&mut buffer, length), Err(SrtpError::TooManySources));
}

#[test]
fn a_master_key_identifier_is_stepped_over() {
    let mut sealed = protected(&mut Protector::new(&key(Suite::Aes128Sha1_80)), 3);
    let tag = sealed.split_off(172);
    sealed.extend([0, 0, 0, 1]);
    sealed.extend(tag);
    let mut unprotector = Unprotector::new(&key(Suite::Aes128Sha1_80).with_mki(4));
    assert_eq!(unprotector.unprotect(&mut sealed), Ok(172));
}

#[test]
fn a_buffer_without_room_is_refused() {
    let (mut buffer, length) = packet(1);
    let mut protector = Protector::new(&key(Suite::Aes128Sha1_80));
    assert_eq!(protector.protect(&mut buffer[..length + 9], length), Err(SrtpError::NoRoom));
    assert_eq!(protector.protect(&mut buffer[..length], length + 1), Err(SrtpError::NoRoom));
    assert_eq!(protector.protect_rtcp(&mut [0x80; 12], 8), Err(SrtpError::NoRoom));
}

#[test]
fn keys_do_not_reach_the_log() {
    let text =
        format!("{:?}", SrtpKeys { local: key(Suite::Aes128Sha1_80), remote: key(Suite::Aes256Sha1_80) });
    assert!(!text.contains("225") && !text.contains("e1"), "{text}");
}

proptest! {
    #[test]
    fn garbage_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..80), first in 0x80_u8..=0xbf) {
        let mut unprotector = Unprotector::new(&key(Suite::Aes256Sha1_32).with_mki(3));
        let mut bytes = [vec![first], bytes].concat();
        let _ = unprotector.unprotect(&mut bytes);
        let _ = unprotector.unprotect_rtcp(&mut bytes);
        let length = bytes.len();
        bytes.resize(length + 20, 0);
        let _ = Protector::new(&key(Suite::Aes128Sha1_80)).protect(&mut bytes, length);
    }
}
