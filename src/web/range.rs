//! `Range: bytes=...` (RFC 9110 §14), one range at a time.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// No range, or one that this server need not honour (§14.2): the whole with 200.
    Whole,
    /// First and last byte, both inclusive: 206.
    Part { first: u64, last: u64 },
    /// 416.
    Unsatisfiable,
}

pub fn parse(header: Option<&str>, length: u64) -> Wanted {
    let Some((unit, set)) = header.and_then(|h| h.split_once('=')) else { return Wanted::Whole };
    // Several ranges would need multipart/byteranges; §14.2 lets us send the whole instead.
    if !unit.trim().eq_ignore_ascii_case("bytes") || set.contains(',') {
        return Wanted::Whole;
    }
    let Some((first, last)) = set.trim().split_once('-') else { return Wanted::Whole };
    match (first.trim(), last.trim()) {
        ("", "") => Wanted::Whole,
        ("", suffix) => match suffix.parse::<u64>() {
            Ok(0) => Wanted::Unsatisfiable,
            Ok(_) if length == 0 => Wanted::Unsatisfiable,
            Ok(count) => Wanted::Part { first: length.saturating_sub(count), last: length.saturating_sub(1) },
            Err(_) => Wanted::Whole,
        },
        (first, last) => {
            let end = length.saturating_sub(1);
            let last = if last.is_empty() { Ok(end) } else { last.parse::<u64>().map(|last| last.min(end)) };
            match (first.parse::<u64>(), last) {
                (Ok(first), _) if first >= length => Wanted::Unsatisfiable,
                (Ok(first), Ok(last)) if first <= last => Wanted::Part { first, last },
                _ => Wanted::Whole,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_as_players_ask_for_them() {
        let part = |first, last| Wanted::Part { first, last };
        for (header, wanted) in [
            (None, Wanted::Whole),
            (Some("bytes=0-"), part(0, 999)),
            (Some("bytes=0-1"), part(0, 1)),
            (Some("bytes=500-5000"), part(500, 999)),
            (Some("bytes=-44"), part(956, 999)),
            (Some("bytes=-5000"), part(0, 999)),
            (Some("bytes=1000-"), Wanted::Unsatisfiable),
            (Some("bytes=-0"), Wanted::Unsatisfiable),
            (Some("bytes=9-3"), Wanted::Whole),
            (Some("bytes=0-1,5-6"), Wanted::Whole),
            (Some("lines=0-1"), Wanted::Whole),
            (Some("bytes=-"), Wanted::Whole),
            (Some("bytes=99999999999999999999-"), Wanted::Whole),
            (Some("nonsense"), Wanted::Whole),
        ] {
            assert_eq!(parse(header, 1000), wanted, "{header:?}");
        }
        assert_eq!(parse(Some("bytes=0-"), 0), Wanted::Unsatisfiable);
        assert_eq!(parse(Some("bytes=-5"), 0), Wanted::Unsatisfiable);
    }
}
