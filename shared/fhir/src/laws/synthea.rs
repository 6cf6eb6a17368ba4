//! The laws on records that another system made. The data is not part of the project: without it the tests say so
//! and pass.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::support::{Memory, check_lossless, import};
use crate::Verdict;

/// Finds the sample records: `POSTA_DATA`, else a folder beside the project.
fn data(name: &str) -> Option<PathBuf> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test may look where its data lies"
    )]
    let named = std::env::var("POSTA_DATA").ok().map(PathBuf::from);
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let beside = ["../shared/data", "../data"].map(|it| project.join(it));
    let found = named
        .into_iter()
        .chain(beside)
        .map(|it| it.join("fhir").join(name))
        .find(|it| it.exists());
    if found.is_none() {
        // Straight to standard error: what a passing test prints is not shown.
        let said = writeln!(
            std::io::stderr(),
            "skipped: {name} is not here; POSTA_DATA names the folder that holds fhir/{name}"
        );
        said.unwrap_or_default();
    }
    found
}

#[expect(clippy::disallowed_methods, reason = "a test may read its data")]
fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

/// Returns the files of a tar archive: 512-byte headers with the name first and the size in octal at 124.
fn untar(archive: &[u8]) -> Vec<(String, &[u8])> {
    let mut files = Vec::new();
    let mut at = 0;
    while let Some(header) = archive.get(at..at + 512).filter(|it| it[0] != 0) {
        let text = |range: std::ops::Range<usize>| {
            let field = header[range].split(|b| *b == 0).next().unwrap();
            String::from_utf8(field.to_vec()).unwrap().trim().to_owned()
        };
        let size = usize::from_str_radix(&text(124..136), 8).unwrap();
        if matches!(header[156], b'0' | 0) {
            files.push((text(0..100), &archive[at + 512..at + 512 + size]));
        }
        at += 512 + size.div_ceil(512) * 512;
    }
    files
}

#[test]
fn five_patients_of_synthea_come_back_equal() {
    let Some(folder) = data("synthea-5") else {
        return;
    };
    let mut accepted = 0;

    for file in folder.read_dir().unwrap() {
        accepted += check_lossless(&read(&file.unwrap().path()));
    }

    assert!(accepted > 100, "{accepted} accepted");
}

#[test]
fn a_hundred_patients_of_synthea_come_back_equal() {
    let Some(path) = data("synthea-100.tar.zst") else {
        return;
    };
    let archive = zstd::stream::decode_all(read(&path).as_slice()).unwrap();
    let files = untar(&archive);
    let mut accepted = 0;

    std::thread::scope(|scope| {
        let halves = files.split_at(files.len() / 2);
        let other = scope.spawn(|| {
            halves
                .0
                .iter()
                .map(|it| check_lossless(it.1))
                .sum::<usize>()
        });
        accepted = halves
            .1
            .iter()
            .map(|it| check_lossless(it.1))
            .sum::<usize>();
        accepted += other.join().unwrap();
    });

    assert_eq!((files.len(), accepted), (103, 38_971));
}

#[test]
fn a_second_import_finds_everything_held_and_equal() {
    let Some(folder) = data("synthea-5") else {
        return;
    };
    let file = folder.read_dir().unwrap().next().unwrap().unwrap().path();
    let bytes = read(&file);
    let mut registry = Memory::default();

    let first = import(&bytes, &mut registry);
    let second = import(&bytes, &mut registry);

    let patient = second
        .outcomes
        .iter()
        .filter(|it| it.verdict == Verdict::AlreadyHeld)
        .count();
    assert_eq!(patient, 1);
    for (first, second) in first.charts.iter().zip(&second.charts) {
        assert_eq!(first.chart, second.chart);
        assert_eq!(second.registers, []);
        for again in &second.statements {
            let before = first
                .statements
                .iter()
                .find(|it| Some(it.id) == again.held)
                .unwrap();
            assert_eq!(
                (&before.content, before.encounter),
                (&again.content, again.encounter)
            );
        }
    }
}
