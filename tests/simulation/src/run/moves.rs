//! Charts that join and leave scopes in a run, and charts that are asked for.

use record::ScopeId;

use super::{Run, Stepping};
use crate::acts::Act;
use crate::machine::{Killed, alive};
use crate::plan::Who;
use crate::report::Seen;
use crate::violation::{Law, Violation};

impl Run {
    /// An administrator has a chart leave a scope that it is in, or join one that it is not in.
    pub(super) fn move_a_chart(&mut self, which: usize) -> Result<(), Violation> {
        let charts = self.hub.store()?.charts()?;
        let Some(hub) = self.hub.hub() else {
            return Ok(());
        };
        let scopes: Vec<(ScopeId, String)> = hub
            .roster()
            .scopes
            .iter()
            .map(|it| (it.id, it.name.clone()))
            .collect();
        let chart = which.checked_rem(charts.len());
        let chart = chart.and_then(|it| charts.get(it)).copied();
        let scope = (which / 7).checked_rem(scopes.len());
        let (Some(chart), Some((scope, name))) = (chart, scope.and_then(|it| scopes.get(it)))
        else {
            return Ok(());
        };
        let leaves = hub.store().scopes_of(chart)?.contains(scope);
        let moved = alive(|| {
            let chart = chart.to_string();
            if leaves {
                hub.leave_chart(&chart, name)
            } else {
                hub.join_chart(&chart, name)
            }
        });
        match moved {
            Err(Killed) => return self.kill(Who::Hub, Seen::HubKilled),
            Ok(Err(error)) => {
                return Err(Violation::new(Law::EverybodyGetsOn, error.to_string()));
            }
            Ok(Ok(_chart)) => {}
        }
        self.report
            .count(if leaves { Seen::Left } else { Seen::Joined });
        self.grew(&[*scope]);
        Ok(())
    }

    /// Somebody asks for the chart of a patient of any clinic.
    pub(super) fn fetch(&mut self, at: usize, which: usize) -> Result<(), Violation> {
        let mut numbers = Vec::new();
        for clinic in &self.clinics {
            let store = clinic.store()?;
            for chart in store.charts()? {
                numbers.extend(store.row(chart)?.map(|it| it.number));
            }
        }
        numbers.retain(|it| !it.is_empty());
        let number = which.checked_rem(numbers.len());
        let Some(number) = number.and_then(|it| numbers.get(it)).cloned() else {
            return Ok(());
        };
        if self
            .clinics
            .get(at)
            .is_some_and(crate::clinic::Clinic::is_up)
        {
            self.perform(at, &Act::Ask(number))?;
            self.wake(Stepping::Clinic(at));
        }
        Ok(())
    }
}
