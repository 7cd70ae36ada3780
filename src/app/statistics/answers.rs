//! Answers of a survey as a table: a row for each respondent, a column for each question.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, bail};

use super::Source;
use crate::domain::statistics::variable::Variable;
use crate::domain::statistics::weights::Weights;
use crate::protocol::sheet::{Form, Sheet};

/// A hundred columns of a million respondents are less.
const LARGEST_FILE: u64 = 1 << 30;

#[derive(Debug)]
pub(super) struct Answers {
    pub names: Vec<String>,
    pub rows: Vec<Vec<String>>,
    /// Between two cells; of a workbook what spreadsheets of the country expect.
    pub delimiter: char,
}

impl Answers {
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        Self::read_sheet(path).with_context(|| path.display().to_string())
    }

    fn read_sheet(path: &Path) -> anyhow::Result<Self> {
        let mut octets = Vec::new();
        let read = File::open(path)?.take(LARGEST_FILE + 1).read_to_end(&mut octets)?;
        if read as u64 > LARGEST_FILE {
            bail!("larger than a survey");
        }
        let mut sheet = Sheet::open(&octets, &path.to_string_lossy())?;
        let delimiter = match sheet.form() {
            Form::Csv { delimiter, .. } => delimiter,
            Form::Workbook { .. } => ';',
        };
        let mut rows = sheet.rows();
        let names = rows.next().context("there is no row with the names of the columns")??.cells;
        let rows = rows.map(|row| row.map(|row| row.cells)).collect::<Result<Vec<_>, _>>()?;
        if let Some(row) = rows.iter().position(|row| row.len() > names.len()) {
            bail!("respondent {} has more answers than there are columns", row + 1);
        }
        Ok(Self { names, rows, delimiter })
    }

    /// By its name, capital letters or small.
    pub fn column(&self, name: &str) -> anyhow::Result<usize> {
        let exact = self.names.iter().position(|known| known == name);
        let place = || self.names.iter().position(|known| known.to_lowercase() == name.to_lowercase());
        exact
            .or_else(place)
            .with_context(|| format!("there is no column {name:?}; there are: {}", self.names.join(", ")))
    }

    pub fn cells(&self, column: usize) -> impl Iterator<Item = &str> {
        self.rows.iter().map(move |row| row.get(column).map_or("", String::as_str))
    }

    pub fn variable(&self, name: &str, missing: &[String]) -> anyhow::Result<Variable> {
        let column = self.column(name)?;
        Variable::of_words(self.cells(column), missing).with_context(|| name.to_owned())
    }

    /// `None`: the cell is empty, or stands for no answer.
    pub fn numbers(&self, name: &str, missing: &[String]) -> anyhow::Result<Vec<Option<f64>>> {
        let read = |(row, cell): (usize, &str)| {
            if cell.is_empty() || missing.iter().any(|reason| reason == cell) {
                return Ok(None);
            }
            let number = number(cell);
            number
                .map(Some)
                .with_context(|| format!("{name} of respondent {} is no number: {cell:?}", row + 1))
        };
        self.cells(self.column(name)?).enumerate().map(read).collect()
    }

    pub fn weights(&self, name: Option<&str>) -> anyhow::Result<Option<Weights>> {
        let Some(name) = name else { return Ok(None) };
        let numbers = self.numbers(name, &[])?;
        let without = numbers.iter().position(Option::is_none);
        if let Some(respondent) = without {
            bail!("respondent {} has no weight in {name}", respondent + 1);
        }
        Ok(Some(Weights::new(numbers.into_iter().flatten().collect()).with_context(|| name.to_owned())?))
    }
}

impl Source {
    pub fn read(&self) -> anyhow::Result<(Answers, Option<Weights>)> {
        let answers = Answers::read(&self.file)?;
        let weights = answers.weights(self.weight.as_deref())?;
        Ok((answers, weights))
    }
}

/// With a point or with a comma.
pub(super) fn number(text: &str) -> Option<f64> {
    let number: f64 = text.trim().replace(',', ".").parse().ok()?;
    number.is_finite().then_some(number)
}
