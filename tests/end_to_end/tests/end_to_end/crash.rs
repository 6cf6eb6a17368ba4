//! `kill -9` at random moments: a short run of what `cargo xtask crash` does for longer.

use anyhow::{Result, ensure};
use end_to_end::crash::{self, Plan};
use end_to_end::narrator::Nobody;

use crate::programs;

#[test]
fn killed_at_any_moment_the_programs_start_again_and_lose_nothing() -> Result<()> {
    let plan = Plan {
        seed: 1,
        kills: 6,
        clinics: 2,
    };

    let report = crash::run(programs(), plan, &mut Nobody)?;

    ensure!(report.clinic_kills >= plan.kills, "{report:?}");
    ensure!(report.hub_kills >= plan.kills, "{report:?}");
    ensure!(report.acknowledged > 0, "{report:?}");
    Ok(())
}
