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

/// The oldest Node that the front end's tools run on.
const NODE: u32 = 20;
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
    let found = answer("node", &["--version"])
        .context("Node is missing; install Node 20 or newer, then run this again")?;
    let major: u32 = found
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|it| it.parse().ok())
        .unwrap_or(0);
    ensure!(
        major >= NODE,
        "Node {found} is too old; install Node {NODE} or newer, then run this again"
    );
    if !is_fresh() {
        run(npm(&["ci", "--no-audit", "--no-fund"]))?;
    }
    run(npm(&["run", "build"]))
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
