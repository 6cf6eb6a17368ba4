//! Folding: how text is compared when accents, case, script and punctuation must not matter.
//!
//! What is indexed and what is typed pass through the same function, so a name is found under any spelling of
//! its accents. Folded text is lower-case ASCII letters and digits, its words apart by one space:
//!
//! - letters of every script become Latin ones: `Đặng`, `DANG` and `dang` are one;
//! - an apostrophe vanishes, it is part of a word: `O'Brien` is `obrien`, `N’Diaye` is `ndiaye`;
//! - punctuation between two digits vanishes, so a number is one word however it is grouped: `1004-00017-6`
//!   is `1004000176` and the start of it finds it; `1984-03-12` is `19840312`;
//! - any other punctuation ends a word: `José-María` is `jose maria`, found by either half.
//!
//! Spaces always end a word, between digits too (`Plot 3 12` is not plot 312). Phones are the exception, for
//! people group them at will: they are indexed by [`fold_digits`], one run of digits, and every word of a folded
//! query (`0722 555-123` is `0722` and `555123`) is a part of that run.

/// Returns the text folded for comparison.
#[must_use]
pub fn fold(text: &str) -> String {
    let ascii = any_ascii::any_ascii(text);
    let mut letters = ascii.chars().map(|c| c.to_ascii_lowercase()).peekable();
    let mut folded = String::with_capacity(ascii.len());
    while let Some(c) = letters.next() {
        if c.is_ascii_alphanumeric() {
            folded.push(c);
        } else if !vanishes(c, &folded, letters.peek().copied()) && !folded.ends_with(' ') {
            folded.push(' ');
        }
    }
    folded.trim().to_owned()
}

/// Returns the text's digits and nothing else: how phones are indexed.
#[must_use]
pub fn fold_digits(text: &str) -> String {
    fold(text).chars().filter(char::is_ascii_digit).collect()
}

/// Tells whether a character that is neither letter nor digit leaves no gap where it stood.
fn vanishes(c: char, before: &str, after: Option<char>) -> bool {
    let between_digits = before.ends_with(|it: char| it.is_ascii_digit())
        && after.is_some_and(|it| it.is_ascii_digit());
    matches!(c, '\'' | '`') || (c.is_ascii_punctuation() && between_digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(fold(text), expected, "folding {text:?}");
    }

    #[test]
    fn accents_case_and_script_do_not_matter() {
        check("Đặng Thị", "dang thi");
        check("ΜΑΡΊΑ", "maria");
        check("Айгүл", "aygul");
        check("", "");
    }

    #[test]
    fn apostrophes_vanish_and_other_punctuation_ends_a_word() {
        check("  José-María O'Brien ", "jose maria obrien");
        check("N’Diaye, Fatou (Mme.)", "ndiaye fatou mme");
        check("a.b@example.org", "a b example org");
        check("-- ' --", "");
    }

    #[test]
    fn a_number_is_one_word_however_it_is_grouped() {
        check("1004-00017-6", "1004000176");
        check("1984-03-12", "19840312");
        check("+254 (0)20-555", "254 020555");
        check("Plot 3 12", "plot 3 12");
    }

    #[test]
    fn every_word_of_a_typed_phone_is_part_of_the_indexed_one() {
        let indexed = fold_digits("+254 722 555-123");

        assert_eq!(indexed, "254722555123");
        for typed in ["722555123", "722 555 123", "722-555", "+254 722"] {
            assert!(
                fold(typed).split(' ').all(|word| indexed.contains(word)),
                "typing {typed:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn folded_text_is_words_of_letters_and_digits(text in ".{0,60}") {
            let folded = fold(&text);

            prop_assert!(folded.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == ' '));
            prop_assert!(!folded.contains("  ") && folded.trim() == folded);
        }

        #[test]
        fn folding_twice_changes_nothing(text in ".{0,60}") {
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }
    }
}
