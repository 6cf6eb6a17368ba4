//! The figures README quotes.
