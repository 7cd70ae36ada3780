//! `odziv statistics frequencies`

use std::collections::{BTreeSet, HashMap};

use anyhow::Context as _;
use serde_json::{Value, json};

use super::answers::Answers;
use super::table::{Table, shown, words};
use super::{Source, say, say_json};
use crate::domain::statistics::frequency::{Frequencies, Line, frequencies};
use crate::domain::statistics::margin_of_error::{self, Interval, Level, Sample};
use crate::domain::statistics::multiple_response::{MultipleFrequencies, ResponseSet};
use crate::domain::statistics::numeric::{Summary, summary};
use crate::domain::statistics::variable::Variable;
use crate::domain::statistics::weights::Weights;

#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    source: Source,
    /// Column of the question; may be given several times
    #[arg(long, value_name = "COLUMN", required = true)]
    question: Vec<String>,
    /// The answers are steps of a scale: add them up from the first
    #[arg(long)]
    ordered: bool,
    /// The answers are numbers: their mean, spread and quartiles
    #[arg(long, conflicts_with_all = ["ordered", "multiple"])]
    numeric: bool,
    /// Several answers in one cell, with this between them, for example "|"
    #[arg(long, value_name = "SEPARATOR", conflicts_with = "ordered")]
    multiple: Option<String>,
    /// How often intervals hold the true figure, in per cent
    #[arg(long, default_value = "95", value_parser = super::level)]
    level: Level,
    /// How many people there are, when a good part of them was asked
    #[arg(long, value_name = "N")]
    population: Option<u64>,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(options: &Options) -> anyhow::Result<()> {
    let (answers, weights) = options.source.read()?;
    let mut found = Vec::new();
    for question in &options.question {
        let (text, value) =
            one(options, &answers, weights.as_ref(), question).with_context(|| question.clone())?;
        if options.json {
            found.push(value);
        } else {
            say(format_args!("{question}\n{text}\n"))?;
        }
    }
    if options.json { say_json(&found) } else { Ok(()) }
}

fn one(
    options: &Options,
    answers: &Answers,
    weights: Option<&Weights>,
    question: &str,
) -> anyhow::Result<(String, Value)> {
    let missing = &options.source.missing;
    if options.numeric {
        let found = summary(&answers.numbers(question, missing)?, weights)?;
        let interval = interval_of_mean(&found, options)?;
        let value = json!({ "question": question, "numeric": found, "mean_interval": interval });
        return Ok((numeric_text(&found, interval), value));
    }
    if let Some(separator) = &options.multiple {
        let found = response_set(answers, question, separator, missing)?.frequencies(weights)?;
        return Ok((multiple_text(&found), json!({ "question": question, "multiple": found })));
    }
    let found = frequencies(&answers.variable(question, missing)?, weights, options.ordered)?;
    let intervals = found.valid.iter().map(|line| interval(&found, line, options));
    let intervals = intervals.collect::<anyhow::Result<Vec<_>>>()?;
    let value = json!({ "question": question, "frequencies": found, "intervals": intervals });
    Ok((text(&found, &intervals), value))
}

fn interval(found: &Frequencies, line: &Line, options: &Options) -> anyhow::Result<Option<Interval>> {
    let Some(percent) = line.valid_percent else { return Ok(None) };
    let sample = Sample::new(found.with_answer.n, found.kish.design_effect, options.population)?;
    // Rounding must not make a share of everybody.
    Ok(Some(margin_of_error::wilson((percent / 100.0).min(1.0), &sample, options.level)?))
}

fn interval_of_mean(found: &Summary, options: &Options) -> anyhow::Result<Option<Interval>> {
    let (Some(mean), Some(error)) = (found.mean, found.standard_error) else { return Ok(None) };
    let sample = Sample::new(found.n, 1.0, options.population)?;
    Ok(margin_of_error::mean(mean, error, &sample, options.level))
}

fn text(found: &Frequencies, intervals: &[Option<Interval>]) -> String {
    let mut table = Table::default();
    table.row(words(["", "n", "weighted", "%", "valid %", "cumul. %", "from %", "to %"]));
    for (line, interval) in found.valid.iter().zip(intervals) {
        let end = |of: fn(&Interval) -> f64| shown(interval.as_ref().map(|found| 100.0 * of(found)), 1);
        let ends = [end(|interval| interval.low), end(|interval| interval.high)];
        table.row(line_cells(line).into_iter().chain(ends));
    }
    for line in found.missing.iter().filter(|line| line.tally.n > 0) {
        table.row(line_cells(line));
    }
    let all = [found.all.n.to_string(), format!("{:.1}", found.all.weight)];
    table.row(["all".to_owned()].into_iter().chain(all));
    let kish = found.kish;
    format!("{}design effect {:.3}, effective n {:.1}\n", table.text(), kish.design_effect, kish.effective_n)
}

fn line_cells(line: &Line) -> [String; 6] {
    let label = if line.label.is_empty() { "(no answer)".to_owned() } else { line.label.clone() };
    [
        label,
        line.tally.n.to_string(),
        format!("{:.1}", line.tally.weight),
        shown(line.percent, 1),
        shown(line.valid_percent, 1),
        shown(line.cumulative_percent, 1),
    ]
}

fn multiple_text(found: &MultipleFrequencies) -> String {
    let mut table = Table::default();
    table.row(words(["", "n", "weighted", "% of cases", "% of responses"]));
    for line in &found.options {
        table.row([
            line.label.clone(),
            line.tally.n.to_string(),
            format!("{:.1}", line.tally.weight),
            shown(line.percent_of_cases, 1),
            shown(line.percent_of_responses, 1),
        ]);
    }
    let (cases, responses, missing) = (found.cases.n, found.responses.n, found.missing.n);
    format!("{}{cases} answered with {responses} answers, {missing} did not\n", table.text())
}

fn numeric_text(found: &Summary, interval: Option<Interval>) -> String {
    let mut table = Table::default();
    let lines = [
        ("mean", found.mean),
        ("  from", interval.map(|interval| interval.low)),
        ("  to", interval.map(|interval| interval.high)),
        ("standard deviation", found.standard_deviation),
        ("standard error", found.standard_error),
        ("least", found.least),
        ("lower quartile", found.lower_quartile),
        ("median", found.median),
        ("upper quartile", found.upper_quartile),
        ("greatest", found.greatest),
    ];
    table.row(["answers".to_owned(), found.n.to_string()]);
    table.row(["no answer".to_owned(), found.missing.to_string()]);
    for (name, number) in lines {
        table.row([name.to_owned(), shown(number, 3)]);
    }
    table.text()
}

fn response_set(
    answers: &Answers,
    question: &str,
    separator: &str,
    missing: &[String],
) -> anyhow::Result<ResponseSet> {
    let column = answers.column(question)?;
    let is_missing = |cell: &str| cell.is_empty() || missing.iter().any(|reason| reason == cell);
    let parts = |cell: &str| -> Vec<String> {
        let parts = cell.split(separator).map(str::trim).filter(|part| !part.is_empty());
        parts.map(str::to_owned).collect()
    };
    let all: Vec<String> = answers.cells(column).filter(|cell| !is_missing(cell)).flat_map(parts).collect();
    // Its categories are those that occur, in the order that people expect.
    let options = Variable::of_words(all.iter().map(String::as_str), &[])?.categories().to_vec();
    let places: HashMap<&str, u16> = options.iter().map(String::as_str).zip(0..).collect();
    let chosen = |cell: &str| -> Option<BTreeSet<u16>> {
        let chosen = || parts(cell).iter().filter_map(|part| places.get(part.as_str()).copied()).collect();
        (!is_missing(cell)).then(chosen)
    };
    let chosen = answers.cells(column).map(chosen).collect();
    Ok(ResponseSet::new(options, chosen)?)
}
