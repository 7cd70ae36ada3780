//! Wiring: what is started in which order, and how it all ends.

mod catalogue;
pub mod commands;
pub mod data_folder;
pub mod dialer;
pub mod dkim;
mod keeping;
pub mod logging;
pub mod records;
pub mod server;
pub mod statistics;

use std::process::ExitCode;

/// Runs a command on a new runtime.
pub fn block_on(command: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(command)
}
