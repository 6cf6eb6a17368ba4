//! Printing: text for people, one JSON value a line for scripts.
//!
//! What is printed comes out of records, and a record may hold anything. A terminal obeys control characters, and
//! bidirectional ones show a line in another order than it is stored; so a person sees both spelt out.

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
            write!(self.to, "{}", spelt_out(&as_text(value)))?;
        }
        self.to.flush()?;
        Ok(())
    }
}

/// Builds text line by line.
#[derive(Debug, Default)]
pub(crate) struct Lines(String);

impl Lines {
    /// Adds a line. It stays one: a name with a line break in it cannot pass for a line of the chart.
    pub(crate) fn add(&mut self, line: impl AsRef<str>) {
        let line = spelt_out(line.as_ref()).replace('\n', "\\u{a}");
        self.0.push_str(&line);
        self.0.push('\n');
    }

    /// Adds an empty line.
    pub(crate) fn gap(&mut self) {
        self.0.push('\n');
    }

    /// Adds a line with a label, unless there is nothing to say.
    pub(crate) fn labelled(&mut self, label: &str, value: impl AsRef<str>) {
        let value = value.as_ref();
        if !value.is_empty() {
            self.add(format!("{label:<13} {value}"));
        }
    }

    /// Adds a text of several lines with a label, each under the first, unless there is nothing to say.
    pub(crate) fn paragraph(&mut self, label: &str, text: &str) {
        let mut label = label;
        for line in text.lines() {
            self.add(format!("{label:<14}{line}").trim_end());
            label = "";
        }
    }

    /// Returns the text.
    pub(crate) fn finish(self) -> String {
        self.0
    }
}

/// Spells out what a terminal would obey or reorder; line breaks and tabs stay.
pub(crate) fn spelt_out(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        let is_break = matches!(letter, '\n' | '\t');
        if !is_break && (letter.is_control() || is_bidi_control(letter)) {
            out.extend(letter.escape_unicode());
        } else {
            out.push(letter);
        }
    }
    out
}

const fn is_bidi_control(letter: char) -> bool {
    matches!(
        letter,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

/// Says how many bytes there are, in the unit that makes the number short.
pub(crate) fn size(bytes: f64) -> String {
    if bytes < 999.5 {
        format!("{bytes:.0} B")
    } else if bytes < 999_950.0 {
        format!("{:.1} kB", bytes / 1e3)
    } else {
        format!("{:.1} MB", bytes / 1e6)
    }
}

/// Says how many of something there are: "1 entry", "2 entries".
pub(crate) fn counted(count: u32, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(spelt_out(text), expected, "{text:?}");
    }

    #[test]
    fn what_a_terminal_would_obey_is_spelt_out() {
        check("\u{1b}[2J", "\\u{1b}[2J");
        check(
            "\u{7}\0\u{7f}\u{9b}31m\r",
            "\\u{7}\\u{0}\\u{7f}\\u{9b}31m\\u{d}",
        );
        check(
            "a\u{202e}b\u{2066}c\u{200f}",
            "a\\u{202e}b\\u{2066}c\\u{200f}",
        );
        check("Đặng Thị ‘Hoa’\n\tمريم", "Đặng Thị ‘Hoa’\n\tمريم");
    }

    #[test]
    fn a_value_never_makes_a_line_of_its_own() {
        let mut lines = Lines::default();

        lines.labelled("name", "Ana\nallergies     none known");

        assert_eq!(lines.finish().lines().count(), 1);
    }

    #[test]
    fn a_note_keeps_its_lines_under_its_label() {
        let mut lines = Lines::default();

        lines.paragraph("  note", "First.\r\n\nThird\u{1b}.");
        lines.paragraph("  other", "");

        assert_eq!(
            lines.finish(),
            "  note        First.\n\n              Third\\u{1b}.\n"
        );
    }

    #[test]
    fn whatever_is_printed_as_text_is_spelt_out() {
        let mut printed = Vec::new();

        Output::new(&mut printed, false)
            .result(&"\u{1b}]0;x", |text| (*text).to_owned())
            .unwrap();

        assert_eq!(printed, b"\\u{1b}]0;x");
    }
}
