//! Surveys: what is asked ([`questionnaire`]), whether that makes sense ([`check`]), and how somebody is led through it by an operator, by a
//! web page ([`interview`]) or by the keys of a telephone ([`keypad`]).
//!
//! ```text
//! draft --check--> published version --+--> interview --> answers --> code book and rows
//!                                      +--> quotas say who is not asked any more
//! ```
//!
//! A version that was published is never changed; answers belong to a version and to the key of a question in it.

pub mod answer;
pub mod check;
pub mod codebook;
pub mod compare;
pub mod condition;
pub mod decimal;
pub mod interview;
pub mod keypad;
pub mod kind;
mod order;
pub mod questionnaire;
pub mod quota;
pub mod recorded;
pub mod results;
mod road;
pub mod texts;
pub mod version;

#[cfg(test)]
mod samples;

pub use answer::{Answer, Refused};
pub use condition::{Condition, Test};
pub use decimal::Decimal;
pub use interview::{Interview, Mode, Position};
pub use kind::{Choice, Code, Kind};
pub use questionnaire::{Question, QuestionKey, Questionnaire};
pub use texts::Texts;
pub use version::{Published, VersionNumber, VersionState};
