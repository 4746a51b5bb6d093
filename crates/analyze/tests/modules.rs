//! Which file a module lies in: where the compiler finds it, its findings are found.

use crate::support::{Case, check};

#[test]
fn files_of_modules() {
    const BODY: &str = r#"use std::io::Write;
pub fn f(v: &[u32]) -> std::io::Result<()> {
    let mut out = std::fs::File::create("a")?; //~ unbuffered_write
    for x in v { writeln!(out, "{x}")?; }
    Ok(())
}
"#;
    check(&[
        Case {
            name: "beside, below and by mod.rs",
            files: &[
                ("src/lib.rs", "mod a;\nmod b;\nmod r#match;\n"),
                ("src/a.rs", "mod below;\nmod inline { mod deep; }\n"),
                ("src/a/below.rs", BODY),
                ("src/a/inline/deep.rs", BODY),
                ("src/b/mod.rs", "mod below;\n"),
                ("src/b/below.rs", BODY),
                ("src/match.rs", BODY),
            ],
        },
        Case {
            name: "named in the list that a macro is given",
            files: &[
                (
                    "src/lib.rs",
                    "macro_rules! modules { ($($v:vis $m:ident),*) => { $($v mod $m;)* }; }\nmodules![pub a, pub(crate) b, c];\n",
                ),
                ("src/a.rs", BODY),
                ("src/b.rs", BODY),
                ("src/c.rs", BODY),
            ],
        },
        Case {
            name: "by #[path], whose own modules lie beside it",
            files: &[
                ("src/lib.rs", "#[path = \"odd/place.rs\"]\nmod a;\n"),
                ("src/odd/place.rs", "mod beside;\n"),
                ("src/odd/beside.rs", BODY),
                ("src/a.rs", "compile_error!(\"not this one\");\n"),
            ],
        },
        Case {
            name: "by #[path] in an inline module of the root, of mod.rs and of another file",
            files: &[
                (
                    "src/lib.rs",
                    "mod inline { #[path = \"x.rs\"] mod deep; }\nmod a;\nmod b;\n",
                ),
                ("src/inline/x.rs", BODY),
                ("src/a.rs", "mod inline { #[path = \"x.rs\"] mod deep; }\n"),
                ("src/a/inline/x.rs", BODY),
                (
                    "src/b/mod.rs",
                    "mod inline { #[path = \"x.rs\"] mod deep; }\n",
                ),
                ("src/b/inline/x.rs", BODY),
            ],
        },
        Case {
            name: "by a macro of the file's own",
            files: &[
                (
                    "src/lib.rs",
                    "macro_rules! modules { ($($v:vis $m:ident),*) => { $(mod $m; $v use self::$m::*;)* }; }\nmodules![pub a, pub(crate) b];\n",
                ),
                ("src/a.rs", BODY),
                ("src/b.rs", BODY),
            ],
        },
        Case {
            name: "tests are not reported",
            files: &[
                ("src/lib.rs", "#[cfg(test)]\nmod tests;\n"),
                (
                    "src/tests.rs",
                    "use std::io::Write;\npub fn f(v: &[u32]) {\n    let mut out = std::fs::File::create(\"a\").unwrap();\n    for x in v { writeln!(out, \"{x}\").unwrap(); }\n}\n",
                ),
            ],
        },
    ]);
}
