//! Identifiers of stored rows, one type each so that they cannot be mixed up.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

ids! {
    /// One file on one case.
    AttachmentId,
    /// A message to many.
    CampaignId,
    CaseId,
    CategoryId,
    DeadlineId,
    /// One try to reach a contact of a dialling campaign.
    DialAttemptId,
    /// A list that is called through.
    DialCampaignId,
    DialContactId,
    /// One entry of a case's timeline.
    CaseEventId,
    /// A service of the municipality, or another institution.
    DepartmentId,
    /// One contact: a call, a text. The unit that is journaled before it is acknowledged.
    InteractionId,
    /// A named sequence of acts on a case.
    MacroId,
    /// Something that somebody is told, by one channel after the other.
    NoticeId,
    /// One address that is not to be sent messages to many.
    OptOutId,
    /// One message on its way out.
    OutboxId,
    /// A list of cases that somebody keeps.
    FilterId,
    PersonId,
    /// One entry of a person's timeline.
    PersonEventId,
    /// A phone that registers here: a secret of its own, one user.
    PhoneId,
    /// One conversation, call or visit of a page in which a survey is asked.
    InterviewId,
    /// Of a category: what is asked besides.
    QuestionId,
    /// Somebody whom a campaign is for.
    RecipientId,
    RecordingId,
    /// A kept choice of people.
    SegmentId,
    /// A list or a segment of one campaign.
    SourceId,
    /// A role that users have.
    RoleId,
    SurveyId,
    SurveyVersionId,
    TaskId,
    /// Words with fields that people write with.
    TemplateId,
    UserId,
    /// Another program that is told by HTTP.
    WebhookId,
    WebhookDeliveryId,
}
