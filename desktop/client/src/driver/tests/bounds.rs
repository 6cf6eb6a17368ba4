//! How much a replica remembers of what others must do for it, and says at once.

use wire::limits::FIRST_SEGMENT_READ_BYTES;

use super::super::fetch::{MAX_FETCHES, MAX_GUESTS};
use super::super::repair::MAX_NOTED;
use super::*;
use crate::Client;

#[test]
fn so_many_charts_are_asked_for_until_the_hub_has_answered() {
    let mut client = World::new().nurse_b();
    let mut ask = || {
        let asked = client.ask_for_chart("1000-00000-5", "is here");
        let standing = client.driver().standing().unwrap();
        (
            asked.map(|_place| ()).map_err(|it| it.code),
            standing.fetches.len(),
        )
    };
    for asked in 1..=MAX_FETCHES {
        assert_eq!(ask(), (Ok(()), asked));
    }

    assert_eq!(ask(), (Err(ErrorCode::TooLarge), MAX_FETCHES));
}

#[test]
fn of_so_many_guests_it_is_remembered_how_they_were_asked_for() {
    let mut a = World::new().nurse_a();
    let mut known = Vec::new();
    for _ in 0..=MAX_GUESTS {
        let number = a.register(&woman()).unwrap().number;
        a.ask_for_chart(&number, "is here").unwrap();
        let entry = a.driver().fetches().unwrap()[0].entry;
        let answer = wire::Fetched {
            entry,
            code: wire::RefusalCode::Done,
            feed: None,
            until_ms: 7,
        };
        let noted = ClientEffect::NoteFetched(answer);
        a.driver_mut().carry_out(noted).unwrap();
        known.push(number);
    }

    a.driver_mut().carry_out(ClientEffect::NoteShown).unwrap();

    let again = a.driver().fetches().unwrap();
    let again: Vec<&String> = again.iter().map(|it| &it.number).collect();
    assert_eq!(again, known[1..].iter().collect::<Vec<_>>());
}

#[test]
fn so_many_changes_that_stay_here_are_noted() {
    let mut client = World::new().nurse_a();
    let change = |number: usize| {
        let mut hash = [0; 32];
        hash[..8].copy_from_slice(&number.to_be_bytes());
        (ScopeId(1), hash)
    };
    let mut noted = |from: usize, to: usize| {
        let changes: Vec<_> = (from..to).map(change).collect();
        client.driver_mut().note_left_here(&changes).unwrap();
        client.driver().count_not_at_hub().unwrap()
    };

    assert_eq!(noted(0, MAX_NOTED - 1), MAX_NOTED as u64 - 1);
    assert_eq!(noted(MAX_NOTED, MAX_NOTED + 3), MAX_NOTED as u64);
    assert_eq!(noted(MAX_NOTED + 3, MAX_NOTED + 4), MAX_NOTED as u64);
}

#[test]
fn what_does_not_wait_for_welcome_is_no_longer_than_a_first_segment() {
    let mut client = World::new().nurse_a();
    let early = |client: &Client| client.driver().standing().unwrap().early.unwrap();
    let sizes = |client: &Client| -> Vec<usize> {
        let entries = client.driver().store().own_entries(1, 0, usize::MAX);
        entries.unwrap().iter().map(|it| it.bytes.len()).collect()
    };

    client.register(&woman()).unwrap();
    while sizes(&client).iter().sum::<usize>() <= FIRST_SEGMENT_READ_BYTES {
        assert!(early(&client).is_all);
        client.register(&woman()).unwrap();
    }
    let most = early(&client);

    assert!(!most.is_all);
    let (sizes, sent) = (
        sizes(&client),
        usize::try_from(most.segment.last_seq()).unwrap(),
    );
    assert!(sizes[..sent].iter().sum::<usize>() <= FIRST_SEGMENT_READ_BYTES);
    assert!(sizes[..=sent].iter().sum::<usize>() > FIRST_SEGMENT_READ_BYTES);
}
