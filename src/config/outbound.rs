//! `[outbound]`: which numbers may be called, by which trunk, by whom, and what it may cost.

use std::collections::BTreeMap;

use jiff::civil::{Time, time};
use serde::Deserialize;

use super::sip::Sip;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Outbound {
    /// Numbers that begin with `national_prefix` belong to it.
    pub country_code: String,
    pub national_prefix: String,
    pub international_prefix: String,
    /// Put before numbers that are dialled without any prefix. Empty: such numbers are refused.
    pub area_code: String,
    /// Always allowed, to everybody, through every trunk, over every limit.
    pub emergency: Vec<String>,
    /// Further short numbers that the trunks know.
    pub short_numbers: Vec<String>,
    /// Costly numbers, E.164 prefixes: refused unless a rule says `premium = true`.
    pub premium_prefixes: Vec<String>,
    /// What all calls out may cost in a day, in the currency of the tariffs. 0: no limit.
    pub daily_spend: f64,
    /// What a call without a tariff costs in a minute; so that a limit limits them too.
    pub default_per_minute: f64,
    /// A call is begun when so many of its minutes can still be paid.
    pub reserve_minutes: u32,
    pub announcements: Announcements,
    pub rule: Vec<Rule>,
    pub tariff: Vec<Tariff>,
}

/// Calls that read a message to citizens and ask for a key.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Announcements {
    /// 0: none are placed.
    pub calls_at_once: u32,
    pub calls_per_second: u32,
    /// It rings for so long.
    pub ring_s: u32,
    /// Calls of one message in which somebody could have heard it.
    pub tries: u32,
    pub after_busy_m: u32,
    /// Also after a call that was answered and not confirmed.
    pub after_no_answer_m: u32,
    /// After a call that failed on the way; it is no try.
    pub after_trouble_m: u32,
    /// Local times between which numbers are called: `09:00`.
    pub from: Time,
    pub until: Time,
    /// A number of the municipality that is shown; empty: the trunk's own.
    pub caller_id: String,
    /// Who calls, in the words of each language, in place of the prompt `announcement_intro`.
    pub introduction: BTreeMap<String, String>,
}

/// Numbers with one of the prefixes may be called through these trunks. The longest prefix decides.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub name: String,
    /// E.164: `+3816`. `+` means every number.
    pub prefixes: Vec<String>,
    /// Tried in this order. Empty: all that have a server, in the order of the file.
    #[serde(default)]
    pub trunks: Vec<String>,
    /// Roles or logins. Empty: everybody, dialplans too.
    #[serde(default)]
    pub who: Vec<String>,
    #[serde(default)]
    pub international: bool,
    #[serde(default)]
    pub premium: bool,
    /// So many digits are taken off the number as the trunk writes it, then `add` is put before it.
    #[serde(default)]
    pub strip: usize,
    #[serde(default)]
    pub add: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tariff {
    pub prefix: String,
    pub per_minute: f64,
    /// For every answered call.
    #[serde(default)]
    pub per_call: f64,
}

impl Default for Outbound {
    fn default() -> Self {
        let list = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        Self {
            country_code: "381".into(),
            national_prefix: "0".into(),
            international_prefix: "00".into(),
            area_code: String::new(),
            emergency: list(&["112", "192", "193", "194"]),
            short_numbers: Vec::new(),
            premium_prefixes: list(&[
                "+38190", "+38178", "+3814", "+808", "+870", "+878", "+881", "+882", "+883", "+888", "+979",
            ]),
            daily_spend: 0.0,
            default_per_minute: 0.0,
            reserve_minutes: 3,
            announcements: Announcements::default(),
            rule: Vec::new(),
            tariff: Vec::new(),
        }
    }
}

impl Default for Announcements {
    fn default() -> Self {
        Self {
            calls_at_once: 10,
            calls_per_second: 2,
            ring_s: 30,
            tries: 3,
            after_busy_m: 15,
            after_no_answer_m: 20,
            after_trouble_m: 5,
            from: time(9, 0, 0, 0),
            until: time(20, 0, 0, 0),
            caller_id: String::new(),
            introduction: BTreeMap::new(),
        }
    }
}

impl Announcements {
    fn check(&self) -> Result<(), String> {
        let wrong = |what: &str| Err(format!("announcements: {what}"));
        if self.calls_per_second == 0 || self.tries == 0 {
            return wrong("calls_per_second and tries are at least 1");
        }
        // Whoever is rung for less has not reached the telephone yet.
        if !(15..=180).contains(&self.ring_s) {
            return wrong("ring_s is from 15 to 180");
        }
        if self.from >= self.until {
            return wrong("from is before until, on one day");
        }
        let pauses = [self.after_busy_m, self.after_no_answer_m, self.after_trouble_m];
        if pauses.iter().any(|pause| !(1..=7 * 24 * 60).contains(pause)) {
            return wrong("pauses are from a minute to a week");
        }
        let caller = self.caller_id.strip_prefix('+').unwrap_or(&self.caller_id);
        if !caller.bytes().all(|b| b.is_ascii_digit()) {
            return wrong("caller_id is a number like \"+38121480000\"");
        }
        Ok(())
    }
}

impl Outbound {
    pub(super) fn check(&self, sip: &Sip) -> Result<(), String> {
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let prefix = |text: &str| text.strip_prefix('+').is_some_and(digits);
        if self.country_code.is_empty() || !digits(&self.country_code) {
            return Err("country_code is digits without a plus sign: \"381\"".into());
        }
        if ![&self.national_prefix, &self.international_prefix, &self.area_code].iter().all(|t| digits(t)) {
            return Err("national_prefix, international_prefix and area_code are digits".into());
        }
        if let Some(wrong) =
            self.emergency.iter().chain(&self.short_numbers).find(|n| n.is_empty() || !digits(n))
        {
            return Err(format!("emergency and short_numbers: {wrong:?} is no number"));
        }
        let tariffs = self.tariff.iter().map(|tariff| &tariff.prefix);
        let rules = self.rule.iter().flat_map(|rule| &rule.prefixes);
        if let Some(wrong) = self.premium_prefixes.iter().chain(tariffs).chain(rules).find(|p| !prefix(p)) {
            return Err(format!("prefix {wrong:?} is not written like \"+3816\""));
        }
        let amounts = self.tariff.iter().flat_map(|tariff| [tariff.per_minute, tariff.per_call]);
        let sound = |amount: f64| amount.is_finite() && (0.0..1e9).contains(&amount);
        if ![self.daily_spend, self.default_per_minute].into_iter().chain(amounts).all(sound) {
            return Err("amounts are numbers from 0 upwards".into());
        }
        self.announcements.check()?;
        self.rule.iter().try_for_each(|rule| self.check_rule(rule, sip))
    }

    fn check_rule(&self, rule: &Rule, sip: &Sip) -> Result<(), String> {
        let wrong = |what: String| Err(format!("rule {}: {what}", rule.name));
        if rule.prefixes.is_empty() {
            return wrong("it needs at least one prefix".into());
        }
        for name in &rule.trunks {
            match sip.trunk.iter().find(|trunk| trunk.name == *name) {
                None => return wrong(format!("there is no trunk {name}")),
                Some(trunk) if !trunk.places_calls() => {
                    return wrong(format!("trunk {name} has no server to send calls to"));
                }
                Some(_) => {}
            }
        }
        let home = format!("+{}", self.country_code);
        let abroad = |p: &&String| !home.starts_with(p.as_str()) && !p.starts_with(&home);
        if let Some(prefix) = rule.prefixes.iter().find(abroad).filter(|_| !rule.international) {
            return wrong(format!("{prefix} is abroad, and the rule does not say international = true"));
        }
        let costly =
            |p: &&String| self.premium_prefixes.iter().any(|premium| p.starts_with(premium.as_str()));
        if let Some(prefix) = rule.prefixes.iter().find(costly).filter(|_| !rule.premium) {
            return wrong(format!("{prefix} is costly, and the rule does not say premium = true"));
        }
        if !rule.add.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'*' | b'#')) {
            return wrong("add is digits".into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    #[test]
    fn mistakes_are_said_in_words() {
        let trunk = "[[sip.trunk]]\nname = \"a\"\nserver = \"x\"\n[[sip.trunk]]\nname = \"in\"\npeers = [\"192.0.2.1\"]\n";
        for (text, words) in [
            ("[[outbound.rule]]\nname = \"r\"\nprefixes = []", "prefix"),
            ("[[outbound.rule]]\nname = \"r\"\nprefixes = [\"064\"]", "+3816"),
            ("[[outbound.rule]]\nname = \"r\"\nprefixes = [\"+381\"]\ntrunks = [\"b\"]", "no trunk b"),
            ("[[outbound.rule]]\nname = \"r\"\nprefixes = [\"+381\"]\ntrunks = [\"in\"]", "no server"),
            ("[[outbound.rule]]\nname = \"r\"\nprefixes = [\"+43\"]", "abroad"),
            ("[[outbound.rule]]\nname = \"r\"\nprefixes = [\"+381900\"]", "costly"),
            ("[outbound]\nemergency = [\"hilfe\"]", "no number"),
            ("[[outbound.tariff]]\nprefix = \"+3816\"\nper_minute = -1", "amounts"),
            ("[outbound.announcements]\nring_s = 5", "ring_s"),
            ("[outbound.announcements]\ntries = 0", "tries"),
            ("[outbound.announcements]\nfrom = \"20:00\"\nuntil = \"09:00\"", "until"),
            ("[outbound.announcements]\nafter_busy_m = 0", "pauses"),
            ("[outbound.announcements]\ncaller_id = \"Grad\"", "caller_id"),
        ] {
            let error = Config::parse(&format!("{trunk}{text}"), "odziv.toml").unwrap_err().to_string();
            assert!(error.starts_with("outbound: ") && error.contains(words), "{text}: {error}");
        }
        let right = "[[outbound.rule]]\nname = \"r\"\nprefixes = [\"+\"]\ntrunks = [\"a\"]";
        Config::parse(&format!("{trunk}{right}"), "odziv.toml").unwrap();
    }
}
