//! Deciding about a computer that asks to be enrolled: a person compares six words.

use audit::SessionEvent;
use record::{DeviceId, PersonId, SiteId};
use roster::NewDevice;
use store::{HubCommit, Request, RequestState, StoreError};

use crate::admin::{AdminError, Changed};
use crate::enrol::{Asked, read};
use crate::hub::Hub;
use crate::pen::Subject;

/// Why a request was not approved or declined. It stands as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApproveError {
    /// Look at the list.
    #[error("no request has the number {0}; `posta-hub device list` shows those that wait")]
    NoSuchRequest(u64),
    /// Look at the list.
    #[error("nobody asks with the number {0}; `posta-hub person list` shows who waits")]
    NobodyAsks(u64),
    /// Nothing is to be done.
    #[error("request {0} has been decided already; `posta-hub device list` shows the devices")]
    Decided(u64),
    /// Do not approve: find out which computer is asking.
    #[error(
        "the words are not those of the request: do not approve it before you know which computer is asking"
    )]
    WrongWords,
    /// Ask the device to enrol again with a new invite.
    #[error("what the device asked cannot be read: have it enrol again with a new invite")]
    Damaged,
    /// See what the roster says.
    #[error(transparent)]
    Admin(#[from] AdminError),
    /// See what the store says.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A request that waits for a person's decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its number.
    pub id: u64,
    /// Where the device will stand.
    pub site: SiteId,
    /// Who asks.
    pub person: PersonId,
    /// What the device is called.
    pub label: String,
    /// When it asked, in milliseconds since 1970.
    pub asked_ms: u64,
    /// What both sides show.
    pub words: Vec<String>,
}

impl Hub {
    /// Returns the requests that wait for a decision, the newest first.
    pub fn waiting_requests(&self) -> Result<Vec<Waiting>, StoreError> {
        let requests = self.store.requests()?;
        let pending = requests
            .iter()
            .filter(|it| it.state == RequestState::Pending);
        Ok(pending.filter_map(waiting).collect())
    }

    /// Approves a request: the device is listed in a new roster, with a block of patient numbers of its own.
    ///
    /// `words` are those that the computer shows, if the caller has them to compare.
    pub fn approve_device(
        &mut self,
        id: u64,
        words: Option<&str>,
    ) -> Result<DeviceId, ApproveError> {
        let request = self
            .store
            .request(id)?
            .ok_or(ApproveError::NoSuchRequest(id))?;
        if request.state != RequestState::Pending {
            return Err(ApproveError::Decided(id));
        }
        let asked = read(&request).ok_or(ApproveError::Damaged)?;
        if words.is_some_and(|typed| !same_words(typed, &asked.words)) {
            return Err(ApproveError::WrongWords);
        }
        let device = self.change_roster(
            |roster| {
                let result = roster.enrol(NewDevice {
                    site: asked.site,
                    label: asked.label.clone(),
                    tls: request.tls,
                    log: asked.log,
                })?;
                // A request from before the hub's update may be of a program that does not.
                let enrolled = roster.devices.iter_mut().filter(|it| it.id == result);
                enrolled.for_each(|it| it.proves_actors = asked.proves_actors);
                roster.admit(asked.person, result, asked.sign, asked.seal)?;
                let (device, person) = (Some(result), Some(asked.person));
                let subject = Subject {
                    device,
                    person,
                    ..Subject::default()
                };
                Ok(Changed {
                    result,
                    event: SessionEvent::DeviceApproved,
                    subject,
                })
            },
            |device| {
                let state = RequestState::Approved(*device);
                let request = Some(Request {
                    state,
                    ..request.clone()
                });
                HubCommit {
                    request,
                    ..HubCommit::default()
                }
            },
        )?;
        Ok(device)
    }
}

impl Hub {
    /// Declines a request: the computer is told when it asks again, and needs another invite.
    pub fn decline_device(&mut self, id: u64) -> Result<(), ApproveError> {
        let request = self
            .store
            .request(id)?
            .ok_or(ApproveError::NoSuchRequest(id))?;
        let subject = Subject {
            number: i64::try_from(id).ok(),
            ..Subject::default()
        };
        let commit = HubCommit {
            entries: vec![self.entry(SessionEvent::DeviceDeclined, subject)],
            request: Some(Request {
                state: RequestState::Refused,
                ..request
            }),
            ..HubCommit::default()
        };
        match self.commit(commit) {
            Ok(()) => Ok(self.sign_checkpoint()?),
            // What was decided stays decided, and nothing was noted.
            Err(StoreError::Stale { .. }) => Err(ApproveError::Decided(id)),
            Err(error) => Err(error.into()),
        }
    }
}

fn waiting(request: &Request) -> Option<Waiting> {
    let asked = read(request)?;
    let Asked {
        site,
        person,
        label,
        words,
        ..
    } = asked;
    Some(Waiting {
        id: request.id,
        site,
        person,
        label,
        asked_ms: request.asked_ms,
        words,
    })
}

/// Compares what a person typed with what is shown; case, commas and hyphens do not count.
pub(crate) fn same_words(typed: &str, shown: &[String]) -> bool {
    let typed = typed.to_lowercase();
    let words: Vec<&str> = typed
        .split(|c: char| !c.is_alphabetic())
        .filter(|it| !it.is_empty())
        .collect();
    words == shown
}
