//! One run of the program.

use std::ffi::OsString;
use std::io::{IsTerminal as _, Write};

use clap::Parser as _;
use desktop_client::{CommandError, ErrorCode};

use crate::arguments::{Arguments, Command};
use crate::commands;
use crate::explain::explain;
use crate::output::{Output, spelt_out};

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The client says why.
    Client(CommandError),
    /// The command itself does.
    Words(String),
    /// It was done and has printed that not all is well.
    Told,
}

impl From<CommandError> for Failure {
    fn from(error: CommandError) -> Self {
        Self::Client(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Words(format!("the output could not be written: {}", error.kind()))
    }
}

/// Runs the program: 0 if it did what it was asked, 1 if not, 2 if it was asked nonsense.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> u8 {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            let is_help = error.exit_code() == 0;
            let to: &mut dyn Write = if is_help { out } else { err };
            return match write!(to, "{}", error.render()) {
                Ok(()) if is_help => 0,
                Ok(()) | Err(_) => 2,
            };
        }
    };
    listen_to_the_log();
    let json = arguments.common.json;
    let mut output = Output::new(out, json);
    match execute(arguments, &mut output) {
        Ok(()) => 0,
        Err(failure) => tell(&failure, json, err),
    }
}

fn execute(arguments: Arguments, output: &mut Output<'_>) -> Result<(), Failure> {
    let common = &arguments.common;
    match arguments.command {
        Command::Enrol(it) => commands::enrol::run(common, &it, output),
        Command::Import(it) => commands::import::run(common, &it, output),
        Command::Bundle(it) => commands::bundle::run(common, &it, output),
        Command::Export(it) => commands::export::run(common, &it, output),
        Command::Patient(it) => commands::patient::run(common, &it, output),
        Command::Visit(it) => commands::visit::run(common, &it, output),
        Command::Conflict(it) => commands::conflict::run(common, &it, output),
        Command::Chart(it) => commands::chart::run(common, &it, output),
        Command::Lan(it) => commands::lan::run(common, &it, output),
        Command::Attach(it) => commands::attachment::attach(common, &it, output),
        Command::Attachments { chart } => commands::attachment::attachments(common, &chart, output),
        Command::Attachment(it) => commands::attachment::run(common, &it, output),
        Command::Sync(it) => commands::sync::run(common, &it, output),
        Command::Settings { set } => commands::settings::run(common, set.as_ref(), output),
        Command::Colleague(it) => commands::people::colleague(common, &it, output),
        Command::Passphrase(it) => commands::people::change(common, &it, output),
        Command::Recover(it) => commands::people::recover(common, &it, output),
        Command::Status => commands::status::run(common, output),
        Command::Verify(it) => commands::verify::run(common, &it, output),
    }
}

/// Says what went wrong and what to do, and returns the exit status.
fn tell(failure: &Failure, json: bool, err: &mut dyn Write) -> u8 {
    let told = match failure {
        Failure::Client(error) if json => serde_json::to_string(error)
            .map_err(std::io::Error::other)
            .and_then(|text| writeln!(err, "{text}")),
        Failure::Client(error) => writeln!(err, "posta: {}", spelt_out(&explain(error))),
        Failure::Words(text) if json => {
            let error = CommandError::text(ErrorCode::FileFailed, text.clone());
            serde_json::to_string(&error)
                .map_err(std::io::Error::other)
                .and_then(|text| writeln!(err, "{text}"))
        }
        Failure::Words(text) => writeln!(err, "posta: {}", spelt_out(text)),
        Failure::Told => Ok(()),
    };
    // With nowhere left to say it, the exit status still does.
    let _status_says_it = told.is_err();
    1
}

/// Names the environment variable that sets what is logged; the hub has the same.
const LOG_VARIABLE: &str = "POSTA_LOG";

/// Warnings go to standard error; the variable asks for more.
fn listen_to_the_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env(LOG_VARIABLE)
        .unwrap_or_else(|_unset| tracing_subscriber::EnvFilter::new("warn,quinn=error"));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    // In tests several runs share a process, and the first has set it.
    let _already_set = subscriber.try_init().is_err();
}

#[cfg(test)]
mod tests;
