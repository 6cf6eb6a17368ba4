//! A hub that was put back from before a computer was enrolled, and what that computer shows it.

use audit::Session;
use record::{DeviceId, PersonId};
use roster::{Floors, Role};
use wire::{Hello, Message, RefusalCode, Refused, Show};

use super::*;
use crate::bundle::BundleFault;
use crate::driver::{HubDriver, Output};
use crate::testing::{Laptop, Still, exchange, hub, request, settle};
use crate::world::World as _;

/// A hub as it was before a laptop was enrolled, that laptop, and what it holds of the hub that was lost.
fn put_back() -> (Hub, Laptop, Show, Still) {
    let (mut hub, world) = hub();
    Laptop::enrol(&mut hub, 1, 1);
    let backup = hub.store().copy_in_memory().unwrap();
    let mut laptop = Laptop::enrol(&mut hub, 2, 2);
    laptop.register(1);
    laptop.push(&mut hub);
    hub.sign_checkpoint().unwrap();
    let show = Show {
        checkpoint: hub.store().checkpoint().unwrap(),
        roster: Some(hub.signed.clone()),
    };
    let hub = Hub::resume(backup, Box::new(world.clone())).unwrap();
    (hub, laptop, show, world)
}

/// Comes with HELLO, and shows this if asked. Returns what was said to both.
fn come(hub: &mut Hub, laptop: &Laptop, show: &Show) -> (Vec<Output>, Vec<Output>) {
    let mut driver = HubDriver::admit(hub, laptop.tls.public()).unwrap();
    let asked = exchange(hub, &mut driver, laptop.hello(vec![]));
    let answered = exchange(hub, &mut driver, Message::Show(show.clone()));
    (asked, answered)
}

fn is_welcome(outputs: &[Output]) -> bool {
    matches!(outputs, [Output::Send(Message::Welcome(_)), ..])
}

fn is_refused(outputs: &[Output], wanted: RefusalCode) -> bool {
    let refused = |it: &Output| matches!(it, Output::Send(Message::Refused(Refused { code, .. })) if *code == wanted);
    outputs.iter().any(refused)
}

#[test]
fn a_computer_enrolled_after_the_copy_was_made_comes_in_by_its_roster() {
    let (mut hub, mut laptop, show, _world) = put_back();
    assert!(hub.roster().device(laptop.device).is_none());
    let lost_epoch = show.roster.as_ref().unwrap();
    let lost = lost_epoch.open(&hub.keys.roster.public(), 0).unwrap();

    let (asked, welcomed) = come(&mut hub, &laptop, &show);
    laptop.register(2);
    laptop.push(&mut hub);

    assert_eq!(asked, [Output::Send(Message::Show(Show::default()))]);
    assert!(is_welcome(&welcomed), "{welcomed:?}");
    assert!(hub.roster().lists_the_same(&lost));
    assert_eq!(hub.roster().epoch, lost.epoch);
    assert_eq!(
        hub.store().log_head(laptop.device, 1).unwrap(),
        laptop.head()
    );
    assert_eq!(hub.restored().unwrap().unwrap().times, 1);
}

#[test]
fn what_it_sent_before_it_was_known_is_taken() {
    let (mut hub, laptop, show, _world) = put_back();
    let mut driver = HubDriver::admit(&mut hub, laptop.tls.public()).unwrap();

    exchange(&mut hub, &mut driver, laptop.hello(vec![]));
    let early = wire::Early {
        segment: laptop.segment(0),
        is_all: true,
    };
    let waits = exchange(&mut hub, &mut driver, Message::Early(early));
    exchange(&mut hub, &mut driver, Message::Show(show));
    settle(&mut hub);

    assert_eq!(waits, []);
    assert_eq!(
        hub.store().log_head(laptop.device, 1).unwrap(),
        laptop.head()
    );
}

#[test]
fn who_shows_nothing_of_this_hub_stays_out() {
    let (mut hub, laptop, show, _world) = put_back();
    let signed = show.roster.clone().unwrap();
    let other = {
        let (mut other, _world) = super::super::testing::hub();
        other.keys = crate::keys::Keys::generate(&crate::world::OsWorld);
        let mut roster = signed.open(&hub.keys.roster.public(), 0).unwrap();
        roster.hub = other.keys.public("Hub");
        roster.sign(&other.keys.roster).unwrap()
    };
    let mut altered = signed;
    altered.bytes[9] ^= 1;
    let own = hub.signed.clone();
    let before = hub.roster().clone();

    for roster in [None, Some(other), Some(altered), Some(own)] {
        let show = Show {
            checkpoint: None,
            roster,
        };
        let (_asked, answered) = come(&mut hub, &laptop, &show);
        assert!(is_refused(&answered, RefusalCode::NotEnrolled));
    }

    assert_eq!(*hub.roster(), before);
    assert_eq!(hub.restored().unwrap(), None);
    let mut driver = HubDriver::admit(&mut hub, laptop.tls.public()).unwrap();
    let unasked = exchange(&mut hub, &mut driver, Message::Show(show));
    assert!(
        is_refused(&unasked, RefusalCode::NotEnrolled),
        "HELLO is first"
    );
}

#[test]
fn any_device_that_has_the_roster_brings_it() {
    let (mut hub, laptop, show, _world) = put_back();
    let lost = show.roster.as_ref().unwrap();
    let lost = lost.open(&hub.keys.roster.public(), 0).unwrap();
    let (first, tls) = {
        let listed = &hub.roster().devices[0];
        (listed.id, listed.tls)
    };
    let mut driver = HubDriver::admit(&mut hub, tls).unwrap();
    let Message::Hello(hello) = laptop.hello(vec![]) else {
        unreachable!()
    };

    let asked = exchange(
        &mut hub,
        &mut driver,
        Message::Hello(Hello {
            device: first,
            logs: vec![],
            roster_epoch: lost.epoch,
            ..hello
        }),
    );
    let welcomed = exchange(&mut hub, &mut driver, Message::Show(show));

    assert_eq!(asked, [Output::Send(Message::Show(Show::default()))]);
    assert!(is_welcome(&welcomed), "{welcomed:?}");
    assert!(HubDriver::admit(&mut hub, laptop.tls.public()).is_ok_and(|it| it.device().is_some()));
}

#[test]
fn a_hub_that_knows_gives_no_number_again_and_keeps_both_sides() {
    let (mut hub, laptop, show, _world) = put_back();
    hub.begin_feeds_anew(0).unwrap();

    let since = Laptop::enrol(&mut hub, 3, 3);
    hub.revoke_device(DeviceId(1)).unwrap();
    let person = hub.add_person("Cy", Role::Nurse, &[]).unwrap();
    let (_asked, welcomed) = come(&mut hub, &laptop, &show);

    assert!(is_welcome(&welcomed), "{welcomed:?}");
    assert!(since.device.0 > Floors::SPARED && person.0 > Floors::SPARED);
    let roster = hub.roster();
    assert!(roster.epoch > PASSED_EPOCHS);
    assert!(roster.device(laptop.device).unwrap().is_active());
    assert!(roster.device(since.device).unwrap().is_active());
    assert!(
        !roster.device(DeviceId(1)).unwrap().is_active(),
        "it stays shut out"
    );
    let mut blocks: Vec<u16> = roster
        .devices
        .iter()
        .flat_map(|it| it.blocks.clone())
        .collect();
    let given = blocks.len();
    blocks.dedup();
    assert_eq!(blocks.len(), given);

    let epoch = hub.roster().epoch;
    let (asked, _) = come(&mut hub, &laptop, &show);
    assert!(is_welcome(&asked), "it is not asked again: {asked:?}");
    assert_eq!(hub.roster().epoch, epoch);
}

#[test]
fn a_hub_that_did_not_know_keeps_what_it_gave_and_takes_all_else() {
    for more in [false, true] {
        let (mut hub, world) = hub();
        Laptop::enrol(&mut hub, 1, 1);
        let backup = hub.store().copy_in_memory().unwrap();
        let laptop = Laptop::enrol(&mut hub, 2, 2);
        if more {
            hub.revoke_device(DeviceId(1)).unwrap();
        }
        let show = Show {
            checkpoint: None,
            roster: Some(hub.signed.clone()),
        };
        let lost = hub.roster().epoch;
        let mut hub = Hub::resume(backup, Box::new(world)).unwrap();
        let unaware = Laptop::enrol(&mut hub, 3, 3);
        assert_eq!(unaware.device, laptop.device, "so it was given twice");
        let given = hub.roster().device(unaware.device).cloned();

        let (_asked, answered) = come(&mut hub, &laptop, &show);

        assert!(is_refused(&answered, RefusalCode::NotEnrolled));
        assert_eq!(hub.roster().device(unaware.device).cloned(), given);
        assert_eq!(hub.roster().device(DeviceId(1)).unwrap().is_active(), !more);
        assert!(hub.roster().epoch > lost, "every device takes it");
        assert!(
            !hub.is_unknown_roster(lost).unwrap(),
            "nobody is asked again"
        );
        let revoked = hub.store().own_entries(0, 99).unwrap().into_iter();
        let revoked = revoked.filter_map(|it| Session::from_bytes(&it.entry?.payload).ok());
        let revoked = revoked.filter(|it| it.event == SessionEvent::DeviceRevoked);
        assert_eq!(revoked.count(), usize::from(more));
    }
}

#[test]
fn an_older_roster_of_the_time_that_was_lost_takes_nothing_back() {
    let (mut hub, _world) = hub();
    Laptop::enrol(&mut hub, 1, 1);
    let backup = hub.store().copy_in_memory().unwrap();
    let laptop = Laptop::enrol(&mut hub, 2, 2);
    let older = hub.signed.clone();
    hub.add_person("Cy", Role::Nurse, &[]).unwrap();
    let newer = hub.signed.clone();
    let mut hub = Hub::resume(backup, Box::new(Still::default())).unwrap();

    for roster in [newer, older] {
        let show = Show {
            checkpoint: None,
            roster: Some(roster),
        };
        hub.take_shown(&show).unwrap();
        assert!(hub.roster().people.iter().any(|it| it.name == "Cy"));
    }

    assert!(hub.roster().device(laptop.device).is_some());
}

#[test]
fn a_request_from_before_finds_that_its_computer_is_enrolled() {
    let (mut hub, laptop, show, world) = put_back();
    hub.take_shown(&show).unwrap();
    let enrol = request(
        world.now_ms().to_be_bytes().repeat(2).try_into().unwrap(),
        2,
    );

    let answer = hub.enrol(laptop.tls.public(), &enrol).unwrap();

    assert!(
        matches!(answer, wire::Enrolling::Approved { device, person: PersonId(2), .. } if device == laptop.device)
    );
}

#[test]
fn a_bundle_shows_it_as_well() {
    let (mut hub, laptop, show, _world) = put_back();
    hub.ensure_seal_key().unwrap();
    let sealed = |hub: &Hub, show: Show| {
        let reader = hub.keys.seal.as_ref().unwrap().public();
        let mut bytes = Vec::new();
        let header = wire::BundleHeader {
            version: wire::Version::TWO,
            from: laptop.device,
            to: DeviceId::HUB,
            wall_ms: 0,
            id: [1; 16],
        };
        let sealing = crypto::SealingWriter::new(&[reader], &mut bytes).unwrap();
        let mut bundle = wire::BundleWriter::new(sealing, &header).unwrap();
        bundle.add(&laptop.hello(vec![])).unwrap();
        bundle.add(&Message::Show(show)).unwrap();
        bundle.add(&Message::Push(laptop.segment(0))).unwrap();
        bundle.finish(&laptop.log).unwrap().finish().unwrap();
        bytes
    };

    let nothing = sealed(&hub, Show::default());
    let refused = hub.read_bundle(|| Ok(nothing.as_slice()));
    let bundle = sealed(&hub, show);
    let read = hub.read_bundle(|| Ok(bundle.as_slice())).unwrap();

    assert!(
        matches!(refused, Err(BundleFault::NoDevice(_))),
        "{refused:?}"
    );
    assert_eq!(
        (read.device, read.fresh),
        (laptop.device, laptop.head().seq)
    );
}
