//! Arbitrary bytes for everything that reads bytes, and what must hold of them.
//!
//! Each [`Target`] is one reader of bytes from outside, with a law: it never panics, and what it accepts it
//! reads again alike. This crate's tests try each on a bounded number of altered samples, so that CI does so without
//! a nightly compiler; `tests/fuzz` tries the same functions for as long as one likes, led by coverage.
//! An input that once broke a law is to stay here as a plain test.

mod change;
mod containers;
mod documents;
mod draw;
mod frames;
mod log;
mod messages;
mod secrets;
mod sessions;

mod target;

#[cfg(test)]
mod tests;

pub use target::Target;
