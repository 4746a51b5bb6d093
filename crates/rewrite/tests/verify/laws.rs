//! What holds of each back-out, whatever is refused: it keeps as much as it can, in as few checks as is said.

use std::collections::{BTreeSet, HashSet};

use proptest::prelude::*;
use rewrite::MAX_CHECKS;

use crate::compiler::{Pointing, applied, dropped, kept, run, run_steps};

fn pointings() -> impl Strategy<Value = Pointing> {
    prop_oneof![
        Just(Pointing::Exactly),
        Just(Pointing::Nowhere),
        Just(Pointing::Wrongly)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_is_kept_passes_and_anything_put_back_breaks_it(
        count in 1..9_usize,
        groups in proptest::collection::vec(proptest::collection::btree_set(0..9_usize, 1..4), 0..4),
        pointing in pointings(),
    ) {
        let groups: Vec<Vec<usize>> = groups.into_iter().map(|group| group.into_iter().collect()).collect();
        let groups: Vec<&[usize]> = groups.iter().map(Vec::as_slice).collect();
        let passes = |set: &BTreeSet<usize>| {
            !groups.iter().any(|group| group.iter().all(|fix| set.contains(fix)))
        };
        let (outcome, asked) = run(count, &groups, pointing);
        let kept = kept(&outcome);
        prop_assert!(passes(&kept));
        prop_assert!(kept.is_empty() || asked.contains(&kept));
        for fix in (0..count).filter(|fix| !kept.contains(fix)) {
            let mut more = kept.clone();
            more.insert(fix);
            prop_assert!(!passes(&more), "{fix} could be put back into {kept:?}");
        }
        // Brute force: no set that passes holds what is kept and more.
        for bits in 0..1_u32 << count {
            let set: BTreeSet<usize> = (0..count).filter(|fix| bits & (1 << fix) != 0).collect();
            prop_assert!(!(passes(&set) && set.is_superset(&kept) && set != kept));
        }
        prop_assert_eq!(applied(&outcome.patches, count), kept);
        let distinct: HashSet<&BTreeSet<usize>> = asked.iter().collect();
        prop_assert_eq!(distinct.len(), asked.len(), "a set was checked twice");
    }

    #[test]
    fn what_is_kept_compiles_and_passes_the_tests_and_anything_put_back_breaks_either(
        count in 1..9_usize,
        compile in proptest::collection::vec(proptest::collection::btree_set(0..9_usize, 1..4), 0..3),
        tests in proptest::collection::vec(proptest::collection::btree_set(0..9_usize, 1..4), 0..3),
        pointing in pointings(),
    ) {
        let owned = |groups: Vec<BTreeSet<usize>>| -> Vec<Vec<usize>> {
            groups.into_iter().map(|group| group.into_iter().collect()).collect()
        };
        let (compile, tests) = (owned(compile), owned(tests));
        let compile: Vec<&[usize]> = compile.iter().map(Vec::as_slice).collect();
        let tests: Vec<&[usize]> = tests.iter().map(Vec::as_slice).collect();
        let passes = |set: &BTreeSet<usize>| {
            let mut groups = compile.iter().chain(&tests);
            !groups.any(|group| group.iter().all(|fix| set.contains(fix)))
        };
        let (outcome, asked) = run_steps(count, &[&compile, &tests], pointing);
        let kept = kept(&outcome);
        prop_assert!(passes(&kept));
        prop_assert!(kept.is_empty() || asked.contains(&(1, kept.clone())));
        for bits in 0..1_u32 << count {
            let set: BTreeSet<usize> = (0..count).filter(|fix| bits & (1 << fix) != 0).collect();
            prop_assert!(!(passes(&set) && set.is_superset(&kept) && set != kept));
        }
        prop_assert_eq!(applied(&outcome.patches, count), kept);
        let distinct: HashSet<_> = asked.iter().collect();
        prop_assert_eq!(distinct.len(), asked.len(), "a set was checked twice");
    }

    #[test]
    fn the_checks_stay_within_the_documented_number(
        count in 1..100_usize,
        bad in proptest::collection::btree_set(0..100_usize, 0..5),
        pointing in pointings(),
    ) {
        let bad: Vec<usize> = bad.into_iter().filter(|fix| *fix < count).collect();
        let groups: Vec<&[usize]> = bad.iter().map(std::slice::from_ref).collect();
        let (outcome, asked) = run(count, &groups, pointing);
        prop_assert_eq!(dropped(&outcome), bad.clone());
        let levels = count.next_power_of_two().ilog2() as usize;
        let bound = match pointing {
            Pointing::Exactly => 2 + bad.len(),
            Pointing::Nowhere => 2 + bad.len() * (3 + 2 * levels),
            Pointing::Wrongly => MAX_CHECKS,
        };
        prop_assert!(asked.len() <= bound, "{} checks, bound {bound}", asked.len());
    }
}
