//! Whether readers get all that the history has, and no more: a change that was stored is in its chart, waits, or was
//! set aside; its chart is in the home scope of who began it; each feed has every change of its charts.

use audit::LogPosition;
use record::{ChartId, ScopeId};
use store::{StoreError, Unplaced};

use super::{LEAVES, Problem, Verification};
use crate::hub::Hub;

impl Hub {
    pub(super) fn verify_served(&self, found: &mut Verification) -> Result<(), StoreError> {
        if self.store.looked_into()? > self.store.history_size()? {
            found.found(Problem::LookedTooFar);
        }
        let mut from = 0;
        loop {
            let unplaced = self.store.unplaced(from, LEAVES)?;
            let Some(last) = unplaced.last() else { break };
            from = last.leaf.saturating_add(1);
            for change in &unplaced {
                if !self.is_said_again(change)? {
                    found.found(Problem::Unserved {
                        position: change.position,
                        leaf: change.leaf,
                    });
                }
            }
        }
        for (scope, leaf) in self.store.missing_from_feeds(Verification::MAX_PROBLEMS)? {
            found.found(Problem::NotInFeed { scope, leaf });
        }
        Ok(())
    }

    /// Tells whether another log said the same before.
    fn is_said_again(&self, change: &Unplaced) -> Result<bool, StoreError> {
        let (Some(chart), Ok(checked)) = (change.chart, replica::check(&change.payload)) else {
            return Ok(false);
        };
        self.store.has_change(chart, checked.hash().as_bytes())
    }

    /// Tells whether a chart is where its first change put it: in the home scope of its writer's site.
    pub(super) fn is_in_its_scope(
        &self,
        chart: ChartId,
        first: Option<LogPosition>,
    ) -> Result<bool, StoreError> {
        let device = first.and_then(|it| self.roster.device(it.device));
        let home: Option<ScopeId> = device
            .and_then(|it| self.roster.site(it.site))
            .map(|it| it.home);
        let scopes = self.store.scopes_of(chart)?;
        Ok(home.is_some_and(|home| scopes == [home]))
    }
}
