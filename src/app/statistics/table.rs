//! Tables for a terminal: labels to the left, numbers to the right.

use std::fmt::Write as _;

/// Of a label; a whole question would push the numbers off the page.
const LONGEST_LABEL: usize = 40;

#[derive(Debug, Default)]
pub(super) struct Table(Vec<Vec<String>>);

impl Table {
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.0.push(cells.into_iter().map(|cell| cut(&cell)).collect());
    }

    pub fn text(&self) -> String {
        let columns = self.0.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            self.0.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max()
        };
        let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
        let mut text = String::new();
        for row in &self.0 {
            let mut line = String::new();
            for (at, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let written =
                    if at == 0 { write!(line, "{cell:<width$}") } else { write!(line, "  {cell:>width$}") };
                debug_assert!(written.is_ok(), "a String takes everything");
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// Or a dash for what does not exist.
pub(super) fn shown(number: Option<f64>, digits: usize) -> String {
    number.map_or_else(|| "-".to_owned(), |number| format!("{number:.digits$}"))
}

pub(super) fn words<const N: usize>(words: [&str; N]) -> [String; N] {
    words.map(str::to_owned)
}

fn cut(label: &str) -> String {
    let label = label.replace(['\n', '\t'], " ");
    if label.chars().count() <= LONGEST_LABEL {
        return label;
    }
    label.chars().take(LONGEST_LABEL - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_under_each_other_in_any_script() {
        let mut table = Table::default();
        table.row(words(["", "n"]));
        table.row(words(["потпуно задовољан", "7"]));
        table.row(words(["da", "1234"]));
        assert_eq!(
            table.text(),
            "                      n\nпотпуно задовољан     7\nda                 1234\n"
        );
    }
}
