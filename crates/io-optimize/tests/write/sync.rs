//! Flushing many files: all are tried, and the first error is told.

use std::fs::{self, File};
use std::io;

use io_optimize::{sync_all, sync_all_files, WriteError};
use tempfile::TempDir;

#[test]
fn any_number_of_files() {
    let directory = TempDir::new().unwrap();
    for count in [0, 1, 2, 100] {
        let paths: Vec<_> = (0..count)
            .map(|number| directory.path().join(number.to_string()))
            .collect();
        for path in &paths {
            fs::write(path, "text").unwrap();
        }
        sync_all(&paths).unwrap();
        let files: Vec<File> = paths.iter().map(|path| File::open(path).unwrap()).collect();
        if cfg!(unix) {
            sync_all_files(&files).unwrap();
        }
    }
    if cfg!(unix) {
        sync_all([directory.path()]).unwrap();
    }
}

#[test]
fn the_first_error_names_its_path() {
    let directory = TempDir::new().unwrap();
    let paths: Vec<_> = (0..50)
        .map(|number| directory.path().join(number.to_string()))
        .collect();
    for (number, path) in paths.iter().enumerate() {
        if number % 10 != 7 {
            fs::write(path, "text").unwrap();
        }
    }
    for _ in 0..20 {
        let error = sync_all(&paths).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        let details: &WriteError = error.get_ref().unwrap().downcast_ref().unwrap();
        assert_eq!(details.path(), paths[7]);
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::env;
    use std::process::Command;

    use super::*;
    use crate::common::{child_arguments, has_program, skip};

    const PATH: &str = "IO_OPTIMIZE_TEST_PATH";

    #[test]
    #[ignore = "another test of this file runs it under strace"]
    fn flush_in_a_child() {
        let folder = env::var_os(PATH).unwrap();
        let entries = fs::read_dir(folder).unwrap();
        let paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        sync_all(paths).unwrap();
    }

    #[test]
    fn every_file_is_flushed_once() {
        if !has_program("strace") {
            return skip("watching system calls", "strace");
        }
        let directory = TempDir::new().unwrap();
        let (folder, trace) = (
            directory.path().join("files"),
            directory.path().join("trace"),
        );
        fs::create_dir(&folder).unwrap();
        for number in 0..40 {
            fs::write(folder.join(number.to_string()), "text").unwrap();
        }
        let status = Command::new("strace")
            .args(["-f", "-y", "-e", "trace=fsync", "-o"])
            .arg(&trace)
            .arg(env::current_exe().unwrap())
            .args(child_arguments("sync::linux::flush_in_a_child"))
            .env(PATH, &folder)
            .output()
            .unwrap()
            .status;
        assert!(status.success());
        let trace = fs::read_to_string(trace).unwrap();
        for number in 0..40 {
            let file = format!("{}>", folder.join(number.to_string()).display());
            assert_eq!(trace.matches(&file).count(), 1, "{file}: {trace}");
        }
    }
}
