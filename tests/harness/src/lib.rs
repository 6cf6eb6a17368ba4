//! What tests, benches and the demo share: a synthetic population, the built programs and their homes, a network
//! that can be cut, an intruder, a stranger, years of entries, a tracer under which files cannot be written.

mod skipped;

pub mod archive;
pub mod data;
pub mod intruder;
pub mod network;
pub mod population;
pub mod programs;
pub mod stranger;
pub mod swell;
pub mod tracer;

pub use skipped::skipped;
