//! What a seed means: how bad the network is, who dies when, and what is done.

mod frail;
mod late;
mod neighbours;
mod rates;

use rand::seq::IndexedRandom as _;
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// When every run begins: the first minute of 2027. A client believes no clock that stands before its release.
pub(crate) const BEGIN_MS: u64 = 1_798_761_600_000;

/// How long the bad time lasts.
pub(crate) const CHAOS_MS: u64 = 60_000;

/// Tells what is drawn for restores from what is drawn for the rest.
const RESTORES: u64 = 0x7265_7374_6f72_6564;
/// Tells the numbers that moves are drawn from from the others of a seed.
const MOVES: u64 = 0x6d6f_7665_735f_5f5f;
/// Tells the numbers that sticks are drawn from from the others of a seed.
const STICKS: u64 = 0x7374_6963_6b73_5f5f;
/// Tells the draws of older releases from all others.
const SKEW: u64 = 0x736b_6577_5f5f_5f5f;
/// Tells the numbers that attachments are drawn from from the others of a seed.
const FILES: u64 = 0x6669_6c65_735f_5f5f;

/// Tells the draws of restored and copied disks from all others.
const COPIES: u64 = 0x636f_7069_6573;

/// Who a fault happens to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Who {
    Hub,
    Clinic(usize),
}

/// Something that happens from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Happening {
    /// Somebody does something.
    Act(usize),
    /// Somebody corrects what everybody in the scope knows.
    Disagree(usize),
    /// The clinic tries to reach the hub.
    Connect(usize),
    /// The process is killed.
    Kill(Who),
    /// The process is killed when it asks its machine for this many more things.
    Fuse(Who, u32),
    /// The machine's wall clock is set.
    SetClock(Who, u64),
    /// The clinic cannot reach the hub for so long.
    Partition(usize, u64),
    /// The hub is copied.
    BackUp,
    /// The hub's copy is put in its place, and what it acknowledged since is gone.
    RestoreHub,
    /// Another computer is enrolled at the clinic's site.
    Enrol(usize),
    /// The clinic's disk is copied, for later.
    Backup(usize),
    /// The clinic's disk is lost, and what was copied is put in its place.
    Restore(usize),
    /// The clinic's disk is copied to a second computer, which works beside the first from now on.
    Clone(usize),
    /// The hub looks into what is stored without being asked, so many entries at a time.
    Materialise(usize),
    /// A chart leaves a scope that it is in, or joins one that it is not in.
    Move(usize),
    /// Somebody asks the hub for a chart that the clinic may not hold.
    Fetch(usize, usize),
    /// Somebody takes a bundle from the clinic to the hub.
    Carry(usize),
    /// Two clinics meet without the hub.
    Neighbours(usize, usize),
    /// The program of an older release is stopped, and this one is started in its place.
    Update(Who),
    /// Somebody attaches a file to a chart.
    Attach(usize, usize),
    /// The clinic's links carry so many bytes a second from now on; with zero, as many as are sent.
    Rate(usize, u64),
    /// Whoever merges at the hub dies over changes whose hash begins below this from now on; over none with zero.
    Frail(u8),
}

/// One run's plan.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Which fleet.
    pub(crate) fleet: usize,
    /// How likely a frame is lost, and its link with it.
    pub(crate) loss: f64,
    /// How likely a frame takes seconds.
    pub(crate) lag: f64,
    /// How likely a frame arrives again, after others.
    pub(crate) again: f64,
    /// How likely a frame is overtaken by those sent after it.
    pub(crate) overtaken: f64,
    /// How likely a session stays open after it is finished.
    pub(crate) stays: f64,
    /// What happens, and when.
    pub(crate) happenings: Vec<(u64, Happening)>,
    /// Who begins with the program of an older release, which speaks version 1 of the protocol only.
    pub(crate) older: Vec<Who>,
    /// The seed of everything else.
    pub(crate) rest: u64,
    /// When the run begins, in milliseconds since 1970.
    pub(crate) begins_ms: u64,
}

impl Plan {
    /// Draws the plan of a seed, for fleets of so many clinics each. One seed of 128 has the last of them, which is large.
    pub(crate) fn draw(seed: u64, fleets: &[usize]) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let large = fleets.len().saturating_sub(1);
        let small = rng.random_range(0..large.max(1));
        let fleet = if seed % 128 == 127 { large } else { small };
        let clinics = fleets.get(fleet).copied().unwrap_or(1);
        let mut plan = Self {
            fleet,
            loss: pick(&mut rng, &[0.0, 0.01, 0.05, 0.15]),
            lag: pick(&mut rng, &[0.0, 0.02, 0.2]),
            again: pick(&mut rng, &[0.0, 0.0, 0.02, 0.08]),
            overtaken: pick(&mut rng, &[0.0, 0.0, 0.02, 0.08]),
            stays: pick(&mut rng, &[0.0, 0.5, 1.0]),
            happenings: Vec::new(),
            older: Vec::new(),
            rest: rng.next_u64(),
            begins_ms: BEGIN_MS,
        };
        for _ in 0..rng.random_range(3..9) {
            let clinic = rng.random_range(0..clinics);
            plan.add(&mut rng, Happening::Act(clinic));
        }
        for _ in 0..rng.random_range(2..8) {
            let clinic = rng.random_range(0..clinics);
            plan.add(&mut rng, Happening::Connect(clinic));
        }
        if rng.random_bool(0.35) {
            // All ask the same patients on one day, and hear different things.
            let at = rng.random_range(0..CHAOS_MS / 2);
            for clinic in 0..clinics {
                let at = at + rng.random_range(0..2_000);
                plan.happenings.push((at, Happening::Disagree(clinic)));
            }
        }
        if rng.random_bool(0.25) {
            // Somebody presses the button again while what was sent is still on its way.
            let (clinic, at) = (rng.random_range(0..clinics), rng.random_range(0..CHAOS_MS));
            let again = at + rng.random_range(60..200);
            for at in [at, again] {
                plan.happenings.push((at, Happening::Connect(clinic)));
            }
        }
        plan.add_faults(&mut rng, clinics);
        plan.add_restores(seed);
        plan.add_moves(seed, clinics);
        plan.add_copies(seed, clinics);
        plan.add_sticks(seed, clinics);
        plan.add_neighbours(seed, clinics);
        plan.add_files(seed, clinics);
        plan.add_rates(seed, clinics);
        plan.add_frailty(seed);
        plan.add_skew(seed, clinics);
        plan.add_late(seed, clinics);
        plan
    }

    /// In two of seven runs disks of clinics are put back from older copies, or copied to a second computer; in the
    /// others everything stays what it was, those that are kept among them. A run in which the hub is put back has none of that: what the hub then loses of a log that a device has ended is not
    /// offered again.
    fn add_copies(&mut self, seed: u64, clinics: usize) {
        let restored = |it: &(u64, Happening)| it.1 == Happening::RestoreHub;
        if !matches!(seed % 7, 2 | 3) || self.happenings.iter().any(restored) {
            return;
        }
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ COPIES);
        let (restores, clones) = pick(&mut rng, &[(true, false), (false, true), (true, true)]);
        if restores {
            self.add_restore(&mut rng, clinics);
        }
        if clones {
            self.add_clone(&mut rng, clinics);
        }
    }

    /// In some runs the hub is put back from an older copy. What else a seed means does not change by it.
    fn add_restores(&mut self, seed: u64) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ RESTORES);
        if !rng.random_bool(0.2) {
            return;
        }
        for _ in 0..rng.random_range(1..3) {
            self.add(&mut rng, Happening::BackUp);
        }
        for _ in 0..rng.random_range(1..3) {
            self.add(&mut rng, Happening::RestoreHub);
        }
    }

    /// In some of the runs in which nothing happens that takes version 2 to mend, the hub or some clinics are of an older
    /// release, and most of them are updated at some time. What else a seed means does not change by it.
    fn add_skew(&mut self, seed: u64, clinics: usize) {
        let takes_two = |it: &(u64, Happening)| {
            matches!(
                it.1,
                Happening::RestoreHub
                    | Happening::Restore(_)
                    | Happening::Clone(_)
                    | Happening::Move(_)
                    | Happening::Fetch(..)
                    | Happening::Attach(..)
            )
        };
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ SKEW);
        if self.happenings.iter().any(takes_two) || rng.random_bool(0.5) {
            return;
        }
        self.older = if rng.random_bool(0.4) {
            vec![Who::Hub]
        } else {
            (0..clinics)
                .filter(|_| rng.random_bool(0.5))
                .map(Who::Clinic)
                .collect()
        };
        for who in self.older.clone() {
            if rng.random_bool(0.7) {
                self.add(&mut rng, Happening::Update(who));
            }
        }
    }

    /// Draws what happens to scopes from numbers of its own, so that the rest of a seed means what it did.
    fn add_moves(&mut self, seed: u64, clinics: usize) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ MOVES);
        if !rng.random_bool(0.5) {
            return;
        }
        for _ in 0..rng.random_range(0..5) {
            let which = rng.random_range(0..1_000);
            self.add(&mut rng, Happening::Move(which));
        }
        for _ in 0..rng.random_range(0..3) {
            let (clinic, which) = (rng.random_range(0..clinics), rng.random_range(0..1_000));
            self.add(&mut rng, Happening::Fetch(clinic, which));
        }
    }

    /// In some runs sticks are carried to and fro; half of them have no network at that clinic. What else a seed means
    /// does not change by it.
    fn add_sticks(&mut self, seed: u64, clinics: usize) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ STICKS);
        if !rng.random_bool(0.3) {
            return;
        }
        for _ in 0..rng.random_range(1..3) {
            let clinic = rng.random_range(0..clinics);
            if rng.random_bool(0.5) {
                let lasts = Happening::Partition(clinic, CHAOS_MS);
                self.happenings.push((0, lasts));
            }
            for _ in 0..rng.random_range(1..4) {
                self.add(&mut rng, Happening::Act(clinic));
                self.add(&mut rng, Happening::Carry(clinic));
            }
        }
    }

    /// In some runs files are attached; in the others everything stays what it was, those that are kept among them.
    fn add_files(&mut self, seed: u64, clinics: usize) {
        if !matches!(seed % 11, 0 | 1 | 3) {
            return;
        }
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ FILES);
        for _ in 0..rng.random_range(1..5) {
            let (clinic, which) = (rng.random_range(0..clinics), rng.random_range(0..1_000));
            self.add(&mut rng, Happening::Attach(clinic, which));
            self.add(&mut rng, Happening::Connect(clinic));
        }
    }

    /// The plan of a run in which nothing goes wrong and nothing happens by itself.
    pub(crate) const fn quiet(fleet: usize, begins_ms: u64) -> Self {
        Self {
            fleet,
            loss: 0.0,
            lag: 0.0,
            again: 0.0,
            overtaken: 0.0,
            stays: 0.0,
            happenings: Vec::new(),
            older: Vec::new(),
            rest: begins_ms,
            begins_ms,
        }
    }

    fn add_faults(&mut self, rng: &mut ChaCha8Rng, clinics: usize) {
        for _ in 0..rng.random_range(0..3) {
            let who = someone(rng, clinics);
            self.add(rng, Happening::Kill(who));
        }
        for _ in 0..rng.random_range(0..4) {
            let who = someone(rng, clinics);
            let questions = rng.random_range(0..25);
            self.add(rng, Happening::Fuse(who, questions));
        }
        for _ in 0..rng.random_range(0..2) {
            let who = someone(rng, clinics);
            let wall = pick(
                rng,
                &[
                    0,
                    86_400_000,
                    BEGIN_MS - 17_000_000_000,
                    BEGIN_MS + 260_000,
                    3_800_000_000_000,
                ],
            );
            self.add(rng, Happening::SetClock(who, wall));
        }
        for _ in 0..rng.random_range(0..2) {
            let clinic = rng.random_range(0..clinics);
            let lasts = rng.random_range(1_000..30_000);
            self.add(rng, Happening::Partition(clinic, lasts));
        }
        for _ in 0..rng.random_range(0..3) {
            let entries = pick(rng, &[1, 3, 64]);
            self.add(rng, Happening::Materialise(entries));
        }
        if rng.random_bool(0.25) {
            // Power goes while the hub looks into what came, one write after another.
            let at = rng.random_range(0..CHAOS_MS);
            let questions = rng.random_range(0..6);
            let fuse = Happening::Fuse(Who::Hub, questions);
            self.happenings.push((at, fuse));
            self.happenings.push((at, Happening::Materialise(1)));
        }
    }

    fn add_restore(&mut self, rng: &mut ChaCha8Rng, clinics: usize) {
        let clinic = rng.random_range(0..clinics);
        let copied = rng.random_range(0..CHAOS_MS / 2);
        let restored = rng.random_range(copied..CHAOS_MS);
        self.happenings.push((copied, Happening::Backup(clinic)));
        self.happenings.push((restored, Happening::Restore(clinic)));
        self.add_work(rng, &[clinic]);
    }

    /// The copy is the clinic after the last.
    fn add_clone(&mut self, rng: &mut ChaCha8Rng, clinics: usize) {
        let clinic = rng.random_range(0..clinics);
        self.add(rng, Happening::Clone(clinic));
        self.add_work(rng, &[clinic, clinics]);
        if rng.random_bool(0.3) {
            self.add(rng, Happening::Kill(Who::Clinic(clinics)));
        }
    }

    /// People work there, and meet the hub.
    fn add_work(&mut self, rng: &mut ChaCha8Rng, clinics: &[usize]) {
        for clinic in clinics {
            for _ in 0..rng.random_range(1..5) {
                self.add(rng, Happening::Act(*clinic));
            }
            for _ in 0..rng.random_range(0..4) {
                self.add(rng, Happening::Connect(*clinic));
            }
        }
    }

    fn add(&mut self, rng: &mut ChaCha8Rng, happening: Happening) {
        self.happenings
            .push((rng.random_range(0..CHAOS_MS), happening));
    }
}

fn someone(rng: &mut ChaCha8Rng, clinics: usize) -> Who {
    match rng.random_range(0..=clinics) {
        0 => Who::Hub,
        clinic => Who::Clinic(clinic - 1),
    }
}

/// Draws one of several.
fn pick<T: Copy + Default>(rng: &mut ChaCha8Rng, from: &[T]) -> T {
    from.choose(rng).copied().unwrap_or_default()
}
