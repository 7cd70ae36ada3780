//! Pure nouns and rules. Imports nothing else of the crate.

pub mod area;
pub mod audit;
pub mod calendar;
pub mod call;
pub mod caller;
pub mod case;
pub mod case_state;
pub mod deadline;
pub mod department;
pub mod email;
pub mod extension;
pub mod id;
pub mod mail;
pub mod message;
pub mod operator;
pub mod outbound;
pub mod permission;
pub mod phone;
pub mod projection;
pub mod question;
pub mod queue;
pub mod routing;
pub mod script;
pub mod template;
pub mod timeline;
pub mod words;
