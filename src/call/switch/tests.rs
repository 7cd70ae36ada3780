//! Calls among people against a pretended shell.
