//! Whose attachments the hub takes, and to whom it hands them.

use audit::{Attached, EntryKind};
use crypto::BlobTree;
use record::ChartId;
use wire::{BlobGroup, BlobMessage, GroupRange, Message, RefusalCode, Want};

use super::*;
use crate::driver::{HubDriver, Output};
use crate::testing::{Laptop, exchange, hub};

struct File {
    blob: Blob,
    group: BlobGroup,
}

fn file() -> File {
    let bytes = b"a scan of a card".to_vec();
    let (blob, tree) = BlobTree::of(&bytes).unwrap();
    let group = BlobGroup {
        number: 0,
        bytes,
        proof: tree.proof(0).unwrap(),
    };
    File { blob, group }
}

/// Clinic A has attached something to its chart; clinic B does not hold the chart, the office does.
fn clinics() -> (Hub, [Laptop; 3], File) {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    let b = Laptop::enrol(&mut hub, 2, 2);
    let office = Laptop::enrol(&mut hub, 3, 3);
    let chart = a.register(7).id();
    let file = file();
    attach(&mut a, chart, &file.blob);
    a.push(&mut hub);
    (hub, [a, b, office], file)
}

fn attach(laptop: &mut Laptop, chart: ChartId, blob: &Blob) {
    let payload = Attached::new(blob).to_bytes().unwrap();
    laptop.write(EntryKind::ATTACHMENT, Some(chart), payload);
}

/// Says something in a session that has begun, and returns what is answered.
fn say(hub: &mut Hub, peer: &Laptop, messages: &[BlobMessage]) -> Vec<(usize, RefusalCode)> {
    let mut driver = HubDriver::admit(hub, peer.tls.public()).unwrap();
    exchange(hub, &mut driver, peer.hello(vec![]));
    let mut answers = Vec::new();
    for message in messages {
        for output in exchange(hub, &mut driver, Message::Blob(message.clone())) {
            if let Output::Send(Message::Want(want)) = output {
                answers.push((want.lacking.len(), want.code));
            }
        }
    }
    answers
}

/// Returns what WELCOME says of how often this device was told that a file is whole.
fn told(hub: &mut Hub, peer: &Laptop) -> u64 {
    let mut driver = HubDriver::admit(hub, peer.tls.public()).unwrap();
    let outputs = exchange(hub, &mut driver, peer.hello(vec![]));
    let welcome = outputs.into_iter().find_map(|it| match it {
        Output::Send(Message::Welcome(welcome)) => Some(welcome.files_told),
        Output::Send(_) | Output::Close(_) | Output::Grew(_) => None,
    });
    welcome.expect("a welcome")
}

#[test]
fn how_often_a_device_was_told_that_a_file_is_whole_is_counted() {
    let (mut hub, [a, _b, office], file) = clinics();
    say(&mut hub, &a, &[BlobMessage::offer(file.blob)]);
    assert_eq!(told(&mut hub, &a), 0, "it is not whole");

    say(&mut hub, &a, &upload(&file));
    assert_eq!(told(&mut hub, &a), 1);
    say(&mut hub, &a, &[BlobMessage::offer(file.blob)]);
    assert_eq!(told(&mut hub, &a), 2, "also when nothing was sent");

    assert_eq!(told(&mut hub, &office), 0);
}

/// Wants the file in a session in which everything else was taken.
fn ask(hub: &mut Hub, peer: &Laptop, blob: Blob) -> BlobMessage {
    let mut driver = HubDriver::admit(hub, peer.tls.public()).unwrap();
    let want = Message::Want(Want {
        blob,
        lacking: vec![GroupRange(0, 1)],
        code: RefusalCode::Done,
        told: 0,
    });
    let mut waiting = vec![peer.hello(vec![]), want];
    while !waiting.is_empty() {
        for output in exchange(hub, &mut driver, waiting.remove(0)) {
            match output {
                Output::Send(Message::Blob(blob)) => return blob,
                Output::Send(Message::Feed(it)) => waiting.push(Message::Taken(it.cursor())),
                Output::Send(Message::Pack(it)) => waiting.push(Message::Taken(it.taken())),
                Output::Send(_) | Output::Close(_) | Output::Grew(_) => {}
            }
        }
    }
    panic!("nothing was answered");
}

fn upload(file: &File) -> [BlobMessage; 2] {
    [
        BlobMessage::offer(file.blob),
        BlobMessage::group(file.blob, file.group.clone()),
    ]
}

#[test]
fn what_a_clinic_attached_is_taken_once_and_handed_to_who_holds_the_chart() {
    let (mut hub, [a, b, office], file) = clinics();
    let before = ask(&mut hub, &office, file.blob);
    assert_eq!(
        (before.group, before.code),
        (None, RefusalCode::BlobMissing)
    );

    let answers = say(&mut hub, &a, &upload(&file));
    assert_eq!(answers, [(1, RefusalCode::Done), (0, RefusalCode::Done)]);

    assert_eq!(ask(&mut hub, &office, file.blob).group, Some(file.group));
    let elsewhere = ask(&mut hub, &b, file.blob);
    assert_eq!(
        (elsewhere.group, elsewhere.code),
        (None, RefusalCode::BlobUnknown)
    );
    let again = say(&mut hub, &office, &[BlobMessage::offer(file.blob)]);
    assert_eq!(again, [(0, RefusalCode::Done)], "it is here already");
}

#[test]
fn what_belongs_to_no_chart_of_a_device_is_not_taken_from_it() {
    let (mut hub, [_a, mut b, _office], file) = clinics();
    let offer = [BlobMessage::offer(file.blob)];
    assert_eq!(say(&mut hub, &b, &offer), [(0, RefusalCode::BlobUnknown)]);

    // Naming the chart of another site in its own log lets it bring the bytes, and not have them.
    attach(&mut b, ChartId::new([7; 16]), &file.blob);
    b.push(&mut hub);

    assert_eq!(say(&mut hub, &b, &offer), [(1, RefusalCode::Done)]);
    let asked = ask(&mut hub, &b, file.blob);
    assert_eq!(asked.code, RefusalCode::BlobUnknown);
}

#[test]
fn what_belongs_to_a_chart_that_left_is_still_taken_from_who_held_it_and_not_handed_to_them() {
    let (mut hub, [_a, b, office], file) = clinics();
    let [scope] = hub.store().scopes_of_blob(&file.blob).unwrap()[..] else {
        panic!("in one scope")
    };
    let scope = hub.roster().scope(scope).unwrap().name.clone();
    hub.leave_chart(&ChartId::new([7; 16]).to_string(), &scope)
        .unwrap();

    // A hub that was put back may lack the bytes, and whoever holds the chart lets it go only when it has them.
    let offer = [BlobMessage::offer(file.blob)];
    assert_eq!(say(&mut hub, &office, &offer), [(1, RefusalCode::Done)]);
    assert_eq!(say(&mut hub, &b, &offer), [(0, RefusalCode::BlobUnknown)]);
    assert_eq!(
        ask(&mut hub, &office, file.blob).code,
        RefusalCode::BlobUnknown
    );
}

#[test]
fn an_entry_that_attaches_nothing_readable_attaches_nothing() {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    let chart = a.register(7).id();
    for payload in [vec![], vec![1, 2, 3]] {
        a.write(EntryKind::ATTACHMENT, Some(chart), payload);
    }
    let vast = Attached {
        hash: file().blob.hash(),
        size: u64::MAX,
    };
    a.write(EntryKind::ATTACHMENT, Some(chart), vast.to_bytes().unwrap());

    a.push(&mut hub);

    assert_eq!(hub.store.missing_blobs().unwrap(), []);
    assert!(hub.verify().is_clean());
}
