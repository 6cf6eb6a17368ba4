//! `cargo xtask demo`: the main job, told as a story.

use std::process::Command;

use anyhow::Result;

use crate::run::{cargo, run, say, target};
use crate::setup;

/// Sets up what is missing and runs the story with the real programs.
pub(crate) fn demo(arguments: &[String], headless: bool) -> Result<()> {
    let has_display = ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|it| std::env::var_os(it).is_some());
    let opens_window = has_display && !headless;
    let mut packages = vec![setup::BUILD];
    let mut crates = vec![
        "build",
        "--locked",
        "-p",
        "desktop-cli",
        "-p",
        "sync-server",
        "-p",
        "end-to-end",
    ];
    if opens_window {
        packages.push(setup::WINDOW);
        crates.extend(["-p", "desktop-shell"]);
    }
    setup::packages(&packages)?;
    if opens_window {
        setup::front_end()?;
    }
    say("\nBuilding (the first time takes several minutes on two cores)");
    run(cargo(&crates))?;
    let mut story = Command::new(target().join("debug/posta-demo"));
    story.args(arguments);
    if !opens_window && !headless {
        story.arg("--headless");
    }
    run(story)
}
