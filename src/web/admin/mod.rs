//! For administrators: users, and the state of the system.

pub mod system;
pub mod users;
