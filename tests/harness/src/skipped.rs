//! Tests that cannot run here say so.

use std::io::Write as _;

/// Says that a test did not run, and why. Straight to standard error: what a passing test prints is not shown.
pub fn skipped(why: &str) {
    // With nowhere to say it there is nobody to be told.
    writeln!(std::io::stderr(), "skipped: {why}").unwrap_or_default();
}
