//! What somebody lets a link carry, in each direction.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::allowance::{Allowance, RateLimit};

/// One of its directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Up,
    Down,
}

/// What a link may carry; by default as much as it can.
#[derive(Debug, Default)]
pub(super) struct Limits(Option<Limited>);

#[derive(Debug)]
struct Limited {
    began: Instant,
    up: Allowance,
    down: Allowance,
}

impl Limits {
    pub(super) fn new(limit: Option<RateLimit>) -> Self {
        Self(limit.map(|limit| Limited {
            began: Instant::now(),
            up: Allowance::new(limit),
            down: Allowance::new(limit),
        }))
    }

    /// Waits until more may be carried; returns how much, but no more than `most`. It may be dropped half-way.
    pub(super) async fn room(&self, direction: Direction, most: usize) -> usize {
        let Some(limited) = &self.0 else {
            return most;
        };
        let allowance = match direction {
            Direction::Up => &limited.up,
            Direction::Down => &limited.down,
        };
        let wait = allowance.wait(limited.began.elapsed());
        if wait > Duration::ZERO {
            sleep(wait).await;
        }
        allowance.piece().min(most)
    }

    /// Takes note of what was carried.
    pub(super) fn carried(&mut self, direction: Direction, bytes: usize) {
        if let Some(limited) = &mut self.0 {
            let now = limited.began.elapsed();
            match direction {
                Direction::Up => limited.up.carried(now, bytes),
                Direction::Down => limited.down.carried(now, bytes),
            }
        }
    }
}
