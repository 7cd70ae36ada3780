//! Every action of the program on one list: what it is called, which right it asks for, and by which addresses it is reached. Pages and
//! the API let nobody through to an address that is not here (`web/access.rs`); a test walks all addresses and all verbs, and tries every
//! action as every role. So an action without a rule does not pass the build, and would not work.

mod exempt;

pub use exempt::{NOT_IN_API, OPEN, SIGNED_IN};

use crate::domain::permission::Right;

/// A verb of [`super::Actions`], or something that is only read.
#[derive(Clone, Copy, Debug)]
pub struct Action {
    /// Of a verb: the function's.
    pub name: &'static str,
    pub kind: Kind,
    pub right: Right,
    /// Method and path, as the router has it. None: a verb that only the program itself and the command line call.
    pub reached: &'static [&'static str],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Changes something.
    Verb,
    Read,
}

pub const ACTIONS: &[Action] = &[
    read(
        "cases",
        Right::ReadCases,
        &[
            "GET /cases",
            "GET /cases/events",
            "GET /search",
            "GET /tasks",
            "GET /api/v1/cases",
            "GET /api/v1/search",
            "GET /filters/{id}/count",
            "GET /api/v1/filters",
            "GET /api/v1/tasks",
        ],
    ),
    // One's own; to share them is a right of its own.
    verb("save_filter", Right::ReadCases, &["POST /filters", "POST /api/v1/filters"]),
    verb("save_filter", Right::ShareFilters, &[]),
    verb(
        "change_filter",
        Right::ReadCases,
        &["POST /filters/{id}", "PUT /api/v1/filters/{id}", "DELETE /api/v1/filters/{id}"],
    ),
    // What waits for oneself.
    verb("finish_task", Right::ReadCases, &["POST /tasks/{id}/finish", "POST /api/v1/tasks/{id}/finish"]),
    read(
        "case",
        Right::ReadCases,
        &[
            "GET /cases/{id}",
            "GET /cases/{id}/events",
            "GET /api/v1/cases/{id}",
            "GET /api/v1/cases/{id}/timeline",
            "GET /api/v1/cases/{id}/answers",
        ],
    ),
    read(
        "recording",
        Right::ListenRecordings,
        &["GET /recordings/{id}", "GET /recordings/{id}/peaks", "GET /api/v1/recordings/{id}"],
    ),
    verb("case_pin", Right::ReadCases, &["GET /api/v1/cases/{id}/slip"]),
    verb("read_case", Right::ReadCases, &["GET /cases/{id}", "GET /api/v1/cases/{id}"]),
    // Views and listenings are told to the audit by whoever showed them, after the right was asked for.
    verb("viewed", Right::ReadCases, &[]),
    verb("listened", Right::ListenRecordings, &[]),
    verb("list_viewed", Right::ReadCases, &[]),
    verb("people_listed", Right::ReadPeople, &[]),
    verb("add_note", Right::AddNote, &["POST /cases/{id}/notes", "POST /api/v1/cases/{id}/notes"]),
    verb(
        "set_status",
        Right::ChangeStatus,
        &[
            "POST /cases/{id}/facts",
            "POST /cases/{id}/take",
            "POST /api/v1/cases/{id}/status",
            "POST /cases/{id}/step",
        ],
    ),
    verb(
        "close_case",
        Right::Close,
        &["POST /cases/{id}/facts", "POST /api/v1/cases/{id}/status", "POST /cases/{id}/step"],
    ),
    verb(
        "reopen_case",
        Right::Reopen,
        &["POST /cases/{id}/facts", "POST /api/v1/cases/{id}/reopen", "POST /cases/{id}/step"],
    ),
    verb("answer_case", Right::Answer, &["POST /api/v1/cases/{id}/answer", "POST /cases/{id}/answer"]),
    verb("forward_case", Right::Forward, &["POST /api/v1/cases/{id}/forward", "POST /cases/{id}/step"]),
    verb("return_case", Right::Return, &["POST /api/v1/cases/{id}/return", "POST /cases/{id}/step"]),
    verb("reply_by_mail", Right::Reply, &["POST /api/v1/cases/{id}/mails"]),
    verb("forward_by_mail", Right::Forward, &["POST /api/v1/cases/{id}/forwarded-mails"]),
    verb(
        "pause_deadline",
        Right::ManageDeadlines,
        &[
            "POST /cases/{id}/deadlines/{deadline}/pause",
            "POST /api/v1/cases/{id}/deadlines/{deadline}/pause",
        ],
    ),
    verb(
        "resume_deadline",
        Right::ManageDeadlines,
        &[
            "POST /cases/{id}/deadlines/{deadline}/resume",
            "POST /api/v1/cases/{id}/deadlines/{deadline}/resume",
        ],
    ),
    verb(
        "extend_deadline",
        Right::ManageDeadlines,
        &[
            "POST /cases/{id}/deadlines/{deadline}/extend",
            "POST /api/v1/cases/{id}/deadlines/{deadline}/extend",
        ],
    ),
    read(
        "calendar",
        Right::ManageCalendar,
        &[
            "GET /calendar",
            "GET /deadlines",
            "GET /deadlines/{key}",
            "GET /api/v1/calendar",
            "GET /api/v1/deadline-profiles",
        ],
    ),
    verb("set_working_week", Right::ManageCalendar, &["POST /calendar", "PUT /api/v1/calendar"]),
    verb("put_own_day", Right::ManageCalendar, &["POST /calendar/days", "PUT /api/v1/calendar/days/{date}"]),
    verb(
        "remove_own_day",
        Right::ManageCalendar,
        &["POST /calendar/days/remove", "DELETE /api/v1/calendar/days/{date}"],
    ),
    verb(
        "put_deadline_profile",
        Right::ManageCalendar,
        &["POST /deadlines/{key}", "PUT /api/v1/deadline-profiles/{key}"],
    ),
    verb(
        "set_category_deadline",
        Right::ManageCalendar,
        &["POST /deadlines/categories", "PUT /api/v1/categories/{key}/deadline"],
    ),
    read(
        "people",
        Right::ReadPeople,
        &["GET /people", "GET /people/{id}", "GET /api/v1/people", "GET /api/v1/people/{id}"],
    ),
    read("line", Right::ReadPeople, &["GET /line"]),
    verb("add_person", Right::EditPeople, &["POST /people", "POST /api/v1/people"]),
    verb(
        "change_person",
        Right::EditPeople,
        &[
            "POST /people/{id}/facts",
            "POST /people/{id}/points",
            "POST /people/{id}/consents",
            "POST /people/{id}/notes",
            "POST /api/v1/people/{id}/changes",
        ],
    ),
    read(
        "opt_outs",
        Right::ReadPeople,
        &["GET /do-not-disturb", "GET /api/v1/opt-outs", "GET /api/v1/people/{id}/opt-outs"],
    ),
    verb("opt_out", Right::EditPeople, &["POST /do-not-disturb", "POST /api/v1/opt-outs"]),
    verb("opt_in", Right::EditPeople, &["POST /do-not-disturb/{id}/remove", "DELETE /api/v1/opt-outs/{id}"]),
    verb(
        "try_opt_out_import",
        Right::ImportOptOuts,
        &["POST /do-not-disturb/preview", "POST /api/v1/opt-outs/import"],
    ),
    verb(
        "import_opt_outs",
        Right::ImportOptOuts,
        &["POST /do-not-disturb/import", "POST /api/v1/opt-outs/import"],
    ),
    verb(
        "person_report",
        Right::ErasePeople,
        &["GET /people/{id}/report", "GET /people/{id}/report.json", "GET /api/v1/people/{id}/report"],
    ),
    verb("try_erasure", Right::ErasePeople, &["GET /people/{id}/erase", "GET /api/v1/people/{id}/erasure"]),
    verb(
        "erase_person",
        Right::ErasePeople,
        &["POST /people/{id}/erase", "POST /api/v1/people/{id}/erasure"],
    ),
    verb("retention_rules", Right::ErasePeople, &["GET /retention", "GET /api/v1/retention"]),
    verb(
        "put_retention_rule",
        Right::ErasePeople,
        &["POST /retention", "PUT /api/v1/retention", "PUT /api/v1/retention/{category}"],
    ),
    verb(
        "drop_retention_rule",
        Right::ErasePeople,
        &["POST /retention/remove", "DELETE /api/v1/retention/{category}"],
    ),
    verb("retention_due", Right::ErasePeople, &["GET /retention", "GET /api/v1/retention"]),
    verb(
        "merge_people",
        Right::MergePeople,
        &["GET /people/{id}/merge", "POST /people/{id}/merge", "POST /api/v1/people/{id}/merge"],
    ),
    verb("split_people", Right::MergePeople, &["POST /people/{id}/split", "POST /api/v1/people/{id}/split"]),
    verb("reply", Right::Reply, &["POST /api/v1/cases/{id}/replies", "POST /cases/{id}/replies"]),
    read("notices", Right::ReadCases, &["GET /api/v1/cases/{id}/notices"]),
    verb(
        "settle_notice",
        Right::TellByHand,
        &["POST /api/v1/cases/{id}/notices/{notice}/settle", "POST /cases/{id}/settle"],
    ),
    verb("watch", Right::Watch, &["PUT /api/v1/cases/{id}/watchers/{login}", "POST /cases/{id}/watch"]),
    verb("unwatch", Right::Watch, &["DELETE /api/v1/cases/{id}/watchers/{login}"]),
    verb(
        "assign",
        Right::Assign,
        &["POST /cases/{id}/facts", "POST /cases/{id}/take", "POST /api/v1/cases/{id}/assign"],
    ),
    verb("set_department", Right::Assign, &["POST /cases/{id}/facts", "POST /api/v1/cases/{id}/department"]),
    verb("set_category", Right::Classify, &["POST /cases/{id}/facts", "POST /api/v1/cases/{id}/category"]),
    verb("set_place", Right::EditFacts, &["POST /api/v1/cases/{id}/place", "POST /cases/{id}/place"]),
    read(
        "questions",
        Right::ReadCases,
        &[
            "GET /cases/questions/{category}",
            "GET /api/v1/services",
            "GET /api/v1/categories",
            "GET /api/v1/areas",
        ],
    ),
    verb(
        "answer_questions",
        Right::EditFacts,
        &["GET /cases/{id}/answers", "POST /cases/{id}/answers", "PUT /api/v1/cases/{id}/answers"],
    ),
    read("slip", Right::ReadCases, &["GET /cases/{id}/slip", "GET /api/v1/cases/{id}/slip"]),
    read(
        "similar_cases",
        Right::OpenCase,
        &["GET /cases/new/similar", "GET /cases/new/people", "GET /api/v1/similar-cases"],
    ),
    verb("similar_cases", Right::ReadCases, &[]),
    verb("register_case", Right::OpenCase, &["GET /cases/new", "POST /cases/new", "POST /api/v1/cases"]),
    verb(
        "add_follower",
        Right::AddFollower,
        &["POST /cases/{id}/followers", "POST /api/v1/cases/{id}/followers"],
    ),
    // Whoever names somebody on a case, by their number in the register, reads there who they are.
    verb("register_case", Right::ReadPeople, &[]),
    verb("add_follower", Right::ReadPeople, &[]),
    read(
        "files",
        Right::ReadFiles,
        &["GET /files/{id}", "GET /api/v1/files/{id}", "GET /api/v1/cases/{id}/files"],
    ),
    // Besides the right to read files, for those that could run.
    read("dangerous_file", Right::OpenDangerousFiles, &["GET /files/{id}", "GET /api/v1/files/{id}"]),
    // What one is writing, for oneself.
    verb("keep_draft", Right::ReadCases, &["POST /cases/{id}/draft", "POST /cases/{id}/left"]),
    verb("merge_cases", Right::MergeCases, &["POST /cases/{id}/merge", "POST /api/v1/cases/{id}/merge"]),
    verb("unmerge_case", Right::MergeCases, &["POST /cases/{id}/unmerge", "POST /api/v1/cases/{id}/unmerge"]),
    // Nothing is deleted: who may "delete" ends a case that was opened by mistake.
    verb("annul_case", Right::DeleteCase, &["POST /cases/{id}/annul", "POST /api/v1/cases/{id}/annul"]),
    verb("split_case", Right::SplitCase, &["POST /cases/{id}/split", "POST /api/v1/cases/{id}/split"]),
    verb("try_split", Right::SplitCase, &["GET /cases/{id}/split", "POST /cases/{id}/split"]),
    verb("unsplit_case", Right::SplitCase, &["POST /cases/{id}/unsplit", "POST /api/v1/cases/{id}/unsplit"]),
    verb(
        "link_cases",
        Right::LinkCases,
        &["POST /cases/{id}/link", "PUT /api/v1/cases/{id}/links/{kind}/{other}"],
    ),
    verb(
        "unlink_cases",
        Right::LinkCases,
        &["POST /cases/{id}/unlink", "DELETE /api/v1/cases/{id}/links/{kind}/{other}"],
    ),
    verb("preview_bulk", Right::ChangeInBulk, &["POST /cases/bulk", "POST /api/v1/cases/bulk"]),
    verb("carry_out_bulk", Right::ChangeInBulk, &["POST /cases/bulk/run", "POST /api/v1/cases/bulk"]),
    read("templates", Right::ManageTemplates, &["GET /templates", "GET /templates/{id}"]),
    verb("add_template", Right::ManageTemplates, &["POST /templates", "POST /api/v1/templates"]),
    verb("change_template", Right::ManageTemplates, &["POST /templates/{id}", "PUT /api/v1/templates/{id}"]),
    verb(
        "archive_template",
        Right::ManageTemplates,
        &["POST /templates/{id}/archive", "POST /api/v1/templates/{id}/archive"],
    ),
    verb("try_template", Right::ManageTemplates, &["POST /templates/preview"]),
    verb("templates_for", Right::ReadCases, &["GET /api/v1/templates"]),
    verb(
        "fill_template",
        Right::ReadCases,
        &[
            "POST /cases/{id}/templates",
            "GET /cases/{id}/letters/{template}",
            "GET /api/v1/cases/{id}/templates/{template}",
        ],
    ),
    read("macros", Right::ManageTemplates, &["GET /macros", "GET /macros/{id}"]),
    verb("add_macro", Right::ManageTemplates, &["POST /macros", "POST /api/v1/macros"]),
    verb("change_macro", Right::ManageTemplates, &["POST /macros/{id}", "PUT /api/v1/macros/{id}"]),
    verb(
        "archive_macro",
        Right::ManageTemplates,
        &["POST /macros/{id}/archive", "POST /api/v1/macros/{id}/archive"],
    ),
    verb("macros_for", Right::ReadCases, &["GET /api/v1/macros"]),
    // Each act asks for its own right.
    verb(
        "try_macro",
        Right::ReadCases,
        &["GET /cases/{id}/macros/{macro}", "GET /api/v1/cases/{id}/macros/{macro}"],
    ),
    verb(
        "use_macro",
        Right::ReadCases,
        &["POST /cases/{id}/macros/{macro}", "POST /api/v1/cases/{id}/macros/{macro}"],
    ),
    verb("add_files", Right::AddFile, &["POST /cases/{id}/files", "POST /api/v1/cases/{id}/files"]),
    verb("stage_file", Right::AddFile, &["POST /files"]),
    verb("remove_file", Right::RemoveFile, &["POST /files/{id}/remove", "DELETE /api/v1/files/{id}"]),
    read(
        "campaigns",
        Right::ReadCampaigns,
        &[
            "GET /campaigns",
            "GET /campaigns/{id}",
            "POST /campaigns/{id}/look",
            "GET /campaigns/{id}/progress",
            "GET /campaigns/{id}/recording",
            "GET /campaigns/{id}/sources/{source}",
            "GET /campaigns/{id}/recipients",
            "GET /segments",
            "GET /segments/{id}",
            "GET /api/v1/campaigns",
            "GET /api/v1/campaigns/{id}",
            "GET /api/v1/campaigns/{id}/sources",
            "GET /api/v1/campaigns/{id}/recipients",
            "GET /api/v1/segments",
        ],
    ),
    read(
        "surveys",
        Right::ReadSurveys,
        &[
            "GET /surveys",
            "GET /surveys/{id}",
            "GET /surveys/{id}/preview",
            "POST /surveys/{id}/preview",
            "GET /surveys/{id}/versions/{version}",
            "GET /surveys/{id}/versions/{version}/recordings",
            "GET /surveys/{id}/versions/{version}/recordings/{passage}/{tongue}",
            "GET /api/v1/surveys",
            "GET /api/v1/surveys/{id}",
            "GET /api/v1/surveys/{id}/versions",
            "GET /api/v1/survey-versions/{id}/recordings/{passage}/{language}",
        ],
    ),
    verb("make_survey", Right::ManageSurveys, &["POST /surveys", "POST /api/v1/surveys"]),
    verb("change_survey_draft", Right::ManageSurveys, &["POST /surveys/{id}", "PUT /api/v1/surveys/{id}"]),
    verb(
        "change_survey_recording",
        Right::ManageSurveys,
        &[
            "POST /surveys/{id}/recordings/{passage}/{tongue}",
            "POST /surveys/{id}/recordings/{passage}/{tongue}/remove",
            "PUT /api/v1/surveys/{id}/recordings/{passage}/{language}",
            "DELETE /api/v1/surveys/{id}/recordings/{passage}/{language}",
        ],
    ),
    verb(
        "remove_survey_draft",
        Right::ManageSurveys,
        &["POST /surveys/{id}/remove", "DELETE /api/v1/surveys/{id}"],
    ),
    verb(
        "copy_survey_version",
        Right::ManageSurveys,
        &["POST /surveys/{id}/versions/{version}/copy", "POST /api/v1/surveys/{id}/steps"],
    ),
    // With the form that is saved, so that nobody publishes something else than what is seen.
    verb("publish_survey", Right::ManageSurveys, &["POST /surveys/{id}", "POST /api/v1/surveys/{id}/steps"]),
    verb(
        "retire_survey_version",
        Right::ManageSurveys,
        &["POST /surveys/{id}/versions/{version}/retire", "POST /api/v1/surveys/{id}/steps"],
    ),
    verb(
        "restore_survey_version",
        Right::ManageSurveys,
        &["POST /surveys/{id}/versions/{version}/restore", "POST /api/v1/surveys/{id}/steps"],
    ),
    verb(
        "start_interview",
        Right::ConductInterviews,
        &[
            "POST /surveys/{id}/versions/{version}/interviews",
            "POST /people/{id}/interviews",
            "POST /api/v1/interviews",
        ],
    ),
    // One that is over, or that nobody here conducts, asks for the right to read answers besides.
    verb("interview", Right::ConductInterviews, &["GET /interviews/{id}", "GET /api/v1/interviews/{id}"]),
    verb("interview", Right::ReadAnswers, &["GET /interviews/{id}", "GET /api/v1/interviews/{id}"]),
    verb(
        "answer_interview",
        Right::ConductInterviews,
        &["POST /interviews/{id}", "POST /api/v1/interviews/{id}/steps"],
    ),
    verb(
        "speak_in_interview",
        Right::ConductInterviews,
        &["POST /interviews/{id}/language", "POST /api/v1/interviews/{id}/steps"],
    ),
    verb(
        "close_interview",
        Right::ConductInterviews,
        &["POST /interviews/{id}/close", "POST /api/v1/interviews/{id}/steps"],
    ),
    verb(
        "end_interview",
        Right::ConductInterviews,
        &["POST /interviews/{id}/end", "POST /api/v1/interviews/{id}/steps"],
    ),
    read(
        "answers",
        Right::ReadAnswers,
        &["GET /surveys/{id}/versions/{version}/results", "GET /api/v1/survey-versions/{id}/interviews"],
    ),
    read(
        "dial_campaigns",
        Right::ReadCampaigns,
        &[
            "GET /dialer",
            "GET /dialer/{id}",
            "GET /dialer/{id}/figures",
            "GET /dialer/{id}/foreseen",
            "GET /dialer/{id}/contacts",
            "GET /api/v1/dialer/campaigns",
            "GET /api/v1/dialer/campaigns/{id}",
            "GET /api/v1/dialer/campaigns/{id}/contacts",
            "GET /api/v1/dialer/contacts/{id}",
        ],
    ),
    verb(
        "make_dial_campaign",
        Right::ManageCampaigns,
        &["GET /dialer/new", "POST /dialer", "POST /api/v1/dialer/campaigns"],
    ),
    verb(
        "change_dial_campaign",
        Right::ManageCampaigns,
        &["GET /dialer/{id}/edit", "POST /dialer/{id}", "PUT /api/v1/dialer/campaigns/{id}"],
    ),
    verb(
        "add_dial_contacts",
        Right::ManageCampaigns,
        &["POST /dialer/{id}/lists", "POST /api/v1/dialer/campaigns/{id}/contacts"],
    ),
    verb(
        "add_dial_segment",
        Right::ManageCampaigns,
        &["POST /dialer/{id}/segments", "POST /api/v1/dialer/campaigns/{id}/segments"],
    ),
    verb(
        "start_dial_campaign",
        Right::ManageCampaigns,
        &["POST /dialer/{id}/start", "POST /api/v1/dialer/campaigns/{id}/steps"],
    ),
    verb(
        "pause_dial_campaign",
        Right::ManageCampaigns,
        &["POST /dialer/{id}/pause", "POST /api/v1/dialer/campaigns/{id}/steps"],
    ),
    verb(
        "resume_dial_campaign",
        Right::ManageCampaigns,
        &["POST /dialer/{id}/resume", "POST /api/v1/dialer/campaigns/{id}/steps"],
    ),
    verb(
        "stop_dial_campaign",
        Right::ManageCampaigns,
        &["POST /dialer/{id}/stop", "POST /api/v1/dialer/campaigns/{id}/steps"],
    ),
    // Whoever serves a campaign calls its contacts; the verb asks whether they do.
    verb(
        "show_dial_contact",
        Right::ReadCases,
        &["POST /dialer/desk/next", "POST /api/v1/dialer/campaigns/{id}/next"],
    ),
    verb(
        "claim_dial_contact",
        Right::ReadCases,
        &["POST /dialer/contacts/{id}/dial", "POST /api/v1/dialer/contacts/{id}/dial"],
    ),
    verb(
        "skip_dial_contact",
        Right::ReadCases,
        &["POST /dialer/contacts/{id}/skip", "POST /api/v1/dialer/contacts/{id}/skip"],
    ),
    verb(
        "set_dial_outcome",
        Right::ReadCases,
        &["POST /dialer/attempts/{id}/outcome", "POST /api/v1/dialer/attempts/{id}/outcome"],
    ),
    verb(
        "interview_of_dial",
        Right::ConductInterviews,
        &["GET /dialer/attempts/{id}/survey", "POST /api/v1/dialer/attempts/{id}/interview"],
    ),
    read(
        "dial_session",
        Right::ReadCases,
        &[
            "GET /dialer/desk",
            "GET /dialer/desk/now",
            "POST /dialer/desk/join",
            "POST /dialer/desk/leave",
            "POST /dialer/desk/hang-up",
            "GET /api/v1/dialer/session",
            "POST /api/v1/dialer/session",
            "DELETE /api/v1/dialer/session",
        ],
    ),
    verb("make_campaign", Right::ManageCampaigns, &["POST /campaigns", "POST /api/v1/campaigns"]),
    verb("change_campaign", Right::ManageCampaigns, &["POST /campaigns/{id}", "PUT /api/v1/campaigns/{id}"]),
    verb(
        "change_campaign_recording",
        Right::ManageCampaigns,
        &[
            "POST /campaigns/{id}/recording",
            "POST /campaigns/{id}/recording/remove",
            "PUT /api/v1/campaigns/{id}/recording",
            "DELETE /api/v1/campaigns/{id}/recording",
        ],
    ),
    verb(
        "remove_campaign",
        Right::ManageCampaigns,
        &["POST /campaigns/{id}/remove", "DELETE /api/v1/campaigns/{id}"],
    ),
    verb(
        "add_segment_to_campaign",
        Right::ManageCampaigns,
        &["POST /campaigns/{id}/segments", "POST /api/v1/campaigns/{id}/segments"],
    ),
    verb(
        "begin_list",
        Right::ManageCampaigns,
        &["POST /campaigns/{id}/lists", "POST /api/v1/campaigns/{id}/lists"],
    ),
    verb(
        "fill_list",
        Right::ManageCampaigns,
        &["POST /campaigns/{id}/lists", "POST /api/v1/campaigns/{id}/lists"],
    ),
    verb(
        "finish_list",
        Right::ManageCampaigns,
        &["POST /campaigns/{id}/lists", "POST /api/v1/campaigns/{id}/lists"],
    ),
    verb(
        "remove_source",
        Right::ManageCampaigns,
        &["POST /campaigns/{id}/sources/{source}/remove", "DELETE /api/v1/campaigns/{id}/sources/{source}"],
    ),
    verb(
        "test_campaign",
        Right::ManageCampaigns,
        &["POST /campaigns/{id}/test", "POST /api/v1/campaigns/{id}/test"],
    ),
    // With the form that is saved, so that nobody prepares something else than what is seen.
    verb(
        "prepare_campaign",
        Right::ManageCampaigns,
        &["POST /campaigns/{id}", "POST /api/v1/campaigns/{id}/steps"],
    ),
    verb(
        "revise_campaign",
        Right::ManageCampaigns,
        &["POST /campaigns/{id}/revise", "POST /api/v1/campaigns/{id}/steps"],
    ),
    // One that goes to few may be approved by whoever writes it: the verb asks how many they are.
    verb(
        "approve_campaign",
        Right::ManageCampaigns,
        &["POST /campaigns/{id}/approve", "POST /api/v1/campaigns/{id}/steps"],
    ),
    verb(
        "approve_campaign",
        Right::ApproveCampaigns,
        &["POST /campaigns/{id}/approve", "POST /api/v1/campaigns/{id}/steps"],
    ),
    verb(
        "start_campaign",
        Right::ManageCampaigns,
        &["POST /campaigns/{id}/start", "POST /api/v1/campaigns/{id}/steps"],
    ),
    verb(
        "pause_campaign",
        Right::ManageCampaigns,
        &["POST /campaigns/{id}/pause", "POST /api/v1/campaigns/{id}/steps"],
    ),
    verb(
        "resume_campaign",
        Right::ManageCampaigns,
        &["POST /campaigns/{id}/resume", "POST /api/v1/campaigns/{id}/steps"],
    ),
    verb(
        "stop_campaign",
        Right::ManageCampaigns,
        &["POST /campaigns/{id}/stop", "POST /api/v1/campaigns/{id}/steps"],
    ),
    verb(
        "let_uncertain_go_on",
        Right::ManageCampaigns,
        &["POST /campaigns/{id}/let-go-on", "POST /api/v1/campaigns/{id}/steps"],
    ),
    verb(
        "tell_recipient_by_hand",
        Right::ManageCampaigns,
        &[
            "POST /campaigns/{id}/recipients/{recipient}",
            "POST /api/v1/campaigns/{id}/recipients/{recipient}",
        ],
    ),
    verb(
        "take_recipient_out",
        Right::ManageCampaigns,
        &[
            "POST /campaigns/{id}/recipients/{recipient}",
            "DELETE /api/v1/campaigns/{id}/recipients/{recipient}",
        ],
    ),
    verb("add_segment", Right::ManageCampaigns, &["POST /segments", "POST /api/v1/segments"]),
    verb("change_segment", Right::ManageCampaigns, &["POST /segments/{id}", "PUT /api/v1/segments/{id}"]),
    verb(
        "remove_segment",
        Right::ManageCampaigns,
        &["POST /segments/{id}/remove", "DELETE /api/v1/segments/{id}"],
    ),
    verb("segment_size", Right::ReadCampaigns, &["POST /segments/size", "POST /api/v1/segments/size"]),
    verb("tag_person", Right::EditPeople, &["POST /people/{id}/tags", "PUT /api/v1/people/{id}/tags"]),
    read(
        "webhooks",
        Right::ManageTokens,
        &[
            "GET /webhooks",
            "GET /webhooks/{id}",
            "GET /api/v1/webhooks",
            "GET /api/v1/webhooks/{id}/deliveries",
        ],
    ),
    verb("add_webhook", Right::ManageTokens, &["POST /webhooks", "POST /api/v1/webhooks"]),
    verb("change_webhook", Right::ManageTokens, &["POST /webhooks/{id}", "PUT /api/v1/webhooks/{id}"]),
    verb(
        "renew_webhook_secret",
        Right::ManageTokens,
        &["POST /webhooks/{id}/secret", "POST /api/v1/webhooks/{id}/secret"],
    ),
    verb(
        "remove_webhook",
        Right::ManageTokens,
        &["POST /webhooks/{id}/remove", "DELETE /api/v1/webhooks/{id}"],
    ),
    verb(
        "test_webhook",
        Right::ManageTokens,
        &["POST /webhooks/{id}/test", "POST /api/v1/webhooks/{id}/test"],
    ),
    verb(
        "send_again",
        Right::ManageTokens,
        &["POST /webhooks/{id}/deliveries/{delivery}", "POST /api/v1/webhooks/{id}/deliveries/{delivery}"],
    ),
    read(
        "catalogue",
        Right::ManageCatalogue,
        &[
            "GET /services",
            "GET /services/{key}",
            "GET /categories",
            "GET /categories/{key}",
            "GET /categories/{key}/questions/{question}",
            "GET /areas",
            "GET /areas/{key}",
        ],
    ),
    verb(
        "put_area",
        Right::ManageCatalogue,
        &["POST /areas", "POST /areas/{key}", "PUT /api/v1/areas/{key}"],
    ),
    verb("import_areas", Right::ManageCatalogue, &["POST /areas/import", "POST /api/v1/areas/import"]),
    verb("remove_area", Right::ManageCatalogue, &["POST /areas/{key}/remove", "DELETE /api/v1/areas/{key}"]),
    verb("add_category", Right::ManageCatalogue, &["POST /categories", "PUT /api/v1/categories/{key}"]),
    verb(
        "change_category",
        Right::ManageCatalogue,
        &["POST /categories/{key}", "PUT /api/v1/categories/{key}"],
    ),
    verb("add_department", Right::ManageCatalogue, &["POST /services", "PUT /api/v1/services/{key}"]),
    verb(
        "change_department",
        Right::ManageCatalogue,
        &["POST /services/{key}", "PUT /api/v1/services/{key}"],
    ),
    verb(
        "put_question",
        Right::ManageCatalogue,
        &["POST /categories/{key}/questions/{question}", "PUT /api/v1/categories/{key}/questions/{question}"],
    ),
    verb("audit_page", Right::ReadAudit, &["GET /audit", "GET /api/v1/audit"]),
    // The right is asked for by the list, which knows whether it is of cases or of people.
    verb(
        "exported",
        Right::Export,
        &[
            "GET /cases/export",
            "GET /people/export",
            "GET /do-not-disturb/export",
            "GET /users/export",
            "GET /audit/export",
            "GET /export/{list}",
            "GET /webhooks/{id}/export",
            "GET /campaigns/{id}/recipients/export",
            "GET /campaigns/{id}/report.pdf",
            "GET /surveys/{id}/versions/{version}/export",
            "GET /surveys/{id}/versions/{version}/codebook",
        ],
    ),
    read("board", Right::ReadBoard, &["GET /live", "GET /live/events", "GET /api/v1/board"]),
    read("order", Right::Supervise, &["POST /live/calls/{call}", "POST /api/v1/board/calls/{call}"]),
    read(
        "dialplans",
        Right::ManageDialplans,
        &[
            "GET /dialplans",
            "GET /dialplans/{name}",
            "GET /dialplans/{name}/versions",
            "POST /dialplans/{name}/check",
            "POST /dialplans/{name}/try",
            "GET /api/v1/dialplans",
            "GET /api/v1/dialplans/{name}",
            "GET /api/v1/dialplans/{name}/versions",
            "GET /api/v1/dialplans/{name}/versions/{id}",
        ],
    ),
    verb(
        "record_plan",
        Right::ManageDialplans,
        &[
            "POST /dialplans",
            "POST /dialplans/{name}",
            "POST /dialplans/{name}/versions/{id}/return",
            "PUT /api/v1/dialplans/{name}",
        ],
    ),
    read(
        "queues",
        Right::ManageQueues,
        &["GET /queues", "GET /queues/{key}", "GET /api/v1/queues", "GET /api/v1/pause-reasons"],
    ),
    verb(
        "put_queue",
        Right::ManageQueues,
        &["POST /queues", "POST /queues/{key}", "PUT /api/v1/queues/{key}"],
    ),
    verb("remove_queue", Right::ManageQueues, &["POST /queues/{key}/remove", "DELETE /api/v1/queues/{key}"]),
    verb(
        "set_skills",
        Right::ManageQueues,
        &["POST /queues/{key}/skills/{user}", "PUT /api/v1/operators/{login}/skills"],
    ),
    verb(
        "put_pause_reason",
        Right::ManageQueues,
        &["POST /queues/reasons", "PUT /api/v1/pause-reasons/{key}"],
    ),
    verb("may_set_state", Right::ManageQueues, &[]),
    read(
        "users",
        Right::ManageUsers,
        &["GET /users", "GET /users/{id}/phones", "GET /api/v1/users", "GET /api/v1/users/{id}/phones"],
    ),
    verb("create_user", Right::ManageUsers, &[]),
    verb("create_user_of", Right::ManageUsers, &["POST /users", "POST /api/v1/users"]),
    verb("set_user_role", Right::ManageUsers, &["POST /users/{id}/role", "PUT /api/v1/users/{id}"]),
    verb("set_user_active", Right::ManageUsers, &["POST /users/{id}/active", "PUT /api/v1/users/{id}"]),
    verb("begin_second_factor", Right::ManageUsers, &[]),
    verb("confirm_second_factor", Right::ManageUsers, &[]),
    verb(
        "remove_second_factor",
        Right::ManageUsers,
        &["POST /users/{id}/second-factor/remove", "DELETE /api/v1/users/{id}/second-factor"],
    ),
    verb("sessions", Right::ManageUsers, &[]),
    verb(
        "end_sessions",
        Right::ManageUsers,
        &["POST /users/{id}/sessions/end", "DELETE /api/v1/users/{id}/sessions"],
    ),
    verb(
        "set_password",
        Right::ManageUsers,
        &["POST /users/{id}/password", "PUT /api/v1/users/{id}/password"],
    ),
    verb("set_user_email", Right::ManageUsers, &["POST /users/{id}/email", "PUT /api/v1/users/{id}/email"]),
    verb(
        "remove_user_email",
        Right::ManageUsers,
        &["POST /users/{id}/email", "DELETE /api/v1/users/{id}/email"],
    ),
    verb("confirm_user_email", Right::ManageUsers, &[]),
    verb("set_user_alerts", Right::ManageUsers, &[]),
    verb("add_phone", Right::ManageUsers, &["POST /users/{id}/phones", "POST /api/v1/users/{id}/phones"]),
    verb(
        "set_extension",
        Right::ManageUsers,
        &["POST /users/{id}/extension", "PUT /api/v1/users/{id}/extension"],
    ),
    verb("revoke_phone", Right::ManageUsers, &["POST /phones/{id}/revoke", "DELETE /api/v1/phones/{id}"]),
    read("system", Right::ManageSettings, &["GET /system", "GET /safety", "GET /api/v1/safety"]),
    read("lift", Right::ManageSettings, &["POST /safety/lift", "DELETE /api/v1/safety/bans/{address}"]),
    read(
        "rights",
        Right::ManageRights,
        &["GET /rights", "GET /rights/roles/{role}/{right}", "GET /api/v1/roles", "GET /api/v1/rights/why"],
    ),
    verb(
        "set_rules",
        Right::ManageRights,
        &["POST /rights", "POST /rights/roles/{role}/{right}", "PUT /api/v1/roles/{id}/rights/{right}"],
    ),
    verb("copy_role", Right::ManageRights, &["POST /rights/roles", "POST /api/v1/roles"]),
    verb("set_role", Right::ManageRights, &["POST /rights/roles/{role}", "PUT /api/v1/roles/{id}"]),
    verb(
        "remove_role",
        Right::ManageRights,
        &["POST /rights/roles/{role}/remove", "DELETE /api/v1/roles/{id}"],
    ),
    read("tokens", Right::ManageTokens, &["GET /tokens", "GET /api/v1/tokens"]),
    verb("create_token", Right::ManageTokens, &["POST /tokens", "POST /api/v1/tokens"]),
    verb("revoke_token", Right::ManageTokens, &["POST /tokens/{id}/revoke", "DELETE /api/v1/tokens/{id}"]),
];

const fn verb(name: &'static str, right: Right, reached: &'static [&'static str]) -> Action {
    Action { name, kind: Kind::Verb, right, reached }
}

const fn read(name: &'static str, right: Right, reached: &'static [&'static str]) -> Action {
    Action { name, kind: Kind::Read, right, reached }
}
