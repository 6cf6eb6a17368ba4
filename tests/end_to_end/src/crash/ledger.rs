//! What a clinic was told is done, and what it was not told.

use std::collections::BTreeSet;

/// The words by which what a clinic wrote can be found again, each given once.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// Words of commands that ended well.
    pub(super) done: BTreeSet<String>,
    /// Words of commands that were killed: done whole or not at all.
    pub(super) unknown: BTreeSet<String>,
    /// The numbers on the cards of patients registered here.
    pub(super) cards: Vec<String>,
    /// How many commands were killed before they ended.
    pub(super) kills: u32,
    /// How many meetings broke off because the hub was gone.
    pub(super) broken_meetings: u32,
    given: u32,
}

impl Ledger {
    /// Returns a word that was never given before: letters only, as a name has.
    pub(super) fn word(&mut self, clinic: &str) -> String {
        let mut number = self.given;
        self.given += 1;
        let mut word = format!("{clinic}x");
        // As many letters each time, so that no word is the beginning of another.
        for _letter in 0..4 {
            word.push(char::from(b'a' + u8::try_from(number % 26).unwrap_or(0)));
            number /= 26;
        }
        word
    }

    /// Notes whether a command that wrote these words ended well.
    pub(super) fn note(&mut self, words: Vec<String>, is_done: bool) {
        let list = if is_done {
            &mut self.done
        } else {
            &mut self.unknown
        };
        list.extend(words);
    }
}
