//! Who waits at the door: whom the roster lists is let in before whoever else has a key.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::timeout;
use transport::{Link, Listener};
use wire::RefusalCode;

/// How many may wait whom the roster does not list. One of them may have a newer roster; who makes keys up must not
/// keep the door shut.
const MAX_STRANGERS: usize = 4;

/// Those who have come and were not let in yet.
#[derive(Debug)]
pub(super) struct Door<T> {
    listed: VecDeque<T>,
    strangers: VecDeque<T>,
}

impl<T> Door<T> {
    pub(super) const fn new() -> Self {
        Self {
            listed: VecDeque::new(),
            strangers: VecDeque::new(),
        }
    }

    /// Has somebody wait; returns who cannot.
    fn wait(&mut self, comer: T, is_listed: bool) -> Option<T> {
        if is_listed {
            self.listed.push_back(comer);
        } else if self.strangers.len() < MAX_STRANGERS {
            self.strangers.push_back(comer);
        } else {
            return Some(comer);
        }
        None
    }

    /// Lets in who is next.
    fn next(&mut self) -> Option<T> {
        self.listed
            .pop_front()
            .or_else(|| self.strangers.pop_front())
    }
}

impl Door<Link> {
    /// Waits for who is next; none once nobody can come any more.
    pub(super) async fn open(
        &mut self,
        listener: &mut Listener,
        is_listed: impl Fn(&Link) -> bool,
    ) -> Option<Link> {
        // All who have come meanwhile are looked at before anybody is let in.
        while let Ok(came) = timeout(Duration::ZERO, listener.accept()).await {
            self.sort(came?, &is_listed).await;
        }
        loop {
            if let Some(link) = self.next() {
                return Some(link);
            }
            let came = listener.accept().await?;
            self.sort(came, &is_listed).await;
        }
    }

    async fn sort(&mut self, link: Link, is_listed: impl Fn(&Link) -> bool) {
        let listed = is_listed(&link);
        if let Some(mut link) = self.wait(link, listed) {
            link.abort(RefusalCode::Busy).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_the_roster_lists_is_let_in_first_and_few_others_may_wait() {
        let mut door = Door::new();
        for stranger in 0..MAX_STRANGERS {
            assert_eq!(door.wait(stranger, false), None);
        }
        assert_eq!(door.wait(99, false), Some(99));
        for colleague in [100, 101] {
            assert_eq!(door.wait(colleague, true), None);
        }

        let order: Vec<usize> = std::iter::from_fn(|| door.next()).collect();

        assert_eq!(order[..3], [100, 101, 0]);
        assert_eq!(order.len(), MAX_STRANGERS + 2);
    }
}
