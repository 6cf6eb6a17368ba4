//! Seeds that are run again for ever: those that once broke a law, and those that reach what few reach.
//!
//! A seed means something else after any change to what a run draws. So each row says what its run must still
//! see; where it no longer does, the long run (`cargo run -p simulation -- --seeds A..B`) names seeds that do.

use crate::report::Seen;

/// A seed worth running again.
#[derive(Debug, Clone, Copy)]
pub struct Kept {
    /// The seed.
    pub seed: u64,
    /// What must happen in its run.
    pub reaches: &'static [Seen],
    /// Why it is kept.
    pub why: &'static str,
}

/// The seeds.
pub const KEPT: &[Kept] = &[
    Kept {
        seed: 19_145,
        reaches: &[Seen::FrameAgain, Seen::Refused],
        why: "a session was refused between storing a segment and saying so, and nobody looked into what was stored",
    },
    Kept {
        seed: 2019,
        reaches: &[Seen::HubKilledMaterialising, Seen::SharedConflict],
        why: "the hub dies between two writes while it looks into values that were written apart",
    },
    Kept {
        seed: 2063,
        reaches: &[
            Seen::FrameAgain,
            Seen::FrameOvertaken,
            Seen::Refused,
            Seen::SharedConflict,
        ],
        why: "frames come again and out of order until the session is refused, and people disagree",
    },
    Kept {
        seed: 2273,
        reaches: &[Seen::ClockAhead, Seen::Settled, Seen::SharedConflict],
        why: "a clock runs ahead, so what was written there is the later value for ever, and people disagree and decide",
    },
    Kept {
        seed: 2045,
        reaches: &[
            Seen::ClockBehind,
            Seen::ClinicKilledActing,
            Seen::SharedConflict,
        ],
        why: "a clock goes back, clinics die in the middle of what people do there, and people disagree",
    },
    Kept {
        seed: 2411,
        reaches: &[Seen::PushedAgain, Seen::SharedConflict],
        why: "a STORED is lost or late, so a segment is pushed again, and people disagree",
    },
    Kept {
        seed: 2000,
        reaches: &[Seen::PushedAgain, Seen::HubKilledInSession],
        why: "a segment is pushed again at a hub that dies in its sessions",
    },
    Kept {
        seed: 2142,
        reaches: &[
            Seen::ClinicKilledInSession,
            Seen::Refused,
            Seen::SharedConflict,
        ],
        why: "a clinic dies in its session, and the network doubles and reorders",
    },
    Kept {
        seed: 2592,
        reaches: &[Seen::ClinicCloned, Seen::CopiesMet, Seen::LogBegun],
        why: "two copies of one device are in sessions at the same time, and one begins a new log",
    },
    Kept {
        seed: 2330,
        reaches: &[Seen::HubRestored, Seen::ShownByStick],
        why: "a hub that was put back learns so from a stick",
    },
    Kept {
        seed: 1_515_363,
        reaches: &[Seen::HubRestored, Seen::Shown, Seen::ShownByStick],
        why: "a hub is put back twice from one copy: what a clinic saw in between, and shows by a stick, proves the second time",
    },
    Kept {
        seed: 1_016_722,
        reaches: &[Seen::HubRestored, Seen::Shown],
        why: "a clinic joined in the time that the hub lost: what came in packs it proves by what the last one told",
    },
    Kept {
        seed: 1_519_828,
        reaches: &[Seen::HubRestored, Seen::StickToClinic],
        why: "what a clinic gives back it had from sticks that told some of it twice",
    },
    Kept {
        seed: 1_025_366,
        reaches: &[Seen::HubRestored, Seen::Left],
        why: "what a clinic gives back stands in its feed behind a change that it was never to read",
    },
    Kept {
        seed: 104,
        reaches: &[Seen::HubRestored, Seen::Shown, Seen::Left],
        why: "a hub that was put back forgot that a chart had left, and names as held what was removed with it",
    },
];
