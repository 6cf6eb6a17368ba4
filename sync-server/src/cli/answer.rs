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

    /// Writes an answer, spelt out where a terminal would obey it, and makes sure that a reader behind a pipe sees it at once.
    pub(crate) fn print(&mut self, answer: &impl Answer) -> io::Result<()> {
        match self.form {
            Form::Lines => {
                let mut lines = Vec::new();
                answer.write_lines(&mut lines)?;
                let lines = spelt_out(&String::from_utf8_lossy(&lines));
                self.out.write_all(lines.as_bytes())?;
            }
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

/// Spells out what a terminal would obey or reorder; line breaks and tabs stay. Labels come from other computers,
/// reasons and names from people.
pub(crate) fn spelt_out(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        let is_break = matches!(letter, '\n' | '\t');
        let is_bidi_control = matches!(
            letter,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        );
        if !is_break && (letter.is_control() || is_bidi_control) {
            out.extend(letter.escape_unicode());
        } else {
            out.push(letter);
        }
    }
    out
}

/// Writes a time of the wall clock, to the second, in UTC.
pub(crate) fn spell_time(ms: u64) -> String {
    record::When::from_ms(ms).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Label(&'static str);

    impl Answer for Label {
        fn write_lines(&self, out: &mut dyn Write) -> io::Result<()> {
            writeln!(out, "device 1: {}", self.0)
        }
    }

    #[test]
    fn a_label_commands_no_terminal() {
        let mut out = Vec::new();

        Printer::new(&mut out, Form::Lines)
            .print(&Label("\u{1b}[2J\u{202e}Ada\u{9b}"))
            .unwrap();

        assert_eq!(
            String::from_utf8(out).unwrap(),
            "device 1: \\u{1b}[2J\\u{202e}Ada\\u{9b}\n"
        );
    }
}
