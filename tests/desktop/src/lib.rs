//! What the journeys through the built window stand on: a clinic with real records and a real hub, a screen that
//! nobody sees, and a hand that reaches the window by WebDriver.

mod process;
mod screen;
mod window;
mod world;

pub use screen::Screen;
pub use window::{Key, Window};
pub use world::{NURSE, PASSPHRASE, World};
