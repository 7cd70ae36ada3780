//! How a telephone number of a survey ended, once for each.

use std::str::FromStr;

use super::super::super::words::words;

/// The letters of the formulas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
pub enum Group {
    /// I: complete interviews.
    #[serde(rename = "I")]
    Complete,
    /// P: partial interviews.
    #[serde(rename = "P")]
    Partial,
    /// R: refusals and break-offs.
    #[serde(rename = "R")]
    Refusal,
    /// NC: eligible, but never reached.
    #[serde(rename = "NC")]
    NonContact,
    /// O: eligible and reached, but for other reasons not interviewed.
    #[serde(rename = "O")]
    Other,
    /// UH: unknown whether there is a household at all.
    #[serde(rename = "UH")]
    UnknownHousehold,
    /// UO: a household, but unknown whether with somebody to be asked; unknown for other reasons.
    #[serde(rename = "UO")]
    UnknownOther,
    /// Not to be asked: no part of any rate but of the estimate of `e`.
    #[serde(rename = "NE")]
    NotEligible,
}

impl Group {
    pub const ALL: [Self; 8] = [
        Self::Complete,
        Self::Partial,
        Self::Refusal,
        Self::NonContact,
        Self::Other,
        Self::UnknownHousehold,
        Self::UnknownOther,
        Self::NotEligible,
    ];

    pub fn letters(self) -> &'static str {
        match self {
            Self::Complete => "I",
            Self::Partial => "P",
            Self::Refusal => "R",
            Self::NonContact => "NC",
            Self::Other => "O",
            Self::UnknownHousehold => "UH",
            Self::UnknownOther => "UO",
            Self::NotEligible => "NE",
        }
    }

    /// A case of which no more than the group is known.
    fn disposition(self) -> Disposition {
        match self {
            Self::Complete => Disposition::Complete,
            Self::Partial => Disposition::Partial,
            Self::Refusal => Disposition::RefusalOrBreakOff,
            Self::NonContact => Disposition::NonContact,
            Self::Other => Disposition::OtherEligible,
            Self::UnknownHousehold => Disposition::UnknownHousehold,
            Self::UnknownOther => Disposition::OtherUnknown,
            Self::NotEligible => Disposition::OtherNotEligible,
        }
    }
}

words! {
    /// The numbers are AAPOR's, of the table for telephone surveys.
    Disposition {
        Complete = "complete",
        Partial = "partial",
        RefusalOrBreakOff = "refusal_or_break_off",
        Refusal = "refusal",
        /// Somebody of the household, before it was known who would be asked.
        HouseholdRefusal = "household_refusal",
        RespondentRefusal = "respondent_refusal",
        BreakOff = "break_off",
        NonContact = "non_contact",
        NeverAvailable = "never_available",
        /// Its words say that it is a household's.
        HouseholdMachine = "household_machine",
        HouseholdMachineMessageLeft = "household_machine_message_left",
        HouseholdMachineNoMessage = "household_machine_no_message",
        OtherEligible = "other_eligible",
        Dead = "dead",
        Unable = "unable",
        Language = "language",
        HouseholdLanguage = "household_language",
        RespondentLanguage = "respondent_language",
        NoInterviewerOfLanguage = "no_interviewer_of_language",
        InadequateAudio = "inadequate_audio",
        /// At the wheel, for example.
        PlaceForbidsInterview = "place_forbids_interview",
        Miscellaneous = "miscellaneous",
        UnknownHousehold = "unknown_household",
        NotAttempted = "not_attempted",
        AlwaysBusy = "always_busy",
        NoAnswer = "no_answer",
        /// Unknown whose.
        Machine = "machine",
        CallBlocking = "call_blocking",
        TechnicalProblem = "technical_problem",
        AmbiguousAnnouncement = "ambiguous_announcement",
        HouseholdUnknownRespondent = "household_unknown_respondent",
        NoScreener = "no_screener",
        UnknownResident = "unknown_resident",
        OtherUnknown = "other_unknown",
        OutOfSample = "out_of_sample",
        Fax = "fax",
        NotWorkingOrDisconnected = "not_working_or_disconnected",
        NotWorking = "not_working",
        Disconnected = "disconnected",
        TemporarilyOutOfService = "temporarily_out_of_service",
        SpecialTechnology = "special_technology",
        NumberChanged = "number_changed",
        CallForwarding = "call_forwarding",
        NotAHousehold = "not_a_household",
        Business = "business",
        Institution = "institution",
        GroupQuarters = "group_quarters",
        NoEligibleRespondent = "no_eligible_respondent",
        QuotaFilled = "quota_filled",
        OtherNotEligible = "other_not_eligible",
    }
}

impl Disposition {
    pub fn code(self) -> &'static str {
        match self {
            Self::Complete => "1.1",
            Self::Partial => "1.2",
            Self::RefusalOrBreakOff => "2.10",
            Self::Refusal => "2.11",
            Self::HouseholdRefusal => "2.111",
            Self::RespondentRefusal => "2.112",
            Self::BreakOff => "2.12",
            Self::NonContact => "2.20",
            Self::NeverAvailable => "2.21",
            Self::HouseholdMachine => "2.22",
            Self::HouseholdMachineMessageLeft => "2.221",
            Self::HouseholdMachineNoMessage => "2.222",
            Self::OtherEligible => "2.30",
            Self::Dead => "2.31",
            Self::Unable => "2.32",
            Self::Language => "2.33",
            Self::HouseholdLanguage => "2.331",
            Self::RespondentLanguage => "2.332",
            Self::NoInterviewerOfLanguage => "2.333",
            Self::InadequateAudio => "2.34",
            Self::PlaceForbidsInterview => "2.35",
            Self::Miscellaneous => "2.36",
            Self::UnknownHousehold => "3.10",
            Self::NotAttempted => "3.11",
            Self::AlwaysBusy => "3.12",
            Self::NoAnswer => "3.13",
            Self::Machine => "3.14",
            Self::CallBlocking => "3.15",
            Self::TechnicalProblem => "3.16",
            Self::AmbiguousAnnouncement => "3.161",
            Self::HouseholdUnknownRespondent => "3.20",
            Self::NoScreener => "3.21",
            Self::UnknownResident => "3.30",
            Self::OtherUnknown => "3.90",
            Self::OutOfSample => "4.10",
            Self::Fax => "4.20",
            Self::NotWorkingOrDisconnected => "4.30",
            Self::NotWorking => "4.31",
            Self::Disconnected => "4.32",
            Self::TemporarilyOutOfService => "4.33",
            Self::SpecialTechnology => "4.40",
            Self::NumberChanged => "4.41",
            Self::CallForwarding => "4.42",
            Self::NotAHousehold => "4.50",
            Self::Business => "4.51",
            Self::Institution => "4.52",
            Self::GroupQuarters => "4.53",
            Self::NoEligibleRespondent => "4.70",
            Self::QuotaFilled => "4.80",
            Self::OtherNotEligible => "4.90",
        }
    }

    /// By the first digits of the code.
    pub fn group(self) -> Group {
        let code = self.code();
        match (code.get(..1), code.get(2..3)) {
            (Some("1"), Some("1")) => Group::Complete,
            (Some("1"), _) => Group::Partial,
            (Some("2"), Some("1")) => Group::Refusal,
            (Some("2"), Some("2")) => Group::NonContact,
            (Some("2"), _) => Group::Other,
            (Some("3"), Some("1")) => Group::UnknownHousehold,
            (Some("3"), _) => Group::UnknownOther,
            _ => Group::NotEligible,
        }
    }

    /// A code or letters as they stand in tables: `2.11`, also with a comma; `2.1`, which a spreadsheet made of 2.10; `2.111a` and other codes
    /// that a survey has divided further, as the one that they belong to; `NC`; or the word of this program.
    pub fn of_code(text: &str) -> Result<Self, UnknownDisposition> {
        let text = text.trim().replace(',', ".");
        let exact = |code: &str| Self::ALL.iter().copied().find(|disposition| disposition.code() == code);
        let of_letters = || {
            let group = Group::ALL.into_iter().find(|group| group.letters().eq_ignore_ascii_case(&text));
            group.map(Group::disposition)
        };
        // A tenth is a group; only what has hundredths can be divided further.
        let wider = || (4..text.len()).rev().find_map(|end| exact(text.get(..end)?));
        exact(&text)
            .or_else(|| exact(&format!("{text}0")).filter(|_| text.len() == 3))
            .or_else(of_letters)
            .or_else(|| Self::from_str(&text).ok())
            .or_else(|| wider().filter(|_| text.starts_with(|c: char| c.is_ascii_digit())))
            .ok_or(UnknownDisposition { code: text.chars().take(40).collect() })
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code:?} is no final disposition of a telephone survey")]
pub struct UnknownDisposition {
    pub code: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_read_back_and_none_is_there_twice() {
        for disposition in Disposition::ALL {
            assert_eq!(Disposition::of_code(disposition.code()), Ok(*disposition));
            assert_eq!(Disposition::of_code(disposition.as_str()), Ok(*disposition));
        }
        for group in Group::ALL {
            assert_eq!(Disposition::of_code(group.letters()).unwrap().group(), group);
        }
    }

    #[test]
    fn codes_are_read_as_tables_have_them() {
        let read = |text| Disposition::of_code(text).map(Disposition::code).unwrap_or("none");
        assert_eq!([read("2,11"), read("2.1"), read(" 3.2 "), read("nc")], ["2.11", "2.10", "3.20", "2.20"]);
        assert_eq!([read("2.111a"), read("3.211"), read("1.1")], ["2.111", "3.21", "1.1"]);
        assert_eq!([read("9.99"), read("2"), read(""), read("1.15"), read("ћ.11")], ["none"; 5]);
    }

    #[test]
    fn groups_follow_the_codes() {
        use Disposition::*;
        let groups =
            [Complete, Partial, BreakOff, HouseholdMachine, Dead, NoAnswer, NoScreener, OtherUnknown, Fax];
        let letters = groups.map(|disposition| disposition.group().letters());
        assert_eq!(letters, ["I", "P", "R", "NC", "O", "UH", "UO", "UO", "NE"]);
    }
}
