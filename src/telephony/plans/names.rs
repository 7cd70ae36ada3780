//! What the plans in force name of the catalogue, so that nothing is retired under them.

use super::Plans;
use crate::actions::catalogue::{Named, PlanNames};
use crate::dialplan::parse::{self, Mentioned};

impl PlanNames for Plans {
    fn naming(&self, what: Named, key: &str) -> Vec<String> {
        let what = match what {
            Named::Category => Mentioned::Category,
            Named::Department => Mentioned::Department,
        };
        let taken = self.taken();
        let names = taken.sources.iter().filter(|source| {
            let parsed = parse::parse(source.name(), &source.text);
            parsed.outline.mentions.iter().any(|mention| mention.what == what && mention.key.value == key)
        });
        names.map(|source| source.name().to_owned()).collect()
    }
}
