//! Questions to the person at the terminal.

use std::io::{self, IsTerminal as _, Write as _};

/// Someone who can be asked.
pub(super) trait Ask {
    /// Whether anyone is there to answer.
    fn answers(&self) -> bool;
    fn line(&mut self, question: &str) -> io::Result<String>;
    /// Without echo.
    fn secret(&mut self, question: &str) -> io::Result<String>;
}

/// The terminal that the process was started from.
pub(super) struct Terminal;

impl Ask for Terminal {
    fn answers(&self) -> bool {
        io::stdin().is_terminal()
    }

    fn line(&mut self, question: &str) -> io::Result<String> {
        let mut terminal = io::stderr();
        write!(terminal, "{question}")?;
        terminal.flush()?;
        let mut answer = String::new();
        io::stdin().read_line(&mut answer)?;
        Ok(answer.trim_end_matches(['\r', '\n']).to_owned())
    }

    fn secret(&mut self, question: &str) -> io::Result<String> {
        rpassword::prompt_password(question)
    }
}
