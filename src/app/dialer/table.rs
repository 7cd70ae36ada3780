//! Figures for people, for programs and for sheets.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Run;
use crate::domain::dialer::Mode;

pub(super) fn mode(mode: Mode) -> String {
    match mode {
        Mode::Preview => "preview".to_owned(),
        Mode::Progressive => "progressive".to_owned(),
        Mode::Power { multiple } => format!("power:{multiple}"),
        Mode::Predictive => "predictive".to_owned(),
        Mode::Agentless => "agentless".to_owned(),
    }
}

/// A mark stands behind a worst day over the cap.
pub(super) fn text(runs: &[Run], cap: f64) -> String {
    let mut out = format!(
        "{:<11} {:<12} {:>9} {:>7} {:>10} {:>10} {:>9} {:>9} {:>11} {:>6}  {}\n",
        "scenario",
        "mode",
        "operators",
        "busy %",
        "abandon %",
        "worst day",
        "answer %",
        "dials/day",
        "wait/call s",
        "p95 s",
        "list over"
    );
    for run in runs {
        let (figures, days) = (&run.figures, run.figures.days.len().max(1) as u64);
        let mark = if figures.worst_day() > cap { "!" } else { " " };
        let over =
            figures.list_over.map(|(day, hour)| format!("day {}, {hour:.1} h", day + 1)).unwrap_or_default();
        // Into a string: it cannot fail.
        let _ = writeln!(
            out,
            "{:<11} {:<12} {:>9} {:>7.1} {:>10.2} {:>9.2}{mark} {:>9.1} {:>9} {:>11.1} {:>6.1}  {over}",
            run.scenario.as_str(),
            mode(run.mode),
            run.operators,
            figures.busy_share() * 100.0,
            figures.abandon_rate() * 100.0,
            figures.worst_day() * 100.0,
            figures.answered_share() * 100.0,
            figures.total().dials / days,
            figures.wait_between_calls(),
            figures.time_to_operator_p95(),
        );
    }
    out
}

/// Shares from 0 to 1, times in seconds.
pub(super) fn json(runs: &[Run]) -> Value {
    runs.iter()
        .map(|run| {
            Value::Object(columns(run).into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
        })
        .collect()
}

pub(super) fn csv(runs: &[Run]) -> String {
    let mut out = String::new();
    for run in runs {
        let columns = columns(run);
        if out.is_empty() {
            out.push_str(&columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(","));
            out.push('\n');
        }
        let cells = columns.iter().map(|(_, value)| match value {
            Value::Null => String::new(),
            Value::String(word) => word.clone(),
            other => other.to_string(),
        });
        out.push_str(&cells.collect::<Vec<_>>().join(","));
        out.push('\n');
    }
    out
}

fn columns(run: &Run) -> Vec<(&'static str, Value)> {
    let (figures, total) = (&run.figures, run.figures.total());
    vec![
        ("scenario", json!(run.scenario)),
        ("mode", json!(mode(run.mode))),
        ("operators", json!(run.operators)),
        ("days", json!(figures.days.len())),
        ("busy", rounded(figures.busy_share())),
        ("abandoned", rounded(figures.abandon_rate())),
        ("worst_day", rounded(figures.worst_day())),
        ("answered", rounded(figures.answered_share())),
        ("dials", json!(total.dials)),
        ("refused_by_network", json!(total.refused)),
        ("connected_calls", json!(total.tally.connected)),
        ("abandoned_calls", json!(total.tally.abandoned)),
        ("completed", json!(total.completed)),
        ("wait_between_calls", rounded(figures.wait_between_calls())),
        ("time_to_operator_p95", rounded(figures.time_to_operator_p95())),
        ("list_over_day", json!(figures.list_over.map(|(day, _)| day + 1))),
        ("list_over_hour", figures.list_over.map_or(Value::Null, |(_, hour)| rounded(hour))),
    ]
}

fn rounded(figure: f64) -> Value {
    json!((figure * 1e5).round() / 1e5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::dialer::simulate::{Basics, Scenario, Setup};

    fn runs() -> Vec<Run> {
        let basics = Basics { operators: 3, days: 1, mode: Mode::Progressive, ..Basics::default() };
        let figures = Setup::of(&basics, Scenario::Base).run();
        vec![Run { scenario: Scenario::Base, mode: basics.mode, operators: 3, figures }]
    }

    #[test]
    fn all_forms_say_the_same() {
        let runs = runs();
        let text = text(&runs, 0.03);
        assert!(text.lines().nth(1).unwrap().starts_with("base        progressive          3"), "{text}");
        let json = json(&runs);
        assert_eq!(json[0]["operators"], 3);
        let csv = csv(&runs);
        let (heads, cells) = csv.trim_end().split_once('\n').unwrap();
        assert_eq!(heads.split(',').count(), cells.split(',').count());
        assert!(cells.contains(&json[0]["busy"].to_string()));
    }

    #[test]
    fn days_over_the_cap_are_marked() {
        let mut runs = runs();
        let tally = &mut runs[0].figures.days[0].tally;
        (tally.connected, tally.abandoned) = (90, 10);
        assert!(text(&runs, 0.03).contains("10.00!"));
    }
}
