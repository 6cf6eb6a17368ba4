//! The child of the real program: what it may use of the machine, and how it ends.

use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};

/// Starts the program as its hub does, and hears its greeting.
fn start() -> Child {
    let mut child = Command::new(env!("CARGO_BIN_EXE_posta-hub"))
        .arg("merge-child")
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut length = [0; 4];
    let answers = child.stderr.as_mut().expect("it is piped");
    answers
        .read_exact(&mut length)
        .expect("it says how long its greeting is");
    let mut greeting = vec![0; u32::from_be_bytes(length) as usize];
    answers.read_exact(&mut greeting).expect("it greets");
    assert!(greeting.starts_with(b"posta-hub merges "));
    child
}

#[cfg(target_os = "linux")]
#[test]
fn the_child_has_little_of_the_machine_and_no_file_to_open() {
    let mut child = start();

    let told = std::fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();

    let limit = |name: &str| {
        let line = told.lines().find(|it| it.starts_with(name)).unwrap();
        line.split_whitespace().rev().nth(1).unwrap().to_owned()
    };
    assert_eq!(limit("Max address space"), (768 * 1024 * 1024).to_string());
    assert_eq!(limit("Max open files"), "3");
    assert_eq!(limit("Max file size"), "0");
    assert_eq!(limit("Max core file size"), "0");
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn the_child_ends_when_nobody_asks_any_more() {
    let mut child = start();

    drop(child.stdin.take());

    assert!(child.wait().unwrap().success());
}

#[test]
fn the_child_answers_no_garbage() {
    for garbage in [&[0, 0, 0, 3, 1, 2, 3][..], &[255; 16], &[0, 0, 0, 9, 1]] {
        let mut child = start();

        let mut requests = child.stdin.take().unwrap();
        requests.write_all(garbage).unwrap();
        drop(requests);

        assert!(!child.wait().unwrap().success(), "{garbage:?}");
    }
}
