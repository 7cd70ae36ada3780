//! `odziv statistics rake`

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde_json::json;

use super::answers::{Answers, number};
use super::{Source, say, say_json};
use crate::domain::statistics::raking::{self, Margin, Raked, rake};
use crate::domain::statistics::variable::{Answer, Variable};

#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    source: Source,
    /// CSV or XLSX with three columns: column of the answers, category, how many there are (or their per cent)
    #[arg(long, value_name = "FILE")]
    margins: PathBuf,
    /// Where the answers go with a column more
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    /// Name of that column
    #[arg(long, value_name = "COLUMN", default_value = "weight")]
    name: String,
    /// No weight above so many times the mean one, for example 5
    #[arg(long, value_name = "X")]
    trim: Option<f64>,
    /// Print what became of it as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(options: &Options) -> anyhow::Result<()> {
    let (answers, base) = options.source.read()?;
    if answers.names.contains(&options.name) {
        bail!("the answers have a column {:?} already; choose another with --name", options.name);
    }
    if fs::canonicalize(&options.output)
        .is_ok_and(|output| fs::canonicalize(&options.source.file).is_ok_and(|file| file == output))
    {
        bail!("the answers stay as they are; choose another file with --output");
    }
    let margins = margins(options, &answers)?;
    let wanted: Vec<Margin<'_>> = margins.iter().map(Known::margin).collect();
    let settings = raking::Options { largest_weight: options.trim, ..raking::Options::default() };
    let raked = rake(&wanted, base.as_ref(), &settings)?;
    write(&options.output, &answers, &options.name, &raked)?;
    let values = raked.weights.values();
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = values.iter().copied().fold(0.0, f64::max);
    if options.json {
        return say_json(&json!({
            "respondents": values.len(), "rounds": raked.rounds, "off_by": raked.off_by, "trimmed": raked.trimmed,
            "least": least, "greatest": greatest,
            "design_effect": raked.kish.design_effect, "effective_n": raked.kish.effective_n,
        }));
    }
    say(format_args!(
        "{} respondents in {} rounds: weights from {least:.3} to {greatest:.3}, {} at the bound\n\
         design effect {:.3}: they tell as much as {:.0} without weights\n",
        values.len(),
        raked.rounds,
        raked.trimmed,
        raked.kish.design_effect,
        raked.kish.effective_n
    ))
}

/// A margin with its variable.
#[derive(Debug)]
struct Known {
    name: String,
    variable: Variable,
    totals: Vec<f64>,
}

impl Known {
    fn margin(&self) -> Margin<'_> {
        Margin { name: &self.name, variable: &self.variable, totals: &self.totals }
    }
}

/// By the columns of the answers, in the order of the file.
fn margins(options: &Options, answers: &Answers) -> anyhow::Result<Vec<Known>> {
    let file = Answers::read(&options.margins)?;
    let mut names: Vec<String> = Vec::new();
    let mut totals: BTreeMap<String, BTreeMap<String, f64>> = BTreeMap::new();
    for (row, cells) in file.rows.iter().enumerate() {
        let [column, category, total] = cells.as_slice() else {
            bail!("row {} of the margins has not three cells: column, category, total", row + 1);
        };
        let total = number(total).with_context(|| format!("row {} of the margins has no number", row + 1))?;
        if !names.contains(column) {
            names.push(column.clone());
        }
        if totals.entry(column.clone()).or_default().insert(category.clone(), total).is_some() {
            bail!("the margins have {category:?} of {column} twice");
        }
    }
    let known = |name: String| {
        let totals = totals.remove(&name).unwrap_or_default();
        known(answers, name, totals, &options.source.missing)
    };
    names.into_iter().map(known).collect()
}

/// The categories are those of the margin and those that were answered; what stands in one alone is told by raking.
fn known(
    answers: &Answers,
    name: String,
    totals: BTreeMap<String, f64>,
    missing: &[String],
) -> anyhow::Result<Known> {
    let answered = answers.variable(&name, missing)?;
    let mut categories = answered.categories().to_vec();
    let others: Vec<String> =
        totals.keys().filter(|category| !categories.contains(category)).cloned().collect();
    categories.extend(others);
    let totals = categories.iter().map(|category| totals.get(category).copied().unwrap_or(0.0)).collect();
    let given: Vec<Answer> = answered.answers().to_vec();
    let variable =
        Variable::new(categories, answered.missing().to_vec(), given).with_context(|| name.clone())?;
    Ok(Known { name, variable, totals })
}

/// As the answers came, with the weight of each behind them. First beside its place, so that no half of a file is left there.
fn write(path: &Path, answers: &Answers, name: &str, raked: &Raked) -> anyhow::Result<()> {
    let delimiter = answers.delimiter;
    let mut text = "\u{feff}".to_owned();
    let line = |cells: &mut dyn Iterator<Item = &str>, last: &str| -> String {
        let mut line: String = cells.map(|cell| quoted(cell, delimiter) + &delimiter.to_string()).collect();
        line.push_str(last);
        line + "\r\n"
    };
    text.push_str(&line(&mut answers.names.iter().map(String::as_str), &quoted(name, delimiter)));
    for (row, weight) in answers.rows.iter().zip(raked.weights.values()) {
        let cells = row.iter().map(String::as_str).chain(std::iter::repeat(""));
        text.push_str(&line(&mut cells.take(answers.names.len()), &weight.to_string()));
    }
    let beside = path.with_extension("part");
    fs::write(&beside, text)
        .and_then(|()| fs::rename(&beside, path))
        .with_context(|| path.display().to_string())
}

/// Words of a citizen must not be run as a formula (OWASP: CSV injection); numbers stay numbers.
fn quoted(cell: &str, delimiter: char) -> String {
    let is_formula = cell.starts_with(['=', '+', '-', '@']) && number(cell).is_none();
    let cell = if is_formula { format!("'{cell}") } else { cell.to_owned() };
    if cell.contains(['"', '\n', '\r', delimiter]) {
        return format!("\"{}\"", cell.replace('"', "\"\""));
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_what_they_were_and_no_formulas() {
        let quoted = |cell| quoted(cell, ';');
        assert_eq!([quoted("-5"), quoted("a;b"), quoted("a \"b\"")], ["-5", "\"a;b\"", "\"a \"\"b\"\"\""]);
        assert_eq!([quoted("=1+1"), quoted("-5+A1"), quoted("ne, hvala")], ["'=1+1", "'-5+A1", "ne, hvala"]);
    }
}
