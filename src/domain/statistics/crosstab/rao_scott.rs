//! By how much weights make the counts of a table less sure: the mean of Rao and Scott's generalised design effects.
//!
//! Their mean is the trace of D⁻¹V over the contrasts of independence, where V is the variance of the cells' shares with weights and D without
//! (Rao & Scott, Annals of Statistics 12, 1984; as in Lumley, Complex Surveys, 2010, and his package `survey`). With weights alone, no
//! clusters, the trace is a sum over the cells: n Σ (squares of the weights) (1 - h)/p, divided by (sum of the weights)² and by the number of
//! contrasts. `p` is the share of the cell, and `h` its leverage in the fit of rows and columns with the shares as weights: what is left is the
//! part of the contrasts. So no matrix is larger than the side of the table. Equal weights have an effect of exactly 1.

use super::sums::Sums;

/// What is smaller, of the diagonal, is zero and a rounding error.
const ZERO: f64 = 1e-9;

/// 1 or more as a rule; the table has two rows and columns at least, and none of them is empty.
pub(super) fn design_effect(sums: &Sums) -> f64 {
    let shares = Shares::of(sums);
    let (inverse, rank) = shares.inverse_of_columns();
    let contrasts = shares.filled() - (shares.rows.len() + rank) as f64;
    let all = sums.total();
    let mut trace = 0.0;
    for (row, of_row) in shares.rows.iter().enumerate() {
        // The mean of the row, in columns; what the columns' inverse makes of it.
        let mean: Vec<f64> = shares.cells_of(row).map(|p| p / of_row).collect();
        let turned: Vec<f64> = inverse.iter().map(|line| dot(line, &mean)).collect();
        let within = dot(&turned, &mean);
        for (column, p) in shares.cells_of(row).enumerate().filter(|(_, p)| *p > 0.0) {
            let own = inverse.get(column).and_then(|line| line.get(column)).copied().unwrap_or(0.0);
            let off = turned.get(column).copied().unwrap_or(0.0);
            let leverage = p * (of_row.recip() + own - 2.0 * off + within);
            trace += sums.get(row, column).squares * (1.0 - leverage) / p;
        }
    }
    let effect = all.n as f64 * trace / (all.weight * all.weight * contrasts);
    // Where every filled cell is all there is of its row or column, nothing is left to be estimated from: what the weights cost on the whole.
    if contrasts > 0.5 && effect > 0.0 {
        effect
    } else {
        all.n as f64 * all.squares / (all.weight * all.weight)
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Of the whole, by cells, rows and columns.
#[derive(Debug)]
struct Shares {
    cells: Vec<f64>,
    rows: Vec<f64>,
    columns: Vec<f64>,
}

impl Shares {
    fn of(sums: &Sums) -> Self {
        let all = sums.total().weight;
        let (rows, columns) = (0..sums.rows(), 0..sums.columns());
        let cell = |row: usize| columns.clone().map(move |column| sums.get(row, column).weight / all);
        Self {
            cells: rows.clone().flat_map(cell).collect(),
            rows: rows.map(|row| sums.row(row).weight / all).collect(),
            columns: columns.clone().map(|column| sums.column(column).weight / all).collect(),
        }
    }

    fn cells_of(&self, row: usize) -> impl Iterator<Item = f64> + '_ {
        let width = self.columns.len();
        self.cells.iter().skip(row * width).take(width).copied()
    }

    /// How many cells somebody is in.
    fn filled(&self) -> f64 {
        self.cells.iter().filter(|p| **p > 0.0).count() as f64
    }

    /// A generalised inverse of what the columns have when the rows are taken out, diag(c) - P' diag(1/r) P, and its rank.
    fn inverse_of_columns(&self) -> (Vec<Vec<f64>>, usize) {
        let mut matrix: Vec<Vec<f64>> =
            (0..self.columns.len()).map(|_| vec![0.0; self.columns.len()]).collect();
        for (at, (line, of_column)) in matrix.iter_mut().zip(&self.columns).enumerate() {
            line.iter_mut().skip(at).take(1).for_each(|value| *value = *of_column);
        }
        for (row, of_row) in self.rows.iter().enumerate() {
            let cells: Vec<f64> = self.cells_of(row).collect();
            for (line, p) in matrix.iter_mut().zip(&cells) {
                line.iter_mut().zip(&cells).for_each(|(value, q)| *value -= p * q / of_row);
            }
        }
        let rank = sweep(&mut matrix, &self.columns);
        (matrix, rank)
    }
}

/// Sweeps a symmetric matrix that is not negative into a generalised inverse of it (Goodnight, The American Statistician 33, 1979); its rank.
/// `scale`: what its diagonal is compared with to be zero.
fn sweep(matrix: &mut [Vec<f64>], scale: &[f64]) -> usize {
    let mut rank = 0;
    for (k, scale) in scale.iter().enumerate() {
        let Some(pivot_line) = matrix.get(k).cloned() else { continue };
        let pivot = pivot_line.get(k).copied().unwrap_or(0.0);
        if pivot <= ZERO * scale {
            // Depends on those before it: it has no part in the inverse.
            for (i, line) in matrix.iter_mut().enumerate() {
                let whole = i == k;
                line.iter_mut()
                    .enumerate()
                    .filter(|(j, _)| whole || *j == k)
                    .for_each(|(_, value)| *value = 0.0);
            }
            continue;
        }
        rank += 1;
        for (i, line) in matrix.iter_mut().enumerate() {
            if i == k {
                for (j, value) in line.iter_mut().enumerate() {
                    *value = if j == k { pivot.recip() } else { *value / pivot };
                }
                continue;
            }
            let factor = line.get(k).copied().unwrap_or(0.0);
            for (j, (value, of_pivot)) in line.iter_mut().zip(&pivot_line).enumerate() {
                *value = if j == k { -factor / pivot } else { *value - factor * of_pivot / pivot };
            }
        }
    }
    rank
}
