//! An answer comes back whole, and only while it holds.

use std::collections::BTreeMap;
use std::path::Path;

use analyze::{Analysis, CrateInput, Loader};
use model::TargetKind;
use toolchain::Store;

use super::{Memory, Recorder, Said};

const SLOW: &str = "
mod absent;
use std::io::{BufWriter, Read, Write};
pub fn save(path: &std::path::Path, numbers: &[u32]) -> std::io::Result<()> {
    let mut file = std::fs::File::create(path)?;
    for number in numbers {
        writeln!(file, \"{number}\")?;
    }
    Ok(())
}
pub fn lost(path: &std::path::Path) -> std::io::Result<()> {
    let mut file = BufWriter::new(std::fs::File::create(path)?);
    file.write_all(b\"end\")
}
";

struct Files(BTreeMap<&'static str, &'static str>);

impl Loader for Files {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        Ok(self.0.get(path).map(|text| text.as_bytes().to_vec()))
    }
}

fn crates() -> [CrateInput; 1] {
    [CrateInput {
        package: "example".to_owned(),
        name: "example".to_owned(),
        kind: TargetKind::Library,
        rust_version: None,
        root: "lib.rs".to_owned(),
        dependencies: Vec::new(),
        features: Vec::new(),
        selected: true,
    }]
}

fn say(loader: &dyn Loader) -> Said {
    let analysis = Analysis::load(&crates(), &[], loader, Path::new("/project"));
    Said {
        sources: analysis.sources().clone(),
        not_analysed: analysis.not_analysed().to_vec(),
        outcome: analysis.run(&[]),
    }
}

fn text(said: &Said) -> String {
    format!(
        "{:?}\n{:?}\n{:?}\n{:?}",
        said.sources, said.not_analysed, said.outcome.findings, said.outcome.fine
    )
}

#[test]
fn an_answer_comes_back_while_what_it_was_made_from_is_the_same() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let memory = Memory {
        store: Store::at(folder.path()),
        key: "key".to_owned(),
    };
    let root = Path::new("/project");
    let mut files = Files(BTreeMap::from([("lib.rs", SLOW)]));
    assert!(memory.recall(&files, &|_| true, root).is_none());

    let recorder = Recorder::new(&files);
    let said = say(&recorder);
    assert!(said.outcome.findings.len() >= 2, "{}", text(&said));
    memory.keep(recorder, Vec::new(), &said);
    let again = memory
        .recall(&files, &|_| true, root)
        .expect("nothing has changed");
    assert_eq!(text(&again), text(&said));

    let changed = memory.recall(&files, &|_| false, root);
    assert!(changed.is_none(), "a dependency came or went");
    files.0.insert("absent.rs", "");
    assert!(
        memory.recall(&files, &|_| true, root).is_none(),
        "a module came up"
    );
    files.0.remove("absent.rs");
    files.0.insert("lib.rs", "");
    assert!(
        memory.recall(&files, &|_| true, root).is_none(),
        "a file has changed"
    );
    files.0.remove("lib.rs");
    assert!(
        memory.recall(&files, &|_| true, root).is_none(),
        "a file is gone"
    );
}
