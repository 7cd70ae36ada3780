//! The one integration binary: one file per behaviour.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where")]

mod app;
mod bridges;
mod calls;
mod demo;
mod dialplan;
mod failures;
mod media;
mod store;
mod texts;
mod tidy;
mod web;
mod webhooks;
