//! `cargo xtask tidy`: what a reader may rely on without looking, held by a test.
//!
//! A rule is one line in [`RULES`]: it looks at the repository and names what breaks it.

mod files;
mod metadata;
mod rows;

use crate::arguments::Arguments;
use crate::failure::{Failure, Outcome};
use crate::tidy::files::Files;
use crate::tidy::metadata::Metadata;

/// What the rules look at.
struct Repository {
    files: Files,
    metadata: Metadata,
}

struct Rule {
    says: &'static str,
    broken_by: fn(&Repository) -> Vec<String>,
}

const RULES: &[Rule] = &[
    Rule { says: "a crate imports only crates of the rows below its own", broken_by: rows::upward_imports },
    Rule { says: "each library has the crates that may use it", broken_by: rows::strays },
    Rule { says: "some libraries are not used at all", broken_by: rows::banned },
    Rule { says: "a file is short enough to be read", broken_by: files::too_long },
    Rule { says: "a file of code begins with what it is", broken_by: files::without_a_doc },
    Rule { says: "the repository speaks of the product alone", broken_by: files::foreign_words },
];

pub(crate) fn run(a: Arguments) -> Outcome<()> {
    a.finish()?;
    let repository = Repository { files: Files::list()?, metadata: Metadata::read()? };
    let mut broken = 0;
    for rule in RULES {
        let by = (rule.broken_by)(&repository);
        println!("{}  {}", if by.is_empty() { "holds " } else { "BROKEN" }, rule.says);
        for what in &by {
            println!("    {what}");
        }
        broken += by.len();
    }
    if broken == 0 { Ok(()) } else { Err(Failure::new(format!("{broken} places break a rule"))) }
}

#[cfg(test)]
mod tests {
    use super::{Arguments, run};

    #[test]
    fn the_repository_is_tidy() {
        if let Err(failure) = run(Arguments::new(Vec::new())) {
            panic!("{failure}; `cargo xtask tidy` shows where");
        }
    }
}
