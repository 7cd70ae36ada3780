//! What the municipality is made of and is asked about: services and institutions, categories with their questions, areas.
//!
//! Nothing is deleted: cases refer to it. What is retired stays where it is and is offered no more.

mod area;
mod category;
mod department;
mod question;

use std::fmt;

pub use area::{AreaChange, ImportError, Imported};
pub use category::CategoryChange;
pub use department::DepartmentChange;
pub use question::QuestionChange;

use super::{ActionError, Actions};
use crate::domain::queue::is_key;
use crate::domain::script::search_key;
use crate::domain::words::words;
use crate::store::StoreError;

words! {
    /// A field of a form that is out of its bounds.
    Field {
        Key = "key",
        NameSerbian = "name_sr",
        NameEnglish = "name_en",
        Kind = "kind",
        Email = "email",
        Class = "class",
        Parent = "parent",
        Department = "department",
        Route = "route",
        DeadlineProfile = "deadline_profile",
        Options = "options",
        Streets = "streets",
    }
}

/// Why the catalogue was not changed.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    #[error("the field {0} will not do")]
    Wrong(Field),
    #[error("the key {0:?} is taken")]
    Taken(String),
    /// Dialplans name it: theirs are the names.
    #[error("dialplans name it: {}", .0.join(", "))]
    InPlans(Vec<String>),
    /// Others hang under it or lead to it: their names in Serbian.
    #[error("others need it: {}", .0.join(", "))]
    Needed(Vec<String>),
    /// It would hang under itself.
    #[error("nothing hangs under itself")]
    Circle,
    #[error("the tree would be deeper than {0} levels")]
    TooDeep(usize),
    /// The program itself files contacts under it.
    #[error("what nobody said a word about is filed under it")]
    Indispensable,
    /// There are so many already.
    #[error("there are {0} already")]
    TooMany(usize),
    #[error(transparent)]
    Action(#[from] ActionError),
}

impl From<StoreError> for CatalogueError {
    fn from(error: StoreError) -> Self {
        Self::Action(error.into())
    }
}

/// What a plan can name of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    Category,
    Department,
}

/// What the dialplans in force name. Telephony knows; `app` brings the two together.
pub trait PlanNames: Send + Sync + fmt::Debug {
    /// The plans that name it by this key.
    fn naming(&self, what: Named, key: &str) -> Vec<String>;
}

/// Until the transaction ends nobody else moves branches of a tree: two moves that are right alone could make a circle together.
const TREE: &str = "catalogue";

/// On one line of a page, also in Serbian.
const NAME_CHARS: usize = 120;

impl Actions {
    /// From now on nothing is retired that these plans name.
    pub fn respect_plans(&self, plans: std::sync::Arc<dyn PlanNames>) {
        // Said once, by `app`; a second time changes nothing.
        let _ = self.shared.plans.set(plans);
    }

    fn plans_naming(&self, what: Named, key: &str) -> Vec<String> {
        self.shared.plans.get().map(|plans| plans.naming(what, key)).unwrap_or_default()
    }
}

/// The key that was given, or one made of the name.
fn key_or_made(key: &str, name: &str) -> Result<String, CatalogueError> {
    let key = key.trim();
    if !key.is_empty() {
        return if is_key(key) { Ok(key.to_owned()) } else { Err(CatalogueError::Wrong(Field::Key)) };
    }
    let mut made = String::new();
    for word in search_key(name).split(' ').filter(|word| word.is_ascii()) {
        if made.len() + word.len() >= 40 {
            break;
        }
        if !made.is_empty() {
            made.push('-');
        }
        made.push_str(word);
    }
    if is_key(&made) { Ok(made) } else { Err(CatalogueError::Wrong(Field::Key)) }
}

/// Both names without blanks around them; the English one may be missing, then the Serbian one is shown.
fn names(sr: &str, en: &str) -> Result<(String, String), CatalogueError> {
    let (sr, en) = (sr.trim(), en.trim());
    let fits = |name: &str| name.chars().count() <= NAME_CHARS && !name.chars().any(char::is_control);
    if sr.is_empty() || !fits(sr) {
        return Err(CatalogueError::Wrong(Field::NameSerbian));
    }
    if !fits(en) {
        return Err(CatalogueError::Wrong(Field::NameEnglish));
    }
    Ok((sr.to_owned(), en.to_owned()))
}

/// What is above `moved` when it hangs under `parent`: neither itself nor too much. `parents`: each with the one above it, as it is;
/// `depth`: of what hangs under `moved`, itself included.
fn check_place<Id: Copy + PartialEq>(
    parents: &[(Id, Option<Id>)],
    moved: Option<Id>,
    parent: Option<Id>,
) -> Result<(), CatalogueError> {
    use crate::store::directory::DEPTH;
    let above = |id: Id| parents.iter().find(|(known, _)| *known == id).and_then(|(_, parent)| *parent);
    if let Some(parent) = parent
        && parents.iter().all(|(known, _)| *known != parent)
    {
        return Err(CatalogueError::Wrong(Field::Parent));
    }
    let line: Vec<Id> = std::iter::successors(parent, |id| above(*id)).take(DEPTH + 1).collect();
    if moved.is_some_and(|moved| line.contains(&moved)) {
        return Err(CatalogueError::Circle);
    }
    let mut level = vec![moved];
    let mut depth = 0;
    while !level.is_empty() && depth <= DEPTH {
        depth += 1;
        let under = |(id, parent): &(Id, Option<Id>)| {
            (parent.is_some() && level.contains(parent)).then_some(Some(*id))
        };
        level = parents.iter().filter_map(under).collect();
    }
    if line.len() + depth > DEPTH { Err(CatalogueError::TooDeep(DEPTH)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_is_made_of_the_name_when_none_is_given() {
        assert_eq!(key_or_made("", "Пукла цев у улици").unwrap(), "pukla-cev-u-ulici");
        assert_eq!(key_or_made(" water ", "x").unwrap(), "water");
        assert!(matches!(key_or_made("Вода", "x"), Err(CatalogueError::Wrong(Field::Key))));
        assert!(matches!(key_or_made("", "!!!"), Err(CatalogueError::Wrong(Field::Key))));
        let long = key_or_made("", &"веома дугачко име ".repeat(9)).unwrap();
        assert!(is_key(&long), "{long}");
    }

    #[test]
    fn branch_is_not_moved_under_itself_nor_too_deep() {
        // 1 - 2 - 3, and 4 - 5 - 6 - 7 - 8 beside it.
        let parents = [
            (1, None),
            (2, Some(1)),
            (3, Some(2)),
            (4, None),
            (5, Some(4)),
            (6, Some(5)),
            (7, Some(6)),
            (8, Some(7)),
        ];
        assert!(check_place(&parents, Some(3), Some(1)).is_ok());
        assert!(check_place(&parents, Some(2), Some(4)).is_ok());
        assert!(matches!(check_place(&parents, Some(1), Some(3)), Err(CatalogueError::Circle)));
        assert!(matches!(check_place(&parents, Some(1), Some(1)), Err(CatalogueError::Circle)));
        assert!(matches!(check_place(&parents, Some(1), Some(8)), Err(CatalogueError::TooDeep(_))));
        assert!(check_place(&parents, None, Some(8)).is_ok());
        assert!(matches!(check_place(&parents, Some(2), Some(8)), Err(CatalogueError::TooDeep(_))));
        assert!(matches!(check_place(&parents, None, Some(9)), Err(CatalogueError::Wrong(Field::Parent))));
    }
}
