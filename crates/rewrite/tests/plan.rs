//! Which fixes go together, and the texts they give.

mod support;

use std::collections::{BTreeSet, HashSet};

use model::{
    Applicability, Confidence, DependencySource, Edit, Finding, FindingId, Requirement, Sources,
    Suppression,
};
use proptest::prelude::*;
use rewrite::{Manifests, Plan, Selection, adapt_line_endings, plan};
use support::{edit, finding, id, sources};

fn planned(findings: &[Finding], sources: &Sources) -> Plan {
    plan(
        findings,
        sources,
        &Manifests::default(),
        &Selection::default(),
    )
}

fn text(plan: &Plan, sources: &Sources) -> String {
    let patches = plan.patches(sources, &HashSet::new());
    assert_eq!(patches.len(), 1);
    patches[0].after.clone()
}

fn reason<'a>(plan: &'a Plan, finding: &str) -> &'a str {
    let found = plan.not_applied.iter().find(|no| no.id == id(finding));
    &found
        .unwrap_or_else(|| panic!("{finding} is applied"))
        .reason
}

/// What a reader with the edits of the report does: distinct edits, sorted, from the back to the front.
fn by_hand(text: &str, edits: impl IntoIterator<Item = Edit>) -> String {
    let distinct: BTreeSet<(u32, u32, String)> = edits
        .into_iter()
        .map(|e| (e.span.start, e.span.end, e.replacement))
        .collect();
    let mut text = text.to_owned();
    for (start, end, replacement) in distinct.into_iter().rev() {
        text.replace_range(start as usize..end as usize, &replacement);
    }
    text
}

#[test]
fn an_import_that_fixes_share_is_inserted_once_and_stays_while_one_of_them_does() {
    let sources = sources(&["fn a() {}\nfn b() {}\n"]);
    let shared = || edit(0, 0, 0, "use std::io::BufWriter;\n");
    let findings = [
        finding("a", vec![shared(), edit(0, 3, 4, "x")]),
        finding("b", vec![shared(), edit(0, 13, 14, "y")]),
    ];
    let plan = planned(&findings, &sources);
    assert_eq!(
        text(&plan, &sources),
        "use std::io::BufWriter;\nfn x() {}\nfn y() {}\n"
    );
    let rest = plan.patches(&sources, &HashSet::from([id("a")]));
    assert_eq!(
        rest[0].after,
        "use std::io::BufWriter;\nfn a() {}\nfn y() {}\n"
    );
    assert_eq!(rest[0].findings, [id("b")]);
    assert!(
        plan.patches(&sources, &HashSet::from([id("a"), id("b")]))
            .is_empty()
    );
}

#[test]
fn different_lines_inserted_at_one_place_are_both_there_in_the_order_of_their_texts() {
    let sources = sources(&["fn a() {}\n"]);
    let findings = [
        finding("a", vec![edit(0, 0, 0, "use std::io::Write;\n")]),
        finding("b", vec![edit(0, 0, 0, "use std::fs::File;\n")]),
    ];
    let plan = planned(&findings, &sources);
    assert_eq!(
        text(&plan, &sources),
        "use std::fs::File;\nuse std::io::Write;\nfn a() {}\n"
    );
}

#[test]
fn one_wrapper_that_two_fixes_share_is_put_round_once() {
    let sources = sources(&["f(x); g(); h();"]);
    let wrap = [edit(0, 2, 2, "W("), edit(0, 3, 3, ")")];
    let mut first = wrap.to_vec();
    first.push(edit(0, 6, 7, "G"));
    let mut second = wrap.to_vec();
    second.push(edit(0, 11, 12, "H"));
    let plan = planned(&[finding("a", first), finding("b", second)], &sources);
    assert_eq!(text(&plan, &sources), "f(W(x)); G(); H();");
}

#[test]
fn two_wrappers_that_end_at_one_place_are_an_overlap() {
    let sources = sources(&["f(a + b);"]);
    let outer = finding("outer", vec![edit(0, 2, 2, "W("), edit(0, 7, 7, ")")]);
    let inner = finding("inner", vec![edit(0, 6, 6, "V("), edit(0, 7, 7, ")")]);
    let plan = planned(&[outer, inner], &sources);
    assert_eq!(text(&plan, &sources), "f(W(a + b));");
    assert_eq!(
        reason(&plan, "inner"),
        "overlaps the fix of unbuffered_write at src/0.rs:1"
    );
}

#[test]
fn half_a_wrapper_shares_its_place_with_nothing() {
    let sources = sources(&["f(a);\n"]);
    let wrapper = finding("wrapper", vec![edit(0, 0, 0, "W("), edit(0, 4, 4, ")")]);
    let statement = finding("statement", vec![edit(0, 0, 0, "let x = 1;\n")]);
    let plan = planned(&[wrapper, statement], &sources);
    assert_eq!(plan.fixes.len(), 1);
    assert!(
        plan.not_applied[0]
            .reason
            .starts_with("overlaps the fix of")
    );
}

#[test]
fn of_two_fixes_that_overlap_the_surer_one_is_applied_and_the_other_reported() {
    let sources = sources(&["one\ntwo\n"]);
    let mut doubtful = finding("doubtful", vec![edit(0, 4, 7, "2")]);
    doubtful.confidence = Confidence::Medium;
    let sure = finding("sure", vec![edit(0, 5, 6, "W")]);
    let plan = planned(&[doubtful.clone(), sure.clone()], &sources);
    assert_eq!(text(&plan, &sources), "one\ntWo\n");
    assert_eq!(
        reason(&plan, "doubtful"),
        "overlaps the fix of unbuffered_write at src/0.rs:2"
    );

    let mut unsafe_fix = sure;
    unsafe_fix.suggestion.as_mut().unwrap().applicability = Applicability::MaybeIncorrect;
    let selection = Selection {
        minimum: Applicability::MaybeIncorrect,
        ..Selection::default()
    };
    let plan = rewrite::plan(
        &[unsafe_fix, doubtful],
        &sources,
        &Manifests::default(),
        &selection,
    );
    assert_eq!(text(&plan, &sources), "one\n2\n");
}

#[test]
fn what_is_not_wanted_or_not_sound_is_reported_and_the_rest_applied() {
    let sources = sources(&["grüße\n"]);
    let with = |name: &str, change: &dyn Fn(&mut Finding)| {
        let mut finding = finding(name, vec![edit(0, 0, 1, "G")]);
        change(&mut finding);
        finding
    };
    let edits = |edits: Vec<Edit>| {
        move |finding: &mut Finding| {
            finding
                .suggestion
                .as_mut()
                .unwrap()
                .edits
                .clone_from(&edits);
        }
    };
    let findings = [
        with("unsafe", &|f| {
            f.suggestion.as_mut().unwrap().applicability = Applicability::MaybeIncorrect;
        }),
        with("blanks", &|f| {
            f.suggestion.as_mut().unwrap().applicability = Applicability::HasPlaceholders;
        }),
        with("excluded", &|_| {}),
        with("suppressed", &|f| f.suppressed = Some(Suppression::Comment)),
        with("unfixable", &|f| f.suggestion = None),
        with("feature", &|f| {
            let feature = Requirement::Feature("fast".to_owned());
            f.suggestion.as_mut().unwrap().requires.push(feature);
        }),
        with("unknown package", &|f| {
            f.suggestion
                .as_mut()
                .unwrap()
                .requires
                .push(Requirement::Dependency {
                    name: "fast".to_owned(),
                    version: "1".to_owned(),
                    source: DependencySource::Registry,
                });
        }),
        with("inside a character", &edits(vec![edit(0, 3, 4, "u")])),
        with("behind the end", &edits(vec![edit(0, 8, 90, "u")])),
        with("backwards", &edits(vec![edit(0, 2, 1, "u")])),
        with("unknown file", &edits(vec![edit(7, 0, 0, "u")])),
        with(
            "twice",
            &edits(vec![edit(0, 0, 2, "u"), edit(0, 1, 2, "u")]),
        ),
        with("nothing", &edits(vec![edit(0, 0, 1, "g")])),
        with("empty", &edits(vec![])),
        with("good", &|_| {}),
    ];
    let mut selection = Selection::default();
    selection
        .excluded
        .insert(id("excluded"), "too little to gain".to_owned());
    let plan = plan(&findings, &sources, &Manifests::default(), &selection);
    assert_eq!(text(&plan, &sources), "Grüße\n");
    assert_eq!(
        plan.fixes.iter().map(|fix| &fix.id).collect::<Vec<_>>(),
        [&id("good")]
    );
    let reported: BTreeSet<&str> = plan.not_applied.iter().map(|no| no.id.0.as_str()).collect();
    let silent = ["suppressed", "unfixable", "good"];
    let expected: BTreeSet<&str> = findings
        .iter()
        .map(|f| f.id.0.as_str())
        .filter(|name| !silent.contains(name))
        .collect();
    assert_eq!(reported, expected);
    assert_eq!(reason(&plan, "excluded"), "too little to gain");
    assert!(reason(&plan, "unsafe").contains("--unsafe-fixes"));
    assert!(reason(&plan, "inside a character").contains("src/0.rs at byte 3"));
}

#[test]
fn line_endings_and_byte_order_mark_stay_and_shown_edits_are_the_applied_ones() {
    let original = "\u{feff}fn a() {}\r\n\tfn b() {}\r\n// lone\nend";
    let sources = sources(&[original]);
    let insert = edit(0, 3, 3, "use std::io;\nuse std::fs;\r\n");
    let mut findings = [finding("a", vec![insert])];
    let plan = planned(&findings, &sources);
    let after = text(&plan, &sources);
    assert_eq!(
        after,
        "\u{feff}use std::io;\r\nuse std::fs;\r\nfn a() {}\r\n\tfn b() {}\r\n// lone\nend"
    );
    adapt_line_endings(&mut findings, &sources);
    let shown = findings[0].suggestion.clone().unwrap().edits;
    assert_eq!(by_hand(original, shown), after);
    let before_the_mark = [finding("b", vec![edit(0, 0, 0, "use std::io;\n")])];
    assert!(planned(&before_the_mark, &sources).fixes.is_empty());
}

#[test]
fn a_place_in_the_new_text_leads_back_to_the_fix_that_wrote_it() {
    let sources = sources(&["a\nb\nc\nd\ne\nf\n", "untouched"]);
    let findings = [
        finding("first", vec![edit(0, 0, 1, "first")]),
        finding("last", vec![edit(0, 10, 11, "last")]),
    ];
    let patched = planned(&findings, &sources).patched(&sources, &HashSet::new());
    assert_eq!(patched.patches[0].after, "first\nb\nc\nd\ne\nlast\n");
    let at = |start, end, lines| patched.map_back("src/0.rs", start, end, lines);
    assert_eq!(at(2, 3, 0), [id("first")]);
    assert_eq!(at(5, 5, 0), [id("first")]);
    assert_eq!(at(14, 15, 0), [id("last")]);
    assert_eq!(at(13, 14, 0), [id("last")]);
    assert_eq!(at(8, 9, 0), Vec::<FindingId>::new());
    assert_eq!(at(8, 9, 1), Vec::<FindingId>::new());
    assert_eq!(at(8, 9, 2), [id("first")]);
    assert_eq!(at(10, 11, 3), [id("first"), id("last")]);
    assert_eq!(at(900, 1000, 1), [id("last")]);
    assert!(patched.map_back("src/1.rs", 0, 1, 9).is_empty());
}

/// Disjoint edits of a text, dealt out to fixes, and an import that some of them share.
fn scenario() -> impl Strategy<Value = (String, Vec<Vec<Edit>>)> {
    let cuts = proptest::collection::btree_set(0..60_usize, 2..16);
    let text = "[a-z(){};\n\r\tüß€]{60}";
    let pieces = proptest::collection::vec(("[a-zé\n(]{0,4}", 0..5_usize, any::<bool>()), 16);
    (text, cuts, pieces).prop_map(|(text, cuts, pieces)| {
        let offsets: Vec<usize> = text.char_indices().map(|(offset, _)| offset).collect();
        let cuts: Vec<usize> = cuts.into_iter().map(|cut| offsets[cut]).collect();
        let mut fixes = vec![Vec::new(); 5];
        for (pair, (replacement, fix, shares)) in cuts.chunks_exact(2).zip(pieces) {
            fixes[fix].push(edit(0, pair[0], pair[1], &replacement));
            let shared = edit(0, 0, 0, "use std::io::BufReader;\n");
            if shares && !fixes[fix].contains(&shared) {
                fixes[fix].push(shared);
            }
        }
        for fix in &mut fixes {
            fix.sort();
        }
        (text, fixes)
    })
}

proptest! {
    #[test]
    fn any_subset_of_fixes_gives_the_text_that_its_edits_give_by_hand(
        (text, fixes) in scenario(),
        left_out in proptest::collection::hash_set(0..5_usize, 0..4),
    ) {
        let sources = sources(&[&text]);
        let mut findings: Vec<Finding> = fixes
            .into_iter()
            .enumerate()
            .map(|(index, edits)| finding(&index.to_string(), edits))
            .collect();
        adapt_line_endings(&mut findings, &sources);
        let plan = planned(&findings, &sources);
        let without: HashSet<FindingId> = left_out.iter().map(|index| id(&index.to_string())).collect();
        let applied = findings.iter().filter(|finding| {
            !without.contains(&finding.id) && plan.fixes.iter().any(|fix| fix.id == finding.id)
        });
        let edits: Vec<Edit> =
            applied.flat_map(|finding| finding.suggestion.clone().unwrap().edits).collect();
        let expected = by_hand(&text, edits);
        let patches = plan.patches(&sources, &without);
        let actual = patches.first().map_or(text.as_str(), |patch| patch.after.as_str());
        prop_assert_eq!(actual, expected.as_str());
        // Disjoint fixes are refused only if they have nothing to change.
        for refused in &plan.not_applied {
            prop_assert!(refused.reason.starts_with("the fix "), "{}", refused.reason);
        }
    }

    #[test]
    fn whatever_is_planned_is_sound_and_nothing_is_lost(
        edits in proptest::collection::vec((0..24_usize, 0..24_usize, "[a(){}\n]{0,3}", 0..6_usize), 0..20),
    ) {
        let text = "abc ü (x)\n{y} €\r\nz[0]\n";
        let sources = sources(&[text]);
        let mut fixes = vec![Vec::new(); 6];
        for (start, end, replacement, fix) in edits {
            fixes[fix].push(edit(0, start, end, &replacement));
        }
        let findings: Vec<Finding> = fixes
            .into_iter()
            .enumerate()
            .map(|(index, edits)| finding(&index.to_string(), edits))
            .collect();
        let plan = planned(&findings, &sources);
        let mut seen: Vec<&FindingId> =
            plan.fixes.iter().map(|fix| &fix.id).chain(plan.not_applied.iter().map(|no| &no.id)).collect();
        seen.sort();
        prop_assert_eq!(seen, findings.iter().map(|finding| &finding.id).collect::<Vec<_>>());
        let patches = plan.patches(&sources, &HashSet::new());
        let edits = plan.fixes.iter().flat_map(|fix| fix.edits.clone());
        let actual = patches.first().map_or(text, |patch| patch.after.as_str());
        prop_assert_eq!(actual, by_hand(text, edits));
    }
}
