//! `[webhooks]`

use serde::Deserialize;

/// Which addresses an administrator may enter, besides those of the internet by https.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Webhooks {
    /// Of the own network too. Whoever may add a webhook can then reach what only this server can.
    pub private_addresses: bool,
    /// Without TLS.
    pub plain_http: bool,
}
