//! Who is let in, and who is not.

use crypto::SigningKey;
use record::{DeviceId, SiteId};

use super::*;
use crate::approve::ApproveError;
use crate::driver::{HubDriver, Output};
use crate::invite::{InviteDeviceError, MAX_INVITE_HOURS};
use crate::testing::{Laptop, exchange, hub, noted, request};
use wire::Message;

const HOUR_MS: u64 = 3_600_000;

fn invited(hub: &mut Hub) -> Enrol {
    let invite = hub
        .invite_device(SiteId(1), PersonId(1), "front desk", 72)
        .unwrap();
    request(invite.token, 9)
}

#[track_caller]
fn check_refused(hub: &mut Hub, enrol: &Enrol, expected: RefusalCode) {
    assert_eq!(hub.enrol(enrol.tls, enrol).err(), Some(expected));
    assert_eq!(hub.roster().devices.len(), 0);
}

#[test]
fn a_request_that_was_declined_stays_declined_and_its_computer_is_told() {
    let (mut hub, _world) = hub();
    let enrol = invited(&mut hub);
    hub.enrol(enrol.tls, &enrol).unwrap();

    hub.decline_device(1).unwrap();

    assert_eq!(hub.waiting_requests().unwrap(), []);
    check_refused(&mut hub, &enrol, RefusalCode::EnrolmentDeclined);
    let (again, approved) = (hub.decline_device(1), hub.approve_device(1, None));
    assert!(matches!(again, Err(ApproveError::Decided(1))), "{again:?}");
    assert!(matches!(approved, Err(ApproveError::Decided(1))));
    let unknown = hub.decline_device(2);
    assert!(matches!(unknown, Err(ApproveError::NoSuchRequest(2))));
    assert_eq!(noted(&hub, SessionEvent::DeviceDeclined), [1]);
    // With another invite it may ask again.
    let enrol = invited(&mut hub);
    let pending = hub.enrol(enrol.tls, &enrol);
    assert!(matches!(pending, Ok(Enrolling::Pending { .. })));
}

#[test]
fn another_block_of_numbers_reaches_its_device_with_the_next_session() {
    let (mut hub, _world) = hub();
    let a = Laptop::enrol(&mut hub, 1, 1);
    let mut driver = HubDriver::admit(&mut hub, a.tls.public()).unwrap();

    let block = hub.give_block(a.device).unwrap();
    let said = exchange(&mut hub, &mut driver, a.hello(Vec::new()));

    let roster = said.into_iter().find_map(|it| match it {
        Output::Send(Message::Welcome(welcome)) => welcome.roster,
        Output::Send(_) | Output::Close(_) | Output::Grew(_) => None,
    });
    let roster = roster.unwrap().open(&hub.roster().hub.roster, 0).unwrap();
    assert_eq!(roster.device(a.device).unwrap().blocks, [1000, block]);
    let blocks = noted(&hub, SessionEvent::BlockGiven);
    assert_eq!(blocks, [i64::from(block)]);
}

#[test]
fn a_device_is_enrolled_after_a_person_compared_the_words() {
    let (mut hub, _world) = hub();
    let enrol = invited(&mut hub);
    let epoch = hub.roster().epoch;

    let pending = hub.enrol(enrol.tls, &enrol).unwrap();
    let words = enrol.words().map(str::to_owned).to_vec();
    assert_eq!(
        pending,
        Enrolling::Pending {
            words: words.clone()
        }
    );
    let device = hub
        .approve_device(1, Some(&words.join(", ").to_uppercase()))
        .unwrap();

    let Enrolling::Approved {
        device: number,
        person,
        roster,
    } = hub.enrol(enrol.tls, &enrol).unwrap()
    else {
        panic!("not approved");
    };
    let roster = roster.open(&hub.roster().hub.roster, epoch + 1).unwrap();
    let listed = roster.device(device).unwrap();
    assert_eq!((number, person), (device, PersonId(1)));
    assert_eq!(
        (listed.label.as_str(), listed.blocks.as_slice()),
        ("laptop 9", &[1000][..])
    );
    assert_eq!(
        roster
            .person(PersonId(1))
            .unwrap()
            .key_on(device)
            .unwrap()
            .sign,
        enrol.sign
    );
}

#[test]
fn a_label_is_taken_up_to_its_length_and_else_the_invites() {
    let labelled = |length: usize| {
        let (mut hub, _world) = hub();
        let enrol = Enrol {
            label: "x".repeat(length),
            ..invited(&mut hub)
        };
        hub.enrol(enrol.tls, &enrol).unwrap();
        let device = hub.approve_device(1, None).unwrap();
        hub.roster().device(device).unwrap().label.clone()
    };

    assert_eq!(labelled(MAX_LABEL_BYTES), "x".repeat(MAX_LABEL_BYTES));
    assert_eq!(labelled(MAX_LABEL_BYTES + 1), "front desk");
}

#[test]
fn an_invite_is_made_within_its_bounds() {
    let (mut hub, _world) = hub();
    let mut made = |label: usize, hours| {
        let label = "x".repeat(label);
        hub.invite_device(SiteId(1), PersonId(1), &label, hours)
            .map(|_invitation| ())
    };

    assert!(made(MAX_LABEL_BYTES, MAX_INVITE_HOURS).is_ok());
    let label = made(MAX_LABEL_BYTES + 1, 1);
    assert!(matches!(label, Err(InviteDeviceError::BadLabel)));
    for hours in [0, MAX_INVITE_HOURS + 1] {
        let hours = made(1, hours);
        assert!(matches!(hours, Err(InviteDeviceError::BadHours)));
    }
}

#[test]
fn other_words_approve_nothing() {
    let (mut hub, _world) = hub();
    let enrol = invited(&mut hub);
    hub.enrol(enrol.tls, &enrol).unwrap();

    let wrong = hub.approve_device(1, Some("one two three four five six"));

    assert!(matches!(wrong, Err(ApproveError::WrongWords)));
    assert!(matches!(
        hub.approve_device(2, None),
        Err(ApproveError::NoSuchRequest(2))
    ));
    assert_eq!(hub.roster().devices.len(), 0);
    hub.approve_device(1, None).unwrap();
    assert!(matches!(
        hub.approve_device(1, None),
        Err(ApproveError::Decided(1))
    ));
}

#[test]
fn an_invite_works_once() {
    let (mut hub, _world) = hub();
    let first = invited(&mut hub);
    let second = request(first.token, 10);

    hub.enrol(first.tls, &first).unwrap();

    check_refused(&mut hub, &second, RefusalCode::InviteUsed);
    // The first computer may ask again as often as it likes.
    assert!(hub.enrol(first.tls, &first).is_ok());
    assert_eq!(hub.waiting_requests().unwrap().len(), 1);
}

#[test]
fn an_invite_expires() {
    let (mut hub, world) = hub();
    let enrol = invited(&mut hub);

    world.pass(72 * HOUR_MS);

    check_refused(&mut hub, &enrol, RefusalCode::InviteExpired);
}

#[test]
fn a_program_that_proves_no_actors_is_to_be_updated_and_may_use_its_invite_then() {
    let (mut hub, _world) = hub();
    let enrol = invited(&mut hub);
    let earlier = Enrol {
        proves_actors: false,
        ..enrol.clone()
    };

    check_refused(&mut hub, &earlier, RefusalCode::NoCommonVersion);
    assert!(matches!(
        hub.enrol(enrol.tls, &enrol),
        Ok(Enrolling::Pending { .. })
    ));
}

#[test]
fn a_request_of_before_the_hubs_update_enrols_a_program_that_proves_no_actors() {
    let (mut hub, _world) = hub();
    let enrol = invited(&mut hub);
    let asked = Asked {
        site: SiteId(1),
        person: PersonId(1),
        proves_actors: false,
        ..Asked::from(&enrol)
    };
    let request = Request {
        id: 0,
        tls: enrol.tls,
        token_hash: [9; 32],
        body: serde_ipld_dagcbor::to_vec(&asked).unwrap(),
        asked_ms: 0,
        state: RequestState::Pending,
    };
    hub.commit(HubCommit {
        request: Some(request),
        ..HubCommit::default()
    })
    .unwrap();
    let id = hub.waiting_requests().unwrap()[0].id;

    let device = hub.approve_device(id, None).unwrap();

    assert!(!hub.roster().device(device).unwrap().proves_actors);
}

#[test]
fn a_token_of_nobodys_is_refused() {
    let (mut hub, _world) = hub();

    check_refused(&mut hub, &request([3; 16], 9), RefusalCode::InviteUnknown);
}

#[test]
fn a_request_speaks_for_the_key_of_its_link_and_a_person_of_its_invite() {
    let (mut hub, _world) = hub();
    let enrol = invited(&mut hub);

    let borrowed = hub.enrol(SigningKey::from_seed([77; 32]).public(), &enrol);
    let other = Enrol {
        person: PersonId(2),
        ..enrol.clone()
    };

    assert_eq!(borrowed, Err(RefusalCode::WrongDevice));
    check_refused(&mut hub, &other, RefusalCode::EnrolmentDeclined);
}

#[test]
fn a_stranger_may_enrol_and_nothing_else() {
    let (mut hub, _world) = hub();
    let enrol = invited(&mut hub);
    let mut stranger = HubDriver::admit(&mut hub, enrol.tls).unwrap();

    let pending = exchange(&mut hub, &mut stranger, Message::Enrol(enrol));
    let refused = exchange(
        &mut hub,
        &mut stranger,
        Message::Done(wire::Done::default()),
    );

    assert!(matches!(
        pending[..],
        [Output::Send(Message::Enrolling(Enrolling::Pending { .. }))]
    ));
    let [Output::Send(Message::Refused(refusal)), Output::Close(code)] = &refused[..] else {
        panic!("{refused:?}");
    };
    assert_eq!(
        (refusal.code, *code),
        (RefusalCode::NotEnrolled, RefusalCode::NotEnrolled)
    );
}

#[test]
fn an_approved_device_goes_on_on_the_same_link() {
    let (mut hub, _world) = hub();
    let enrol = invited(&mut hub);
    let mut driver = HubDriver::admit(&mut hub, enrol.tls).unwrap();
    exchange(&mut hub, &mut driver, Message::Enrol(enrol.clone()));
    hub.approve_device(1, None).unwrap();

    let approved = exchange(&mut hub, &mut driver, Message::Enrol(enrol));

    assert!(matches!(
        approved[..],
        [Output::Send(Message::Enrolling(Enrolling::Approved { .. }))]
    ));
    assert_eq!(driver.device(), Some(DeviceId(1)));
}

#[test]
fn a_revoked_device_is_refused_and_cannot_enrol_again() {
    let (mut hub, _world) = hub();
    let laptop = Laptop::enrol(&mut hub, 1, 9);
    let fresh = invited(&mut hub);

    hub.revoke_device(laptop.device).unwrap();

    assert_eq!(
        HubDriver::admit(&mut hub, laptop.tls.public()).err(),
        Some(RefusalCode::Revoked)
    );
    assert_eq!(hub.enrol(fresh.tls, &fresh), Err(RefusalCode::Revoked));
}
