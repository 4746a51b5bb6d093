//! The list and the pages of the rules.

mod support;

use cargo_io_optimize::{figures, rule_table};

#[test]
fn page_has_every_section() {
    let figures = figures::parse(
        r#"
        [[figure]]
        rule = "manual_copy_loop"
        model = "default"
        description = "copies a file to a new file"
        day = "2026-11-23"
        processor = "a processor"
        cores = 2
        system = "Linux 6.8"
        file_system = "ext4"
        cache = "warm"

        [[figure.sizes]]
        bytes = 1024
        pattern = "loop of 8 KiB"
        pattern_ns = 20000
        rewrite = "io::copy"
        rewrite_ns = 19900
        ratio = 1.0
        low = 0.98
        high = 1.02
        pairs = 30

        [[figure.sizes]]
        bytes = 1048576
        pattern = "loop of 8 KiB"
        pattern_ns = 530000
        rewrite = "io::copy"
        rewrite_ns = 240000
        ratio = 2.2
        low = 2.1
        high = 2.3
        pairs = 30
        "#,
    )
    .unwrap();
    insta::assert_snapshot!(rule_table::page(&support::COPY, &figures));
}

#[test]
fn list_is_aligned() {
    insta::assert_snapshot!(rule_table::list(&support::table()));
}

#[test]
fn index_links_every_page() {
    insta::assert_snapshot!(rule_table::index(&support::table()));
}
