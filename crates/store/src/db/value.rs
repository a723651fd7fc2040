//! The values that both engines understand, and the rows that come back.
//!
//! There are five kinds on purpose. Times are epoch milliseconds in `Int`, documents are JSON in `Text` that no statement
//! looks into, lists travel as a JSON array for `{in:$n}`. No floats, no database dates.

use std::fmt;

use super::StoreError;

/// A parameter of a statement or a column of a row.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
}

/// Builds the parameters of a statement: `params![realm.id, 5, true, None::<i64>]`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { vec![$($crate::db::Value::from($value)),*] };
}

impl Value {
    /// The parameter of a `{in:$n}`: a list of texts, of any length, also empty.
    pub fn list<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> Self {
        let items = items.into_iter().map(|item| serde_json::Value::from(item.as_ref())).collect();
        Self::Text(serde_json::Value::Array(items).to_string())
    }

    /// The parameter of a `{in ints:$n}`: a list of numbers, of any length, also empty.
    pub fn ints(items: impl IntoIterator<Item = i64>) -> Self {
        let items: Vec<serde_json::Value> = items.into_iter().map(serde_json::Value::from).collect();
        Self::Text(serde_json::Value::Array(items).to_string())
    }

    /// What it takes in memory, roughly.
    pub(super) fn bytes(&self) -> u64 {
        let behind = match self {
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
            Self::Null | Self::Bool(_) | Self::Int(_) => 0,
        };
        (size_of::<Self>() + behind) as u64
    }

    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytes",
        }
    }

    /// Refuses what one of the engines would refuse, so that both refuse alike.
    pub(super) fn check(values: &[Self]) -> Result<(), StoreError> {
        let has_nul = |value: &Self| matches!(value, Self::Text(text) if text.as_bytes().contains(&0));
        if values.iter().any(has_nul) { Err(StoreError::NulCharacter) } else { Ok(()) }
    }
}

/// Says the kind alone: a value may be a secret.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<i32> for Value {
    fn from(value: i32) -> Self {
        Self::Int(value.into())
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Int(value.into())
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Self::Text(value.clone())
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(value)
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Self::Bytes(value.to_vec())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One row of an answer. Columns are read by their place in the SELECT or RETURNING list, from 0; a column that is not
/// there or has another kind is `StoreError::Broken`, never a panic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    columns: Vec<Value>,
}

impl Row {
    pub(super) fn new(columns: Vec<Value>) -> Self {
        Self { columns }
    }

    pub(super) fn values(&self) -> &[Value] {
        &self.columns
    }

    pub fn text(&self, i: usize) -> Result<&str, StoreError> {
        match self.column(i)? {
            Value::Text(text) => Ok(text),
            other => Err(unexpected(i, "text", other)),
        }
    }

    pub fn text_opt(&self, i: usize) -> Result<Option<&str>, StoreError> {
        self.nullable(i, Self::text)
    }

    pub fn int(&self, i: usize) -> Result<i64, StoreError> {
        match self.column(i)? {
            Value::Int(int) => Ok(*int),
            other => Err(unexpected(i, "int", other)),
        }
    }

    pub fn int_opt(&self, i: usize) -> Result<Option<i64>, StoreError> {
        self.nullable(i, Self::int)
    }

    /// SQLite has no booleans and answers 0 or 1.
    pub fn bool(&self, i: usize) -> Result<bool, StoreError> {
        match self.column(i)? {
            Value::Bool(bool) => Ok(*bool),
            Value::Int(0) => Ok(false),
            Value::Int(1) => Ok(true),
            other => Err(unexpected(i, "bool", other)),
        }
    }

    pub fn bool_opt(&self, i: usize) -> Result<Option<bool>, StoreError> {
        self.nullable(i, Self::bool)
    }

    pub fn bytes(&self, i: usize) -> Result<&[u8], StoreError> {
        match self.column(i)? {
            Value::Bytes(bytes) => Ok(bytes),
            other => Err(unexpected(i, "bytes", other)),
        }
    }

    pub fn bytes_opt(&self, i: usize) -> Result<Option<&[u8]>, StoreError> {
        self.nullable(i, Self::bytes)
    }

    fn nullable<'a, T>(
        &'a self,
        i: usize,
        read: impl FnOnce(&'a Self, usize) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        if *self.column(i)? == Value::Null { Ok(None) } else { read(self, i).map(Some) }
    }

    fn column(&self, i: usize) -> Result<&Value, StoreError> {
        let width = self.columns.len();
        self.columns.get(i).ok_or_else(|| StoreError::broken(format!("column {i} of a row of {width}")))
    }
}

fn unexpected(i: usize, wanted: &str, found: &Value) -> StoreError {
    StoreError::broken(format!("column {i} is {}, not {wanted}", found.kind()))
}
