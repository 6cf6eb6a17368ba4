//! What packs of charts have told each peer, which takes memory: some peers at a time have a window of their own.

use std::sync::Arc;

use record::DeviceId;
use store::StoreError;
use sync::Holds;
use wire::{ChartPack, PackProgress, PackWindow};

use crate::hub::Hub;

/// How many peers may have a window at once, of four megabytes each. To more of them each pack is told by itself.
const MAX_WINDOWS: usize = 16;

/// Counts the windows of a hub: each holds a copy.
pub(crate) type Windows = Arc<()>;

/// What packs have told one peer in its session; nothing before the first.
#[derive(Debug, Default)]
pub(crate) struct Told(Option<(PackWindow, Windows)>);

impl Told {
    /// Packs what follows for the peer.
    pub(crate) fn read(
        &mut self,
        hub: &Hub,
        reader: (DeviceId, &Holds),
        from: PackProgress,
    ) -> Result<ChartPack, StoreError> {
        if self.0.is_none() && Arc::strong_count(&hub.windows) <= MAX_WINDOWS {
            self.0 = Some((PackWindow::default(), Arc::clone(&hub.windows)));
        }
        let mut alone = PackWindow::default();
        let window = self.0.as_mut().map_or(&mut alone, |it| &mut it.0);
        let pack = hub.read_pack(reader, from, window)?;
        if pack.is_last() {
            self.0 = None;
        }
        Ok(pack)
    }
}

#[cfg(test)]
mod tests {
    use record::ScopeId;
    use wire::PackMark;

    use super::*;
    use crate::testing::{Laptop, hub};

    #[test]
    fn so_many_peers_have_windows_and_the_others_do_without() {
        let (mut hub, _world) = hub();
        let mut a = Laptop::enrol(&mut hub, 1, 1);
        a.register(7);
        a.push(&mut hub);
        let head = hub.feed_heads(&[ScopeId(1)]).unwrap()[0];
        let from = PackProgress {
            head,
            mark: PackMark::START,
        };
        let held: Vec<Windows> = (1..MAX_WINDOWS)
            .map(|_peer| Arc::clone(&hub.windows))
            .collect();
        let reader = (DeviceId(9), &Holds::EVERYTHING);
        let (mut last, mut more) = (Told::default(), Told::default());
        last.0 = Some((PackWindow::default(), Arc::clone(&hub.windows)));

        let pack = more.read(&hub, reader, from).unwrap();

        assert!(pack.open(&hub.keys.history.public()).is_ok());
        assert!(more.0.is_none());
        assert_eq!(Arc::strong_count(&hub.windows), MAX_WINDOWS + 1);
        last.read(&hub, reader, from).unwrap();
        drop(held);
        assert_eq!(Arc::strong_count(&hub.windows), 1, "all has been told");
    }
}
