//! A statement that grows with what is asked for.

use super::sql::Value;

/// Conditions and the values that stand in their places.
#[derive(Default)]
pub(super) struct Query {
    pub(super) values: Vec<Value>,
    pub(super) conditions: Vec<String>,
}

impl Query {
    pub(super) fn place(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.conditions.is_empty()
    }

    /// `column_and_operator`: for example `c.status =`.
    pub(super) fn compare(&mut self, column_and_operator: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            let place = self.place(value);
            self.conditions.push(format!("{column_and_operator} {place}"));
        }
    }

    /// One of several lists that are put together, in their common order.
    pub(super) fn arm(&self, arm: &Arm, column: &str, order: &str) -> String {
        let condition = &arm.condition;
        let also: String =
            self.conditions.iter().map(|condition| format!(" AND {}", arm.beside(condition))).collect();
        format!(
            "SELECT id, at FROM (SELECT c.id, c.{column} AS at FROM case_file c WHERE {condition}{also} {order}) arm"
        )
    }

    /// Behind another condition.
    pub(super) fn also(&self) -> String {
        self.conditions.iter().map(|condition| format!(" AND {condition}")).collect()
    }

    pub(super) fn wanted(&self) -> String {
        if self.conditions.is_empty() {
            return String::new();
        }
        format!("WHERE {}", self.conditions.join(" AND "))
    }
}

/// What one of several lists holds.
pub(super) struct Arm {
    pub(super) condition: String,
    /// The embedded database walks through what this alone gives, whatever else is asked for: it would rather walk through all that have
    /// the same status, because on average a person has to do with more cases than that.
    pub(super) leads: bool,
}

impl Arm {
    pub(super) fn new(condition: String) -> Self {
        Self { condition, leads: false }
    }

    /// Another condition, as it stands beside this one. Moments stand in the indexes of people too.
    pub(super) fn beside(&self, condition: &str) -> String {
        // A term of which SQLite makes no use of an index.
        if self.leads && !condition.contains("_at ") && !condition.contains("_at,") {
            format!("+({condition})")
        } else {
            condition.to_owned()
        }
    }
}
