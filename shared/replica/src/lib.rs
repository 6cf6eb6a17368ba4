//! A chart as an automerge document: intents become changes, changes from elsewhere are checked and merged.
//!
//! This is the only room that names automerge. It is pure: the actor, the time and all bytes arrive as arguments.
//! Whatever comes from a peer passes [`check`] before automerge sees it, and [`ChartDoc::apply`] believes
//! nothing that it could not save and load again.

mod id;

mod genesis;
mod intent;

mod check;

mod doc;

pub use check::{ChangeRefusal, CheckedChange, Write, check};
pub use doc::{ApplyError, ApplyRefusal, Change, ChartDoc, EditError, LoadError};
pub use id::{Actor, ChangeHash};
pub use intent::{Field, Intent};
