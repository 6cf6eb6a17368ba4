//! From the record to what people see: charts to views, conflicts and search rows.
//!
//! Everything here is derived and can be derived again. Nothing here reads the store or asks the clock.

mod attachment;
mod chart;
mod conflict;
mod row;
mod texts;
mod visit;

use std::collections::BTreeSet;

use record::{DeviceId, Hlc, PersonId, SiteId, Stamp, When};
use roster::Roster;

use crate::views::Provenance;

pub(crate) use attachment::{attachment_view, blob_of};
pub(crate) use chart::chart_view;
pub(crate) use conflict::conflicts_of;
pub(crate) use row::{patient_row, search_row};
pub(crate) use texts::{deceased_text, sex_code};
pub(crate) use visit::BLOOD_PRESSURE;

/// Through whose eyes a chart is seen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lens<'a> {
    /// Who people, sites and devices are; without it they are shown by number.
    pub(crate) roster: Option<&'a Roster>,
    /// Today, for ages.
    pub(crate) today: &'a When,
    /// Which device this is.
    pub(crate) device: DeviceId,
    /// The readings of what this device wrote in the chart that is seen and the hub has not confirmed.
    pub(crate) unsent: &'a BTreeSet<Hlc>,
    /// How many visits to show.
    pub(crate) visits: usize,
}

/// Nothing is only here.
pub(crate) static NOTHING_UNSENT: BTreeSet<Hlc> = BTreeSet::new();

impl Lens<'_> {
    /// How many visits a chart on a screen has. The rest is a search away.
    pub(crate) const VISITS_SHOWN: usize = 50;

    /// Tells whether something was written on this device and is not yet at the hub. What a copy of this device wrote
    /// came from there.
    pub(crate) fn is_only_here(&self, stamp: &Stamp) -> bool {
        stamp.device == self.device && self.unsent.contains(&stamp.at)
    }

    /// Returns a person's name.
    pub(crate) fn person(&self, id: PersonId) -> String {
        self.roster
            .and_then(|it| it.person(id))
            .map_or_else(|| format!("person {id}"), |it| it.name.clone())
    }

    /// Returns a site's name.
    pub(crate) fn site(&self, id: SiteId) -> String {
        self.roster
            .and_then(|it| it.site(id))
            .map_or_else(|| format!("site {id}"), |it| it.name.clone())
    }

    /// Returns a device's name.
    pub(crate) fn device(&self, id: DeviceId) -> String {
        self.roster
            .and_then(|it| it.device(id))
            .map_or_else(|| format!("device {id}"), |it| it.label.clone())
    }

    /// Returns who wrote something, where, when and why.
    pub(crate) fn provenance(&self, stamp: &Stamp, reason: Option<&str>) -> Provenance {
        Provenance {
            author: self.person(stamp.person),
            site: self.site(stamp.site),
            device: self.device(stamp.device),
            when: recorded(stamp),
            reason: reason.map(str::to_owned),
        }
    }
}

/// Returns when something was recorded.
pub(crate) fn recorded(stamp: &Stamp) -> String {
    When::from_ms(stamp.at.ms()).as_str().to_owned()
}

#[cfg(test)]
mod tests;
