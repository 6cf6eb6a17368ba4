//! What is answered about devices and about how the hub stands.

use std::io::{self, Write};

use serde::Serialize;

use crate::approve::Waiting;
use crate::cli::answer::{Answer, spell_time};
use crate::copies::NewLog;
use crate::status::{DeviceStatus, Status};

/// A request to enrol.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RequestLine {
    pub(crate) id: u64,
    pub(crate) site: u32,
    pub(crate) person: u32,
    pub(crate) label: String,
    pub(crate) asked_ms: u64,
    pub(crate) words: String,
}

impl From<Waiting> for RequestLine {
    fn from(it: Waiting) -> Self {
        let (site, person, words) = (it.site.0, it.person.0, it.words.join(" "));
        Self {
            id: it.id,
            site,
            person,
            label: it.label,
            asked_ms: it.asked_ms,
            words,
        }
    }
}

impl Answer for RequestLine {
    fn write_lines(&self, out: &mut dyn Write) -> io::Result<()> {
        let Self {
            id,
            site,
            person,
            label,
            asked_ms,
            words,
        } = self;
        let asked = spell_time(*asked_ms);
        writeln!(
            out,
            "request {id}: {label:?} for person {person} at site {site}, asked {asked}"
        )?;
        writeln!(out, "    words: {words}")
    }
}

/// The devices, and those that want in.
#[derive(Serialize)]
pub(crate) struct Devices {
    pub(crate) devices: Vec<DeviceStatus>,
    pub(crate) requests: Vec<RequestLine>,
}

impl Answer for Devices {
    fn write_lines(&self, out: &mut dyn Write) -> io::Result<()> {
        self.devices
            .iter()
            .try_for_each(|it| write_device(out, it))?;
        if self.devices.is_empty() {
            writeln!(out, "no devices yet: `device invite` invites one")?;
        }
        for request in &self.requests {
            request.write_lines(out)?;
        }
        if self.requests.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "Compare the words with the computer's, then `device approve ID --words \"…\"`."
        )
    }
}

fn write_device(out: &mut dyn Write, device: &DeviceStatus) -> io::Result<()> {
    let DeviceStatus {
        id,
        site,
        label,
        active,
        stored,
        behind,
        ..
    } = device;
    let state = if *active { "" } else { ", REVOKED" };
    let seen = device
        .last_contact_ms
        .map_or_else(|| "never".to_owned(), spell_time);
    writeln!(out, "device {id}: {label:?} at site {site}{state}")?;
    writeln!(
        out,
        "    last here {seen}; {stored} entries stored, {behind} of its feeds yet to take"
    )?;
    for NewLog { epoch, when, why } in &device.new_logs {
        writeln!(out, "    {when}: {why}; it goes on in log {epoch}")?;
    }
    Ok(())
}

/// What waits for a person at the hub.
fn write_to_do(out: &mut dyn Write, status: &Status) -> io::Result<()> {
    if status.requests > 0 {
        writeln!(
            out,
            "{} computers ask to be enrolled: see `device list`",
            status.requests
        )?;
    }
    if status.asking > 0 {
        writeln!(
            out,
            "{} people ask to unlock a computer: see `person list`",
            status.asking
        )?;
    }
    for form in &status.forms_left {
        writeln!(
            out,
            "a recovery key lies in {}: print it, hand it to its custodian, and delete the file",
            form.display()
        )?;
    }
    Ok(())
}

impl Answer for Status {
    fn write_lines(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "{} at {}, roster epoch {}",
            self.name, self.address, self.roster_epoch
        )?;
        writeln!(
            out,
            "{} sites, {} people, {} devices",
            self.sites.len(),
            self.people,
            self.devices.len()
        )?;
        self.devices
            .iter()
            .try_for_each(|it| write_device(out, it))?;
        write_to_do(out, self)?;
        writeln!(out, "{} charts, {} entries", self.charts, self.entries)?;
        writeln!(
            out,
            "{} entries not looked into yet, {} changes wait for others",
            self.unmaterialised, self.waiting
        )?;
        writeln!(
            out,
            "history: {} leaves, {} signed",
            self.history_size, self.checkpoint_size
        )?;
        if let Some(at_ms) = self.restored_ms {
            writeln!(
                out,
                "found on {} that it was restored from an older copy; devices offer again what it lost",
                spell_time(at_ms)
            )?;
        }
        if self.forks > 0 {
            writeln!(
                out,
                "{} times a log had two branches: a device was cloned or restored",
                self.forks
            )?;
        }
        writeln!(out, "{} entries set aside", self.quarantined)?;
        for it in &self.quarantine {
            writeln!(
                out,
                "    device {}, log {}, entry {} (leaf {}): {}",
                it.device, it.epoch, it.seq, it.leaf, it.reason
            )?;
        }
        let listed = u64::try_from(self.quarantine.len()).unwrap_or(u64::MAX);
        match self.quarantined.saturating_sub(listed) {
            0 => Ok(()),
            more => writeln!(out, "    and {more} more"),
        }
    }
}
