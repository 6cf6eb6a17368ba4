//! Brings a schema up to date.
