//! Septets packed into octets as the radio carries them (3GPP TS 23.038 §6.1.2.1): some SMSCs pass them through SMPP as they are.

/// `header`: octets of the user data header before them, after which the first septet begins at the next multiple of seven bits.
pub fn pack(septets: &[u8], header: usize) -> Vec<u8> {
    let mut octets = vec![0; (septets.len() * 7 + fill(header)).div_ceil(8)];
    let mut bit = fill(header);
    for septet in septets {
        let shifted = u16::from(septet & 0x7F) << (bit % 8);
        let [low, high] = shifted.to_le_bytes();
        if let Some(octet) = octets.get_mut(bit / 8) {
            *octet |= low;
        }
        if let Some(octet) = octets.get_mut(bit / 8 + 1) {
            *octet |= high;
        }
        bit += 7;
    }
    octets
}

/// SMPP counts octets and not septets: seven bits of zero at the end of an octet are taken for what was left over there, not for an `@`.
pub fn unpack(octets: &[u8], header: usize) -> Vec<u8> {
    let bits = octets.len() * 8;
    let mut septets = Vec::with_capacity(bits / 7);
    let mut bit = fill(header);
    while bit + 7 <= bits {
        let octet = |at: usize| u16::from(octets.get(at).copied().unwrap_or(0));
        let two = octet(bit / 8) | octet(bit / 8 + 1) << 8;
        septets.push(u8::try_from(two >> (bit % 8) & 0x7F).unwrap_or(0));
        bit += 7;
    }
    if bit == bits && septets.last() == Some(&0) {
        septets.pop();
    }
    septets
}

/// Bits between a header and the first septet.
fn fill(header: usize) -> usize {
    (7 - header * 8 % 7) % 7
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_well_known_example_is_packed_as_everywhere() {
        // "hellohello" in E8 32 9B FD 46 97 D9 EC 37.
        let octets = [0xE8, 0x32, 0x9B, 0xFD, 0x46, 0x97, 0xD9, 0xEC, 0x37];
        assert_eq!(pack(b"hellohello", 0), octets);
        assert_eq!(unpack(&octets, 0), b"hellohello");
    }

    #[test]
    fn after_a_header_of_six_octets_one_bit_is_left_out() {
        assert_eq!(pack(b"a", 6), [0xC2]);
        assert_eq!(unpack(&[0xC2], 6), b"a");
        // Seven octets are eight septets: nothing is left out.
        assert_eq!(pack(b"a", 7), [0x61]);
    }

    #[test]
    fn seven_bits_that_are_left_over_are_no_character() {
        assert_eq!(unpack(&pack(b"seven!!", 0), 0), b"seven!!");
        assert_eq!(unpack(&pack(b"eight!!!", 0), 0), b"eight!!!");
    }

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked(mut septets in proptest::collection::vec(0u8..128, 1..160), header in 0usize..12) {
            if septets.last() == Some(&0) {
                septets.push(1);
            }
            prop_assert_eq!(unpack(&pack(&septets, header), header), septets);
        }

        #[test]
        fn anything_is_unpacked(octets in proptest::collection::vec(any::<u8>(), 0..200), header in 0usize..200) {
            prop_assert!(unpack(&octets, header).iter().all(|septet| *septet < 128));
        }
    }
}
