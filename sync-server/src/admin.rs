//! Changing the roster: sites, people, revocation. Each is signed, raised one epoch and noted in the hub's log.

use audit::SessionEvent;
use record::{DeviceId, PersonId, ScopeId, SiteId};
use roster::{ChangeError, Floors, Role, Roster, RosterError, SiteKind};
use store::{HubCommit, NewRoster, StoreError};

use crate::hub::Hub;
use crate::pen::Subject;
use crate::rejoin::PASSED_EPOCHS;

/// How often a change of the roster is tried again when another process changed it meanwhile.
const ATTEMPTS: u32 = 5;

/// The longest name, in bytes, that the roster takes.
const MAX_NAME_BYTES: usize = 200;

/// Why the roster was not changed. It stands as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdminError {
    /// Give another name.
    #[error("a name has 1 to {MAX_NAME_BYTES} bytes and no control characters")]
    BadName,
    /// Give another name, or use what is there.
    #[error("there is a {what} called {name:?} already; choose another name")]
    NameTaken {
        /// Of what.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// Name something that the roster lists.
    #[error("{0}; `posta-hub site list`, `person list` and `device list` show what there is")]
    Change(#[from] ChangeError),
    /// See what the roster says.
    #[error("the new roster could not be signed: {0}")]
    Sign(#[from] RosterError),
    /// Try again.
    #[error("other commands keep changing the roster; try again in a moment")]
    Contended,
    /// See what the store says.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Tells whether the roster takes a text as a name.
pub(crate) fn is_name(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && text.len() <= MAX_NAME_BYTES && !text.chars().any(char::is_control)
}

/// What came of a change of the roster, and what the hub's log says about it.
pub(crate) struct Changed<T> {
    pub(crate) result: T,
    pub(crate) event: SessionEvent,
    pub(crate) subject: Subject,
}

impl Hub {
    /// Adds a site. Its new charts join the scope of that name, which is made if there is none; without a
    /// name the site has a scope of its own.
    pub fn add_site(
        &mut self,
        name: &str,
        kind: SiteKind,
        scope: Option<&str>,
    ) -> Result<SiteId, AdminError> {
        let name = checked(name)?;
        let scope = checked(scope.unwrap_or(name))?;
        self.change_roster(
            |roster| {
                if roster.sites.iter().any(|it| it.name == name) {
                    return Err(taken("site", name));
                }
                let home = scope_called(roster, scope)?;
                let result = roster.add_site(name, kind, home)?;
                let number = Some(i64::from(result.0));
                let subject = Subject {
                    number,
                    ..Subject::default()
                };
                Ok(Changed {
                    result,
                    event: SessionEvent::SiteAdded,
                    subject,
                })
            },
            |_site| HubCommit::default(),
        )
    }

    /// Adds a person who works at these sites.
    pub fn add_person(
        &mut self,
        name: &str,
        role: Role,
        sites: &[SiteId],
    ) -> Result<PersonId, AdminError> {
        let name = checked(name)?;
        self.change_roster(
            |roster| {
                let result = roster.add_person(name, role, sites)?;
                let subject = Subject {
                    person: Some(result),
                    ..Subject::default()
                };
                Ok(Changed {
                    result,
                    event: SessionEvent::PersonAdded,
                    subject,
                })
            },
            |_person| HubCommit::default(),
        )
    }

    /// Shuts a device out. Its live connections are closed by `serve` as soon as it sees the new roster.
    pub fn revoke_device(&mut self, device: DeviceId) -> Result<(), AdminError> {
        self.change_roster(
            |roster| {
                roster.revoke(device)?;
                let subject = Subject {
                    device: Some(device),
                    ..Subject::default()
                };
                Ok(Changed {
                    result: (),
                    event: SessionEvent::DeviceRevoked,
                    subject,
                })
            },
            |()| HubCommit::default(),
        )
    }

    /// Gives a device another block of patient numbers. It has them from its next sync on.
    pub fn give_block(&mut self, device: DeviceId) -> Result<u16, AdminError> {
        self.change_roster(
            |roster| {
                // A device that was copied takes its numbers from the blocks of its newest log.
                let log = roster
                    .device(device)
                    .and_then(|it| it.moved.last().copied());
                let result = match log {
                    Some((log, _)) => roster.give_block_to_log(device, log)?,
                    None => roster.give_block(device)?,
                };
                let subject = Subject {
                    device: Some(device),
                    number: Some(i64::from(result)),
                    person: None,
                };
                Ok(Changed {
                    result,
                    event: SessionEvent::BlockGiven,
                    subject,
                })
            },
            |_block| HubCommit::default(),
        )
    }

    /// Changes the roster as `change` says, signs it and commits it with what `beside` adds.
    pub(crate) fn change_roster<T>(
        &mut self,
        change: impl Fn(&mut Roster) -> Result<Changed<T>, AdminError>,
        beside: impl Fn(&T) -> HubCommit,
    ) -> Result<T, AdminError> {
        for _attempt in 0..ATTEMPTS {
            self.refresh()?;
            let made_from = self.roster.epoch;
            let mut roster = self.roster.clone();
            let after = self.after_restore()?;
            if let Some(base) = &after {
                roster.floors = Floors::above(base);
            }
            let Changed {
                result,
                event,
                subject,
            } = change(&mut roster)?;
            let passed = after.map_or(0, |base| base.epoch.saturating_add(PASSED_EPOCHS));
            roster.epoch = made_from.max(passed).saturating_add(1);
            let signed = roster.sign(&self.keys.roster)?;
            let number = i64::try_from(roster.epoch).ok();
            let mut commit = beside(&result);
            commit.entries.push(self.entry(event, subject));
            commit.entries.push(self.entry(
                SessionEvent::RosterSigned,
                Subject {
                    number,
                    ..Subject::default()
                },
            ));
            commit.roster = Some(NewRoster {
                made_from,
                epoch: roster.epoch,
                signed,
            });
            match self.commit(commit) {
                Ok(()) => {
                    self.refresh()?;
                    self.sign_checkpoint()?;
                    return Ok(result);
                }
                Err(StoreError::Stale { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(AdminError::Contended)
    }
}

fn checked(name: &str) -> Result<&str, AdminError> {
    if is_name(name) {
        Ok(name.trim())
    } else {
        Err(AdminError::BadName)
    }
}

fn taken(what: &'static str, name: &str) -> AdminError {
    AdminError::NameTaken {
        what,
        name: name.to_owned(),
    }
}

fn scope_called(roster: &mut Roster, name: &str) -> Result<ScopeId, ChangeError> {
    let found = roster
        .scopes
        .iter()
        .find(|it| it.name == name)
        .map(|it| it.id);
    found.map_or_else(|| roster.add_scope(name), Ok)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::hub;

    #[test]
    fn a_name_is_as_long_as_the_roster_takes_it() {
        let (mut hub, _world) = hub();
        let (most, more) = ("x".repeat(MAX_NAME_BYTES), "x".repeat(MAX_NAME_BYTES + 1));

        let site = hub.add_site(&most, SiteKind::Clinic, None).unwrap();
        let sites = hub.roster().sites.len();
        let refused = hub.add_site(&more, SiteKind::Clinic, None);

        assert_eq!(hub.roster().site(site).unwrap().name, most);
        assert!(matches!(refused, Err(AdminError::BadName)), "{refused:?}");
        assert_eq!(hub.roster().sites.len(), sites);
    }
}
