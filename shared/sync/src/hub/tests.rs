//! The hub's end, tested alone.
