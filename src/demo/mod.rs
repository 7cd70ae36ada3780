//! A town on one machine: synthetic data, and citizens who really call and text.

pub mod citizens;
pub mod options;
pub mod seed;
pub mod town;
pub mod voices;

pub use options::{Options, add_duty_line, configuration};
pub mod smsc;
