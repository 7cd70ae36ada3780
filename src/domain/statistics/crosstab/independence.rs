//! Whether two variables have anything to do with each other.

use serde::Serialize;

use super::super::distribution::chi_square;
use super::rao_scott::design_effect;
use super::sums::Sums;

/// Pearson's test (Philosophical Magazine 50, 1900), without a correction for continuity.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Independence {
    /// With weights: of the counts that they give, brought to a mean of 1.
    pub chi_square: f64,
    pub degrees_of_freedom: u32,
    /// As if nobody had a weight; with weights see `rao_scott`.
    pub p: f64,
    /// How strong it is, from 0 to 1 (Cramér, Mathematical Methods of Statistics, 1946).
    pub cramers_v: f64,
    pub expected: ExpectedCounts,
    /// Only with weights.
    pub rao_scott: Option<RaoScott>,
}

/// Weights make counts less sure than they look: the test with chi-square divided by the mean design effect (the first-order correction of Rao &
/// Scott, Annals of Statistics 12, 1984).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RaoScott {
    pub design_effect: f64,
    pub chi_square: f64,
    pub p: f64,
}

/// The distribution of chi-square is true only for expected counts that are not too small.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ExpectedCounts {
    pub least: f64,
    pub below_five_percent: f64,
    /// Cochran's rule (Biometrics 10, 1954): more than a fifth of them below 5, or one below 1. Then the test is not to be believed.
    pub too_small: bool,
}

impl Independence {
    pub(super) fn of(sums: &Sums, is_weighted: bool) -> Option<Self> {
        let (rows, columns) = (sums.rows(), sums.columns());
        if rows < 2 || columns < 2 {
            return None;
        }
        let all = sums.total();
        let n = all.n as f64;
        let scale = n / all.weight;
        let row_sums: Vec<f64> = (0..rows).map(|row| sums.row(row).weight).collect();
        let column_sums: Vec<f64> = (0..columns).map(|column| sums.column(column).weight).collect();
        let (mut chi_square, mut least, mut below_five) = (0.0, f64::INFINITY, 0_u32);
        for (row, of_row) in row_sums.iter().enumerate() {
            for (column, of_column) in column_sums.iter().enumerate() {
                let expected = of_row * of_column / all.weight * scale;
                chi_square += (sums.get(row, column).weight * scale - expected).powi(2) / expected;
                least = least.min(expected);
                below_five += u32::from(expected < 5.0);
            }
        }
        let degrees = u32::try_from((rows - 1) * (columns - 1)).ok()?;
        let below_five_percent = 100.0 * f64::from(below_five) / (rows * columns) as f64;
        let smaller = (rows.min(columns) - 1) as f64;
        Some(Self {
            chi_square,
            degrees_of_freedom: degrees,
            p: chi_square::tail(chi_square, degrees),
            cramers_v: (chi_square / (n * smaller)).sqrt().min(1.0),
            expected: ExpectedCounts {
                least,
                below_five_percent,
                too_small: below_five_percent > 20.0 || least < 1.0,
            },
            rao_scott: is_weighted.then(|| {
                let design_effect = design_effect(sums);
                let corrected = chi_square / design_effect;
                let p = chi_square::tail(corrected, degrees);
                RaoScott { design_effect, chi_square: corrected, p }
            }),
        })
    }

    /// What is to be said in public: with weights the corrected one.
    pub fn reported_p(&self) -> f64 {
        self.rao_scott.map_or(self.p, |corrected| corrected.p)
    }
}
