//! Rules by which deadlines are set, as the administrator wrote them down. Read with the [`super::directory::Directory`].

use super::calendar::{read_json, write_json};
use super::sql::{Row, args};
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::deadline::Profile;
use crate::domain::id::CategoryId;

impl Db {
    /// In the order in which they are shown.
    pub(super) async fn deadline_profiles(&self) -> Result<Vec<Profile>, StoreError> {
        let sql = "SELECT key, name_sr, name_en, everywhere, active, terms FROM deadline_profile ORDER BY place, key";
        let profile = |row: &Row| {
            let mut r = row.reader();
            Ok(Profile {
                key: r.next()?,
                name_sr: r.next()?,
                name_en: r.next()?,
                everywhere: r.next()?,
                active: r.next()?,
                terms: read_json(&r.next::<String>()?)?,
            })
        };
        self.all(sql, args![]).await?.iter().map(profile).collect()
    }
}

impl Tx<'_> {
    /// Changes it by its key, or adds it behind the others.
    pub async fn put_deadline_profile(&mut self, profile: &Profile) -> Result<(), StoreError> {
        let sql = "INSERT INTO deadline_profile (key, name_sr, name_en, everywhere, active, place, terms) \
             VALUES ($1, $2, $3, $4, $5, (SELECT coalesce(max(place), 0) + 1 FROM deadline_profile), $6) \
             ON CONFLICT (key) DO UPDATE SET name_sr = excluded.name_sr, name_en = excluded.name_en, \
             everywhere = excluded.everywhere, active = excluded.active, terms = excluded.terms";
        let Profile { key, name_sr, name_en, everywhere, active, terms } = profile;
        let values =
            args![key.as_str(), name_sr.as_str(), name_en.as_str(), *everywhere, *active, write_json(terms)?];
        self.execute(sql, values).await.map(drop)
    }

    /// `None`: what applies everywhere is enough.
    pub async fn set_category_deadline(
        &mut self,
        category: CategoryId,
        profile: Option<&str>,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE category SET deadline_profile = $2 WHERE id = $1";
        self.execute(sql, args![category, profile]).await.map(drop)
    }
}
