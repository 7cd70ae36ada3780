//! The command line.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

/// Odziv, the contact centre of a municipality: calls, texts and papers become cases.
#[derive(Parser)]
#[command(name = "odziv", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server.
    Serve(Folder),
    /// Run the server with a synthetic town whose citizens really call and text.
    Demo(odziv::demo::Options),
    /// Check the configuration, the dialplans and the prompts; print every mistake with its place.
    Check(Folder),
    /// Try a dialplan.
    #[command(subcommand)]
    Dialplan(Dialplan),
    /// People who work with the server.
    #[command(subcommand)]
    User(User),
    /// Keys of programs that use the API.
    #[command(subcommand)]
    Token(Token),
}
