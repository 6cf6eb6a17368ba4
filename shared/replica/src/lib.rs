//! A chart as an automerge document: intents become changes, changes from elsewhere are checked and merged.
//!
//! This is the only room that names automerge. It is pure: the actor, the time and all bytes arrive as arguments.
//! Whatever comes from a peer passes [`check`] before automerge sees it, and [`ChartDoc::apply`] believes
//! nothing that it could not save and load again.
//!
//! A document is eight maps, made by a constant change, whose leaves are bytes: registers as CBOR, statements
//! sealed. Each leaf is written whole, by one intent. Values written apart stand side by side until someone
//! settles them. automerge prints the message of a panic through the program's panic hook; a program that must
//! keep its output clean sets one.

mod id;

mod genesis;
mod intent;

mod check;

mod doc;

#[cfg(test)]
mod samples;

pub use check::{ChangeRefusal, CheckedChange, Write, check};
pub use doc::{ApplyError, ApplyRefusal, Change, ChartDoc, EditError, LoadError};
pub use genesis::Field;
pub use id::{Actor, ChangeHash};
pub use intent::Intent;
