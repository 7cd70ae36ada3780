//! What colleagues hear of their cases by e-mail: their addresses, and the mails.

mod address;
mod send;
