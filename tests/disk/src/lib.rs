//! A disk under the stores that fills up, fails, and loses its power.
//!
//! SQLite reaches files through a table of functions. [`Disk::watch`] puts a table of its own before the system's, for the
//! files of one folder. Every step that changes such a file is written down, and any can be made to fail. From what was
//! written down [`Platter`] says what a power cut after any step leaves: what was flushed is there, of everything else any
//! part may be, down to single sectors of a write.
//!
//! So a test runs its work once and then opens what each of hundreds of power cuts left. The store under test is the
//! product's own code: it does not know of this crate.
//!
//! What is written past SQLite (keys, the count of starts) is not seen here; `tests/end_to_end` makes those writes of the real
//! programs fail.

#![cfg(unix)]

mod disk;
mod platter;
mod vfs;

pub use disk::{Disk, Fault, How, Step};
pub use platter::{Files, Keep, Platter};

#[cfg(test)]
mod tests;
