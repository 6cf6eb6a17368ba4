//! Reading automerge's bytes: LEB128 numbers and what they count.
//!
//! Nothing here trusts a length: it is compared with the bytes at hand before anything is taken or reserved.

/// The bytes end early, run on, or spell a number in a way that is not the shortest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

/// Bytes read from front to back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) const fn len(&self) -> usize {
        self.rest.len()
    }

    pub(super) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(Malformed)?;
        self.rest = rest;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        self.take(N)?.try_into().map_err(|_never| Malformed)
    }

    pub(super) fn byte(&mut self) -> Result<u8, Malformed> {
        self.array().map(|[byte]| byte)
    }

    /// Reads an unsigned LEB128 number of 64 bits in its shortest form.
    pub(super) fn unsigned(&mut self) -> Result<u64, Malformed> {
        let mut value: u64 = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(Malformed);
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                let overlong = shift > 0 && byte == 0;
                return if overlong { Err(Malformed) } else { Ok(value) };
            }
        }
        Err(Malformed)
    }

    /// Reads a signed LEB128 number of 64 bits in its shortest form.
    pub(super) fn signed(&mut self) -> Result<i64, Malformed> {
        let mut value: i64 = 0;
        let mut previous = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            if shift == 63 && byte != 0 && byte != 0x7f {
                return Err(Malformed);
            }
            value |= i64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let sign_repeated =
                    (byte == 0 && previous & 0x40 == 0) || (byte == 0x7f && previous & 0x40 != 0);
                if shift > 0 && sign_repeated {
                    return Err(Malformed);
                }
                if byte & 0x40 != 0 && shift + 7 < 64 {
                    value |= -1 << (shift + 7);
                }
                return Ok(value);
            }
            previous = byte;
        }
        Err(Malformed)
    }

    /// Reads a number that counts what follows, of which each takes a byte at least.
    pub(super) fn count(&mut self) -> Result<usize, Malformed> {
        let count = usize::try_from(self.unsigned()?).map_err(|_big| Malformed)?;
        if count > self.rest.len() {
            Err(Malformed)
        } else {
            Ok(count)
        }
    }

    /// Reads bytes that their length precedes.
    pub(super) fn prefixed(&mut self) -> Result<&'a [u8], Malformed> {
        let length = self.count()?;
        self.take(length)
    }

    /// Reads a text that its length precedes.
    pub(super) fn text(&mut self) -> Result<&'a str, Malformed> {
        std::str::from_utf8(self.prefixed()?).map_err(|_not_text| Malformed)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn unsigned(mut value: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        loop {
            let low = u8::try_from(value & 0x7f).unwrap();
            value >>= 7;
            if value == 0 {
                bytes.push(low);
                return bytes;
            }
            bytes.push(low | 0x80);
        }
    }

    fn signed(mut value: i64) -> Vec<u8> {
        let mut bytes = Vec::new();
        loop {
            let low = u8::try_from(value & 0x7f).unwrap();
            value >>= 7;
            if (value == 0 && low & 0x40 == 0) || (value == -1 && low & 0x40 != 0) {
                bytes.push(low);
                return bytes;
            }
            bytes.push(low | 0x80);
        }
    }

    #[track_caller]
    fn refuses(bytes: &[u8]) {
        assert_eq!(
            Reader::new(bytes).unsigned(),
            Err(Malformed),
            "unsigned {bytes:x?}"
        );
        assert_eq!(
            Reader::new(bytes).signed(),
            Err(Malformed),
            "signed {bytes:x?}"
        );
    }

    #[test]
    fn numbers_are_taken_in_their_shortest_form_only() {
        refuses(&[]);
        refuses(&[0x80]);
        refuses(&[0x81, 0x00]);
        refuses(&[0x80; 11]);
        refuses(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02]);
        assert_eq!(Reader::new(&[0x81, 0xff, 0x7f]).signed(), Err(Malformed));
    }

    proptest! {
        #[test]
        fn unsigned_numbers_read_back(value in any::<u64>()) {
            prop_assert_eq!(Reader::new(&unsigned(value)).unsigned(), Ok(value));
        }

        #[test]
        fn signed_numbers_read_back(value in any::<i64>()) {
            prop_assert_eq!(Reader::new(&signed(value)).signed(), Ok(value));
        }

        #[test]
        fn what_is_read_is_the_only_spelling(bytes in proptest::collection::vec(any::<u8>(), 1..11)) {
            let mut reader = Reader::new(&bytes);
            if let Ok(value) = reader.unsigned() {
                prop_assert_eq!(&unsigned(value)[..], &bytes[..bytes.len() - reader.len()]);
            }
            let mut reader = Reader::new(&bytes);
            if let Ok(value) = reader.signed() {
                prop_assert_eq!(&signed(value)[..], &bytes[..bytes.len() - reader.len()]);
            }
        }
    }
}
