//! One SQL text for both engines: the places where they cannot agree are tokens.
//!
//! | token | SQLite | PostgreSQL |
//! |---|---|---|
//! | `$1` | `?1`: bound by its number, not looked up by its name | the same |
//! | `x {in:$1}` (parameter: `Value::list`) | `x IN (SELECT value FROM json_each(?1))` | `x = ANY(ARRAY(…))` |
//! | `x {in ints:$1}` (parameter: `Value::ints`) | the same | `x = ANY(ARRAY(…))`, of numbers |
//! | `{last:t.n}` | `last_insert_rowid()`: the number that `{serial}` of this column gave last in this batch | `currval(…)` of its sequence |
//! | `{C}` after a TEXT column or expression | nothing, it is so | `COLLATE "C"`: order by code points |
//! | `{share}` at the end of a SELECT | nothing: the writer is alone | `FOR SHARE`: nobody changes the row meanwhile |
//! | `{key share}` at the end of a SELECT | nothing | `FOR KEY SHARE`: the row stays, and nobody takes it whole |
//! | `{update}` at the end of a SELECT | nothing | `FOR UPDATE`: the row is taken whole, once all who share it are done |
//! | `{clustered}` after a table | `WITHOUT ROWID`: rows lie in the primary key's own tree | nothing |
//! | `{serial}` in a table | `INTEGER PRIMARY KEY`: the next free number | an identity column and primary key |
//! | `{number}` in a table | `INTEGER PRIMARY KEY` | `BIGINT PRIMARY KEY`: the rows' number, given |
//!
//! Anything else in braces stays as it is. Everything else that differs is avoided in the statements themselves
//! (`lower()` before LIKE, epoch milliseconds, BIGINT alone, CAST around `sum`).

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

/// Expanded texts by the address of the written one, so that a lookup hashes 16 bytes and not the text.
#[derive(Debug)]
pub(super) struct Expander {
    dialect: Dialect,
    texts: RwLock<HashMap<(usize, usize), &'static str>>,
}

impl Expander {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self { dialect, texts: RwLock::default() }
    }

    /// The text for this engine. Each written text is expanded once and kept for the life of the process; there are as
    /// many as there are statements in the program.
    pub(super) fn text(&self, sql: &'static str) -> &'static str {
        let key = (sql.as_ptr() as usize, sql.len());
        if let Some(text) = self.texts.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return text;
        }
        let mut texts = self.texts.write().unwrap_or_else(PoisonError::into_inner);
        texts.entry(key).or_insert_with(|| match expand(sql, self.dialect) {
            Cow::Borrowed(_) => sql,
            Cow::Owned(text) => text.leak(),
        })
    }
}

/// How a text is told to have any.
const TOKENS: &[&str] = &[
    "{C}",
    "{in:$",
    "{in ints:$",
    "{last:",
    "{share}",
    "{key share}",
    "{update}",
    "{clustered}",
    "{serial}",
    "{number}",
];

/// Replaces the tokens of one text, and writes its parameters as the engine does.
pub(super) fn expand(sql: &str, dialect: Dialect) -> Cow<'_, str> {
    match dialect {
        Dialect::Sqlite => Cow::Owned(numbered(&tokens(sql, dialect))),
        Dialect::Postgres => tokens(sql, dialect),
    }
}

/// Writes parameters as SQLite numbers them: `$1` is a name to it.
fn numbered(sql: &str) -> String {
    let mut parts = sql.split('$');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push(if part.starts_with(|first: char| first.is_ascii_digit()) { '?' } else { '$' });
        text.push_str(part);
    }
    text
}

fn tokens(sql: &str, dialect: Dialect) -> Cow<'_, str> {
    if !TOKENS.iter().any(|token| sql.contains(token)) {
        return Cow::Borrowed(sql);
    }
    let mut text = String::with_capacity(sql.len() + 128);
    let mut rest = sql;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        rest = match after.split_once('}') {
            Some(("C", tail)) => {
                text.push_str(collation(dialect));
                tail
            }
            Some((lock @ ("share" | "key share" | "update"), tail)) => {
                text.push_str(match (dialect, lock) {
                    (Dialect::Sqlite, _) => "",
                    (Dialect::Postgres, "share") => " FOR SHARE",
                    (Dialect::Postgres, "update") => " FOR UPDATE",
                    (Dialect::Postgres, _) => " FOR KEY SHARE",
                });
                tail
            }
            Some(("clustered", tail)) => {
                text.push_str(if dialect == Dialect::Sqlite { " WITHOUT ROWID" } else { "" });
                tail
            }
            Some(("serial", tail)) => {
                text.push_str(match dialect {
                    Dialect::Sqlite => "INTEGER PRIMARY KEY",
                    Dialect::Postgres => "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
                });
                tail
            }
            Some(("number", tail)) => {
                text.push_str(if dialect == Dialect::Sqlite { "INTEGER PRIMARY KEY" } else { "BIGINT PRIMARY KEY" });
                tail
            }
            Some((token, tail)) if token.starts_with("last:") => {
                text.push_str(&last(token.trim_start_matches("last:"), dialect));
                tail
            }
            Some((token, tail)) if token.starts_with("in:$") => {
                text.push_str(&list(token.trim_start_matches("in:"), "", dialect));
                tail
            }
            Some((token, tail)) if token.starts_with("in ints:$") => {
                text.push_str(&list(token.trim_start_matches("in ints:"), "::BIGINT", dialect));
                tail
            }
            _ => {
                text.push('{');
                after
            }
        };
    }
    text.push_str(rest);
    Cow::Owned(text)
}

fn collation(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => "",
        // The blank lets the token follow its column closely.
        Dialect::Postgres => " COLLATE \"C\"",
    }
}

/// Of the sequence by name: a trigger of somebody else's may take a number from another one in between.
fn last(column: &str, dialect: Dialect) -> String {
    let (table, column) = column.split_once('.').unwrap_or((column, ""));
    match dialect {
        Dialect::Sqlite => "last_insert_rowid()".to_owned(),
        Dialect::Postgres => format!("currval(pg_get_serial_sequence('{table}', '{column}'))"),
    }
}

fn list(parameter: &str, cast: &str, dialect: Dialect) -> String {
    match dialect {
        Dialect::Sqlite => format!("IN (SELECT value FROM json_each({parameter}))"),
        // The first cast makes the parameter a text on the wire.
        Dialect::Postgres => {
            format!("= ANY(ARRAY(SELECT jsonb_array_elements_text(CAST(CAST({parameter} AS TEXT) AS JSONB)){cast}))")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Dialect, Expander, expand};

    #[test]
    fn tokens_become_the_words_of_the_engine() {
        let sql = "SELECT id FROM t WHERE id {in:$2} ORDER BY name{C}";
        assert_eq!(
            expand(sql, Dialect::Sqlite),
            "SELECT id FROM t WHERE id IN (SELECT value FROM json_each(?2)) ORDER BY name"
        );
        let text = expand(sql, Dialect::Postgres);
        assert!(text.contains("CAST($2 AS TEXT)") && text.ends_with("name COLLATE \"C\""), "{text}");
    }

    #[test]
    fn a_row_is_held_and_rows_are_numbered_in_the_words_of_the_engine() {
        let sql = "SELECT 1 FROM t WHERE id = $1{share}";
        assert_eq!(expand(sql, Dialect::Sqlite), "SELECT 1 FROM t WHERE id = ?1");
        assert_eq!(expand(sql, Dialect::Postgres), "SELECT 1 FROM t WHERE id = $1 FOR SHARE");
        assert_eq!(expand("SELECT 1{update}", Dialect::Postgres), "SELECT 1 FOR UPDATE");
        assert_eq!(expand("SELECT 1{key share}", Dialect::Postgres), "SELECT 1 FOR KEY SHARE");
        assert_eq!(expand("SELECT 1{key share}{update}", Dialect::Sqlite), "SELECT 1");
        assert_eq!(expand("(n){clustered};", Dialect::Sqlite), "(n) WITHOUT ROWID;");
        assert_eq!(expand("(n){clustered};", Dialect::Postgres), "(n);");
        assert_eq!(expand("(n {serial})", Dialect::Sqlite), "(n INTEGER PRIMARY KEY)");
        assert_eq!(expand("(n {number})", Dialect::Postgres), "(n BIGINT PRIMARY KEY)");
        assert!(expand("(n {serial})", Dialect::Postgres).contains("IDENTITY"));
        assert_eq!(expand("VALUES ({last:t.n})", Dialect::Sqlite), "VALUES (last_insert_rowid())");
        let last = expand("VALUES ({last:t.n})", Dialect::Postgres);
        assert_eq!(last, "VALUES (currval(pg_get_serial_sequence('t', 'n')))");
        assert_eq!(expand("n {in ints:$1}", Dialect::Sqlite), "n IN (SELECT value FROM json_each(?1))");
        assert!(expand("n {in ints:$1}", Dialect::Postgres).ends_with("::BIGINT))"));
    }

    #[test]
    fn parameters_are_numbered_and_other_dollars_stay() {
        let sql = "SELECT json_extract(a, '$.b'), $12 FROM t WHERE c = $1";
        assert_eq!(expand(sql, Dialect::Sqlite), "SELECT json_extract(a, '$.b'), ?12 FROM t WHERE c = ?1");
        assert_eq!(expand(sql, Dialect::Postgres), sql);
    }

    #[test]
    fn other_braces_stay() {
        let sql = "INSERT INTO t VALUES ('{}', '{C', '{\"a\":1}', $1) -- {C}";
        assert_eq!(expand(sql, Dialect::Sqlite), "INSERT INTO t VALUES ('{}', '{C', '{\"a\":1}', ?1) -- ");
    }

    #[test]
    fn a_text_is_expanded_once() {
        let expander = Expander::new(Dialect::Postgres);
        let sql = "SELECT a FROM t ORDER BY a {C}";
        assert!(std::ptr::eq(expander.text(sql), expander.text(sql)));
    }
}
