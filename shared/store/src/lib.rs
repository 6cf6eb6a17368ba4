//! Encrypted SQLite: the replica's and the hub's schemas.
