//! Attachments: in the chart at once, in the log before they are shown, and what comes of damage.

use ::sync::{ClientBlobEffect, ClientEffect, ClientEvent, Greeting, Summary};
use crypto::{Blob, BlobTree, GROUP_BYTES};
use store::StoredGroup;
use wire::RefusalCode;

use super::super::attach::MAX_TYPE_BYTES;
use super::*;
use crate::project::blob_of;
use crate::views::AttachInput;

fn scan() -> Vec<u8> {
    b"a scan ".repeat(12_000)
}

fn input() -> AttachInput {
    AttachInput {
        title: Some(" Old card ".to_owned()),
        content_type: "Image/JPEG".to_owned(),
    }
}

/// A nurse with a chart to which something is attached.
fn attached() -> (Client, String) {
    let mut client = World::new().nurse_a();
    let chart = client.register(&woman()).unwrap().chart;
    client.attach(&chart, &input(), &scan()).unwrap();
    (client, chart)
}

#[test]
fn an_attachment_is_in_the_chart_at_once_and_only_here() {
    let (mut client, chart) = attached();

    let listed = client.attachments(&chart).unwrap();
    let [one] = listed.as_slice() else {
        panic!("{} are listed", listed.len());
    };
    let (shown, bytes) = client.open_attachment(&chart, &one.id).unwrap();

    assert_eq!((shown.title.as_str(), bytes), ("Old card", scan()));
    assert_eq!(shown.content_type, "image/jpeg");
    assert_eq!((shown.is_here, shown.at_hub), (true, false));
    assert_eq!(shown.recorded.author, "Amina Nurse");
    let status = client.status().unwrap();
    assert_eq!(
        (status.attachments_to_go, status.attachments_to_come),
        (1, 0)
    );
    assert!(client.verify().unwrap().ok);
}

#[test]
fn who_attached_listed_and_opened_is_in_the_log_and_before_it_is_shown() {
    let (mut client, chart) = attached();
    let id = client.attachments(&chart).unwrap().remove(0).id;
    client.open_attachment(&chart, &id).unwrap();
    let before = log(&client).len();
    client.open_attachment(&chart, "nothing").unwrap_err();

    let words = log_words(&client);
    let expected = [
        "attach",
        "change",
        "kind 2",
        "open chart",
        "open attachment",
        "open attachment",
    ];
    assert_eq!(words[words.len() - 6..], expected);
    let opened = &log(&client)[before];
    assert_eq!(opened.chart.map(|it| it.to_string()), Some(chart));
}

#[test]
fn who_may_not_write_attaches_nothing_and_the_log_says_so() {
    let mut client = World::new().manager_a();
    let chart = client.register(&woman()).unwrap().chart;

    let refused = client.attach(&chart, &input(), &scan());

    assert_eq!(code(refused), ErrorCode::NotAllowed);
    let entries = log(&client);
    let access = Access::from_bytes(&entries.last().unwrap().payload).unwrap();
    assert_eq!(
        (access.event.name(), access.outcome),
        ("attach", Outcome::Refused)
    );
    assert_eq!(client.attachments(&chart).unwrap().len(), 0);
}

fn type_of(length: usize) -> String {
    format!("{:x<length$}", "image/")
}

#[test]
fn what_cannot_be_attached_leaves_nothing() {
    let (mut client, chart) = attached();
    let before = log(&client).len();
    let vast = vec![0; 16 * 1024 * 1024 + 1];
    for (bytes, content_type, expected) in [
        (&[][..], "image/jpeg", ErrorCode::AttachmentTooLarge),
        (&vast, "image/jpeg", ErrorCode::AttachmentTooLarge),
        (b"x", "jpeg", ErrorCode::FieldInvalid),
        (b"x", "image/", ErrorCode::FieldInvalid),
        (b"x", "image/jp eg", ErrorCode::FieldInvalid),
        (b"x", &type_of(MAX_TYPE_BYTES + 1), ErrorCode::FieldInvalid),
    ] {
        let input = AttachInput {
            title: None,
            content_type: content_type.to_owned(),
        };
        assert_eq!(code(client.attach(&chart, &input, bytes)), expected);
    }

    assert_eq!(log(&client).len(), before);
    assert_eq!(client.attachments(&chart).unwrap().len(), 1);
    let input = AttachInput {
        title: None,
        content_type: type_of(MAX_TYPE_BYTES),
    };
    client.attach(&chart, &input, b"x").unwrap();
}

/// A second clinic that has taken the chart, and the groups that are to come.
fn elsewhere() -> (Client, String, Blob, Vec<StoredGroup>) {
    let (a, chart) = attached();
    let mut b = World::new().nurse_b();
    deliver(feed_of(&a), &mut b);
    let bytes = scan();
    let (blob, tree) = BlobTree::of(&bytes).unwrap();
    let groups = (0..).zip(bytes.chunks(GROUP_BYTES).zip(tree.groups()));
    let groups = groups.map(|(number, (bytes, hash))| StoredGroup {
        number,
        hash: *hash,
        bytes: bytes.to_vec(),
    });
    (b, chart, blob, groups.collect())
}

#[test]
fn a_chart_that_came_has_its_attachment_named_and_wanted() {
    let (mut b, chart, blob, groups) = elsewhere();
    let listed = b.attachments(&chart).unwrap();
    assert_eq!((listed[0].is_here, listed[0].at_hub), (false, false));
    assert_eq!(
        code(b.open_attachment(&chart, &listed[0].id)),
        ErrorCode::AttachmentNotHere
    );

    let wants = |client: &Client| match client.driver().attachments().unwrap() {
        Some(ClientEvent::Attachments { wants, .. }) => wants,
        _ => Vec::new(),
    };
    assert_eq!(wants(&b)[0].blob, blob);
    for group in groups {
        let StoredGroup {
            number,
            hash,
            bytes,
        } = group;
        let keep = ClientEffect::Blob(ClientBlobEffect::Keep {
            blob,
            number,
            bytes,
            hash,
        });
        b.driver_mut().carry_out(keep).unwrap();
    }

    assert_eq!(wants(&b), []);
    let (_shown, bytes) = b.open_attachment(&chart, &listed[0].id).unwrap();
    assert_eq!(bytes, scan());
}

#[test]
fn what_the_hub_does_not_have_yet_comes_after_what_it_has() {
    let (mut a, chart) = attached();
    let input = AttachInput {
        title: Some("a word".to_owned()),
        content_type: "text/plain".to_owned(),
    };
    a.attach(&chart, &input, b"a word").unwrap();
    let mut b = World::new().nurse_b();
    deliver(feed_of(&a), &mut b);
    let wants = |client: &Client| match client.driver().attachments().unwrap() {
        Some(ClientEvent::Attachments { wants, .. }) => {
            wants.iter().map(|it| it.blob).collect::<Vec<_>>()
        }
        _ => Vec::new(),
    };
    let [small, large] = wants(&b)[..] else {
        panic!("two are wanted")
    };

    for (refused, code) in [
        (large, RefusalCode::WindowExceeded),
        (small, RefusalCode::BlobUnknown),
    ] {
        let summary = Summary {
            attachments_refused: vec![(refused, code)],
            ..Summary::default()
        };
        let met = ClientEffect::Finished(summary);
        b.driver_mut().carry_out(met).unwrap();
    }

    assert_eq!(wants(&b), [large, small]);
    // By its name as well, while no other has it.
    let named = |b: &mut Client, name| code(b.open_attachment(&chart, name));
    assert_eq!(named(&mut b, "a word"), ErrorCode::AttachmentNotHere);
    assert_eq!(named(&mut b, "a letter"), ErrorCode::AttachmentUnknown);
    a.attach(&chart, &input, b"another").unwrap();
    assert_eq!(named(&mut a, "a word"), ErrorCode::AttachmentUnknown);
}

#[test]
fn damaged_bytes_are_found_not_shown_and_fetched_again() {
    let (mut b, chart, blob, mut groups) = elsewhere();
    groups[1].bytes[3] ^= 1;
    for group in &groups {
        b.driver_mut().store_mut().keep_group(&blob, group).unwrap();
    }
    let id = b.attachments(&chart).unwrap().remove(0).id;

    assert_eq!(code(b.open_attachment(&chart, &id)), ErrorCode::Damaged);
    let found = b.verify().unwrap();
    assert_eq!(found.problems.len(), 1);
    assert!(found.problems[0].text.contains("fetched again"));
    assert_eq!(b.repair().unwrap(), 1);

    assert!(b.verify().unwrap().ok);
    let lacking = b.driver().store().blobs_to_want(u64::MAX, 9).unwrap();
    assert_eq!(lacking, [(blob, vec![(1, 2)])]);
}

/// A client whose only attachment the hub has said to have.
fn sent() -> (Client, Blob) {
    let (mut client, chart) = attached();
    let document = client.driver().held_chart(chart.parse().unwrap()).unwrap();
    let view = document.view();
    let blob = blob_of(view.documents()[0].1).unwrap();
    let at_hub = ClientBlobEffect::NoteAtHub { blob, told: 1 };
    let effect = ClientEffect::Blob(at_hub);
    client.driver_mut().carry_out(effect).unwrap();
    assert_eq!(client.driver().attachments().unwrap(), None);
    (client, blob)
}

#[track_caller]
fn check_offered(client: &Client, blob: Blob) {
    let offered = client.driver().attachments().unwrap();
    assert!(matches!(
        offered,
        Some(ClientEvent::Attachments { offers, .. }) if offers == [blob]
    ));
}

#[test]
fn a_hub_that_lost_what_it_had_is_offered_everything_again() {
    let (mut client, blob) = sent();

    client
        .driver_mut()
        .carry_out(ClientEffect::NoteShown)
        .unwrap();

    check_offered(&client, blob);
}

#[test]
fn a_hub_that_has_said_less_often_than_is_known_that_a_file_is_whole_is_offered_all_again() {
    let (mut client, blob) = sent();
    let met = |files_told| {
        ClientEffect::NoteContact(Greeting {
            files_told,
            ..Greeting::default()
        })
    };

    client.driver_mut().carry_out(met(1)).unwrap();
    assert_eq!(client.driver().attachments().unwrap(), None);

    client.driver_mut().carry_out(met(0)).unwrap();
    check_offered(&client, blob);

    let at_hub = ClientBlobEffect::NoteAtHub { blob, told: 1 };
    let effect = ClientEffect::Blob(at_hub);
    client.driver_mut().carry_out(effect).unwrap();
    client.driver_mut().carry_out(met(1)).unwrap();
    assert_eq!(client.driver().attachments().unwrap(), None, "once");
}
