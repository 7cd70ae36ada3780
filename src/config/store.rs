//! `[store]`

use serde::Deserialize;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Store {
    /// Empty: an embedded SQLite database in the data folder. Otherwise `postgres://user:password@host/database`.
    pub url: String,
}
