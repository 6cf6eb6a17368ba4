//! Log entries, chains, the Merkle history and its checkpoints.
