//! The settings of this computer: read and written without unlocking, for nothing of any patient is in them.

use std::path::Path;

use transport::RateLimit;

use super::Client;
use crate::home::{Home, HomeError};
use crate::views::{CommandError, ErrorCode, LinkSettings, SettingsView};

impl Client {
    /// Returns the settings of a home.
    pub fn settings(folder: &Path) -> Result<SettingsView, CommandError> {
        if !Home::is_at(folder) {
            return Err(HomeError::Missing.into());
        }
        let link = Home::link_settings(folder);
        Ok(SettingsView {
            link,
            is_metered: link.is_metered(),
        })
    }

    /// Sets what syncing may take of the link. The next meeting keeps to it.
    pub fn set_link(folder: &Path, settings: LinkSettings) -> Result<SettingsView, CommandError> {
        if settings.limit.is_some() && settings.rate_limit().is_none() {
            let text = format!("the lowest limit is {} bit/s", RateLimit::LEAST);
            return Err(CommandError::text(ErrorCode::FieldInvalid, text));
        }
        Home::write_link_settings(folder, &settings)?;
        Self::settings(folder)
    }

    /// Returns the settings of the home that is open; those of a replica in memory are as if nothing was set.
    pub(super) fn link_settings(&self) -> LinkSettings {
        let home = self.home.as_ref();
        home.map_or_else(LinkSettings::default, |it| Home::link_settings(it.folder()))
    }
}

impl LinkSettings {
    /// Returns the limit, if there is one that can be kept.
    pub(crate) fn rate_limit(&self) -> Option<RateLimit> {
        self.limit.and_then(RateLimit::from_bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_below_which_nothing_works_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let settings = LinkSettings {
            limit: Some(1_000),
            ..LinkSettings::default()
        };

        let refused = Client::set_link(folder.path(), settings).map_err(|it| it.code);

        assert_eq!(refused, Err(ErrorCode::FieldInvalid));
    }

    #[test]
    fn a_folder_without_a_home_has_no_settings() {
        let folder = tempfile::tempdir().unwrap();

        let missing = Client::settings(folder.path()).map_err(|it| it.code);

        assert_eq!(missing, Err(ErrorCode::NotEnrolled));
    }
}
