//! Protected streams on a bad road: packets are lost, doubled, late, damaged, forged and of several sources. What is taken is what was
//! sent, and each at most once; what is refused is left as it was.
#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use odziv::protocol::rtp::srtp::{MasterKey, OVERHEAD, Protector, Suite, Unprotector};

/// Packets of one input.
const MOST: usize = 400;

fuzz_target!(|data: &[u8]| {
    let [kind, rest @ ..] = data else { return };
    let suite = Suite::ALL[usize::from(*kind) % Suite::ALL.len()];
    let key = MasterKey::new(suite, &vec![*kind; suite.keying_length()]).expect("a key of the right length");
    let key = key.with_mki(kind >> 5);
    let mut ours = Protector::new(&key);
    let mut peer = Unprotector::new(&key);
    // Beginnings away from the wrap, as RFC 3711 §3.3.1 advises.
    let mut sequences = [100_u16; 3];
    let (mut road, mut taken) = (Vec::new(), BTreeSet::new());
    for (number, step) in rest.chunks_exact(3).take(MOST).enumerate() {
        let source = usize::from(step[0] % 3);
        let jump = u16::from(step[1]) * if step[0] & 0x80 != 0 { 60 } else { 1 };
        sequences[source] = sequences[source].wrapping_add(jump);
        let is_rtcp = step[0] & 0x40 != 0;
        let plain = match is_rtcp {
            false => rtp(source as u32, sequences[source], number as u32, usize::from(step[2])),
            true => rtcp(source as u32, number as u32),
        };
        let mut sealed = plain.clone();
        sealed.resize(plain.len() + OVERHEAD, 0);
        let length = match is_rtcp {
            false => ours.protect(&mut sealed, plain.len()),
            true => ours.protect_rtcp(&mut sealed, plain.len()),
        };
        let length = length.expect("there is room, and a key for so many packets");
        sealed.truncate(length);
        // A peer that names its key does so between packet and tag; we do not.
        let (tag, mki) = (if is_rtcp { 10 } else { suite_tag(suite) }, usize::from(kind >> 5));
        let at = sealed.len() - tag;
        sealed.splice(at..at, std::iter::repeat_n(0, mki));
        road.push((number, is_rtcp, plain, sealed));
        let late = usize::from(step[2]) % road.len();
        match step[2] >> 5 {
            0 => drop(road.pop()),
            1 => damaged(&mut peer, suite, &road[late], mki, step),
            2 => arrives(&mut peer, &road[late], &mut taken),
            _ => arrives(&mut peer, &road[road.len() - 1], &mut taken),
        }
    }
});

type Packet = (usize, bool, Vec<u8>, Vec<u8>);

fn arrives(peer: &mut Unprotector, (number, is_rtcp, plain, sealed): &Packet, taken: &mut BTreeSet<usize>) {
    let mut bytes = sealed.clone();
    match if *is_rtcp { peer.unprotect_rtcp(&mut bytes) } else { peer.unprotect(&mut bytes) } {
        Ok(length) => {
            assert_eq!(&bytes[..length], plain.as_slice(), "another packet than was sent");
            assert!(taken.insert(*number), "taken twice");
        }
        Err(_) => assert_eq!(&bytes, sealed, "what is refused is left as it was"),
    }
}

fn damaged(peer: &mut Unprotector, suite: Suite, (_, is_rtcp, _, sealed): &Packet, mki: usize, step: &[u8]) {
    let tag = if *is_rtcp { 10 } else { suite_tag(suite) };
    let mut bytes = sealed.clone();
    let at = usize::from(step[1]) % bytes.len();
    // The name of the key is not proven; everything else is.
    if (bytes.len() - tag - mki..bytes.len() - tag).contains(&at) {
        return;
    }
    bytes[at] ^= 1 << (step[0] & 7);
    let before = bytes.clone();
    let taken = if *is_rtcp { peer.unprotect_rtcp(&mut bytes) } else { peer.unprotect(&mut bytes) };
    assert!(taken.is_err(), "a forged packet was taken");
    assert_eq!(bytes, before, "what is refused is left as it was");
}

fn suite_tag(suite: Suite) -> usize {
    if suite.name().ends_with("_80") { 10 } else { 4 }
}

fn rtp(source: u32, sequence: u16, timestamp: u32, length: usize) -> Vec<u8> {
    let mut packet = vec![0x80, 8];
    packet.extend(sequence.to_be_bytes());
    packet.extend(timestamp.to_be_bytes());
    packet.extend(source.to_be_bytes());
    packet.extend(std::iter::repeat_n(timestamp as u8, length));
    packet
}

/// An empty receiver report with a word that tells it from others.
fn rtcp(source: u32, number: u32) -> Vec<u8> {
    let mut packet = vec![0x80, 201, 0, 1];
    packet.extend(source.to_be_bytes());
    packet.extend([0x80, 204, 0, 3]);
    packet.extend(source.to_be_bytes());
    packet.extend(*b"TEST");
    packet.extend(number.to_be_bytes());
    packet
}
