//! Numbers that a peer may write and no database counts: they name places where nothing is.

use audit::LogHead;
use wire::{CheckpointMark, Early, Fetch, PackMark, PackProgress, Probe, Show};

use super::*;

/// Says one thing after WELCOME, with numbers at the end of what there is. The hub answers, or refuses what was said;
/// it does not fail.
#[track_caller]
fn check(say: impl FnOnce(&Laptop, Cursor) -> Message, expected: Option<RefusalCode>) {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    a.register(7);
    a.push(&mut hub);
    let (mut driver, outputs) = greeted(&mut hub, &a, vec![]);
    let feed = welcome(&outputs).feeds[0];

    let outputs = exchange(&mut hub, &mut driver, say(&a, feed));

    assert_eq!(refused(&outputs), expected, "{outputs:?}");
    assert_eq!(hub.store().log_heads(a.device).unwrap(), [a.head()]);
}

/// A run that begins so far into a log that nothing could follow.
fn far(a: &Laptop, epoch: u32) -> Segment {
    let mut before = LogHead::start(a.device, epoch);
    before.seq = u64::MAX - 1;
    Segment::seal(before, &[vec![1]], &a.log).unwrap()
}

#[test]
fn a_log_does_not_begin_at_its_end() {
    check(|a, _| push(far(a, 1)), Some(RefusalCode::LogGap));
    check(|a, _| push(far(a, 2)), Some(RefusalCode::LogGap));
    let early = |a: &Laptop, _| {
        Message::Early(Early {
            segment: far(a, 1),
            is_all: true,
        })
    };
    check(early, None);
}

#[test]
fn a_log_that_is_carried_does_not_begin_at_its_end_either() {
    let (mut hub, _world) = hub();
    let a = Laptop::enrol(&mut hub, 1, 1);
    let other = Laptop::enrol(&mut hub, 1, 2);
    let (mut driver, _outputs) = greeted(&mut hub, &a, vec![]);

    let outputs = exchange(&mut hub, &mut driver, push(far(&other, 1)));

    assert!(
        matches!(&outputs[..], [Output::Send(Message::Declined(it))] if it.code == RefusalCode::LogGap),
        "{outputs:?}"
    );
}

#[test]
fn a_cursor_beyond_what_was_sent_is_refused() {
    let taken = |_: &Laptop, mut feed: Cursor| {
        feed.position = u64::MAX;
        Message::Taken(feed)
    };
    check(taken, Some(RefusalCode::CursorUnexplained));
}

#[test]
fn a_chart_is_not_given_for_an_entry_that_cannot_be() {
    let fetch = |a: &Laptop| {
        let entry = LogPosition {
            seq: u64::MAX,
            ..a.head().position()
        };
        Message::Fetch(Fetch {
            number: "0000-0098".to_owned(),
            reason: "referred".to_owned(),
            entry,
        })
    };
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    a.register(7);
    a.push(&mut hub);
    let (mut driver, _) = greeted(&mut hub, &a, vec![]);
    let outputs = exchange(&mut hub, &mut driver, fetch(&a));
    assert!(
        matches!(&outputs[..], [Output::Send(Message::Fetched(it))]
            if it.code != RefusalCode::Done && it.feed.is_none()),
        "{outputs:?}"
    );
}

#[test]
fn packs_go_on_after_a_mark_beyond_all_charts() {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    a.register(7);
    a.push(&mut hub);
    let (_, outputs) = greeted(&mut hub, &a, vec![]);
    let head = welcome(&outputs).feeds[0];
    let mark = PackMark {
        chart: u64::MAX,
        change: u64::MAX,
    };
    let far = Cursor {
        position: u64::MAX,
        ..head
    };
    for head in [head, far] {
        let Message::Hello(mut hello) = a.hello(vec![]) else {
            unreachable!()
        };
        hello.packs = vec![PackProgress { head, mark }];
        hello.logs.push(LogHead {
            seq: u64::MAX,
            ..LogHead::start(DeviceId(99), u32::MAX)
        });

        let mut driver = HubDriver::admit(&mut hub, a.tls.public()).unwrap();
        let outputs = exchange(&mut hub, &mut driver, Message::Hello(hello));

        assert_eq!(refused(&outputs), None, "{outputs:?}");
        welcome(&outputs);
    }
}

#[test]
fn a_roster_beyond_all_that_there_can_be_is_one_that_the_hub_has_not_kept() {
    let (mut hub, _world) = hub();
    let a = Laptop::enrol(&mut hub, 1, 1);
    let Message::Hello(mut hello) = a.hello(vec![]) else {
        unreachable!()
    };
    hello.roster_epoch = u64::MAX;

    let mut driver = HubDriver::admit(&mut hub, a.tls.public()).unwrap();
    let asked = exchange(&mut hub, &mut driver, Message::Hello(hello));
    let outputs = exchange(&mut hub, &mut driver, Message::Show(Show::default()));

    assert_eq!(asked, [Output::Send(Message::Show(Show::default()))]);
    welcome(&outputs);
}

#[test]
fn places_beyond_what_can_be_counted_are_places_where_nothing_is() {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    a.register(7);
    a.push(&mut hub);
    let (_, outputs) = greeted(&mut hub, &a, vec![]);
    let mut cursor = welcome(&outputs).feeds[0];
    cursor.position = u64::MAX;
    let Message::Hello(mut hello) = a.hello(vec![cursor]) else {
        unreachable!()
    };
    let far = LogHead {
        seq: u64::MAX,
        ..a.head()
    };
    hello.logs.push(far);
    hello.checkpoint = Some(CheckpointMark::of("another"));
    hello.checkpoint_size = Some(u64::MAX);

    let mut driver = HubDriver::admit(&mut hub, a.tls.public()).unwrap();
    let asked = exchange(&mut hub, &mut driver, Message::Hello(hello));
    let note = Message::Show(Show::default());
    let outputs = exchange(&mut hub, &mut driver, note);
    let probe = Message::Probe(Probe {
        epoch: 1,
        seqs: vec![1, u64::MAX],
    });
    let probed = exchange(&mut hub, &mut driver, probe);

    assert_eq!(asked, [Output::Send(Message::Show(Show::default()))]);
    assert_eq!(welcome(&outputs).repair, [cursor.scope]);
    assert!(
        matches!(&probed[..], [Output::Send(Message::Probed(it))] if it.marks.len() == 1),
        "{probed:?}"
    );
}
