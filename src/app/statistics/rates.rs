//! `odziv statistics rates`

use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::{Map, Value, json};

use super::answers::Answers;
use super::table::{Table, shown};
use super::{say, say_json};
use crate::domain::statistics::aapor::{Counts, Disposition, Eligibility};

#[derive(Debug, clap::Args)]
pub struct Options {
    /// CSV or XLSX with a row for each telephone number, or for each disposition
    file: PathBuf,
    /// Column with final dispositions: codes of AAPOR such as 2.11, or letters such as NC
    #[arg(long, value_name = "COLUMN", default_value = "disposition")]
    disposition: String,
    /// Column with how many ended so, where a row is not one number
    #[arg(long, value_name = "COLUMN")]
    count: Option<String>,
    /// Share of the unknown who were to be asked, from 0 to 1 [default: as of those of whom it is known]
    #[arg(long, value_name = "SHARE")]
    e: Option<f64>,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(options: &Options) -> anyhow::Result<()> {
    let answers = Answers::read(&options.file)?;
    let weights = answers.weights(options.count.as_deref())?;
    let column = answers.column(&options.disposition)?;
    let mut counts = Counts::default();
    for (row, cell) in answers.cells(column).enumerate() {
        let disposition = Disposition::of_code(cell).with_context(|| format!("row {}", row + 1))?;
        let count = weights.as_ref().and_then(|weights| weights.values().get(row).copied());
        counts.add(disposition, count.unwrap_or(1.0));
    }
    let rates = counts.rates(options.e.map_or(Eligibility::Proportional, Eligibility::Given))?;
    if options.json {
        let named: Map<String, Value> =
            rates.named().iter().map(|(name, rate)| ((*name).to_owned(), json!(rate))).collect();
        return say_json(&json!({ "counts": counts, "e": rates.e, "rates": named }));
    }
    let mut table = Table::default();
    for (name, rate) in rates.named() {
        table.row([name.to_owned(), shown(rate.map(|rate| 100.0 * rate), 1)]);
    }
    table.row(["e".to_owned(), shown(rates.e, 3)]);
    say(format_args!("{}", table.text()))
}
