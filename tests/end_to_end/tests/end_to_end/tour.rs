//! README's five minutes, typed into a shell as they stand.
//!
//! What a person copies from the screen (invites, six words) is copied here too. Besides: the port is a free one, the
//! passphrase comes from a file, and `cargo build` is known to be done.

use std::fs;
use std::net::UdpSocket;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use crate::programs;
use crate::terminal::Terminal;

const README: &str = include_str!("../../../../README.md");
/// The address that README's hub has.
const ADDRESS: &str = "127.0.0.1:4433";
/// Where README's computers meet without the hub; the test takes a free port.
const DOOR: &str = "127.0.0.1:4434";
/// What README writes where an invite is to be pasted.
const INVITE: &str = "posta1-…";
/// What comes before the words of README's example.
const WORDS: &str = "--words \"";

/// Returns the commands of the tour, a continued line as one.
fn commands() -> Result<Vec<String>> {
    let (_before, tour) = README
        .split_once("\n## Five minutes\n")
        .context("README's tour")?;
    let (tour, _after) = tour.split_once("\n## ").context("the tour's end")?;
    let blocks = tour.split("```sh\n").skip(1);
    let blocks = blocks.map(|it| it.split_once("```").context("a block's end"));
    let mut commands = Vec::new();
    for block in blocks {
        let (block, _text) = block?;
        let joined = block.replace("\\\n", " ");
        commands.extend(joined.lines().map(str::to_owned));
    }
    Ok(commands)
}

/// What stands on the screen to be copied.
#[derive(Default)]
struct Copied {
    invite: String,
    words: String,
}

impl Copied {
    /// Looks at what a command printed.
    fn look(&mut self, command: &str, said: &str) {
        let mut words = said.split_whitespace();
        if let Some(invite) = words.find(|it| it.starts_with("posta1-")) {
            self.invite = invite.to_owned();
        }
        if command.contains(INVITE) {
            let indented = said.lines().find(|it| it.starts_with("    "));
            let words: Vec<&str> = indented.unwrap_or_default().split_whitespace().collect();
            self.words = words.join(" ");
        }
    }

    /// Fills in what is to be pasted.
    fn fill(&self, command: &str) -> String {
        let command = command.replace(INVITE, &self.invite);
        let Some((before, rest)) = command.split_once(WORDS) else {
            return command;
        };
        let rest = rest.split_once('"').map_or("", |(_example, rest)| rest);
        format!("{before}{WORDS}{}\"{rest}", self.words)
    }
}

fn program(path: &Path, script: &str) -> Result<()> {
    fs::write(path, format!("#!/bin/sh\n{script}\n"))?;
    Ok(fs::set_permissions(
        path,
        fs::Permissions::from_mode(0o755),
    )?)
}

/// Makes what stands for the project's folder: the built programs, and a cargo that has nothing left to do.
fn project(at: &Path) -> Result<()> {
    let built = programs().folder();
    let (debug, tools) = (at.join("target/debug"), at.join("tools"));
    fs::create_dir_all(&debug)?;
    fs::create_dir_all(&tools)?;
    fs::write(at.join("passphrase"), "four words in a row\n")?;
    let (posta, hub) = (built.join("posta"), built.join("posta-hub"));
    let file = at.join("passphrase");
    let with_file = format!(
        "exec '{}' --passphrase-file '{}' \"$@\"",
        posta.display(),
        file.display()
    );
    program(&debug.join("posta"), &with_file)?;
    std::os::unix::fs::symlink(hub, debug.join("posta-hub"))?;
    program(&tools.join("cargo"), "test \"$*\" = build")
}

fn free_address() -> Result<String> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    Ok(socket.local_addr()?.to_string())
}

#[test]
fn the_tour_of_the_readme_works_as_typed() -> Result<()> {
    let folder = tempfile::tempdir()?;
    project(folder.path())?;
    let mut terminal = Terminal::open(folder.path())?;
    let (address, door) = (free_address()?, free_address()?);
    let (mut copied, mut screen) = (Copied::default(), String::new());
    let commands = commands()?;
    ensure!(
        commands.len() > 25,
        "only {} commands were found",
        commands.len()
    );

    for command in commands {
        let typed = copied.fill(&command).replace(ADDRESS, &address);
        let typed = typed.replace(DOOR, &door);
        let (said, status) = terminal.type_in(&typed)?;
        ensure!(status == 0, "{typed}\nended with {status}: {said}");
        copied.look(&command, &said);
        if command.contains("device list") {
            ensure!(said.contains(&copied.words), "other words: {said}");
        }
        if command.contains("conflict list") {
            let both = said.contains("1991-03-12") && said.contains("1992-12-03");
            ensure!(both, "not both values: {said}");
        }
        screen.push_str(&said);
    }

    for word in [
        "Uwimana",
        "open chart",
        "resources of 1 charts are in exported",
    ] {
        ensure!(screen.contains(word), "{word:?} was never shown:\n{screen}");
    }
    Ok(())
}
