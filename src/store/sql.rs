//! Arguments and rows that are the same for both databases. Every integer is 64 bits wide, so that one text of SQL fits both.

use std::str::FromStr;

use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments as _, Decode, Type};

use super::StoreError;
use super::embedded::FromCell;
use crate::domain::alert::{AlertKind, Alerts};
use crate::domain::announcement::Reached;
use crate::domain::area::Side;
use crate::domain::call::Direction;
use crate::domain::campaign::{CampaignState, Deed, RecipientState, Way, Why};
use crate::domain::case::{CaseNumber, Channel, Outcome, Status, Told};
use crate::domain::deadline::{DeadlineState, Goal, PauseReason};
use crate::domain::department::DepartmentKind;
use crate::domain::dialer::contact::Stage;
use crate::domain::dialer::greeting::Verdict;
use crate::domain::dialer::retry::Reason;
use crate::domain::dialer::{DialState, Outcome as DialOutcome};
use crate::domain::email::EmailAddress;
use crate::domain::file::{BlobHash, Danger, FileKind, FileName};
use crate::domain::id::*;
use crate::domain::kept_template::TemplateKind;
use crate::domain::link::LinkKind;
use crate::domain::mail::{MailParty, MailPurpose};
use crate::domain::message::DeliveryState;
use crate::domain::notice::{NoticeState, Purpose};
use crate::domain::opt_out::{OptOutChannel, OptOutMeans};
use crate::domain::permission::Role;
use crate::domain::person::{ConsentKind, ConsentMeans, PersonLanguage, PointKind, TellBy};
use crate::domain::phone::PhoneNumber;
use crate::domain::question::QuestionKind;
use crate::domain::queue::Strategy;
use crate::domain::survey::interview::Disposition;
use crate::domain::survey::{Mode, VersionState};
use crate::domain::task::TaskKind;
use crate::domain::timeline::Visibility;
use crate::domain::webhook::{Delivery, Event, Rests};

/// One argument. The kind is known for NULL too, because PostgreSQL wants it.
#[derive(Clone, Debug)]
pub enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

/// `args![id, name, at]`
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::store::sql::Value::from($value)),*] };
}
pub(super) use args;

#[derive(Debug)]
pub enum Row {
    Embedded(Vec<rusqlite::types::Value>),
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

/// Reads a row from left to right.
#[derive(Debug)]
pub struct Reader<'r> {
    row: &'r Row,
    at: usize,
}

/// What a column can be read as.
pub trait Column: Sized {
    fn read(row: &Row, at: usize) -> Result<Self, StoreError>;
}

impl Row {
    pub fn get<T: Column>(&self, at: usize) -> Result<T, StoreError> {
        T::read(self, at)
    }

    pub fn reader(&self) -> Reader<'_> {
        Reader { row: self, at: 0 }
    }

    fn raw<T>(&self, at: usize) -> Result<T, StoreError>
    where
        T: FromCell,
        T: for<'r> Decode<'r, sqlx::Sqlite> + Type<sqlx::Sqlite>,
        T: for<'r> Decode<'r, sqlx::Postgres> + Type<sqlx::Postgres>,
    {
        Ok(match self {
            Self::Embedded(cells) => cells
                .get(at)
                .and_then(T::from_cell)
                .ok_or_else(|| StoreError::Corrupt(format!("column {at} holds something else")))?,
            Self::Sqlite(row) => row.try_get_unchecked(at)?,
            Self::Postgres(row) => row.try_get(at)?,
        })
    }
}

impl Reader<'_> {
    pub fn next<T: Column>(&mut self) -> Result<T, StoreError> {
        let at = self.at;
        self.at += 1;
        T::read(self.row, at)
    }
}

macro_rules! raw_columns {
    ($($kind:ty),+) => {$(
        impl Column for $kind {
            fn read(row: &Row, at: usize) -> Result<Self, StoreError> {
                row.raw(at)
            }
        }
    )+};
}
raw_columns!(i64, Option<i64>, String, Option<String>, Vec<u8>, Option<Vec<u8>>);

macro_rules! id_columns {
    ($($id:ident),+) => {$(
        impl Column for $id {
            fn read(row: &Row, at: usize) -> Result<Self, StoreError> {
                row.raw(at).map($id)
            }
        }
        impl Column for Option<$id> {
            fn read(row: &Row, at: usize) -> Result<Self, StoreError> {
                Ok(row.raw::<Option<i64>>(at)?.map($id))
            }
        }
        impl From<$id> for Value {
            fn from(id: $id) -> Self {
                Self::Int(Some(id.0))
            }
        }
        impl From<Option<$id>> for Value {
            fn from(id: Option<$id>) -> Self {
                Self::Int(id.map(|id| id.0))
            }
        }
    )+};
}
id_columns!(
    AttachmentId,
    CampaignId,
    CaseId,
    CategoryId,
    CaseEventId,
    DeadlineId,
    DialAttemptId,
    DialCampaignId,
    DialContactId,
    DepartmentId,
    InteractionId,
    InterviewId,
    MacroId,
    NoticeId,
    OptOutId,
    OutboxId,
    FilterId,
    PersonEventId,
    PersonId,
    PhoneId,
    QuestionId,
    RecipientId,
    RecordingId,
    RoleId,
    SegmentId,
    SourceId,
    SurveyId,
    SurveyVersionId,
    TaskId,
    TemplateId,
    UserId,
    WebhookDeliveryId,
    WebhookId
);

macro_rules! word_columns {
    ($($kind:ident),+) => {$(
        impl Column for $kind {
            fn read(row: &Row, at: usize) -> Result<Self, StoreError> {
                $kind::from_str(&row.raw::<String>(at)?).map_err(|e| StoreError::Corrupt(e.to_string()))
            }
        }
        impl Column for Option<$kind> {
            fn read(row: &Row, at: usize) -> Result<Self, StoreError> {
                let word = row.raw::<Option<String>>(at)?;
                let word = word.as_deref().map($kind::from_str).transpose();
                word.map_err(|e| StoreError::Corrupt(e.to_string()))
            }
        }
        impl From<$kind> for Value {
            fn from(word: $kind) -> Self {
                Self::Text(Some(word.as_str().to_owned()))
            }
        }
        impl From<Option<$kind>> for Value {
            fn from(word: Option<$kind>) -> Self {
                Self::Text(word.map(|word| word.as_str().to_owned()))
            }
        }
    )+};
}
word_columns!(
    AlertKind,
    Alerts,
    Channel,
    DeliveryState,
    DepartmentKind,
    Direction,
    LinkKind,
    NoticeState,
    Outcome,
    Purpose,
    Reached,
    QuestionKind,
    Role,
    Side,
    Status,
    Strategy,
    Told,
    Visibility,
    FileKind,
    Danger,
    DeadlineState,
    Goal,
    PauseReason,
    TaskKind,
    TemplateKind,
    MailParty,
    MailPurpose,
    Delivery,
    Event,
    Rests
);

impl Column for bool {
    fn read(row: &Row, at: usize) -> Result<Self, StoreError> {
        Ok(row.raw::<i64>(at)? != 0)
    }
}

// Of campaigns.
word_columns!(CampaignState, Deed, RecipientState, Way, Why);

// Of surveys.
word_columns!(Disposition, Mode, VersionState);
// Of the dialler.
word_columns!(DialOutcome, DialState, Reason, Stage, Verdict);

// Of people.
word_columns!(ConsentKind, ConsentMeans, OptOutChannel, OptOutMeans, PersonLanguage, PointKind, TellBy);

impl Column for CaseNumber {
    fn read(row: &Row, at: usize) -> Result<Self, StoreError> {
        row.raw(at).map(Self)
    }
}

impl Column for PhoneNumber {
    fn read(row: &Row, at: usize) -> Result<Self, StoreError> {
        let text: String = row.raw(at)?;
        Self::from_stored(&text).ok_or_else(|| StoreError::Corrupt("a telephone number is not E.164".into()))
    }
}

impl Column for BlobHash {
    fn read(row: &Row, at: usize) -> Result<Self, StoreError> {
        Self::from_str(&row.raw::<String>(at)?).map_err(|e| StoreError::Corrupt(e.to_string()))
    }
}

impl Column for FileName {
    fn read(row: &Row, at: usize) -> Result<Self, StoreError> {
        row.raw::<String>(at).map(Self::from)
    }
}

impl Column for EmailAddress {
    fn read(row: &Row, at: usize) -> Result<Self, StoreError> {
        let text: String = row.raw(at)?;
        Self::from_stored(&text).ok_or_else(|| StoreError::Corrupt("an e-mail address has no @".into()))
    }
}

impl Column for Timestamp {
    fn read(row: &Row, at: usize) -> Result<Self, StoreError> {
        instant(row.raw(at)?)
    }
}

impl Column for Option<Timestamp> {
    fn read(row: &Row, at: usize) -> Result<Self, StoreError> {
        row.raw::<Option<i64>>(at)?.map(instant).transpose()
    }
}

fn instant(microseconds: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(microseconds).map_err(|e| StoreError::Corrupt(e.to_string()))
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(Some(number))
    }
}
impl From<Option<i64>> for Value {
    fn from(number: Option<i64>) -> Self {
        Self::Int(number)
    }
}
impl From<bool> for Value {
    fn from(yes: bool) -> Self {
        Self::Int(Some(yes.into()))
    }
}
impl From<Timestamp> for Value {
    fn from(at: Timestamp) -> Self {
        Self::Int(Some(at.as_microsecond()))
    }
}
impl From<Option<Timestamp>> for Value {
    fn from(at: Option<Timestamp>) -> Self {
        Self::Int(at.map(Timestamp::as_microsecond))
    }
}
impl From<String> for Value {
    /// Without NUL, which PostgreSQL refuses in a text.
    fn from(text: String) -> Self {
        Self::Text(Some(if text.contains('\0') { text.replace('\0', "") } else { text }))
    }
}
impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}
impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        text.map_or(Self::Text(None), Self::from)
    }
}
impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Self {
        Self::from(text.map(str::to_owned))
    }
}
impl From<CaseNumber> for Value {
    fn from(number: CaseNumber) -> Self {
        Self::Text(Some(number.0))
    }
}
impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(Some(bytes))
    }
}

pub(super) fn sqlite(values: Vec<Value>) -> Result<SqliteArguments, StoreError> {
    let mut arguments = SqliteArguments::default();
    for value in values {
        match value {
            Value::Int(number) => sqlx::Arguments::add(&mut arguments, number),
            Value::Text(text) => sqlx::Arguments::add(&mut arguments, text),
            Value::Bytes(bytes) => sqlx::Arguments::add(&mut arguments, bytes),
        }
        .map_err(|e| StoreError::Database(e.to_string()))?;
    }
    Ok(arguments)
}

pub(super) fn postgres(values: Vec<Value>) -> Result<PgArguments, StoreError> {
    let mut arguments = PgArguments::default();
    for value in values {
        match value {
            Value::Int(number) => arguments.add(number),
            Value::Text(text) => arguments.add(text),
            Value::Bytes(bytes) => arguments.add(bytes),
        }
        .map_err(|e| StoreError::Database(e.to_string()))?;
    }
    Ok(arguments)
}

/// `($1,$2),($3,$4)`: places for `rows` rows of `columns` values.
pub(super) fn places(rows: usize, columns: usize) -> String {
    let mut sql = String::with_capacity(rows * columns * 5);
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ",(" });
        for column in 0..columns {
            if column > 0 {
                sql.push(',');
            }
            sql.push('$');
            sql.push_str(&(row * columns + column + 1).to_string());
        }
        sql.push(')');
    }
    sql
}

/// Lists are written in lengths of powers of two, so that a statement cache holds few texts. The longest: both databases
/// take far more arguments, but a longer statement is no faster.
pub(super) const LONGEST_LIST: usize = 64;

/// Cuts a list into pieces whose lengths are powers of two, at most [`LONGEST_LIST`].
pub(super) fn pieces<T>(mut list: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        if list.is_empty() {
            return None;
        }
        let length = list.len().min(LONGEST_LIST);
        let (piece, rest) = list.split_at(1 << length.ilog2());
        list = rest;
        Some(piece)
    })
}

/// One question to each of several keys as one statement: `arm` asks it of the key in the place that it is given. What they find
/// comes in the order of the keys or not, as the database likes: the arms say in a column whose it is.
pub(super) fn each(keys: usize, arm: impl Fn(&str) -> String) -> String {
    let arms: Vec<String> =
        (1..=keys).map(|key| format!("SELECT * FROM ({}) k{key}", arm(&format!("${key}")))).collect();
    arms.join(" UNION ALL ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_cut_into_powers_of_two() {
        let list: Vec<u8> = (0..150).collect();
        let lengths: Vec<usize> = pieces(&list).map(<[u8]>::len).collect();
        assert_eq!(lengths, [64, 64, 16, 4, 2]);
        assert_eq!(pieces(&list).flatten().count(), 150);
    }

    #[test]
    fn one_statement_asks_of_each_key() {
        let sql = each(2, |key| format!("SELECT a FROM t WHERE b = {key} LIMIT 3"));
        let (first, second) =
            ("SELECT a FROM t WHERE b = $1 LIMIT 3", "SELECT a FROM t WHERE b = $2 LIMIT 3");
        assert_eq!(sql, format!("SELECT * FROM ({first}) k1 UNION ALL SELECT * FROM ({second}) k2"));
    }

    #[test]
    fn places_are_numbered_through() {
        assert_eq!(places(2, 3), "($1,$2,$3),($4,$5,$6)");
    }
}
