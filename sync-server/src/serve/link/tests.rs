//! One link, from its first message to its last.

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Mutex;

use crypto::SigningKey;
use transport::{Carrier, Congestion, Listener, Peer, Target, by, connect};
use wire::EncodeError;

use tokio::task::JoinHandle;

use super::*;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed([seed; 32])
}

/// What was logged.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Returns what is logged, as it is by default, of a message that was not sent.
fn logged(error: &SendError) -> String {
    let lines = Lines::default();
    let written = lines.clone();
    let log = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::INFO)
        .with_ansi(false)
        .with_writer(move || written.clone())
        .finish();
    tracing::subscriber::with_default(log, || note_unsent(error));
    let bytes = lines.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_stranger_has_little_time_until_it_is_welcome() {
    let mut patience = Patience::begin(false);
    let silent = patience.until;
    patience.heard();
    let speaking = patience.until;
    assert!(silent < speaking && silent.is_some());
    patience.heard();
    assert_eq!(patience.until, speaking, "it cannot be talked longer");
    patience.said(&Message::Done(wire::Done::default()));
    assert!(patience.until.is_some());

    patience.said(&Message::Welcome(wire::Welcome {
        version: wire::Version::TWO,
        stored: vec![],
        feeds: vec![],
        roster: None,
        time_ms: 0,
        checkpoint: None,
        repair: vec![],
        takes_early: true,
        files_told: 0,
    }));

    assert!(patience.until.is_none());
}

#[test]
fn a_device_has_little_time_for_its_first_message() {
    let mut patience = Patience::begin(true);
    assert!(patience.until.is_some());

    patience.heard();

    assert!(patience.until.is_none());
}

#[test]
fn a_message_that_cannot_be_written_is_an_error_in_the_log() {
    let what = "the feeds";

    let line = logged(&SendError::Unsendable(EncodeError::TooLarge { what }));

    assert!(line.contains("ERROR") && line.contains(what), "{line:?}");
    assert_eq!(logged(&SendError::Stalled), "");
}

#[tokio::test]
async fn a_peer_whose_answer_takes_long_is_told_that_it_will_come() {
    let (own, hub) = (key(1), key(2));
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let mut listener = Listener::bind(anywhere, &hub).unwrap();
    let address = listener.local_addr().unwrap();
    let hub = hub.public();
    let (peer, link) = tokio::join!(connect(address, &own, &hub), listener.accept());
    let (mut peer, mut link) = (peer.unwrap(), link.unwrap());
    // The hub takes the job, and is at it for ever.
    let (jobs, _job) = mpsc::channel(1);
    let (_said, outputs) = mpsc::channel(1);
    let admitted = Admitted {
        id: 1,
        device: Some(record::DeviceId(1)),
        outputs,
    };
    let conversation = Conversation {
        silence: Duration::from_millis(5),
        ..Conversation::new(&mut link, &jobs, admitted)
    };
    peer.send(&Message::Done(wire::Done::default()))
        .await
        .unwrap();

    let told = async { (peer.receive().await, peer.receive().await) };
    let told = tokio::select! {
        code = conversation.run() => panic!("it ended: {code:?}"),
        told = told => told,
    };

    for message in [told.0, told.1] {
        assert_eq!(message.unwrap(), Message::Wait(Wait {}));
    }
}

/// A peer over TCP that never closes its end, and the hub's end of the link.
async fn silent_peer() -> (Link, Link) {
    let (own, hub) = (key(1), key(2));
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let mut listener = Listener::bind(anywhere, &hub).unwrap();
    let hub = hub.public();
    let target = Target {
        address: listener.tcp_addr().unwrap(),
        own: &own,
        peer: Peer::Hub(hub),
        congestion: Congestion::default(),
        limit: None,
    };
    let (peer, link) = tokio::join!(by(&target, Carrier::Tcp), listener.accept());
    (peer.unwrap(), link.unwrap())
}

/// Has the hub's thread admit a link and close it at once, as it does when the device comes again.
async fn supersede(link: Link, farewells: &Arc<Farewells>) -> (Arc<Semaphore>, JoinHandle<()>) {
    let places = Arc::new(Semaphore::new(1));
    let place = Arc::clone(&places).try_acquire_owned().unwrap();
    let (jobs, mut hub) = mpsc::channel(1);
    let conversing = tokio::spawn(converse(link, jobs, Arc::clone(farewells), place));
    let Some(Job::Admit { reply, .. }) = hub.recv().await else {
        panic!("it is to be admitted")
    };
    let (_closed, outputs) = mpsc::channel(1);
    let admitted = Admitted {
        id: 1,
        device: Some(record::DeviceId(1)),
        outputs,
    };
    assert!(reply.send(Ok(admitted)).is_ok());
    assert!(matches!(hub.recv().await, Some(Job::Gone { id: 1 })));
    (places, conversing)
}

#[tokio::test]
async fn a_link_that_closes_has_no_place_any_more() {
    let (_peer, link) = silent_peer().await;

    let (places, conversing) = supersede(link, &Arc::default()).await;

    // Whoever waits for the place gets it while the peer has yet to close its end.
    drop(places.acquire().await.unwrap());
    assert!(!conversing.is_finished());
}

#[tokio::test]
async fn a_link_too_many_that_closes_is_dropped() {
    let (mut peer, link) = silent_peer().await;
    let farewells = Arc::new(Farewells::default());
    let most = u32::try_from(MAX_CLOSING).unwrap();
    let _others = farewells.of_peers.acquire_many(most).await.unwrap();

    let (_places, conversing) = supersede(link, &farewells).await;

    conversing.await.unwrap();
    assert!(peer.receive().await.is_err());
}
