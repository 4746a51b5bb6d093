//! Where measuring is hard: nothing is left behind, and whatever has no figure says why.

use std::fs;
use std::path::Path;

use serde_json::Value;
use walkdir::WalkDir;

#[cfg(target_os = "linux")]
use crate::mounted::run_mounted;
use crate::support::{MANIFEST, Project, Run, SLOW, findings, skip};

/// Calls, bulk and a tree: three models that need the disk, the memory and the cores.
const COPIES: &str = "
pub fn copies(input: &mut File, output: &mut File) -> io::Result<()> {
    use std::io::Read;
    let mut buffer = [0; 8192];
    loop {
        let read = input.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        output.write_all(&buffer[..read])?;
    }
    Ok(())
}

pub fn copies_a_tree(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copies_a_tree(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
";

pub(crate) fn copying() -> Project {
    let source = format!("{SLOW}{COPIES}");
    Project::of(&[("Cargo.toml", MANIFEST), ("src/lib.rs", &source)])
}

/// The folder for measurements beside the project; it is made if it is not there.
pub(crate) fn bench_directory(project: &Project) -> String {
    let directory = project.outside().join("bench");
    fs::create_dir_all(&directory).expect("folders can be made");
    directory.into_os_string().into_string().expect("UTF-8")
}

/// An audit with figures, taken in that folder.
pub(crate) fn audit<'a>(directory: &'a str, budget: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let own = ["--types", "syntax", "--bench-dir", directory];
    [more, &own, &["--bench-budget", budget, "--format", "json"]].concat()
}

/// All that measure, and a code with which each ends where it can.
fn commands<'a>(directory: &'a str, budget: &'a str) -> [Vec<&'a str>; 3] {
    let how = ["--bench-dir", directory, "--bench-budget", budget];
    [
        audit(directory, budget, &[]),
        [&["bench", "--rule", "unbuffered_write"], &how[..]].concat(),
        [&["preflight"], &how[..]].concat(),
    ]
}

/// The findings of an audit, if it went on to its end and each has a figure or a sentence that says why it has none.
#[track_caller]
pub(crate) fn explained(run: Run) -> Value {
    let json = run.ended(0).json();
    let all = findings(&json);
    assert!(!all.is_empty(), "{json:#}");
    for finding in all {
        let figure = &finding["measurement"];
        let note = finding["measurement_note"].as_str().unwrap_or_default();
        assert!(figure.is_object() || note.contains(' '), "{finding:#}");
    }
    json
}

/// What is said of the figures of the findings of a rule.
fn note<'a>(json: &'a Value, rule: &str) -> &'a str {
    let finding = findings(json).iter().find(|it| it["rule"] == rule);
    finding
        .and_then(|it| it["measurement_note"].as_str())
        .unwrap_or_else(|| panic!("no note of {rule} in {json:#}"))
}

fn files(directory: &Path) -> Vec<(std::path::PathBuf, u64)> {
    let walk = WalkDir::new(directory).sort_by_file_name().into_iter();
    walk.map(|entry| {
        let entry = entry.expect("it can be listed");
        let length = entry.metadata().expect("it is there").len();
        (entry.into_path(), length)
    })
    .collect()
}

#[test]
fn measuring_leaves_the_files_as_they_were() {
    let project = copying();
    let directory = bench_directory(&project);
    let directory = Path::new(&directory);
    fs::create_dir(directory.join("folder")).expect("folders can be made");
    fs::write(directory.join("folder/source"), "the user's").expect("files can be written");
    let before = files(directory);
    let sources = project.contents();
    for command in commands(directory.to_str().expect("UTF-8"), "3s") {
        project.run(&command).ended(0);
        assert_eq!(before, files(directory), "{command:?}");
    }
    // The folder that is taken unless another is named.
    let run = project.run(&["--types", "syntax", "--bench-budget", "3s"]);
    run.ended(0);
    let own = project.root().join("target/io-optimize/bench");
    assert_eq!(files(&own).len(), 1, "nothing but the folder itself");
    let now = project.contents();
    assert!(
        sources
            .iter()
            .all(|(path, text)| now.get(path) == Some(text))
    );
}

#[cfg(target_os = "linux")]
#[test]
fn measuring_gives_all_space_back() {
    let project = copying();
    let directory = bench_directory(&project);
    for command in commands(&directory, "3s") {
        let script = "mount -t tmpfs -o size=512m tmpfs \"$DIR\" && echo mine > \"$DIR/source\"";
        match run_mounted(&project, script, &command) {
            Ok(mounted) => mounted.left_nothing().ended(0),
            Err(why) => return skip(&format!("{why}: free space was not looked at")),
        };
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk() {
    const FILL: &str = "{ cat /dev/zero > \"$DIR/filler\" 2> /dev/null; test -s \"$DIR/filler\"; }";
    let project = copying();
    let directory = bench_directory(&project);
    let [audit, bench, preflight] = commands(&directory, "3s");
    let script = format!("mount -t tmpfs -o size=4m tmpfs \"$DIR\" && {FILL}");
    let full = |arguments: &[&str]| {
        let mounted = run_mounted(&project, &script, arguments)?;
        Ok::<Run, String>(mounted.left_nothing())
    };
    let json = match full(&audit) {
        Ok(run) => explained(run),
        Err(why) => return skip(&format!("{why}: a full disk was not tried")),
    };
    for rule in ["unbuffered_write", "manual_copy_loop", "tree_copy"] {
        let note = note(&json, rule);
        let said = note.contains("disk space") && note.contains("name another directory");
        assert!(said, "{note}");
    }
    assert!(!json["host"]["notes"].as_array().expect("a list").is_empty());
    let run = full(&bench).expect("it was possible before");
    assert!(run.stdout.contains("disk space"), "{run}");
    run.refused(&["nothing could be measured"]);
    let run = full(&preflight).expect("it was possible before").ended(0);
    assert!(run.stdout.contains("No space left"), "{run}");

    // Where even a folder needs a block.
    let script = format!(
        "truncate -s 8m \"$OUT/image\" && mkfs.ext4 -q -m 0 \"$OUT/image\" && mount -o loop \"$OUT/image\" \"$DIR\" && {FILL}"
    );
    match run_mounted(&project, &script, &audit) {
        Ok(mounted) => {
            let json = mounted.left_no_file().ended(0).json();
            let failed = json["failures"].to_string();
            let noted = findings(&json)[0]["measurement_note"].is_string();
            assert!(noted || failed.contains("No space left"), "{json:#}");
        }
        Err(why) => skip(&format!("{why}: a full ext4 was not tried")),
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_fills_meanwhile() {
    // Whenever there is a file, all that is free is taken, until the run is over.
    const FILL: &str = "rm -f \"$OUT/after\" && mkdir -p \"$OUT/disk\" && \
        mount -t tmpfs -o size=64m tmpfs \"$OUT/disk\" && \
        mkdir \"$OUT/disk/there\" && mount --bind \"$OUT/disk/there\" \"$DIR\" || exit 99
        until test -e \"$OUT/after\"; do
            if ls -A \"$DIR\" | grep -q .; then cat /dev/zero >> \"$OUT/disk/filler\"; fi
            sleep 0.01
        done > /dev/null 2>&1 &";
    let project = copying();
    let directory = bench_directory(&project);
    let [audit, bench, preflight] = commands(&directory, "3s");
    let json = match run_mounted(&project, FILL, &audit) {
        Ok(mounted) => explained(mounted.left_no_file()),
        Err(why) => return skip(&format!("{why}: a disk that fills was not tried")),
    };
    assert!(json.to_string().contains("No space left"), "{json:#}");
    for command in [bench, preflight] {
        let mounted = run_mounted(&project, FILL, &command).expect("it was possible before");
        let run = mounted.left_no_file();
        assert!(run.stdout.contains("No space left"), "{run}");
    }
}

#[test]
fn a_folder_that_is_none() {
    let project = Project::small();
    let missing = project.outside().join("missing");
    let file = project.root().join("src/lib.rs");
    for (directory, words) in [
        (&missing, ["missing", "create it or name another"]),
        (&file, ["src/lib.rs is not a directory", "name another"]),
    ] {
        let directory = directory.to_str().expect("UTF-8");
        let [audit, bench, preflight] = commands(directory, "1s");
        let json = project.run(&audit).ended(0).json();
        assert_eq!(findings(&json).len(), 1, "the audit goes on");
        let failure = &json["failures"][0];
        let what = failure["what"].as_str().expect("a sentence");
        assert!(words.iter().all(|word| what.contains(word)), "{failure:#}");
        let instead = failure["fallback"].as_str().expect("a sentence");
        assert!(instead.contains("--bench-dir"), "{failure:#}");
        project.run(&bench).refused(&words);
        project.run(&preflight).refused(&words);
    }
    assert!(!missing.exists());
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_written_to() {
    let project = Project::small();
    let directory = bench_directory(&project);
    let [audit, bench, preflight] = commands(&directory, "1s");
    let words = [
        "cannot make files in",
        "name a directory that can be written",
    ];
    let is_root = rustix::process::getuid().is_root();
    let run = |arguments: &[&str]| {
        if is_root {
            // To root only a file system says no.
            let script = "mount -t tmpfs -o ro tmpfs \"$DIR\"";
            return run_mounted(&project, script, arguments).map(|it| it.left_nothing());
        }
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o555))
            .map_err(|error| error.to_string())?;
        Ok(project.run(arguments))
    };
    let json = match run(&audit) {
        Ok(run) => run.ended(0).json(),
        Err(why) => return skip(&format!("{why}: a read-only folder was not tried")),
    };
    assert_eq!(findings(&json).len(), 1, "the audit goes on");
    let what = json["failures"][0]["what"].as_str().expect("a sentence");
    assert!(words.iter().all(|word| what.contains(word)), "{what}");
    run(&bench).expect("as before").refused(&words);
    run(&preflight).expect("as before").refused(&words);
}

#[test]
fn no_time_at_all() {
    let project = Project::small();
    let directory = bench_directory(&project);
    let [audit, bench, preflight] = commands(&directory, "0s");
    let json = explained(project.run(&audit));
    assert!(note(&json, "unbuffered_write").contains("the budget is 0"));
    let run = project.run(&bench);
    assert!(run.stdout.contains("the budget is 0"), "{run}");
    run.refused(&["nothing could be measured"]);
    let run = project.run(&preflight).ended(0);
    assert!(run.stdout.contains("the budget is 0"), "{run}");
}

#[cfg(target_os = "linux")]
#[test]
fn files_in_mind_that_the_disk_does_not_hold() {
    let project = copying();
    let directory = bench_directory(&project);
    let arguments = audit(&directory, "10s", &["copy", "500GiB"]);
    let script = "mount -t tmpfs -o size=16m tmpfs \"$DIR\"";
    match run_mounted(&project, script, &arguments) {
        Ok(mounted) => {
            let json = explained(mounted.left_nothing());
            let note = note(&json, "manual_copy_loop");
            assert!(note.contains("disk space"), "{note}");
        }
        Err(why) => skip(&format!("{why}: a small disk was not tried")),
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_system_without_direct_io_or_a_count_of_what_is_free() {
    let project = copying();
    let directory = bench_directory(&project);
    let arguments = audit(&directory, "4s", &["all", "1MiB"]);
    match run_mounted(&project, "mount -t ramfs ramfs \"$DIR\"", &arguments) {
        Ok(mounted) => {
            let json = explained(mounted.left_nothing());
            let file_system = &json["host"]["file_system"];
            assert_eq!(file_system["direct_io"]["status"], "refused", "{json:#}");
            assert!(file_system["available_bytes"].is_null(), "{json:#}");
            assert!(
                !json["host"]["figures"]
                    .as_array()
                    .expect("a list")
                    .is_empty()
            );
        }
        Err(why) => skip(&format!("{why}: no file system without direct I/O")),
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_system_that_compresses() {
    let project = copying();
    let directory = bench_directory(&project);
    let arguments = audit(&directory, "4s", &["all", "1MiB"]);
    let script = "truncate -s 256m \"$OUT/image\" && mkfs.btrfs -q \"$OUT/image\" && \
                  mount -o loop,compress=zstd \"$OUT/image\" \"$DIR\"";
    match run_mounted(&project, script, &arguments) {
        Ok(mounted) => {
            let json = explained(mounted.left_no_file());
            assert_eq!(json["host"]["file_system"]["kind"], "btrfs");
            assert!(!json.to_string().contains("another answer"), "{json:#}");
        }
        Err(why) => skip(&format!("{why}: compression was not tried")),
    }
}
