//! What a fresh machine lacks: system packages, front-end packages, the dependency checker.

use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::run::{answer, cargo, root, run, say};

/// Packages that building everything but the window needs.
pub(crate) const BUILD: &[&str] = &["build-essential", "pkg-config", "libssl-dev"];
/// Packages that building and showing the window needs.
pub(crate) const WINDOW: &[&str] = &["libwebkit2gtk-4.1-dev", "fonts-dejavu-core"];
/// Packages that driving the window in a test needs.
pub(crate) const WINDOW_TESTS: &[&str] = &["webkit2gtk-driver", "xvfb", "xauth"];

/// Packages that having a program's disk fail needs.
pub(crate) const FAULTS: &[&str] = &["strace"];

/// The dependency checker that the rules in `deny.toml` are written for.
const CARGO_DENY: &str = "0.20.2";

/// Installs the system packages that are missing, asking for sudo when not root.
pub(crate) fn packages(wanted: &[&[&str]]) -> Result<()> {
    let missing: Vec<&str> = wanted
        .iter()
        .flat_map(|it| it.iter().copied())
        .filter(|it| !is_installed(it))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    say(&format!(
        "Installing system packages: {}",
        missing.join(" ")
    ));
    if answer("apt-get", &["--version"]).is_none() {
        bail!(
            "this machine has no apt-get; please install by hand: {}",
            missing.join(" ")
        );
    }
    run(as_root(&["apt-get", "update", "-qq"]))?;
    let mut words = vec!["apt-get", "install", "-y", "-qq", "--no-install-recommends"];
    words.extend(&missing);
    run(as_root(&words)).context("the packages above could not be installed")
}

fn is_installed(package: &str) -> bool {
    answer("dpkg-query", &["-W", "-f", "${Status}", package])
        .is_some_and(|status| status == "install ok installed")
}

fn as_root(words: &[&str]) -> Command {
    let is_root = answer("id", &["-u"]).as_deref() == Some("0");
    let mut command = Command::new(if is_root { "env" } else { "sudo" });
    if !is_root {
        command.arg("env");
    }
    command.arg("DEBIAN_FRONTEND=noninteractive").args(words);
    command
}

/// Installs the front end's packages (exactly those of the lock file) and builds its page.
pub(crate) fn front_end() -> Result<()> {
    let found = answer("node", &["--version"]).context(
        "Node is missing; install the version that README.md asks for, then run this again",
    )?;
    // Node reads for itself what the front end asks for.
    let wanted = answer(
        "node",
        &["-p", "require('./desktop/package.json').engines.node"],
    )
    .context("desktop/package.json does not say which Node it needs")?;
    ensure!(
        is_at_least(&found, &wanted),
        "Node {found} is not {wanted}; install a newer one, then run this again"
    );
    if !is_fresh() {
        run(npm(&["ci", "--no-audit", "--no-fund"]))?;
    }
    run(npm(&["run", "build"]))
}

/// Tells whether a version is at least the one wanted, both like `>=20.19` or `v20.19.4`: by major and minor.
fn is_at_least(found: &str, wanted: &str) -> bool {
    let numbers = |text: &str| {
        let mut parts = text
            .trim_start_matches(|it: char| !it.is_ascii_digit())
            .split('.')
            .map(str::parse::<u32>);
        let major = parts.next()?.ok()?;
        let minor = parts.next().map_or(Ok(0), |it| it).ok()?;
        Some((major, minor))
    };
    matches!((numbers(found), numbers(wanted)), (Some(found), Some(wanted)) if found >= wanted)
}

/// Tells whether what npm installed is what the lock file says.
fn is_fresh() -> bool {
    let desktop = root().join("desktop");
    let changed = |file: &str| {
        desktop
            .join(file)
            .metadata()
            .and_then(|it| it.modified())
            .ok()
    };
    match (
        changed("node_modules/.package-lock.json"),
        changed("package-lock.json"),
    ) {
        (Some(installed), Some(locked)) => installed >= locked,
        (None | Some(_), _) => false,
    }
}

/// Returns an npm command in the front end's folder.
pub(crate) fn npm(words: &[&str]) -> Command {
    let mut command = Command::new("npm");
    command.args(words).current_dir(root().join("desktop"));
    command
}

/// Installs the dependency checker if it is missing.
pub(crate) fn dependency_checker() -> Result<()> {
    let wanted = format!("cargo-deny {CARGO_DENY}");
    if answer("cargo", &["deny", "--version"]).is_some_and(|it| it == wanted) {
        return Ok(());
    }
    // Built outside the project's own target folder: its dependencies are none of ours.
    let mut install = cargo(&[
        "install",
        "--locked",
        "--quiet",
        &format!("cargo-deny@{CARGO_DENY}"),
    ]);
    install.env_remove("CARGO_TARGET_DIR");
    run(install)
}

/// Checks that the formatter and the linter are there; only rustup can bring them.
pub(crate) fn rust_tools() -> Result<()> {
    for tool in ["fmt", "clippy"] {
        ensure!(
            answer("cargo", &[tool, "--version"]).is_some(),
            "cargo {tool} is missing; run `rustup component add rustfmt clippy`, then run this again"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_compared_by_major_and_minor() {
        for enough in ["v20.19.0", "v20.20.1", "v22.1.0", "v100.0.0"] {
            assert!(is_at_least(enough, ">=20.19"), "{enough}");
        }
        for old in ["v20.18.9", "v20.9.0", "v18.20.0", "v9.99.0", "", "nightly"] {
            assert!(!is_at_least(old, ">=20.19"), "{old}");
        }
        assert!(is_at_least("v20.0.0", ">=20") && !is_at_least("v20.0.0", "whatever"));
    }

    #[test]
    fn what_the_front_end_asks_for_can_be_compared() {
        let package = std::fs::read_to_string(root().join("desktop/package.json")).unwrap();
        let line = package.lines().find(|it| it.contains("\"node\":")).unwrap();
        let wanted = line.split('"').nth(3).unwrap();

        assert!(is_at_least("v1000.0.0", wanted), "{wanted}");
        assert!(!is_at_least("v1.0.0", wanted), "{wanted}");
    }
}
