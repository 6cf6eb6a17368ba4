//! The whole client without a window: unlock, edit, search, sync.
