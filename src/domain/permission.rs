//! Who may do what, decided in one place that also says why.
//!
//! Roles are data. A role has rules for each right ([`rule`]); what it is allowed when nobody changed anything is in [`defaults`]; one
//! function decides ([`decide`]); what somebody may read is also a condition for lists ([`reach`]).

pub mod decide;
pub mod defaults;
pub mod reach;
pub mod role;
pub mod rule;

pub use decide::{Decision, OnCase, Reason, Who, decide};
pub use role::RoleRules;

use super::words::words;

words! {
    /// What kind of work a role is: telephony rings operators and supervisors, and new rights are given by it. Every role that is added
    /// is of one of these kinds, see [`RoleRules`].
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
        /// Ends one that was opened by mistake. Nothing is ever deleted; the word is the one that municipalities know.
        DeleteCase = "delete_case",
        /// Pauses, resumes and extends.
        ManageDeadlines = "manage_deadlines",
        /// Many cases at once.
        ChangeInBulk = "change_in_bulk",
        ReadPeople = "read_people",
        EditPeople = "edit_people",
        MergePeople = "merge_people",
        /// Lists of addresses that are not to be sent messages to many.
        ImportOptOuts = "import_opt_outs",
        /// Erases what is kept of somebody, and reports it to them.
        ErasePeople = "erase_people",
        Export = "export",
        /// Keeps lists of cases for all to see.
        ShareFilters = "share_filters",
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
        /// Messages to many: how they go, and to whom they went.
        ReadCampaigns = "read_campaigns",
        /// Writes them, chooses who gets them, starts and stops them.
        ManageCampaigns = "manage_campaigns",
        /// The second pair of eyes before one starts.
        ApproveCampaigns = "approve_campaigns",
        /// What surveys ask, and how far they have come.
        ReadSurveys = "read_surveys",
        /// Writes them, publishes and retires versions.
        ManageSurveys = "manage_surveys",
        /// Asks somebody, and writes down what they answer.
        ConductInterviews = "conduct_interviews",
        /// What people answered, one by one.
        ReadAnswers = "read_answers",
        /// What goes on now: calls, operators and queues.
        ReadBoard = "read_board",
    }
}
