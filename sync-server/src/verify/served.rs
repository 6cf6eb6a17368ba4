//! Whether readers get all that the history has, and no more: a change that was stored is in its chart, waits, or was
//! set aside; its chart is in the home scope of who began it; each feed has every change of its charts.

use std::collections::BTreeSet;

use audit::{EntryKind, LogPosition, Session, SessionEvent};
use record::{ChartId, DeviceId, ScopeId};
use store::{AuditFilter, StoreError, Unplaced};

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

    /// Tells whether a chart is where its first change put it, in the home scope of its writer's site, or where the
    /// hub's log says that it was moved since.
    pub(super) fn is_in_its_scope(
        &self,
        chart: ChartId,
        first: Option<LogPosition>,
    ) -> Result<bool, StoreError> {
        let device = first.and_then(|it| self.roster.device(it.device));
        let home: Option<ScopeId> = device
            .and_then(|it| self.roster.site(it.site))
            .map(|it| it.home);
        let Some(home) = home else {
            return Ok(false);
        };
        let mut expected = BTreeSet::from([home]);
        for (event, scope) in self.moves_of(chart)? {
            if event == SessionEvent::ChartJoined {
                expected.insert(scope);
            } else {
                expected.remove(&scope);
            }
        }
        Ok(self.store.scopes_of(chart)?.into_iter().eq(expected))
    }

    /// Returns what the hub's log says of a chart's moves, the oldest first.
    fn moves_of(&self, chart: ChartId) -> Result<Vec<(SessionEvent, ScopeId)>, StoreError> {
        let filter = AuditFilter {
            chart: Some(chart),
            device: Some(DeviceId::HUB),
            kind: Some(EntryKind::SESSION),
            limit: usize::MAX,
            ..AuditFilter::default()
        };
        let rows = self.store.audit(&filter)?.into_iter().rev();
        let sessions = rows.filter_map(|it| Session::from_bytes(&it.entry?.payload).ok());
        let moves = sessions.filter(|it| {
            matches!(
                it.event,
                SessionEvent::ChartJoined | SessionEvent::ChartLeft
            )
        });
        Ok(moves
            .filter_map(|it| Some((it.event, ScopeId(u32::try_from(it.number?).ok()?))))
            .collect())
    }
}
