//! What a hub that was sent nothing can have removed here.

use std::collections::VecDeque;

use ::sync::ClientSession;
use audit::LogPosition;
use wire::limits::FIRST_SEGMENT_READ_BYTES;
use wire::{Cursor, FeedBatch, Hello, Message, Welcome};

use super::*;
use crate::Client;

const SCOPE: ScopeId = ScopeId(1);

/// Says that all is there that HELLO tells of, and that the feed has so much.
fn echo(hello: &Hello, end: Cursor) -> Message {
    Message::Welcome(Welcome {
        version: Version::TWO,
        stored: hello.logs.clone(),
        feeds: vec![end],
        roster: None,
        time_ms: NOON_MS,
        checkpoint: None,
        repair: Vec::new(),
        takes_early: true,
        files_told: 0,
    })
}

/// Meets a hub that answers HELLO with an echo, has a batch to bring, and says nothing more.
fn meet_an_echo(client: &mut Client, batch: &FeedBatch) {
    let driver = client.driver_mut();
    let (mut session, effects) = ClientSession::new(driver.standing().unwrap());
    let mut effects = VecDeque::from(effects);
    while let Some(effect) = effects.pop_front() {
        let said = match driver.carry_out(effect).unwrap() {
            Carried::Event(event) => vec![event],
            Carried::Send(Message::Hello(hello)) => {
                [echo(&hello, batch.cursor()), Message::Feed(batch.clone())]
                    .map(::sync::ClientEvent::Received)
                    .into()
            }
            Carried::Send(_) | Carried::Done => Vec::new(),
            Carried::Finished(_) | Carried::Aborted(_) => panic!("the hub has not stored all"),
        };
        for event in said {
            effects.extend(session.handle(event));
        }
    }
}

#[test]
fn a_chart_stays_whose_words_were_never_sent_whatever_a_hub_says_that_it_has() {
    let mut client = World::new().nurse_a();
    let mut chart = client.register(&woman()).unwrap().chart;
    // What goes up with HELLO is at most a first segment: the newest chart is not in it.
    while client.driver().store().unsent_bytes().unwrap() <= 2 * FIRST_SEGMENT_READ_BYTES as u64 {
        chart = client.register(&woman()).unwrap().chart;
    }
    let id = chart.parse().unwrap();
    let leave = FeedItem::Leave {
        position: LogPosition {
            device: DeviceId::HUB,
            epoch: 0,
            seq: 0,
        },
        chart: id,
    };
    let digest = FeedDigest::EMPTY.left_by(id);
    let batch = FeedBatch::new(SCOPE, 1, 0, digest, vec![leave]).unwrap();

    meet_an_echo(&mut client, &batch);

    assert_eq!(client.driver().store().count_leaving().unwrap(), 1);
    assert_eq!(client.open(&chart).unwrap().family, "Đặng");
}
