//! A question with its chart.

use crate::domain::statistics::frequency::Frequencies;
use crate::domain::statistics::margin_of_error::Interval;
use crate::domain::statistics::weights::Weights;
use crate::domain::survey::Question;
use crate::domain::survey::results::{Certainty, Findings, Numbers, Results};
use crate::web::page::Page;
use crate::web::surveys::words::reader;

/// Open answers on the page; all of them are in the export.
const OPEN: usize = 50;

#[derive(Debug)]
pub struct QuestionResult {
    pub key: String,
    pub text: String,
    pub kind: String,
    /// "412 answered"; empty for open answers without any.
    pub answered: String,
    pub lines: Vec<LineView>,
    pub missing: Vec<LineView>,
    /// Middle and spread of numbers: name and value.
    pub numbers: Vec<(String, String)>,
    pub open: Vec<String>,
    /// "and 120 more in the export"; empty when all are there.
    pub more: String,
    /// Why there is nothing.
    pub problem: String,
}

/// A bar. `share`, `low` and `high` are of a hundred, with a point, for the drawing.
#[derive(Debug)]
pub struct LineView {
    pub label: String,
    pub count: String,
    pub share: String,
    pub percent: String,
    pub low: String,
    pub reach: String,
    /// "48–56 %"; empty when it is not known.
    pub interval: String,
}

pub(super) fn question_result(
    page: &Page,
    results: &Results<'_>,
    question: &Question,
    (weights, certainty): (Option<&Weights>, Certainty),
) -> QuestionResult {
    let mut shown = QuestionResult {
        key: question.key.to_string(),
        text: question.text.in_language(reader(page)).into_owned(),
        kind: page.word("survey-kind", question.kind.name().as_str()),
        answered: String::new(),
        lines: Vec::new(),
        missing: Vec::new(),
        numbers: Vec::new(),
        open: Vec::new(),
        more: String::new(),
        problem: String::new(),
    };
    match results.findings(question, weights, certainty) {
        Ok(findings) => fill(page, &mut shown, findings),
        Err(error) => {
            tracing::warn!(question = %question.key, %error, "a question has no results");
            shown.problem = page.say("results-none-of-question");
        }
    }
    shown
}

fn fill(page: &Page, shown: &mut QuestionResult, findings: Findings) {
    let answered = |n: u64| page.count("results-answered", i64::try_from(n).unwrap_or(i64::MAX));
    match findings {
        Findings::Categories { lines, intervals, numbers } => {
            shown.answered = answered(lines.with_answer.n);
            bars(page, shown, &lines, &intervals);
            shown.numbers = numbers.map(|numbers| figures(page, &numbers)).unwrap_or_default();
        }
        Findings::Several { lines, intervals } => {
            shown.answered = answered(lines.cases.n);
            let bar = |(line, interval): (&_, &Option<Interval>)| {
                let line: &crate::domain::statistics::multiple_response::OptionLine = line;
                bar(page, &line.label, (line.tally.n, line.percent_of_cases), *interval)
            };
            shown.lines = lines.options.iter().zip(&intervals).map(bar).collect();
        }
        Findings::Numbers { numbers, groups } => {
            shown.answered = answered(numbers.summary.n);
            shown.numbers = figures(page, &numbers);
            bars(page, shown, &groups, &[]);
        }
        Findings::Dates { groups } => {
            shown.answered = answered(groups.with_answer.n);
            bars(page, shown, &groups, &[]);
        }
        Findings::Open { answers, .. } => {
            shown.answered = answered(answers.len() as u64);
            let more = answers.len().saturating_sub(OPEN);
            if more > 0 {
                shown.more = page.with("results-more-open", "count", page.number(more));
            }
            shown.open = answers.into_iter().rev().take(OPEN).map(|(_, words)| words).collect();
        }
    }
}

fn bars(page: &Page, shown: &mut QuestionResult, found: &Frequencies, intervals: &[Option<Interval>]) {
    let interval = |at: usize| intervals.get(at).copied().flatten();
    let valid = found.valid.iter().enumerate();
    shown.lines = valid
        .map(|(at, line)| bar(page, &line.label, (line.tally.n, line.valid_percent), interval(at)))
        .collect();
    let missing = found.missing.iter().filter(|line| line.tally.n > 0);
    shown.missing = missing
        .map(|line| bar(page, &page.word("results-missing", &line.label), (line.tally.n, line.percent), None))
        .collect();
}

fn bar(page: &Page, label: &str, (n, percent): (u64, Option<f64>), interval: Option<Interval>) -> LineView {
    let share = percent.unwrap_or(0.0).clamp(0.0, 100.0);
    let [low, high] = interval.map_or([0.0; 2], |interval| [interval.low * 100.0, interval.high * 100.0]);
    LineView {
        label: label.to_owned(),
        count: page.number(n),
        share: format!("{share:.2}"),
        percent: percent.map(|percent| format!("{} %", page.decimal(percent, 1))).unwrap_or_default(),
        low: format!("{low:.2}"),
        reach: format!("{:.2}", high - low),
        interval: if interval.is_some() {
            format!("{}–{} %", page.decimal(low, 0), page.decimal(high, 0))
        } else {
            String::new()
        },
    }
}

fn figures(page: &Page, numbers: &Numbers) -> Vec<(String, String)> {
    let two = |number: f64| page.decimal(number, 2);
    let summary = &numbers.summary;
    let mean = summary.mean.map(|mean| match numbers.mean {
        Some(within) => format!("{} ({}–{})", two(mean), two(within.low), two(within.high)),
        None => two(mean),
    });
    let quartiles = summary.lower_quartile.zip(summary.upper_quartile);
    let reach = summary.least.zip(summary.greatest);
    let between = |(low, high): (f64, f64)| format!("{}–{}", two(low), two(high));
    let all = [
        ("results-mean", mean),
        ("results-median", summary.median.map(two)),
        ("results-deviation", summary.standard_deviation.map(two)),
        ("results-quartiles", quartiles.map(between)),
        ("results-reach", reach.map(between)),
    ];
    all.into_iter().filter_map(|(key, value)| Some((page.say(key), value?))).collect()
}
