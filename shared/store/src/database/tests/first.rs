//! The first databases that a process opens, several at once.

use std::process::Command;
use std::sync::Barrier;
use std::thread;

use super::*;

/// How many processes try, and with how many threads.
const PROCESSES: usize = 30;
const THREADS: usize = 8;

/// Run by the other test, in a process that has opened nothing yet.
#[test]
#[ignore = "has a process of its own"]
fn several_at_once() {
    let barrier = Barrier::new(THREADS);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                barrier.wait();
                connect(Path::new(":memory:"), OpenFlags::default(), Some(&key(1))).unwrap();
            });
        }
    });
}

#[test]
fn several_threads_may_open_the_first_databases_of_a_process_at_once() {
    let name = "database::tests::first::several_at_once";
    for _ in 0..PROCESSES {
        let output = Command::new(std::env::current_exe().unwrap())
            .args([name, "--exact", "--ignored"])
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{told}");
        assert!(told.contains("1 passed"), "{told}");
    }
}
