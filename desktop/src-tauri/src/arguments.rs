//! What the program was started with: which home to open.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// How the window was asked to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arguments {
    /// The folder that this device lives in.
    pub home: PathBuf,
}

/// Why the window does not start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArgumentError {
    /// Print [`Arguments::HELP`] and end well.
    #[error("help was asked for")]
    HelpWanted,
    /// Print the version and end well.
    #[error("the version was asked for")]
    VersionWanted,
    /// Say which folder is missing.
    #[error("--home needs a folder: posta-desktop --home DIR")]
    NoFolder,
    /// Say what was not understood.
    #[error("{0:?} is not understood; try posta-desktop --help")]
    Unknown(OsString),
    /// Ask for `--home`: this account has no folder of its own.
    #[error("there is no home folder; name one: posta-desktop --home DIR")]
    NoHome,
}

impl Arguments {
    /// What `--help` prints.
    pub const HELP: &'static str = "The window of Posta.\n\n\
        Usage: posta-desktop [--home DIR]\n\n\
        --home DIR    the folder this device lives in (else $POSTA_HOME, else posta in your data folder)\n\
        --version     print the version\n";

    /// Reads the words after the program's name; `variable` looks into the environment.
    pub fn read(
        words: impl IntoIterator<Item = OsString>,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, ArgumentError> {
        let mut words = words.into_iter();
        let mut home = None;
        while let Some(word) = words.next() {
            if word == "--help" || word == "-h" {
                return Err(ArgumentError::HelpWanted);
            }
            if word == "--version" {
                return Err(ArgumentError::VersionWanted);
            }
            let folder = match word.to_str().and_then(|it| it.strip_prefix("--home=")) {
                Some(folder) => Some(OsString::from(folder)),
                None if word == "--home" => words.next(),
                None => return Err(ArgumentError::Unknown(word)),
            };
            home = Some(
                folder
                    .filter(|it| !it.is_empty())
                    .ok_or(ArgumentError::NoFolder)?,
            );
        }
        let home = match home.or_else(|| variable("POSTA_HOME").filter(|it| !it.is_empty())) {
            Some(folder) => PathBuf::from(folder),
            None => default_home(&variable).ok_or(ArgumentError::NoHome)?,
        };
        Ok(Self { home })
    }
}

/// Where a device lives if nobody says: in the account's data folder.
fn default_home(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let folder = |name: &str| {
        variable(name)
            .filter(|it| !it.is_empty())
            .map(PathBuf::from)
    };
    let share = |home: PathBuf| home.join(OsStr::new(".local/share"));
    let data = folder("XDG_DATA_HOME")
        .or_else(|| folder("APPDATA"))
        .or_else(|| folder("HOME").map(share))?;
    Some(data.join("posta"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(words: &[&str], variables: &[(&str, &str)], expected: Result<&str, ArgumentError>) {
        let words = words.iter().map(OsString::from);
        let variable = |name: &str| {
            variables
                .iter()
                .find(|it| it.0 == name)
                .map(|it| OsString::from(it.1))
        };
        let found = Arguments::read(words, variable);
        assert_eq!(found, expected.map(|home| Arguments { home: home.into() }));
    }

    #[test]
    fn the_word_wins_over_the_environment_and_that_over_the_default() {
        let variables = [("POSTA_HOME", "/p"), ("HOME", "/h")];

        check(&["--home", "/a"], &variables, Ok("/a"));
        check(&["--home=/a"], &variables, Ok("/a"));
        check(&[], &variables, Ok("/p"));
        check(&[], &[("HOME", "/h")], Ok("/h/.local/share/posta"));
        check(
            &[],
            &[("HOME", "/h"), ("XDG_DATA_HOME", "/x")],
            Ok("/x/posta"),
        );
    }

    #[test]
    fn what_is_not_understood_is_said() {
        check(&["--home"], &[], Err(ArgumentError::NoFolder));
        check(&["--home", ""], &[], Err(ArgumentError::NoFolder));
        check(&["--hme"], &[], Err(ArgumentError::Unknown("--hme".into())));
        check(&[], &[], Err(ArgumentError::NoHome));
        check(&["--help"], &[], Err(ArgumentError::HelpWanted));
    }
}
