//! A simulated machine: a wall clock that may be wrong and may jump, randomness from the seed, and a
//! fuse that kills the process in the middle of whatever it is doing.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use desktop_client::Host;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use sync_server::World;

/// The true time, in milliseconds since 1970. Only the run moves it.
#[derive(Debug, Clone)]
pub(crate) struct Time(Arc<AtomicU64>);

impl Time {
    pub(crate) fn starting_at(ms: u64) -> Self {
        Self(Arc::new(AtomicU64::new(ms)))
    }

    pub(crate) fn now(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn advance_to(&self, ms: u64) {
        self.0.fetch_max(ms, Ordering::Relaxed);
    }
}

/// The process was killed: only its store is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Killed;

/// A machine. Every clone is the same machine.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    time: Time,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    seed: u64,
    rng: ChaCha8Rng,
    /// How far the wall clock is ahead of the true time; negative when behind.
    ahead_ms: i64,
    /// How many more questions the process may ask the machine before it is killed.
    fuse: Option<u32>,
}

impl Machine {
    pub(crate) fn new(time: &Time, seed: u64) -> Self {
        let rng = ChaCha8Rng::seed_from_u64(seed);
        let state = State {
            seed,
            rng,
            ahead_ms: 0,
            fuse: None,
        };
        Self {
            time: time.clone(),
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// Sets the wall clock.
    pub(crate) fn set_wall(&self, ms: u64) {
        let ahead = i128::from(ms) - i128::from(self.time.now());
        self.state().ahead_ms = i64::try_from(ahead).unwrap_or_default();
    }

    /// Sets the wall clock right.
    pub(crate) fn set_right(&self) {
        self.state().ahead_ms = 0;
    }

    /// Lets the process die at the question after this many: each transaction asks for the time or
    /// for randomness before it or inside it, so this is between or within any two writes.
    pub(crate) fn arm(&self, questions: u32) {
        self.state().fuse = Some(questions);
    }

    /// Asks for nothing: a place where the process may die.
    pub(crate) fn may_die(&self) {
        self.asked();
    }

    pub(crate) fn disarm(&self) {
        self.state().fuse = None;
    }

    /// Makes the machine give the same randomness again, as no machine must.
    pub(crate) fn replay_randomness(&self) {
        let mut state = self.state();
        state.rng = ChaCha8Rng::seed_from_u64(state.seed);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Burns the fuse.
    fn asked(&self) {
        let mut state = self.state();
        let burnt = match &mut state.fuse {
            None => false,
            Some(0) => true,
            Some(left) => {
                *left -= 1;
                false
            }
        };
        if burnt {
            state.fuse = None;
            drop(state);
            // Unlike a panic this says nothing on the terminal.
            resume_unwind(Box::new(Killed));
        }
    }

    fn wall_ms(&self) -> u64 {
        self.asked();
        let ahead = self.state().ahead_ms;
        self.time.now().saturating_add_signed(ahead)
    }

    fn fill(&self, bytes: &mut [u8]) {
        self.asked();
        self.state().rng.fill_bytes(bytes);
    }
}

impl Host for Machine {
    fn now_ms(&self) -> u64 {
        self.wall_ms()
    }

    fn fill_random(&self, bytes: &mut [u8]) {
        self.fill(bytes);
    }
}

impl World for Machine {
    fn now_ms(&self) -> u64 {
        self.wall_ms()
    }

    fn fill_random(&self, bytes: &mut [u8]) {
        self.fill(bytes);
    }
}

/// Runs a step of a process, which may be killed in it.
pub(crate) fn alive<T>(step: impl FnOnce() -> T) -> Result<T, Killed> {
    catch_unwind(AssertUnwindSafe(step)).map_err(|payload: Box<dyn Any + Send>| {
        if payload.is::<Killed>() {
            Killed
        } else {
            resume_unwind(payload)
        }
    })
}
