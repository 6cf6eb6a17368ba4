//! The session state machine, both ends.
