//! What is read of files: bundles, lines, and what is broken in them.
