//! Sizes as a person reads them.

/// The size in the largest binary unit that it fills, with one decimal where it is not whole: `1.5 MiB`.
pub(crate) fn size(bytes: u64) -> String {
    let units = [(1_u64 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    units.iter().find(|(unit, _)| bytes >= *unit).map_or_else(
        || format!("{bytes} {}", if bytes == 1 { "byte" } else { "bytes" }),
        |(unit, name)| {
            if bytes.is_multiple_of(*unit) {
                format!("{} {name}", bytes / unit)
            } else {
                format!("{:.1} {name}", bytes as f64 / *unit as f64)
            }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_shown_in_the_unit_they_fill() {
        let sizes = [0, 1, 1023, 1024, 1536, 100 << 20, (1 << 30) + 1];
        let shown = [
            "0 bytes",
            "1 byte",
            "1023 bytes",
            "1 KiB",
            "1.5 KiB",
            "100 MiB",
            "1.0 GiB",
        ];
        assert_eq!(sizes.map(size), shown);
    }
}
