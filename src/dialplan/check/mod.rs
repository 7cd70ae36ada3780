//! From texts to plans that may run. Everything wrong in all files is told at once; nothing runs unless nothing is wrong.

mod catalogue;
mod graph;
mod tests_of;

use std::sync::Arc;

use super::catalogue::Catalogue;
use super::parse::{self, Parsed};
use super::plan::{Claim, PlanSet};
use super::problem::{Finding, Place, Problem};
use crate::dialplan::phrase::Phrase;

/// One file of `dialplans/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// As messages show it.
    pub file: String,
    pub text: String,
}

impl Source {
    /// Of the plan: the file's name without folder and ending.
    pub fn name(&self) -> &str {
        stem(&self.file)
    }
}

/// Parses, checks and tries all plans together. The findings are in the order of the files and their lines.
pub fn check(sources: &[Source], catalogue: &Catalogue) -> Result<PlanSet, Vec<Finding>> {
    let mut parsed: Vec<Parsed> =
        sources.iter().map(|source| parse::parse(source.name(), &source.text)).collect();
    for plan in &mut parsed {
        catalogue::check(plan, catalogue);
        graph::check(plan);
    }
    double_claims(sources, &mut parsed);
    for plan in &mut parsed {
        // A walk through a plan with mistakes would only repeat them.
        if plan.problems.is_empty() {
            tests_of::check(plan, catalogue);
        }
    }
    let findings: Vec<Finding> =
        sources.iter().zip(&mut parsed).flat_map(|(source, plan)| findings(source, plan)).collect();
    if findings.is_empty() {
        Ok(PlanSet::new(parsed.into_iter().filter_map(|plan| plan.plan).collect()))
    } else {
        Err(findings)
    }
}

/// `check` for one text, for tests and tools that have no folder.
pub fn check_one(
    file: &str,
    text: &str,
    catalogue: &Catalogue,
) -> Result<Arc<super::plan::Plan>, Vec<Finding>> {
    let source = Source { file: file.to_owned(), text: text.to_owned() };
    let set = check(std::slice::from_ref(&source), catalogue)?;
    set.plans().first().cloned().ok_or_else(Vec::new)
}

fn findings(source: &Source, plan: &mut Parsed) -> Vec<Finding> {
    let mut problems = std::mem::take(&mut plan.problems);
    problems.sort_by_key(|problem| problem.span.start);
    problems.into_iter().map(|problem| Finding::new(&source.file, &source.text, problem)).collect()
}

/// A number leads into one plan only.
fn double_claims(sources: &[Source], parsed: &mut [Parsed]) {
    let mut seen: Vec<(Claim, String)> = Vec::new();
    for (source, plan) in sources.iter().zip(parsed) {
        for claim in &plan.outline.claims {
            let shown = match &claim.value {
                Claim::Exactly(number) => number.as_str(),
                Claim::Any => "any",
            };
            match seen.iter().find(|(known, _)| *known == claim.value) {
                Some((_, place)) => plan.problems.push(
                    Problem::new(claim.span.clone(), Phrase::claimed_twice(shown))
                        .help(Phrase::leads_into(place)),
                ),
                None => {
                    let place = Place::of(&source.text, &claim.span);
                    seen.push((claim.value.clone(), place.within(&source.file)));
                }
            }
        }
    }
}

fn stem(file: &str) -> &str {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    name.strip_suffix(".toml").unwrap_or(name)
}

#[cfg(test)]
mod tests;
