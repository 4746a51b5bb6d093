//! All newlines of 64 bytes at once: with short lines, most of the time of a search for the next
//! newline would go into its start and into the branches that the length of a line decides.

/// How many bytes are looked at together.
pub(super) const WORD_LENGTH: usize = 64;

const LOW_BITS: u64 = u64::from_ne_bytes([0x7f; 8]);
const NEWLINES: u64 = u64::from_ne_bytes([b'\n'; 8]);
/// Multiplying by it gathers the lowest bit of each byte in the highest byte, in order.
const GATHER: u64 = 0x0102_0408_1020_4080;

/// A bit for each byte that is `\n`, the lowest for the first.
#[inline]
pub(super) fn newlines(word: &[u8; WORD_LENGTH]) -> u64 {
    let mut bits = 0;
    for (place, eight) in word.chunks_exact(8).enumerate() {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(eight);
        // Now newlines are the bytes that are zero: adding sets the highest bit of all others.
        let zeros = u64::from_le_bytes(bytes) ^ NEWLINES;
        let highest = !(((zeros & LOW_BITS) + LOW_BITS) | zeros | LOW_BITS);
        bits |= ((highest >> 7).wrapping_mul(GATHER) >> 56) << (8 * place);
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn naive(word: &[u8; WORD_LENGTH]) -> u64 {
        (0..WORD_LENGTH).fold(0, |bits, at| bits | u64::from(word[at] == b'\n') << at)
    }

    #[test]
    fn every_byte_in_every_place() {
        for byte in 0..=u8::MAX {
            for around in [0, b'\n', b'\n' - 1, b'\n' + 1, b'\n' | 0x80, u8::MAX] {
                for at in 0..WORD_LENGTH {
                    let mut word = [around; WORD_LENGTH];
                    word[at] = byte;
                    assert_eq!(newlines(&word), naive(&word), "{word:?}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn any_word(bytes in prop::collection::vec(8_u8..13, WORD_LENGTH)) {
            let word = bytes.try_into().unwrap();
            prop_assert_eq!(newlines(&word), naive(&word));
        }
    }
}
