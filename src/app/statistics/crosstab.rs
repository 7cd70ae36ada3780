//! `odziv statistics crosstab`

use super::table::{Table, shown};
use super::{Source, say, say_json};
use crate::domain::statistics::crosstab::{Cell, Crosstab, Independence, crosstab};

#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    source: Source,
    /// Column whose answers are the rows of the table
    #[arg(long, value_name = "COLUMN")]
    row: String,
    /// Column whose answers are its columns
    #[arg(long, value_name = "COLUMN")]
    column: String,
    /// Of what the per cents are
    #[arg(long, value_name = "WHAT", default_value = "column", value_parser = ["row", "column", "total"])]
    percent: String,
    /// Print everything as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(options: &Options) -> anyhow::Result<()> {
    let (answers, weights) = options.source.read()?;
    let missing = &options.source.missing;
    let rows = answers.variable(&options.row, missing)?;
    let columns = answers.variable(&options.column, missing)?;
    let found = crosstab(&rows, &columns, weights.as_ref())?;
    if options.json { say_json(&found) } else { say(format_args!("{}", text(&found, options))) }
}

fn text(found: &Crosstab, options: &Options) -> String {
    let percent = |cell: &Cell| match options.percent.as_str() {
        "row" => cell.row_percent,
        "column" => cell.column_percent,
        _ => cell.total_percent,
    };
    let title = format!("{} / {}", options.row, options.column);
    let mut table = Table::default();
    table.row([title].into_iter().chain(found.columns.iter().map(|side| side.label.clone())));
    for (side, cells) in found.rows.iter().zip(&found.cells) {
        let line = |name: &str, of: &dyn Fn(&Cell) -> String| -> Vec<String> {
            [name.to_owned()].into_iter().chain(cells.iter().map(of)).collect()
        };
        table.row(line(&side.label, &|cell| cell.tally.n.to_string()));
        table.row(line(&format!("  % of {}", options.percent), &|cell| shown(percent(cell), 1)));
        table.row(line("  stands out by", &|cell| shown(cell.residual, 1)));
    }
    table
        .row(["all".to_owned()].into_iter().chain(found.columns.iter().map(|side| side.tally.n.to_string())));
    let left_out = found.left_out;
    let test =
        found.independence.map_or_else(|| "no test of one row or column\n".to_owned(), |test| verdict(&test));
    format!("{}{} respondents, {left_out} lack an answer\n{test}", table.text(), found.all.n)
}

fn verdict(test: &Independence) -> String {
    let (degrees, v) = (test.degrees_of_freedom, test.cramers_v);
    let mut text =
        format!("chi-square {:.3}, {degrees} degrees of freedom, p = {:.4}\n", test.chi_square, test.p);
    if let Some(corrected) = test.rao_scott {
        text.push_str(&format!(
            "corrected for the weights (Rao-Scott, design effect {:.3}): chi-square {:.3}, p = {:.4}\n",
            corrected.design_effect, corrected.chi_square, corrected.p
        ));
    }
    text.push_str(&format!("Cramér's V {v:.3}\n"));
    if test.expected.too_small {
        text.push_str(&format!(
            "the test is not to be believed: expected counts are too small ({:.0} % below 5, the least {:.1}); join categories\n",
            test.expected.below_five_percent, test.expected.least
        ));
    }
    text
}
