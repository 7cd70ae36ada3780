//! Why the network did not deliver a text, in words: the codes that most networks share.
//!
//! A receipt carries the error of the network as a number, in decimal or hexadecimal, mostly that of MAP (3GPP TS 29.002 §17.6);
//! a refusal by the SMSC carries a `command_status` (SMPP 3.4 §5.1.3), which we write with `0x` in front. Networks have codes of
//! their own too, so the code itself is always shown beside the words.

use super::words::words;

words! {
    /// What is known of the reason.
    Refusal {
        UnknownNumber = "unknown_number",
        Absent = "absent",
        Barred = "barred",
        NotProvided = "not_provided",
        Handset = "handset",
        MemoryFull = "memory_full",
        Busy = "busy",
        Network = "network",
        Roaming = "roaming",
        Destination = "destination",
        Sender = "sender",
        Content = "content",
        TooMany = "too_many",
        Contract = "contract",
    }
}

impl Refusal {
    /// `error` as it is kept with the text: a code of the network, or `0x` with the status and its words.
    pub fn of(error: &str) -> Option<Self> {
        let first = error.split_whitespace().next()?;
        match first.strip_prefix("0x") {
            Some(status) => of_status(u32::from_str_radix(status, 16).ok()?),
            None => of_network(code(first)?),
        }
    }
}

/// With a letter it is hexadecimal.
fn code(written: &str) -> Option<u32> {
    let plain = written.bytes().all(|b| b.is_ascii_digit());
    u32::from_str_radix(written, if plain { 10 } else { 16 }).ok()
}

fn of_network(code: u32) -> Option<Refusal> {
    Some(match code {
        1 | 5 => Refusal::UnknownNumber,
        6 | 27 => Refusal::Absent,
        8 => Refusal::Roaming,
        9 | 13 => Refusal::Barred,
        10 | 11 | 21 => Refusal::NotProvided,
        7 | 12 => Refusal::Handset,
        31 => Refusal::Busy,
        32 => Refusal::MemoryFull,
        33..=36 => Refusal::Network,
        _ => return None,
    })
}

fn of_status(status: u32) -> Option<Refusal> {
    Some(match status {
        0x0B | 0x33 | 0x50 | 0x51 => Refusal::Destination,
        0x0A | 0x48 | 0x49 => Refusal::Sender,
        0x01 | 0x43 | 0xC3 | 0xC4 => Refusal::Content,
        0x14 | 0x58 => Refusal::TooMany,
        0x0D..=0x0F | 0x15 | 0x53 | 0x66 => Refusal::Contract,
        0x08 | 0x45 | 0x64 | 0x65 | 0xFE | 0xFF => Refusal::Network,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_receipts_are_read_in_decimal_and_hexadecimal() {
        for (error, expected) in [
            ("027", Some(Refusal::Absent)),
            ("01B", Some(Refusal::Absent)),
            ("1", Some(Refusal::UnknownNumber)),
            ("032", Some(Refusal::MemoryFull)),
            ("13", Some(Refusal::Barred)),
            ("999", None),
            ("busy", None),
            ("", None),
        ] {
            assert_eq!(Refusal::of(error), expected, "{error}");
        }
    }

    #[test]
    fn status_of_a_refused_submit_is_no_code_of_the_network() {
        assert_eq!(Refusal::of("0xb invalid destination address (0x0B)"), Some(Refusal::Destination));
        assert_eq!(Refusal::of("0x45 submit failed (0x45)"), Some(Refusal::Network));
        assert_eq!(Refusal::of("0x0 the text is empty"), None);
        assert_eq!(Refusal::of("withdrawn"), None);
    }
}
