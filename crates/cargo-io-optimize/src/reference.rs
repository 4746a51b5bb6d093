//! The reference of the command line, from the definitions that the program parses with.

use std::fmt::Write as _;

use crate::cli;
use crate::exit::ExitCode;

const WIDTH: usize = 100;

/// What `--types rustc` does, and what is said where it cannot.
const TYPES: &str = "
### Types

Without `--fast` or `--types syntax`, rustc is asked about the expressions whose types decide and do not follow from the text: by \
one `cargo check` for the whole workspace, or two where the first answers open further questions. It takes the flags for packages, \
targets and features from the command line, and calls the wrappers of rustc that are set up already. Answers are kept by content in \
the target directory: where nothing has changed, cargo is not run for types; after an edit, only the crates that it reaches are asked.

`analysis.types` in the JSON is `rustc` if rustc was asked about at least one crate of the project, or no question was open, and \
`syntax` otherwise. A package that does not compile goes by syntax, as does what depends on it, while the others keep rustc's types: \
`failures` names each such package with its first error and the command that shows more. Code under a `#[cfg]` that does not hold goes by \
syntax too; its findings say so under `why`, and their fixes wait for `--unsafe-fixes`.
";

/// What `--apply` promises about the tree, and what a patch is for.
const APPLYING: &str = "
### Applying

Fixes are tried in a copy of the workspace; then all files are written as one transaction. When the system refuses something, everything \
is put back and the run says so. A run that is killed leaves each file with its text before or its text after, and a journal in \
`io-optimize/apply` in the target directory: `cargo io-optimize recover`, or the next `--apply`, puts back what was cut off. If the journal \
itself is damaged, both say so and change nothing. Ctrl-C is obeyed up to the moment of writing, which is then finished; a second one \
kills. While one `--apply` is at work, another with the same target directory is refused.

A file is replaced, not overwritten. Permission bits, owner and group, and on Linux extended attributes and access control lists go over to \
the new file as far as the system allows; other hard links to the file keep the old text. A link to a file of the workspace stays a \
link; files outside the workspace, `@generated` files and code inside macros are left alone.

git has to have the old text, unless `--allow-dirty` or `--allow-no-vcs` says otherwise: what is not committed anywhere in the repository \
counts, submodules and repositories inside it too, and so does a file that git ignores. Only a lock file of the workspace that git does not know \
is no change: cargo makes it.

`--interactive` asks about each fix before any is tried: `y` takes it, `n` leaves it, `a` takes it and all further ones of its rule, `d` leaves \
all of them, `q` (or the end of input) leaves it and the rest and applies what was taken. What was left is in `not_applied` as `declined`.

With `--runtime`, rewrites onto the crate io-optimize take the place of those onto std, or stand where std has none, unless they were measured and are \
no faster than the best that std offers. What they need is tried and written with them, and goes with the last fix that needs it: the dependency in the manifest \
(in `[workspace.dependencies]`, and inherited, where it is there already or most of the package's dependencies are inherited), the lock file \
where there is one, and with `vendored` a copy of the crate in `crates/io-optimize`, or in `io-optimize` where no package lies in `crates`. The copy \
has the licences, no tests and no optional features, and is not audited. `vendored` is refused for a package that may be published, `registry` where the \
registry does not have the crate in the version of this program, or not byte for byte as it is bundled (cargo is asked, which `--fast` does not \
start; the lock file then has the checksum of what was compared), and every source for a package whose `rust-version` is older than the crate's. \
`--locked` leaves such fixes out, and with \
`--verify none` the lock file is left to the next build.

A fix writes nothing newer than the oldest compiler that its package is for: the `rust-version` of the manifest, or the `msrv` of `clippy.toml` \
(looked for where clippy looks) or of `#![clippy::msrv = \"…\"]` where that is older or the manifest says nothing.

`--format patch` prints the fixes that `--apply` would try, without the lock file. Its paths start at the workspace root, which is where to apply it: \
`git apply -p1`, also where the workspace lies below the root of its repository; from there, `git apply --directory=WORKSPACE`.
";

/// What `bench --emit` promises about what it writes.
const EMITTING: &str = "
### Emitted benchmarks and tests

`--emit` and `--emit-tests` write the models of the patterns that an audit finds, in the pieces that the code has, into folders `io_optimize` in `benches` \
and `tests` of each package, with their entries in the manifest and the dependencies that they need. What an earlier run has written is written anew, \
unless it was changed since.

Before anything is written, `cargo check` compiles it in a copy of the workspace, with the features and the profile of the command line. What does not compile \
there, or with `--verify test` does not pass, is not written: the tree is as it was, the compiler's errors are shown, and the exit code is 3. \
It is 2 where that says nothing of the code: cargo cannot find or download a dependency, or the project does not compile as it is. \
`--verify none` writes all the same.

The lock file, where there is one, is written as cargo made it in the copy; with `--verify none` it is left to the next build. `--locked` and `--frozen` \
refuse what would change it.
";

/// The reference, as Markdown.
#[must_use]
pub fn command_line() -> String {
    let mut command = cli::command().term_width(WIDTH);
    command.build();
    let mut text = String::from(
        "# Command line\n\n\
        `cargo io-optimize …` and `cargo-io-optimize …` are the same. What is asked for goes to stdout, everything else \
        to stderr.\n\n\
        ## `cargo io-optimize`\n\n",
    );
    push_help(&mut text, &mut command);
    text.push_str(TYPES);
    text.push_str(APPLYING);
    for subcommand in command.get_subcommands_mut() {
        text.push_str(&format!(
            "\n## `cargo io-optimize {}`\n\n",
            subcommand.get_name()
        ));
        push_help(&mut text, subcommand);
        if subcommand.get_name() == "bench" {
            text.push_str(EMITTING);
        }
    }
    text.push_str("\n## Exit codes\n\n| Code | Meaning |\n|---|---|\n");
    let mut codes = ExitCode::BY_PRECEDENCE;
    codes.sort_by_key(|code| code.number());
    for code in codes {
        let _infallible = writeln!(text, "| {} | {} |", code.number(), code.meaning());
    }
    let order: Vec<_> = ExitCode::BY_PRECEDENCE
        .iter()
        .map(|code| code.number().to_string())
        .collect();
    let _infallible = writeln!(
        text,
        "\nWhere several apply, the first of {} is taken.",
        order.join(", ")
    );
    text
}

fn push_help(text: &mut String, command: &mut clap::Command) {
    let help = command.render_help().to_string();
    text.push_str("```text\n");
    for line in help.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text.push_str("```\n");
}
