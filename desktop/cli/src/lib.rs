//! The client without a window, for people and scripts.
//!
//! Every command is a thin skin over `desktop-client`: it reads arguments, asks for a passphrase, calls one
//! operation and prints what came of it, as text for people or as JSON for scripts. Exit status 0 means done, 1
//! not done, 2 not understood.

mod arguments;
mod run;

mod commands;

mod explain;
mod files;
mod output;
mod passphrase;
mod show;

pub use run::run;
