//! Folding: how names are compared when accents, case and script must not matter.

/// Returns the text in lower-case ASCII letters and digits, words apart by one space.
///
/// Both what is indexed and what is typed pass through here, so a name is found under any spelling
/// of its accents: `Đặng`, `DANG` and `dang` are one.
#[must_use]
pub fn fold(text: &str) -> String {
    let ascii = any_ascii::any_ascii(text).to_lowercase();
    let mut folded = String::with_capacity(ascii.len());
    for c in ascii.chars() {
        if c.is_ascii_alphanumeric() {
            folded.push(c);
        } else if !c.is_ascii_punctuation() && !folded.is_empty() && !folded.ends_with(' ') {
            folded.push(' ');
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(fold(text), expected, "folding {text:?}");
    }

    #[test]
    fn accents_case_and_punctuation_do_not_matter() {
        check("  José-María O'Brien ", "josemaria obrien");
        check("Đặng Thị", "dang thi");
        check("+254 (0)20-555", "254 020555");
        check("", "");
    }
}
