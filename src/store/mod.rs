//! The database: the only place with SQL.
//!
//! [`Db`] is an embedded SQLite or a PostgreSQL; one text of SQL runs on both. One file per noun: reads are methods of
//! [`Db`], for pages; writes are methods of [`Tx`], for the verbs in `actions`, which decide what belongs together in
//! one transaction and hand it over as a [`Work`].

pub mod alert;
pub mod answer;
pub mod area;
pub mod attachment;
pub mod audit;
pub mod blobs;
pub mod calendar;
pub mod callback;
pub mod case;
pub mod case_change;
pub mod case_list;
pub mod case_macro;
pub mod case_pin;
pub mod catalogue;
pub mod db;
pub mod deadline;
pub mod deadline_profile;
pub mod directory;
pub mod draft;
pub mod dump;
mod embedded;
pub mod erase;
mod erase_person;
pub mod error;
pub mod event;
pub mod intake;
pub mod interaction;
pub mod kept_template;
pub mod link;
pub mod mail;
pub mod mailbox;
mod migrate;
pub mod node;
pub mod notice;
pub mod outbox;
mod overwrite;
pub mod part;
pub mod person;
pub mod person_card;
pub mod person_change;
pub mod person_report;
pub mod phone;
pub mod plan;
pub mod queue;
mod reach;
pub mod rebuild;
pub mod recording;
pub mod report;
pub mod retention;
pub mod role;
pub mod saved_filter;
pub mod seal;
pub mod search;
mod search_index;
pub mod second_factor;
pub mod session;
pub mod similar;
pub mod spend;
mod sql;
pub mod taken;
pub mod task;
pub mod template;
pub mod token;
pub mod town;
pub mod tx;
pub mod user;
pub mod watch;
pub mod webhook;
mod writer;

pub use db::Db;
pub use error::StoreError;
pub use tx::{Tx, Work};
