//! A client that does not wait for WELCOME, and is not honest.

use audit::LogHead;
use crypto::SigningKey;
use serde::Serialize;
use serde_bytes::ByteBuf;
use wire::Early;
use wire::limits::MAX_SEGMENT_PACKED_BYTES;

use super::*;

fn early(segment: Segment) -> Message {
    Message::Early(Early {
        segment,
        is_all: true,
    })
}

/// Says HELLO and EARLY at once, to a hub that has nothing of the log. What is stored then?
#[track_caller]
fn check(said: impl FnOnce(&mut Laptop) -> Segment, expected: Option<RefusalCode>) {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    a.register(7);
    let honest = a.segment(0);
    let early = early(said(&mut a));

    let mut driver = HubDriver::admit(&mut hub, a.tls.public()).unwrap();
    driver.received(a.hello(vec![]));
    let outputs = exchange(&mut hub, &mut driver, early);

    assert_eq!(refused(&outputs), expected, "{outputs:?}");
    assert_eq!(stored(&outputs), None, "{outputs:?}");
    assert_eq!(hub.store().log_heads(a.device).unwrap(), []);
    if expected.is_none() {
        let outputs = exchange(&mut hub, &mut driver, push(honest));
        assert_eq!(stored(&outputs), Some(a.head().position()), "it goes on");
    }
}

#[test]
fn what_another_key_signed_ends_the_session() {
    check(
        |a| {
            a.log = SigningKey::from_seed([99; 32]);
            a.segment(0)
        },
        Some(RefusalCode::BadSignature),
    );
}

#[test]
fn what_begins_elsewhere_is_passed_over() {
    check(|a| a.segment(1), None);
}

#[test]
fn what_another_device_wrote_is_passed_over() {
    check(
        |a| {
            a.start = LogHead::start(DeviceId(77), 1);
            let segment = a.segment(0);
            a.start = LogHead::start(a.device, 1);
            segment
        },
        None,
    );
}

/// A segment as it is on the wire.
#[derive(Serialize)]
struct Shape {
    b: LogHead,
    n: u32,
    z: ByteBuf,
    s: ByteBuf,
}

#[test]
fn what_is_longer_than_a_segment_may_be_ends_the_session() {
    check(
        |a| {
            let long = Shape {
                b: LogHead::start(a.device, 1),
                n: 2,
                z: ByteBuf::from(vec![0; 2 * MAX_SEGMENT_PACKED_BYTES]),
                s: ByteBuf::from(vec![0; 64]),
            };
            let bytes = serde_ipld_dagcbor::to_vec(&long).unwrap();
            serde_ipld_dagcbor::from_slice(&bytes).unwrap()
        },
        Some(RefusalCode::TooLarge),
    );
}
