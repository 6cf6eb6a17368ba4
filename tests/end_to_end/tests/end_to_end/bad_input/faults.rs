//! Commands whose disk is full or fails: one call of three commands, of the hundreds that `cargo xtask crash --failing 0` tries.

use anyhow::{Result, ensure};
use end_to_end::faults::{self, Plan};
use end_to_end::narrator::Nobody;

use crate::programs;

#[test]
fn a_command_whose_disk_fails_says_so_and_can_be_done_again() -> Result<()> {
    let plan = Plan {
        calls: Some(1),
        few: true,
    };

    let Some(report) = faults::run(programs(), plan, &mut Nobody)? else {
        harness::skipped("commands whose disk fails: strace is missing or may not trace here");
        return Ok(());
    };

    ensure!(report.trials + 1 >= report.commands, "{report:?}");
    Ok(())
}
