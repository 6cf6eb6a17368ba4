//! Six words that two people compare over the telephone.
//!
//! The words are our own list of 256 short English ones; no two begin with the same three letters. Six of them
//! say 48 bits, which alone a patient attacker could search through for a second set of keys with the same words.
//! So each try is made to cost 65,536 hashes: together the work of 64 bits.

use crate::{Digest, hash};

/// How often the bytes are hashed: some ten milliseconds for us, once.
const ROUNDS: u32 = 1 << 16;

/// Returns the words for the bytes: the keys of a device that asks to be enrolled.
#[must_use]
pub fn six_words(bytes: &[u8]) -> [&'static str; 6] {
    let first = hash("posta/six-words/v1", &[bytes]);
    let digest: Digest = (0..ROUNDS).fold(first, |digest, _round| {
        hash("posta/six-words/v1", &[digest.as_bytes(), bytes])
    });
    let [a, b, c, d, e, f, ..] = *digest.as_bytes();
    [a, b, c, d, e, f].map(word)
}

fn word(byte: u8) -> &'static str {
    WORDS.get(usize::from(byte)).copied().unwrap_or_default()
}

/// In alphabetical order. Never changed: an older release at the other end shows the old words.
#[rustfmt::skip]
const WORDS: [&str; 256] = [
    "actor", "album", "amber", "angle", "ankle", "apple", "april", "arrow", "artist", "atlas",
    "autumn", "badge", "baker", "bamboo", "banjo", "barrel", "basket", "beacon", "beetle",
    "berry", "bicycle", "blanket", "boat", "bonnet", "bottle", "branch", "bread", "bridge",
    "brother", "bucket", "butter", "cabin", "cactus", "camel", "candle", "carbon", "castle",
    "cedar", "cement", "chalk", "cherry", "circle", "citrus", "clay", "clover", "coffee", "comet",
    "copper", "coral", "cotton", "cousin", "cradle", "cricket", "crystal", "curtain", "daisy",
    "dancer", "december", "desert", "diamond", "dinner", "dolphin", "donkey", "dragon", "drum",
    "eagle", "echo", "elbow", "elder", "elephant", "ember", "engine", "envelope", "evening",
    "fabric", "falcon", "farmer", "feather", "fence", "fiddle", "finger", "flame", "flute",
    "forest", "fossil", "fountain", "fox", "frog", "galaxy", "garden", "gate", "ginger",
    "giraffe", "glacier", "glove", "goat", "golden", "grape", "guitar", "hammer", "harvest",
    "hazel", "helmet", "heron", "hill", "honey", "horizon", "hotel", "hunter", "iceberg",
    "indigo", "insect", "iron", "island", "ivory", "jacket", "jaguar", "january", "jewel",
    "jigsaw", "jungle", "kettle", "kingdom", "kitchen", "ladder", "lagoon", "lamp", "lantern",
    "lawn", "lemon", "leopard", "library", "lily", "lizard", "lobster", "lotus", "lunar",
    "magnet", "mango", "maple", "marble", "meadow", "melon", "mercury", "mirror", "monday",
    "moon", "mosaic", "mountain", "mule", "museum", "napkin", "needle", "nephew", "night",
    "noodle", "november", "nutmeg", "oasis", "ocean", "october", "olive", "onion", "opal",
    "orange", "orbit", "orchard", "otter", "oven", "owl", "oxygen", "paddle", "palace", "panda",
    "paper", "parrot", "peanut", "pebble", "pencil", "pepper", "piano", "pigeon", "pillow",
    "planet", "plum", "pocket", "poem", "pottery", "prince", "puddle", "pyramid", "quarry",
    "quilt", "rabbit", "radio", "rainbow", "raven", "ribbon", "river", "robin", "rocket",
    "rooster", "ruby", "saddle", "saffron", "salmon", "sandal", "saturn", "school", "scissors",
    "shadow", "shepherd", "silver", "sister", "slipper", "snow", "soldier", "spider", "spoon",
    "squirrel", "stable", "stone", "sugar", "summer", "sunset", "table", "teacher", "temple",
    "thunder", "tiger", "timber", "tomato", "torch", "tower", "trumpet", "tulip", "tunnel",
    "turtle", "umbrella", "uncle", "valley", "vanilla", "velvet", "village", "violin", "volcano",
    "wagon", "walnut", "water", "whistle", "window", "wizard", "wolf", "yellow", "zebra", "zero",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_words_begin_alike() {
        let beginnings: BTreeSet<&[u8]> = WORDS.iter().map(|word| &word.as_bytes()[..3]).collect();

        assert_eq!(beginnings.len(), WORDS.len());
        assert!(WORDS.is_sorted());
    }

    #[test]
    fn the_words_of_a_release_stay_what_they_are() {
        assert_eq!(
            six_words(b"keys").join(" "),
            "mountain rooster mercury school indigo kettle"
        );
        assert_ne!(six_words(b"keyS"), six_words(b"keys"));
    }
}
