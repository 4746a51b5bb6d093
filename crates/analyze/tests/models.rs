//! The models that findings ask for: with the size of the pieces where the code tells it.

use crate::support::{Project, shown};

#[test]
fn a_finding_asks_for_a_model_in_the_pieces_of_its_code() {
    let text = r#"
use std::fs::File;
use std::io::{self, Read, Write};

pub fn fields(count: usize) -> io::Result<u32> {
    let mut file = File::open("a")?;
    let mut total = 0;
    for _ in 0..count {
        let mut field = [0; 4];
        file.read_exact(&mut field)?;
        total += u32::from_le_bytes(field);
    }
    Ok(total)
}

pub fn lines(count: usize) -> io::Result<()> {
    let mut file = File::create("b")?;
    for number in 0..count {
        writeln!(file, "{number}")?;
    }
    Ok(())
}

pub fn zeros(file: &mut File) -> io::Result<usize> {
    let mut chunk = vec![0_u8; 700];
    let mut zeros = 0;
    while let Ok(read) = file.read(&mut chunk) {
        if read == 0 {
            break;
        }
        zeros += chunk[..read].iter().filter(|byte| **byte == 0).count();
    }
    Ok(zeros)
}
"#;
    let analysis = Project::library(&[("src/lib.rs", text)]).load();
    let models: Vec<String> = shown(&analysis)
        .iter()
        .filter_map(|finding| finding.workload.map(|model| model.name()))
        .collect();
    assert_eq!(
        models,
        [
            "unbuffered_read/default-4",
            "unbuffered_write/default",
            "unbuffered_read/default-512",
            "small_buffer/default-512",
        ]
    );
}
