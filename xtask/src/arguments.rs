//! A command's words: options as `--name value` or `--name=value`, switches as `--name`, and the rest in order.
//!
//! A command takes what it knows and then calls [`Arguments::finish`], so that a misspelt option is an error.

use std::str::FromStr;

use crate::failure::{Failure, Outcome};

pub(crate) struct Arguments(Vec<String>);

impl Arguments {
    pub(crate) fn new(words: Vec<String>) -> Self {
        Self(words)
    }

    /// The value of an option, at most once.
    pub(crate) fn option(&mut self, name: &str) -> Outcome<Option<String>> {
        let inline = format!("{name}=");
        let Some(at) = self.0.iter().position(|w| w == name || w.starts_with(&inline)) else { return Ok(None) };
        let word = self.0.remove(at);
        if let Some(value) = word.strip_prefix(&inline) {
            return Ok(Some(value.to_owned()));
        }
        if self.0.get(at).is_none_or(|next| next.starts_with("--")) {
            return Err(Failure::new(format!("{name} needs a value")));
        }
        Ok(Some(self.0.remove(at)))
    }

    pub(crate) fn number<N: FromStr>(&mut self, name: &str, otherwise: N) -> Outcome<N> {
        let Some(value) = self.option(name)? else { return Ok(otherwise) };
        value.parse().map_err(|_| Failure::new(format!("{name} needs a number, not {value:?}")))
    }

    pub(crate) fn switch(&mut self, name: &str) -> bool {
        let at = self.0.iter().position(|w| w == name);
        at.map(|at| self.0.remove(at)).is_some()
    }

    /// The next word that is not an option.
    pub(crate) fn word(&mut self) -> Option<String> {
        let at = self.0.iter().position(|w| !w.starts_with("--"))?;
        Some(self.0.remove(at))
    }

    /// The words as they stand, for another program.
    pub(crate) fn rest(self) -> Vec<String> {
        self.0
    }

    pub(crate) fn finish(self) -> Outcome<()> {
        match self.0.first() {
            None => Ok(()),
            Some(word) => Err(Failure::new(format!("{word:?} means nothing here; --help shows what does"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Arguments;

    fn arguments(line: &str) -> Arguments {
        Arguments::new(line.split(' ').map(str::to_owned).collect())
    }

    #[test]
    fn options_are_taken_in_both_forms() {
        let mut a = arguments("--db=postgres --seconds 5 -v start");
        assert_eq!(a.option("--db").unwrap().as_deref(), Some("postgres"));
        assert_eq!(a.number("--seconds", 1).unwrap(), 5);
        assert!(!a.switch("--all"));
        assert_eq!(a.word().as_deref(), Some("-v"));
        assert_eq!(a.word().as_deref(), Some("start"));
        assert!(a.finish().is_ok());
    }

    #[test]
    fn a_misspelt_option_is_an_error() {
        assert!(arguments("--secnods=5").finish().is_err());
        assert!(arguments("--seconds --all").option("--seconds").is_err());
        assert!(arguments("--seconds=five").number("--seconds", 1).is_err());
    }
}
