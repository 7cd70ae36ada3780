//! A list of numbers and addresses as others give it: one on a line, or the first column of a table.

use super::OptOutChannel;

/// An address and its quotes; what is longer is no line of a list.
pub const LONGEST_LINE: usize = 1_000;

/// Why a line is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    #[error("neither a telephone number nor an e-mail address")]
    NoAddress,
    #[error("the channel does not go with the address")]
    OtherChannel,
    #[error("the line is too long")]
    TooLong,
}

impl Wrong {
    pub fn word(self) -> &'static str {
        match self {
            Self::NoAddress => "no-address",
            Self::OtherChannel => "other-channel",
            Self::TooLong => "too-long",
        }
    }
}

/// What a list means for telephone numbers that stand there without a channel.
#[derive(Clone, Debug)]
pub struct Reading<'a> {
    pub country: &'a str,
    pub numbers: &'a [OptOutChannel],
}

impl Reading<'_> {
    /// Line `number` from 1: nothing for an empty one and for the names of columns.
    pub fn line(&self, number: u64, line: &str) -> Result<Vec<(OptOutChannel, String)>, Wrong> {
        if line.len() > LONGEST_LINE {
            return Err(Wrong::TooLong);
        }
        let line = line.trim_start_matches('\u{feff}').trim();
        let mut columns = line.split([';', ',', '\t']).map(|column| column.trim().trim_matches('"').trim());
        let (address, channel) = (columns.next().unwrap_or_default(), columns.next().unwrap_or_default());
        if address.is_empty() && channel.is_empty() {
            return Ok(Vec::new());
        }
        if number == 1 && !address.contains('@') && !address.contains(|c: char| c.is_ascii_digit()) {
            return Ok(Vec::new());
        }
        let channels = if address.contains('@') { &[OptOutChannel::Email] } else { self.numbers };
        let taken = |channel: OptOutChannel| Some((channel, channel.address(address, self.country)?));
        // Without a channel of its own the line means those of the list; further columns mean nothing here.
        let named = channel.to_lowercase().parse::<OptOutChannel>();
        match named {
            Ok(channel) => match taken(channel) {
                Some(one) => Ok(vec![one]),
                None if channels.iter().any(|known| taken(*known).is_some()) => Err(Wrong::OtherChannel),
                None => Err(Wrong::NoAddress),
            },
            Err(_) => {
                let all: Option<Vec<_>> = channels.iter().map(|known| taken(*known)).collect();
                all.filter(|all| !all.is_empty()).ok_or(Wrong::NoAddress)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_as_people_make_them() {
        use OptOutChannel::{Email, Sms, Voice};
        let reading = Reading { country: "RS", numbers: &[Voice, Sms] };
        let number = || "+381641234567".to_owned();
        assert_eq!(reading.line(1, "\u{feff}Telefon;Datum"), Ok(vec![]));
        assert_eq!(reading.line(2, "  "), Ok(vec![]));
        assert_eq!(reading.line(2, "064/123-45-67"), Ok(vec![(Voice, number()), (Sms, number())]));
        assert_eq!(reading.line(1, "381641234567;2026-01-01"), Ok(vec![(Voice, number()), (Sms, number())]));
        assert_eq!(reading.line(3, "\"+381 64 1234567\",voice"), Ok(vec![(Voice, number())]));
        assert_eq!(reading.line(4, "Ana@Example.RS\tAna"), Ok(vec![(Email, "ana@example.rs".into())]));
        assert_eq!(reading.line(5, "Telefon"), Err(Wrong::NoAddress));
        assert_eq!(reading.line(5, "12"), Err(Wrong::NoAddress));
        assert_eq!(reading.line(5, "ana@example.rs,sms"), Err(Wrong::OtherChannel));
        assert_eq!(reading.line(5, &"1".repeat(2_000)), Err(Wrong::TooLong));
    }
}
