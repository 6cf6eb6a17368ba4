//! Devices that are connected all at once to the real program.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use audit::LogHead;
use roster::Roster;
use serde_json::{Value, json};
use transport::Link;
use wire::{Hello, Message, Versions};

use super::{Member, fleet};

/// How long the hub's work for devices with nothing to do is watched.
const WATCHED: Duration = Duration::from_secs(10);

/// Connects every device, and looks at what the hub's process needs.
pub(super) fn measure(folder: &Path, devices: u32) -> Result<Value> {
    let (_home, hub, members) = fleet(folder, devices)?;
    let roster = hub.roster().clone();
    drop(hub);
    let (mut serving, address) = serve(folder)?;
    let figures = crowd(&serving, address, &roster, &members);
    serving.kill()?;
    serving.wait()?;
    figures
}

fn serve(folder: &Path) -> Result<(Child, SocketAddr)> {
    let program = std::env::current_exe()?.with_file_name("posta-hub");
    let mut serving = Command::new(program)
        .arg("--home")
        .arg(folder)
        .args(["serve", "--listen", "127.0.0.1:0"])
        .env("POSTA_LOG", "warn")
        .stdout(Stdio::piped())
        .spawn()
        .context("build it first: cargo build --release -p sync-server")?;
    let mut line = String::new();
    BufReader::new(serving.stdout.take().context("no output")?).read_line(&mut line)?;
    let address = line.split_whitespace().rev().find_map(|it| it.parse().ok());
    Ok((
        serving,
        address.with_context(|| format!("no address in {line:?}"))?,
    ))
}

fn crowd(
    serving: &Child,
    address: SocketAddr,
    roster: &Roster,
    members: &[Member],
) -> Result<Value> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (first, rest) = members.split_first().context("no device")?;
    let mut links = vec![runtime.block_on(greet(address, roster, first))?];
    let alone = memory(serving.id())?;
    let began = Instant::now();
    for member in rest {
        links.push(runtime.block_on(greet(address, roster, member))?);
    }
    let seconds = began.elapsed().as_secs_f64();
    let full = memory(serving.id())?;
    let before = processor(serving.id())?;
    runtime.block_on(async { tokio::time::sleep(WATCHED).await });
    let idle = processor(serving.id())? - before;
    // They are all still there, and each is answered.
    for link in &mut links {
        runtime.block_on(async {
            link.send(&Message::Done(wire::Done::default())).await?;
            let answer = link.receive().await?;
            ensure!(
                matches!(answer, Message::Done(_)),
                "the hub answered otherwise"
            );
            Ok(())
        })?;
    }
    Ok(json!({
        "devices": links.len(),
        "bytes_with_one": alone,
        "bytes_with_all": full,
        "bytes_per_device": full.saturating_sub(alone) / (links.len().max(2) as u64 - 1),
        "seconds_to_connect": seconds,
        "processor_share_idle": idle / WATCHED.as_secs_f64(),
    }))
}

async fn greet(address: SocketAddr, roster: &Roster, member: &Member) -> Result<Link> {
    let mut link = transport::connect(address, &member.tls, &roster.hub.tls).await?;
    let hello = Hello {
        versions: Versions::SPOKEN,
        device: member.device,
        logs: vec![LogHead::start(member.device, 1)],
        cursors: Vec::new(),
        roster_epoch: roster.epoch,
        release: "bench".to_owned(),
        checkpoint: None,
        checkpoint_size: None,
        packs: Vec::new(),
        feeds_wait: false,
    };
    link.send(&Message::Hello(hello)).await?;
    let answer = link.receive().await?;
    ensure!(
        matches!(answer, Message::Welcome(_)),
        "the hub did not say WELCOME"
    );
    Ok(link)
}

/// The memory that a process holds.
fn memory(process: u32) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status
        .lines()
        .find_map(|it| it.strip_prefix("VmRSS:"))
        .context("no VmRSS")?;
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes * 1024)
}

/// The seconds that a process has used of the processors.
fn processor(process: u32) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    let fields = stat.rsplit_once(") ").context("no stat")?.1;
    let ticks = fields.split(' ').skip(11).take(2).map(str::parse::<u64>);
    Ok(ticks.sum::<Result<u64, _>>()? as f64 / 100.0)
}
