//! Pure: calls. A *contact* is one caller's way from the first INVITE to a case; the *floor* knows who waits and who may take them;
//! the *switch* has all legs and puts people together. Inputs and time go in, outputs come out; the shell does them.

pub mod board;
pub mod contact;
pub mod floor;
pub mod switch;
