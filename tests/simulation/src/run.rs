//! One run: a queue of events in virtual time, from one seed, in one thread.

mod clinics;
mod copies;
mod ends;
mod enrolments;
mod faults;
mod files;
mod hubs;
mod links;
mod moves;
mod neighbours;
mod sticks;

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use store::HubStore;
use wire::{Version, Versions};

use crate::clinic::Clinic;
use crate::hub::HubMachine;
use crate::laws;
use crate::ledger::Ledger;
use crate::link::{End, Link, LinkId};
use crate::machine::{Machine, Time};
use crate::plan::{Happening, Plan, Who};
use crate::report::{Report, Seen};
use crate::sabotage::Sabotage;
use crate::template::Template;
use crate::violation::{Law, Violation, ensure};
use neighbours::Neighbours;
use sticks::{Stick, Sticks};

/// How many events a run may have for each clinic. A run has some hundreds.
const MAX_EVENTS: u64 = 15_000;

/// How often everybody meets the hub once the bad time is over: to bring what they have, to take what
/// the others brought, and to find that nothing is left.
const ROUNDS: u32 = 3;

/// How many lines of a trace are kept.
const MAX_TRACE: usize = 2_000;

/// Something that will happen.
#[derive(Debug)]
enum Event {
    Happens(Happening),
    Arrive {
        link: LinkId,
        to: End,
        bytes: Vec<u8>,
        /// How it comes, if not as it should.
        amiss: Option<Seen>,
    },
    Lost {
        link: LinkId,
        at: End,
    },
    Step(Stepping),
    Restart(Who),
    Brought(Stick),
}

/// What the program of an older release speaks.
const OLDER: Versions = Versions(Version::ONE, Version::ONE);

/// Whose next effect is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stepping {
    Clinic(usize),
    Peer(LinkId),
}

#[derive(Debug)]
struct Scheduled {
    at: u64,
    order: u64,
    event: Event,
}

/// A run under way.
#[derive(Debug)]
pub(crate) struct Run {
    time: Time,
    queue: BinaryHeap<Scheduled>,
    order: u64,
    rng: ChaCha8Rng,
    sticks: Sticks,
    neighbours: Neighbours,
    plan: Plan,
    /// The bad time is over.
    calm: bool,
    pub(crate) hub: HubMachine,
    pub(crate) clinics: Vec<Clinic>,
    links: BTreeMap<LinkId, Link>,
    /// How many bytes a second the links of clinics carry, where that is not as many as are sent.
    rates: BTreeMap<usize, u64>,
    next_link: LinkId,
    stepping: BTreeSet<Stepping>,
    pub(crate) ledger: Ledger,
    sabotage: Option<Sabotage>,
    /// The hub's store as it was in the beginning, for a hub that is to lose what it had.
    old_hub: Option<HubStore>,
    /// A copy of the hub's store, if one was made.
    backup: Option<HubStore>,
    /// Everything has come to rest: what was lost must be back.
    pub(crate) judged: bool,
    events: u64,
    /// How many things people did.
    acts: u64,
    pub(crate) report: Report,
    trace: Option<VecDeque<String>>,
}

impl Run {
    /// Sets a run up.
    pub(crate) fn begin(
        template: &Template,
        plan: Plan,
        sabotage: Option<Sabotage>,
    ) -> Result<Self, Violation> {
        let time = Time::starting_at(plan.begins_ms);
        let mut rng = ChaCha8Rng::seed_from_u64(plan.rest);
        let mut machine = || Machine::new(&time, rng.random());
        let hub = HubMachine::down(machine(), template.hub.copy_in_memory()?);
        let clinics: Result<Vec<Clinic>, Violation> = template
            .clinics
            .iter()
            .map(|(seat, store)| Clinic::down(machine(), seat, store))
            .collect();
        let old_hub = match sabotage {
            Some(Sabotage::RestoreTheHub) => Some(template.hub.copy_in_memory()?),
            Some(_) | None => None,
        };
        let mut run = Self {
            queue: BinaryHeap::new(),
            order: 0,
            calm: false,
            rates: BTreeMap::new(),
            hub,
            clinics: clinics?,
            links: BTreeMap::new(),
            next_link: 1,
            stepping: BTreeSet::new(),
            ledger: Ledger::default(),
            sabotage,
            old_hub,
            backup: None,
            judged: false,
            events: 0,
            acts: 0,
            report: Report::default(),
            trace: None,
            time,
            rng,
            sticks: Sticks::new(plan.rest),
            neighbours: Neighbours::new(plan.rest),
            plan,
        };
        for who in run.plan.older.clone() {
            run.report.count(Seen::Older);
            run.set_versions(who, OLDER);
        }
        run.hub.start()?;
        run.clinics.iter_mut().try_for_each(Clinic::start)?;
        for (at, happening) in run.plan.happenings.clone() {
            run.schedule(at, Event::Happens(happening));
        }
        Ok(run)
    }

    /// Keeps a line for each event from now on.
    pub(crate) fn keep_trace(&mut self) {
        self.trace = Some(VecDeque::new());
    }

    /// Returns the lines that were kept.
    pub(crate) fn into_trace(self) -> Vec<String> {
        self.trace.map(Vec::from).unwrap_or_default()
    }

    /// Runs the bad time, then the good one, then judges.
    pub(crate) fn finish(&mut self) -> Result<(), Violation> {
        self.drain()?;
        self.calm_down()?;
        // A hub that was put back learns so from those who saw more of it, and has the others come again.
        let more = if self.ledger.restores > 0 {
            self.clinics.len()
        } else {
            0
        };
        for _ in 0..more {
            for clinic in 0..self.clinics.len() {
                self.connect(clinic)?;
            }
            self.drain()?;
        }
        for _ in 0..ROUNDS {
            let before: Vec<u64> = self.clinics.iter().map(|it| it.meetings_finished).collect();
            for clinic in 0..self.clinics.len() {
                if self.is_copied(clinic) || self.report.of(Seen::NeighbourCarries) > 0 {
                    // The hub talks to one copy of a device at a time, and a neighbour may bring what the other copy
                    // wrote.
                    self.drain()?;
                }
                self.connect(clinic)?;
            }
            self.drain()?;
            let level = self
                .clinics
                .iter()
                .zip(before)
                .all(|(it, was)| it.meetings_finished > was);
            ensure(Law::EverybodyGetsOn, level, || {
                "a session was never finished".into()
            })?;
        }
        self.judged = true;
        laws::at_the_end(self)
    }

    fn calm_down(&mut self) -> Result<(), Violation> {
        self.say(|| "the bad time is over".into());
        self.calm = true;
        for clinic in 0..self.clinics.len() {
            self.give_up_meeting(clinic);
        }
        for machine in self.machines() {
            machine.disarm();
            machine.set_right();
        }
        self.drain()?;
        self.release()
    }

    /// The hub is mended, and what it could not merge is looked into again.
    fn release(&mut self) -> Result<(), Violation> {
        self.hub.die_over(0);
        if self.ledger.restores == 0 {
            let released = self.hub.release_all()?;
            self.report.add(Seen::Released, released);
        }
        Ok(())
    }

    fn machines(&self) -> Vec<Machine> {
        let clinics = self.clinics.iter().map(|it| it.machine.clone());
        clinics.chain([self.hub.machine.clone()]).collect()
    }

    /// Handles events until none is left.
    fn drain(&mut self) -> Result<(), Violation> {
        while let Some(Scheduled { at, event, .. }) = self.queue.pop() {
            self.time.advance_to(self.plan.begins_ms.saturating_add(at));
            self.events += 1;
            ensure(
                Law::EverybodyGetsOn,
                self.events < MAX_EVENTS * self.clinics.len() as u64,
                || "the run does not come to rest".into(),
            )?;
            self.handle(event)?;
        }
        Ok(())
    }

    fn handle(&mut self, event: Event) -> Result<(), Violation> {
        match event {
            Event::Happens(happening) => self.happens(happening),
            Event::Arrive {
                link,
                to,
                bytes,
                amiss,
            } => self.arrived(link, to, &bytes, amiss),
            Event::Lost { link, at } => self.lost(link, at),
            Event::Step(Stepping::Clinic(clinic)) => {
                self.stepping.remove(&Stepping::Clinic(clinic));
                self.step_clinic(clinic)
            }
            Event::Step(Stepping::Peer(link)) => {
                self.stepping.remove(&Stepping::Peer(link));
                self.step_hub(link)
            }
            Event::Restart(who) => self.restart(who),
            Event::Brought(stick) => self.brought(stick),
        }
    }

    /// Returns the milliseconds since the run began.
    fn now(&self) -> u64 {
        self.time.now().saturating_sub(self.plan.begins_ms)
    }

    fn schedule(&mut self, at: u64, event: Event) {
        self.order += 1;
        self.queue.push(Scheduled {
            at,
            order: self.order,
            event,
        });
    }

    /// Has the next effect of somebody carried out soon.
    fn wake(&mut self, who: Stepping) {
        if self.stepping.insert(who) {
            let at = self.now() + self.rng.random_range(0..4);
            self.schedule(at, Event::Step(who));
        }
    }

    fn say(&mut self, line: impl FnOnce() -> String) {
        let now = self.now();
        if let Some(trace) = &mut self.trace {
            if trace.len() == MAX_TRACE {
                trace.pop_front();
            }
            trace.push_back(format!("{now:>7} {}", line()));
        }
    }

    pub(crate) fn is_broken(&self, sabotage: Sabotage) -> bool {
        self.sabotage == Some(sabotage)
    }
}

impl PartialEq for Scheduled {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Scheduled {}

impl PartialOrd for Scheduled {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Scheduled {
    /// The earliest is the greatest, because the heap gives the greatest first.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.order).cmp(&(self.at, self.order))
    }
}
