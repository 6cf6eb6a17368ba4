//! A hub and two clinics on loopback, with the real hub program, and the phases run against them.

use std::io::{BufRead as _, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use desktop_client::{Enrolment, EnrolmentView, OsHost};
use harness::population::Population;
use serde_json::{Value, json};

use crate::Held;
use crate::phase::PASSPHRASE;

/// How many charts the clinic has whose messages are taken apart: of what they weigh, the number changes next to nothing.
const PARTS_CHARTS: u32 = 300;

/// The window of `zstd --long`: 128 MiB.
const LONG_WINDOW_LOG: u32 = 27;

/// Measures everything at one number of charts.
pub(crate) fn column(held: Held, visits: Option<usize>) -> Result<Value> {
    let Held { seed, charts } = held;
    let folder = tempfile::tempdir()?;
    let root = folder.path();
    note(&format!("{charts} charts: generating"));
    let files = root.join("people");
    let people = Population::new(seed).with_visits(visits.unwrap_or(usize::MAX));
    let written = people.write_bundles(&files, charts)?;
    let charts_packed = zstd_bytes(|out| crate::peers::write_charts(people, charts, out))?;
    let files_packed = zstd_bytes(|out| copy_all(&written.files, out))?;
    let packed = json!({"zstd_bytes": charts_packed, "fhir_zstd_bytes": files_packed});
    let held = held.to_string();
    let hub = Hub::start(&root.join("hub"))?;
    let (a, b) = (root.join("a"), root.join("b"));
    hub.enrol(1, &a)?;
    hub.enrol(2, &b)?;
    let at = |home: &Path| home.display().to_string();
    note("importing");
    let import = phase(&["import", &at(&a), &at(&files)])?;
    note("first push, first replica");
    let push = phase(&["sync", &at(&a)])?;
    let replica = phase(&["sync", &at(&b)])?;
    ensure!(
        replica["charts"] == push["charts"],
        "the clinics do not hold the same charts"
    );
    phase(&["sync", &at(&a)])?;
    let disk = json!({"replica_bytes": size(&b)?, "hub_bytes": size(&root.join("hub"))?});
    let idle = phase(&["sync", &at(&a)])?;
    phase(&["lose", &at(&b)])?;
    let compared = phase(&["sync", &at(&b)])?;
    note("looking, a visit, a day");
    let look = phase(&["look", &at(&b), &held])?;
    phase(&["sync", &at(&b)])?;
    phase(&["visit", &at(&a), &held])?;
    let visit = phase(&["sync", &at(&a)])?;
    let edits_file = root.join("day.json");
    let mut edits = phase(&["day", &at(&a), &held, &at(&edits_file)])?;
    edits["xz_bytes"] = json!(xz_bytes(&edits_file)?);
    let day = phase(&["sync", &at(&a)])?;
    note("message by message");
    let parts = phase(&["parts", &format!("{seed}:{PARTS_CHARTS}")])?;
    Ok(json!({
        "charts": charts,
        "people": {"json_bytes": written.json_bytes},
        "import": import, "push": push, "replica": replica, "disk": disk, "idle": idle,
        "packed": packed, "compared": compared,
        "look": look, "visit": visit, "day": day, "edits": edits,
        "open_visit": parts["open_visit"], "spread_day": parts["day"],
    }))
}

/// Runs one phase in a process of its own and returns its figures.
fn phase(words: &[&str]) -> Result<Value> {
    let output = Command::new(std::env::current_exe()?)
        .args(words)
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(
        output.status.success(),
        "the phase {} failed",
        words.join(" ")
    );
    let figures = String::from_utf8(output.stdout)?;
    note(&format!(
        "  {}: {}",
        words.first().unwrap_or(&""),
        figures.trim()
    ));
    Ok(serde_json::from_str(&figures)?)
}

#[expect(
    clippy::print_stderr,
    reason = "says how far it is; the table goes to standard output"
)]
fn note(text: &str) {
    eprintln!("{text}");
}

/// The bytes of every file in a folder and below.
fn size(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let facts = entry.metadata()?;
        bytes += if facts.is_dir() {
            size(&entry.path())?
        } else {
            facts.len()
        };
    }
    Ok(bytes)
}

/// Says so before hours of measuring if the program is missing that the bytes on the wire are compared with.
pub(crate) fn needs_xz() -> Result<()> {
    let there = Command::new("xz").arg("--version").output();
    ensure!(
        there.is_ok_and(|it| it.status.success()),
        "the program xz is missing, which the bytes of a day's edits are compared with: install the package xz-utils \
         (`apt-get install xz-utils`), then run this again"
    );
    Ok(())
}

/// What `xz -9e` makes of a file.
fn xz_bytes(file: &Path) -> Result<usize> {
    let output = Command::new("xz")
        .args(["-9e", "--stdout"])
        .arg(file)
        .output()
        .context("running xz")?;
    ensure!(output.status.success(), "xz failed");
    Ok(output.stdout.len())
}

/// What `zstd -9 --long` makes of what is written, all in one.
fn zstd_bytes(write: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<u64> {
    let mut counted = Counted::default();
    let mut encoder = zstd::Encoder::new(&mut counted, 9)?;
    encoder.long_distance_matching(true)?;
    encoder.window_log(LONG_WINDOW_LOG)?;
    let mut out = BufWriter::new(&mut encoder);
    write(&mut out)?;
    out.flush()?;
    drop(out);
    encoder.finish()?;
    Ok(counted.bytes)
}

fn copy_all(files: &[PathBuf], out: &mut dyn Write) -> Result<()> {
    for file in files {
        std::io::copy(&mut std::fs::File::open(file)?, out)?;
    }
    Ok(())
}

/// Counts what is written, and keeps nothing.
#[derive(Default)]
struct Counted {
    bytes: u64,
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The hub program, serving.
pub(crate) struct Hub {
    program: PathBuf,
    home: PathBuf,
    serving: Child,
}

impl Hub {
    fn start(home: &Path) -> Result<Self> {
        let address = {
            let socket = std::net::UdpSocket::bind("127.0.0.1:0")?;
            socket.local_addr()?.to_string()
        };
        Self::start_at(home, &address, &address)
    }

    /// Sets a hub up with two sites and a person each, and serves. Clinics are told another address than it listens
    /// at if something that counts stands between.
    pub(crate) fn start_at(home: &Path, listen: &str, told: &str) -> Result<Self> {
        let program = std::env::current_exe()?.with_file_name("posta-hub");
        ensure!(
            program.exists(),
            "build it first: cargo build --release -p sync-server"
        );
        let admin = |words: &[&str]| admin(&program, home, words);
        admin(&["init", "--name", "Bench", "--address", told])?;
        for (site, person) in [("Clinic A", "Nurse A"), ("Clinic B", "Nurse B")] {
            let added = admin(&["site", "add", site, "--scope", "valley"])?;
            let number = added["id"]
                .as_u64()
                .or(added["site"].as_u64())
                .context("no site number")?;
            admin(&[
                "person",
                "add",
                person,
                "--role",
                "clinician",
                "--site",
                &number.to_string(),
            ])?;
        }
        let mut serving = Command::new(&program)
            .args([
                "--home",
                &home.display().to_string(),
                "serve",
                "--listen",
                listen,
            ])
            .env("POSTA_LOG", "warn")
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(serving.stdout.take().context("no output")?).read_line(&mut line)?;
        Ok(Self {
            program,
            home: home.to_path_buf(),
            serving,
        })
    }

    /// Enrols a computer for the person and site of a number.
    pub(crate) fn enrol(&self, number: u32, home: &Path) -> Result<()> {
        let number = number.to_string();
        let admin = |words: &[&str]| admin(&self.program, &self.home, words);
        let invite = admin(&["device", "invite", "--site", &number, "--person", &number])?;
        let invite = invite["invite"].as_str().context("no invite")?.to_owned();
        let failed = |error| anyhow::anyhow!("{error:?}");
        let mut enrolment = Enrolment::begin(home, &invite, PASSPHRASE, "bench", Box::new(OsHost))
            .map_err(failed)?;
        if let EnrolmentView::Pending { words } = enrolment.poll().map_err(failed)? {
            let requests = admin(&["device", "list"])?;
            let request = requests["requests"][0]["id"].to_string();
            admin(&["device", "approve", &request, "--words", &words.join(" ")])?;
        }
        enrolment.poll().map_err(failed)?;
        Ok(())
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        let stopped = self.serving.kill().and_then(|()| self.serving.wait());
        if let Err(error) = stopped {
            note(&format!("the hub could not be stopped: {error}"));
        }
    }
}

fn admin(program: &Path, home: &Path, words: &[&str]) -> Result<Value> {
    let output = Command::new(program)
        .arg("--home")
        .arg(home)
        .arg("--json")
        .args(words)
        .output()?;
    ensure!(
        output.status.success(),
        "posta-hub {} failed: {}",
        words.join(" "),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(serde_json::from_slice(&output.stdout)?)
}
