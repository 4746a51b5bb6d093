//! What is read from the output of `cargo test`.

use toolchain::{TestCount, test_results};

const NO_PROGRAM: &str = "";

fn passed(count: usize) -> TestCount {
    TestCount {
        passed: count,
        failed: 0,
    }
}

fn failed(count: usize) -> TestCount {
    TestCount {
        passed: 0,
        failed: count,
    }
}

#[test]
fn each_test_is_named_with_what_it_did() {
    let stdout = "
running 4 tests
test tests::a ... ok
test tests::left_out ... ignored, slow
test tests::panics - should panic ... ok
test tests::b ... FAILED

failures:

---- tests::b stdout ----
test nested ... ok no result of ours


failures:
    tests::b

test result: FAILED. 2 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.87s


running 1 test
test tests::a ... ok

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

";
    let results = test_results(stdout, NO_PROGRAM);
    assert_eq!(results.tests["tests::a"], passed(2));
    assert_eq!(results.tests["tests::b"], failed(1));
    assert_eq!(results.tests["tests::panics - should panic"], passed(1));
    assert!(!results.tests.contains_key("tests::left_out"));
}

#[test]
fn documentation_tests_keep_their_names_when_lines_move() {
    let run = |line: u32| {
        test_results(
            &format!(
                "\nrunning 2 tests\ntest src/lib.rs - save (line {line}) ... ok\n\
                 test src/lib.rs - save (line {}) - compile fail ... ok\n\n\
                 test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n",
                line + 9
            ),
            NO_PROGRAM,
        )
    };
    assert_eq!(run(12), run(15));
    assert_eq!(run(12).tests["src/lib.rs - save"], passed(1));
}

#[test]
fn a_program_that_dies_has_failed_all_its_tests() {
    let stdout = "
running 3 tests
test a ... ok
test b ... ok

running 1 test
test c ... ok

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out
";
    let results = test_results(stdout, NO_PROGRAM);
    assert_eq!(
        (results.tests["a"], results.tests["b"]),
        (failed(1), failed(1))
    );
    assert_eq!(results.tests["c"], passed(1));
    assert_eq!(results.failed(), ["a", "b"]);
    let cut_off = test_results("\nrunning 2 tests\ntest a ... ok\n", NO_PROGRAM);
    assert_eq!(cut_off.tests["a"], failed(1));
}

#[test]
fn a_result_behind_what_a_test_wrote_is_found() {
    let stdout = "
running 3 tests
test a ... written past the harness
ok
test b ... written past the harness
FAILED
test c ... never told
test d ... ok
ok

test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out
";
    let results = test_results(stdout, NO_PROGRAM);
    assert_eq!(results.tests["a"], passed(1));
    assert_eq!(results.tests["b"], failed(1));
    assert!(!results.tests.contains_key("c"));
}

const PROGRAMS: &str = "\
   Compiling app v0.1.0 (/home/me/app)
    Finished `test` profile [unoptimized + debuginfo] target(s) in 2.05s
     Running unittests src/lib.rs (/home/me/target/debug/deps/app-c70e5de0736151c0)
     Running tests/custom.rs (/home/me/target/debug/deps/custom-28ab4a3d50648a3f)
error: test failed, to rerun pass `--test custom`

Caused by:
  process didn't exit successfully: `/home/me/target/debug/deps/custom-28ab4a3d50648a3f` (exit status: 1)
   Doc-tests app
error: 1 target failed:
    `--test custom`
";

#[test]
fn programs_without_named_tests_count_by_how_they_end() {
    let stdout = "
running 0 tests

test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out


running 0 tests

test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out
";
    let now = test_results(stdout, PROGRAMS);
    let custom = "tests/custom.rs (custom)";
    assert_eq!(now.programs[custom], failed(1));
    assert_eq!(now.programs["unittests src/lib.rs (app)"], passed(1));
    assert_eq!(now.programs["documentation tests of app"], passed(1));
    let fine = PROGRAMS.replace("error: test failed", "note: all is well");
    let before = test_results(stdout, &fine);
    assert_eq!(before.totals(), passed(1), "the custom program");
    assert_eq!(now.broken_since(&before), [custom]);
    assert!(before.broken_since(&now).is_empty());
}

#[test]
fn what_passes_less_often_is_broken_and_what_failed_before_is_not() {
    let run = |first: &str, second: &str, third: &str| {
        test_results(
            &format!(
                "\nrunning 3 tests\ntest same ... {first}\ntest same ... {second}\ntest other ... {third}\n\n\
                 test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n"
            ),
            NO_PROGRAM,
        )
    };
    let before = run("ok", "ok", "FAILED");
    assert_eq!(
        run("ok", "FAILED", "FAILED").broken_since(&before),
        ["same"]
    );
    assert!(run("ok", "ok", "FAILED").broken_since(&before).is_empty());
    assert_eq!(test_results("", NO_PROGRAM).broken_since(&before), ["same"]);

    let mut steady = before.clone();
    steady.keep_what_passes_in(&run("ok", "FAILED", "ok"));
    assert_eq!(
        steady.totals(),
        TestCount {
            passed: 1,
            failed: 2
        }
    );
    assert!(
        run("FAILED", "ok", "FAILED")
            .broken_since(&steady)
            .is_empty()
    );
}
