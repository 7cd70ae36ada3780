//! Who may do what, decided in one place that also says why.

use super::words::words;

words! {
    /// What a user is in the municipality. Roles times actions times services follow with the rights editor.
    Role {
        Administrator = "administrator",
        Supervisor = "supervisor",
        Operator = "operator",
        Officer = "officer",
    }
}

words! {
    /// What can be allowed or refused.
    Right {
        ReadCases = "read_cases",
        ListenRecordings = "listen_recordings",
        /// Registers a contact on behalf of somebody.
        OpenCase = "open_case",
        AddNote = "add_note",
        /// Writes to the citizen.
        Reply = "reply",
        /// Takes it up, puts it back; not: answers, closes, opens again.
        ChangeStatus = "change_status",
        /// Writes down that the citizen was told by hand, or cannot be.
        TellByHand = "tell_by_hand",
        /// Gives it an outcome.
        Answer = "answer",
        Close = "close",
        Reopen = "reopen",
        /// To another service or institution.
        Forward = "forward",
        /// Back to whoever forwarded it, with a reason.
        Return = "return",
        Assign = "assign",
        Classify = "classify",
        /// Where the problem is, and other facts that the citizen gave.
        EditFacts = "edit_facts",
        /// Becomes a watcher, or makes somebody one.
        Watch = "watch",
        AddFollower = "add_follower",
        ReadFiles = "read_files",
        /// Takes out what is locked away because it would run.
        OpenDangerousFiles = "open_dangerous_files",
        AddFile = "add_file",
        RemoveFile = "remove_file",
        MergeCases = "merge_cases",
        SplitCase = "split_case",
        LinkCases = "link_cases",
        DeleteCase = "delete_case",
        /// Pauses, resumes and extends.
        ManageDeadlines = "manage_deadlines",
        /// Many cases at once.
        ChangeInBulk = "change_in_bulk",
        ReadPeople = "read_people",
        EditPeople = "edit_people",
        MergePeople = "merge_people",
        /// Erases what is kept of somebody, and reports it to them.
        ErasePeople = "erase_people",
        Export = "export",
        ReadAudit = "read_audit",
        ManageTemplates = "manage_templates",
        /// Services, institutions, categories and their questions.
        ManageCatalogue = "manage_catalogue",
        /// Working days and profiles of deadlines.
        ManageCalendar = "manage_calendar",
        ManageRights = "manage_rights",
        /// Tokens of the API, webhooks.
        ManageTokens = "manage_tokens",
        ManageUsers = "manage_users",
        ManageSettings = "manage_settings",
        /// What callers hear and where they are led.
        ManageDialplans = "manage_dialplans",
        /// Looks on at calls and operators; listens in, whispers, joins in, ends calls.
        Supervise = "supervise",
        /// Queues, who is in them, reasons of pauses; and the state of other operators.
        ManageQueues = "manage_queues",
    }
}

/// The answer and its reason, which is shown to whoever asks why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub allowed: bool,
    pub reason: String,
}

/// Whether `role` has `right`.
pub fn may(role: Role, right: Right) -> Decision {
    use Right::*;
    let allowed = match role {
        Role::Administrator => true,
        Role::Supervisor => !matches!(
            right,
            ManageUsers
                | ManageSettings
                | ManageDialplans
                | ManageRights
                | ManageTokens
                | ManageCatalogue
                | ErasePeople
                | DeleteCase
                | OpenDangerousFiles
        ),
        // An operator takes cases in and passes them on; settling them is the officer's.
        Role::Operator => matches!(
            right,
            ReadCases
                | ListenRecordings
                | OpenCase
                | AddNote
                | Reply
                | TellByHand
                | ChangeStatus
                | Reopen
                | Forward
                | Assign
                | Classify
                | EditFacts
                | Watch
                | AddFollower
                | ReadFiles
                | AddFile
                | LinkCases
                | ReadPeople
                | EditPeople
        ),
        Role::Officer => matches!(
            right,
            ReadCases
                | ListenRecordings
                | AddNote
                | Reply
                | TellByHand
                | ChangeStatus
                | Answer
                | Close
                | Reopen
                | Forward
                | Return
                | Assign
                | EditFacts
                | Watch
                | ReadFiles
                | AddFile
                | LinkCases
                | ManageDeadlines
                | ReadPeople
        ),
    };
    let verb = if allowed { "has" } else { "does not have" };
    Decision { allowed, reason: format!("the role {role} {verb} the right {right}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusal_says_which_role_lacks_which_right() {
        let decision = may(Role::Officer, Right::ManageUsers);
        assert!(!decision.allowed);
        assert_eq!(decision.reason, "the role officer does not have the right manage_users");
    }

    #[test]
    fn a_supervisor_looks_on_at_calls_but_does_not_rewrite_what_callers_hear() {
        let who = |right| Role::ALL.iter().filter(|r| may(**r, right).allowed).copied().collect::<Vec<_>>();
        assert_eq!(who(Right::Supervise), [Role::Administrator, Role::Supervisor]);
        assert_eq!(who(Right::ManageDialplans), [Role::Administrator]);
    }

    #[test]
    fn administrator_may_everything_and_only_he_manages_users() {
        assert!(Right::ALL.iter().all(|right| may(Role::Administrator, *right).allowed));
        let managers: Vec<_> = Role::ALL.iter().filter(|r| may(**r, Right::ManageUsers).allowed).collect();
        assert_eq!(managers, [&Role::Administrator]);
    }
}
