//! What a new passphrase must be like: long, and not what a thief would try first.
//!
//! How hard one is to guess is estimated by zxcvbn (Wheeler, USENIX Security 2016): it knows common passwords, names,
//! dates, keyboard patterns and what was made of them. What is known of the person and the site counts as known.

use zxcvbn::Score;
use zxcvbn::zxcvbn;

use crate::views::{CommandError, ErrorCode};

/// The fewest characters. It guards a stolen laptop together with the device secret beside it.
pub(crate) const MIN_CHARACTERS: usize = 12;

/// The most characters: nobody types more, and a slot is made of any number of them.
const MAX_CHARACTERS: usize = 256;

/// How many characters are looked at: how long it takes grows with their square, and more make no passphrase worse.
const MAX_LOOKED_AT: usize = 64;

/// Goes on only with a passphrase that a thief would need more than ten thousand million tries for. `known` are words that
/// the thief has: names, the site.
pub(crate) fn check(passphrase: &str, known: &[&str]) -> Result<(), CommandError> {
    let refused = |code| CommandError::field(code, "passphrase");
    let length = passphrase.chars().count();
    if length < MIN_CHARACTERS {
        return Err(refused(ErrorCode::PassphraseTooShort));
    }
    if length > MAX_CHARACTERS {
        return Err(refused(ErrorCode::FieldTooLong));
    }
    let known: Vec<String> = known.iter().map(|it| it.to_lowercase()).collect();
    let known: Vec<&str> = known.iter().flat_map(|it| it.split_whitespace()).collect();
    let looked_at: String = passphrase.chars().take(MAX_LOOKED_AT).collect();
    // Blanks between words that a thief has are no riddle; to zxcvbn they are.
    let together: String = looked_at.split_whitespace().collect();
    let is_hard = |text: &str| zxcvbn(text, &known).score() >= Score::Four;
    if !is_hard(&looked_at) || !is_hard(&together) {
        return Err(refused(ErrorCode::PassphraseTooEasy));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(passphrase: &str) -> Option<ErrorCode> {
        let known = ["Amina Nurse", "Uphill Clinic"];
        check(passphrase, &known).err().map(|it| it.code)
    }

    #[test]
    fn four_words_are_taken_in_any_script() {
        assert_eq!(code("window mirror elbow spider"), None);
        assert_eq!(code("mti mrefu karibu na mto"), None);
        assert_eq!(code("đường dài về làng xa"), None);
    }

    #[test]
    fn what_everybody_tries_first_is_refused() {
        for easy in [
            "password1234",
            "123456789012",
            "qwertyuiopas",
            "aaaaaaaaaaaaaaaa",
            "amina nurse 1",
            "uphill clinic",
            "Passw0rd2026!",
        ] {
            assert_eq!(code(easy), Some(ErrorCode::PassphraseTooEasy), "{easy}");
        }
    }

    #[test]
    fn it_is_no_shorter_and_no_longer_than_it_may_be() {
        let of = |length: usize| {
            let letters = "xk7vqz9trm2plw5hdj8".repeat(20);
            code(&letters.chars().take(length).collect::<String>())
        };

        assert_eq!(of(MIN_CHARACTERS - 1), Some(ErrorCode::PassphraseTooShort));
        assert_eq!(of(MIN_CHARACTERS), None);
        const { assert!(MAX_LOOKED_AT < MAX_CHARACTERS) };
        assert_eq!(of(MAX_CHARACTERS), None);
        assert_eq!(of(MAX_CHARACTERS + 1), Some(ErrorCode::FieldTooLong));
    }
}
