//! A role: its name, the kind of work that it is, and its rules.

use std::collections::HashMap;

use super::super::id::RoleId;
use super::rule::Rule;
use super::{Right, Role, defaults};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleRules {
    pub id: RoleId,
    /// Of small letters; those that the program brings are called as their kind.
    pub key: String,
    /// What kind of work it is.
    pub base: Role,
    /// In Serbian Cyrillic; Serbian Latin is made from it.
    pub name_sr: String,
    pub name_en: String,
    /// Whether who has it must log in with a second factor.
    pub needs_second_factor: bool,
    /// A right without an entry is not allowed.
    pub rules: HashMap<Right, Vec<Rule>>,
}

impl RoleRules {
    /// One that the program brings, as nobody changed it.
    pub fn seeded(base: Role) -> Self {
        let rules = Right::ALL.iter().map(|right| (*right, defaults::extent(*right, base).rules())).collect();
        Self {
            id: Self::seeded_id(base),
            key: base.as_str().to_owned(),
            base,
            name_sr: base.as_str().to_owned(),
            name_en: base.as_str().to_owned(),
            needs_second_factor: false,
            rules,
        }
    }

    /// As the migration `0014_rights` numbers them.
    pub fn seeded_id(base: Role) -> RoleId {
        RoleId(match base {
            Role::Administrator => 1,
            Role::Supervisor => 2,
            Role::Operator => 3,
            Role::Officer => 4,
        })
    }

    /// Whether the program brought it: such a role cannot be removed.
    pub fn is_seeded(&self) -> bool {
        self.id == Self::seeded_id(self.base)
    }

    pub fn rules(&self, right: Right) -> &[Rule] {
        self.rules.get(&right).map_or(&[], Vec::as_slice)
    }

    /// What nobody may take from administrators, or everybody would be locked out.
    pub fn keeps(&self, right: Right) -> bool {
        self.base == Role::Administrator && matches!(right, Right::ManageRights | Right::ManageUsers)
    }
}
