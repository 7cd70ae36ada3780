//! Tokens of the REST API and the one-time set-up link. Only their SHA-256 is stored: who reads the database cannot use them.

use jiff::Timestamp;
use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TokenRow {
    pub id: i64,
    pub name: String,
    pub created_at: Timestamp,
}
