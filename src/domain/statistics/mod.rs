//! The statistics of surveys: what people answered, how two answers go together, weights that bring the respondents to what is known of the
//! town, how sure a figure is, and how many of those who were called took part. Answers in, plain numbers out.
//!
//! A share is between 0 and 1, a per cent between 0 and 100. Numbers that do not exist (a mean of nothing) are `None`, never `NaN`.

pub mod aapor;
pub mod crosstab;
mod distribution;
pub mod frequency;
pub mod margin_of_error;
pub mod multiple_response;
pub mod numeric;
pub mod raking;
pub mod variable;
pub mod weights;

/// In per cent; `None`: there is no whole.
fn percent(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| 100.0 * part / whole)
}
