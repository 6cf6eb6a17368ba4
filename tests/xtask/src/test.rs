//! `cargo xtask test`: every check and test there is, in the order that finds faults soonest.

use anyhow::Result;

use crate::run::{cargo, run, say};
use crate::setup::{self, npm};

/// Sets up what is missing and runs everything; the first failure ends it.
pub(crate) fn test(arguments: &[String]) -> Result<()> {
    let fast = arguments.iter().any(|it| it == "--fast");
    setup::packages(&[setup::BUILD, setup::WINDOW, setup::WINDOW_TESTS])?;
    setup::rust_tools()?;
    run(cargo(&["fmt", "--all", "--check"]))?;
    setup::front_end()?;
    run(npm(&["run", "check"]))?;
    if !fast {
        setup::dependency_checker()?;
        run(cargo(&[
            "deny",
            "--log-level",
            "error",
            "check",
            "bans",
            "licenses",
            "sources",
        ]))?;
    }
    let clippy = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--",
        "-D",
        "warnings",
    ];
    run(cargo(&clippy))?;
    // The end-to-end tests start the programs, which `cargo test` alone would not build.
    run(cargo(&["build", "--workspace", "--locked"]))?;
    let mut tests = vec!["test", "--workspace", "--locked", "--no-fail-fast"];
    if fast {
        tests.extend(["--exclude", "desktop-tests"]);
    }
    run(cargo(&tests))?;
    say("\ntest: ok");
    Ok(())
}
