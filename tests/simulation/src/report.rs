//! What really happened in a run, counted: a schedule that is meant to be bad shows here whether it was.

use std::collections::BTreeMap;

/// Something that a run counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Seen {
    /// A patient was registered.
    Registered,
    /// A register was corrected.
    Corrected,
    /// A visit was recorded.
    Visited,
    /// A chart was opened.
    Opened,
    /// Patients were searched.
    Searched,
    /// The conflicts were looked at, with or without one to settle.
    Reviewed,
    /// The hub was to be asked for a chart.
    AskedFor,
    /// A file was attached to a chart.
    Attached,
    /// A clinic learnt that the hub has a file whole.
    FileSent,
    /// A clinic took a group of a file.
    GroupTaken,
    /// A chart joined a scope.
    Joined,
    /// A chart left a scope.
    Left,
    /// A clinic took a pack of charts.
    Packed,
    /// The hub answered who asked for a chart.
    Answered,
    /// A session began.
    Session,
    /// A session that came to its end.
    Finished,
    /// A frame arrived.
    Frame,
    /// A frame arrived that had arrived before.
    FrameAgain,
    /// A frame arrived that did not wait in line: what was sent after it may have come before it.
    FrameOvertaken,
    /// A session ended because of a frame that came again or was overtaken.
    Refused,
    /// A clinic pushed a segment again that the hub had whole: its STORED was lost, or is late.
    PushedAgain,
    /// A link broke.
    Broken,
    /// A clinic was cut off for a while.
    CutOff,
    /// The rate of a clinic's links changed.
    RateStep,
    /// A frame waited for those before it, or for its own bytes, for longer than a second.
    FrameSlow,
    /// A wall clock was set ahead of the true time.
    ClockAhead,
    /// A wall clock was set back behind it.
    ClockBehind,
    /// The hub was killed from outside.
    HubKilled,
    /// The hub was put back from an older copy.
    HubRestored,
    /// A computer was enrolled.
    Enrolled,
    /// The hub was put back from before a computer was enrolled.
    EnrolmentLost,
    /// A clinic repaired what it holds of a scope.
    Repaired,
    /// A clinic gave back to the hub what that had lost of others' changes.
    GivenBack,
    /// A clinic showed the hub a checkpoint of a history that it has not any more.
    Shown,
    /// The hub was killed inside a peer's session: storing, admitting, reading.
    HubKilledInSession,
    /// The hub was killed between two of the writes in which it looks into entries.
    HubKilledMaterialising,
    /// An entry that the hub could not merge was released at the end.
    Released,
    /// A clinic was killed from outside.
    ClinicKilled,
    /// A clinic was killed while a person was doing something.
    ClinicKilledActing,
    /// A clinic was killed in its session with the hub.
    ClinicKilledInSession,
    /// A clinic went on with an older copy of its disk.
    ClinicRestored,
    /// A clinic's disk was copied to a second computer.
    ClinicCloned,
    /// A clinic's disk was copied or replaced while it was in a session.
    CopiedInSession,
    /// A session ended because another copy of its device was in one at the same time.
    CopiesMet,
    /// An entry was on a disk alone that was lost.
    EntryLost,
    /// A device found that it was restored or copied, and began a new log.
    LogBegun,
    /// A person decided between values that were written apart.
    Settled,
    /// At the end one clinic shows two values of one register.
    Conflict,
    /// At the end two clinics or more show the same conflict.
    SharedConflict,
    /// The hub read a bundle that a clinic wrote.
    StickToHub,
    /// A clinic read a bundle that the hub wrote.
    StickToClinic,
    /// A bundle was read that had been read before.
    StickAgain,
    /// A bundle was read after one that was written later.
    StickOvertaken,
    /// A bundle did not fit what a hub that was put back has, or has said.
    StickTooEarly,
    /// A bundle was lost on its way.
    StickLost,
    /// A bundle was cut or altered on its way, and refused.
    StickDamaged,
    /// A hub that was put back learnt so from a bundle.
    ShownByStick,
    /// A program was killed while it wrote or read a bundle.
    KilledOverStick,
    /// A clinic came to the end of a meeting with another one.
    NeighboursMet,
    /// A clinic took a run of another's log, or of a third one's.
    NeighbourCarries,
    /// A clinic took from another what the hub had signed.
    NeighbourFed,
    /// A meeting of two clinics was cut.
    NeighboursCut,
    /// A clinic was killed over a meeting with another one.
    KilledOverNeighbour,
    /// A clinic carried a run of another's log to the hub.
    Delivered,
    /// Somebody began with the program of an older release.
    Older,
    /// The program of an older release was replaced by this one.
    Updated,
    /// The hub has a chart at the end.
    Chart,
    /// The hub's history has an entry at the end.
    Entry,
}

impl Seen {
    /// Everything that is counted, in the order in which it is shown.
    pub const ALL: &[Self] = &[
        Self::Registered,
        Self::Corrected,
        Self::Visited,
        Self::Opened,
        Self::Searched,
        Self::Reviewed,
        Self::AskedFor,
        Self::Attached,
        Self::FileSent,
        Self::GroupTaken,
        Self::Joined,
        Self::Left,
        Self::Packed,
        Self::Answered,
        Self::Session,
        Self::Finished,
        Self::Frame,
        Self::FrameAgain,
        Self::FrameOvertaken,
        Self::Refused,
        Self::PushedAgain,
        Self::Broken,
        Self::CutOff,
        Self::RateStep,
        Self::FrameSlow,
        Self::ClockAhead,
        Self::ClockBehind,
        Self::HubKilled,
        Self::HubRestored,
        Self::Enrolled,
        Self::EnrolmentLost,
        Self::Repaired,
        Self::GivenBack,
        Self::Shown,
        Self::HubKilledInSession,
        Self::HubKilledMaterialising,
        Self::Released,
        Self::ClinicKilled,
        Self::ClinicKilledActing,
        Self::ClinicKilledInSession,
        Self::ClinicRestored,
        Self::ClinicCloned,
        Self::CopiedInSession,
        Self::CopiesMet,
        Self::EntryLost,
        Self::LogBegun,
        Self::Settled,
        Self::Conflict,
        Self::SharedConflict,
        Self::StickToHub,
        Self::StickToClinic,
        Self::StickAgain,
        Self::StickOvertaken,
        Self::StickTooEarly,
        Self::StickLost,
        Self::StickDamaged,
        Self::ShownByStick,
        Self::KilledOverStick,
        Self::NeighboursMet,
        Self::NeighbourCarries,
        Self::NeighbourFed,
        Self::NeighboursCut,
        Self::KilledOverNeighbour,
        Self::Delivered,
        Self::Older,
        Self::Updated,
        Self::Chart,
        Self::Entry,
    ];
}

/// What happened in a run, and how often.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    counts: BTreeMap<Seen, u64>,
}

impl Report {
    /// Returns how often something happened.
    #[must_use]
    pub fn of(&self, seen: Seen) -> u64 {
        self.counts.get(&seen).copied().unwrap_or_default()
    }

    pub(crate) fn count(&mut self, seen: Seen) {
        self.add(seen, 1);
    }

    pub(crate) fn add(&mut self, seen: Seen, times: u64) {
        if times > 0 {
            *self.counts.entry(seen).or_default() += times;
        }
    }
}

/// What happened in many runs together.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    runs: u64,
    rows: BTreeMap<Seen, Row>,
}

#[derive(Debug, Clone, Default)]
struct Row {
    times: u64,
    runs: u64,
    /// The first seeds in which it happened.
    first: Vec<u64>,
}

/// How many seeds are named for each thing that happened.
const NAMED: usize = 3;

impl Coverage {
    /// Adds a seed's run.
    pub fn add(&mut self, seed: u64, report: &Report) {
        self.runs += 1;
        for (seen, times) in &report.counts {
            let row = self.rows.entry(*seen).or_default();
            row.times += times;
            row.runs += 1;
            if row.first.len() < NAMED {
                row.first.push(seed);
            }
        }
    }

    /// Returns how many runs were added.
    #[must_use]
    pub const fn runs(&self) -> u64 {
        self.runs
    }

    /// Returns how often something happened in all runs together.
    #[must_use]
    pub fn times(&self, seen: Seen) -> u64 {
        self.rows.get(&seen).map_or(0, |it| it.times)
    }

    /// Returns in how many runs something happened.
    #[must_use]
    pub fn runs_with(&self, seen: Seen) -> u64 {
        self.rows.get(&seen).map_or(0, |it| it.runs)
    }
}

impl std::fmt::Display for Coverage {
    /// A line for everything that is counted, also for what never happened.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(
            f,
            "{:<24}{:>10}{:>9}  first in",
            "what happened", "times", "of runs"
        )?;
        for seen in Seen::ALL {
            let row = self.rows.get(seen).cloned().unwrap_or_default();
            let share = (row.runs * 100).checked_div(self.runs).unwrap_or_default();
            let first: Vec<String> = row.first.iter().map(u64::to_string).collect();
            let name = format!("{seen:?}");
            writeln!(
                f,
                "{name:<24}{:>10}{share:>8}%  {}",
                row.times,
                first.join(", ")
            )?;
        }
        Ok(())
    }
}
