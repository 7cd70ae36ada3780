//! Roles and their rules. Read whole, with [`super::directory`].

use std::collections::HashMap;

use super::sql::args;
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::id::RoleId;
use crate::domain::permission::rule::Rule;
use crate::domain::permission::{Right, Role, RoleRules};

/// What of a role its form changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleHead {
    pub key: String,
    pub base: Role,
    pub name_sr: String,
    pub name_en: String,
    pub needs_second_factor: bool,
}

impl Db {
    /// Those that the program brings first. A rule that cannot be read allows nothing, and says so in the log.
    pub(super) async fn roles(&self) -> Result<Vec<RoleRules>, StoreError> {
        let mut rules: HashMap<RoleId, HashMap<Right, Vec<Rule>>> = HashMap::new();
        for row in self.all("SELECT role_id, name, rules FROM role_right", args![]).await? {
            let (role, name, stored): (RoleId, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            // A right of an older version is gone, and its rules with it.
            let Ok(right) = name.parse::<Right>() else { continue };
            let read = serde_json::from_str(&stored).unwrap_or_else(|error| {
                tracing::error!(%role, right = name, %error, "the rules of a right cannot be read: it is refused");
                Vec::new()
            });
            rules.entry(role).or_default().insert(right, read);
        }
        let sql = "SELECT id, key, base, name_sr, name_en, needs_second_factor FROM role ORDER BY id";
        let rows = self.all(sql, args![]).await?;
        rows.iter()
            .map(|row| {
                let mut r = row.reader();
                let id: RoleId = r.next()?;
                Ok(RoleRules {
                    id,
                    key: r.next()?,
                    base: r.next()?,
                    name_sr: r.next()?,
                    name_en: r.next()?,
                    needs_second_factor: r.next()?,
                    rules: rules.remove(&id).unwrap_or_default(),
                })
            })
            .collect()
    }

    /// Grows with every change of roles, rules and users, by whichever node.
    pub async fn rights_version(&self) -> Result<i64, StoreError> {
        let row = self.optional("SELECT n FROM rights_version WHERE one = 1", args![]).await?;
        row.map_or(Ok(0), |row| row.get(0))
    }
}

impl Tx<'_> {
    /// Every node reads roles and users anew within seconds.
    pub async fn rights_changed(&mut self) -> Result<(), StoreError> {
        self.execute("UPDATE rights_version SET n = n + 1 WHERE one = 1", args![]).await.map(drop)
    }

    /// Rights that no rule was ever written about get these. Whether there were any.
    pub async fn seed_rules(&mut self) -> Result<bool, StoreError> {
        let known = self.all("SELECT role_id, name FROM role_right", args![]).await?;
        let known: Vec<(RoleId, String)> =
            known.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<_, StoreError>>()?;
        let mut any = false;
        for row in self.all("SELECT id, base FROM role", args![]).await? {
            let (role, base): (RoleId, Role) = (row.get(0)?, row.get(1)?);
            for (right, rules) in RoleRules::seeded(base).rules {
                if known.iter().all(|(id, name)| *id != role || name != right.as_str()) {
                    self.put_rules(role, right, &rules).await?;
                    any = true;
                }
            }
        }
        Ok(any)
    }

    pub async fn put_rules(&mut self, role: RoleId, right: Right, rules: &[Rule]) -> Result<(), StoreError> {
        let rules = serde_json::to_string(rules).map_err(|e| StoreError::Corrupt(e.to_string()))?;
        let sql = "INSERT INTO role_right (role_id, name, rules) VALUES ($1, $2, $3) \
             ON CONFLICT (role_id, name) DO UPDATE SET rules = excluded.rules";
        self.execute(sql, args![role, right.as_str(), rules]).await.map(drop)
    }

    /// `None` when the key is taken.
    pub async fn insert_role(&mut self, role: &RoleHead) -> Result<Option<RoleId>, StoreError> {
        let sql = "INSERT INTO role (key, base, name_sr, name_en, needs_second_factor) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (key) DO NOTHING RETURNING id";
        let values = args![
            role.key.as_str(),
            role.base,
            role.name_sr.as_str(),
            role.name_en.as_str(),
            role.needs_second_factor
        ];
        self.optional(sql, values).await?.map(|row| row.get(0)).transpose()
    }

    /// Its names and whether it needs a second factor; key and kind stay.
    pub async fn set_role_head(&mut self, id: RoleId, role: &RoleHead) -> Result<bool, StoreError> {
        let sql = "UPDATE role SET name_sr = $2, name_en = $3, needs_second_factor = $4 WHERE id = $1";
        let values = args![id, role.name_sr.as_str(), role.name_en.as_str(), role.needs_second_factor];
        Ok(self.execute(sql, values).await? > 0)
    }

    /// Whether somebody or some token has it.
    pub async fn role_in_use(&mut self, id: RoleId) -> Result<bool, StoreError> {
        let users = "SELECT id FROM user_account WHERE role_id = $1 LIMIT 1";
        let tokens = "SELECT id FROM api_token WHERE role_id = $1 LIMIT 1";
        Ok(self.optional(users, args![id]).await?.is_some()
            || self.optional(tokens, args![id]).await?.is_some())
    }

    pub async fn delete_role(&mut self, id: RoleId) -> Result<bool, StoreError> {
        self.execute("DELETE FROM role_right WHERE role_id = $1", args![id]).await?;
        Ok(self.execute("DELETE FROM role WHERE id = $1", args![id]).await? > 0)
    }
}
