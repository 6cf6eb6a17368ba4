//! The house rules as tests: layers, owners, sizes, module docs, bounds.
//!
//! The rules are data in the root `Cargo.toml` (`[workspace.metadata.layers]` and `.owners`) and constants
//! here. Each check returns what it found wrong, by name, so that a test can also show that it finds it.

mod bounds;
mod house;
mod manifest;
mod source;
mod texts;

#[cfg(test)]
mod tests;

pub use bounds::bounds;
pub use house::House;
pub use manifest::{layers, owners, profiles_that_abort};
pub use source::{file_sizes, function_sizes, module_docs, unreached_files};
pub use texts::{bindings_are_committed, front_end_doors, locked_addresses, specifications};
