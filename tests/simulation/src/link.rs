//! A link between a clinic and the hub: frames in order, each way, until it breaks.
//!
//! A stream loses nothing, so a lost frame is a broken link: it and what is sent after it never
//! arrive, while what was sent before it still may, long after the clinic has opened another link.
//! The two ends learn of it at different times.
//!
//! A stream doubles and reorders nothing either, but whoever stands between may once. A link with such a frame
//! is *disturbed*: its session may be refused or given up, and nothing else may follow from it.

use audit::LogHead;

/// Names a link. Never used again.
pub(crate) type LinkId = u64;

/// An end of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Clinic,
    Hub,
}

impl End {
    pub(crate) const fn other(self) -> Self {
        match self {
            Self::Clinic => Self::Hub,
            Self::Hub => Self::Clinic,
        }
    }
}

/// A link.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) clinic: usize,
    /// Nothing that is sent from now on arrives.
    pub(crate) broken: bool,
    /// A frame came again, or was overtaken.
    pub(crate) disturbed: bool,
    /// Where the log stands after each segment that the clinic sent.
    pub(crate) pushed: Vec<LogHead>,
    clinic_open: bool,
    hub_open: bool,
    /// When the newest frame towards each end arrives.
    last_at_clinic: u64,
    last_at_hub: u64,
    /// Until when frames towards each end take up the line.
    busy_to_clinic: u64,
    busy_to_hub: u64,
}

impl Link {
    pub(crate) const fn new(clinic: usize) -> Self {
        Self {
            clinic,
            broken: false,
            disturbed: false,
            pushed: Vec::new(),
            clinic_open: true,
            hub_open: true,
            last_at_clinic: 0,
            last_at_hub: 0,
            busy_to_clinic: 0,
            busy_to_hub: 0,
        }
    }

    pub(crate) const fn is_open_at(&self, end: End) -> bool {
        match end {
            End::Clinic => self.clinic_open,
            End::Hub => self.hub_open,
        }
    }

    pub(crate) const fn close_at(&mut self, end: End) {
        match end {
            End::Clinic => self.clinic_open = false,
            End::Hub => self.hub_open = false,
        }
    }

    /// Returns when a frame towards an end arrives that would take until `at`: never before the one
    /// sent before it.
    pub(crate) fn arrival(&mut self, to: End, at: u64) -> u64 {
        let last = match to {
            End::Clinic => &mut self.last_at_clinic,
            End::Hub => &mut self.last_at_hub,
        };
        *last = at.max(last.saturating_add(1));
        *last
    }

    /// Takes up the line towards an end for so long, after what takes it up already. Returns when that is over.
    pub(crate) fn busy(&mut self, to: End, now: u64, takes: u64) -> u64 {
        let busy = match to {
            End::Clinic => &mut self.busy_to_clinic,
            End::Hub => &mut self.busy_to_hub,
        };
        *busy = now.max(*busy) + takes;
        *busy
    }

    /// Returns when the newest frame towards an end arrives.
    pub(crate) const fn last_arrival(&self, to: End) -> u64 {
        match to {
            End::Clinic => self.last_at_clinic,
            End::Hub => self.last_at_hub,
        }
    }
}
