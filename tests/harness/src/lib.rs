//! A clinic, a hub and a synthetic population, for tests, benches and the demo.

pub mod population;
