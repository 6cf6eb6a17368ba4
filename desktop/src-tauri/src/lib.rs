//! The window: commands of one line over the client.
//!
//! Tauri lives here and nowhere else. This crate starts the window, keeps the one unlocked client, lets it meet the
//! hub while nobody asks, and hands commands on. It decides nothing about records: that is `desktop-client`.

mod arguments;
mod window;

mod desk;
mod meetings;
mod news;

mod bindings;
#[expect(
    clippy::let_underscore_must_use,
    reason = "tauri's command macro writes such a line"
)]
mod commands;

pub use arguments::{ArgumentError, Arguments};
pub use window::run;
