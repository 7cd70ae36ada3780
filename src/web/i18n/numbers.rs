//! Numbers as people of the place write them: `12.345,60`, in English `12,345.60`.

use std::fmt::Display;

use super::{Language, Locale};

impl Locale {
    /// A whole number.
    pub fn number(&self, number: impl Display) -> String {
        let (separator, _) = self.separators();
        let digits = number.to_string();
        let (sign, digits) = digits.strip_prefix('-').map_or(("", digits.as_str()), |digits| ("-", digits));
        let mut grouped = String::from(sign);
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                grouped.push(separator);
            }
            grouped.push(digit);
        }
        grouped
    }

    /// An amount of money, with two decimals.
    pub fn amount(&self, amount: f64) -> String {
        let written = format!("{amount:.2}");
        let (whole, rest) = written.split_once('.').unwrap_or((&written, "00"));
        format!("{}{}{rest}", self.number(whole), self.separators().1)
    }

    /// With so many decimal places: `12,5`.
    pub fn decimal(&self, number: f64, places: usize) -> String {
        let written = format!("{number:.places$}");
        match written.split_once('.') {
            Some((whole, rest)) => format!("{}{}{rest}", self.number(whole), self.separators().1),
            None => self.number(written),
        }
    }

    /// The size of a file: `812 B`, `34 KB`, `1,2 MB`.
    pub fn size(&self, bytes: i64) -> String {
        const KB: i64 = 1024;
        const MB: i64 = 1024 * KB;
        match bytes {
            ..KB => format!("{} B", self.number(bytes)),
            KB..MB => format!("{} KB", self.number((bytes + KB / 2) / KB)),
            _ => {
                let tenths = (bytes * 10 + MB / 2) / MB;
                format!("{}{}{} MB", self.number(tenths / 10), self.separators().1, tenths % 10)
            }
        }
    }

    /// Between thousands, and before decimals.
    fn separators(&self) -> (char, char) {
        if self.language == Language::English { (',', '.') } else { ('.', ',') }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::locale;
    use super::*;

    #[test]
    fn sizes_are_written_as_people_say_them() {
        let serbian = locale(Language::SerbianLatin);
        let sizes = [812, 34_800, 1_258_291].map(|bytes| serbian.size(bytes));
        assert_eq!(sizes, ["812 B", "34 KB", "1,2 MB"]);
        assert_eq!(locale(Language::English).size(1_258_291), "1.2 MB");
    }

    #[test]
    fn thousands_are_separated_as_the_language_does() {
        let (serbian, english) = (locale(Language::SerbianLatin), locale(Language::English));
        assert_eq!([7, 999, 1_000, 1_234_567].map(|n| serbian.number(n)), ["7", "999", "1.000", "1.234.567"]);
        assert_eq!(english.number(1_234_567_u64), "1,234,567");
        assert_eq!(english.number(-12_345), "-12,345");
        assert_eq!((serbian.amount(1234.5), english.amount(0.0)), ("1.234,50".into(), "0.00".into()));
    }
}
