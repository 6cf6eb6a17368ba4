//! What the run itself has seen, independent of what the system says of itself.

use std::collections::BTreeSet;

use audit::{AccessEvent, LogHead, LogPosition};
use crypto::Blob;
use record::{BirthDate, ChartId, DeviceId, PersonId, Register, Stamp, Stamped};

/// Something a person was shown or has written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) device: DeviceId,
    pub(crate) person: PersonId,
    pub(crate) event: AccessEvent,
    pub(crate) chart: Option<ChartId>,
}

/// What the run has seen.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// Every head that the hub said it had stored.
    pub(crate) acknowledged: Vec<LogHead>,
    /// Where logs stood at a hub that was put back from a copy in which they were shorter.
    pub(crate) lost: Vec<LogHead>,
    /// How often the hub was put back from a copy.
    pub(crate) restores: u32,
    /// Everything that anybody was shown or has written.
    pub(crate) shown: Vec<Shown>,
    /// Which birth dates were written, and which of them their writers had before them.
    pub(crate) births: Births,
    /// The files that the hub said it has whole.
    pub(crate) files: BTreeSet<Blob>,
    /// The devices of which there was a copy, as often as there was.
    pub(crate) copied: Vec<DeviceId>,
}

/// The birth dates that stand in charts of one replica, and who wrote them when. Two copies of one disk can write
/// as the same person at the same moment, so that a stamp alone does not say which is meant.
pub(crate) type Standing = BTreeSet<(ChartId, Stamp, String)>;

/// Adds the birth dates of a chart's register.
pub(crate) fn note_standing(
    standing: &mut Standing,
    chart: ChartId,
    register: Option<Register<BirthDate>>,
) {
    let Some(Register { shown, others, .. }) = register else {
        return;
    };
    for Stamped { value, stamp, .. } in others.into_iter().chain([shown]) {
        standing.insert((chart, stamp, value.date.to_string()));
    }
}

/// Every birth date that was written, whether or not its writer lived to see it, and those that somebody
/// replaced who had them before him.
#[derive(Debug, Default)]
pub(crate) struct Births {
    written: Standing,
    replaced: Standing,
    /// Charts of which something was lost with the only disk that had it.
    forgotten: BTreeSet<ChartId>,
    /// Something of a chart that nobody here knows was lost.
    is_any_forgotten: bool,
}

impl Ledger {
    /// What a hub had of a log after this place is lost for ever: it was removed with its chart where it was written.
    pub(crate) fn forget_after(&mut self, place: &LogPosition) {
        self.births.is_any_forgotten = true;
        self.acknowledged.retain(|it| {
            (it.device, it.epoch) != (place.device, place.epoch) || it.seq <= place.seq
        });
    }

    /// Says whether a hub that was put back may lack a head for now.
    pub(crate) fn may_lack(&self, head: &LogHead) -> bool {
        let of_log = |it: &&LogHead| (it.device, it.epoch) == (head.device, head.epoch);
        self.lost.iter().filter(of_log).any(|it| it.seq >= head.seq)
    }
}

impl Births {
    /// Notes what one act has changed at the replica where it was done.
    pub(crate) fn note(&mut self, before: &Standing, after: &Standing) {
        self.written.extend(after.difference(before).cloned());
        self.replaced.extend(before.difference(after).cloned());
    }

    /// Something of a chart is lost: what stands in it is not known any more.
    pub(crate) fn forget(&mut self, chart: ChartId) {
        self.forgotten.insert(chart);
    }

    /// Returns the birth dates that stand in a chart once everybody has everything. None is said where that is not
    /// known: two people chose the same value, and a replica shows only one of the two.
    pub(crate) fn standing(&self, chart: ChartId) -> Option<BTreeSet<String>> {
        if self.is_any_forgotten || self.forgotten.contains(&chart) {
            return None;
        }
        let of_chart = || self.written.iter().filter(|(it, ..)| *it == chart);
        let chosen: Vec<&String> = of_chart().map(|(.., value)| value).collect();
        let often = |value| chosen.iter().filter(|it| **it == value).count() > 2;
        if chosen.iter().any(|value| often(*value)) {
            return None;
        }
        let stand = of_chart().filter(|it| !self.replaced.contains(*it));
        Some(stand.map(|(.., value)| value.clone()).collect())
    }
}
