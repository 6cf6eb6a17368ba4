//! What was asked for, told from what was mistyped before anything is built or installed.

/// What the words on the command line ask for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// The main job; the words go on to it.
    Demo { words: Vec<String>, headless: bool },
    /// The crash test; the words go on to it.
    Crash { words: Vec<String> },
    /// Every check and test, or only the fast ones.
    Test { fast: bool },
    /// How to use this.
    Help,
}

/// What is not known, in words.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unknown(String);

/// The demo's flags that a value follows.
const OF_DEMO: &[&str] = &["--records", "--keep", "--people"];
/// The crash test's flags, which a value follows.
const OF_CRASH: &[&str] = &["--kills", "--seed", "--clinics", "--failing"];

impl Request {
    /// Reads the words after `cargo xtask`.
    pub(crate) fn parse(arguments: &[String]) -> Result<Self, Unknown> {
        let Some((task, rest)) = arguments.split_first() else {
            return Ok(Self::Help);
        };
        match task.as_str() {
            "demo" => demo(rest),
            "crash" => crash(rest),
            "test" => test(rest),
            "help" | "--help" | "-h" => Ok(Self::Help),
            _ => Err(Unknown(format!("there is no task `{task}`"))),
        }
    }
}

fn demo(rest: &[String]) -> Result<Request, Unknown> {
    let plain = plain_flags("demo", rest, OF_DEMO)?;
    if let Some(word) = plain.iter().find(|it| **it != "--headless") {
        return Err(unknown_flag("demo", word));
    }
    Ok(Request::Demo {
        words: rest.to_vec(),
        headless: !plain.is_empty(),
    })
}

fn crash(rest: &[String]) -> Result<Request, Unknown> {
    match plain_flags("crash", rest, OF_CRASH)?.first() {
        Some(word) => Err(unknown_flag("crash", word)),
        None => Ok(Request::Crash {
            words: rest.to_vec(),
        }),
    }
}

/// Checks that a value follows each flag that needs one; returns the other words.
fn plain_flags<'a>(
    task: &str,
    rest: &'a [String],
    with_value: &[&str],
) -> Result<Vec<&'a str>, Unknown> {
    let mut plain = Vec::new();
    let mut words = rest.iter();
    while let Some(word) = words.next() {
        let (flag, joined) = match word.split_once('=') {
            Some((flag, _value)) => (flag, true),
            None => (word.as_str(), false),
        };
        if !with_value.contains(&flag) {
            if joined {
                return Err(unknown_flag(task, word));
            }
            plain.push(word.as_str());
        } else if !joined && words.next().is_none_or(|it| it.starts_with("--")) {
            return Err(Unknown(format!("a value must follow `{flag}`")));
        }
    }
    Ok(plain)
}

fn unknown_flag(task: &str, word: &str) -> Unknown {
    Unknown(format!("`{task}` has no flag `{word}`"))
}

fn test(rest: &[String]) -> Result<Request, Unknown> {
    match rest.iter().find(|it| *it != "--fast") {
        Some(word) => Err(unknown_flag("test", word)),
        None => Ok(Request::Test {
            fast: !rest.is_empty(),
        }),
    }
}

impl std::fmt::Display for Unknown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Request, Unknown> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Request::parse(&words)
    }

    #[track_caller]
    fn check_unknown(line: &str, said: &str) {
        assert_eq!(parse(line), Err(Unknown(said.to_owned())), "{line:?}");
    }

    #[test]
    fn what_is_in_the_help_is_understood() {
        let line = "--records a.tar.zst --keep=there --people 5 --headless";
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();

        assert_eq!(
            parse(&format!("demo {line}")),
            Ok(Request::Demo {
                words,
                headless: true
            })
        );
        assert_eq!(
            parse("crash --kills 5 --seed=7"),
            Ok(Request::Crash {
                words: ["--kills", "5", "--seed=7"].map(str::to_owned).to_vec()
            })
        );
        assert_eq!(parse("test"), Ok(Request::Test { fast: false }));
        assert_eq!(parse("test --fast"), Ok(Request::Test { fast: true }));
        assert_eq!(parse(""), Ok(Request::Help));
        assert_eq!(parse("--help"), Ok(Request::Help));
    }

    #[test]
    fn what_was_mistyped_is_named() {
        check_unknown("tset", "there is no task `tset`");
        check_unknown("test --fats", "`test` has no flag `--fats`");
        check_unknown("test --fast now", "`test` has no flag `now`");
        check_unknown("demo --headles", "`demo` has no flag `--headles`");
        check_unknown("demo --headless=yes", "`demo` has no flag `--headless=yes`");
        check_unknown("crash --headless", "`crash` has no flag `--headless`");
        check_unknown("crash --kills", "a value must follow `--kills`");
        check_unknown("demo --keep", "a value must follow `--keep`");
        check_unknown("demo --keep --headless", "a value must follow `--keep`");
    }
}
