//! Citizens: how they are reached, what they agreed to, and the timeline of their card.

use serde::{Deserialize, Serialize};

use super::id::{PersonEventId, PersonId};
pub use super::notice::TellBy;
use super::opt_out::{OptOutChannel, OptOutMeans};
use super::words::words;

words! {
    /// How somebody is reached. A telephone number and an e-mail address belong to one person, an address to all who live there.
    PointKind {
        Phone = "phone",
        Email = "email",
        Address = "address",
    }
}

words! {
    /// In which language and script somebody wants to be told.
    PersonLanguage {
        SerbianCyrillic = "sr-Cyrl",
        SerbianLatin = "sr-Latn",
        English = "en",
    }
}

words! {
    /// What a person may agree to (ZZPL art. 12 (1) 1, art. 15).
    ConsentKind {
        Recording = "recording",
        TextNotices = "text_notices",
        EmailNotices = "email_notices",
        Surveys = "surveys",
    }
}

words! {
    /// How a consent was given or withdrawn: the municipality must be able to show it (ZZPL art. 15 (1)).
    ConsentMeans {
        Telephone = "telephone",
        Paper = "paper",
        Email = "email",
        Text = "text",
        Web = "web",
        InPerson = "in_person",
    }
}

/// What the card says of a person besides how they are reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonFacts {
    pub name: String,
    pub language: Option<PersonLanguage>,
    pub tell_by: Option<TellBy>,
}

/// One way in which somebody is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    pub kind: PointKind,
    pub value: String,
}

/// Where a person stood before a merge, so that the merge can be undone exactly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    pub person: PersonId,
    pub merged_into: Option<PersonId>,
    pub merged_by: Option<PersonEventId>,
}

/// What one entry of a person's timeline says. Stored as JSON with its kind as a column of its own; new fields have a default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PersonEntry {
    Added {
        facts: PersonFacts,
    },
    Edited {
        from: PersonFacts,
        to: PersonFacts,
    },
    PointAdded {
        point: Point,
    },
    PointRemoved {
        point: Point,
    },
    /// It is the first of its kind to be tried.
    PointPreferred {
        point: Point,
    },
    /// It reaches nobody, or does again.
    PointMarked {
        point: Point,
        valid: bool,
        /// What the network said of it, where it was the network.
        #[serde(default)]
        why: String,
    },
    /// Given or withdrawn.
    Consented {
        consent: ConsentKind,
        given: bool,
        means: ConsentMeans,
        /// On what paper, in which conversation.
        #[serde(default)]
        remark: String,
    },
    /// Wants no messages to many at this address, or wants them again.
    OptedOut {
        channel: OptOutChannel,
        point: Point,
        means: OptOutMeans,
        #[serde(default)]
        remark: String,
    },
    OptedIn {
        channel: OptOutChannel,
        point: Point,
        means: OptOutMeans,
        #[serde(default)]
        remark: String,
    },
    Noted {
        words: String,
    },
    /// On the survivor's timeline: another card turned out to be the same person's.
    Merged {
        other: PersonId,
        other_name: String,
        moved: Vec<Moved>,
    },
    /// On the other's timeline.
    MergedInto {
        survivor: PersonId,
        survivor_name: String,
    },
    /// On both: a merge was undone.
    Split {
        merge: PersonEventId,
        other: PersonId,
        other_name: String,
    },
}

impl PersonEntry {
    /// The other person whom it names.
    pub fn other(&self) -> Option<PersonId> {
        match self {
            Self::Merged { other, .. } | Self::Split { other, .. } => Some(*other),
            Self::MergedInto { survivor, .. } => Some(*survivor),
            _ => None,
        }
    }

    /// The same without the name of the other, who is erased.
    pub fn without_other(self) -> Self {
        match self {
            Self::Merged { other, moved, .. } => Self::Merged { other, other_name: String::new(), moved },
            Self::MergedInto { survivor, .. } => Self::MergedInto { survivor, survivor_name: String::new() },
            Self::Split { merge, other, .. } => Self::Split { merge, other, other_name: String::new() },
            entry => entry,
        }
    }

    pub fn kind(&self) -> &'static str {
        match self {
            Self::Added { .. } => "added",
            Self::Edited { .. } => "edited",
            Self::PointAdded { .. } => "point_added",
            Self::PointRemoved { .. } => "point_removed",
            Self::PointPreferred { .. } => "point_preferred",
            Self::PointMarked { .. } => "point_marked",
            Self::Consented { .. } => "consented",
            Self::OptedOut { .. } => "opted_out",
            Self::OptedIn { .. } => "opted_in",
            Self::Noted { .. } => "noted",
            Self::Merged { .. } => "merged",
            Self::MergedInto { .. } => "merged_into",
            Self::Split { .. } => "split",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_entry_comes_back_and_names_its_kind() {
        let moved = Moved { person: PersonId(3), merged_into: None, merged_by: Some(PersonEventId(9)) };
        for entry in [
            PersonEntry::Merged { other: PersonId(3), other_name: "Ђорђе".into(), moved: vec![moved] },
            PersonEntry::Consented {
                consent: ConsentKind::Surveys,
                given: false,
                means: ConsentMeans::Telephone,
                remark: String::new(),
            },
            PersonEntry::PointMarked {
                point: Point { kind: PointKind::Email, value: "a@b.rs".into() },
                valid: false,
                why: String::new(),
            },
        ] {
            let stored = serde_json::to_value(&entry).unwrap();
            assert_eq!(stored["kind"], entry.kind());
            assert_eq!(serde_json::from_value::<PersonEntry>(stored).unwrap(), entry);
        }
    }
}
