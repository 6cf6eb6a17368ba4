//! The real programs, end to end: the story, and what must not break them.

#![expect(
    clippy::indexing_slicing,
    reason = "a JSON answer is indexed by name, and what is missing reads as null"
)]

mod attachments;
mod bad_input;
mod commands;
mod crash;
mod lan;
mod skew;
mod sticks;
mod story;
mod synthea;
#[cfg(unix)]
mod terminal;
#[cfg(unix)]
mod tour;

use std::sync::OnceLock;

use harness::programs::Programs;

/// The programs, built once as they are now.
fn programs() -> &'static Programs {
    static PROGRAMS: OnceLock<Programs> = OnceLock::new();
    PROGRAMS.get_or_init(|| Programs::build().expect("the programs build"))
}
