//! What is known of the town, from the form, and the weights that follow from it.

use super::Query;
use super::table::{category, side};
use crate::domain::statistics::weights::Weights;
use crate::domain::survey::results::{Attribute, Known, NotWeighted, Results};
use crate::web::page::Page;

/// Nobody shall speak for more than so many.
const LARGEST: f64 = 5.0;

/// A thing by which is weighted, with a field for each of its categories.
#[derive(Debug)]
pub struct MarginView {
    pub label: String,
    pub fields: Vec<TotalView>,
}

#[derive(Debug)]
pub struct TotalView {
    pub name: String,
    pub label: String,
    pub value: String,
}

#[derive(Debug, Default)]
pub(super) struct Weighing {
    pub weights: Option<Weights>,
    pub said: String,
    pub failed: bool,
}

fn field(attribute: &Attribute, at: usize) -> String {
    format!("total:{attribute}:{at}")
}

pub(super) fn margin_view(
    page: &Page,
    results: &Results<'_>,
    attribute: &Attribute,
    query: &Query,
) -> Option<MarginView> {
    let variable = results.variable(attribute).ok()?;
    let total = |(at, category_label): (usize, &String)| TotalView {
        name: field(attribute, at),
        label: category(page, attribute, category_label),
        value: query.one(&field(attribute, at)).to_owned(),
    };
    Some(MarginView {
        label: side(page, results, attribute),
        fields: variable.categories().iter().enumerate().map(total).collect(),
    })
}

/// Nothing is weighted before something is known of every category of what was chosen.
pub(super) fn weighing(page: &Page, results: &Results<'_>, query: &Query) -> Weighing {
    let mut known = Vec::new();
    for name in query.all("margin") {
        let Ok(attribute) = name.parse::<Attribute>() else { continue };
        let Ok(variable) = results.variable(&attribute) else { continue };
        let total =
            |at: usize| query.one(&field(&attribute, at)).trim().replace(',', ".").parse::<f64>().ok();
        let totals: Option<Vec<f64>> = (0..variable.categories().len()).map(total).collect();
        match totals.filter(|totals| !totals.is_empty()) {
            Some(totals) => known.push(Known { attribute, totals }),
            None => {
                let said = page.with("results-totals-missing", "name", side(page, results, &attribute));
                return Weighing { said, ..Weighing::default() };
            }
        }
    }
    if known.is_empty() {
        return Weighing::default();
    }
    match results.weights(&known, Some(LARGEST)) {
        Ok(weighted) => {
            let said = [
                ("effect", page.decimal(weighted.raked.kish.design_effect, 2)),
                ("effective", page.decimal(weighted.raked.kish.effective_n, 0)),
                ("left", page.number(weighted.left_out)),
            ];
            Weighing {
                said: page.with_values("results-weighted", &said),
                weights: Some(weighted.raked.weights),
                failed: false,
            }
        }
        Err(error) => {
            let why = match error {
                NotWeighted::Nobody | NotWeighted::Variable(_) => String::new(),
                NotWeighted::Raking(why) => why.to_string(),
            };
            Weighing { said: page.with("results-not-weighted", "why", why), weights: None, failed: true }
        }
    }
}
