//! Printing: text for people, one JSON value a line for scripts.

use std::io::Write;

use serde::Serialize;

use crate::run::Failure;

/// Where results go, and in which form.
pub(crate) struct Output<'a> {
    to: &'a mut dyn Write,
    json: bool,
}

impl<'a> Output<'a> {
    pub(crate) const fn new(to: &'a mut dyn Write, json: bool) -> Self {
        Self { to, json }
    }

    /// Tells whether a script reads.
    pub(crate) const fn is_json(&self) -> bool {
        self.json
    }

    /// Prints a result in the form that was asked for.
    pub(crate) fn result<T: Serialize>(
        &mut self,
        value: &T,
        as_text: impl FnOnce(&T) -> String,
    ) -> Result<(), Failure> {
        if self.json {
            let text = serde_json::to_string(value)
                .map_err(|_unwritable| Failure::Words("the result has no JSON form".to_owned()))?;
            writeln!(self.to, "{text}")?;
        } else {
            write!(self.to, "{}", as_text(value))?;
        }
        self.to.flush()?;
        Ok(())
    }
}

/// Builds text line by line.
#[derive(Debug, Default)]
pub(crate) struct Lines(String);

impl Lines {
    /// Adds a line.
    pub(crate) fn add(&mut self, line: impl AsRef<str>) {
        self.0.push_str(line.as_ref());
        self.0.push('\n');
    }

    /// Adds a line with a label, unless there is nothing to say.
    pub(crate) fn labelled(&mut self, label: &str, value: impl AsRef<str>) {
        let value = value.as_ref();
        if !value.is_empty() {
            self.add(format!("{label:<14}{value}"));
        }
    }

    /// Returns the text.
    pub(crate) fn finish(self) -> String {
        self.0
    }
}

/// Says how many of something there are: "1 entry", "2 entries".
pub(crate) fn counted(count: u32, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
