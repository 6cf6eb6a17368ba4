//! One home, two programs.

use std::time::Duration;

use anyhow::{Result, ensure};
use harness::programs::Serving;

use super::{is, says, scene};

#[test]
fn a_second_process_on_one_home_is_told_so() -> Result<()> {
    let mut scene = scene()?;
    // The first process is held in the middle of a meeting.
    scene.register("Otieno")?;
    scene.district.network.hold_after(1_000);
    let first = scene.clinic.posta.start(&["sync", "--once"])?;
    let held = scene
        .district
        .network
        .wait_until_held(Duration::from_secs(60));
    let refused = scene.clinic.posta.refused(&["status"])?;
    let said = scene.clinic.posta.refusal(&["status"])?;
    first.kill()?;
    scene.district.network.restore();

    ensure!(held, "the first process was not held");
    is(&refused, "inUse")?;
    says(&said, "another program has this home open: close it first")?;
    scene.still_works(1)
}

#[test]
fn a_second_hub_on_one_home_is_told_so() -> Result<()> {
    let mut scene = scene()?;
    scene.register("Otieno")?;

    let second = Serving::start(&scene.district.hub);

    let said = second.err().map(|it| it.to_string()).unwrap_or_default();
    says(
        &said,
        "another `posta-hub serve` is already serving this home",
    )?;
    says(&said, "stop that one first")?;
    scene.still_works(1)
}
