//! The hub behind a real listener on the loopback.

use std::net::Ipv4Addr;
use std::thread::JoinHandle;

use audit::EntryKind;
use record::{DeviceId, PersonId, SiteId};
use roster::{Role, SiteKind};
use store::AuditFilter;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use transport::{Link, ReceiveError, connect};
use wire::{Done, Enrolling, Message};

use super::link::MAX_REFUSED;
use super::*;
use crate::home::Home;
use crate::hub::Founding;
use crate::testing::{Laptop, request};
use crate::world::OsWorld;

/// A hub's program. It is not left behind: at the process's end what it encrypts with is taken down.
struct Serving {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<(), ServeError>>>,
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.stop.take());
        let ended = self.thread.take().map(JoinHandle::join);
        if !std::thread::panicking() {
            ended.unwrap().unwrap().unwrap();
        }
    }
}

/// A hub that serves, and the folder it lives in.
struct Served {
    home: Home,
    address: SocketAddr,
    serving: Serving,
    runtime: Runtime,
    folder: TempDir,
}

fn open(home: &Home) -> Hub {
    Hub::open(home, Box::new(OsWorld)).unwrap()
}

/// Makes a hub with a clinic and an office, does something to it, and serves it.
fn served<T>(prepare: impl FnOnce(&mut Hub) -> T) -> (Served, T) {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::new(folder.path().join("hub"));
    let founding = Founding {
        name: "Hub".to_owned(),
        address: "127.0.0.1:0".to_owned(),
    };
    let mut hub = Hub::init(&home, &founding, Box::new(OsWorld)).unwrap();
    for (name, kind) in [("A", SiteKind::Clinic), ("Office", SiteKind::Office)] {
        let site = hub.add_site(name, kind, None).unwrap();
        hub.add_person(name, Role::Nurse, &[site]).unwrap();
    }
    let prepared = prepare(&mut hub);
    let (told, ready) = std::sync::mpsc::channel();
    let (stop, stopped) = oneshot::channel::<()>();
    let thread = std::thread::spawn(move || {
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        serve(
            hub,
            Listening::at(anywhere),
            |address| told.send(address).unwrap(),
            || async { stopped.await.unwrap_or_default() },
        )
    });
    let address = ready.recv().unwrap();
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    (
        Served {
            home,
            address,
            serving: Serving {
                stop: Some(stop),
                thread: Some(thread),
            },
            runtime,
            folder,
        },
        prepared,
    )
}

impl Served {
    fn link(&self, own: &crypto::SigningKey) -> Link {
        let hub = open(&self.home).roster().hub.tls;
        self.runtime
            .block_on(connect(self.address, own, &hub))
            .unwrap()
    }

    fn ask(&self, link: &mut Link, message: &Message) -> Result<Message, ReceiveError> {
        self.runtime.block_on(async {
            link.send(message).await.unwrap();
            link.receive().await
        })
    }

    fn hear(&self, link: &mut Link) -> Result<Message, ReceiveError> {
        self.runtime.block_on(link.receive())
    }

    fn greet(&self, laptop: &Laptop) -> Link {
        let mut link = self.link(&laptop.tls);
        let answer = self.ask(&mut link, &laptop.hello(vec![])).unwrap();
        assert!(matches!(answer, Message::Welcome(_)), "{answer:?}");
        link
    }

    /// Stops the hub; the folder is there as long as what is returned.
    fn stop(self) -> (Home, TempDir) {
        drop(self.serving);
        (self.home, self.folder)
    }
}

#[track_caller]
fn check_refused(answer: &Result<Message, ReceiveError>, expected: RefusalCode) {
    match answer {
        Ok(Message::Refused(refused)) => assert_eq!(refused.code, expected),
        Err(ReceiveError::Closed { code }) => assert_eq!(*code, expected),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_device_is_served_and_shut_out_over_tcp_as_over_udp() {
    let (served, mut a) = served(|hub| Laptop::enrol(hub, 1, 1));
    a.register(7);
    let hub = open(&served.home).roster().hub.tls;
    let target = transport::Target {
        address: served.address,
        own: &a.tls,
        peer: hub.into(),
        congestion: transport::Congestion::default(),
        limit: None,
    };
    let meet = transport::by(&target, transport::Carrier::Tcp);
    let mut link = served.runtime.block_on(meet).unwrap();

    let welcome = served.ask(&mut link, &a.hello(vec![])).unwrap();
    let stored = served.ask(&mut link, &Message::Push(a.segment(0))).unwrap();
    open(&served.home).revoke_device(a.device).unwrap();
    let shut_out = loop {
        match served.hear(&mut link) {
            Ok(Message::Feed(_)) => {}
            other => break other,
        }
    };

    assert!(matches!(welcome, Message::Welcome(_)), "{welcome:?}");
    assert_eq!(
        stored,
        Message::Stored(wire::Stored::at(a.head(), wire::Version::TWO))
    );
    check_refused(&shut_out, RefusalCode::Revoked);
}

#[test]
fn a_peer_that_is_unknown_or_talks_nonsense_stops_nobody() {
    let (served, a) = served(|hub| Laptop::enrol(hub, 1, 1));
    let stranger = crypto::SigningKey::from_seed([9; 32]);

    let mut unknown = served.link(&stranger);
    let asked = served.ask(&mut unknown, &a.hello(vec![]));
    assert_eq!(asked.unwrap(), Message::Show(wire::Show::default()));
    check_refused(
        &served.ask(&mut unknown, &Message::Show(wire::Show::default())),
        RefusalCode::NotEnrolled,
    );
    let mut rude = served.link(&a.tls);
    let nonsense = Message::Stored(wire::Stored::at(a.head(), wire::Version::TWO));
    check_refused(&served.ask(&mut rude, &nonsense), RefusalCode::Unexpected);
    let mut guesser = served.link(&stranger);
    let mut enrol = request([0; 16], 9);
    enrol.tls = stranger.public();
    check_refused(
        &served.ask(&mut guesser, &Message::Enrol(enrol)),
        RefusalCode::InviteUnknown,
    );

    served.greet(&a);
}

#[test]
fn so_many_strangers_are_heard_and_devices_still_come_in() {
    let (served, (a, invites)) = served(|hub| {
        let a = Laptop::enrol(hub, 1, 1);
        let mut invite = || hub.invite_device(SiteId(1), PersonId(1), "", 1).unwrap();
        let invites: Vec<_> = (0..=worker::MAX_STRANGERS).map(|_one| invite()).collect();
        (a, invites)
    });
    let mut answers = invites.iter().zip(100_u8..).map(|(invite, seed)| {
        let stranger = crypto::SigningKey::from_seed([seed; 32]);
        let mut link = served.link(&stranger);
        let mut enrol = request(invite.token, seed);
        enrol.tls = stranger.public();
        // Whoever waits to be approved stays on the line.
        let answer = served.ask(&mut link, &Message::Enrol(enrol));
        (link, answer)
    });

    let heard: Vec<_> = answers.by_ref().take(worker::MAX_STRANGERS).collect();
    let (_link, one_more) = answers.next().unwrap();

    for (_link, answer) in &heard {
        assert!(
            matches!(answer, Ok(Message::Enrolling(Enrolling::Pending { .. }))),
            "{answer:?}"
        );
    }
    check_refused(&one_more, RefusalCode::Busy);
    served.greet(&a);

    // So many more are waited for, to be told in words.
    let key = |number: usize| {
        let mut seed = [7; 32];
        seed[..8].copy_from_slice(&number.to_be_bytes());
        crypto::SigningKey::from_seed(seed)
    };
    let _silent: Vec<Link> = (0..MAX_REFUSED).map(|it| served.link(&key(it))).collect();
    let mut dropped = served.link(&key(MAX_REFUSED));
    let answer = served.runtime.block_on(async {
        // It may be gone already.
        let _sent = dropped.send(&a.hello(vec![])).await;
        dropped.receive().await
    });
    let code = RefusalCode::Busy;
    assert!(
        matches!(answer, Err(ReceiveError::Closed { code: it }) if it == code),
        "{answer:?}"
    );
    served.greet(&a);
}

/// What a peer may send that is no message, whether it is the last, and how it is refused.
const BROKEN: &[(&[u8], bool, RefusalCode)] = &[
    // A length of four gigabytes.
    (b"\xff\xff\xff\xff", false, RefusalCode::TooLarge),
    (b"\0\0\0\x04junk", false, RefusalCode::Malformed),
    // Half a message, and the end.
    (b"\0\0\0\x05\x82", true, RefusalCode::Malformed),
];

#[test]
fn what_is_no_message_is_refused_by_its_name_and_the_next_device_is_served() {
    let (served, (a, b)) = served(|hub| (Laptop::enrol(hub, 1, 1), Laptop::enrol(hub, 2, 2)));
    let mut standing = served.greet(&b);

    for (bytes, is_last, expected) in BROKEN {
        // Enrolled or not, before HELLO or after it.
        let unknown = crypto::SigningKey::from_seed([9; 32]);
        let peers: [&dyn Fn() -> Link; 3] =
            [&|| served.link(&a.tls), &|| served.greet(&a), &|| {
                served.link(&unknown)
            }];
        for peer in peers {
            let mut link = peer();
            served
                .runtime
                .block_on(link.send_bytes(bytes, *is_last))
                .unwrap();
            let answer = served.hear(&mut link);
            assert!(
                matches!(&answer, Ok(Message::Refused(it)) if it.code == *expected),
                "{bytes:?}: {answer:?}"
            );
        }
    }
    let Message::Hello(hello) = a.hello(vec![]) else {
        panic!("it says HELLO")
    };
    let later = Message::Hello(wire::Hello {
        versions: wire::Versions(wire::Version(77), wire::Version(78)),
        ..hello
    });
    let mut link = served.link(&a.tls);
    check_refused(&served.ask(&mut link, &later), RefusalCode::NoCommonVersion);

    served.greet(&a);
    let done = served.ask(&mut standing, &Message::Done(Done::default()));
    assert!(matches!(done, Ok(Message::Done(_))), "{done:?}");
}

#[test]
fn a_device_is_shut_out_while_it_is_connected() {
    let (served, (a, office)) = served(|hub| (Laptop::enrol(hub, 1, 1), Laptop::enrol(hub, 2, 2)));
    let mut link = served.greet(&a);
    let mut other = served.greet(&office);

    open(&served.home).revoke_device(a.device).unwrap();

    check_refused(&served.hear(&mut link), RefusalCode::Revoked);
    let mut again = served.link(&a.tls);
    check_refused(
        &served.ask(&mut again, &a.hello(vec![])),
        RefusalCode::Revoked,
    );
    let done = served
        .ask(&mut other, &Message::Done(Done::default()))
        .unwrap();
    assert!(matches!(done, Message::Done(_)), "{done:?}");
}

#[test]
fn what_one_device_pushes_is_sent_on_to_those_connected() {
    let (served, (mut a, office)) =
        served(|hub| (Laptop::enrol(hub, 1, 1), Laptop::enrol(hub, 2, 2)));
    a.register(7);
    let mut listening = served.greet(&office);
    let mut link = served.greet(&a);

    let answer = served.ask(&mut link, &Message::Push(a.segment(0))).unwrap();

    assert_eq!(
        answer,
        Message::Stored(wire::Stored::at(a.head(), wire::Version::TWO))
    );
    let fed = served.hear(&mut listening).unwrap();
    let Message::Feed(batch) = fed else {
        panic!("{fed:?}")
    };
    assert_eq!(batch.items().len(), 1);
}

#[test]
fn a_device_that_comes_again_takes_the_place_of_its_lost_link() {
    let (served, a) = served(|hub| Laptop::enrol(hub, 1, 1));
    let mut first = served.greet(&a);

    served.greet(&a);

    check_refused(&served.hear(&mut first), RefusalCode::Stopping);
}

#[test]
fn a_hub_that_is_told_to_stop_says_so_to_its_devices_and_in_its_log() {
    let (served, a) = served(|hub| Laptop::enrol(hub, 1, 1));
    let mut link = served.greet(&a);
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();

    let (home, _folder) = served.stop();

    check_refused(&runtime.block_on(link.receive()), RefusalCode::Stopping);
    let mut hub = open(&home);
    let kind = Some(EntryKind::SESSION);
    let filter = AuditFilter {
        device: Some(DeviceId::HUB),
        kind,
        limit: 1,
        ..AuditFilter::default()
    };
    assert_eq!(hub.list_history(&filter).unwrap()[0].what, "stopped");
    assert!(hub.verify().is_clean());
}
