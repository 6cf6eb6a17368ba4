//! Finds where JSON values begin and end, by brackets and quotes alone.
//!
//! Nothing is understood and nothing is copied: so one resource with a broken word in it does not hide those after
//! it, and a file of any depth costs no stack.

/// Why a value could not be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    /// The text ends inside the value.
    Ends,
    /// Something stands where a value, a comma or a colon was expected.
    Misplaced,
}

/// Walks over a text.
#[derive(Debug, Clone)]
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Returns the next byte that is not white space, without passing it.
    pub(super) fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while bytes
            .get(self.at)
            .is_some_and(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n'))
        {
            self.at += 1;
        }
        bytes.get(self.at).copied()
    }

    /// Passes this byte if it comes next.
    pub(super) fn pass(&mut self, expected: u8) -> bool {
        let comes = self.peek() == Some(expected);
        if comes {
            self.at += 1;
        }
        comes
    }

    /// Returns what is left of the text.
    pub(super) fn left(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    /// Passes the next value and returns its text.
    pub(super) fn value(&mut self) -> Result<&'a str, Broken> {
        let first = self.peek().ok_or(Broken::Ends)?;
        let start = self.at;
        match first {
            b'"' => self.string()?,
            b'{' | b'[' => self.nested()?,
            b'}' | b']' | b',' | b':' => return Err(Broken::Misplaced),
            _ => self.word(),
        }
        self.text.get(start..self.at).ok_or(Broken::Misplaced)
    }

    fn string(&mut self) -> Result<(), Broken> {
        let bytes = self.text.as_bytes();
        self.at += 1;
        loop {
            match bytes.get(self.at) {
                None => return Err(Broken::Ends),
                Some(b'\\') => self.at += 2,
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(_) => self.at += 1,
            }
        }
    }

    fn nested(&mut self) -> Result<(), Broken> {
        let mut depth = 0_usize;
        loop {
            match self.text.as_bytes().get(self.at) {
                None => return Err(Broken::Ends),
                Some(b'"') => {
                    self.string()?;
                    continue;
                }
                Some(b'{' | b'[') => depth += 1,
                Some(b'}' | b']') => depth -= 1,
                Some(_) => {}
            }
            self.at += 1;
            if depth == 0 {
                return Ok(());
            }
        }
    }

    fn word(&mut self) {
        let end = self.left().find([',', '}', ']', ' ', '\t', '\r', '\n']);
        self.at = end.map_or(self.text.len(), |end| self.at + end);
    }
}
