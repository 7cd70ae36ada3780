//! Outcome rates. The formulas are those of the section "Calculating Rates from Response Distributions".

use serde::Serialize;

use super::{Disposition, Group};

/// How many cases ended in each group; sums of weights, where the cases have some.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Counts {
    #[serde(rename = "I")]
    pub complete: f64,
    #[serde(rename = "P")]
    pub partial: f64,
    #[serde(rename = "R")]
    pub refusal: f64,
    #[serde(rename = "NC")]
    pub non_contact: f64,
    #[serde(rename = "O")]
    pub other: f64,
    #[serde(rename = "UH")]
    pub unknown_household: f64,
    #[serde(rename = "UO")]
    pub unknown_other: f64,
    #[serde(rename = "NE")]
    pub not_eligible: f64,
}

/// How many of those of whom it is not known were to be asked: `e`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Eligibility {
    /// As many of them as of those of whom it is known ("proportional allocation", the CASRO method).
    Proportional,
    /// A share that is known from elsewhere. Whoever reports the rate must say from where.
    Given(f64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the share of those to be asked is between 0 and 1")]
pub struct BadEligibility;

/// Shares; none where there is nobody to take a share of.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Rates {
    pub e: Option<f64>,
    /// The minimum: everybody unknown was to be asked.
    pub rr1: Option<f64>,
    /// As RR1, partial interviews taken as answers.
    pub rr2: Option<f64>,
    /// With `e`.
    pub rr3: Option<f64>,
    pub rr4: Option<f64>,
    /// The maximum: nobody unknown was to be asked.
    pub rr5: Option<f64>,
    pub rr6: Option<f64>,
    pub coop1: Option<f64>,
    pub coop2: Option<f64>,
    /// Without those who could not take part.
    pub coop3: Option<f64>,
    pub coop4: Option<f64>,
    pub ref1: Option<f64>,
    /// With `e`.
    pub ref2: Option<f64>,
    pub ref3: Option<f64>,
    pub con1: Option<f64>,
    /// With `e`.
    pub con2: Option<f64>,
    pub con3: Option<f64>,
}

impl Counts {
    pub fn add(&mut self, disposition: Disposition, weight: f64) {
        *self.of(disposition.group()) += weight;
    }

    fn of(&mut self, group: Group) -> &mut f64 {
        match group {
            Group::Complete => &mut self.complete,
            Group::Partial => &mut self.partial,
            Group::Refusal => &mut self.refusal,
            Group::NonContact => &mut self.non_contact,
            Group::Other => &mut self.other,
            Group::UnknownHousehold => &mut self.unknown_household,
            Group::UnknownOther => &mut self.unknown_other,
            Group::NotEligible => &mut self.not_eligible,
        }
    }

    /// Without anybody of whom it is known, nothing can be estimated.
    fn eligibility(&self, how: Eligibility) -> Result<Option<f64>, BadEligibility> {
        match how {
            Eligibility::Given(e) if (0.0..=1.0).contains(&e) => Ok(Some(e)),
            Eligibility::Given(_) => Err(BadEligibility),
            Eligibility::Proportional => Ok(share(self.eligible(), self.eligible() + self.not_eligible)),
        }
    }

    fn eligible(&self) -> f64 {
        self.complete + self.partial + self.refusal + self.non_contact + self.other
    }

    pub fn rates(&self, eligibility: Eligibility) -> Result<Rates, BadEligibility> {
        let e = self.eligibility(eligibility)?;
        let (i, p, r, o) = (self.complete, self.partial, self.refusal, self.other);
        let unknown = self.unknown_household + self.unknown_other;
        let known = self.eligible();
        let all = known + unknown;
        let estimated = |part: f64| share(part, known + e? * unknown);
        let contacted = i + p + r + o;
        Ok(Rates {
            e,
            rr1: share(i, all),
            rr2: share(i + p, all),
            rr3: estimated(i),
            rr4: estimated(i + p),
            rr5: share(i, known),
            rr6: share(i + p, known),
            coop1: share(i, contacted),
            coop2: share(i + p, contacted),
            coop3: share(i, i + p + r),
            coop4: share(i + p, i + p + r),
            ref1: share(r, all),
            ref2: estimated(r),
            ref3: share(r, known),
            con1: share(contacted, all),
            con2: estimated(contacted),
            con3: share(contacted, known),
        })
    }
}

impl Rates {
    /// By their names, in the order of the Standard Definitions.
    pub fn named(&self) -> [(&'static str, Option<f64>); 16] {
        [
            ("RR1", self.rr1),
            ("RR2", self.rr2),
            ("RR3", self.rr3),
            ("RR4", self.rr4),
            ("RR5", self.rr5),
            ("RR6", self.rr6),
            ("COOP1", self.coop1),
            ("COOP2", self.coop2),
            ("COOP3", self.coop3),
            ("COOP4", self.coop4),
            ("REF1", self.ref1),
            ("REF2", self.ref2),
            ("REF3", self.ref3),
            ("CON1", self.con1),
            ("CON2", self.con2),
            ("CON3", self.con3),
        ]
    }
}

fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the manual of `outcomerate`, a package of rOpenSci for R: twelve people.
    #[test]
    fn rates_are_those_of_a_worked_example() {
        let groups = ["I", "I", "I", "I", "P", "P", "R", "NC", "O", "UH", "UO", "NE"];
        let mut counts = Counts::default();
        groups.iter().for_each(|letters| counts.add(Disposition::of_code(letters).unwrap(), 1.0));
        let rates = counts.rates(Eligibility::Proportional).unwrap();
        assert_eq!(rates.e, Some(0.9));
        let rounded = rates.named().map(|(_, rate)| (rate.unwrap() * 1e3).round() / 1e3);
        let expected = [
            0.364, 0.545, 0.370, 0.556, 0.444, 0.667, 0.500, 0.750, 0.571, 0.857, 0.091, 0.093, 0.111, 0.727,
            0.741, 0.889,
        ];
        assert_eq!(rounded, expected);
    }

    /// The example of the manual of `responserates`, another package for R: `e` given.
    #[test]
    fn the_share_to_be_asked_may_be_given() {
        let counts = Counts { complete: 100.0, non_contact: 20.0, unknown_other: 100.0, ..Counts::default() };
        let rates = counts.rates(Eligibility::Given(0.25)).unwrap();
        let rounded = [rates.rr1, rates.rr3, rates.rr5, rates.con2].map(|rate| (rate.unwrap() * 1e3).round());
        assert_eq!(rounded, [455.0, 690.0, 833.0, 690.0]);
        assert_eq!(counts.rates(Eligibility::Given(1.5)), Err(BadEligibility));
    }

    #[test]
    fn of_nobody_there_are_no_rates() {
        let rates = Counts::default().rates(Eligibility::Proportional).unwrap();
        assert!(rates.e.is_none() && rates.named().iter().all(|(_, rate)| rate.is_none()));
    }

    proptest::proptest! {
        /// What the definitions say of their order: RR1 is the least and RR5 the most, and RR3 lies between.
        #[test]
        fn rates_have_their_order(n in proptest::array::uniform8(0_u32..1_000)) {
            let [i, p, r, nc, o, uh, uo, ne] = n.map(f64::from);
            let counts = Counts {
                complete: i, partial: p, refusal: r, non_contact: nc, other: o,
                unknown_household: uh, unknown_other: uo, not_eligible: ne,
            };
            let rates = counts.rates(Eligibility::Proportional).unwrap();
            if let (Some(rr1), Some(rr3), Some(rr5)) = (rates.rr1, rates.rr3, rates.rr5) {
                proptest::prop_assert!(rr1 <= rr3 + 1e-12 && rr3 <= rr5 + 1e-12);
            }
            proptest::prop_assert!(rates.named().iter().all(|(_, rate)| rate.is_none_or(|rate| (0.0..=1.0).contains(&rate))));
        }
    }
}
