//! How a contact has ended, or stands, in the words of AAPOR's Standard Definitions, so that response rates can be compared with those of other surveys.

use super::outcome::Outcome;
use crate::domain::statistics::aapor::{Counts, Disposition};

/// By the last thing that came of calling it; `None`: it was never called.
pub fn disposition(last: Option<Outcome>) -> Disposition {
    match last {
        None | Some(Outcome::Blocked) => Disposition::NotAttempted,
        Some(Outcome::Completed) => Disposition::Complete,
        Some(Outcome::Partial) => Disposition::Partial,
        Some(Outcome::Refused | Outcome::OptedOut) => Disposition::Refusal,
        // Nobody knows yet who would have been asked (code 2.111).
        Some(Outcome::HungUp) => Disposition::HouseholdRefusal,
        Some(Outcome::Callback) => Disposition::NeverAvailable,
        Some(Outcome::Ineligible) => Disposition::NoEligibleRespondent,
        Some(Outcome::WrongNumber) => Disposition::UnknownResident,
        Some(Outcome::Machine) => Disposition::Machine,
        Some(Outcome::Abandoned) => Disposition::HouseholdUnknownRespondent,
        Some(Outcome::NoAnswer) => Disposition::NoAnswer,
        Some(Outcome::Busy) => Disposition::AlwaysBusy,
        Some(Outcome::Declined) => Disposition::CallBlocking,
        Some(Outcome::NoSuchNumber) => Disposition::NotWorking,
        Some(Outcome::Trouble) => Disposition::TechnicalProblem,
        Some(Outcome::Interrupted) => Disposition::OtherUnknown,
    }
}

/// Of contacts by their last outcome, with how many.
pub fn counts(contacts: impl IntoIterator<Item = (Option<Outcome>, i64)>) -> Counts {
    let mut counts = Counts::default();
    for (last, n) in contacts {
        counts.add(disposition(last), n as f64);
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::statistics::aapor::Eligibility;

    #[test]
    fn the_response_rate_is_that_of_the_standard_definitions() {
        let contacts = [
            (Some(Outcome::Completed), 40),
            (Some(Outcome::Partial), 10),
            (Some(Outcome::Refused), 20),
            (Some(Outcome::Callback), 5),
            (Some(Outcome::NoAnswer), 20),
            (Some(Outcome::NoSuchNumber), 300),
            (None, 5),
        ];
        let rates = counts(contacts).rates(Eligibility::Proportional).unwrap();
        // I / (I + P + R + NC + UH): dead numbers are in no rate.
        assert_eq!(rates.rr1, Some(0.4));
        assert_eq!(rates.coop1, Some(40.0 / 70.0));
        assert_eq!(rates.ref1, Some(0.2));
        assert_eq!(rates.con1, Some(0.7));
    }
}
