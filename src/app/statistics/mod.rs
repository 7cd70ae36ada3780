//! `odziv statistics`: what a survey's answers say, from the file that was exported, or from anybody's. Nothing of an installation is needed.

mod answers;
mod crosstab;
mod frequencies;
mod margin;
mod rake;
mod rates;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use serde::Serialize;

use super::commands::say;
use crate::domain::statistics::margin_of_error::Level;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// How often each answer was given, with margins of error
    Frequencies(frequencies::Options),
    /// Two columns together: per cents, chi-square, what stands out
    Crosstab(crosstab::Options),
    /// Write the answers again with weights that bring the respondents to known margins
    Rake(rake::Options),
    /// How many took part, by the definitions of AAPOR, from a column of final dispositions
    Rates(rates::Options),
    /// How far a share may be from that of the town, or how many interviews a margin of error needs
    Margin(margin::Options),
}

/// The answers: a row for each respondent.
#[derive(Debug, clap::Args)]
struct Source {
    /// CSV or XLSX; the first row has the names of the columns
    file: PathBuf,
    /// Column with the weight of each respondent
    #[arg(long, value_name = "COLUMN")]
    weight: Option<String>,
    /// What stands for no answer, beside an empty cell; for example "99,odbija"
    #[arg(long, value_name = "CODES", value_delimiter = ',')]
    missing: Vec<String>,
}

pub fn run(command: &Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Frequencies(options) => frequencies::run(options)?,
        Command::Crosstab(options) => crosstab::run(options)?,
        Command::Rake(options) => rake::run(options)?,
        Command::Rates(options) => rates::run(options)?,
        Command::Margin(options) => margin::run(options)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn say_json(what: &impl Serialize) -> anyhow::Result<()> {
    say(format_args!("{}\n", serde_json::to_string_pretty(what).context("no JSON")?))
}

fn level(text: &str) -> Result<Level, String> {
    let percent = text.parse().map_err(|_| "not a number".to_owned())?;
    Level::of_percent(percent).map_err(|error| error.to_string())
}
