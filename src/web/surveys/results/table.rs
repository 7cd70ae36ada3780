//! Two things beside each other.

use crate::domain::statistics::crosstab::{Cell, Crosstab, Independence};
use crate::domain::statistics::weights::Weights;
use crate::domain::survey::results::{Attribute, Results};
use crate::web::page::Page;
use crate::web::surveys::words::reader;

#[derive(Debug, Default)]
pub struct TableView {
    pub rows_are: String,
    pub columns_are: String,
    pub columns: Vec<String>,
    pub rows: Vec<RowView>,
    /// Of each column.
    pub counts: Vec<String>,
    /// The test of independence in words.
    pub verdict: Vec<String>,
    /// Why there is no table.
    pub problem: String,
}

#[derive(Debug)]
pub struct RowView {
    pub label: String,
    pub cells: Vec<CellView>,
    pub count: String,
}

#[derive(Debug)]
pub struct CellView {
    /// Of its column.
    pub percent: String,
    pub count: String,
    /// `more`, `less` or empty: further from what was to be expected than chance explains.
    pub mark: &'static str,
}

/// Adjusted residuals beyond it are rarer than one in twenty (Agresti, Categorical Data Analysis, §3.3.1).
const STANDS_OUT: f64 = 1.96;

/// How a side of a table is called.
pub(super) fn side(page: &Page, results: &Results<'_>, of: &Attribute) -> String {
    let text =
        |question: &crate::domain::survey::Question| question.text.in_language(reader(page)).into_owned();
    match of {
        Attribute::Question(key) => results.question(key).map(text).unwrap_or_default(),
        Attribute::Option(key, code) => {
            let question = results.question(key);
            let option = question.and_then(|question| question.kind.option(*code));
            let option = option.map(|option| option.text.in_language(reader(page)).into_owned());
            format!("{} {}", question.map(text).unwrap_or_default(), option.unwrap_or_default())
        }
        Attribute::Mode => page.say("results-mode"),
        Attribute::Language => page.say("language"),
        Attribute::Own(name) => name.clone(),
    }
}

/// A category in the words of the reader.
pub(super) fn category(page: &Page, of: &Attribute, label: &str) -> String {
    match of.words_of() {
        Some("language") => page.word("survey-language", &label.to_lowercase()),
        Some("mode") => page.word("results-mode", label),
        Some(_) => page.word("results-option", label),
        None => label.to_owned(),
    }
}

pub(super) fn table_view(
    page: &Page,
    results: &Results<'_>,
    (rows, columns): (&Attribute, &Attribute),
    weights: Option<&Weights>,
) -> TableView {
    let empty = TableView {
        rows_are: side(page, results, rows),
        columns_are: side(page, results, columns),
        ..TableView::default()
    };
    if rows == columns {
        return TableView { problem: page.say("results-same-sides"), ..empty };
    }
    match results.table(rows, columns, weights) {
        Ok(found) => TableView {
            columns: found.columns.iter().map(|side| category(page, columns, &side.label)).collect(),
            counts: found.columns.iter().map(|side| page.number(side.tally.n)).collect(),
            rows: found
                .rows
                .iter()
                .zip(&found.cells)
                .map(|(side, cells)| RowView {
                    label: category(page, rows, &side.label),
                    cells: cells.iter().map(|one| cell(page, one)).collect(),
                    count: page.number(side.tally.n),
                })
                .collect(),
            verdict: verdict(page, &found),
            ..empty
        },
        Err(error) => {
            tracing::info!(%error, "no table of two questions");
            TableView { problem: page.say("results-no-table"), ..empty }
        }
    }
}

fn cell(page: &Page, cell: &Cell) -> CellView {
    let percent = cell.column_percent.map(|percent| format!("{} %", page.decimal(percent, 1)));
    CellView {
        percent: percent.unwrap_or_default(),
        count: page.number(cell.tally.n),
        mark: match cell.residual {
            Some(residual) if residual > STANDS_OUT => "more",
            Some(residual) if residual < -STANDS_OUT => "less",
            _ => "",
        },
    }
}

fn verdict(page: &Page, found: &Crosstab) -> Vec<String> {
    let left_out = [("all", page.number(found.all.n)), ("left", page.number(found.left_out))];
    let mut said = vec![page.with_values("results-table-basis", &left_out)];
    let Some(test) = found.independence else {
        said.push(page.say("results-no-test"));
        return said;
    };
    let p = test.reported_p();
    let figures = [
        ("chi", page.decimal(test.rao_scott.map_or(test.chi_square, |corrected| corrected.chi_square), 2)),
        ("degrees", test.degrees_of_freedom.to_string()),
        (
            "p",
            if p < 0.001 {
                format!("< {}", page.decimal(0.001, 3))
            } else {
                format!("= {}", page.decimal(p, 3))
            },
        ),
        ("v", page.decimal(test.cramers_v, 2)),
    ];
    said.push(page.with_values("results-test", &figures));
    if test.rao_scott.is_some() {
        said.push(page.say("results-rao-scott"));
    }
    said.push(page.say(meaning(&test, p)));
    said
}

fn meaning(test: &Independence, p: f64) -> &'static str {
    if test.expected.too_small {
        "results-too-few"
    } else if p < 0.05 {
        "results-related"
    } else {
        "results-not-related"
    }
}
