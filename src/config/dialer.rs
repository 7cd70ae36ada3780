//! `[dialer]`

use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Dialer {
    /// Calls of all dialling campaigns together. 0: nobody is called by the machine.
    pub calls_at_once: u32,
}

impl Default for Dialer {
    fn default() -> Self {
        Self { calls_at_once: 100 }
    }
}
