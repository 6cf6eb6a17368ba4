//! Segments in brief: they refer to what the hub has, and to nothing that it turned out to have lost.

use sync::{AbortReason, ClientEvent};
use wire::{EarlierChange, OpenedSegment, RefusalCode, Segment, SegmentError, Version};

use super::*;
use crate::Client;

fn segment(client: &mut Client, after_seq: u64, version: Version) -> Segment {
    let read = ClientEffect::ReadSegment {
        after_seq,
        version,
        max_bytes: SEGMENT_READ_BYTES,
    };
    let carried = client.driver_mut().carry_out(read).unwrap();
    let Carried::Event(ClientEvent::SegmentRead(Some(segment))) = carried else {
        panic!("nothing follows");
    };
    segment
}

fn open_alone(client: &Client, segment: &Segment) -> Result<OpenedSegment, SegmentError> {
    segment.open(&client.driver().identity().log.public())
}

/// Opens a segment at a hub that has all that a client wrote.
fn open_with(client: &Client, segment: &Segment, other: &Client) -> OpenedSegment {
    let (key, log) = (client.driver().identity().log.public(), log(other));
    let opened = segment.open_with(&key, &mut |position| {
        let entry = log.get(usize::try_from(position.seq - 1).unwrap())?;
        assert_eq!(position.device, other.driver().identity().device);
        Some(EarlierChange {
            position,
            chart: entry.chart?,
            bytes: entry.payload.clone(),
        })
    });
    opened.unwrap()
}

#[test]
fn what_the_hub_lost_is_not_referred_to_again_and_what_came_later_is() {
    let world = World::new();
    let (mut a, mut b) = (world.nurse_a(), world.nurse_b());
    let chart = a.register(&woman()).unwrap().chart;
    deliver(feed_of(&a), &mut b);
    b.record_visit(&chart, &cough()).unwrap();

    let refers = segment(&mut b, 0, Version::TWO);
    assert_eq!(open_alone(&b, &refers), Err(SegmentError::UnknownChange));
    let opened = open_with(&b, &refers, &a);

    let reason = AbortReason::Refused {
        code: RefusalCode::UnknownChange,
        text: String::new(),
    };
    let aborted = b
        .driver_mut()
        .carry_out(ClientEffect::Abort(reason))
        .unwrap();
    assert!(matches!(aborted, Carried::Aborted(_)));
    let alone = segment(&mut b, 0, Version::TWO);
    assert_eq!(open_alone(&b, &alone), Ok(opened));

    let before = b.driver().log_head().unwrap().seq;
    let second = a.register(&woman()).unwrap().chart;
    let fresh = feed_of(&a).split_off(1);
    deliver(fresh, &mut b);
    b.record_visit(&second, &cough()).unwrap();
    let refers = segment(&mut b, before, Version::TWO);
    assert_eq!(open_alone(&b, &refers), Err(SegmentError::UnknownChange));
    open_with(&b, &refers, &a);
}

#[test]
fn an_own_change_before_the_segment_is_referred_to_and_none_in_version_1() {
    let mut a = World::new().nurse_a();
    let chart = a.register(&woman()).unwrap().chart;
    let before = a.driver().log_head().unwrap().seq;
    a.record_visit(&chart, &cough()).unwrap();

    let brief = segment(&mut a, before, Version::TWO);
    let plain = segment(&mut a, before, Version::ONE);

    assert_eq!(open_alone(&a, &brief), Err(SegmentError::UnknownChange));
    let opened = open_with(&a, &brief, &a);
    assert_eq!(open_alone(&a, &plain), Ok(opened));
}
