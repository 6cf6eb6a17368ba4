//! The two laws, on our own fixtures, on generated charts and on a hundred synthetic patients of another system.

mod bad;
mod born;
mod edits;
mod fixtures;
mod support;
mod synthea;
