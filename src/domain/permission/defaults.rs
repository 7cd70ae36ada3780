//! What the roles that the program brings are allowed while nobody changed anything, and how rights are ordered on the page where that
//! is changed. A right without a line here does not compile.

use super::super::words::words;
use super::rule::Extent;
use super::{Right, Role};

words! {
    /// What a right is about, for the order of the matrix.
    Subject {
        Reading = "reading",
        Work = "work",
        Citizens = "citizens",
        Cases = "cases",
        Calls = "calls",
        Setup = "setup",
        Security = "security",
    }
}

/// One line of the matrix.
#[derive(Clone, Copy, Debug)]
pub struct About {
    pub subject: Subject,
    /// Whether it is used on a case, so that service, state and owner can decide.
    pub on_case: bool,
    supervisor: Extent,
    operator: Extent,
    officer: Extent,
}

/// How far the right reaches for the seeded role of this kind.
pub fn extent(right: Right, base: Role) -> Extent {
    let about = about(right);
    match base {
        Role::Administrator => Extent::All,
        Role::Supervisor => about.supervisor,
        Role::Operator => about.operator,
        Role::Officer => about.officer,
    }
}

/// Supervisor, operator, officer. An operator takes cases in and passes them on; settling them is the officer's, in the own service.
pub fn about(right: Right) -> About {
    use Extent::{All, No, OwnService};
    use Subject::*;
    let case = |subject, supervisor, operator, officer| About {
        subject,
        on_case: true,
        supervisor,
        operator,
        officer,
    };
    let general = |subject, supervisor, operator, officer| About {
        on_case: false,
        ..case(subject, supervisor, operator, officer)
    };
    match right {
        Right::ReadCases => case(Reading, All, All, OwnService),
        Right::ListenRecordings => case(Reading, All, All, OwnService),
        Right::ReadFiles => case(Reading, All, All, OwnService),
        Right::OpenDangerousFiles => case(Reading, No, No, No),
        Right::Export => general(Reading, All, No, No),
        Right::ShareFilters => general(Reading, All, No, No),
        Right::ReadCampaigns => general(Citizens, All, All, No),
        Right::ManageCampaigns => general(Citizens, All, All, No),
        Right::ApproveCampaigns => general(Citizens, All, No, No),
        Right::ReadSurveys => general(Citizens, All, All, No),
        Right::ManageSurveys => general(Citizens, All, No, No),
        Right::ConductInterviews => general(Citizens, All, All, No),
        Right::ReadAnswers => general(Citizens, All, No, No),
        Right::OpenCase => general(Work, All, All, No),
        Right::AddNote => case(Work, All, All, OwnService),
        Right::Reply => case(Work, All, All, OwnService),
        Right::ChangeStatus => case(Work, All, All, OwnService),
        Right::Answer => case(Work, All, No, OwnService),
        Right::Close => case(Work, All, No, OwnService),
        Right::Reopen => case(Work, All, All, OwnService),
        Right::Forward => case(Work, All, All, OwnService),
        Right::Return => case(Work, All, No, OwnService),
        Right::Assign => case(Work, All, All, OwnService),
        Right::Classify => case(Work, All, All, No),
        Right::EditFacts => case(Work, All, All, OwnService),
        Right::AddFile => case(Work, All, All, OwnService),
        Right::RemoveFile => case(Work, All, No, No),
        Right::Watch => case(Work, All, All, OwnService),
        Right::ManageDeadlines => case(Work, All, No, OwnService),
        Right::TellByHand => case(Citizens, All, All, OwnService),
        Right::AddFollower => case(Citizens, All, All, No),
        Right::ReadPeople => general(Citizens, All, All, All),
        Right::EditPeople => general(Citizens, All, All, No),
        Right::MergePeople => general(Citizens, All, No, No),
        Right::ImportOptOuts => general(Citizens, All, No, No),
        Right::ErasePeople => general(Citizens, No, No, No),
        Right::LinkCases => case(Cases, All, All, OwnService),
        Right::MergeCases => case(Cases, All, No, No),
        Right::SplitCase => case(Cases, All, All, No),
        Right::DeleteCase => case(Cases, No, No, No),
        Right::ChangeInBulk => general(Cases, All, No, No),
        Right::ReadBoard => general(Calls, All, All, No),
        Right::Supervise => general(Calls, All, No, No),
        Right::ManageQueues => general(Calls, All, No, No),
        Right::ManageDialplans => general(Calls, No, No, No),
        Right::ManageTemplates => general(Setup, All, No, No),
        Right::ManageCatalogue => general(Setup, No, No, No),
        Right::ManageCalendar => general(Setup, All, No, No),
        Right::ManageSettings => general(Setup, No, No, No),
        Right::ReadAudit => general(Security, All, No, No),
        Right::ManageUsers => general(Security, No, No, No),
        Right::ManageRights => general(Security, No, No, No),
        Right::ManageTokens => general(Security, No, No, No),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_supervisor_looks_on_at_calls_but_does_not_rewrite_what_callers_hear() {
        let who = |right| -> Vec<Role> {
            Role::ALL.iter().filter(|role| extent(right, **role) != Extent::No).copied().collect()
        };
        assert_eq!(who(Right::Supervise), [Role::Administrator, Role::Supervisor]);
        assert_eq!(who(Right::ManageDialplans), [Role::Administrator]);
    }

    #[test]
    fn administrator_may_everything_and_only_he_manages_users_and_rights() {
        assert!(Right::ALL.iter().all(|right| extent(*right, Role::Administrator) == Extent::All));
        for right in [Right::ManageUsers, Right::ManageRights, Right::ManageTokens, Right::ErasePeople] {
            let others = [Role::Supervisor, Role::Operator, Role::Officer];
            assert!(others.iter().all(|role| extent(right, *role) == Extent::No), "{right}");
        }
    }

    #[test]
    fn what_is_about_no_case_is_allowed_whole_or_not_at_all() {
        for right in Right::ALL.iter().filter(|right| !about(**right).on_case) {
            for role in Role::ALL {
                assert!(matches!(extent(*right, *role), Extent::All | Extent::No), "{role} {right}");
            }
        }
    }
}
