//! Services and institutions, categories with their questions, areas: what administrators keep in order.

pub mod areas;
pub mod categories;
pub mod category;
pub mod question;
pub mod services;

use crate::actions::ActionError;
use crate::actions::catalogue::CatalogueError;
use crate::domain::permission::Right;
use crate::domain::script::search_key;
use crate::store::directory::Directory;
use crate::web::cases::view::{Choice, Viewer};
use crate::web::error::WebError;
use crate::web::page::Page;

/// One line of a tree.
#[derive(Clone, Debug)]
pub struct Row {
    pub key: String,
    pub name: String,
    /// 0 at the top; picks a class of the style sheet.
    pub depth: usize,
    /// What it says besides its name.
    pub details: Vec<String>,
    pub institution: bool,
    pub active: bool,
}

/// What was refused, for the page: a sentence, and the field that it is about.
#[derive(Clone, Debug, Default)]
pub struct Refused {
    pub sentence: String,
    /// The word of [`crate::actions::catalogue::Field`].
    pub field: &'static str,
}

/// The field that is marked; for templates.
pub fn wrong(refused: &Option<Refused>) -> &'static str {
    refused.as_ref().map_or("", |refused| refused.field)
}

/// `Err`: nothing that the form can show.
fn refused(page: &Page, error: CatalogueError) -> Result<Refused, WebError> {
    let whole = |sentence: String| Ok(Refused { sentence, field: "" });
    match error {
        CatalogueError::Wrong(field) => {
            let field = field.as_str();
            Ok(Refused { sentence: page.word("catalogue-wrong", field), field })
        }
        CatalogueError::Taken(key) => {
            Ok(Refused { sentence: page.with("catalogue-taken", "key", key), field: "key" })
        }
        CatalogueError::InPlans(plans) => whole(page.with("catalogue-in-plans", "plans", plans.join(", "))),
        CatalogueError::Needed(names) => {
            let names: Vec<String> = names.iter().map(|name| page.name(name, None)).collect();
            whole(page.with("catalogue-needed", "names", names.join(", ")))
        }
        CatalogueError::Circle => whole(page.say("catalogue-circle")),
        CatalogueError::TooDeep(levels) => whole(page.with("catalogue-too-deep", "levels", levels)),
        CatalogueError::Indispensable => whole(page.say("catalogue-indispensable")),
        CatalogueError::TooMany(most) => whole(page.with("catalogue-too-many", "most", most)),
        CatalogueError::Action(ActionError::Invalid(_)) => whole(page.say("error-invalid-text")),
        CatalogueError::Action(other) => Err(other.into()),
    }
}

/// Those whose name or key has the words, and all above them. Everything for an empty question.
fn found<T, Id: PartialEq + Copy>(
    all: &[T],
    words: &str,
    names: impl Fn(&T) -> String,
    id: impl Fn(&T) -> Id,
    parent: impl Fn(&T) -> Option<Id>,
) -> Vec<Id> {
    let wanted = search_key(words);
    let hit = |item: &&T| wanted.split(' ').all(|word| search_key(&names(item)).contains(word));
    let mut shown: Vec<Id> = all.iter().filter(hit).map(&id).collect();
    let mut looked = 0;
    while let Some(one) = shown.get(looked).copied() {
        looked += 1;
        let above = all.iter().find(|item| id(item) == one).and_then(&parent);
        shown.extend(above.filter(|above| !shown.contains(above)));
    }
    shown
}

/// The services that a category can lead to; the chosen one even when it is retired.
fn departments(page: &Page, directory: &Directory, chosen: Option<i64>) -> Vec<Choice> {
    let viewer = Viewer { locale: &page.locale, directory };
    viewer.departments(&chosen.map(|id| id.to_string()).unwrap_or_default())
}

/// A number of an `<option>`; `None` for the empty one.
fn chosen(value: &str) -> Option<i64> {
    value.parse().ok()
}

/// Which of the pages the reader may see; all of them are the same right.
const RIGHT: Right = Right::ManageCatalogue;

#[cfg(test)]
pub mod samples {
    use super::*;

    pub fn pages(page: &Page, words: &str) -> Vec<(&'static str, askama::Result<String>)> {
        vec![
            ("catalogue/services.html", services::samples::list(page, words)),
            ("catalogue/service.html", services::samples::one(page, words)),
            ("catalogue/categories.html", categories::sample(page, words)),
            ("catalogue/category.html", category::sample(page, words)),
            ("catalogue/question.html", question::sample(page, words)),
            ("catalogue/areas.html", areas::samples::list(page, words)),
            ("catalogue/area.html", areas::samples::one(page, words)),
        ]
    }

    pub fn row(words: &str) -> Row {
        Row {
            key: "water".into(),
            name: words.into(),
            depth: 1,
            details: vec![words.into()],
            institution: true,
            active: false,
        }
    }

    pub fn choices(words: &str) -> Vec<Choice> {
        vec![Choice { value: words.into(), label: words.into(), chosen: true }]
    }

    #[test]
    fn search_shows_what_is_above_a_hit_too() {
        let tree =
            [(1, None, "Водовод"), (2, Some(1), "Пукла цев"), (3, Some(2), "У улици"), (4, None, "Путеви")];
        let find = |words| found(&tree, words, |t| t.2.to_owned(), |t| t.0, |t| t.1);
        assert_eq!(find("ulici"), [3, 2, 1]);
        assert_eq!(find("").len(), 4);
        assert!(find("грејање").is_empty());
    }
}
