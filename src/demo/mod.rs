//! A town on one machine: synthetic data, and citizens who really call and text.

pub mod town;
pub mod voices;
