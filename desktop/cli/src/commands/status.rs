//! `posta status`

use desktop_client::StatusView;

use super::upkeep;
use crate::arguments::Common;
use crate::output::{Lines, Output, counted};
use crate::run::Failure;

/// Says where this computer stands.
pub(crate) fn run(common: &Common, output: &mut Output<'_>) -> Result<(), Failure> {
    let status = upkeep(common)?.status()?;
    output.result(&status, text)
}

fn text(status: &StatusView) -> String {
    let mut lines = Lines::default();
    lines.add(format!(
        "{}, {} at {} (device {}, {})",
        status.person, status.role, status.site, status.device_id, status.device
    ));
    lines.labelled("charts", status.charts.to_string());
    lines.labelled(
        "at the hub",
        format!(
            "{} of this computer",
            counted(status.at_hub, "entry", "entries")
        ),
    );
    lines.labelled("only here", counted(status.unsent, "entry", "entries"));
    lines.labelled(
        "last contact",
        status.last_contact.as_deref().unwrap_or("never"),
    );
    if let Some(attempt) = &status.last_attempt
        && let Some(problem) = attempt.problem
    {
        lines.labelled("last try", format!("{}: {problem:?}", attempt.when));
    }
    if status.conflicts > 0 {
        lines.labelled(
            "to decide",
            format!(
                "{}; see `posta conflict list`",
                counted(status.conflicts, "chart", "charts")
            ),
        );
    }
    if status.quarantined > 0 {
        lines.labelled(
            "kept aside",
            format!("{} changes that could not be taken", status.quarantined),
        );
    }
    if status.clock_looks_wrong {
        lines.add("this computer's clock looks wrong: set it");
    }
    lines.finish()
}
