//! What is added up in the cells of a table.

use super::super::frequency::Tally;

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct CellSum {
    pub n: u64,
    pub weight: f64,
    /// Of the squares of the weights.
    pub squares: f64,
}

impl CellSum {
    pub fn tally(&self) -> Tally {
        Tally { n: self.n, weight: self.weight }
    }

    fn plus(self, other: &Self) -> Self {
        Self {
            n: self.n + other.n,
            weight: self.weight + other.weight,
            squares: self.squares + other.squares,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sums {
    columns: usize,
    /// Row by row.
    cells: Vec<CellSum>,
}

impl Sums {
    pub fn new(rows: usize, columns: usize) -> Self {
        Self { columns, cells: vec![CellSum::default(); rows * columns] }
    }

    pub fn add(&mut self, row: usize, column: usize, weight: f64) {
        if column < self.columns
            && let Some(cell) = self.cells.get_mut(row * self.columns + column)
        {
            *cell = cell.plus(&CellSum { n: 1, weight, squares: weight * weight });
        }
    }

    pub fn rows(&self) -> usize {
        self.cells.len().checked_div(self.columns).unwrap_or(0)
    }

    pub fn columns(&self) -> usize {
        self.columns
    }

    pub fn get(&self, row: usize, column: usize) -> CellSum {
        self.cells.get(row * self.columns + column).copied().unwrap_or_default()
    }

    pub fn row(&self, row: usize) -> CellSum {
        (0..self.columns).fold(CellSum::default(), |sum, column| sum.plus(&self.get(row, column)))
    }

    pub fn column(&self, column: usize) -> CellSum {
        (0..self.rows()).fold(CellSum::default(), |sum, row| sum.plus(&self.get(row, column)))
    }

    pub fn total(&self) -> CellSum {
        self.cells.iter().fold(CellSum::default(), CellSum::plus)
    }

    /// Without rows and columns that weigh nothing; the places that the others had.
    pub fn without_empty(&self) -> (Self, Vec<usize>, Vec<usize>) {
        let rows: Vec<usize> = (0..self.rows()).filter(|row| self.row(*row).weight > 0.0).collect();
        let columns: Vec<usize> =
            (0..self.columns).filter(|column| self.column(*column).weight > 0.0).collect();
        let cells = rows.iter().flat_map(|row| columns.iter().map(|column| self.get(*row, *column)));
        (Self { columns: columns.len(), cells: cells.collect() }, rows, columns)
    }
}
