//! Numbers of any size in as few bytes as they need: seven bits in a byte, the lowest first (LEB128).

use super::BriefError;

/// Writes a number.
pub(super) fn put(out: &mut Vec<u8>, mut number: u64) {
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            return out.push(low & 0x7f);
        }
        out.push(low | 0x80);
    }
}

/// Writes how far a number is above another, or below: twice that, and one less if it is below.
pub(super) fn put_difference(out: &mut Vec<u8>, number: u64, from: u64) {
    let difference = number.wrapping_sub(from).cast_signed();
    put(
        out,
        ((difference << 1) ^ (difference >> 63)).cast_unsigned(),
    );
}

/// Writes a number with its sign, as automerge does.
pub(super) fn put_signed(out: &mut Vec<u8>, mut number: i64) {
    loop {
        let [low, ..] = number.to_le_bytes();
        let low = low & 0x7f;
        number >>= 7;
        let ends = if low & 0x40 == 0 {
            number == 0
        } else {
            number == -1
        };
        if ends {
            return out.push(low);
        }
        out.push(low | 0x80);
    }
}

/// Bytes that are read from the front.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) const fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Returns what was not read yet.
    pub(super) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(super) fn byte(&mut self) -> Result<u8, BriefError> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], BriefError> {
        let (array, rest) = self.rest.split_first_chunk().ok_or(BriefError::Damaged)?;
        self.rest = rest;
        Ok(*array)
    }

    pub(super) fn bytes(&mut self, length: usize) -> Result<&'a [u8], BriefError> {
        let (bytes, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or(BriefError::Damaged)?;
        self.rest = rest;
        Ok(bytes)
    }

    pub(super) fn number(&mut self) -> Result<u64, BriefError> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            let placed = bits << shift;
            if placed >> shift != bits {
                return Err(BriefError::Damaged);
            }
            number |= placed;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(BriefError::Damaged)
    }

    /// Reads a number that was written as how far it is from another.
    pub(super) fn difference(&mut self, from: u64) -> Result<u64, BriefError> {
        let written = self.number()?;
        let difference = (written >> 1) ^ 0_u64.wrapping_sub(written & 1);
        Ok(from.wrapping_add(difference))
    }

    /// Reads a number with its sign, as automerge writes it.
    pub(super) fn signed(&mut self) -> Result<i64, BriefError> {
        let mut number = 0_i64;
        for shift in (0_u32..64).step_by(7) {
            let byte = self.byte()?;
            number |= i64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let bits = shift.saturating_add(7);
                return Ok(if byte & 0x40 != 0 && bits < 64 {
                    number | (-1_i64 << bits)
                } else {
                    number
                });
            }
        }
        Err(BriefError::Damaged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_number_reads_back(number: u64, from: u64, signed: i64) {
            let mut out = Vec::new();
            put(&mut out, number);
            put_difference(&mut out, number, from);
            put_signed(&mut out, signed);
            let mut reader = Reader::new(&out);

            prop_assert_eq!(reader.number(), Ok(number));
            prop_assert_eq!(reader.difference(from), Ok(number));
            prop_assert_eq!(reader.signed(), Ok(signed));
            prop_assert!(reader.is_empty());
        }

        #[test]
        fn any_bytes_are_a_number_or_an_error(bytes: Vec<u8>) {
            let read = (Reader::new(&bytes).number(), Reader::new(&bytes).signed());
            prop_assert!(!bytes.is_empty() || read == (Err(BriefError::Damaged), Err(BriefError::Damaged)));
        }
    }

    #[test]
    fn a_small_difference_is_one_byte_in_either_direction() {
        let spelled = |number, from| {
            let mut out = Vec::new();
            put_difference(&mut out, number, from);
            out
        };

        assert_eq!(spelled(5, 5), [0]);
        assert_eq!(spelled(4, 5), [1]);
        assert_eq!(spelled(6, 5), [2]);
        assert_eq!(spelled(0, 63), [125]);
    }
}
