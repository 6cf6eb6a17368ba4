//! The program at a terminal: `script`, of util-linux, gives it one of its own.
#![cfg(target_os = "linux")]

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A run of `posta` that believes it has a person in front of it.
struct Terminal {
    child: Child,
    seen: String,
}

impl Terminal {
    fn run(home: &Path, arguments: &str) -> io::Result<Self> {
        let posta = env!("CARGO_BIN_EXE_posta");
        let command = format!("'{posta}' --home '{}' {arguments}", home.display());
        let child = Command::new("script")
            .args(["--quiet", "--return", "--command", &command, "/dev/null"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        Ok(Self {
            child,
            seen: String::new(),
        })
    }

    /// Reads until this is on the screen, and types a line.
    fn answer(&mut self, prompt: &str, line: &str) -> io::Result<()> {
        while !self.seen.contains(prompt) {
            let mut byte = [0];
            let screen = self.child.stdout.as_mut().ok_or(ErrorKind::BrokenPipe)?;
            screen.read_exact(&mut byte)?;
            self.seen.push(char::from(byte[0]));
        }
        let keys = self.child.stdin.as_mut().ok_or(ErrorKind::BrokenPipe)?;
        keys.write_all(format!("{line}\n").as_bytes())
    }

    /// Returns the exit status and all that was on the screen.
    fn end(mut self) -> io::Result<(Option<i32>, String)> {
        let mut rest = Vec::new();
        let screen = self.child.stdout.as_mut().ok_or(ErrorKind::BrokenPipe)?;
        screen.read_to_end(&mut rest)?;
        self.seen.push_str(&String::from_utf8_lossy(&rest));
        Ok((self.child.wait()?.code(), self.seen))
    }
}

/// Enrols with an invite that has a typing error, after two passphrases. Returns the exit status and the screen.
fn enrol(first: &str, second: &str) -> io::Result<(Option<i32>, String)> {
    let folder = tempfile::tempdir()?;
    let home = folder.path().join("home");
    let mut terminal = Terminal::run(&home, "enrol posta1-abcde-fghjk")?;

    terminal.answer("Passphrase: ", first)?;
    terminal.answer("The same again: ", second)?;
    let ended = terminal.end()?;

    assert!(!home.exists(), "{}", ended.1);
    Ok(ended)
}

#[test]
fn a_new_passphrase_is_typed_twice_at_the_terminal() {
    let (status, seen) = enrol("four words are better", "four words are better").unwrap();

    assert_eq!(status, Some(1), "{seen}");
    // It was taken: the next thing that is wrong is the invite.
    assert!(seen.contains("typing error"), "{seen}");
}

#[test]
fn two_that_differ_are_told_before_anything_is_made() {
    let (status, seen) = enrol("four words are better", "four worlds are better").unwrap();

    assert_eq!(status, Some(1), "{seen}");
    assert!(seen.contains("the two passphrases differ"), "{seen}");
}
