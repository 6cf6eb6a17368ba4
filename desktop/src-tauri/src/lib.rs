//! The window: commands of one line over the client.
