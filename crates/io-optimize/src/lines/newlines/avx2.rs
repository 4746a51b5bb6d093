//! Newlines by comparisons of 32 bytes, the outcomes of which are added up for as long as a byte holds them.
// What the compiler may use on some processors only, and reading by it, takes unsafe code.
#![allow(unsafe_code)]

use std::arch::x86_64::{
    __m256i, _mm256_add_epi64, _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_sad_epu8,
    _mm256_set1_epi8, _mm256_setzero_si256, _mm256_storeu_si256, _mm256_sub_epi8,
};

/// Bytes of one register.
const VECTOR: usize = 32;
/// Bytes that are compared independently of each other: with fewer registers the additions wait for one another.
const BLOCK: usize = 4 * VECTOR;
/// Blocks after which a counter of eight bits is full.
const FULL: usize = u8::MAX as usize;

/// Counts in whole blocks, and returns besides the bytes behind the last of them; `None` where the processor cannot.
pub(super) fn count(bytes: &[u8]) -> Option<(u64, &[u8])> {
    if !is_x86_feature_detected!("avx2") {
        return None;
    }
    let (blocks, rest) = bytes.split_at(bytes.len() - bytes.len() % BLOCK);
    // SAFETY: the processor has AVX2, as was asked above.
    let count = unsafe { count_blocks(blocks) };
    Some((count, rest))
}

/// Leaves out what fills no block.
///
/// # Safety
/// The processor must have AVX2.
#[target_feature(enable = "avx2")]
unsafe fn count_blocks(bytes: &[u8]) -> u64 {
    let mut sums = [0_u64; VECTOR / 8];
    // SAFETY: the caller has made sure of AVX2, which is all that those without pointers ask for. Each load is of the 32
    // bytes of a slice that `chunks_exact` made that long, and the store into an array of 32 bytes; neither asks for
    // an alignment.
    unsafe {
        let zero = _mm256_setzero_si256();
        let newline = _mm256_set1_epi8(b'\n' as i8);
        let mut sum = zero;
        for blocks in bytes.chunks(FULL * BLOCK) {
            let mut counters = [zero; BLOCK / VECTOR];
            for block in blocks.chunks_exact(BLOCK) {
                for (counter, vector) in counters.iter_mut().zip(block.chunks_exact(VECTOR)) {
                    let vector = _mm256_loadu_si256(vector.as_ptr().cast::<__m256i>());
                    // Equal bytes become -1.
                    *counter = _mm256_sub_epi8(*counter, _mm256_cmpeq_epi8(vector, newline));
                }
            }
            for counter in counters {
                sum = _mm256_add_epi64(sum, _mm256_sad_epu8(counter, zero));
            }
        }
        _mm256_storeu_si256(sums.as_mut_ptr().cast::<__m256i>(), sum);
    }
    sums.iter().sum()
}
