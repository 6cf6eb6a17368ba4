//! Opens a database file.
