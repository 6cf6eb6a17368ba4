//! What happens around a home while nobody meets: the network changes, another program writes.

use std::path::Path;
use std::time::SystemTime;

/// Calls `tell` after each change of this computer's network, in a thread of its own, until that says that nobody
/// listens any more. If that cannot be, a change is found by the next meeting.
pub fn watch_network(tell: impl FnMut() -> bool + Send + 'static) {
    if let Err(error) = transport::watch_network(None, tell) {
        tracing::warn!(%error, "the network is not watched");
    }
}

/// The state of a home's records as the file system shows it: another one means that something was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written([Option<(SystemTime, u64)>; 2]);

impl Written {
    /// Looks at a home, also while another program has it open.
    #[must_use]
    pub fn look(home: &Path) -> Self {
        Self(["replica.db", "replica.db-wal"].map(|name| {
            let about = std::fs::metadata(home.join(name)).ok()?;
            Some((about.modified().ok()?, about.len()))
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_program_writes_is_seen() {
        let home = tempfile::tempdir().unwrap();
        let nothing = Written::look(home.path());
        std::fs::write(home.path().join("replica.db-wal"), "a page").unwrap();
        let one = Written::look(home.path());
        std::fs::write(home.path().join("replica.db-wal"), "two pages").unwrap();

        assert_ne!(nothing, one);
        assert_ne!(one, Written::look(home.path()));
        assert_eq!(Written::look(home.path()), Written::look(home.path()));
    }
}
