//! What a meeting remembers, and how a home is shared meanwhile.

use super::*;
use crate::testing::World;

#[test]
fn the_hub_is_told_why_a_meeting_ended() {
    let scope = record::ScopeId(1);
    let ended = Ended::from(AbortReason::FeedMismatch { scope });
    assert_eq!(ended.code, RefusalCode::FeedMismatch);
    assert_eq!(ended.error.code, ErrorCode::LogDiffers);

    let ended = Ended::from(CommandError::new(ErrorCode::DiskFull));
    assert_eq!(ended.code, RefusalCode::Failed);
    assert_eq!(ended.error.code, ErrorCode::DiskFull);
}

#[test]
fn what_the_hub_could_not_merge_stays_in_the_status_and_is_counted_once() {
    let mut client = World::new().nurse_a();
    let entry = |seq| Quarantined {
        position: audit::LogPosition {
            device: record::DeviceId(1),
            epoch: 1,
            seq,
        },
        reason: "refused".to_owned(),
    };
    let count = |client: &mut Client| client.status().unwrap().set_aside;
    assert_eq!(count(&mut client), 0);

    client.note_set_aside(&[entry(2), entry(3)]).unwrap();
    client.note_set_aside(&[]).unwrap();
    client.note_set_aside(&[entry(3), entry(4)]).unwrap();
    assert_eq!(count(&mut client), 3);

    let flood: Vec<Quarantined> = (5..20_000).map(entry).collect();
    client.note_set_aside(&flood).unwrap();
    assert_eq!(count(&mut client), u32::try_from(MAX_SET_ASIDE).unwrap());
}

#[test]
fn a_home_is_unlocked_anew_after_a_rest() {
    let unlocked = std::sync::atomic::AtomicU32::new(0);
    let unlock = || {
        unlocked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Ok(World::new().nurse_a())
    };
    let mut reach = Afresh::new(&unlock);

    for rest in [false, true, false] {
        reach.with(|_client| Ok(())).unwrap();
        if rest {
            reach.rest();
            assert!(reach.client.is_none(), "nobody else could use it");
        }
    }

    assert_eq!(unlocked.into_inner(), 2);
}

#[test]
fn a_home_that_somebody_took_during_a_rest_is_waited_for() {
    let asked = std::sync::atomic::AtomicU32::new(0);
    let unlock = || match asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
        0 | 2 => Err(CommandError::new(ErrorCode::InUse)),
        _free => Ok(World::new().nurse_a()),
    };
    let mut reach = Afresh::new(&unlock);

    let at_first = reach.with(|_client| Ok(())).unwrap_err();
    reach.with(|_client| Ok(())).unwrap();
    reach.rest();
    reach.with(|_client| Ok(())).unwrap();

    assert_eq!(at_first.code, ErrorCode::InUse);
    assert_eq!(asked.into_inner(), 4);
}

#[test]
fn a_home_that_somebody_keeps_is_waited_for_so_often() {
    let asked = std::sync::atomic::AtomicU32::new(0);
    let unlock = || {
        asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Err(CommandError::new(ErrorCode::InUse))
    };
    let mut reach = Afresh::new(&unlock);
    reach.wait = Duration::ZERO;

    reach.rest();
    let error = reach.with(|_client| Ok(())).unwrap_err();

    assert_eq!(error.code, ErrorCode::InUse);
    assert_eq!(asked.into_inner(), 1 + reach::MAX_WAITS);
}

#[test]
fn what_is_written_while_a_meeting_runs_is_noticed_once() {
    let mut client = World::new().nurse_a();
    let mut written = Written::begin(client.driver.log_head().unwrap());
    let before = written.is_more(&mut Alone(&mut client)).unwrap();

    client.find("somebody").unwrap();

    assert!(!before);
    assert!(written.is_more(&mut Alone(&mut client)).unwrap());
    assert!(!written.is_more(&mut Alone(&mut client)).unwrap());
    assert!(
        !written.look(&mut Alone(&mut client)).unwrap(),
        "it is not time"
    );
}
