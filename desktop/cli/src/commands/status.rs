//! `posta status`

use desktop_client::{CommandError, QueueClass, QueueView, StatusView, SyncView};

use super::settings::rate;
use super::upkeep;
use crate::arguments::Common;
use crate::explain::explain;
use crate::output::{Lines, Output, counted, size};
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
    lines.labelled("only here", only_here(status));
    add_link(&mut lines, &status.sync);
    lines.labelled(
        "last contact",
        status.last_contact.as_deref().unwrap_or("never"),
    );
    if let Some(attempt) = &status.last_attempt
        && let Some(problem) = attempt.problem
    {
        let why = explain(&CommandError::new(problem));
        lines.labelled("last try", format!("{}: {why}", attempt.when));
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
    if status.set_aside > 0 {
        lines.labelled(
            "not merged",
            format!(
                "{} kept but the hub could not merge: tell the HIM office",
                counted(status.set_aside, "entry is", "entries are")
            ),
        );
    }
    add_moves(&mut lines, status);
    if status.quarantined > 0 {
        lines.labelled(
            "kept aside",
            format!(
                "{} that could not be taken",
                counted(status.quarantined, "change", "changes")
            ),
        );
    }
    add_restored(&mut lines, status);
    if status.clock_looks_wrong {
        lines.add("this computer's clock looks wrong: set it");
    }
    lines.finish()
}

/// Says how many entries are only here, and how much that is.
fn only_here(status: &StatusView) -> String {
    let entries = counted(status.unsent, "entry", "entries");
    let own = |it: &&QueueView| it.class == QueueClass::Own;
    let bytes = status.sync.queue.iter().find(own).and_then(|it| it.bytes);
    bytes.map_or_else(
        || entries.clone(),
        |bytes| format!("{entries}, at most {}", size(bytes)),
    )
}

/// Says what syncing may take of the link, if that is not everything.
fn add_link(lines: &mut Lines, sync: &SyncView) {
    if let Some(bits) = sync.limit {
        lines.labelled("link limit", format!("{} in each direction", rate(bits)));
    }
    if sync.is_metered {
        let text = "yes: charts from elsewhere come with `posta sync --once`";
        lines.labelled("metered link", text);
    }
}

/// Says which charts go, and which were asked for.
fn add_moves(lines: &mut Lines, status: &StatusView) {
    if status.leaving > 0 {
        let charts = counted(status.leaving, "chart goes", "charts go");
        let when = "once the hub has what was written here about it";
        lines.labelled("leaving", format!("{charts} {when}: sync"));
    }
    if status.attachments_to_go > 0 || status.attachments_to_come > 0 {
        let to_go = counted(status.attachments_to_go, "is only here", "are only here");
        lines.labelled(
            "attachments",
            format!("{to_go}, {} yet to come: sync", status.attachments_to_come),
        );
    }
    if status.asked_for > 0 {
        let charts = counted(status.asked_for, "chart", "charts");
        lines.labelled("asked for", format!("{charts}; the hub answers at a sync"));
    }
}

/// Says that this computer was restored or copied, and what a hub that was restored has lost.
fn add_restored(lines: &mut Lines, status: &StatusView) {
    if let Some(when) = &status.restored {
        lines.labelled(
            "restored",
            format!("{when}: this computer was put back from an older copy, or copied; it went on by itself"),
        );
    }
    if let Some(when) = &status.hub_restored {
        lines.labelled(
            "hub restored",
            format!("found on {when}: what it lost and is here goes up again"),
        );
    }
    if status.not_at_hub > 0 {
        lines.labelled(
            "not at the hub",
            format!(
                "{} here and not at the hub: they come back when the computers that wrote them sync",
                counted(status.not_at_hub, "change of others is", "changes of others are")
            ),
        );
    }
}

#[cfg(test)]
mod tests {
    use desktop_client::{AttemptView, ErrorCode};

    use super::*;

    fn status() -> StatusView {
        StatusView {
            person: "Amina Nurse".to_owned(),
            person_id: 1,
            may_vouch: false,
            role: "nurse".to_owned(),
            site: "Clinic A".to_owned(),
            device: "laptop 1".to_owned(),
            device_id: 1,
            charts: 1,
            at_hub: 4,
            unsent: 0,
            last_contact: None,
            last_attempt: None,
            roster_epoch: 1,
            conflicts: 0,
            quarantined: 0,
            set_aside: 0,
            not_at_hub: 0,
            hub_restored: None,
            restored: None,
            leaving: 0,
            asked_for: 0,
            attachments_to_go: 0,
            attachments_to_come: 0,
            clock_looks_wrong: false,
            sync: SyncView::default(),
        }
    }

    #[test]
    fn a_failed_try_is_told_in_words() {
        let attempt = AttemptView {
            when: "2026-11-22T08:00:00Z".to_owned(),
            problem: Some(ErrorCode::HubUnreachable),
        };
        let told = text(&StatusView {
            last_attempt: Some(attempt),
            ..status()
        });

        assert!(told.contains("the hub does not answer"), "{told}");
        assert!(!told.contains("HubUnreachable"), "{told}");
    }

    #[test]
    fn what_the_link_may_carry_and_what_waits_for_it_is_told() {
        let sync = SyncView {
            limit: Some(64_000),
            is_metered: true,
            queue: vec![QueueView {
                class: QueueClass::Own,
                entries: 3,
                bytes: Some(1_234.0),
            }],
            ..SyncView::default()
        };

        let told = text(&StatusView {
            unsent: 3,
            sync,
            ..status()
        });

        assert!(told.contains("3 entries, at most 1.2 kB"), "{told}");
        assert!(told.contains("64 kbit/s in each direction"), "{told}");
        assert!(told.contains("metered link"), "{told}");
        assert!(!text(&status()).contains("link"));
    }

    #[test]
    fn that_a_computer_was_restored_is_told_with_the_time() {
        let told = text(&StatusView {
            restored: Some("2026-11-22T08:00:00Z".to_owned()),
            ..status()
        });

        assert!(told.contains("2026-11-22T08:00:00Z: this computer was put back"));
        assert!(!text(&status()).contains("put back"));
    }

    #[test]
    fn charts_that_leave_and_charts_that_are_asked_for_are_counted_and_else_not_mentioned() {
        let told = text(&StatusView {
            leaving: 2,
            asked_for: 1,
            ..status()
        });

        assert!(told.contains("2 charts go once"), "{told}");
        assert!(told.contains("1 chart; the hub answers"), "{told}");
        assert!(!text(&status()).contains("leaving"));
    }

    #[test]
    fn what_the_hub_could_not_merge_is_told_and_else_not_mentioned() {
        let told = text(&StatusView {
            set_aside: 3,
            ..status()
        });

        assert!(
            told.contains("3 entries are kept but the hub could not merge"),
            "{told}"
        );
        assert!(!text(&status()).contains("merge"));
    }
}
