//! Pure: what administrators edit. Parse, check, walk, simulate.
//!
//! A text of `dialplans/` becomes a [`plan::Plan`] only through [`check::check`], which tells every mistake of every file at
//! once and walks the plan's own tests. A call walks a plan with [`machine::Walk`]; so do the tests and [`simulate`].

pub mod announcement;
pub mod catalogue;
pub mod check;
pub mod dialled;
pub mod explore;
pub mod machine;
pub mod number;
pub mod parse;
pub mod phrase;
pub mod plan;
pub mod problem;
pub mod script;
pub mod simulate;
pub mod speech;

/// The plan that a new installation starts with: `dialplans/main.toml`.
pub const SHIPPED: &str = include_str!("../../dialplans/main.toml");

/// The number that the shipped plan answers.
pub const SHIPPED_NUMBER: &str = "+38121480000";

/// The shipped plan for another number, in E.164 notation.
pub fn shipped_for(number: &str) -> String {
    SHIPPED.replace(SHIPPED_NUMBER, number)
}
