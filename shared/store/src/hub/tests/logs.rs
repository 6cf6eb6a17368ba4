//! How many logs a device may have, and how much is kept of what contradicts them.

use super::*;

fn sender(epoch: u32) -> Sender {
    let mut sender = Sender::new(3);
    sender.head = LogHead::start(DeviceId(3), epoch);
    sender
}

fn begin(store: &mut HubStore, epoch: u32) -> Result<LogHead, IngestError> {
    let run = sender(epoch).run(&[access(CHART)]);
    store.ingest(&run, &mut unnoted, &mut salts())
}

#[test]
fn a_device_that_begins_logs_without_end_is_refused() {
    let mut store = store();
    for epoch in 1..=48 {
        begin(&mut store, epoch).unwrap();
    }

    let refused = begin(&mut store, 49);

    assert!(matches!(
        refused,
        Err(IngestError::TooManyLogs {
            device: DeviceId(3)
        })
    ));
    assert_eq!(store.log_heads(DeviceId(3)).unwrap().len(), 48);
    begin(&mut store, 48).unwrap();
}

#[test]
fn a_device_may_not_use_the_numbers_of_its_logs_up_at_once() {
    let mut store = store();
    begin(&mut store, 1).unwrap();

    assert!(begin(&mut store, 66).is_err());
    assert!(begin(&mut store, u32::MAX).is_err());
    assert!(begin(&mut store, 65).is_ok());
}

#[test]
fn what_contradicts_a_log_is_kept_and_noted_within_bounds() {
    let mut store = store();
    begin(&mut store, 1).unwrap();
    let mut notes = 0;
    for number in 0..300 {
        let run = sender(1).run(&[change(CHART, number)]);
        let note = &mut |_misfit| {
            notes += 1;
            HubCommit::default()
        };
        assert!(store.ingest(&run, note, &mut salts()).is_err());
    }

    let sql = "SELECT count(*) FROM fork";
    let kept: u32 = store
        .connection
        .query_row(sql, [], |row| row.get(0))
        .unwrap();

    assert_eq!((kept, notes), (256, 1));
}

#[test]
fn a_log_with_gaps_without_end_is_noted_a_few_times() {
    let mut store = store();
    let mut sender = sender(1);
    let mut notes = 0;
    for number in 0..40 {
        let next = sender.run(&[change(CHART, 2 * number)]);
        let mut beyond = sender.clone();
        beyond.run(&[change(CHART, 2)]);
        let beyond = beyond.run(&[change(CHART, 3)]);
        store.ingest(&next, &mut unnoted, &mut salts()).unwrap();
        let note = &mut |_misfit| {
            notes += 1;
            HubCommit::default()
        };
        assert!(store.ingest(&beyond, note, &mut salts()).is_err());
    }

    assert_eq!(notes, 16);
}
