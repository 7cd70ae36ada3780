//! Exact decimal numbers, so that bounds and comparisons mean what people wrote.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A number with up to [`PLACES`] decimal places, within ±[`MOST`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(i64);

/// Decimal places: more than anybody is asked for.
pub const PLACES: u8 = 6;
/// The largest whole number: a budget in dinars fits, and no sum of thousands of answers overflows.
pub const MOST: i64 = 999_999_999_999;

const ONE: i64 = 1_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a decimal number of at most twelve digits and six places")]
pub struct NoDecimal;

impl Decimal {
    pub const LEAST: Self = Self(-MOST * ONE);

    /// `None`: beyond [`MOST`].
    pub fn whole(number: i64) -> Option<Self> {
        (-MOST..=MOST).contains(&number).then(|| Self(number.saturating_mul(ONE)))
    }

    /// The smallest step of numbers with so many places.
    pub fn step(places: u8) -> Self {
        Self(10_i64.pow(u32::from(PLACES.saturating_sub(places))))
    }

    /// How many decimal places it needs.
    pub fn places(self) -> u8 {
        (0..PLACES).find(|places| self.0 % Self::step(*places).0 == 0).unwrap_or(PLACES)
    }

    /// Down to so many places.
    pub fn rounded(self, places: u8) -> Self {
        let step = Self::step(places).0;
        Self(self.0.div_euclid(step) * step)
    }

    /// The multiple of `step` at or below it; itself when there is no step.
    pub fn down_to(self, step: Self) -> Self {
        if step.0 > 0 { Self(self.0.div_euclid(step.0).saturating_mul(step.0)) } else { self }
    }

    /// `None`: it has decimals.
    pub fn as_whole(self) -> Option<i64> {
        (self.0 % ONE == 0).then_some(self.0 / ONE)
    }

    pub fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0).clamp(-MOST * ONE, MOST * ONE))
    }

    pub fn saturating_sub(self, other: Self) -> Self {
        self.saturating_add(Self(other.0.saturating_neg()))
    }

    pub fn to_f64(self) -> f64 {
        self.0 as f64 / ONE as f64
    }
}

impl From<i16> for Decimal {
    fn from(number: i16) -> Self {
        Self(i64::from(number) * ONE)
    }
}

impl From<u16> for Decimal {
    fn from(number: u16) -> Self {
        Self(i64::from(number) * ONE)
    }
}

/// As people write it: `3,5`, `-2.25`, `1.234,50`.
impl FromStr for Decimal {
    type Err = NoDecimal;

    fn from_str(text: &str) -> Result<Self, NoDecimal> {
        let canonical = super::super::question::number(text.trim()).ok_or(NoDecimal)?;
        let (sign, digits) = match canonical.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, canonical.as_str()),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        if part.len() > usize::from(PLACES) {
            return Err(NoDecimal);
        }
        let whole: i64 = whole.parse().map_err(|_| NoDecimal)?;
        let part: i64 =
            format!("{part:0<width$}", width = usize::from(PLACES)).parse().map_err(|_| NoDecimal)?;
        if whole > MOST || whole == MOST && part > 0 {
            return Err(NoDecimal);
        }
        Ok(Self(sign * (whole * ONE + part)))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, part) = (self.0.abs() / ONE, self.0.abs() % ONE);
        let part = format!("{part:06}");
        match part.trim_end_matches('0') {
            "" => write!(f, "{sign}{whole}"),
            part => write!(f, "{sign}{whole}.{part}"),
        }
    }
}

/// A whole number is a number of JSON, one with decimals a string: JSON's own would be rounded by whoever reads it.
impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.as_whole() {
            Some(whole) => serializer.serialize_i64(whole),
            None => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reads;

        impl Visitor<'_> for Reads {
            type Value = Decimal;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, or one in a string")
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Decimal, E> {
                Decimal::whole(number).ok_or_else(|| E::custom(NoDecimal))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Decimal, E> {
                i64::try_from(number).ok().and_then(Decimal::whole).ok_or_else(|| E::custom(NoDecimal))
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Decimal, E> {
                number.to_string().parse().map_err(E::custom)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Decimal, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_any(Reads)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them_and_kept_exactly() {
        for (written, kept) in
            [("3,5", "3.5"), ("1.234,50", "1234.5"), ("-0,000001", "-0.000001"), ("007", "7")]
        {
            assert_eq!(written.parse::<Decimal>().unwrap().to_string(), kept);
        }
        for wrong in ["", "1e5", "0.0000001", "1000000000000", "три"] {
            assert_eq!(wrong.parse::<Decimal>(), Err(NoDecimal), "{wrong}");
        }
        let tenth: Decimal = "0.1".parse().unwrap();
        assert_eq!((0..3).fold(Decimal::default(), |sum, _| sum.saturating_add(tenth)).to_string(), "0.3");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(number in -MOST * ONE..=MOST * ONE) {
            let number = Decimal(number);
            prop_assert_eq!(number.to_string().parse::<Decimal>(), Ok(number));
            let json = serde_json::to_string(&number).unwrap();
            prop_assert_eq!(serde_json::from_str::<Decimal>(&json).unwrap(), number);
        }
    }
}
