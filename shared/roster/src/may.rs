//! The single decision: may this person do this here?
//!
//! The client asks before it acts, and the hub before it merges. Both read the same table.

use std::fmt;

use record::{PersonId, SiteId};

use crate::{Person, Role, Roster};

/// What a person can set out to do with records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Open a chart.
    ReadChart,
    /// Look for a patient.
    SearchPatients,
    /// Begin a chart.
    RegisterPatient,
    /// Correct who a patient is: name, birth date, phone, address.
    CorrectIdentity,
    /// Write down what was observed, decided or done.
    WriteClinical,
    /// Settle a conflict.
    ResolveConflict,
    /// Bring in records from another system.
    ImportRecords,
    /// Take records out.
    ExportRecords,
    /// Vouch for a colleague who is to unlock a computer of the site, until the office has confirmed it.
    VouchForColleague,
}

impl Action {
    /// All there are.
    pub const ALL: [Self; 9] = [
        Self::ReadChart,
        Self::SearchPatients,
        Self::RegisterPatient,
        Self::CorrectIdentity,
        Self::WriteClinical,
        Self::ResolveConflict,
        Self::ImportRecords,
        Self::ExportRecords,
        Self::VouchForColleague,
    ];
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReadChart => "open charts",
            Self::SearchPatients => "look for patients",
            Self::RegisterPatient => "register patients",
            Self::CorrectIdentity => "correct who a patient is",
            Self::WriteClinical => "write in charts",
            Self::ResolveConflict => "settle conflicts",
            Self::ImportRecords => "bring in records",
            Self::ExportRecords => "take out records",
            Self::VouchForColleague => "vouch for a colleague",
        })
    }
}

/// Why a person may not do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Bring the roster up to date, or ask an administrator.
    #[error("the roster does not list person {0}")]
    UnknownPerson(PersonId),
    /// Ask an administrator if they should still work here.
    #[error("person {0} does not work here any more")]
    Inactive(PersonId),
    /// Bring the roster up to date.
    #[error("the roster does not list site {0}")]
    UnknownSite(SiteId),
    /// Ask an administrator to add the site to what the person does.
    #[error("person {person} does not work at site {site}")]
    NotAtThisSite {
        /// Who.
        person: PersonId,
        /// Where.
        site: SiteId,
    },
    /// Ask someone whose role allows it.
    #[error("the role {role} may not {action}")]
    NotInThisRole {
        /// What the person is.
        role: Role,
        /// What they set out to do.
        action: Action,
    },
}

/// Decides whether a person may do something at a site.
pub fn may(roster: &Roster, person: PersonId, action: Action, at: SiteId) -> Result<(), Refusal> {
    decide(roster, person, action, at, |someone| someone.active)
}

/// Decides whether a person might do something at a site at a time, in milliseconds since 1970: what they wrote before
/// they left may come late.
pub fn might(
    roster: &Roster,
    person: PersonId,
    action: Action,
    at: SiteId,
    when_ms: u64,
) -> Result<(), Refusal> {
    decide(roster, person, action, at, |someone| {
        someone.worked_here(when_ms)
    })
}

fn decide(
    roster: &Roster,
    person: PersonId,
    action: Action,
    at: SiteId,
    works_here: impl Fn(&Person) -> bool,
) -> Result<(), Refusal> {
    let someone = roster
        .person(person)
        .ok_or(Refusal::UnknownPerson(person))?;
    if !works_here(someone) {
        return Err(Refusal::Inactive(person));
    }
    if roster.site(at).is_none() {
        return Err(Refusal::UnknownSite(at));
    }
    if !someone.sites.contains(&at) {
        return Err(Refusal::NotAtThisSite { person, site: at });
    }
    if !allowed(someone.role).contains(&action) {
        return Err(Refusal::NotInThisRole {
            role: someone.role,
            action,
        });
    }
    Ok(())
}

/// The table.
const fn allowed(role: Role) -> &'static [Action] {
    use Action::{
        CorrectIdentity, ExportRecords, ImportRecords, ReadChart, RegisterPatient, ResolveConflict,
        SearchPatients, VouchForColleague, WriteClinical,
    };
    match role {
        Role::Registrar => &[
            SearchPatients,
            ReadChart,
            RegisterPatient,
            CorrectIdentity,
            ImportRecords,
        ],
        Role::Nurse => &[
            SearchPatients,
            ReadChart,
            RegisterPatient,
            CorrectIdentity,
            WriteClinical,
            ResolveConflict,
            ImportRecords,
        ],
        // In a small clinic one person answers for everything, what leaves it included.
        Role::Clinician => &[
            SearchPatients,
            ReadChart,
            RegisterPatient,
            CorrectIdentity,
            WriteClinical,
            ResolveConflict,
            ImportRecords,
            ExportRecords,
        ],
        Role::HimOfficer => &[
            SearchPatients,
            ReadChart,
            RegisterPatient,
            CorrectIdentity,
            ResolveConflict,
            ImportRecords,
            ExportRecords,
        ],
        // Who runs a site knows who works there.
        Role::SiteManager => &[
            SearchPatients,
            ReadChart,
            RegisterPatient,
            CorrectIdentity,
            ResolveConflict,
            ImportRecords,
            ExportRecords,
            VouchForColleague,
        ],
        Role::Coder | Role::PrivacyOfficer => &[SearchPatients, ReadChart],
        // Figures are made at the hub; keeping computers needs no chart.
        Role::Analyst | Role::Administrator | Role::Unknown(_) => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signed::tests::example;

    const CLINIC: SiteId = SiteId(1);
    const OFFICE: SiteId = SiteId(2);
    const NURSE: PersonId = PersonId(1);

    #[track_caller]
    fn check(action: Action, at: SiteId, expected: Result<(), Refusal>) {
        assert_eq!(
            may(&example(), NURSE, action, at),
            expected,
            "{action} at {at}"
        );
    }

    #[test]
    fn a_nurse_writes_at_her_clinic_and_exports_nothing() {
        check(Action::WriteClinical, CLINIC, Ok(()));
        check(
            Action::ExportRecords,
            CLINIC,
            Err(Refusal::NotInThisRole {
                role: Role::Nurse,
                action: Action::ExportRecords,
            }),
        );
    }

    #[test]
    fn nobody_acts_where_they_do_not_work() {
        check(
            Action::ReadChart,
            OFFICE,
            Err(Refusal::NotAtThisSite {
                person: NURSE,
                site: OFFICE,
            }),
        );
        check(
            Action::ReadChart,
            SiteId(99),
            Err(Refusal::UnknownSite(SiteId(99))),
        );
    }

    #[test]
    fn who_left_or_is_not_listed_may_nothing() {
        let mut roster = example();
        roster.people[0].active = false;

        for action in Action::ALL {
            assert_eq!(
                may(&roster, NURSE, action, CLINIC),
                Err(Refusal::Inactive(NURSE))
            );
            assert_eq!(
                may(&roster, PersonId::NOBODY, action, CLINIC),
                Err(Refusal::UnknownPerson(PersonId::NOBODY))
            );
        }
    }

    #[test]
    fn what_was_done_before_somebody_left_was_allowed() {
        let mut roster = example();
        roster.leave(NURSE, 500).unwrap();

        let at = |when_ms| might(&roster, NURSE, Action::WriteClinical, CLINIC, when_ms);

        assert_eq!(at(500), Ok(()));
        assert_eq!(at(501), Err(Refusal::Inactive(NURSE)));
        let export = might(&roster, NURSE, Action::ExportRecords, CLINIC, 500);
        assert!(matches!(export, Err(Refusal::NotInThisRole { .. })));
    }

    #[test]
    fn only_who_runs_a_site_vouches_for_colleagues() {
        for role in Role::ALL {
            let vouches = allowed(role).contains(&Action::VouchForColleague);
            assert_eq!(vouches, role == Role::SiteManager, "{role}");
        }
    }

    #[test]
    fn a_role_of_a_later_release_may_nothing() {
        let mut roster = example();
        roster.people[0].role = Role::Unknown(77);

        assert!(
            Action::ALL
                .iter()
                .all(|it| may(&roster, NURSE, *it, CLINIC).is_err())
        );
    }
}
