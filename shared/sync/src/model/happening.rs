//! What may happen in a run of the model, in any order.

use proptest::prelude::*;
use record::ScopeId;
use wire::{Cursor, FeedDigest};

use super::World;

/// One thing that may happen in a run.
#[derive(Debug, Clone)]
pub(crate) enum Happening {
    Step(usize, u8),
    Write(usize, u8),
    Connect(usize),
    Break(usize),
    Merge,
    /// The hub is copied.
    BackUp,
    /// The copy is put in the hub's place.
    Restore,
    /// A device forgets its cursor of a scope.
    Forget(usize, u32),
}

/// What may happen to a hub that is restored now and then.
pub(crate) fn disasters() -> impl Strategy<Value = Happening> {
    prop_oneof![
        30 => happenings(),
        1 => Just(Happening::Restore),
        1 => (0_usize..3, 1_u32..3).prop_map(|(who, scope)| Happening::Forget(who, scope)),
    ]
}

pub(crate) fn happenings() -> impl Strategy<Value = Happening> {
    let who = 0_usize..3;
    prop_oneof![
        20 => (who.clone(), 0_u8..6).prop_map(|(who, choice)| Happening::Step(who, choice)),
        3 => (who.clone(), 0_u8..3).prop_map(|(who, scope)| Happening::Write(who, scope)),
        2 => who.clone().prop_map(Happening::Connect),
        1 => who.prop_map(Happening::Break),
        1 => Just(Happening::Merge),
        1 => Just(Happening::BackUp),
    ]
}

impl World {
    /// Has one thing happen.
    pub(crate) fn happens(&mut self, happening: &Happening) {
        match *happening {
            Happening::Step(who, choice) => {
                self.step(who, choice);
            }
            Happening::Write(who, scope) => self.devices[who].write(vec![scope, 7]),
            Happening::Connect(who) => self.connect(who),
            Happening::Break(who) => self.disconnect(who),
            Happening::Merge => self.hub.settle(),
            Happening::BackUp => self.backup = Some(self.hub.clone()),
            Happening::Restore => self.restore(),
            Happening::Forget(who, scope) => self.forget(who, ScopeId(scope)),
        }
    }

    /// Puts the copy in the hub's place: every link breaks, and what was acknowledged since is gone.
    fn restore(&mut self) {
        let Some(backup) = self.backup.clone() else {
            return;
        };
        (0..self.devices.len()).for_each(|who| self.disconnect(who));
        let per_batch = self.hub.per_batch;
        self.hub = backup;
        self.hub.per_batch = per_batch;
        self.hub_was_restored = true;
    }

    /// Loses a cursor, but not what was taken before it.
    fn forget(&mut self, who: usize, scope: ScopeId) {
        self.disconnect(who);
        if let Some(cursor) = self.devices[who].cursors.get_mut(&scope) {
            self.hub_was_restored = true;
            *cursor = Cursor {
                feed_epoch: 0,
                position: 1,
                digest: FeedDigest::EMPTY,
                ..*cursor
            };
        }
    }
}
