//! The passphrase: from a file, or asked for without showing it.
//!
//! Reading from a terminal is one call of `rpassword`; how often is asked and what answers are taken is decided
//! apart from it.

use std::path::Path;

use zeroize::Zeroizing;

use crate::arguments::{Common, NewPassphrase};
use crate::files::text_of;
use crate::run::Failure;

/// The largest passphrase file that is read: nobody types more.
const MAX_BYTES: u64 = 4096;

/// How often a new passphrase is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asking {
    /// For one that exists: it is checked anyway.
    Once,
    /// For a new one: a slip of the finger would lock its owner out.
    Twice,
}

/// Returns the passphrase.
pub(crate) fn passphrase(common: &Common, asking: Asking) -> Result<Zeroizing<String>, Failure> {
    match &common.passphrase_file {
        Some(path) => from_file(path),
        None => ask(asking, "Passphrase: ", prompt),
    }
}

/// Returns a passphrase that is new.
pub(crate) fn new_passphrase(
    new: &NewPassphrase,
    question: &str,
) -> Result<Zeroizing<String>, Failure> {
    match &new.new_passphrase_file {
        Some(path) => from_file(path),
        None => ask(Asking::Twice, question, prompt),
    }
}

fn from_file(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let unreadable = |why: String| Failure::Words(format!("{}: {why}", path.display()));
    let text = Zeroizing::new(text_of(path, MAX_BYTES)?);
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Err(unreadable(
            "its first line is empty; it should be the passphrase".to_owned(),
        ));
    }
    Ok(Zeroizing::new(line.to_owned()))
}

fn ask(
    asking: Asking,
    question: &str,
    mut prompt: impl FnMut(&str) -> Result<Zeroizing<String>, Failure>,
) -> Result<Zeroizing<String>, Failure> {
    let first = prompt(question)?;
    if asking == Asking::Twice && *prompt("The same again: ")? != *first {
        return Err(Failure::Words(
            "the two passphrases differ; nothing was done".to_owned(),
        ));
    }
    Ok(first)
}

fn prompt(text: &str) -> Result<Zeroizing<String>, Failure> {
    rpassword::prompt_password(text)
        .map(Zeroizing::new)
        .map_err(|_no_terminal| {
            Failure::Words(
                "there is no terminal to ask for the passphrase on; use --passphrase-file FILE"
                    .to_owned(),
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(content: &str, expected: Option<&str>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("passphrase");
        std::fs::write(&path, content).unwrap();

        let read = from_file(&path).ok();

        assert_eq!(
            read.as_ref().map(|it| it.as_str()),
            expected,
            "from {content:?}"
        );
    }

    #[test]
    fn the_first_line_of_the_file_is_the_passphrase() {
        check("correct horse\n", Some("correct horse"));
        check("correct horse\r\nand more", Some("correct horse"));
        check(" with spaces ", Some(" with spaces "));
        check("", None);
        check("\nsecond", None);
        let most = "x".repeat(usize::try_from(MAX_BYTES).unwrap());
        check(&most, Some(&most));
        check(&format!("{most}\n"), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_without_an_end_is_refused() {
        let error = from_file(Path::new("/dev/zero")).unwrap_err();

        assert!(matches!(error, Failure::Words(text) if text.contains("more than")));
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = from_file(Path::new("/nowhere/at-all")).unwrap_err();

        assert!(matches!(error, Failure::Words(text) if text.contains("/nowhere/at-all")));
    }

    /// Asks somebody who answers so, and returns what came of it and what they saw.
    fn asked(asking: Asking, answers: &[&str]) -> (Result<String, String>, Vec<String>) {
        let (mut answers, mut seen) = (answers.iter(), Vec::new());
        let result = ask(asking, "Passphrase: ", |text| {
            seen.push(text.to_owned());
            let answer = answers.next().ok_or(Failure::Told)?;
            Ok(Zeroizing::new((*answer).to_owned()))
        });
        let result = match result {
            Ok(it) => Ok(it.as_str().to_owned()),
            Err(Failure::Words(text)) => Err(text),
            Err(other) => Err(format!("{other:?}")),
        };
        (result, seen)
    }

    #[test]
    fn a_passphrase_that_exists_is_asked_for_once() {
        let (result, seen) = asked(Asking::Once, &["correct horse"]);

        assert_eq!(result.as_deref(), Ok("correct horse"));
        assert_eq!(seen, ["Passphrase: "]);
    }

    #[test]
    fn a_new_passphrase_is_asked_for_twice_and_must_be_the_same() {
        let (result, seen) = asked(Asking::Twice, &["correct horse", "correct horse"]);
        assert_eq!(result.as_deref(), Ok("correct horse"));
        assert_eq!(seen, ["Passphrase: ", "The same again: "]);

        let (result, _seen) = asked(Asking::Twice, &["correct horse", "correct house"]);
        assert!(result.is_err_and(|it| it.contains("differ") && !it.contains("house")));
    }

    #[test]
    fn without_a_terminal_nothing_is_guessed() {
        let (result, seen) = asked(Asking::Twice, &[]);

        assert!(result.is_err());
        assert_eq!(seen.len(), 1);
    }
}
