//! `[cases]`

use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Cases {
    /// `{class}`, `{ordinal}`, `{year}`, `{unit}`.
    pub number_template: String,
    /// Classification mark of categories that have none of their own.
    pub default_class: String,
    /// The unit in the number.
    pub unit: String,
    /// IANA zone in which years, days and hours are counted.
    pub time_zone: String,
    /// A further text from the same number within so many hours belongs to its open case.
    pub text_window_hours: u32,
    /// A long text whose parts do not all come becomes a case with what is there after so long.
    pub text_parts_wait_s: u32,
    /// A text without a receipt counts as lost after so long, and the citizen is told by the next channel.
    pub told_by_sms_hours: u32,
    /// An e-mail that nobody returned counts as read after so long.
    pub told_by_email_hours: u32,
    /// What a citizen writes by e-mail within so many days of the answer opens their case again; later, and with 0 always, it becomes
    /// a case that follows the old one.
    pub reopen_by_mail_days: u32,
    /// An answered case whose citizen knows the outcome is closed by itself after so many days; 0: at once.
    pub close_after_days: u32,
    /// ISO country whose notation numbers without a country code are in.
    pub country: String,
}

impl Default for Cases {
    fn default() -> Self {
        Self {
            number_template: "{class}-{ordinal}/{year}-{unit}".into(),
            default_class: "400".into(),
            unit: "01".into(),
            time_zone: "Europe/Belgrade".into(),
            text_window_hours: 72,
            text_parts_wait_s: 300,
            told_by_sms_hours: 24,
            told_by_email_hours: 24,
            reopen_by_mail_days: 15,
            close_after_days: 0,
            country: "RS".into(),
        }
    }
}

impl Cases {
    pub(super) fn check(&self) -> Result<(), String> {
        for needed in ["{class}", "{ordinal}", "{year}"] {
            if !self.number_template.contains(needed) {
                return Err(format!(
                    "number_template must contain {needed}, or two cases could share a number"
                ));
            }
        }
        jiff::tz::TimeZone::get(&self.time_zone).map_err(|e| format!("time_zone: {e}"))?;
        Ok(())
    }
}
