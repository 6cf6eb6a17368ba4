//! What the hub writes its own log with: its clock and the name of this start.

use audit::{Entry, EntryKind, Session, SessionEvent};
use record::{DeviceId, Hlc, HybridClock, PersonId};

use crate::world::{World, random};

/// Under which name the clock is kept in the store.
pub(crate) const CLOCK: &str = "clock";

/// Writes entries of the hub's own log. It stores nothing: the clock goes into the commit of what was written.
pub(crate) struct Pen {
    clock: HybridClock,
    boot: [u8; 16],
}

/// What an entry of the hub's own log speaks of.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Subject {
    pub(crate) device: Option<DeviceId>,
    pub(crate) person: Option<PersonId>,
    pub(crate) number: Option<i64>,
}

impl Pen {
    /// Goes on after what was written last.
    pub(crate) fn new(last: Hlc, world: &dyn World) -> Self {
        Self {
            clock: HybridClock::resume(last),
            boot: random(world),
        }
    }

    /// Writes an entry about an event.
    pub(crate) fn session(
        &mut self,
        world: &dyn World,
        event: SessionEvent,
        subject: Subject,
    ) -> Entry {
        let session = Session {
            event,
            actor: None,
            nonce: None,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            boot: self.boot,
            wall_ms: world.now_ms(),
            device: subject.device,
            person: subject.person,
            number: subject.number,
            continues: None,
            why: None,
        };
        let payload = session
            .to_bytes()
            .expect("the program's own version is a short text");
        self.entry(world, EntryKind::SESSION, payload)
    }

    /// Writes an entry of any kind.
    pub(crate) fn entry(&mut self, world: &dyn World, kind: EntryKind, payload: Vec<u8>) -> Entry {
        let hlc = self.clock.tick(world.now_ms());
        Entry {
            kind,
            chart: None,
            hlc,
            person: PersonId::NOBODY,
            payload,
        }
    }

    /// Returns the clock as it is remembered.
    pub(crate) fn clock(&self) -> (String, Vec<u8>) {
        let clock = self.clock.last().as_u64().to_be_bytes().to_vec();
        (CLOCK.to_owned(), clock)
    }
}
