//! Thousands of schedules, and the proof that the laws can fail.

use simulation::{Coverage, KEPT, Kept, Law, Sabotage, Seen, Simulator};

fn simulator() -> Simulator {
    Simulator::new().expect("the fleets are made")
}

#[expect(clippy::panic, reason = "a helper of tests")]
/// Runs seeds and returns what happened in all of them together.
fn run(seeds: impl Iterator<Item = u64>) -> Coverage {
    let simulator = simulator();
    let mut coverage = Coverage::default();
    for seed in seeds {
        match simulator.run(seed) {
            Ok(report) => coverage.add(seed, &report),
            Err(failure) => {
                panic!("{failure}\nsee it with: cargo run -p simulation -- --trace {seed}")
            }
        }
    }
    coverage
}

// Two halves, so that two cores share them.
#[test]
fn every_law_holds_in_five_thousand_schedules() {
    let coverage = run(0..5_000);

    // The schedules are as bad as they are meant to be.
    for seen in Seen::ALL {
        assert!(
            coverage.runs_with(*seen) > 0,
            "{seen:?} is never reached\n{coverage}"
        );
    }
    let shared = coverage.runs_with(Seen::SharedConflict);
    assert!(
        shared * 3 >= coverage.runs(),
        "in a third of the schedules people disagree\n{coverage}"
    );
}

#[test]
fn every_law_holds_in_five_thousand_more() {
    run(5_000..10_000);
}

#[test]
fn seeds_that_reach_what_few_reach_still_do() {
    let simulator = simulator();

    for Kept { seed, reaches, why } in KEPT {
        let report = simulator.run(*seed).map_err(|failure| failure.to_string());
        let report = report.expect(why);
        for seen in *reaches {
            assert!(
                report.of(*seen) > 0,
                "seed {seed} ({why}) has no {seen:?} any more"
            );
        }
    }
}

#[test]
fn a_seed_always_means_the_same() {
    let simulator = simulator();

    for seed in 0..10 {
        assert_eq!(simulator.trace(seed), simulator.trace(seed));
    }
}

/// A law must find this sabotage, in one of the first seeds.
#[track_caller]
fn check_found(sabotage: Sabotage, law: Law) {
    let simulator = simulator();
    let found = (0..1_000).find_map(|seed| {
        let violation = simulator.run_broken(seed, Some(sabotage)).err()?.violation;
        (violation.law == law).then_some(violation)
    });

    assert!(found.is_some(), "{sabotage:?} stayed unnoticed by {law:?}");
}

#[test]
fn a_hub_that_acknowledges_without_storing_is_found() {
    check_found(
        Sabotage::AcknowledgeWithoutStoring,
        Law::NothingAcknowledgedIsLost,
    );
}

#[test]
fn a_hub_that_lost_what_it_had_is_found() {
    check_found(Sabotage::RestoreTheHub, Law::NothingAcknowledgedIsLost);
}

#[test]
fn a_cursor_that_passes_over_a_change_is_found() {
    check_found(Sabotage::PassOverAChange, Law::CursorNeverPasses);
}

#[test]
fn a_chart_in_the_wrong_feed_is_found() {
    check_found(Sabotage::LeakAChart, Law::NothingLeavesItsScope);
}

#[test]
fn a_neighbour_that_is_told_too_much_is_found() {
    check_found(Sabotage::TellNeighboursAll, Law::NothingLeavesItsScope);
}

#[test]
fn randomness_that_repeats_is_found() {
    check_found(Sabotage::ReplayRandomness, Law::ActorsAreUsedOnce);
}

#[test]
fn a_chart_shown_without_an_entry_is_found() {
    check_found(Sabotage::ShowUnlogged, Law::AccessesAreLogged);
}

#[test]
fn an_attachment_that_is_not_kept_is_found() {
    check_found(Sabotage::DropAFile, Law::AttachmentsArrive);
}

#[test]
fn a_value_that_is_kept_from_people_is_found() {
    check_found(Sabotage::HideAValue, Law::BothValuesAreShown);
}
