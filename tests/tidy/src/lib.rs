//! The house rules as tests: layers, owners, sizes, module docs.
