//! Areas of the municipality, with their streets.

use super::sql::{LONGEST_LIST, Reader, Row, args, places};
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::area::{Area, Street};

impl Db {
    pub(super) async fn areas(&self) -> Result<Vec<Area>, StoreError> {
        let rows = self.all("SELECT key, name_sr, name_en FROM area ORDER BY place, key", args![]).await?;
        let mut areas: Vec<Area> = rows.iter().map(area).collect::<Result<_, _>>()?;
        let sql = "SELECT area, name, from_house, to_house, side FROM area_street ORDER BY area, id";
        for row in self.all(sql, args![]).await? {
            let mut r = row.reader();
            let key: String = r.next()?;
            let street =
                Street { name: r.next()?, from: house(&mut r)?, to: house(&mut r)?, side: r.next()? };
            if let Some(area) = areas.iter_mut().find(|area| area.key == key) {
                area.streets.push(street);
            }
        }
        Ok(areas)
    }
}

fn area(row: &Row) -> Result<Area, StoreError> {
    let mut r = row.reader();
    Ok(Area { key: r.next()?, name_sr: r.next()?, name_en: r.next()?, streets: Vec::new() })
}

fn house(r: &mut Reader<'_>) -> Result<Option<u32>, StoreError> {
    Ok(r.next::<Option<i64>>()?.and_then(|house| u32::try_from(house).ok()))
}

impl Tx<'_> {
    /// Adds an area at the end of the list or renames it, and replaces its streets.
    pub async fn put_area(&mut self, area: &Area) -> Result<(), StoreError> {
        let sql = "INSERT INTO area (key, name_sr, name_en, place) \
             VALUES ($1, $2, $3, (SELECT COALESCE(MAX(place), 0) + 1 FROM area)) \
             ON CONFLICT (key) DO UPDATE SET name_sr = excluded.name_sr, name_en = excluded.name_en";
        let names = args![area.key.as_str(), area.name_sr.as_str(), area.name_en.as_str()];
        self.execute(sql, names).await?;
        self.execute("DELETE FROM area_street WHERE area = $1", args![area.key.as_str()]).await?;
        for piece in area.streets.chunks(LONGEST_LIST) {
            let mut values = Vec::with_capacity(piece.len() * 5);
            for street in piece {
                values.extend(args![
                    area.key.as_str(),
                    street.name.as_str(),
                    street.from.map(i64::from),
                    street.to.map(i64::from),
                    street.side
                ]);
            }
            let sql = format!(
                "INSERT INTO area_street (area, name, from_house, to_house, side) VALUES {}",
                places(piece.len(), 5)
            );
            self.execute(sqlx::AssertSqlSafe(sql), values).await?;
        }
        Ok(())
    }

    /// With its streets and the services that it has of its own. Cases keep its key.
    pub async fn remove_area(&mut self, key: &str) -> Result<bool, StoreError> {
        self.execute("DELETE FROM category_route WHERE area = $1", args![key]).await?;
        self.execute("DELETE FROM area_street WHERE area = $1", args![key]).await?;
        Ok(self.execute("DELETE FROM area WHERE key = $1", args![key]).await? > 0)
    }
}
