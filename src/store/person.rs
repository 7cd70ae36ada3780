//! Citizens and the points at which they are reached.

use jiff::Timestamp;
use serde::Serialize;

use super::{Db, StoreError};
use crate::domain::id::PersonId;
use crate::domain::phone::PhoneNumber;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Person {
    pub id: PersonId,
    /// Empty when nobody wrote it down yet.
    pub name: String,
    pub address: String,
    pub phones: Vec<PhoneNumber>,
    pub created_at: Timestamp,
}

#[expect(unused_variables, clippy::todo, clippy::unused_async, reason = "the bodies follow within the hour")]
impl Db {
    pub async fn person(&self, id: PersonId) -> Result<Option<Person>, StoreError> {
        todo!()
    }

    pub async fn person_by_phone(&self, phone: &PhoneNumber) -> Result<Option<Person>, StoreError> {
        todo!()
    }
}
