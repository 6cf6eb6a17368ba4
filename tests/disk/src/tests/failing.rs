//! The disk fails or is full at every write.
