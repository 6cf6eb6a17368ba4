//! Golden messages: bytes that a release wrote are read, and written, by every later one.

mod answers;
mod blob;
mod brief;
mod bundle;
mod first;
mod given_back;
mod lan;
mod packs;

/// Returns a message's bytes.
fn bytes_of(message: &wire::Message) -> Vec<u8> {
    message.to_bytes().expect("within the limits")
}

/// Writes a file of a folder if it was still empty when the program was built.
#[expect(
    clippy::disallowed_methods,
    reason = "this writes the files that the tests read"
)]
fn write_missing(folder: &str, (name, known): (&str, &[u8]), bytes: &[u8]) {
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures");
    if known.is_empty() {
        let path = format!("{fixtures}/{folder}/{name}");
        std::fs::write(path, bytes).expect("the folder can be written");
    }
}
