//! Small houses, each with one fault, and the rule that finds it.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;
use tempfile::TempDir;

use super::super::*;
use crate::bounds::unnamed;

/// Two rooms of which `upper` may use `lower`, and only `lower` the heavy dependency.
const ROOT: &str = r#"
[workspace.dependencies]
heavy = "1"
disguise = { package = "heavy", version = "1" }

[workspace.metadata.layers]
upper = ["lower"]
lower = []

[workspace.metadata.owners]
heavy = ["lower"]
"#;

/// Builds a house of files.
fn built(files: &[(&str, &str)]) -> (TempDir, House) {
    let folder = TempDir::new().unwrap();
    for (file, text) in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let names = files.iter().map(|(file, _)| PathBuf::from(file)).collect();
    let house = House::of(folder.path().to_owned(), names);
    (folder, house)
}

/// Builds two rooms, with these lines in their manifests.
fn rooms(upper: &str, lower: &str) -> (TempDir, House) {
    built(&[
        ("Cargo.toml", ROOT),
        (
            "upper/Cargo.toml",
            &format!("[package]\nname = \"upper\"\n{upper}"),
        ),
        (
            "lower/Cargo.toml",
            &format!("[package]\nname = \"lower\"\n{lower}"),
        ),
    ])
}

type Rule = fn(&House) -> Result<Vec<String>>;

#[track_caller]
fn check_found(rule: Rule, house: &(TempDir, House), expected: &[&str]) {
    assert_eq!(rule(&house.1).unwrap(), expected);
}

#[test]
fn an_arrow_that_goes_up_is_found_however_it_is_written() {
    let right = "[dependencies]\nlower.workspace = true";
    let fault: &[&str] = &["lower may not use upper"];

    for wrong in [
        "[dependencies]\nupper = { path = \"../upper\" }",
        "[build-dependencies]\nupper.workspace = true",
        "[dev-dependencies]\nupper.workspace = true",
        "[target.'cfg(unix)'.dependencies]\nupper.workspace = true",
        "[dependencies]\nfriend = { package = \"upper\", path = \"../upper\" }",
    ] {
        check_found(layers, &rooms(right, wrong), fault);
    }
    check_found(layers, &rooms(right, ""), &[]);
}

#[test]
fn a_crate_without_a_row_and_a_row_without_a_crate_are_found() {
    let house = built(&[
        ("Cargo.toml", ROOT),
        ("new/Cargo.toml", "[package]\nname = \"new\""),
        ("lower/Cargo.toml", "[package]\nname = \"lower\""),
    ]);

    check_found(
        layers,
        &house,
        &[
            "new has no row in [workspace.metadata.layers]",
            "[workspace.metadata.layers] names upper, which is no crate",
        ],
    );
}

#[test]
fn a_heavy_dependency_outside_its_room_is_found_however_it_is_written() {
    let right = "[dependencies]\nheavy.workspace = true";
    let fault: &[&str] = &["upper may not use heavy; {\"lower\"} may"];

    for wrong in [
        "[dependencies]\nheavy = \"1\"",
        "[target.'cfg(windows)'.dev-dependencies]\nheavy.workspace = true",
        "[dependencies]\nlight = { package = \"heavy\", version = \"1\" }",
        "[dependencies]\ndisguise.workspace = true",
    ] {
        check_found(owners, &rooms(wrong, right), fault);
    }
    check_found(owners, &rooms("", right), &[]);
}

#[test]
fn a_profile_whose_panics_nobody_can_catch_is_found() {
    let root = format!("{ROOT}\n[profile.release]\npanic = \"abort\"\n");
    let house = built(&[("Cargo.toml", &root)]);

    check_found(
        profiles_that_abort,
        &house,
        &["a panic in profile release cannot be caught"],
    );
}

#[test]
fn a_file_that_is_too_long_is_found() {
    let house = built(&[
        ("a/src/lib.rs", &"// line\n".repeat(400)),
        ("a/src/long.rs", &"// line\n".repeat(401)),
    ]);

    check_found(
        file_sizes,
        &house,
        &["a/src/long.rs has 401 lines, at most 400"],
    );
}

#[test]
fn a_file_that_does_not_say_what_it_is_for_is_found() {
    let house = built(&[
        ("a/src/lib.rs", "//! Says it.\n"),
        ("a/src/mute.rs", "use std::fs;\n//! Too late.\n"),
    ]);

    check_found(
        module_docs,
        &house,
        &["a/src/mute.rs does not open with //!"],
    );
}

#[test]
fn a_file_that_nobody_reaches_is_found() {
    let house = built(&[
        ("a/Cargo.toml", ""),
        ("a/src/lib.rs", "mod room;\n"),
        ("a/src/room.rs", "mod inner;\n"),
        ("a/src/room/inner.rs", ""),
        ("a/src/room/forgotten.rs", ""),
        ("a/src/old/mod.rs", ""),
        ("a/tests/whole.rs", ""),
    ]);

    check_found(
        unreached_files,
        &house,
        &[
            "a/src/room/forgotten.rs is reached by no mod line",
            "a/src/old/mod.rs should be the folder's name with .rs, beside the folder",
            "a/src/old/mod.rs is reached by no mod line",
        ],
    );
}

#[test]
fn a_second_door_to_the_host_is_found() {
    let host = "import { invoke } from \"@tauri-apps/api/core\";\n";
    let house = built(&[
        ("desktop/src/platform/host.ts", host),
        ("desktop/src/features/visit.tsx", host),
        (
            "desktop/src/features/chart.ts",
            "import { commands } from \"../platform/bindings\";\n",
        ),
        ("desktop/src/ui/button.tsx", "import \"../platform\";\n"),
    ]);

    check_found(
        front_end_doors,
        &house,
        &[
            "desktop/src/features/chart.ts reaches for the host; only desktop/src/platform may",
            "desktop/src/features/visit.tsx reaches for the host; only desktop/src/platform may",
        ],
    );
}

/// Crates with bounds that tests name in each of the ways that count, and in some that do not.
fn bounded() -> (TempDir, House) {
    built(&[
        ("a/Cargo.toml", ""),
        (
            "a/src/lib.rs",
            "#[cfg(test)]
            mod laws;
            const MAX_HERE: u8 = 1;
            const MAX_IN_LAWS: u8 = 1;
            pub const MAX_ELSEWHERE: u8 = 1;
            pub(crate) const MAX_UNSEEN: u8 = 1;
            const MAX_OF_NOBODY: u8 = 1;
            const MAXIMAL: u8 = 1;
            impl Entry { const MAX_BYTES: u8 = 1; }
            impl Other<'_> { const MAX_BYTES: u8 = MAX_OF_NOBODY; }
            #[cfg(test)]
            mod tests { const MAX_TRIES: u8 = super::MAX_HERE; }",
        ),
        (
            "a/src/laws.rs",
            "// MAX_OF_NOBODY
            fn law() { assert_eq!(f(), [MAX_IN_LAWS, Entry::MAX_BYTES], \"MAX_OF_NOBODY\"); }",
        ),
        ("b/Cargo.toml", ""),
        ("b/src/lib.rs", "const NONE: u8 = a::Other::MAX_BYTES;"),
        ("b/src/tests.rs", "use a::{MAX_OF_NOBODY, MAX_UNSEEN};"),
        ("tests/c/Cargo.toml", ""),
        ("tests/c/src/lib.rs", "use a::{MAX_ELSEWHERE, MAX_UNSEEN};"),
    ])
}

#[test]
fn a_bound_that_no_test_names_is_found() {
    check_found(
        bounds_without_exceptions,
        &bounded(),
        &[
            "a: MAX_OF_NOBODY is named in no test",
            "a: MAX_UNSEEN is named in no test",
            "a: Other::MAX_BYTES is named in no test",
        ],
    );
}

fn bounds_without_exceptions(house: &House) -> Result<Vec<String>> {
    unnamed(house, &[])
}

#[test]
fn an_exception_that_is_none_any_more_is_found() {
    let exceptions = [
        ("a", "MAX_OF_NOBODY", "a clock"),
        ("a", "MAX_UNSEEN", "a clock"),
        ("a", "Other::MAX_BYTES", "a clock"),
        ("a", "MAX_HERE", "a clock"),
        ("a", "MAX_OF_BEFORE", "a clock"),
    ];

    let faults = unnamed(&bounded().1, &exceptions).unwrap();

    assert_eq!(
        faults,
        [
            "a: the exception MAX_HERE is named in a test",
            "a: the exception MAX_OF_BEFORE is no bound",
        ]
    );
}
