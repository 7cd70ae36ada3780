//! Comma-separated values (RFC 4180), as a Serbian spreadsheet reads them: UTF-8 with a mark, semicolons.

use axum::body::Body;

use super::{Bounded, Cell, Pages, pieces};

/// Without it a spreadsheet reads the file in the code page of its system.
const MARK: &str = "\u{feff}";

pub fn body<P: Pages>(heading: Vec<String>, pages: Bounded<P>) -> Body {
    pieces(pages, first(&heading), write)
}

/// The beginning of a file.
pub fn first(heading: &[String]) -> Vec<u8> {
    let heading: Vec<Cell> = heading.iter().cloned().map(Cell::Text).collect();
    let mut first = MARK.as_bytes().to_vec();
    first.extend(write(&[heading]));
    first
}

pub fn write(rows: &[Vec<Cell>]) -> Vec<u8> {
    let mut text = String::new();
    for row in rows {
        for (at, cell) in row.iter().enumerate() {
            if at > 0 {
                text.push(';');
            }
            match cell {
                Cell::Text(words) => text.push_str(&quoted(&harmless(words))),
                Cell::Number(number) => text.push_str(&number.to_string()),
                // A form that every spreadsheet takes for a date.
                Cell::Moment(at) => text.push_str(&at.strftime("%Y-%m-%d %H:%M:%S").to_string()),
                Cell::Day(day) => text.push_str(&day.strftime("%Y-%m-%d").to_string()),
                Cell::Nothing => {}
            }
        }
        text.push_str("\r\n");
    }
    text.into_bytes()
}

/// What a citizen wrote must not be run as a formula by the spreadsheet of whoever opens the file (OWASP: CSV injection).
fn harmless(words: &str) -> String {
    let begins =
        |c: char| matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠');
    if words.trim_start_matches(' ').starts_with(begins) { format!("'{words}") } else { words.to_owned() }
}

fn quoted(words: &str) -> String {
    if words.contains([';', ',', '"', '\r', '\n', '\t']) || words.starts_with(' ') || words.ends_with(' ') {
        return format!("\"{}\"", words.replace('"', "\"\""));
    }
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(cells: Vec<Cell>) -> String {
        String::from_utf8(write(&[cells])).unwrap()
    }

    #[test]
    fn cells_are_told_apart_whatever_they_hold() {
        let cells = ["цев", "a;b", "рекла је \"не\"", "два\nреда"].map(|text| Cell::Text(text.into()));
        assert_eq!(line(cells.into()), "цев;\"a;b\";\"рекла је \"\"не\"\"\";\"два\nреда\"\r\n");
        let at = jiff::civil::date(2026, 11, 22).at(14, 5, 0, 0);
        assert_eq!(line(vec![Cell::Nothing, Cell::Moment(at)]), ";2026-11-22 14:05:00\r\n");
    }

    #[test]
    fn nothing_that_a_citizen_wrote_is_a_formula() {
        for words in ["=1+1", "+381", "-1", "@SUM(A1)", "\t=1", "  =1", "＝1"] {
            let line = line(vec![Cell::Text(words.into())]);
            assert!(line.trim_start_matches('"').starts_with('\''), "{line}");
        }
        assert_eq!(line(vec![Cell::Text("1 = 1".into())]), "1 = 1\r\n");
    }
}
