//! What was asked for, told from what was mistyped before anything is built or installed.

/// What the words on the command line ask for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// The main job; the words go on to it.
    Demo { words: Vec<String>, headless: bool },
    /// Every check and test, or only the fast ones.
    Test { fast: bool },
    /// How to use this.
    Help,
}

/// What is not known, in words.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unknown(String);

/// The demo's flags that a value follows.
const WITH_VALUE: &[&str] = &["--records", "--keep", "--people"];

impl Request {
    /// Reads the words after `cargo xtask`.
    pub(crate) fn parse(arguments: &[String]) -> Result<Self, Unknown> {
        let Some((task, rest)) = arguments.split_first() else {
            return Ok(Self::Help);
        };
        match task.as_str() {
            "demo" => demo(rest),
            "test" => test(rest),
            "help" | "--help" | "-h" => Ok(Self::Help),
            _ => Err(Unknown(format!("there is no task `{task}`"))),
        }
    }
}

fn demo(rest: &[String]) -> Result<Request, Unknown> {
    let mut headless = false;
    let mut words = rest.iter();
    while let Some(word) = words.next() {
        let (flag, joined) = match word.split_once('=') {
            Some((flag, _value)) => (flag, true),
            None => (word.as_str(), false),
        };
        if word == "--headless" {
            headless = true;
        } else if !WITH_VALUE.contains(&flag) {
            return Err(Unknown(format!("`demo` has no flag `{word}`")));
        } else if !joined && words.next().is_none_or(|it| it.starts_with("--")) {
            return Err(Unknown(format!("a value must follow `{flag}`")));
        }
    }
    Ok(Request::Demo {
        words: rest.to_vec(),
        headless,
    })
}

fn test(rest: &[String]) -> Result<Request, Unknown> {
    match rest.iter().find(|it| *it != "--fast") {
        Some(word) => Err(Unknown(format!("`test` has no flag `{word}`"))),
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
        check_unknown("demo --keep", "a value must follow `--keep`");
        check_unknown("demo --keep --headless", "a value must follow `--keep`");
    }
}
