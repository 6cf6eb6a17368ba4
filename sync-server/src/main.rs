//! `posta-hub`: the hub as a program.

use std::process::ExitCode;

fn main() -> ExitCode {
    sync_server::cli::main()
}
