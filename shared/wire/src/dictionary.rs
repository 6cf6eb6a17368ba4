//! What every run of entries is likely to say: the dictionary that both ends compress with.
//!
//! It was trained on records of people who do not exist; `dictionary/README.md` says how. Its bytes are part of the
//! protocol: another dictionary is another packing.

/// The first dictionary, in zstd's format.
pub(crate) const FIRST: &[u8] = include_bytes!("dictionary/first.zstd-dictionary");

#[cfg(test)]
mod tests {
    #[test]
    fn the_first_dictionary_stays_what_it_is() {
        let hash = crypto::sha256(super::FIRST);
        let hex: String = hash.iter().map(|it| format!("{it:02x}")).collect();

        assert_eq!(super::FIRST.len(), 65_536);
        assert_eq!(
            hex,
            "eafc009cda783662de4fe5b83453c4fb39c86c5d8c923039962470e39508e3b1"
        );
    }
}
