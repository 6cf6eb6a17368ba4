//! Both directions of a link at once: what waits is handed over while messages come, so that neither waits for the other.

use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until, timeout};
use wire::Message;

use super::{Arrived, Direction, ExchangeError, Link, READ_BYTES, ReceiveError, SendError, Way};
use crate::settings::{PIECE_BYTES, STALL};
use crate::watchdog::LOOK;

/// Whether messages are taken as well. Whoever cannot keep up lets the peer wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receiving {
    /// The next one is wanted.
    Wanted,
    /// None is wanted now.
    Unwanted,
}

/// What a link has done.
#[derive(Debug, PartialEq)]
pub enum Exchanged {
    /// A message came.
    Came(Box<Message>),
    /// A message that waited is handed over.
    Went,
}

/// What came of waiting for a second.
#[derive(Debug)]
pub enum Waited<T> {
    /// What was waited for.
    Done(T),
    /// Nothing yet.
    Alive,
    /// Nothing, and the peer has given no sign of life for long although something is on its way to it: it is time to
    /// open another link beside this one. A sign may still come.
    Silent,
}

/// What the network did.
pub(super) enum Moved {
    /// It took so many bytes.
    Up(usize),
    /// It brought some.
    Down(Arrived),
}

impl Link {
    /// Returns how many messages wait to be handed over, and how many of them are urgent and not begun.
    #[must_use]
    pub fn waiting(&self) -> (usize, usize) {
        (self.outbox.waiting(), self.outbox.urgent())
    }

    /// Hands over what waits, until a message came or one is handed over.
    pub async fn exchange(&mut self, receiving: Receiving) -> Result<Exchanged, ExchangeError> {
        loop {
            if receiving == Receiving::Wanted
                && let Some(message) = self.next_message()?
            {
                return Ok(Exchanged::Came(Box::new(message)));
            }
            let waiting = self.outbox.waiting();
            match self.step(receiving).await? {
                Moved::Up(bytes) => self.note_went(bytes),
                Moved::Down(arrived) => self.note_end(arrived).await?,
            }
            if self.outbox.waiting() < waiting {
                return Ok(Exchanged::Went);
            }
        }
    }

    /// The same, but comes back every second to say how things stand.
    pub async fn exchange_a_while(
        &mut self,
        receiving: Receiving,
    ) -> Result<Waited<Exchanged>, ExchangeError> {
        match timeout(LOOK, self.exchange(receiving)).await {
            Ok(exchanged) => exchanged.map(Waited::Done),
            Err(_not_yet) => Ok(self.look()),
        }
    }

    fn look<T>(&mut self) -> Waited<T> {
        let passed = self.looked.elapsed();
        self.looked = Instant::now();
        let is_silent = match &self.way {
            Way::Quic(quic) => self.watchdog.look(quic.signs(), passed),
            Way::Tcp(tcp) => tcp.is_silent(),
        };
        if is_silent {
            Waited::Silent
        } else {
            Waited::Alive
        }
    }

    /// Moves some bytes, as soon as the limits and the network let it.
    async fn step(&mut self, receiving: Receiving) -> Result<Moved, ExchangeError> {
        loop {
            let (up_wait, up) = self.limits.next(Direction::Up, PIECE_BYTES);
            let (down_wait, down) = self.limits.next(Direction::Down, READ_BYTES);
            let most = match receiving {
                Receiving::Wanted if down_wait.is_zero() => down,
                Receiving::Wanted | Receiving::Unwanted => 0,
            };
            let before = self.inbox.unread().len();
            let is_midway = most > 0 && self.inbox.is_midway();
            let waiting = self.outbox.peek();
            let has_more = !waiting.is_empty();
            let piece = if up_wait.is_zero() {
                waiting.get(..up).unwrap_or(waiting)
            } else {
                &[]
            };
            let is_writing = !piece.is_empty();
            let (up_late, down_late) = (self.moved_up + STALL, self.moved_down + STALL);
            let limited = soonest(has_more.then_some(up_wait), Some(down_wait));
            let moving = async {
                match &mut self.way {
                    Way::Quic(quic) => quic.exchange(piece, &mut self.inbox, most).await,
                    Way::Tcp(tcp) => tcp.exchange(piece, &mut self.inbox, most).await,
                }
            };
            tokio::select! {
                moved = moving => {
                    self.note_came(before);
                    return moved;
                }
                () = sleep(limited.unwrap_or_default()), if limited.is_some() => {}
                () = sleep_until(up_late), if is_writing => return Err(SendError::Stalled.into()),
                () = sleep_until(down_late), if is_midway => return Err(ReceiveError::Stalled.into()),
            }
        }
    }
}

/// Returns the shorter of two waits, of those that are any.
fn soonest(one: Option<Duration>, other: Option<Duration>) -> Option<Duration> {
    let waits = [one, other].into_iter().flatten();
    waits.filter(|it| !it.is_zero()).min()
}
