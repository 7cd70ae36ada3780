//! Macros: named sequences of acts on a case, which are taken all together or not at all. Each act is one of the verbs that people
//! have anyway, and asks for its right.

use serde::{Deserialize, Serialize};

use super::case::Outcome;
use super::deadline::PauseReason;
use super::flow::Step;
use super::id::{CategoryId, DepartmentId, TemplateId, UserId};
use super::kept_template::TemplateKind;
use super::permission::Right;

/// One act. Stored as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    TakeUp,
    PutBack,
    Close,
    Classify {
        category: CategoryId,
    },
    Assign {
        to: Assignee,
    },
    Forward {
        to: DepartmentId,
        /// A note that goes along.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        template: Option<TemplateId>,
    },
    Note {
        template: TemplateId,
    },
    Reply {
        template: TemplateId,
    },
    Answer {
        outcome: Outcome,
        template: TemplateId,
    },
    /// Whoever uses the macro.
    Watch,
    /// All that run.
    PauseDeadlines {
        reason: PauseReason,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        words: String,
    },
    /// All that are paused.
    ResumeDeadlines,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assignee {
    Nobody,
    /// Whoever uses the macro.
    Me,
    User(UserId),
}

/// More would be understood by nobody who looks them over.
pub const MOST_ACTS: usize = 12;

impl Act {
    /// In the order in which they are offered.
    pub const WORDS: &'static [&'static str] = &[
        "take_up",
        "assign",
        "classify",
        "forward",
        "note",
        "reply",
        "answer",
        "watch",
        "pause_deadlines",
        "resume_deadlines",
        "put_back",
        "close",
    ];

    pub fn word(&self) -> &'static str {
        match self {
            Self::TakeUp => "take_up",
            Self::PutBack => "put_back",
            Self::Close => "close",
            Self::Classify { .. } => "classify",
            Self::Assign { .. } => "assign",
            Self::Forward { .. } => "forward",
            Self::Note { .. } => "note",
            Self::Reply { .. } => "reply",
            Self::Answer { .. } => "answer",
            Self::Watch => "watch",
            Self::PauseDeadlines { .. } => "pause_deadlines",
            Self::ResumeDeadlines => "resume_deadlines",
        }
    }

    pub fn right(&self) -> Right {
        match self {
            Self::Classify { .. } => Right::Classify,
            Self::Assign { .. } => Right::Assign,
            Self::Note { .. } => Right::AddNote,
            Self::Reply { .. } => Right::Reply,
            Self::Watch => Right::Watch,
            Self::PauseDeadlines { .. } | Self::ResumeDeadlines => Right::ManageDeadlines,
            Self::TakeUp | Self::PutBack | Self::Close | Self::Forward { .. } | Self::Answer { .. } => {
                self.step().map_or(Right::ChangeStatus, Step::right)
            }
        }
    }

    /// The step of the flow that it is.
    pub fn step(&self) -> Option<Step> {
        match self {
            Self::TakeUp => Some(Step::TakeUp),
            Self::PutBack => Some(Step::PutBack),
            Self::Close => Some(Step::Close),
            Self::Forward { .. } => Some(Step::Forward),
            Self::Answer { .. } => Some(Step::Answer),
            _ => None,
        }
    }

    /// The template whose words it says.
    pub fn template(&self) -> Option<TemplateId> {
        match self {
            Self::Forward { template, .. } => *template,
            Self::Note { template } | Self::Reply { template } | Self::Answer { template, .. } => {
                Some(*template)
            }
            _ => None,
        }
    }

    /// Whether words of that kind are what it says.
    pub fn takes(&self, kind: TemplateKind) -> bool {
        match self {
            Self::Forward { .. } | Self::Note { .. } => kind == TemplateKind::Note,
            Self::Reply { .. } => matches!(kind, TemplateKind::Text | TemplateKind::Email),
            Self::Answer { .. } => kind == TemplateKind::Answer,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_act_comes_back_from_the_store_and_is_called_as_it_is_stored() {
        let acts = [
            Act::TakeUp,
            Act::Assign { to: Assignee::User(UserId(7)) },
            Act::Forward { to: DepartmentId(2), template: None },
            Act::Answer { outcome: Outcome::Resolved, template: TemplateId(3) },
            Act::PauseDeadlines { reason: PauseReason::Citizen, words: String::new() },
        ];
        for act in acts {
            let stored = serde_json::to_value(&act).unwrap();
            assert_eq!(stored["act"], act.word());
            assert!(Act::WORDS.contains(&act.word()));
            assert_eq!(serde_json::from_value::<Act>(stored).unwrap(), act);
        }
    }
}
