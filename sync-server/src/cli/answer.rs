//! How a command's answer is written: for people in lines, for scripts as one JSON object.

use std::io::{self, Write};

use serde::Serialize;

/// What a command found or did.
pub(crate) trait Answer: Serialize {
    /// Writes it for people, each line ended.
    fn write_lines(&self, out: &mut dyn Write) -> io::Result<()>;
}

/// Writes answers in the form that was asked for.
pub(crate) struct Printer<'a> {
    out: &'a mut dyn Write,
    form: Form,
}

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Lines for people.
    Lines,
    /// JSON for scripts, one object a line.
    Json,
}

impl<'a> Printer<'a> {
    /// Writes to `out`.
    pub(crate) fn new(out: &'a mut dyn Write, form: Form) -> Self {
        Self { out, form }
    }

    /// Returns the form asked for.
    pub(crate) const fn form(&self) -> Form {
        self.form
    }

    /// Writes an answer, and makes sure that a reader behind a pipe sees it at once.
    pub(crate) fn print(&mut self, answer: &impl Answer) -> io::Result<()> {
        match self.form {
            Form::Lines => answer.write_lines(self.out)?,
            Form::Json => {
                serde_json::to_writer(&mut *self.out, answer)?;
                self.out.write_all(b"\n")?;
            }
        }
        self.out.flush()
    }

    /// Writes words for the person at the terminal, as they are.
    pub(crate) fn say(&mut self, words: &str) -> io::Result<()> {
        self.out.write_all(words.as_bytes())?;
        self.out.flush()
    }
}

/// Writes a time of the wall clock, to the second, in UTC.
pub(crate) fn spell_time(ms: u64) -> String {
    record::When::from_ms(ms).to_string()
}
