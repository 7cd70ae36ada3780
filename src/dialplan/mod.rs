//! Pure: what administrators edit. Parse, check, walk, simulate.

pub mod machine;
