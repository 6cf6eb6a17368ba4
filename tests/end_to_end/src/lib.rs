//! The real programs over loopback: a district of two clinics, an office and a hub, and the main job told as a story.

#![expect(
    clippy::indexing_slicing,
    reason = "a JSON answer is indexed by name, and what is missing reads as null"
)]

pub mod crash;
pub mod district;
pub mod faults;
pub mod narrator;
pub mod resources;
pub mod story;
