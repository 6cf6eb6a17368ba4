//! The client without a window, for people and scripts.
