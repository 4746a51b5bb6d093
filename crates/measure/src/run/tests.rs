//! What is said of sizes.

use model::Ratio;

use super::*;

#[test]
fn a_larger_size_than_usual_that_was_asked_for_and_not_reached_is_said() {
    const MIB: u64 = 1 << 20;
    let rows = |size| {
        [Measurement {
            method: "io::copy".to_owned(),
            is_baseline: false,
            is_suggested: true,
            size,
            cache: Cache::Warm,
            time_ns: 1,
            bytes_per_second: None,
            ratio: Ratio {
                median: 1.0,
                low: 1.0,
                high: 1.0,
            },
            samples: 9,
        }]
    };
    let said = unreached(Sizes::Bulk, Some(1024 * MIB), &rows(128 * MIB));
    let said = said.expect("it is said");
    assert!(said.contains("1 GiB") && said.contains("128 MiB"), "{said}");
    for (sizes, hint, size) in [
        (Sizes::Bulk, Some(1024 * MIB), 1024 * MIB),
        // Nothing was asked for that is not measured anyway.
        (Sizes::Bulk, None, MIB),
        (Sizes::Bulk, Some(64 * MIB), MIB),
        (Sizes::Calls, Some(1024 * MIB), 4096),
    ] {
        assert_eq!(unreached(sizes, hint, &rows(size)), None, "{sizes:?}");
    }
}
