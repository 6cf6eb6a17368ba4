//! What each command answers.

mod fleet;
mod history;
mod people;
mod quarantine;

use std::io::{self, Write};

use serde::Serialize;

use crate::cli::answer::{Answer, spell_time};
use crate::status::SiteStatus;

pub(crate) use fleet::{Devices, RequestLine};
pub(crate) use history::{History, Verified};
pub(crate) use people::{AskingLine, Custodians, People, PersonDecided, PersonLine};
pub(crate) use quarantine::{AsideList, AsideShown, ChartAgain, LetGo};

/// A hub was made.
#[derive(Serialize)]
pub(crate) struct Initialised {
    pub(crate) home: String,
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) fingerprint: String,
}

impl Answer for Initialised {
    fn write_lines(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "The hub {:?} is ready in {}.", self.name, self.home)?;
        writeln!(
            out,
            "Devices reach it at {}; its key is {}.",
            self.address, self.fingerprint
        )?;
        writeln!(
            out,
            "Next: add a site (`site add NAME`) and a person (`person add NAME --role R --site ID`)."
        )
    }
}

/// The hub listens.
#[derive(Serialize)]
pub(crate) struct Listening {
    pub(crate) listening: String,
}

impl Answer for Listening {
    fn write_lines(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "listening on {}", self.listening)
    }
}

/// Something was added and has a number now.
#[derive(Serialize)]
pub(crate) struct Added {
    pub(crate) id: u32,
    #[serde(skip)]
    pub(crate) what: &'static str,
    pub(crate) name: String,
}

impl Answer for Added {
    fn write_lines(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{} {}: {}", self.what, self.id, self.name)
    }
}

/// An invite was made.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Invited {
    pub(crate) invite: String,
    pub(crate) expires_ms: u64,
    pub(crate) hub_address: String,
}

impl Answer for Invited {
    fn write_lines(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", self.invite)?;
        writeln!(out)?;
        writeln!(
            out,
            "Type or paste this on the new computer (`posta enrol`). Until {} it lets one computer",
            spell_time(self.expires_ms)
        )?;
        writeln!(
            out,
            "ask to be enrolled at {}; hand it to nobody else.",
            self.hub_address
        )
    }
}

/// A device was approved or revoked.
#[derive(Serialize)]
pub(crate) struct Decided {
    pub(crate) device: u32,
    pub(crate) decision: &'static str,
}

impl Answer for Decided {
    fn write_lines(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "device {} is {}", self.device, self.decision)
    }
}

/// A request was declined.
#[derive(Serialize)]
pub(crate) struct Declined {
    pub(crate) request: u32,
}

impl Answer for Declined {
    fn write_lines(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "request {} is declined", self.request)
    }
}

/// A device was given another block of numbers.
#[derive(Serialize)]
pub(crate) struct BlockGiven {
    pub(crate) device: u32,
    pub(crate) block: u16,
}

impl Answer for BlockGiven {
    fn write_lines(&self, out: &mut dyn Write) -> io::Result<()> {
        let Self { device, block } = self;
        writeln!(
            out,
            "device {device} issues the patient numbers of block {block} too, after its next sync"
        )
    }
}

/// A chart was moved.
#[derive(Serialize)]
pub(crate) struct Moved {
    pub(crate) chart: String,
    pub(crate) moved: &'static str,
    pub(crate) scope: String,
}

impl Answer for Moved {
    fn write_lines(&self, out: &mut dyn Write) -> io::Result<()> {
        let Self {
            chart,
            moved,
            scope,
        } = self;
        writeln!(
            out,
            "chart {chart} {moved} the scope {scope:?}; each site knows at its next sync"
        )
    }
}

/// The sites.
#[derive(Serialize)]
pub(crate) struct Sites {
    pub(crate) sites: Vec<SiteStatus>,
}

impl Answer for Sites {
    fn write_lines(&self, out: &mut dyn Write) -> io::Result<()> {
        for SiteStatus {
            id,
            name,
            kind,
            scope,
            devices,
        } in &self.sites
        {
            writeln!(
                out,
                "site {id}: {name} ({kind}), scope {scope}, {devices} devices"
            )?;
        }
        if self.sites.is_empty() {
            writeln!(out, "no sites yet: `site add NAME` adds one")
        } else {
            Ok(())
        }
    }
}
