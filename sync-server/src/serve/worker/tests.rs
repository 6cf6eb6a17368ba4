//! The hub's thread without links.

use super::*;
use crate::testing::{Laptop, hub};

#[test]
fn merging_is_put_off_so_often_while_jobs_come() {
    let (mut hub, _world) = hub();
    let mut laptop = Laptop::enrol(&mut hub, 1, 1);
    let (_jobs, queue) = mpsc::channel(1);
    let mut worker = Worker::start(hub, queue).unwrap();
    worker.merge_in_turn(true);
    laptop.register(7);
    let segment = laptop.segment(0);
    worker.hub.ingest(laptop.device, &segment).unwrap();
    worker.behind = true;
    let waiting = |worker: &Worker| worker.hub.store().counts().unwrap().unmaterialised > 0;

    for _ in 1..MAX_PUT_OFF {
        worker.merge_in_turn(false);
        assert!(waiting(&worker));
    }
    worker.merge_in_turn(false);

    assert!(!waiting(&worker));
}
