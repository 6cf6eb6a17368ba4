//! How many logs a device may have, and how much is kept of what contradicts them.

use super::super::ingest::{
    MAX_FORK_ENTRIES, MAX_GAP_NOTES, MAX_LOGS_OF_A_DEVICE, MAX_SKIPPED_LOGS,
};
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
    for epoch in 1..=MAX_LOGS_OF_A_DEVICE {
        begin(&mut store, epoch).unwrap();
    }

    let refused = begin(&mut store, MAX_LOGS_OF_A_DEVICE + 1);

    assert!(matches!(
        refused,
        Err(IngestError::TooManyLogs {
            device: DeviceId(3)
        })
    ));
    let logs = store.log_heads(DeviceId(3)).unwrap();
    assert_eq!(logs.len(), MAX_LOGS_OF_A_DEVICE as usize);
    begin(&mut store, MAX_LOGS_OF_A_DEVICE).unwrap();
}

#[test]
fn a_device_may_not_use_the_numbers_of_its_logs_up_at_once() {
    let mut store = store();
    begin(&mut store, 1).unwrap();

    assert!(begin(&mut store, 1 + MAX_SKIPPED_LOGS + 1).is_err());
    assert!(begin(&mut store, u32::MAX).is_err());
    assert!(begin(&mut store, 1 + MAX_SKIPPED_LOGS).is_ok());
}

#[test]
fn what_contradicts_a_log_is_kept_and_noted_within_bounds() {
    let mut store = store();
    begin(&mut store, 1).unwrap();
    let mut notes = 0;
    for number in 0..u64::from(MAX_FORK_ENTRIES) + 44 {
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

    assert_eq!((kept, notes), (MAX_FORK_ENTRIES, 1));
}

#[test]
fn a_log_with_gaps_without_end_is_noted_a_few_times() {
    let mut store = store();
    let mut sender = sender(1);
    let mut notes = 0;
    for number in 0..u64::from(MAX_GAP_NOTES) + 24 {
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

    assert_eq!(notes, MAX_GAP_NOTES);
}
