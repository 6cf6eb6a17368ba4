//! What the page can ask for, each a line over the client, named after what a clinician does.

pub(crate) mod conflict;
pub(crate) mod draft;
pub(crate) mod enrolment;
pub(crate) mod home;
pub(crate) mod patient;
pub(crate) mod people;
pub(crate) mod status;
pub(crate) mod visit;
