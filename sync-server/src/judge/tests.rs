//! Who a value says wrote it, and who is believed.

use record::{ChartId, Content, EnteredInError, Sex, SiteId, Stamped, Statement, StatementId};
use roster::Role;
use serde::Serialize;

use super::*;
use crate::hub::Hub;
use crate::testing::{Laptop, hub, set_aside};

/// A value with a stamp where a statement has it, one where a register has it, and another member.
#[derive(Serialize)]
struct Forged {
    #[serde(skip_serializing_if = "Option::is_none")]
    b: Option<Stamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<Stamp>,
    v: u8,
}

const AT: Hlc = Hlc::new(1_000, 0);

/// A hub with a laptop of person 1 at site 1, and what that person writes there.
struct Bench {
    hub: Hub,
    author: Author,
    own: Stamp,
}

impl Bench {
    fn new() -> Self {
        let (mut hub, _world) = hub();
        let Laptop { device, person, .. } = Laptop::enrol(&mut hub, 1, 1);
        let key = hub.keys.roster.public();
        hub.past.follow(&hub.store, &key).unwrap();
        Self {
            hub,
            author: Author {
                device,
                person,
                at: AT,
                leaf: 0,
            },
            own: Stamp {
                at: AT,
                device,
                person,
                site: SiteId(1),
            },
        }
    }

    #[track_caller]
    fn check(&self, field: Option<Field>, value: &impl Serialize, expected: Result<(), Reason>) {
        let value = serde_ipld_dagcbor::to_vec(value).unwrap();
        let write = Write {
            field,
            key: "key",
            value: &value,
            replaces: false,
        };
        let device = self.hub.roster.device(self.author.device).unwrap();
        let checked = check_stamp(device, &self.hub.past, self.author, &write);

        assert_eq!(checked, expected, "{field:?}");
    }
}

fn forged(b: Option<Stamp>, by: Option<Stamp>) -> Forged {
    Forged { b, by, v: 1 }
}

#[test]
fn a_value_with_a_stamp_in_both_places_is_nobodys() {
    let bench = Bench::new();
    let own = bench.own;
    let other = Stamp {
        person: PersonId(2),
        ..own
    };

    for field in Field::ALL {
        for (b, by) in [(own, other), (other, own), (own, own)] {
            let unreadable = Err(Reason::StampUnreadable);
            bench.check(Some(field), &forged(Some(b), Some(by)), unreadable);
        }
    }
    let unreadable = Err(Reason::StampUnreadable);
    bench.check(None, &forged(Some(own), Some(other)), unreadable);
}

#[test]
fn a_stamp_is_read_where_the_value_has_it_and_nowhere_else() {
    let bench = Bench::new();
    let own = bench.own;
    let unreadable = Err(Reason::StampUnreadable);

    bench.check(Some(Field::Registers), &forged(Some(own), None), Ok(()));
    bench.check(Some(Field::Names), &forged(None, Some(own)), unreadable);
    bench.check(Some(Field::Statements), &forged(None, Some(own)), Ok(()));
    bench.check(
        Some(Field::Statements),
        &forged(Some(own), None),
        unreadable,
    );
    bench.check(Some(Field::Languages), &7, unreadable);
    bench.check(None, &forged(None, None), Ok(()));
    bench.check(None, &forged(None, Some(own)), Ok(()));
}

#[test]
fn a_value_of_another_person_device_or_site_is_not_the_authors() {
    let bench = Bench::new();
    let own = bench.own;
    let of_another = [
        Stamp {
            person: PersonId(2),
            ..own
        },
        Stamp {
            device: DeviceId(9),
            ..own
        },
        Stamp {
            site: SiteId(2),
            ..own
        },
    ];

    for stamp in of_another {
        let refused = Err(Reason::StampOfAnother);
        bench.check(Some(Field::Registers), &forged(Some(stamp), None), refused);
        bench.check(Some(Field::Statements), &forged(None, Some(stamp)), refused);
        bench.check(None, &forged(None, Some(stamp)), refused);
    }
}

#[test]
fn a_value_is_no_younger_than_the_entry_that_it_came_in() {
    let bench = Bench::new();
    let own = bench.own;
    let value = |at| Stamped {
        value: Sex::Female,
        stamp: Stamp { at, ..own },
        reason: None,
    };
    let late = Err(Reason::StampTooLate);

    bench.check(Some(Field::Registers), &value(Hlc::new(999, 7)), Ok(()));
    bench.check(Some(Field::Registers), &value(AT), Ok(()));
    bench.check(Some(Field::Registers), &value(Hlc::new(1_000, 1)), late);
}

/// Writes one statement in a role on a laptop of site 1, after `change` was done to the roster; returns what was set aside.
fn stated(role: &str, change: impl FnOnce(&mut Hub, &Laptop)) -> Vec<String> {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    let mut doc = replica::ChartDoc::new(ChartId::new([7; 16]));
    let statement = Statement {
        id: StatementId::new([1; 16]),
        replaces: vec![StatementId::new([2; 16])],
        encounter: None,
        stamp: a.stamp(),
        role: role.to_owned(),
        occurred: None,
        reason: None,
        source: None,
        content: Content::EnteredInError(EnteredInError {}),
    };
    a.edit(&mut doc, replica::Intent::AddStatement(Box::new(statement)));
    change(&mut hub, &a);
    a.push(&mut hub);
    set_aside(&hub).into_iter().map(|it| it.1).collect()
}

/// Gives a person another role.
fn becomes(hub: &mut Hub, person: PersonId, role: Role) {
    let changed = hub.change_roster(
        |roster| {
            for it in roster.people.iter_mut().filter(|it| it.id == person) {
                it.role = role;
            }
            Ok(crate::admin::Changed {
                result: (),
                event: audit::SessionEvent::PersonAdded,
                subject: crate::pen::Subject::default(),
            })
        },
        |()| store::HubCommit::default(),
    );
    changed.unwrap();
}

#[test]
fn a_role_that_the_author_never_had_is_set_aside() {
    assert_eq!(stated("nurse", |_hub, _a| {}), [""; 0]);
    assert_eq!(stated("", |_hub, _a| {}), [""; 0]);
    assert_eq!(stated("clinician", |_hub, _a| {}), ["role-of-another"]);
}

#[test]
fn what_was_written_offline_before_the_role_changed_is_taken() {
    let changed = |hub: &mut Hub, a: &Laptop| becomes(hub, a.person, Role::Clinician);

    assert_eq!(stated("nurse", changed), [""; 0]);
    assert_eq!(stated("clinician", changed), [""; 0]);
    assert_eq!(stated("coder", changed), ["role-of-another"]);
}
