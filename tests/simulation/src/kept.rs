//! Seeds that once broke a law. Each stays a test for ever.

/// The seeds, with what was wrong.
pub const REGRESSIONS: &[(u64, &str)] = &[];
