//! What the hub itself does, and what people ask of it.

use crypto::{PublicKey, Signature};
use roster::SignedRoster;

use super::*;

fn roster(made_from: u64, epoch: u64) -> NewRoster {
    let signed = SignedRoster {
        bytes: epoch.to_be_bytes().to_vec(),
        signature: Signature::from_bytes([u8::try_from(epoch).unwrap(); 64]),
    };
    NewRoster {
        made_from,
        epoch,
        signed,
    }
}

fn invite() -> Invite {
    Invite {
        token_hash: [7; 32],
        site: SiteId(2),
        people: vec![PersonId(1), PersonId(300)],
        label: "front desk".to_owned(),
        expires_ms: 99,
        used: false,
    }
}

fn request() -> Request {
    Request {
        id: 0,
        tls: PublicKey::from_bytes([3; 32]),
        token_hash: [7; 32],
        body: b"keys".to_vec(),
        asked_ms: 50,
        state: RequestState::Pending,
    }
}

fn keep(store: &mut HubStore, commit: &HubCommit) -> Result<LogHead, StoreError> {
    store.commit(commit, &mut salts())
}

#[test]
fn a_commit_is_in_the_hubs_log_and_in_the_history() {
    let mut store = store();
    let roster = roster(0, 1);

    let commit = HubCommit {
        entries: vec![access(CHART)],
        roster: Some(roster.clone()),
        ..HubCommit::default()
    };
    let head = keep(&mut store, &commit).unwrap();

    assert_eq!((head.device, head.seq), (DeviceId::HUB, 1));
    assert_eq!(store.log_heads(DeviceId::HUB).unwrap(), [head]);
    assert_eq!(store.history_size().unwrap(), 1);
    assert_eq!(store.roster().unwrap(), Some(roster.signed));
    assert_eq!(store.roster_epoch().unwrap(), 1);
}

#[test]
fn a_roster_made_from_an_older_one_is_not_kept() {
    let mut store = store();
    keep(
        &mut store,
        &HubCommit {
            roster: Some(roster(0, 1)),
            ..HubCommit::default()
        },
    )
    .unwrap();
    keep(
        &mut store,
        &HubCommit {
            roster: Some(roster(1, 2)),
            ..HubCommit::default()
        },
    )
    .unwrap();

    let late = HubCommit {
        entries: vec![access(CHART)],
        roster: Some(roster(1, 3)),
        ..HubCommit::default()
    };
    let lower = HubCommit {
        roster: Some(roster(2, 2)),
        ..HubCommit::default()
    };

    assert!(matches!(
        keep(&mut store, &late),
        Err(StoreError::Stale { .. })
    ));
    assert!(matches!(
        keep(&mut store, &lower),
        Err(StoreError::Refused { .. })
    ));
    assert_eq!(
        (store.roster_epoch().unwrap(), store.history_size().unwrap()),
        (2, 0)
    );
}

#[test]
fn an_invite_is_used_once() {
    let mut store = store();
    keep(
        &mut store,
        &HubCommit {
            invite: Some(invite()),
            ..HubCommit::default()
        },
    )
    .unwrap();
    assert_eq!(store.invite(&[7; 32]).unwrap(), Some(invite()));
    let used = HubCommit {
        invite: Some(Invite {
            used: true,
            ..invite()
        }),
        request: Some(request()),
        ..HubCommit::default()
    };

    keep(&mut store, &used).unwrap();

    assert!(matches!(
        keep(&mut store, &used),
        Err(StoreError::Stale { .. })
    ));
    assert_eq!(store.requests().unwrap().len(), 1);
    assert_eq!(
        store.invites().unwrap(),
        [Invite {
            used: true,
            ..invite()
        }]
    );
    assert_eq!(store.invite(&[8; 32]).unwrap(), None);
}

#[test]
fn a_request_is_decided_once() {
    let mut store = store();
    keep(
        &mut store,
        &HubCommit {
            request: Some(request()),
            ..HubCommit::default()
        },
    )
    .unwrap();
    let asked = store.request_of(&request().tls).unwrap().unwrap();
    assert_eq!(
        asked,
        Request {
            id: asked.id,
            ..request()
        }
    );
    let approved = Request {
        state: RequestState::Approved(DeviceId(9)),
        ..asked.clone()
    };

    keep(
        &mut store,
        &HubCommit {
            request: Some(approved.clone()),
            ..HubCommit::default()
        },
    )
    .unwrap();

    let refused = Request {
        state: RequestState::Refused,
        ..asked.clone()
    };
    let again = HubCommit {
        request: Some(refused),
        ..HubCommit::default()
    };
    assert!(matches!(
        keep(&mut store, &again),
        Err(StoreError::Stale { .. })
    ));
    assert_eq!(store.request(asked.id).unwrap(), Some(approved));
}

#[test]
fn small_things_and_contacts_are_remembered() {
    let mut store = store();
    let contact = Contact {
        device: DeviceId(3),
        at_ms: 70,
        release: "0.1.0".to_owned(),
    };
    store.put("name", b"hub").unwrap();
    store.note_contact(&contact).unwrap();

    store
        .note_contact(&Contact {
            at_ms: 80,
            ..contact.clone()
        })
        .unwrap();

    assert_eq!(store.get("name").unwrap(), Some(b"hub".to_vec()));
    assert_eq!(
        store.contacts().unwrap(),
        [Contact {
            at_ms: 80,
            ..contact
        }]
    );
}

#[test]
fn entries_are_listed_by_chart_person_device_kind_and_time() {
    let (mut store, mut third, mut fourth) = (store(), Sender::new(3), Sender::new(4));
    store
        .ingest(
            &third.run(&[access(CHART), change(CHART, 1), access(OTHER)]),
            &mut unnoted,
            &mut salts(),
        )
        .unwrap();
    store
        .ingest(&fourth.run(&[change(OTHER, 9)]), &mut unnoted, &mut salts())
        .unwrap();
    let listed = |narrow: fn(&mut AuditFilter)| -> Vec<u64> {
        let mut filter = AuditFilter {
            limit: 100,
            ..AuditFilter::default()
        };
        narrow(&mut filter);
        store
            .audit(&filter)
            .unwrap()
            .iter()
            .map(|it| it.leaf)
            .collect()
    };

    assert_eq!(listed(|_all| {}), [3, 2, 1, 0]);
    assert_eq!(listed(|it| it.chart = Some(CHART)), [1, 0]);
    assert_eq!(listed(|it| it.chart = Some(ChartId::new([9; 16]))), []);
    assert_eq!(listed(|it| it.person = Some(PersonId(6))), [2, 0]);
    assert_eq!(listed(|it| it.device = Some(DeviceId(4))), [3]);
    assert_eq!(listed(|it| it.kind = Some(EntryKind::ACCESS)), [2, 0]);
    assert_eq!(listed(|it| it.since_ms = Some(1_001)), [3, 1]);
    assert_eq!(listed(|it| (it.before_leaf, it.limit) = (Some(2), 1)), [1]);
}

#[test]
fn what_there_is_is_counted() {
    let (mut store, mut sender) = (store(), Sender::new(3));
    store
        .ingest(
            &sender.run(&[change(CHART, 1), change(OTHER, 2)]),
            &mut unnoted,
            &mut salts(),
        )
        .unwrap();
    store
        .took(&[applied(0, 1)], &[in_scopes(CHART, &[1])])
        .unwrap();

    assert_eq!(
        store.counts().unwrap(),
        HubCounts {
            charts: 1,
            entries: 2,
            unmaterialised: 1,
            waiting: 0,
            quarantined: 0,
            forks: 0
        }
    );
}
