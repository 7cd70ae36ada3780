//! Areas of the municipality, one by one or from a table of streets.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::{CatalogueError, Field, key_or_made, names};
use crate::actions::audit::{Subject, SubjectKind, What};
use crate::actions::{ActionError, Actions, Actor};
use crate::domain::area::{Area, Street, parse_table};
use crate::domain::permission::Right;
use crate::domain::script::search_key;
use crate::store::{Tx, Work};

/// What an area is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AreaChange {
    pub name_sr: String,
    pub name_en: String,
    pub streets: Vec<Street>,
}

/// What a table brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    pub areas: usize,
    pub streets: usize,
}

/// Why a table was not taken over; nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Number of the line, from 1, and its words.
    #[error("line {0} cannot be read: {1}")]
    Line(usize, String),
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

/// A large city has some hundreds of areas and some thousands of streets; more is another table.
const MOST: usize = 500;
const MOST_STREETS: usize = 30_000;

impl Actions {
    /// `key` empty: made of the name. A key that is there already is changed.
    pub async fn put_area(
        &self,
        actor: &Actor,
        key: &str,
        change: AreaChange,
    ) -> Result<String, CatalogueError> {
        self.shared.allow(actor, Right::ManageCatalogue)?;
        let (name_sr, name_en) = names(&change.name_sr, &change.name_en)?;
        let key = key_or_made(key, &name_sr)?;
        let area = Area { key: key.clone(), name_sr, name_en, streets: change.streets };
        self.put_areas(actor, vec![area]).await?;
        Ok(key)
    }

    /// A table with `area; street; houses` on a line. Areas that are named in it get exactly the streets of the table; the others
    /// stay as they are.
    pub async fn import_areas(&self, actor: &Actor, table: &str) -> Result<Imported, ImportError> {
        self.shared.allow(actor, Right::ManageCatalogue).map_err(CatalogueError::from)?;
        let rows = parse_table(table).map_err(|(line, words)| ImportError::Line(line, words))?;
        let directory = self.shared.db.directory();
        let mut areas: BTreeMap<String, Area> = BTreeMap::new();
        for (name, street) in rows {
            let same = search_key(&name);
            if !areas.contains_key(&same) {
                let known = directory.areas.all().iter().find(|area| search_key(&area.name_sr) == same);
                let (name_sr, _) = names(&name, "")?;
                let area = match known {
                    Some(known) => Area { streets: Vec::new(), ..known.clone() },
                    None => {
                        let key = key_or_made("", &name_sr)?;
                        Area { key, name_sr, name_en: String::new(), streets: Vec::new() }
                    }
                };
                areas.insert(same.clone(), area);
            }
            if let Some(area) = areas.get_mut(&same) {
                area.streets.extend(street);
            }
        }
        let areas: Vec<Area> = areas.into_values().collect();
        let done =
            Imported { areas: areas.len(), streets: areas.iter().map(|area| area.streets.len()).sum() };
        self.put_areas(actor, areas).await?;
        Ok(done)
    }

    /// Its cases stay as they are; categories lose the services that they had for it.
    pub async fn remove_area(&self, actor: &Actor, key: &str) -> Result<(), CatalogueError> {
        self.shared.allow(actor, Right::ManageCatalogue)?;
        self.change_areas(actor, ChangeAreas::Remove(key.to_owned()), json!({ "removed": key })).await?;
        self.shared.db.refresh_directory().await?;
        Ok(())
    }

    async fn put_areas(&self, actor: &Actor, areas: Vec<Area>) -> Result<(), CatalogueError> {
        let directory = self.shared.db.directory();
        let others =
            || directory.areas.all().iter().filter(|known| areas.iter().all(|new| new.key != known.key));
        if others().count() + areas.len() > MOST {
            return Err(CatalogueError::TooMany(MOST));
        }
        let streets = others().chain(&areas).map(|area| area.streets.len()).sum::<usize>();
        if streets > MOST_STREETS {
            return Err(CatalogueError::Wrong(Field::Streets));
        }
        let told = json!({ "put": areas.iter().map(|area| area.key.as_str()).collect::<Vec<_>>() });
        self.change_areas(actor, ChangeAreas::Put(areas), told).await?;
        self.shared.db.refresh_directory().await?;
        Ok(())
    }

    async fn change_areas(&self, actor: &Actor, work: ChangeAreas, told: Json) -> Result<(), CatalogueError> {
        let areas = || Subject::new(SubjectKind::Settings, "areas");
        self.audited(actor, work, move |()| (What::CatalogueChanged, areas(), told.clone())).await
    }
}

enum ChangeAreas {
    Put(Vec<Area>),
    Remove(String),
}

impl Work for ChangeAreas {
    type Out = ();
    type Error = CatalogueError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), CatalogueError> {
        match self {
            Self::Put(areas) => {
                for area in areas {
                    tx.put_area(area).await?;
                }
                Ok(())
            }
            Self::Remove(key) if tx.remove_area(key).await? => Ok(()),
            Self::Remove(_) => Err(ActionError::NotFound.into()),
        }
    }
}
