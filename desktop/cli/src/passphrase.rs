//! The passphrase: from a file, or asked for without showing it.

use std::path::Path;

use zeroize::Zeroizing;

use crate::arguments::Common;
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
        None => ask(asking),
    }
}

fn from_file(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let unreadable = |why: String| Failure::Words(format!("{}: {why}", path.display()));
    let size = std::fs::metadata(path).map_err(|error| unreadable(error.kind().to_string()))?;
    if size.len() > MAX_BYTES {
        return Err(unreadable("too large for a passphrase file".to_owned()));
    }
    let text = std::fs::read_to_string(path)
        .map(Zeroizing::new)
        .map_err(|error| unreadable(error.kind().to_string()))?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Err(unreadable(
            "its first line is empty; it should be the passphrase".to_owned(),
        ));
    }
    Ok(Zeroizing::new(line.to_owned()))
}

fn ask(asking: Asking) -> Result<Zeroizing<String>, Failure> {
    let first = prompt("Passphrase: ")?;
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
        check(&"x".repeat(5_000), None);
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = from_file(Path::new("/nowhere/at-all")).unwrap_err();

        assert!(matches!(error, Failure::Words(text) if text.contains("/nowhere/at-all")));
    }
}
