//! The rules for calls out, as the configuration says them, for the part of the switch that decides.

use std::time::Duration;

use jiff::civil::Date;

use crate::config;
use crate::config::sip::Sip;
use crate::domain::outbound::{Amount, Numbering, Outbound, Rule, Rules, Tariff, TrunkId, TrunkLimits};

/// `spent`: by trunk on `day`.
pub fn outbound(
    config: &config::outbound::Outbound,
    sip: &Sip,
    day: Date,
    spent: &[(TrunkId, Amount)],
) -> Outbound {
    let rules = Rules {
        numbering: Numbering {
            country_code: config.country_code.clone(),
            national_prefix: config.national_prefix.clone(),
            international_prefix: config.international_prefix.clone(),
            area_code: config.area_code.clone(),
        },
        emergency: config.emergency.clone(),
        short_numbers: config.short_numbers.clone(),
        premium: config.premium_prefixes.clone(),
        rules: config.rule.iter().map(|settings| rule(settings, sip)).collect(),
        tariffs: config
            .tariff
            .iter()
            .map(|tariff| (tariff.prefix.clone(), cost(tariff.per_minute, tariff.per_call)))
            .collect(),
        default_tariff: cost(config.default_per_minute, 0.0),
        daily_limit: limit(config.daily_spend),
        reserve: Duration::from_secs(60 * u64::from(config.reserve_minutes)),
    };
    let trunks = sip.trunk.iter().map(|trunk| TrunkLimits {
        places_calls: trunk.places_calls(),
        channels: (trunk.max_channels > 0).then_some(trunk.max_channels),
        per_second: trunk.calls_per_second,
        daily: limit(trunk.daily_spend),
    });
    Outbound::new(rules, trunks.collect(), day, spent)
}

fn rule(settings: &config::outbound::Rule, sip: &Sip) -> Rule {
    let index = |name: &String| sip.trunk.iter().position(|trunk| trunk.name == *name).map(TrunkId);
    Rule {
        prefixes: settings.prefixes.clone(),
        trunks: settings.trunks.iter().filter_map(index).collect(),
        who: settings.who.clone(),
        international: settings.international,
        premium: settings.premium,
        strip: settings.strip,
        add: settings.add.clone(),
    }
}

fn cost(per_minute: f64, per_call: f64) -> Tariff {
    Tariff { per_minute: amount(per_minute), per_call: amount(per_call) }
}

/// In the configuration 0 means no limit.
fn limit(money: f64) -> Option<Amount> {
    (money > 0.0).then(|| amount(money))
}

fn amount(money: f64) -> Amount {
    Amount((money * 1_000.0).round().max(0.0) as u64)
}
