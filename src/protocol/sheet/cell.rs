//! What stands in a cell, as its writer meant it.

/// Without what nobody sees: spaces around it, control characters, marks of direction that telephones copy along with a number, and the
/// signs by which people keep a spreadsheet from taking a telephone number for a sum (`'0641234567`, `="0641234567"`).
pub(super) fn plain(text: &str) -> String {
    let text = trimmed(text);
    let text = text.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
    let apostrophe = text.strip_prefix('\'').filter(|rest| {
        !rest.contains('\'') && rest.starts_with(|c: char| c.is_ascii_digit() || "=+-@".contains(c))
    });
    let text = trimmed(apostrophe.unwrap_or(text));
    let odd = |c: char| is_unseen(c) || (c.is_control() && c != '\n') || c == '\u{a0}' || c == '\u{202f}';
    if !text.contains(odd) {
        return text.to_owned();
    }
    let spaces = text.replace(['\t', '\u{a0}', '\u{202f}'], " ");
    let seen: String = spaces.chars().filter(|c| !is_unseen(*c) && (!c.is_control() || *c == '\n')).collect();
    trimmed(&seen).to_owned()
}

/// A number as a person reads it: without the fraction that it has not, and never as a power of ten.
pub(super) fn number(value: f64) -> String {
    // Up to 2^53 every whole number is exactly itself; telephone numbers have 15 digits at most.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() <= EXACT { format!("{value:.0}") } else { format!("{value}") }
}

fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c.is_control() || is_unseen(c))
}

fn is_unseen(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
}
