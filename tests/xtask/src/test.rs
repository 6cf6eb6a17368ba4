//! `cargo xtask test`: every check and test there is, in the order that finds faults soonest.

use std::path::PathBuf;

use anyhow::Result;

use crate::run::{cargo, root, run, say};
use crate::setup::{self, npm};

/// The sample records that tests look for (`shared/fhir/src/laws/synthea.rs`).
const SAMPLES: [&str; 2] = ["synthea-5", "synthea-100.tar.zst"];

/// Sets up what is missing and runs everything; the first failure ends it.
pub(crate) fn test(fast: bool) -> Result<()> {
    setup::packages(&[
        setup::BUILD,
        setup::FAULTS,
        setup::WINDOW,
        setup::WINDOW_TESTS,
    ])?;
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
    // The end-to-end tests start the programs, which `cargo test` alone would not build. With the features that tests
    // have, so that nothing is built twice.
    run(cargo(&[
        "build",
        "--workspace",
        "--all-targets",
        "--locked",
    ]))?;
    let mut tests = vec!["test", "--workspace", "--locked", "--no-fail-fast"];
    if fast {
        tests.extend(["--exclude", "desktop-tests"]);
    }
    let mut tests = cargo(&tests);
    tests.env("POSTA_PROGRAMS", "built");
    run(tests)?;
    say(&format!("\n{}", sample_records()));
    if fast {
        say("not run (--fast): the window's journeys, the licence check");
    }
    say("test: ok");
    Ok(())
}

/// Says whether the records of another system were there, which are no part of the project and without which the
/// tests that need them pass without having run.
fn sample_records() -> String {
    let named = std::env::var_os("POSTA_DATA").map(PathBuf::from);
    let beside = ["../shared/data", "../data"].map(|it| root().join(it));
    let folders: Vec<PathBuf> = named.into_iter().chain(beside).collect();
    let found = |name: &str| {
        let mut places = folders.iter().map(|it| it.join("fhir").join(name));
        match places.find(|it| it.exists()) {
            Some(_) => format!("ran: the tests on the sample records {name}"),
            None => format!(
                "NOT RUN: the tests on the sample records {name}; POSTA_DATA names the folder that holds fhir/{name}"
            ),
        }
    };
    SAMPLES.map(found).join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_records_named_are_those_that_tests_look_for() {
        let tests =
            std::fs::read_to_string(root().join("shared/fhir/src/laws/synthea.rs")).unwrap();

        for name in SAMPLES {
            assert!(tests.contains(&format!("data(\"{name}\")")), "{name}");
        }
    }
}
