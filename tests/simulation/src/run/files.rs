//! Files that are attached in a run.

use sync::{ClientBlobEffect, ClientEffect, ClientEvent, Wanted};

use super::Run;
use crate::acts::Act;
use crate::violation::Violation;

/// How large files are: less than a group, exactly one, a little more, several.
const SIZES: [usize; 4] = [100, 65_536, 65_537, 200_000];

impl Run {
    /// Somebody attaches a file to a chart that the clinic holds.
    pub(super) fn attach(&mut self, at: usize, which: usize) -> Result<(), Violation> {
        let Some(clinic) = self.clinics.get(at).filter(|it| it.is_up()) else {
            return Ok(());
        };
        let charts = clinic.store()?.charts()?;
        let chart = which.checked_rem(charts.len());
        let size = SIZES.get(which / 7 % SIZES.len());
        let (Some(chart), Some(size)) = (chart.and_then(|it| charts.get(it)), size) else {
            return Ok(());
        };
        self.acts += 1;
        let act = Act::Attach(*chart, *size, self.acts);
        self.perform(at, &act)
    }
}

/// What a session hears that believes a file to be kept which is not.
pub(super) fn as_if_kept(effect: &ClientEffect) -> Option<ClientEvent> {
    let ClientEffect::Blob(ClientBlobEffect::Keep { blob, .. }) = effect else {
        return None;
    };
    let (blob, lacking) = (*blob, Vec::new());
    Some(ClientEvent::GroupKept(Wanted { blob, lacking }))
}
