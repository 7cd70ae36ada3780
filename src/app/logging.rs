//! Structured logs to standard error, so that standard output holds only what a command was asked to print.

use anyhow::Context;
use tracing_subscriber::EnvFilter;

use crate::config::log::{Format, Log};

/// `ODZIV_LOG` overrides the filter of the configuration.
pub fn start(config: &Log) -> anyhow::Result<()> {
    let filter = std::env::var("ODZIV_LOG").unwrap_or_else(|_| config.filter.clone());
    let filter = EnvFilter::try_new(&filter).with_context(|| format!("log filter {filter:?}"))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match config.format {
        Format::Text => builder.with_target(false).try_init(),
        Format::Json => builder.json().try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("cannot start the log: {error}"))
}
