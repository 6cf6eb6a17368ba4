//! One peer's session against a hub in memory.

mod early;
mod far;

use audit::{LogPosition, Seal};
use record::{ChartId, Sex};
use wire::{Cursor, Done, FeedBatch, FeedItem, Segment, Stored, Welcome};

use super::*;
use crate::testing::{Laptop, exchange, hub, settle};

/// A session after WELCOME.
fn greeted(hub: &mut Hub, laptop: &Laptop, cursors: Vec<Cursor>) -> (HubDriver, Vec<Output>) {
    let mut driver = HubDriver::admit(hub, laptop.tls.public()).unwrap();
    let outputs = exchange(hub, &mut driver, laptop.hello(cursors));
    (driver, outputs)
}

fn welcome(outputs: &[Output]) -> &Welcome {
    match outputs {
        [Output::Send(Message::Welcome(welcome)), ..] => welcome,
        _ => panic!("no welcome: {outputs:?}"),
    }
}

fn batches(outputs: &[Output]) -> Vec<&FeedBatch> {
    let sent = outputs.iter().filter_map(sent);
    sent.filter_map(|it| {
        if let Message::Feed(batch) = it {
            Some(batch)
        } else {
            None
        }
    })
    .collect()
}

fn stored(outputs: &[Output]) -> Option<LogPosition> {
    let mut sent = outputs.iter().filter_map(sent);
    sent.find_map(|it| {
        if let Message::Stored(Stored { place, .. }) = it {
            Some(*place)
        } else {
            None
        }
    })
}

fn sent(output: &Output) -> Option<&Message> {
    if let Output::Send(message) = output {
        Some(message)
    } else {
        None
    }
}

fn refused(outputs: &[Output]) -> Option<RefusalCode> {
    match outputs {
        [
            ..,
            Output::Send(Message::Refused(refused)),
            Output::Close(code),
        ] if refused.code == *code => Some(*code),
        _ => None,
    }
}

fn push(segment: Segment) -> Message {
    Message::Push(segment)
}

#[test]
fn with_nothing_to_do_one_answer_is_all() {
    let (mut hub, _world) = hub();
    let a = Laptop::enrol(&mut hub, 1, 1);
    a.push(&mut hub);

    let (driver, outputs) = greeted(&mut hub, &a, vec![]);

    assert_eq!(outputs.len(), 1);
    let welcome = welcome(&outputs);
    assert_eq!(welcome.stored, [a.head()]);
    assert!(welcome.roster.is_some() && welcome.checkpoint.is_some());
    assert!(driver.is_idle());
    assert_eq!(
        hub.status().unwrap().devices[0].release.as_deref(),
        Some("test")
    );
}

#[test]
fn what_one_clinic_pushes_reaches_the_office_and_no_other_clinic() {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    let b = Laptop::enrol(&mut hub, 2, 2);
    let office = Laptop::enrol(&mut hub, 3, 3);
    a.register(7);
    let (mut at_a, _) = greeted(&mut hub, &a, vec![]);
    let (mut at_b, _) = greeted(&mut hub, &b, vec![]);
    let (mut at_office, _) = greeted(&mut hub, &office, vec![]);

    let answers = exchange(&mut hub, &mut at_a, push(a.segment(0)));
    let settled = exchange(&mut hub, &mut at_a, Message::Done(Done::default()));

    assert_eq!(stored(&answers), Some(a.head().position()));
    assert!(settled.contains(&Output::Grew(vec![ScopeId(1)])));
    let [own] = batches(&settled)[..] else {
        panic!("{settled:?}")
    };
    assert!(matches!(own.items(), [FeedItem::Own { .. }]));
    for (driver, expected) in [(&mut at_b, 0), (&mut at_office, 1)] {
        driver.feed_grew(ScopeId(1));
        let mut outputs = Vec::new();
        while !driver.is_idle() {
            outputs.extend(driver.step(&mut hub));
        }
        assert_eq!(batches(&outputs).len(), expected);
    }
}

#[test]
fn a_segment_that_comes_again_changes_nothing() {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    a.register(7);
    a.push(&mut hub);
    let before = (
        hub.store().history_size().unwrap(),
        hub.store().feed_head(ScopeId(1)).unwrap(),
    );

    a.push(&mut hub);

    let after = (
        hub.store().history_size().unwrap(),
        hub.store().feed_head(ScopeId(1)).unwrap(),
    );
    assert_eq!(before, after);
}

#[test]
fn a_gap_is_refused_by_its_name() {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    a.register(7);
    let (mut driver, _) = greeted(&mut hub, &a, vec![]);

    let outputs = exchange(&mut hub, &mut driver, push(a.segment(1)));

    assert_eq!(refused(&outputs), Some(RefusalCode::LogGap));
    assert_eq!(hub.store().log_heads(a.device).unwrap(), []);
}

#[test]
fn a_fork_is_refused_by_its_name_and_both_branches_are_kept() {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    a.register(7);
    a.push(&mut hub);
    let head = a.head();
    a.entries.pop();
    a.register(8);
    a.register(9);
    let (mut driver, _) = greeted(&mut hub, &a, vec![]);

    let outputs = exchange(&mut hub, &mut driver, push(a.segment(1)));

    assert_eq!(refused(&outputs), Some(RefusalCode::LogFork));
    assert_eq!(hub.store().log_heads(a.device).unwrap(), [head]);
    assert_eq!(hub.status().unwrap().forks, 1);
}

#[test]
fn another_devices_key_signs_nothing() {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    a.register(7);
    a.log = Laptop::enrol(&mut hub, 2, 2).log;
    let (mut driver, _) = greeted(&mut hub, &a, vec![]);

    let outputs = exchange(&mut hub, &mut driver, push(a.segment(0)));

    assert_eq!(refused(&outputs), Some(RefusalCode::BadSignature));
    assert_eq!(hub.store().log_heads(a.device).unwrap(), []);
}

#[test]
fn a_device_speaks_for_itself_only() {
    let (mut hub, _world) = hub();
    let a = Laptop::enrol(&mut hub, 1, 1);
    let b = Laptop::enrol(&mut hub, 2, 2);
    let mut driver = HubDriver::admit(&mut hub, a.tls.public()).unwrap();

    let outputs = exchange(&mut hub, &mut driver, b.hello(vec![]));

    assert_eq!(refused(&outputs), Some(RefusalCode::WrongDevice));
    assert!(exchange(&mut hub, &mut driver, a.hello(vec![])).is_empty());
}

#[test]
fn a_cursor_that_is_ahead_of_its_feed_is_to_be_repaired() {
    let (mut hub, _world) = hub();
    let a = Laptop::enrol(&mut hub, 1, 1);
    let head = hub.feed_heads(&[ScopeId(1)]).unwrap()[0];

    let (_, outputs) = greeted(
        &mut hub,
        &a,
        vec![Cursor {
            position: 9,
            ..head
        }],
    );

    assert_eq!(welcome(&outputs).repair, [ScopeId(1)]);
}

#[test]
fn what_was_set_aside_is_told_to_who_pushed_it() {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    a.write(
        audit::EntryKind::CHANGE,
        Some(ChartId::new([7; 16])),
        vec![0],
    );
    let (mut driver, _) = greeted(&mut hub, &a, vec![]);

    exchange(&mut hub, &mut driver, push(a.segment(0)));
    let outputs = exchange(&mut hub, &mut driver, Message::Done(Done::default()));

    let [Output::Send(Message::Done(done))] = &outputs[..] else {
        panic!("{outputs:?}")
    };
    assert_eq!(done.quarantined[0].position.seq, 2);
    assert!(done.quarantined[0].reason.starts_with("structure"));
}

#[test]
fn a_process_that_dies_between_any_two_effects_loses_nothing_acknowledged() {
    for steps in 0..12 {
        let (mut hub, world) = hub();
        let mut a = Laptop::enrol(&mut hub, 1, 1);
        let mut doc = a.register(7);
        let male = a.sex(Sex::Male);
        a.edit(&mut doc, male);
        let mut driver = HubDriver::admit(&mut hub, a.tls.public()).unwrap();
        let mut acknowledged = None;
        driver.received(a.hello(vec![]));
        for step in 0..steps {
            if step == 2 {
                driver.received(push(a.segment(0)));
                driver.received(Message::Done(Done::default()));
            }
            let output = driver.step(&mut hub);
            acknowledged = acknowledged.or(stored(output.as_slice()));
        }

        let mut hub = Hub::resume(hub.into_store(), Box::new(world)).unwrap();
        let heads = hub.store().log_heads(a.device).unwrap();
        assert!(
            acknowledged.is_none_or(|it| heads == [a.head()] && it == a.head().position()),
            "after {steps} steps"
        );
        a.push(&mut hub);
        settle(&mut hub);

        assert_eq!(
            hub.store().feed_head(ScopeId(1)).unwrap().position,
            2,
            "after {steps} steps"
        );
        assert!(hub.verify().is_clean(), "after {steps} steps");
    }
}

#[test]
fn done_waits_for_nobody_elses_backlog() {
    let (mut hub, _world) = hub();
    let mut importing = Laptop::enrol(&mut hub, 1, 1);
    for chart in 0..200 {
        importing.register(chart);
    }
    hub.ingest(importing.device, &importing.segment(0)).unwrap();
    let mut nurse = Laptop::enrol(&mut hub, 2, 2);
    nurse.register(201);
    let (mut driver, _welcome) = greeted(&mut hub, &nurse, vec![]);

    exchange(&mut hub, &mut driver, push(nurse.segment(0)));
    let outputs = exchange(&mut hub, &mut driver, Message::Done(Done::default()));

    let done = outputs.iter().filter_map(sent);
    let done = done.filter(|it| matches!(it, Message::Done(_))).count();
    assert_eq!(done, 1);
    assert_eq!(hub.store().unmaterialised_of(nurse.device).unwrap(), 0);
    let left = hub.store().unmaterialised_of(importing.device).unwrap();
    assert_eq!(left, importing.entries.len() as u64);

    settle(&mut hub);
    assert_eq!(hub.store().charts().unwrap().len(), 201);
    hub.sign_checkpoint().unwrap();
    assert!(hub.verify().is_clean(), "{:?}", hub.verify());
}

#[test]
fn a_persons_seal_is_kept_like_any_entry() {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    let seal = Seal::sign(a.head(), &a.log).to_bytes().unwrap();
    a.write(audit::EntryKind::SEAL, None, seal);

    a.push(&mut hub);

    assert_eq!(hub.store().log_heads(a.device).unwrap(), [a.head()]);
    assert_eq!(hub.store().counts().unwrap().quarantined, 0);
}

#[test]
fn a_device_that_is_revoked_in_its_session_gets_nothing_more() {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    a.register(7);
    let (mut driver, _) = greeted(&mut hub, &a, vec![]);

    hub.revoke_device(a.device).unwrap();
    let outputs = exchange(&mut hub, &mut driver, push(a.segment(0)));

    assert_eq!(refused(&outputs), Some(RefusalCode::Revoked));
    assert_eq!(hub.store().log_heads(a.device).unwrap(), []);
}
