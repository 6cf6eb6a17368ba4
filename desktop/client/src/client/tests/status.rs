//! Tests of the honest line, and of a computer whose clock is wrong.

use audit::SessionEvent;
use record::DeviceId;

use super::*;

/// What a battery that ran out leaves.
const IN_1970_MS: u64 = 3_600_000;

fn at(world: &World, host: &TestHost) -> Client {
    Client::for_person(world.device(1, host), NURSE_A, person_key(NURSE_A)).unwrap()
}

fn born(client: &mut Client, chart: &str, date: &str) {
    let input = CorrectionInput {
        birth_date: Some(date.to_owned()),
        reason: "card seen".to_owned(),
        ..CorrectionInput::default()
    };
    client.correct(chart, &input).unwrap();
}

/// The birth date is what was written last, and whoever takes it all in says the same.
#[track_caller]
fn check_last(client: &mut Client, chart: &str, expected: &str) {
    let mut other = World::new().nurse_b();
    deliver(feed_of(client), &mut other);

    for client in [client, &mut other] {
        let view = client.open(chart).unwrap();
        assert_eq!(view.birth_date.as_deref(), Some(expected));
        assert!(view.conflicts.is_empty());
        assert!(client.verify().unwrap().ok);
    }
}

#[test]
fn a_clock_set_back_to_1970_is_told_and_changes_no_order() {
    let (world, host) = (World::new(), TestHost::new(1));
    let mut client = at(&world, &host);
    let chart = client.register(&woman()).unwrap().chart;
    born(&mut client, &chart, "1985-01-01");
    assert!(!client.status().unwrap().clock_looks_wrong);

    host.set(IN_1970_MS);
    born(&mut client, &chart, "1986-01-01");
    client.record_visit(&chart, &cough()).unwrap();
    assert!(client.status().unwrap().clock_looks_wrong);
    check_last(&mut client, &chart, "1986-01-01");

    host.set(NOON_MS + 60_000);
    born(&mut client, &chart, "1987-01-01");
    assert!(!client.status().unwrap().clock_looks_wrong);
    check_last(&mut client, &chart, "1987-01-01");
    assert_eq!(client.open(&chart).unwrap().visits.len(), 1);

    let times: Vec<_> = log(&client).iter().map(|it| it.hlc).collect();
    assert!(times.is_sorted_by(|before, after| before < after));
}

#[test]
fn a_program_started_in_1970_goes_on_after_what_was_written_and_its_log_says_so() {
    let (world, host) = (World::new(), TestHost::new(1));
    let mut client = at(&world, &host);
    let chart = client.register(&woman()).unwrap().chart;
    born(&mut client, &chart, "1985-01-01");
    let store = client.into_driver().into_store();

    host.set(IN_1970_MS);
    let driver = ReplicaDriver::resume(store, world.identity(1), Box::new(host)).unwrap();
    let mut client = Client::for_person(driver, NURSE_A, person_key(NURSE_A)).unwrap();
    assert!(client.status().unwrap().clock_looks_wrong);
    born(&mut client, &chart, "1986-01-01");

    check_last(&mut client, &chart, "1986-01-01");
    let stepped = log(&client)
        .iter()
        .filter(|it| it.kind == EntryKind::SESSION)
        .filter_map(|it| Session::from_bytes(&it.payload).ok())
        .find(|it| it.event == SessionEvent::ClockStepped);
    let behind = i64::try_from(NOON_MS - IN_1970_MS).unwrap();
    assert!(stepped.is_some_and(|it| it.number.is_some_and(|it| it >= behind)));
}

#[test]
fn a_computer_that_was_never_right_writes_all_the_same() {
    let (world, host) = (World::new(), TestHost::new(1));
    host.set(0);
    let mut client = at(&world, &host);

    let chart = client.register(&woman()).unwrap().chart;
    born(&mut client, &chart, "1985-01-01");

    assert!(client.status().unwrap().clock_looks_wrong);
    check_last(&mut client, &chart, "1985-01-01");
    assert_eq!(client.driver().identity().device, DeviceId(1));
}

#[test]
fn a_clock_years_ahead_is_told_once_the_hub_was_met() {
    let (world, host) = (World::new(), TestHost::new(1));
    let mut client = at(&world, &host);
    let years = 10 * 366 * 24 * 3_600_000;

    host.set(NOON_MS + years);
    // Of the hub's time nothing is known yet.
    assert!(!client.status().unwrap().clock_looks_wrong);
    let met = ::sync::ClientEffect::NoteContact(::sync::Greeting {
        time_ms: NOON_MS,
        ..::sync::Greeting::default()
    });
    client.driver_mut().carry_out(met).unwrap();

    assert!(client.status().unwrap().clock_looks_wrong);
}

#[test]
fn status_says_what_is_only_here() {
    let mut client = World::new().nurse_a();
    client.register(&woman()).unwrap();

    let status = client.status().unwrap();

    assert_eq!((status.charts, status.at_hub, status.unsent), (1, 0, 4));
    assert_eq!(status.last_contact, None);
    assert_eq!(
        (status.person.as_str(), status.role.as_str()),
        ("Amina Nurse", "nurse")
    );
}
