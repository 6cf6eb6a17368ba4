//! The client's end, tested alone.
