//! Pure: what administrators edit. Parse, check, walk, simulate.

pub mod machine;
pub mod number;
pub mod plan;
pub mod script;
