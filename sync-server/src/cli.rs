//! `posta-hub`, the program: reads what was typed, does it, writes the answer.
//!
//! Answers go to standard output, for people or as JSON; the log and errors go to standard error. Neither the log
//! nor an error has anything of a patient.

mod answer;
mod answers;
mod arguments;
mod bundles;
mod commands;

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::Parser as _;
use tracing_subscriber::EnvFilter;

use answer::{Form, Printer};
use arguments::Arguments;

/// Names the environment variable that sets what is logged.
const LOG_VARIABLE: &str = "POSTA_LOG";

/// Runs the program on the arguments it was started with.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    start_log();
    let mut out = io::stdout();
    let form = if arguments.json {
        Form::Json
    } else {
        Form::Lines
    };
    match commands::run(arguments, &mut Printer::new(&mut out, form)) {
        Ok(code) => code,
        Err(error) if error.is_closed_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            // If even this cannot be written, the exit status still tells.
            writeln!(io::stderr(), "posta-hub: {error}").unwrap_or_default();
            ExitCode::FAILURE
        }
    }
}

fn start_log() {
    let filter =
        EnvFilter::try_from_env(LOG_VARIABLE).unwrap_or_else(|_unset| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false)
        .init();
}
