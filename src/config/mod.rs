//! The configuration: one file per section of `odziv.toml`. Constructors receive their own section, nobody the whole.

pub mod campaigns;
pub mod cases;
pub mod dialer;
pub mod log;
pub mod mail;
pub mod media;
pub mod outbound;
pub mod sip;
pub mod smpp;
pub mod store;
pub mod trunk;
pub mod web;
pub mod webhooks;

use std::path::Path;

use serde::Deserialize;

/// The shipped file: every setting with its default, commented. Written to the data folder at the first start.
pub const SHIPPED: &str = include_str!("../../config/odziv.toml");

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    pub log: log::Log,
    pub store: store::Store,
    pub web: web::Web,
    pub sip: sip::Sip,
    pub outbound: outbound::Outbound,
    pub media: media::Media,
    pub smpp: smpp::Smpp,
    pub webhooks: webhooks::Webhooks,
    pub mail: mail::Mail,
    pub cases: cases::Cases,
    pub campaigns: campaigns::Campaigns,
    pub dialer: dialer::Dialer,
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{path}: {source}")]
    Read { path: String, source: std::io::Error },
    /// `toml` says line, column and what it expected.
    #[error("{path}: {message}")]
    Parse { path: String, message: String },
    #[error("{section}: {message}")]
    Invalid { section: &'static str, message: String },
}

impl Config {
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: shown.clone(), source })?;
        Self::parse(&text, &shown)
    }

    pub fn parse(text: &str, path: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text)
            .map_err(|e| ConfigError::Parse { path: path.to_owned(), message: e.to_string() })?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        self.web.check().map_err(|message| ConfigError::Invalid { section: "web", message })?;
        self.sip.check().map_err(|message| ConfigError::Invalid { section: "sip", message })?;
        self.outbound
            .check(&self.sip)
            .map_err(|message| ConfigError::Invalid { section: "outbound", message })?;
        self.media.check().map_err(|message| ConfigError::Invalid { section: "media", message })?;
        self.smpp.check().map_err(|message| ConfigError::Invalid { section: "smpp", message })?;
        self.mail.check().map_err(|message| ConfigError::Invalid { section: "mail", message })?;
        self.cases.check().map_err(|message| ConfigError::Invalid { section: "cases", message })?;
        self.campaigns.check().map_err(|message| ConfigError::Invalid { section: "campaigns", message })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_file_is_the_defaults() {
        let shipped = Config::parse(SHIPPED, "config/odziv.toml").unwrap();
        assert_eq!(format!("{shipped:?}"), format!("{:?}", Config::default()));
    }

    #[test]
    fn unknown_setting_is_named_with_its_place() {
        let error = Config::parse("[web]\nlissten = \"x\"\n", "odziv.toml").unwrap_err().to_string();
        assert!(error.contains("line 2") && error.contains("lissten"), "{error}");
    }
}
