//! What a token looks like: a date, a time, a number of some kind, or a word.

use super::Tongue;

/// What stands between two spaces, with the marks around it taken off.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'t> {
    pub core: &'t str,
    /// Marks behind it.
    pub tail: &'t str,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Word,
    /// An address of the network.
    Link,
    Number(u64),
    /// Whole part, and the digits behind the comma.
    Decimal(u64, String),
    /// `5а`: a number and what follows it at once, as in addresses and units.
    Suffixed(u64, String),
    /// `12/3`.
    Fraction(u64, u64),
    Range(u64, u64),
    /// The stop behind it says that it is an ordinal.
    Ordinal(u64),
    Date {
        day: u64,
        month: u64,
        year: Option<u64>,
    },
    Time {
        hour: u64,
        minute: u64,
    },
    TimeRange((u64, u64), (u64, u64)),
    /// Groups of digits; the stroke is said.
    CaseNumber(String),
    /// Groups of digits.
    Phone(Vec<String>),
}

/// Larger numbers are read digit by digit.
pub(super) const LARGEST: u64 = 999_999_999;

impl<'t> Token<'t> {
    /// `None`: there is nothing in it to say.
    pub fn of(text: &'t str) -> Option<Self> {
        let says =
            |c: char| c.is_alphanumeric() || matches!(c, '%' | '°' | '²' | '³' | '&' | '§' | '№' | '€');
        let from = text.find(|c: char| says(c) || c == '+')?;
        let end = text.char_indices().rfind(|(_, c)| says(*c)).map(|(at, c)| at + c.len_utf8())?;
        let core = text.get(from..end)?;
        // A plus before anything but a number is no more than a mark.
        let core = match core.strip_prefix('+') {
            Some(rest) if !rest.starts_with(|c: char| c.is_ascii_digit()) => rest,
            _ => core,
        };
        Some(Self { core, tail: text.get(end..).unwrap_or_default() })
    }

    pub fn stops(&self) -> bool {
        self.tail.starts_with('.')
    }

    /// `П. Петровић`: the stop behind one letter ends no sentence.
    pub fn is_initial(&self) -> bool {
        self.core.chars().count() == 1 && self.core.chars().all(char::is_uppercase)
    }

    fn is_open(&self) -> bool {
        self.tail.is_empty()
    }
}

impl Shape {
    /// Of a token, and of how many behind it that belong to it.
    pub fn of(token: &Token<'_>, after: &[Token<'_>], tongue: Tongue) -> (Self, usize) {
        let core = token.core;
        let alone = |shape: Self| (shape, 0);
        if !core.chars().any(|c| c.is_ascii_digit()) {
            return alone(if is_link(core) { Self::Link } else { Self::Word });
        }
        if let Some((groups, takes)) = phone(token, after) {
            return (Self::Phone(groups), takes);
        }
        if let Some((date, takes)) = date(token, after, tongue) {
            return (date, takes);
        }
        if let Some(time) = time(core) {
            return alone(time);
        }
        alone(number(token, tongue).unwrap_or(if is_link(core) { Self::Link } else { Self::Word }))
    }
}

/// `15.3.2026.`, `15.3.`, `15. 3. 2026.`, `2026-03-15`, in English `15/3/2026` too.
fn date(token: &Token<'_>, after: &[Token<'_>], tongue: Tongue) -> Option<(Shape, usize)> {
    let core = token.core;
    let parts = |mark: char| core.split(mark).map(parsed).collect::<Option<Vec<u64>>>();
    let dotted = parts('.');
    match dotted.as_deref() {
        Some([day, month, year]) if is_year(*year) => return Some((on(*day, *month, Some(*year))?, 0)),
        // 12.500 is a number, 14.30 a time.
        Some([day, month]) if token.stops() && core.len() <= 5 => return Some((on(*day, *month, None)?, 0)),
        Some([day]) if token.stops() && tongue == Tongue::Serbian => {
            let month = after.first().filter(|next| next.stops()).and_then(|next| parsed(next.core))?;
            let year = after.get(1).and_then(|next| parsed(next.core)).filter(|year| is_year(*year));
            return Some((on(*day, month, year)?, if year.is_some() { 2 } else { 1 }));
        }
        _ => {}
    }
    if let Some([year, month, day]) = parts('-').as_deref()
        && is_year(*year)
    {
        return Some((on(*day, *month, Some(*year))?, 0));
    }
    match parts('/').as_deref() {
        Some([day, month, year]) if tongue == Tongue::English && is_year(*year) => {
            Some((on(*day, *month, Some(*year))?, 0))
        }
        _ => None,
    }
}

fn on(day: u64, month: u64, year: Option<u64>) -> Option<Shape> {
    let exists = (1..=31).contains(&day) && (1..=12).contains(&month);
    exists.then_some(Shape::Date { day, month, year })
}

pub(super) fn is_year(number: u64) -> bool {
    (1900..=2099).contains(&number)
}

/// `14:30`, `9:00-14:30`.
fn time(core: &str) -> Option<Shape> {
    let core = core.trim_end_matches(['h', 'х', 'ч']);
    let one = |text: &str| {
        let (hour, minute) = text.split_once(':')?;
        let (hour, minute) = (parsed(hour)?, parsed(minute).filter(|_| minute.len() == 2)?);
        (hour < 25 && minute < 60).then_some((hour, minute))
    };
    if let Some((from, until)) = core.split_once(['-', '–']) {
        return Some(Shape::TimeRange(one(from)?, one(until)?));
    }
    one(core).map(|(hour, minute)| Shape::Time { hour, minute })
}

/// `021/480-000`, `+381 21 480 000`, `0800-123-456`.
fn phone(token: &Token<'_>, after: &[Token<'_>]) -> Option<(Vec<String>, usize)> {
    let core = token.core;
    let (plus, rest) = match core.strip_prefix('+') {
        Some(rest) => ("+", rest),
        None if core.starts_with('0') && core.len() > 1 => ("", core),
        None => return None,
    };
    let mut groups: Vec<String> = rest.split(['/', '-']).map(str::to_owned).collect();
    // 031-12/26 is the number of a case.
    let is_case = rest.find('-').zip(rest.find('/')).is_some_and(|(dash, stroke)| dash < stroke);
    if is_case || groups.iter().any(|group| !is_digits(group)) {
        return None;
    }
    let mut takes = 0;
    if token.is_open() {
        for next in after {
            if !is_digits(&next.core.replace('-', "")) || next.core.len() < 2 || groups.len() > 6 {
                break;
            }
            takes += 1;
            groups.extend(next.core.split('-').map(str::to_owned));
            if !next.is_open() {
                break;
            }
        }
    }
    let digits: usize = groups.iter().map(String::len).sum();
    if !(6..=15).contains(&digits) {
        return None;
    }
    if let Some(first) = groups.first_mut() {
        first.insert_str(0, plus);
    }
    Some((groups, takes))
}

fn number(token: &Token<'_>, tongue: Tongue) -> Option<Shape> {
    let core = token.core;
    if let Some(number) = parsed(core) {
        let ordinal = token.stops() && tongue == Tongue::Serbian && (number < 1_000 || is_year(number));
        return Some(if ordinal { Shape::Ordinal(number) } else { Shape::Number(number) });
    }
    if core.contains('/') && core.chars().all(|c| c.is_ascii_digit() || matches!(c, '/' | '-')) {
        let fraction = core.split_once('/').and_then(|(a, b)| Some((parsed(a)?, parsed(b)?)));
        return Some(match fraction {
            Some((a, b)) if a < 1_000 && b < 100 && core.len() <= 6 => Shape::Fraction(a, b),
            _ => Shape::CaseNumber(core.to_owned()),
        });
    }
    if let Some((a, b)) = core.split_once(['-', '–'])
        && let (Some(a), Some(b)) = (parsed(a), parsed(b))
    {
        return Some(Shape::Range(a, b));
    }
    let (thousands, point) = match tongue {
        Tongue::Serbian => ('.', ','),
        Tongue::English => (',', '.'),
    };
    let digits =
        core.find(|c: char| !c.is_ascii_digit() && c != thousands && c != point).unwrap_or(core.len());
    let (amount, suffix) = core.split_at_checked(digits)?;
    let (whole, fraction) = match amount.split_once(point) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (amount, None),
    };
    let whole = grouped(whole, thousands)?;
    match fraction {
        Some(fraction) if suffix.is_empty() && is_digits(fraction) => {
            Some(Shape::Decimal(whole, fraction.to_owned()))
        }
        Some(_) => None,
        None if suffix.is_empty() => Some(Shape::Number(whole)),
        None => Some(Shape::Suffixed(whole, suffix.to_owned())),
    }
}

/// `12.500`: groups of three behind the first.
fn grouped(text: &str, mark: char) -> Option<u64> {
    let mut groups = text.split(mark);
    let first = groups.next().filter(|first| is_digits(first))?;
    let mut all = first.to_owned();
    for group in groups {
        if first.len() > 3 || group.len() != 3 {
            return None;
        }
        all.push_str(group);
    }
    parsed(&all)
}

fn parsed(text: &str) -> Option<u64> {
    // Leading zeros mean something: a code, not a count.
    let is_count = is_digits(text) && (text.len() <= 2 || !text.starts_with('0'));
    text.parse().ok().filter(|number| is_count && *number <= LARGEST)
}

pub(super) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_link(core: &str) -> bool {
    let inner = |mark: char| core.find(mark).is_some_and(|at| at > 0 && at + 1 < core.len());
    core.contains("://") || core.starts_with("www.") || inner('@')
}

/// An abbreviation that is read by its letters: capitals without a vowel among them.
pub(super) fn is_spelled(core: &str) -> bool {
    let letters = core.chars().count();
    (2..=6).contains(&letters)
        && core.chars().all(char::is_uppercase)
        && !core.chars().any(|c| "АЕИОУAEIOUРR".contains(c))
}

/// A word as it is, without what a speech program would read as a command or by its name.
pub(super) fn plain(core: &str) -> String {
    let kept = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '\'' | '’') { c } else { ' ' };
    let words: String = core.chars().map(kept).collect();
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}
