//! A case is registered by hand, at the counter or at the desk, on one page.

mod fields;
pub mod new;
pub mod offers;
#[cfg(test)]
pub mod samples;
pub mod slip;
