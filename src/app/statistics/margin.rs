//! `odziv statistics margin`

use serde_json::json;

use super::{say, say_json};
use crate::domain::statistics::margin_of_error::{
    Level, Sample, interviews_needed, normal_approximation, wilson,
};

#[derive(Debug, clap::Args)]
pub struct Options {
    /// How many answered
    #[arg(long, required_unless_present = "margin")]
    n: Option<u64>,
    /// How many of them said so, in per cent
    #[arg(long, value_name = "PERCENT", default_value_t = 50.0)]
    share: f64,
    /// Instead: the margin that is wanted, in points of per cent; prints how many interviews it needs
    #[arg(long, value_name = "POINTS", conflicts_with = "n")]
    margin: Option<f64>,
    /// How many people there are, when a good part of them is asked
    #[arg(long, value_name = "N")]
    population: Option<u64>,
    /// What the weights cost, as `frequencies` and `rake` print it
    #[arg(long, value_name = "X", default_value_t = 1.0)]
    design_effect: f64,
    /// How often intervals hold the true figure, in per cent
    #[arg(long, default_value = "95", value_parser = super::level)]
    level: Level,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(options: &Options) -> anyhow::Result<()> {
    let Options { population, design_effect, level, .. } = *options;
    let n = match (options.n, options.margin) {
        (Some(n), _) => n,
        (None, margin) => {
            let margin = margin.unwrap_or_default() / 100.0;
            let needed = interviews_needed(margin, design_effect, population, level)?;
            return if options.json {
                say_json(&json!({ "interviews": needed }))
            } else {
                say(format_args!("{needed} interviews\n"))
            };
        }
    };
    let sample = Sample::new(n, design_effect, population)?;
    let share = options.share / 100.0;
    let (wilson, normal) = (wilson(share, &sample, level)?, normal_approximation(share, &sample, level)?);
    if options.json {
        return say_json(&json!({ "wilson": wilson, "normal": normal }));
    }
    say(format_args!(
        "{:.1} %: from {:.1} to {:.1} % (Wilson); ± {:.1} by the normal approximation\n",
        options.share,
        100.0 * wilson.low,
        100.0 * wilson.high,
        100.0 * normal.margin
    ))
}
