//! The program where a file system is mounted for it alone.

use std::fs;
use std::process::Command;

use crate::measuring::bench_directory;
use crate::support::{Project, Run};

/// Mounts, or `exit 99`; looks, runs the program, and looks again.
const AROUND: &str = r#"
look() { find "$DIR" | sort; stat -f --format='%a blocks and %d inodes are free' "$DIR"; }
look > "$OUT/before"
cd "$ROOT" && "$@"
code=$?
look > "$OUT/after"
exit $code
"#;

/// How the program ended, and what there was in the folder that measurements use.
pub(crate) struct Mounted {
    pub(crate) run: Run,
    /// Its files, and last what is free on its file system.
    pub(crate) before: Vec<String>,
    pub(crate) after: Vec<String>,
}

impl Mounted {
    /// The run itself, if the files are those that were there before, and nothing else takes space.
    #[track_caller]
    pub(crate) fn left_nothing(self) -> Run {
        assert_eq!(self.before, self.after, "{}", self.run);
        self.run
    }

    /// The same where a file system says something else of what is free each time.
    #[track_caller]
    pub(crate) fn left_no_file(self) -> Run {
        let files = |seen: &[String]| seen[..seen.len() - 1].to_vec();
        assert_eq!(files(&self.before), files(&self.after), "{}", self.run);
        self.run
    }
}

/// Runs the program in the project after a shell script, in a mount namespace of its own: what is mounted goes away with it.
///
/// In the script `$DIR` is an empty folder for measurements, `$ROOT` the project, `$OUT` the folder beside it.
///
/// # Errors
/// What the script said, where it failed: mounting needs root, and some file systems a program that makes them.
pub(crate) fn run_mounted(
    project: &Project,
    script: &str,
    arguments: &[&str],
) -> Result<Mounted, String> {
    let out = project.outside();
    let directory = bench_directory(project);
    let inner = project.program(arguments);
    let mut command = Command::new("unshare");
    command
        .args(["--mount", "sh", "-c"])
        .arg(format!("{{ {script}\n}} >&2 || exit 99\n{AROUND}"))
        .arg("sh")
        .arg(inner.get_program())
        .args(inner.get_args());
    for (name, value) in inner.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
        .env("DIR", &directory)
        .env("ROOT", project.root())
        .env("OUT", &out);
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.code() == Some(99) || output.stderr.starts_with(b"unshare:") {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(said.lines().last().unwrap_or("no mount").to_owned());
    }
    let look = |name: &str| {
        let text = fs::read_to_string(out.join(name)).expect("the script writes it");
        text.lines().map(str::to_owned).collect()
    };
    Ok(Mounted {
        run: output.into(),
        before: look("before"),
        after: look("after"),
    })
}
