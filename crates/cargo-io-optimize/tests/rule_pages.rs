//! The list and the pages of the rules.

mod support;

use cargo_io_optimize::rule_table;

#[test]
fn page_has_every_section() {
    insta::assert_snapshot!(rule_table::page(&support::COPY));
}

#[test]
fn list_is_aligned() {
    insta::assert_snapshot!(rule_table::list(&support::table()));
}

#[test]
fn index_links_every_page() {
    insta::assert_snapshot!(rule_table::index(&support::table()));
}
