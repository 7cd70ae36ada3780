//! `[campaigns]`

use serde::Deserialize;

use crate::domain::sender::check_sender;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Campaigns {
    /// A campaign of more recipients than this is approved by somebody other than who wrote it.
    pub approval_above: u32,
    /// What one part of a text costs, for the preview; 0: not shown.
    pub part_price: f64,
    pub currency: String,
    /// Numbers and names that texts of a campaign may come from, besides that of the link.
    pub senders: Vec<String>,
    /// Names, addresses and words of a campaign's recipients are kept for so many days after its end; what became of them in numbers stays.
    pub keep_days: u32,
}

impl Default for Campaigns {
    fn default() -> Self {
        Self {
            approval_above: 0,
            part_price: 0.0,
            currency: "RSD".into(),
            senders: Vec::new(),
            keep_days: 365,
        }
    }
}

impl Campaigns {
    pub(super) fn check(&self) -> Result<(), String> {
        if !self.part_price.is_finite() || self.part_price < 0.0 {
            return Err("part_price is a price, or 0".into());
        }
        if self.keep_days == 0 {
            return Err("keep_days must be at least 1: the proof is looked at after the end".into());
        }
        for sender in &self.senders {
            check_sender(sender).map_err(|why| format!("sender {sender:?}: {why}"))?;
        }
        Ok(())
    }
}
