//! Enrolling this computer with an invite.

use std::path::Path;

use crate::{CommandError, EnrolmentView, Host};

/// An enrolment under way. Its keys and its invite are on the disk: it can be taken up again.
pub struct Enrolment {}

impl Enrolment {
    /// Starts (or takes up again, with the same invite) an enrolment into an empty home.
    pub fn begin(
        _home: &Path,
        _invite: &str,
        _passphrase: &str,
        _label: &str,
        _host: Box<dyn Host>,
    ) -> Result<Self, CommandError> {
        todo!()
    }

    /// Takes up the enrolment that waits in the home.
    pub fn resume(
        _home: &Path,
        _passphrase: &str,
        _host: Box<dyn Host>,
    ) -> Result<Self, CommandError> {
        todo!()
    }

    /// Asks the hub once; blocks at most a few seconds.
    pub fn poll(&mut self) -> Result<EnrolmentView, CommandError> {
        todo!()
    }
}
