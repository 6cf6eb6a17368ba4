//! What may be typed after `posta-hub`.

mod people;

use std::net::SocketAddr;
use std::path::PathBuf;

use audit::EntryKind;
use clap::{Args, Parser, Subcommand};
use record::ChartId;
use roster::{Role, SiteKind};
use transport::Congestion;
use wire::Versions;

pub(crate) use people::{PersonCommand, RecoveryCommand};

/// The hub of Posta: keeps every chart, merges what clinics send, and keeps the history of every access.
#[derive(Debug, Parser)]
#[command(name = "posta-hub", version, propagate_version = true)]
pub(crate) struct Arguments {
    /// The folder that holds the hub: its key, its database.
    #[arg(long, global = true, value_name = "DIR", default_value = "posta-hub")]
    pub(crate) home: PathBuf,
    /// Answer in JSON, for scripts.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a new hub in an empty home.
    Init(Init),
    /// Listen for devices until told to stop.
    Serve(Serve),
    /// Manage sites: clinics, offices, mobile teams.
    #[command(subcommand)]
    Site(SiteCommand),
    /// Manage people.
    #[command(subcommand)]
    Person(PersonCommand),
    /// Manage devices: the computers that may connect.
    #[command(subcommand)]
    Device(DeviceCommand),
    /// Carry records on a stick, to and from computers that no network reaches.
    #[command(subcommand)]
    Bundle(BundleCommand),
    /// Move charts between scopes.
    #[command(subcommand)]
    Chart(ChartCommand),
    /// Say how things stand: sites, devices, entries, what could not be merged.
    Status,
    /// Check and read the history.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Look after the recovery keys.
    #[command(subcommand)]
    Recovery(RecoveryCommand),
    /// See what could not be merged, and have it looked into again.
    #[command(subcommand)]
    Quarantine(QuarantineCommand),
    /// Merge what the hub hands over on standard input. The hub starts it by itself.
    #[command(hide = true)]
    MergeChild,
}

/// Moves charts between scopes.
#[derive(Debug, Subcommand)]
pub(crate) enum ChartCommand {
    /// Have a chart join a scope: the sites of that scope get it at their next sync.
    Join(ChartMove),
    /// Have a chart leave a scope: sites that hold it by no other scope remove it at their next sync.
    Leave(ChartMove),
}

/// A chart and a scope.
#[derive(Debug, Args)]
pub(crate) struct ChartMove {
    /// The number on the patient's card, or the chart's identifier.
    pub(crate) chart: String,
    /// The scope's name.
    #[arg(long)]
    pub(crate) scope: String,
}

/// Makes a new hub.
#[derive(Debug, Args)]
pub(crate) struct Init {
    /// What people call it.
    #[arg(long)]
    pub(crate) name: String,
    /// Where devices reach it, as host:port. It goes into every invite.
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) address: String,
    /// Where the forms of the two recovery keys are written; by default the folder `custody` in the hub's home.
    #[arg(long, value_name = "DIR")]
    pub(crate) custody: Option<PathBuf>,
}

/// Listens for devices.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// The address to listen on; by default every interface, with the port given at `init`.
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) listen: Option<SocketAddr>,
    /// The address to listen on for devices on networks that let no UDP through; by default the same.
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) tcp: Option<SocketAddr>,
    /// Do not listen for such devices.
    #[arg(long, conflicts_with = "tcp")]
    pub(crate) no_tcp: bool,
    /// How fast to send: steady, which bears the losses of bad links, or cubic.
    #[arg(long, value_parser = congestion, default_value = "steady")]
    pub(crate) congestion: Congestion,
    /// Speak the protocol up to this version only, as an older release does.
    #[arg(long, value_name = "VERSION", value_parser = protocol)]
    pub(crate) protocol: Option<Versions>,
}

/// Manages sites.
#[derive(Debug, Subcommand)]
pub(crate) enum SiteCommand {
    /// Add a site.
    Add {
        /// What people call it.
        name: String,
        /// What sort of site: clinic, mobile, or office (which holds every chart).
        #[arg(long, value_parser = kind, default_value = "clinic")]
        kind: SiteKind,
        /// The scope that its new charts join, by name; a scope of its own by default.
        #[arg(long)]
        scope: Option<String>,
    },
    /// List the sites.
    List,
}

/// Manages devices.
#[derive(Debug, Subcommand)]
pub(crate) enum DeviceCommand {
    /// Invite a computer: prints the invite to type or send there.
    Invite {
        /// The number of the site where it will stand.
        #[arg(long, value_name = "ID")]
        site: u32,
        /// The number of the person who will use it.
        #[arg(long, value_name = "ID")]
        person: u32,
        /// What the computer is called.
        #[arg(long, default_value = "")]
        label: String,
        /// For how many hours the invite holds.
        #[arg(long, default_value_t = 72)]
        hours: u32,
    },
    /// Approve a computer that used its invite, after comparing the six words.
    Approve {
        /// The number that `device list` shows.
        id: u32,
        /// The six words that the computer shows. Without them, the hub's are shown and you are asked.
        #[arg(long)]
        words: Option<String>,
    },
    /// Decline a computer's request: it is told so, and needs another invite to ask again.
    Decline {
        /// The number of the request that `device list` shows.
        id: u32,
    },
    /// Give a computer another block of patient numbers, when it has used its own up. It has them after its next sync.
    Block {
        /// Its number.
        id: u32,
    },
    /// Shut a computer out: it is refused from now on, and live connections are closed.
    Revoke {
        /// Its number.
        id: u32,
    },
    /// List the devices, and those that wait for approval.
    List,
}

/// Carries records on a stick.
#[derive(Debug, Subcommand)]
pub(crate) enum BundleCommand {
    /// Write a file for a computer: what it lacks, and what the hub has of it.
    Write {
        /// The computer's number.
        #[arg(long, value_name = "ID")]
        device: u32,
        /// The file. It must not be there yet.
        file: PathBuf,
        /// Write everything from the beginning, not from where the computer was last known to be.
        #[arg(long)]
        from_start: bool,
    },
    /// Read a file that a computer wrote. Reading it twice is harmless.
    Read {
        /// The file.
        file: PathBuf,
    },
}

/// Checks and reads the history.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Check all that is stored against chains, signatures, the Merkle history and its checkpoints.
    Verify,
    /// List accesses and edits.
    List(AuditList),
}

/// Looks after what was set aside.
#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum QuarantineCommand {
    /// List what was set aside, the oldest first.
    List {
        /// From this leaf on: where the list before ended.
        #[arg(long, default_value_t = 0)]
        from: u64,
    },
    /// Show one entry, and what builds on it.
    Show {
        /// Its leaf, as listed.
        leaf: u64,
    },
    /// Have an entry looked into again, with what builds on it: after an update, or once its cause is mended.
    Release {
        /// Its leaf, as listed.
        leaf: u64,
    },
    /// Make a chart's document again from its changes, and complete its feeds. The hub must not be served meanwhile.
    Rebuild {
        /// The chart.
        chart: ChartId,
    },
}

/// Which entries to list.
#[derive(Debug, Args)]
pub(crate) struct AuditList {
    /// Only this chart.
    #[arg(long, value_name = "CHART")]
    pub(crate) chart: Option<ChartId>,
    /// Only this person.
    #[arg(long, value_name = "ID")]
    pub(crate) person: Option<u32>,
    /// Only this device; 0 is the hub.
    #[arg(long, value_name = "ID")]
    pub(crate) device: Option<u32>,
    /// Only from this time on: 2026-02-28 or 2026-02-28T09:30:00Z.
    #[arg(long, value_name = "TIME", value_parser = time_ms)]
    pub(crate) since: Option<u64>,
    /// Only this kind: access, change, session, seal or admission.
    #[arg(long, value_parser = entry_kind)]
    pub(crate) kind: Option<EntryKind>,
    /// At most so many, the newest first.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) limit: u32,
}

fn role(text: &str) -> Result<Role, String> {
    let names = || Role::ALL.map(Role::name).join(", ");
    text.parse()
        .map_err(|_unknown| format!("no such role; there are: {}", names()))
}

fn kind(text: &str) -> Result<SiteKind, String> {
    let names = || SiteKind::ALL.map(SiteKind::name).join(", ");
    text.parse()
        .map_err(|_unknown| format!("no such kind of site; there are: {}", names()))
}

fn congestion(text: &str) -> Result<Congestion, String> {
    Congestion::named(text).ok_or_else(|| "there are: steady, cubic".to_owned())
}

fn protocol(text: &str) -> Result<Versions, String> {
    let Versions(lowest, highest) = Versions::SPOKEN;
    let error = || format!("this release speaks versions {} to {}", lowest.0, highest.0);
    Versions::up_to(text).ok_or_else(error)
}

fn entry_kind(text: &str) -> Result<EntryKind, String> {
    match text {
        "access" => Ok(EntryKind::ACCESS),
        "change" => Ok(EntryKind::CHANGE),
        "session" => Ok(EntryKind::SESSION),
        "seal" => Ok(EntryKind::SEAL),
        "returned" => Ok(EntryKind::RETURNED),
        "admission" => Ok(EntryKind::ADMISSION),
        _other => Err(
            "no such kind of entry; there are: access, change, session, seal, returned".to_owned(),
        ),
    }
}

/// Reads a day or an instant as milliseconds since 1970; a day begins at midnight UTC.
fn time_ms(text: &str) -> Result<u64, String> {
    let instant = text.parse::<jiff::Timestamp>().ok();
    let day = || {
        text.parse::<jiff::civil::Date>()
            .ok()?
            .to_zoned(jiff::tz::TimeZone::UTC)
            .ok()
    };
    let instant = instant.or_else(|| day().map(|it| it.timestamp()));
    instant
        .and_then(|it| u64::try_from(it.as_millisecond()).ok())
        .ok_or_else(|| "not a time: write it like 2026-02-28 or 2026-02-28T09:30:00Z".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_commands_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_time_is_a_day_or_an_instant() {
        assert_eq!(time_ms("1970-01-02"), Ok(86_400_000));
        assert_eq!(time_ms("1970-01-01T00:00:01Z"), Ok(1_000));
        assert_eq!(time_ms("1970-01-01T03:00:01+03:00"), Ok(1_000));
        for text in ["", "yesterday", "2026-02-31", "1969-12-31"] {
            assert!(time_ms(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn what_is_unknown_is_answered_with_what_there_is() {
        let answer = Arguments::try_parse_from([
            "posta-hub",
            "person",
            "add",
            "Ana",
            "--role",
            "boss",
            "--site",
            "1",
        ]);

        assert!(answer.unwrap_err().to_string().contains("registrar, nurse"));
    }
}
