//! What citizens may ask of whoever keeps their data: to see it, and to have it erased; and for how long it is kept.

pub mod erase;
pub mod report;
pub mod retention;
#[cfg(test)]
pub mod samples;
