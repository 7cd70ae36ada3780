//! `odziv dialer simulate`: what the dialler would do, before anybody is called.

mod plot;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail, ensure};
use clap::Args;

use super::commands::say;
use crate::domain::dialer::Mode;
use crate::domain::dialer::pacing::AbandonLimits;
use crate::domain::dialer::simulate::{Basics, Figures, Scenario, Setup};

/// Days of simulation in one run of the command: an hour of computing.
const MOST_WORK: usize = 500_000;
const MOST_OPERATORS: usize = 500;
/// Of the frontier that is plotted.
const PLOTTED_TARGETS: [f64; 6] = [0.005, 0.01, 0.015, 0.02, 0.025, 0.028];

/// What is simulated.
#[derive(Args, Debug)]
pub struct Simulate {
    /// Numbers of operators
    #[arg(long, value_name = "N,N", value_delimiter = ',', default_value = "3,5,10,20,50")]
    operators: Vec<usize>,
    /// Days of eight hours
    #[arg(long, default_value_t = 40)]
    days: u32,
    /// The same seed gives the same days
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// base, jump, pause, long-tail, trunk, storm, small-list, or all
    #[arg(long, value_name = "NAME,NAME", value_delimiter = ',', default_value = "base")]
    scenario: Vec<String>,
    /// progressive, predictive, or power:2 for two calls for each idle operator
    #[arg(long, value_name = "MODE,MODE", value_delimiter = ',', default_value = "progressive,predictive")]
    mode: Vec<String>,
    /// Abandoned calls in percent of live answers
    #[arg(long, value_name = "PERCENT", default_value_t = 2.5)]
    target: f64,
    /// No day over it
    #[arg(long, value_name = "PERCENT", default_value_t = 3.0)]
    cap: f64,
    /// Percent of the dials that are answered: one figure, or two between which it moves over the day
    #[arg(long, value_name = "LOW-HIGH", default_value = "20-60")]
    answer_rate: String,
    /// Seconds of talk and wrap-up
    #[arg(long, value_name = "SECONDS", default_value_t = 135.0)]
    handle_time: f64,
    /// Print JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print CSV
    #[arg(long)]
    csv: bool,
    /// Write the frontier of busy operators against abandoned calls, for several targets, as SVG
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
    /// Exit code 1 when a day passes the cap; says which
    #[arg(long)]
    check: bool,
}

/// One line of the table.
#[derive(Debug)]
struct Run {
    scenario: Scenario,
    mode: Mode,
    operators: usize,
    figures: Figures,
}

pub fn simulate(options: &Simulate) -> anyhow::Result<ExitCode> {
    options.look_over()?;
    let (scenarios, modes) = (options.scenarios()?, options.modes()?);
    let mut runs = Vec::new();
    for scenario in &scenarios {
        for mode in &modes {
            for operators in &options.operators {
                let figures = options.setup(*scenario, *mode, *operators, options.target)?.run();
                runs.push(Run { scenario: *scenario, mode: *mode, operators: *operators, figures });
            }
        }
    }
    let cap = options.cap / 100.0;
    if options.json {
        say(format_args!("{:#}\n", table::json(&runs)))?;
    } else if options.csv {
        say(format_args!("{}", table::csv(&runs)))?;
    } else {
        say(format_args!("{}", table::text(&runs, cap)))?;
    }
    if let Some(file) = &options.plot {
        let scenario = scenarios.first().copied().unwrap_or(Scenario::Base);
        let svg = plot::svg(&options.frontier(scenario)?, cap, &options.caption(scenario));
        std::fs::write(file, svg).with_context(|| file.display().to_string())?;
    }
    Ok(if options.check && passed(&runs, cap)? { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Whether a day did.
fn passed(runs: &[Run], cap: f64) -> anyhow::Result<bool> {
    let mut found = false;
    for run in runs {
        for (day, figures) in (1..).zip(&run.figures.days).filter(|(_, day)| day.tally.rate() > cap) {
            found = true;
            let Run { scenario, mode, operators, .. } = run;
            let (rate, mode) = (figures.tally.rate() * 100.0, table::mode(*mode));
            // What is read by programs stays clean.
            let line =
                format!("over the cap: {scenario}, {mode}, {operators} operators, day {day}: {rate:.2} %\n");
            std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes())?;
        }
    }
    Ok(found)
}

impl Simulate {
    fn look_over(&self) -> anyhow::Result<()> {
        ensure!(
            self.operators.iter().all(|n| (1..=MOST_OPERATORS).contains(n)),
            "--operators: 1 to {MOST_OPERATORS}"
        );
        ensure!(self.target > 0.0 && self.target <= self.cap, "--target is above 0 and not above --cap");
        ensure!(self.cap <= 50.0, "--cap: at most 50 percent");
        ensure!((10.0..=3_600.0).contains(&self.handle_time), "--handle-time: 10 to 3600 seconds");
        ensure!(self.days > 0, "--days: at least one");
        let operators: usize = self.operators.iter().sum();
        let work =
            operators.saturating_mul(self.days as usize) * self.scenario.len().max(1) * self.mode.len();
        ensure!(work <= MOST_WORK, "fewer days, operators or scenarios: this would take hours");
        Ok(())
    }

    fn scenarios(&self) -> anyhow::Result<Vec<Scenario>> {
        if self.scenario.iter().any(|name| name == "all") {
            return Ok(Scenario::ALL.to_vec());
        }
        self.scenario.iter().map(|name| name.parse().context("--scenario")).collect()
    }

    fn modes(&self) -> anyhow::Result<Vec<Mode>> {
        self.mode.iter().map(|word| mode(word)).collect()
    }

    fn setup(&self, scenario: Scenario, mode: Mode, operators: usize, target: f64) -> anyhow::Result<Setup> {
        let basics = Basics {
            operators,
            days: self.days,
            seed: self.seed,
            mode,
            target: target / 100.0,
            answer_rate: shares(&self.answer_rate)?,
            handle_time: self.handle_time,
        };
        let mut setup = Setup::of(&basics, scenario);
        setup.settings.abandon = AbandonLimits { cap: self.cap / 100.0, ..setup.settings.abandon };
        Ok(setup)
    }

    /// Of predictive dialling; progressive is where nobody is abandoned.
    fn frontier(&self, scenario: Scenario) -> anyhow::Result<Vec<plot::Line>> {
        let point = |mode, operators, target| -> anyhow::Result<plot::Point> {
            let figures = self.setup(scenario, mode, operators, target)?.run();
            Ok(plot::Point { abandoned: figures.abandon_rate(), busy: figures.busy_share() })
        };
        let line = |operators: &usize| -> anyhow::Result<plot::Line> {
            let mut points = vec![point(Mode::Progressive, *operators, self.target)?];
            for target in PLOTTED_TARGETS {
                points.push(point(Mode::Predictive, *operators, target * 100.0)?);
            }
            Ok(plot::Line { operators: *operators, points })
        };
        self.operators.iter().map(line).collect()
    }

    fn caption(&self, scenario: Scenario) -> String {
        let Self { days, seed, answer_rate, handle_time, .. } = self;
        format!(
            "Scenario {scenario}: {days} days of 8 h, {answer_rate} % answered, {handle_time:.0} s of talk and wrap-up, seed {seed}"
        )
    }
}

fn mode(word: &str) -> anyhow::Result<Mode> {
    match word.split_once(':') {
        None if word == "progressive" => Ok(Mode::Progressive),
        None if word == "predictive" => Ok(Mode::Predictive),
        Some(("power", multiple)) => {
            let multiple: f64 = multiple.parse().with_context(|| format!("--mode {word}"))?;
            ensure!((1.0..=8.0).contains(&multiple), "--mode power:N has N from 1 to 8");
            Ok(Mode::Power { multiple })
        }
        _ => bail!("--mode is progressive, predictive or power:N"),
    }
}

/// `20-60`, or `35`.
fn shares(text: &str) -> anyhow::Result<(f64, f64)> {
    let (low, high) = text.split_once('-').unwrap_or((text, text));
    let share =
        |text: &str| text.trim().trim_end_matches('%').trim().parse::<f64>().map(|percent| percent / 100.0);
    let (low, high) = (share(low).context("--answer-rate")?, share(high).context("--answer-rate")?);
    ensure!(
        0.01 <= low && low <= high && high <= 0.99,
        "--answer-rate: 1 to 99 percent, the lower one first"
    );
    Ok((low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_command_line_are_understood() {
        assert_eq!(shares("20-60").unwrap(), (0.2, 0.6));
        assert_eq!(shares("35 %").unwrap(), (0.35, 0.35));
        assert!(shares("60-20").is_err() && shares("0-50").is_err() && shares("x").is_err());
        assert_eq!(mode("power:1.5").unwrap(), Mode::Power { multiple: 1.5 });
        assert!(mode("power").is_err() && mode("power:99").is_err() && mode("preview").is_err());
    }
}
