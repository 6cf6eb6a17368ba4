//! `posta-desktop`: the window.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use desktop_shell::{ArgumentError, Arguments};

fn main() -> anyhow::Result<()> {
    let words = std::env::args_os().skip(1);
    match Arguments::read(words, |name| std::env::var_os(name)) {
        Ok(arguments) => desktop_shell::run(arguments),
        Err(ArgumentError::HelpWanted) => say(Arguments::HELP),
        Err(ArgumentError::VersionWanted) => {
            say(concat!("posta-desktop ", env!("CARGO_PKG_VERSION"), "\n"))
        }
        Err(error) => Err(anyhow::Error::new(error)),
    }
}

/// Writes to the terminal that asked.
fn say(text: &str) -> anyhow::Result<()> {
    use std::io::Write as _;
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}
