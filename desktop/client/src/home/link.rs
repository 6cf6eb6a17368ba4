//! What syncing may take of this computer's link: a file of its own, which another program may read at any time.

use std::path::Path;

use super::files::{FileError, read_bounded, write_private};
use super::{Home, HomeError};
use crate::views::LinkSettings;

/// Two values take some dozen bytes; later releases may have more.
const MAX_BYTES: u64 = 4 * 1024;

impl Home {
    /// Reads the settings of the home's link. A file that cannot be read is as good as none: a broken setting must
    /// not keep what was written here from getting to the hub.
    pub(crate) fn link_settings(folder: &Path) -> LinkSettings {
        let path = folder.join("link");
        if !path.is_file() {
            return LinkSettings::default();
        }
        let read = read_bounded(&path, MAX_BYTES).and_then(|bytes| {
            serde_ipld_dagcbor::from_slice(&bytes).map_err(|_unreadable| FileError::damaged(&path))
        });
        read.unwrap_or_else(|error| {
            tracing::warn!(%error, "the settings of the link are not used");
            LinkSettings::default()
        })
    }

    /// Writes the settings of the home's link, also while another program has the home open.
    pub(crate) fn write_link_settings(
        folder: &Path,
        settings: &LinkSettings,
    ) -> Result<(), HomeError> {
        if !Self::is_at(folder) {
            return Err(HomeError::Missing);
        }
        let bytes =
            serde_ipld_dagcbor::to_vec(settings).expect("numbers and names can always be written");
        Ok(write_private(&folder.join("link"), &bytes)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::home::Facts;
    use crate::views::Metered;

    #[test]
    fn settings_outlive_the_program_and_need_no_unlocking() {
        let folder = tempfile::tempdir().unwrap();
        let settings = LinkSettings {
            limit: Some(64_000),
            metered: Metered::Yes,
        };
        let nowhere = Home::write_link_settings(folder.path(), &settings);
        let home = Home::found(folder.path()).unwrap();
        home.write_facts(&Facts::pending("laptop")).unwrap();
        let before = Home::link_settings(folder.path());

        Home::write_link_settings(folder.path(), &settings).unwrap();

        assert!(matches!(nowhere, Err(HomeError::Missing)));
        assert_eq!(before, LinkSettings::default());
        assert_eq!(Home::link_settings(folder.path()), settings);
    }

    #[test]
    fn a_damaged_file_and_one_with_more_in_it_stop_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let write = |bytes: &[u8]| std::fs::write(folder.path().join("link"), bytes).unwrap();

        write(b"\xff\xff");
        assert_eq!(Home::link_settings(folder.path()), LinkSettings::default());
        write(b"\xa2\x65later\x01\x65limit\x19\xfa\x00");
        let later = Home::link_settings(folder.path());

        assert_eq!(later.limit, Some(64_000));
    }

    #[test]
    fn a_file_is_read_up_to_its_limit() {
        let folder = tempfile::tempdir().unwrap();
        // A member of a later release fills the file.
        let limit_read = |size: u64| {
            let filling = u16::try_from(size).unwrap() - 19;
            let mut bytes = b"\xa2\x65later\x79".to_vec();
            bytes.extend(filling.to_be_bytes());
            bytes.resize(bytes.len() + usize::from(filling), b'x');
            bytes.extend(b"\x65limit\x19\xfa\x00");
            assert_eq!(bytes.len() as u64, size);
            std::fs::write(folder.path().join("link"), bytes).unwrap();
            Home::link_settings(folder.path()).limit
        };

        assert_eq!(limit_read(MAX_BYTES), Some(64_000));
        assert_eq!(limit_read(MAX_BYTES + 1), None);
    }
}
