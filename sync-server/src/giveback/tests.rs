//! What a restored hub takes back, and what it does not.

use audit::LogPosition;
use crypto::SigningKey;
use record::Sex;
use replica::ChartDoc;
use store::HubStore;
use sync::Holds;
use wire::{Cursor, FeedBatch, Message, Return, ReturnStep};

use super::*;
use crate::driver::{HubDriver, Output};
use crate::testing::{Laptop, Still, exchange, hub, settle};

mod branch;
mod joined;

const SCOPE: ScopeId = ScopeId(1);

/// A hub that was put back; its clinic, the office that reads the clinic's feed, and what the office had of it: the
/// first of four places are in the copy.
struct Lost {
    hub: Hub,
    a: Laptop,
    office: Laptop,
    scope: ScopeId,
    batch: FeedBatch,
    seal: FeedSeal,
}

fn lost_hub() -> Lost {
    let (mut hub, world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    let office = Laptop::enrol(&mut hub, 3, 3);
    let mut doc = a.register(7);
    a.push(&mut hub);
    hub.sign_checkpoint().unwrap();
    let backup = hub.store().copy_in_memory().unwrap();
    let male = a.sex(Sex::Male);
    a.edit(&mut doc, male);
    let born = a.born("1985-03-12");
    a.edit(&mut doc, born);
    a.register(8);
    a.push(&mut hub);
    lost_again((hub, world), (backup, |_: &mut _| {}), a, office, SCOPE)
}

/// Has a reader of a scope read all of its feed, and then puts an older copy in the place of the hub, to which something
/// happens before it knows that it was put back.
fn lost_again(
    (mut hub, world): (Hub, Still),
    (backup, happens): (HubStore, impl FnOnce(&mut Hub)),
    a: Laptop,
    office: Laptop,
    scope: ScopeId,
) -> Lost {
    hub.sign_checkpoint().unwrap();
    let note = hub.store().checkpoint().unwrap().unwrap();
    let batch = hub
        .read_feed((office.device, &Holds::EVERYTHING), scope, 0, usize::MAX)
        .unwrap();
    let batch = hub.seal(batch.unwrap()).unwrap();
    let seal = FeedSeal {
        scope,
        feed_epoch: batch.feed_epoch(),
        position: batch.to(),
        chain: hub.feed_chain(scope, batch.to()).unwrap(),
        signature: batch.seal().unwrap().signature,
    };
    let mut hub = Hub::resume(backup, Box::new(world)).unwrap();
    happens(&mut hub);
    assert!(hub.take_proof(&note).unwrap());
    Lost {
        hub,
        a,
        office,
        scope,
        batch,
        seal,
    }
}

fn chart() -> ChartId {
    ChartId::new([7; 16])
}

fn mark(item: &FeedItem) -> ItemMark {
    let FeedItem::Change {
        position,
        chart,
        hlc,
        person,
        payload,
    } = item
    else {
        panic!("{item:?}")
    };
    let hash = *replica::check(payload).unwrap().hash().as_bytes();
    ItemMark::of_change(*position, *chart, *hlc, *person, &hash)
}

impl Lost {
    /// Opens a session in which the office repairs the scope.
    fn open(&mut self) -> HubDriver {
        let mut driver = HubDriver::admit(&mut self.hub, self.office.tls.public()).unwrap();
        let cursor: Cursor = self.batch.cursor();
        let sent = exchange(&mut self.hub, &mut driver, self.office.hello(vec![cursor]));
        assert!(
            matches!(&sent[0], Output::Send(Message::Welcome(it)) if it.repair == [self.scope]),
            "{sent:?}"
        );
        driver
    }

    fn say(&mut self, driver: &mut HubDriver, step: ReturnStep) -> Vec<Output> {
        let scope = self.scope;
        exchange(
            &mut self.hub,
            driver,
            Message::Return(Return { scope, step }),
        )
    }

    fn offer(&self, begins: u64) -> ReturnStep {
        let seal = self.seal;
        ReturnStep::Offer { begins, seal }
    }

    fn marks(&self, from: usize) -> ReturnStep {
        ReturnStep::Marks(self.batch.items()[from..].iter().map(mark).collect())
    }

    fn items(&self, from: usize) -> ReturnStep {
        ReturnStep::Items(self.batch.items()[from..].to_vec())
    }

    /// Shows the proof. What is said next is of changes.
    fn prove(&mut self) -> HubDriver {
        let mut driver = self.open();
        let offer = self.offer(1);
        assert_eq!(self.say(&mut driver, offer), after(1));
        let marks = self.marks(1);
        assert_eq!(self.say(&mut driver, marks), after(4));
        driver
    }

    /// Gives all of the feed back, from its beginning.
    fn give_all(&mut self) {
        let mut driver = self.open();
        let steps = [self.offer(0), self.marks(0), self.items(0)];
        for step in steps {
            self.say(&mut driver, step);
        }
    }

    fn stored(&self) -> u64 {
        self.hub.store().history_size().unwrap()
    }
}

fn answer(step: ReturnStep) -> Vec<Output> {
    let scope = SCOPE;
    vec![Output::Send(Message::Return(Return { scope, step }))]
}

fn after(position: u64) -> Vec<Output> {
    answer(ReturnStep::After(position))
}

#[test]
fn what_was_lost_is_taken_back_as_its_writers_and_the_history_says_by_whom() {
    let mut lost = lost_hub();
    let mut driver = lost.prove();

    let items = lost.items(1);
    assert_eq!(lost.say(&mut driver, items), after(4));
    settle(&mut lost.hub);

    let read = lost
        .hub
        .read_feed(
            (lost.office.device, &Holds::EVERYTHING),
            SCOPE,
            0,
            usize::MAX,
        )
        .unwrap()
        .unwrap();
    assert_eq!(read.items(), lost.batch.items());
    let filter = store::AuditFilter {
        kind: Some(EntryKind::RETURNED),
        limit: 9,
        ..store::AuditFilter::default()
    };
    let lines = lost.hub.list_history(&filter).unwrap();
    let FeedItem::Change { position, .. } = &lost.batch.items()[1] else {
        panic!("not a change: {:?}", lost.batch.items()[1]);
    };
    let position = *position;
    let by = lost.office.device;
    assert_eq!(lines.len(), 3);
    assert_eq!(
        lines[2].what,
        format!("came back from device {by}: {position}")
    );
    lost.hub.sign_checkpoint().unwrap();
    assert!(lost.hub.verify().is_clean(), "{:?}", lost.hub.verify());
}

#[test]
fn nothing_is_there_twice_when_it_is_given_again_or_its_log_comes() {
    let mut lost = lost_hub();
    let mut driver = lost.prove();
    let items = lost.items(1);
    lost.say(&mut driver, items);
    let before = lost.stored();
    let mut again = lost.prove();
    let items = lost.items(2);
    assert_eq!(lost.say(&mut again, items), after(4));
    assert_eq!(lost.stored(), before);
    settle(&mut lost.hub);

    lost.a.push(&mut lost.hub);

    assert_eq!(lost.hub.feed_heads(&[SCOPE]).unwrap()[0].position, 4);
    assert_eq!(crate::testing::set_aside(&lost.hub), []);
    lost.hub.sign_checkpoint().unwrap();
    assert!(lost.hub.verify().is_clean(), "{:?}", lost.hub.verify());
}

#[test]
fn what_comes_before_what_it_needs_waits_for_it() {
    let mut lost = lost_hub();
    let mut driver = lost.prove();
    let items = lost.items(2);
    lost.say(&mut driver, items);
    settle(&mut lost.hub);
    assert_eq!(lost.hub.store().counts().unwrap().waiting, 1);

    lost.a.push(&mut lost.hub);

    let counts = lost.hub.store().counts().unwrap();
    assert_eq!((counts.waiting, counts.quarantined), (0, 0));
    assert_eq!(lost.hub.feed_heads(&[SCOPE]).unwrap()[0].position, 4);
    lost.hub.sign_checkpoint().unwrap();
    assert!(lost.hub.verify().is_clean(), "{:?}", lost.hub.verify());
}

#[test]
fn a_seal_that_is_not_this_hubs_or_not_of_its_feed_is_worth_nothing() {
    let mut lost = lost_hub();
    let before = lost.stored();
    let (honest, stranger) = (lost.seal, SigningKey::from_seed([99; 32]));
    let FeedSeal {
        feed_epoch, chain, ..
    } = honest;
    for seal in [
        FeedSeal::sign(SCOPE, feed_epoch, 4, chain, &stranger),
        FeedSeal {
            position: 5,
            ..honest
        },
    ] {
        let mut driver = lost.open();
        let offer = ReturnStep::Offer { begins: 0, seal };
        assert_eq!(lost.say(&mut driver, offer), answer(ReturnStep::No));
    }
    // It begins after where this hub's own feed went over into another.
    let mut driver = lost.open();
    let offer = lost.offer(2);
    assert_eq!(lost.say(&mut driver, offer), answer(ReturnStep::No));
    assert_eq!(lost.stored(), before);
}

#[test]
fn another_order_or_another_change_than_was_signed_is_not_taken() {
    let mut lost = lost_hub();
    let before = lost.stored();
    let mut driver = lost.open();
    let offer = lost.offer(1);
    lost.say(&mut driver, offer);
    let ReturnStep::Marks(mut marks) = lost.marks(1) else {
        unreachable!("marks are marks")
    };
    marks.swap(0, 1);
    let no = answer(ReturnStep::No);
    assert_eq!(lost.say(&mut driver, ReturnStep::Marks(marks)), no);

    let honest = lost.batch.items()[1].clone();
    let altered = |seq: u64, chart: u8| {
        let FeedItem::Change {
            position,
            hlc,
            person,
            payload,
            ..
        } = honest.clone()
        else {
            unreachable!("a change is a change")
        };
        FeedItem::Change {
            position: LogPosition { seq, ..position },
            chart: ChartId::new([chart; 16]),
            hlc,
            person,
            payload,
        }
    };
    for forged in [
        altered(77, 7),
        altered(3, 8),
        FeedItem::Own {
            position: LogPosition {
                device: lost.a.device,
                epoch: 1,
                seq: 3,
            },
        },
    ] {
        let mut driver = lost.prove();
        let items = vec![honest.clone(), forged];
        assert_eq!(lost.say(&mut driver, ReturnStep::Items(items)), no);
    }
    assert_eq!(lost.stored(), before);
}
