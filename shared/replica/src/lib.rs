//! The CRDT: intents to changes, merge, conflicts.
