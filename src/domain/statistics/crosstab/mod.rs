//! Two variables together: who answers this question so, and that one so, and whether the two have anything to do with each other.

mod independence;
mod rao_scott;
mod sums;
#[cfg(test)]
mod tests;

use serde::Serialize;

pub use independence::{ExpectedCounts, Independence, RaoScott};
use sums::{CellSum, Sums};

use super::frequency::Tally;
use super::percent;
use super::variable::{Answer, Variable};
use super::weights::{BadWeights, Weights, each};

/// Rows and columns. Nobody reads a larger table, and counts in it are too small to tell anything.
pub const MOST_CATEGORIES: usize = 200;

#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CrosstabError {
    #[error("{categories} categories: a table has at most {MOST_CATEGORIES} rows and columns")]
    TooManyCategories { categories: usize },
    #[error("{rows} respondents of the one variable and {columns} of the other")]
    Lengths { rows: usize, columns: usize },
    #[error("nobody answered both")]
    Nobody,
    #[error(transparent)]
    Weights(#[from] BadWeights),
}

/// A category of one of the variables.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Side {
    /// Its place in the list of the variable.
    pub category: usize,
    pub label: String,
    pub tally: Tally,
    /// Of all in the table.
    pub percent: Option<f64>,
}

/// The per cents are of weights.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Cell {
    pub tally: Tally,
    pub row_percent: Option<f64>,
    pub column_percent: Option<f64>,
    pub total_percent: Option<f64>,
    /// The weight as a count: all weights in the table brought to a mean of 1.
    pub count: f64,
    /// Of counts, if the variables had nothing to do with each other.
    pub expected: f64,
    /// The adjusted standardised residual (Haberman, Biometrics 29, 1973), with weights divided by the root of the design effect: beyond ±2
    /// the cell stands out. None in a table with one row or column.
    pub residual: Option<f64>,
}

/// Only rows and columns in which somebody is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Crosstab {
    pub rows: Vec<Side>,
    pub columns: Vec<Side>,
    /// By rows.
    pub cells: Vec<Vec<Cell>>,
    pub all: Tally,
    /// Respondents who lack one of the answers, or both.
    pub left_out: u64,
    /// None in a table with one row or column.
    pub independence: Option<Independence>,
}

pub fn crosstab(
    rows: &Variable,
    columns: &Variable,
    weights: Option<&Weights>,
) -> Result<Crosstab, CrosstabError> {
    if rows.len() != columns.len() {
        return Err(CrosstabError::Lengths { rows: rows.len(), columns: columns.len() });
    }
    let widest = rows.categories().len().max(columns.categories().len());
    let (filled, left_out) = if widest <= MOST_CATEGORIES {
        gather(rows, columns, weights)?
    } else {
        return Err(CrosstabError::TooManyCategories { categories: widest });
    };
    let (sums, kept_rows, kept_columns) = filled.without_empty();
    let all = sums.total();
    if all.weight <= 0.0 {
        return Err(CrosstabError::Nobody);
    }
    let independence = Independence::of(&sums, weights.is_some());
    let design_effect =
        independence.and_then(|found| found.rao_scott).map_or(1.0, |found| found.design_effect);
    let row_sums: Vec<Tally> = (0..sums.rows()).map(|row| sums.row(row).tally()).collect();
    let column_sums: Vec<Tally> = (0..sums.columns()).map(|column| sums.column(column).tally()).collect();
    let cells = row_sums.iter().enumerate().map(|(row, of_row)| {
        let cell = |(column, of_column): (usize, &Tally)| {
            cell(sums.get(row, column), of_row.weight, of_column.weight, &all, design_effect)
        };
        column_sums.iter().enumerate().map(cell).collect()
    });
    Ok(Crosstab {
        cells: cells.collect(),
        rows: sides(rows, &kept_rows, &row_sums, &all),
        columns: sides(columns, &kept_columns, &column_sums, &all),
        all: all.tally(),
        left_out,
        independence,
    })
}

fn gather(
    rows: &Variable,
    columns: &Variable,
    weights: Option<&Weights>,
) -> Result<(Sums, u64), CrosstabError> {
    let mut sums = Sums::new(rows.categories().len(), columns.categories().len());
    let mut left_out = 0;
    let pairs = rows.answers().iter().zip(columns.answers());
    for ((row, column), weight) in pairs.zip(each(weights, rows.len())?) {
        match (row, column) {
            (Answer::Valid(row), Answer::Valid(column)) => {
                sums.add(usize::from(*row), usize::from(*column), weight);
            }
            _ => left_out += 1,
        }
    }
    Ok((sums, left_out))
}

fn sides(variable: &Variable, kept: &[usize], sums: &[Tally], all: &CellSum) -> Vec<Side> {
    let label = |at: &usize| variable.categories().get(*at).cloned().unwrap_or_default();
    let side = |(category, tally): (&usize, &Tally)| Side {
        category: *category,
        label: label(category),
        tally: *tally,
        percent: percent(tally.weight, all.weight),
    };
    kept.iter().zip(sums).map(side).collect()
}

fn cell(sum: CellSum, row: f64, column: f64, all: &CellSum, design_effect: f64) -> Cell {
    let scale = all.n as f64 / all.weight;
    let (count, expected) = (sum.weight * scale, row * column / all.weight * scale);
    let variance = expected * (1.0 - row / all.weight) * (1.0 - column / all.weight) * design_effect;
    Cell {
        tally: sum.tally(),
        row_percent: percent(sum.weight, row),
        column_percent: percent(sum.weight, column),
        total_percent: percent(sum.weight, all.weight),
        count,
        expected,
        residual: (variance > 0.0).then(|| (count - expected) / variance.sqrt()),
    }
}
