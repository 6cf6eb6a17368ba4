//! What must hold on a bad link, and the figures of one.

use std::time::Duration;

use super::*;
use crate::settings::Congestion;

/// From how many seeds a figure is taken.
const SEEDS: u64 = 5;

const ROUND_TRIP: Duration = Duration::from_millis(600);

fn median<T: Copy + PartialOrd>(mut values: Vec<T>) -> T {
    values.sort_by(|a, b| a.partial_cmp(b).unwrap());
    values[values.len() / 2]
}

fn upload(kilobytes: u64, congestion: Congestion) -> Transfer {
    Transfer {
        bytes: kilobytes * 1_000,
        urgent: None,
        unstored: UNSTORED,
        is_watched: false,
        congestion,
    }
}

/// How some runs of an upload went.
struct Figures {
    /// Seconds: the median, and the worst.
    took: f64,
    worst: f64,
    wire: f64,
    urgent: Option<f64>,
}

fn measure(transfer: &Transfer, line: &Line) -> Figures {
    let outcomes: Vec<Outcome> = (0..SEEDS).map(|seed| transfer.run(line, seed)).collect();
    let took = outcomes.iter().map(|it| it.took.as_secs_f64());
    let urgent: Vec<Duration> = outcomes.iter().flat_map(|it| it.urgent.clone()).collect();
    Figures {
        worst: took.clone().fold(0.0, f64::max),
        took: median(took.collect()),
        wire: median(outcomes.iter().map(|it| it.wire).collect()),
        urgent: (!urgent.is_empty()).then(|| median(urgent).as_secs_f64()),
    }
}

/// What the line needs for so many bytes, and two round trips.
fn least(kilobytes: u64, rate: u64) -> f64 {
    kilobytes as f64 * 8_000.0 / rate as f64 + 2.0 * ROUND_TRIP.as_secs_f64()
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let line = Line::new(256_000, ROUND_TRIP, 0.05);
    let transfer = Transfer {
        urgent: Some(Duration::from_secs(2)),
        ..upload(300, Congestion::Steady)
    };

    let first = transfer.run(&line, 7);

    assert_eq!(first, transfer.run(&line, 7));
    assert_ne!(first, transfer.run(&line, 8));
}

#[test]
fn a_line_loses_the_share_that_it_is_told_to_in_rows_as_long() {
    for burst in [1.0, 5.0] {
        let mut line = Line::new(1_000_000_000, ROUND_TRIP, 0.02);
        line.loss.burst = burst;
        let mut lane = Lane::new(line, 3);
        let (mut lost, mut rows, mut before) = (0, 0, false);

        for packet in 0..200_000 {
            let is_lost = lane.carry(Duration::from_millis(packet), 1_000).is_none();
            lost += u32::from(is_lost);
            rows += u32::from(is_lost && !before);
            before = is_lost;
        }

        let share = f64::from(lost) / 200_000.0;
        let row = f64::from(lost) / f64::from(rows);
        assert!((0.017..0.023).contains(&share), "{share}");
        assert!((burst * 0.9..burst * 1.1).contains(&row), "{row}");
    }
}

#[test]
fn a_slow_lossy_link_is_used_to_four_fifths_whether_it_loses_by_chance_or_in_bursts() {
    for burst in [1.0, 5.0] {
        let mut line = Line::new(64_000, ROUND_TRIP, 0.02);
        line.loss.burst = burst;

        let figures = measure(&upload(300, Congestion::Steady), &line);

        let least = least(300, 64_000);
        assert!(figures.took <= 1.25 * least, "{} s", figures.took);
        assert!(figures.worst <= 3.0 * least, "{} s", figures.worst);
        assert!(figures.wire < 1.2, "{}", figures.wire);
    }
}

#[test]
fn a_fast_link_that_loses_by_chance_is_used_much_better_than_by_cubic() {
    let line = Line::new(1_000_000, ROUND_TRIP, 0.02);
    let wide = |congestion| Transfer {
        unstored: 64,
        ..upload(3_000, congestion)
    };

    let cubic = measure(&wide(Congestion::Cubic), &line);
    let steady = measure(&wide(Congestion::Steady), &line);

    assert!(
        steady.took * 2.5 < cubic.took,
        "{} s, {} s",
        steady.took,
        cubic.took
    );
    assert!(steady.wire < 1.15, "{}", steady.wire);
}

#[test]
fn what_is_urgent_does_not_wait_in_a_deep_queue() {
    let mut line = Line::new(64_000, ROUND_TRIP, 0.0);
    line.queue_bytes = 256 << 10;
    let transfer = |congestion| Transfer {
        urgent: Some(Duration::from_secs(4)),
        // Long enough that the shortest round trip is looked for again, many times.
        ..upload(1_000, congestion)
    };

    let cubic = measure(&transfer(Congestion::Cubic), &line);
    let steady = measure(&transfer(Congestion::Steady), &line);

    assert!(steady.urgent < Some(4.0), "{:?}", steady.urgent);
    assert!(cubic.urgent > Some(8.0), "{:?}", cubic.urgent);
}

/// A link that changes in the middle is used about as well as by CUBIC: until it is known that the way became longer, every loss counts.
#[track_caller]
fn check_change(change: impl FnOnce(&mut Line)) {
    let mut line = Line::new(256_000, ROUND_TRIP, 0.01);
    change(&mut line);

    let cubic = measure(&upload(1_500, Congestion::Cubic), &line);
    let steady = measure(&upload(1_500, Congestion::Steady), &line);

    assert!(
        steady.took < cubic.took * 1.25,
        "{} s, {} s",
        steady.took,
        cubic.took
    );
}

#[test]
fn a_link_that_becomes_slower_faster_or_longer_is_followed() {
    let changes_at = Duration::from_secs(20);
    check_change(|line| line.rates.push((changes_at, 64_000)));
    check_change(|line| line.rates.push((changes_at, 1_000_000)));
    check_change(|line| line.delays.push((changes_at, ROUND_TRIP * 2)));
    check_change(|line| line.delays.push((changes_at, ROUND_TRIP / 8)));
}

#[test]
fn after_an_outage_a_watched_link_goes_on_within_seconds() {
    let back = Duration::from_secs(70);
    let mut line = Line::new(64_000, ROUND_TRIP, 0.02);
    line.outage = Some((Duration::from_secs(10), back));
    let watched = Transfer {
        is_watched: true,
        ..upload(200, Congestion::Steady)
    };
    let unwatched = upload(200, Congestion::Steady);

    let with = measure(&watched, &line);
    let without = measure(&unwatched, &line);

    // What was left when the line broke, what was under way then, and a fresh handshake.
    let left = with.worst - back.as_secs_f64();
    assert!(left < least(200, 64_000) + 8.0, "{left} s");
    assert!(with.worst + 15.0 < without.worst, "{} s", without.worst);
}

#[test]
fn a_link_that_is_only_slow_is_not_given_up() {
    let mut line = Line::new(64_000, ROUND_TRIP, 0.05);
    line.loss.burst = 5.0;
    let watched = Transfer {
        is_watched: true,
        ..upload(200, Congestion::Cubic)
    };

    // When three probes in a row are lost, it looks like one that died; a second link is then opened in vain.
    let given_up = (0..20).filter(|seed| watched.run(&line, *seed).connections > 1);
    let given_up = given_up.count();

    assert!(given_up <= 2, "{given_up}");
}

/// A line of the table: bits a second, round trip in ms, loss, its bursts, the queue and the upload in kB.
type Row = (u64, u64, f64, f64, u64, u64);

const ROWS: &[Row] = &[
    (64_000, 600, 0.02, 1.0, 32, 26),
    (64_000, 600, 0.02, 1.0, 32, 300),
    (64_000, 600, 0.02, 5.0, 32, 300),
    (64_000, 800, 0.02, 1.0, 32, 300),
    (64_000, 800, 0.00, 1.0, 256, 300),
    (256_000, 600, 0.02, 1.0, 32, 1_000),
    (256_000, 600, 0.02, 5.0, 32, 1_000),
    (256_000, 600, 0.01, 1.0, 256, 1_000),
    (256_000, 600, 0.05, 1.0, 256, 1_000),
    (1_000_000, 600, 0.01, 1.0, 256, 3_000),
    (1_000_000, 600, 0.02, 1.0, 256, 3_000),
    (1_000_000, 600, 0.02, 5.0, 64, 3_000),
    (1_000_000, 600, 0.05, 1.0, 32, 3_000),
    (1_000_000, 300, 0.02, 1.0, 256, 3_000),
];

#[test]
#[ignore = "prints the table of figures that ARCHITECTURE.md quotes"]
#[expect(clippy::print_stdout, reason = "it is a measurement")]
fn table() {
    println!("| link | loss | queue | upload | controller | goodput | wire | urgent |");
    for (rate, round_trip, share, burst, queue, kilobytes) in ROWS {
        let mut line = Line::new(*rate, Duration::from_millis(*round_trip), *share);
        line.queue_bytes = queue << 10;
        line.loss.burst = *burst;
        for (congestion, unstored) in [
            (Congestion::Cubic, 64),
            (Congestion::Steady, 64),
            (Congestion::Steady, UNSTORED),
        ] {
            let transfer = Transfer {
                urgent: Some(Duration::from_secs(4)),
                unstored,
                ..upload(*kilobytes, congestion)
            };
            let figures = measure(&transfer, &line);
            println!(
                "| {} kbit/s, {round_trip} ms | {:.0} % ({burst}) | {queue} kB | {kilobytes} kB | {congestion:?}, \
                 {unstored} | {:.0} %, {:.1} s, worst {:.1} s | {:.2} | {:.1} s |",
                rate / 1_000,
                share * 100.0,
                *kilobytes as f64 * 800_000.0 / *rate as f64 / figures.took,
                figures.took,
                figures.worst,
                figures.wire,
                figures.urgent.unwrap_or(f64::NAN),
            );
        }
    }
}

#[test]
#[ignore = "prints how long an upload takes over a link that is gone for a minute"]
#[expect(clippy::print_stdout, reason = "it is a measurement")]
fn outages() {
    for is_watched in [false, true] {
        for from in [3, 10, 17, 24] {
            let from = Duration::from_secs(from);
            let mut line = Line::new(64_000, ROUND_TRIP, 0.02);
            line.outage = Some((from, from + Duration::from_secs(60)));
            let transfer = Transfer {
                is_watched,
                ..upload(200, Congestion::Steady)
            };
            let figures = measure(&transfer, &line);
            println!(
                "out from {from:?} for 60 s, watched {is_watched}: {:.1} s, worst {:.1} s",
                figures.took, figures.worst
            );
        }
    }
}

#[test]
#[ignore = "prints how long an urgent message takes beside an upload, and a day over a new link"]
#[expect(clippy::print_stdout, reason = "it is a measurement")]
fn urgent() {
    for burst in [1.0, 5.0] {
        let mut line = Line::new(64_000, ROUND_TRIP, 0.02);
        line.loss.burst = burst;
        let transfer = Transfer {
            urgent: Some(Duration::from_secs(7)),
            ..upload(300, Congestion::Steady)
        };
        let runs = (0..SEEDS).flat_map(|seed| transfer.run(&line, seed).urgent);
        let mut seconds: Vec<f64> = runs.map(|it| it.as_secs_f64()).collect();
        seconds.sort_by(f64::total_cmp);
        let late = seconds.iter().filter(|it| **it > 4.0).count();
        println!(
            "bursts of {burst}: {} messages, median {:.1} s, worst {:.1} s, {late} above 4 s",
            seconds.len(),
            median(seconds.clone()),
            seconds.last().unwrap(),
        );
        for kilobytes in [15, 26] {
            let transfer = Transfer {
                is_watched: true,
                ..upload(kilobytes, Congestion::Steady)
            };
            let figures = measure(&transfer, &line);
            let least_carried = figures.wire * kilobytes as f64 / 8.0 + 1.2;
            println!(
                "{kilobytes} kB over a new link: {:.1} s, worst {:.1} s, {:.2} x, of what the line carried {:.2} x",
                figures.took,
                figures.worst,
                figures.took / least(kilobytes, 64_000),
                figures.took / least_carried,
            );
        }
    }
}
