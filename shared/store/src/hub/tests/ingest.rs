//! Taking in what devices send.

use proptest::prelude::*;

use super::*;

#[test]
fn a_run_is_stored_in_order() {
    let (mut store, mut sender) = (store(), Sender::new(3));

    let head = store
        .ingest(
            &sender.run(&[change(CHART, 1), access(CHART)]),
            &mut unnoted,
            &mut salts(),
        )
        .unwrap();

    assert_eq!(head, sender.head);
    assert_eq!(store.log_heads(DeviceId(3)).unwrap(), [head]);
    let entries: Vec<_> = store
        .unmaterialised(10)
        .unwrap()
        .into_iter()
        .map(|it| it.entry)
        .collect();
    assert_eq!(entries, [Some(change(CHART, 1)), Some(access(CHART))]);
    assert_eq!(store.history_size().unwrap(), 2);
}

#[test]
fn a_repeated_run_changes_nothing() {
    let (mut store, mut sender) = (store(), Sender::new(3));
    let first = sender.run(&[change(CHART, 1), change(CHART, 2)]);
    store.ingest(&first, &mut unnoted, &mut salts()).unwrap();
    let before = (store.history_root(2).unwrap(), store.counts().unwrap());

    let head = store.ingest(&first, &mut unnoted, &mut salts()).unwrap();

    assert_eq!(head.seq, 2);
    assert_eq!(
        (store.history_root(2).unwrap(), store.counts().unwrap()),
        before
    );
}

#[test]
fn a_run_may_overlap_what_is_stored() {
    let (mut store, mut sender) = (store(), Sender::new(3));
    let first = sender.run(&[change(CHART, 1), change(CHART, 2)]);
    let second = sender.run(&[change(CHART, 3)]);
    store.ingest(&first, &mut unnoted, &mut salts()).unwrap();
    let entries = [&first.entries[1..], &second.entries].concat();

    let head = store
        .ingest(&Arrived { entries, ..second }, &mut unnoted, &mut salts())
        .unwrap();

    assert_eq!(head, sender.head);
}

#[test]
fn a_gap_is_told_with_what_is_there() {
    let (mut store, mut sender) = (store(), Sender::new(3));
    let have = store
        .ingest(&sender.run(&[change(CHART, 1)]), &mut unnoted, &mut salts())
        .unwrap();
    sender.run(&[change(CHART, 2)]);

    let error = store
        .ingest(&sender.run(&[change(CHART, 3)]), &mut unnoted, &mut salts())
        .unwrap_err();

    assert!(matches!(error, IngestError::Gap { have: it } if it == have));
    assert_eq!(store.history_size().unwrap(), 1);
}

#[test]
fn a_log_that_begins_late_is_a_gap() {
    let (mut store, mut sender) = (store(), Sender::new(3));
    sender.run(&[change(CHART, 1)]);

    let error = store
        .ingest(&sender.run(&[change(CHART, 2)]), &mut unnoted, &mut salts())
        .unwrap_err();

    assert!(matches!(error, IngestError::Gap { have } if have.seq == 0));
}

#[test]
fn two_entries_in_one_place_are_a_fork_and_both_are_kept() {
    let (mut store, mut sender, mut clone) = (store(), Sender::new(3), Sender::new(3));
    store
        .ingest(
            &sender.run(&[change(CHART, 1), change(CHART, 2)]),
            &mut unnoted,
            &mut salts(),
        )
        .unwrap();
    let other = clone.run(&[change(CHART, 1), change(CHART, 7)]);

    for _ in 0..2 {
        let error = store
            .ingest(&other, &mut unnoted, &mut salts())
            .unwrap_err();
        let place = LogPosition {
            device: DeviceId(3),
            epoch: 1,
            seq: 2,
        };
        assert!(matches!(error, IngestError::Fork { at } if at == place));
    }

    assert_eq!(store.counts().unwrap().forks, 1);
    let kept: Vec<(u64, Vec<u8>)> = store
        .all("SELECT seq, entry FROM fork", [], "test", |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert_eq!(kept, [(2, change(CHART, 7).to_bytes().unwrap())]);
    assert_eq!(store.log_head(DeviceId(3), 1).unwrap(), sender.head);
}

#[test]
fn a_clone_that_goes_on_from_another_past_is_a_fork() {
    let (mut store, mut sender, mut clone) = (store(), Sender::new(3), Sender::new(3));
    store
        .ingest(&sender.run(&[change(CHART, 1)]), &mut unnoted, &mut salts())
        .unwrap();
    clone.run(&[change(CHART, 7)]);

    let error = store
        .ingest(&clone.run(&[change(CHART, 8)]), &mut unnoted, &mut salts())
        .unwrap_err();

    assert!(matches!(error, IngestError::Fork { at } if at.seq == 2));
}

#[test]
fn a_chain_that_its_entries_do_not_give_is_refused() {
    let (mut store, mut sender) = (store(), Sender::new(3));
    let mut run = sender.run(&[change(CHART, 1), change(CHART, 2)]);
    run.entries[1].bytes.push(0);

    let error = store.ingest(&run, &mut unnoted, &mut salts()).unwrap_err();

    assert!(matches!(error, IngestError::Damaged { at } if at.seq == 2));
    assert_eq!(store.history_size().unwrap(), 0);
}

#[test]
fn bytes_that_are_no_entry_do_not_stop_the_log() {
    let (mut store, mut sender) = (store(), Sender::new(3));
    let run = sender.run_of_bytes(&[b"nonsense".to_vec(), change(CHART, 2).to_bytes().unwrap()]);

    store.ingest(&run, &mut unnoted, &mut salts()).unwrap();

    let found = store.unmaterialised(10).unwrap();
    assert_eq!(
        found
            .iter()
            .map(|it| it.entry.is_some())
            .collect::<Vec<_>>(),
        [false, true]
    );
    assert_eq!(store.history(0, 10).unwrap()[0].entry, b"nonsense");
}

#[test]
fn logs_and_their_epochs_stand_apart() {
    let (mut store, mut third, mut fourth) = (store(), Sender::new(3), Sender::new(4));
    let mut again = Sender {
        head: LogHead::start(DeviceId(3), 2),
    };

    for run in [
        third.run(&[change(CHART, 1)]),
        fourth.run(&[change(CHART, 2)]),
        again.run(&[change(CHART, 3)]),
    ] {
        store.ingest(&run, &mut unnoted, &mut salts()).unwrap();
    }

    assert_eq!(
        store.log_heads(DeviceId(3)).unwrap(),
        [third.head, again.head]
    );
    assert_eq!(store.log_heads(DeviceId(4)).unwrap(), [fourth.head]);
    assert_eq!(store.log_heads(DeviceId(5)).unwrap(), []);
}

#[test]
fn a_full_disk_stores_nothing_of_a_run() {
    let (_folder, mut store) = on_disk();
    let mut sender = Sender::new(3);
    store
        .ingest(&sender.run(&[change(CHART, 1)]), &mut unnoted, &mut salts())
        .unwrap();
    let pages: u64 = store
        .connection
        .pragma_query_value(None, "page_count", |row| row.get(0))
        .unwrap();
    let limit = |store: &HubStore, pages: u64| {
        store
            .connection
            .pragma_update_and_check(None, "max_page_count", pages, |_row| Ok(()))
            .unwrap();
    };
    limit(&store, pages + 5);
    let run = sender.run(&(2..300).map(|it| change(CHART, it)).collect::<Vec<_>>());

    let error = store.ingest(&run, &mut unnoted, &mut salts()).unwrap_err();

    assert!(matches!(error, IngestError::Store(StoreError::Full)));
    assert_eq!(store.log_head(DeviceId(3), 1).unwrap().seq, 1);
    limit(&store, pages + 1_000);
    assert_eq!(
        store.ingest(&run, &mut unnoted, &mut salts()).unwrap(),
        sender.head
    );
}

#[test]
fn two_processes_write_in_turn() {
    let (folder, mut store) = on_disk();
    let path = folder.path().join("hub.db");
    let other = std::thread::spawn(move || {
        let mut store = HubStore::open(&path, &key()).unwrap();
        let mut salt = salts();
        for number in 0..50 {
            let commit = HubCommit {
                entries: vec![access(CHART)],
                ..HubCommit::default()
            };
            assert_eq!(store.commit(&commit, &mut salt).unwrap().seq, number + 1);
        }
    });

    let mut sender = Sender::new(3);
    for number in 0..50 {
        store
            .ingest(
                &sender.run(&[change(CHART, number)]),
                &mut unnoted,
                &mut salts(),
            )
            .unwrap();
    }

    other.join().unwrap();
    assert_eq!(store.history_size().unwrap(), 100);
    assert_eq!(store.check_file().unwrap(), Vec::<String>::new());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn runs_cut_anyhow_and_repeated_anyhow_give_one_log(cuts in proptest::collection::vec((0_usize..20, 1_usize..20), 1..20)) {
        let mut sender = Sender::new(3);
        let whole = sender.run(&(0..20).map(|it| change(CHART, it)).collect::<Vec<_>>());
        let mut store = store();
        let mut salt = salts();

        for (from, length) in cuts.into_iter().chain([(0, 20)]) {
            let entries = whole.entries[from..20.min(from + length)].to_vec();
            match store.ingest(&Arrived { entries, ..whole.clone() }, &mut unnoted, &mut salt) {
                Ok(_) | Err(IngestError::Gap { .. }) => {}
                Err(other) => return Err(TestCaseError::fail(other.to_string())),
            }
        }

        prop_assert_eq!(store.log_head(DeviceId(3), 1).unwrap(), sender.head);
        prop_assert_eq!(store.history_size().unwrap(), 20);
    }
}

#[test]
fn what_was_stored_is_on_the_disk_when_stored_is_said() {
    let (folder, created) = on_disk();
    database::check_durable(&created.connection);
    drop(created);

    let opened = HubStore::open(&folder.path().join("hub.db"), &key()).unwrap();

    database::check_durable(&opened.connection);
}

#[test]
fn a_group_is_stored_as_a_whole_and_a_run_that_does_not_fit_spoils_nothing() {
    let (folder, mut store) = on_disk();
    let path = folder.path().join("hub.db");
    let (mut one, mut two) = (Sender::new(3), Sender::new(4));
    let (first, second) = (one.run(&[change(CHART, 1)]), two.run(&[access(CHART)]));
    let stray = Sender::new(5).run(&[change(CHART, 3)]);
    let stray = Arrived {
        entries: vec![ArrivedEntry {
            seq: 9,
            ..stray.entries[0].clone()
        }],
        ..stray
    };

    store.begin_group().unwrap();
    store.ingest(&first, &mut unnoted, &mut salts()).unwrap();
    let misfit = store.ingest(&stray, &mut unnoted, &mut salts());
    store.ingest(&second, &mut unnoted, &mut salts()).unwrap();
    let beside = HubStore::open(&path, &key()).unwrap();
    assert_eq!(beside.history_size().unwrap(), 0, "nobody sees it yet");
    store.end_group().unwrap();

    assert!(matches!(misfit, Err(IngestError::Gap { .. })), "{misfit:?}");
    for sender in [one, two] {
        let device = sender.head.device;
        assert_eq!(beside.log_heads(device).unwrap(), [sender.head]);
    }
}

#[test]
fn a_group_that_was_not_ended_left_nothing() {
    let (folder, mut store) = on_disk();
    let path = folder.path().join("hub.db");
    let run = Sender::new(3).run(&[change(CHART, 1)]);

    store.begin_group().unwrap();
    store.ingest(&run, &mut unnoted, &mut salts()).unwrap();
    drop(store);

    let store = HubStore::open(&path, &key()).unwrap();
    assert_eq!(store.history_size().unwrap(), 0);
}
