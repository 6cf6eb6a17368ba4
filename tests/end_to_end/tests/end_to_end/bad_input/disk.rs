//! A disk that is full, and one that fails.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use anyhow::{Context as _, Result, ensure};
use harness::programs::Program;

use super::{says, scene};

/// What is typed while the disk takes nothing more.
const REGISTER: [&str; 8] = [
    "patient", "register", "--family", "Mwangi", "--given", "Neema", "--sex", "female",
];

/// A home is copied onto a small disk, the rest of that filled, a command run; then the home is copied off again.
const ON_A_FULL_DISK: &str = r#"
    small="$1"; home="$2"; after="$3"; shift 3
    set -e
    mount -t tmpfs -o size=8m,mode=700 tmpfs "$small"
    cp -a "$home" "$small/home"
    dd if=/dev/zero of="$small/filler" bs=4096 2>/dev/null || true
    status=0
    "$@" </dev/null || status=$?
    rm "$small/filler"
    cp -a "$small/home" "$after"
    exit $status
"#;

/// No file may grow beyond 32 kB, as on a disk with a quota. The signal that tells so is ignored: the write fails.
const ON_A_DISK_THAT_FAILS: &str = r#"
    trap '' XFSZ
    ulimit -f 64
    exec "$@" </dev/null
"#;

/// Runs a program within a script, which runs as the words before it say.
fn within(mut script: Command, program: &Program) -> Result<Output> {
    let command = program.command(&REGISTER);
    script
        .arg(command.get_program())
        .args(command.get_args())
        .output()
        .context("starting the script")
}

/// Runs the program on a home that is copied to a full disk and afterwards to `after`; none where that is not
/// permitted. The disk is seen by the script alone, which needs no privilege for it on most systems.
fn on_a_full_disk(
    small: &Path,
    home: &Path,
    after: &Path,
    program: &Program,
) -> Result<Option<Output>> {
    fs::create_dir_all(small)?;
    for namespace in [["--mount", "--map-root-user"].as_slice(), &["--mount"]] {
        let mut script = Command::new("unshare");
        script
            .args(namespace)
            .args(["sh", "-c", ON_A_FULL_DISK, "sh"])
            .args([small, home, after]);
        let ended = within(script, program)?;
        if after.is_dir() {
            return Ok(Some(ended));
        }
    }
    Ok(None)
}

#[test]
fn a_full_disk_loses_nothing() -> Result<()> {
    let mut scene = scene()?;
    scene.register("Otieno")?;
    let path = |name: &str| scene.folder.path().join(name);
    let (small, after) = (path("small"), path("after"));
    let programs = scene.district.programs().clone();
    let posta = programs.posta(&small.join("home"), &scene.clinic.passphrase);

    let Some(ended) = on_a_full_disk(&small, &scene.clinic.home, &after, &posta)? else {
        harness::skipped("a full disk: mounting a small one is not permitted here");
        return Ok(());
    };

    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    ensure!(ended.status.code() == Some(1), "{said}");
    says(&said, "the disk is full")?;
    says(&said, "nothing was lost")?;
    scene.clinic.posta = programs.posta(&after, &scene.clinic.passphrase);
    scene.still_works(1)
}

#[test]
fn a_disk_that_fails_loses_nothing() -> Result<()> {
    let mut scene = scene()?;
    scene.register("Otieno")?;
    let mut script = Command::new("sh");
    script.args(["-c", ON_A_DISK_THAT_FAILS, "sh"]);

    let ended = within(script, &scene.clinic.posta)?;

    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    ensure!(ended.status.code() == Some(1), "{said}");
    says(&said, "the disk failed")?;
    scene.still_works(1)
}
