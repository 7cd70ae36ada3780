//! For administrators: users, and the state of the system.

pub mod phones;
pub mod safety;
pub mod system;
pub mod tokens;
pub mod users;
