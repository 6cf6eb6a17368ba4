//! For how long a hub is waited for.

use std::future::Future;
use std::pin::Pin;

use tokio::time::Instant;
use transport::{ConnectError, Exchanged, Link};
use wire::Message;

/// How many messages may follow each other that bring nothing. A hub that merges says WAIT once a minute, so this is two
/// hours of it: longer than the first push of 200,000 charts took.
const MAX_EMPTY: u32 = 120;

/// For how long a link is waited at, and what is opened beside it meanwhile.
pub(crate) struct Vigil<'a> {
    /// Since something last happened.
    pub(super) since: Instant,
    /// How many messages came one after the other that bring nothing.
    empty: u32,
    pub(super) fresh: Option<Fresh<'a>>,
}

impl Vigil<'_> {
    pub(crate) fn begin() -> Self {
        Self {
            since: Instant::now(),
            empty: 0,
            fresh: None,
        }
    }

    /// Something happened. A hub that says again and again only that it will answer is borne with for a while.
    pub(super) fn happened(&mut self, exchanged: &Exchanged) {
        if let Exchanged::Came(message) = exchanged {
            let is_empty = matches!(**message, Message::Wait(_) | Message::Unknown { .. });
            self.empty = if is_empty {
                self.empty.saturating_add(1)
            } else {
                0
            };
        }
        if self.empty <= MAX_EMPTY {
            self.since = Instant::now();
        }
    }
}

/// Another link that is being opened.
type Fresh<'a> = Pin<Box<dyn Future<Output = Result<Link, ConnectError>> + Send + 'a>>;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_hub_that_only_ever_says_that_it_will_answer_is_not_waited_for() {
        let mut vigil = Vigil::begin();
        let wait = || Exchanged::Came(Box::new(Message::Wait(wire::Wait {})));
        let before = |vigil: &mut Vigil<'_>, said: &Exchanged| {
            let before = vigil.since - Duration::from_millis(1);
            vigil.since = before;
            vigil.happened(said);
            vigil.since > before
        };
        assert!((0..MAX_EMPTY).all(|_| before(&mut vigil, &wait())));
        assert!(!before(&mut vigil, &wait()), "its patience is at an end");

        let done = Exchanged::Came(Box::new(Message::Done(wire::Done::default())));
        assert!(before(&mut vigil, &done));
        assert!(before(&mut vigil, &wait()));
    }
}
