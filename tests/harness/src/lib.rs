//! What tests, benches and the demo share: a synthetic population, the built programs and their homes, a network
//! that can be cut, an intruder.

mod skipped;

pub mod archive;
pub mod intruder;
pub mod network;
pub mod population;
pub mod programs;

pub use skipped::skipped;
