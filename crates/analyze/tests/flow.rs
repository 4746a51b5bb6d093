//! Handles that go through functions, fields and closures: the finding lies where the bare handle is made, however far away
//! the small operations are. Each case has a neighbour that is fine.

use crate::support::{Case, check};

macro_rules! case {
    ($name:literal, $text:expr) => {
        Case {
            name: $name,
            files: &[(
                "src/lib.rs",
                concat!(
                    "use std::fs::File; use std::io::{self, BufReader, BufWriter, Read, Write};\n",
                    $text
                ),
            )],
        }
    };
}

#[test]
fn helpers_that_write() {
    check(&[
        case!(
            "impl Write",
            r#"
fn rows(mut out: impl Write, v: &[u32]) -> io::Result<()> { for x in v { writeln!(out, "{x}")?; } Ok(()) }
pub fn bare(v: &[u32]) -> io::Result<()> {
    let out = File::create("a")?; //~ unbuffered_write
    rows(out, v)
}
pub fn lent(v: &[u32]) -> io::Result<()> {
    let out = File::create("a")?; //~ unbuffered_write
    rows(&out, v)
}
pub fn fine(v: &[u32]) -> io::Result<()> {
    let mut out = BufWriter::new(File::create("a")?);
    rows(&mut out, v)?;
    out.flush()
}
"#
        ),
        case!(
            "&mut File",
            r#"
fn rows(out: &mut File, v: &[u32]) -> io::Result<()> { for x in v { writeln!(out, "{x}")?; } Ok(()) }
fn all(out: &mut File, bytes: &[u8]) -> io::Result<()> { out.write_all(bytes) }
pub fn bare(v: &[u32]) -> io::Result<()> {
    let mut out = File::create("a")?; //~ unbuffered_write
    rows(&mut out, v)
}
pub fn fine(bytes: &[u8]) -> io::Result<()> {
    let mut out = File::create("a")?;
    all(&mut out, bytes)
}
"#
        ),
        case!(
            "&mut dyn Write, boxed and as a parameter",
            r#"
fn rows(out: &mut dyn Write, v: &[u32]) -> io::Result<()> { for x in v { writeln!(out, "{x}")?; } Ok(()) }
pub fn bare(v: &[u32]) -> io::Result<()> {
    let mut out = File::create("a")?; //~ unbuffered_write
    rows(&mut out, v)
}
pub fn boxed(v: &[u32]) -> io::Result<()> {
    let mut out: Box<dyn Write> = Box::new(File::create("a")?); //~ unbuffered_write
    rows(&mut *out, v)
}
pub fn fine(v: &[u32]) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    rows(&mut out, v)?;
    Ok(out)
}
"#
        ),
        case!(
            "a helper that buffers by itself, and one call that is not in a loop",
            r#"
fn rows(out: impl Write, v: &[u32]) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    for x in v { writeln!(out, "{x}")?; }
    out.flush()
}
fn header(out: &mut impl Write) -> io::Result<()> { writeln!(out, "begin") }
pub fn buffers(v: &[u32]) -> io::Result<()> { rows(File::create("a")?, v) }
pub fn once() -> io::Result<()> {
    let mut out = File::create("a")?;
    header(&mut out)
}
pub fn many(count: u32) -> io::Result<()> {
    let mut out = File::create("a")?; //~ unbuffered_write
    for _ in 0..count { header(&mut out)?; }
    Ok(())
}
"#
        ),
        case!(
            "three hops",
            r#"
fn one<W: Write>(out: &mut W, v: &[u32]) -> io::Result<()> { two(out, v) }
fn two(out: &mut impl Write, v: &[u32]) -> io::Result<()> { three(out, v) }
fn three(out: &mut dyn Write, v: &[u32]) -> io::Result<()> { for x in v { writeln!(out, "{x}")?; } Ok(()) }
pub fn bare(v: &[u32]) -> io::Result<()> {
    let mut out = File::create("a")?; //~ unbuffered_write
    one(&mut out, v)
}
pub fn fine(v: &[u32]) -> io::Result<()> {
    let mut out = BufWriter::new(File::create("a")?);
    one(&mut out, v)?;
    out.flush()
}
"#
        ),
    ]);
}

#[test]
fn helpers_that_read() {
    check(&[
        case!(
            "R: Read, by value and by reference",
            r#"
fn number<R: Read>(input: &mut R) -> io::Result<u32> {
    let mut field = [0; 4];
    input.read_exact(&mut field)?;
    Ok(u32::from_le_bytes(field))
}
fn table<R>(mut input: R) -> io::Result<Vec<u32>> where R: Read {
    let count = number(&mut input)?;
    let mut all = Vec::new();
    for _ in 0..count { all.push(number(&mut input)?); }
    Ok(all)
}
pub fn bare() -> io::Result<Vec<u32>> { table(File::open("a")?) } //~ unbuffered_read
pub fn one() -> io::Result<u32> { number(&mut File::open("a")?) }
pub fn fine() -> io::Result<Vec<u32>> { table(BufReader::new(File::open("a")?)) }
pub fn memory(bytes: &[u8]) -> io::Result<Vec<u32>> { table(bytes) }
"#
        ),
        case!(
            "a function that returns a bare file, and one that returns a buffered one",
            r#"
fn open() -> io::Result<File> { File::open("a") }
fn open_buffered() -> io::Result<BufReader<File>> { Ok(BufReader::new(File::open("a")?)) }
fn maybe(known: bool) -> Option<File> { if known { File::open("a").ok() } else { None } }
pub fn bare() -> io::Result<usize> {
    let input = open()?; //~ unbuffered_read
    let mut zeros = 0;
    for byte in input.bytes() { zeros += usize::from(byte? == 0); }
    Ok(zeros)
}
pub fn optional() -> io::Result<usize> {
    let Some(input) = maybe(true) else { return Ok(0) }; //~ unbuffered_read
    let mut zeros = 0;
    for byte in input.bytes() { zeros += usize::from(byte? == 0); }
    Ok(zeros)
}
pub fn fine() -> io::Result<usize> {
    let input = open_buffered()?;
    let mut zeros = 0;
    for byte in input.bytes() { zeros += usize::from(byte? == 0); }
    Ok(zeros)
}
"#
        ),
    ]);
}

#[test]
fn fields() {
    check(&[
        case!(
            "a struct, its constructor and its methods",
            r#"
pub struct Log { out: File, lines: u64 }
impl Log {
    pub fn new() -> io::Result<Self> { Ok(Self { out: File::create("a")?, lines: 0 }) } //~ unbuffered_write
    pub fn line(&mut self, text: &str) -> io::Result<()> { self.lines += 1; writeln!(self.out, "{text}") }
}
pub fn fill(v: &[String]) -> io::Result<()> {
    let mut log = Log::new()?;
    for x in v { log.line(x)?; }
    Ok(())
}
pub struct Buffered { out: BufWriter<File> }
impl Buffered {
    pub fn new() -> io::Result<Self> { Ok(Self { out: BufWriter::new(File::create("a")?) }) }
    pub fn lines(&mut self, v: &[u32]) -> io::Result<()> { for x in v { writeln!(self.out, "{x}")?; } self.out.flush() }
}
pub struct Whole { out: File }
impl Whole {
    pub fn new() -> io::Result<Self> { Ok(Self { out: File::create("a")? }) }
    pub fn all(&mut self, bytes: &[u8]) -> io::Result<()> { self.out.write_all(bytes) }
}
"#
        ),
        case!(
            "a generic struct and a tuple struct",
            r#"
pub struct Table<W> { out: W }
impl<W: Write> Table<W> {
    pub fn new(out: W) -> Self { Self { out } }
    pub fn rows(&mut self, v: &[u32]) -> io::Result<()> { for x in v { writeln!(self.out, "{x}")?; } Ok(()) }
}
pub fn bare(v: &[u32]) -> io::Result<()> { Table::new(File::create("a")?).rows(v) } //~ unbuffered_write
pub fn fine(v: &[u32]) -> io::Result<Vec<u8>> {
    let mut table = Table::new(Vec::new());
    table.rows(v)?;
    Ok(table.out)
}
pub struct Pair(File, u32);
impl Pair {
    pub fn rows(&mut self, v: &[u32]) -> io::Result<()> { for x in v { writeln!(self.0, "{x}")?; } Ok(()) }
}
pub fn tuple(v: &[u32]) -> io::Result<()> {
    let mut pair = Pair(File::create("a")?, 1); //~ unbuffered_write
    pair.rows(v)
}
"#
        ),
        case!(
            "variants of an enum",
            r#"
pub enum Target { Disk(File), Memory(Vec<u8>) }
impl Target {
    pub fn rows(&mut self, v: &[u32]) -> io::Result<()> {
        match self {
            Target::Disk(out) => for x in v { writeln!(out, "{x}")?; },
            Target::Memory(out) => for x in v { writeln!(out, "{x}")?; },
        }
        Ok(())
    }
}
pub fn bare(v: &[u32]) -> io::Result<()> { Target::Disk(File::create("a")?).rows(v) } //~ unbuffered_write
pub fn fine(v: &[u32]) -> io::Result<()> { Target::Memory(Vec::new()).rows(v) }
"#
        ),
    ]);
}

#[test]
fn closures() {
    check(&[case!(
        "a closure that writes, called in a loop or once, and a helper that takes one",
        r#"
pub fn bare(v: &[u32]) -> io::Result<()> {
    let mut out = File::create("a")?; //~ unbuffered_write
    let mut line = |x: &u32| writeln!(out, "{x}");
    for x in v { line(x)?; }
    Ok(())
}
pub fn with_an_iterator(v: &[u32]) -> io::Result<()> {
    let mut out = File::create("a")?; //~ unbuffered_write
    v.iter().try_for_each(|x| writeln!(out, "{x}"))
}
pub fn fine(v: &[u32]) -> io::Result<()> {
    let mut out = BufWriter::new(File::create("a")?);
    v.iter().try_for_each(|x| writeln!(out, "{x}"))?;
    out.flush()
}
pub fn once(bytes: &[u8]) -> io::Result<()> {
    let mut out = File::create("a")?;
    let mut all = |bytes: &[u8]| out.write_all(bytes);
    all(bytes)
}
pub fn lent(v: &[u32]) -> io::Result<()> {
    let mut out = File::create("a")?; //~ unbuffered_write
    let line = |out: &mut File, x: &u32| writeln!(out, "{x}");
    for x in v { line(&mut out, x)?; }
    Ok(())
}
pub fn shadowed(v: &[u32]) -> io::Result<()> {
    let mut out = File::create("a")?;
    let line = |out: &mut File, x: &u32| writeln!(out, "{x}");
    let line = |_: &mut File, _: &u32| io::Result::Ok(());
    for x in v { line(&mut out, x)?; }
    Ok(())
}
"#
    )]);
}

#[test]
fn methods_that_traits_of_the_workspace_add_to_handles() {
    check(&[
        case!(
            "by an implementation for every writer, and by the trait itself for every reader",
            r#"
trait WriteNumber { fn write_number(&mut self, x: u32) -> io::Result<()>; }
impl<W: Write> WriteNumber for W {
    fn write_number(&mut self, x: u32) -> io::Result<()> { self.write_all(&x.to_le_bytes()) }
}
trait ReadNumber: Read {
    fn number(&mut self) -> io::Result<u32> {
        let mut bytes = [0; 4];
        self.read_exact(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }
}
impl<R: Read> ReadNumber for R {}
pub fn write(v: &[u32]) -> io::Result<()> {
    let mut out = File::create("a")?; //~ unbuffered_write
    for x in v { out.write_number(*x)?; }
    Ok(())
}
pub fn read(count: u32) -> io::Result<u32> {
    let mut file = File::open("a")?; //~ unbuffered_read
    let mut sum = 0;
    for _ in 0..count { sum += file.number()?; }
    Ok(sum)
}
pub fn by_the_trait(count: u32) -> io::Result<u32> {
    let mut file = File::open("a")?; //~ unbuffered_read
    let mut sum = 0;
    for _ in 0..count { sum += ReadNumber::number(&mut file)?; }
    Ok(sum)
}
fn parse<S: ReadNumber>(source: &mut S, count: u32) -> io::Result<u32> {
    let mut sum = 0;
    for _ in 0..count { sum += source.number()?; }
    Ok(sum)
}
pub fn behind_its_bound(count: u32) -> io::Result<u32> {
    let mut file = File::open("a")?; //~ unbuffered_read
    parse(&mut file, count)
}
pub fn buffered(v: &[u32]) -> io::Result<()> {
    let mut out = BufWriter::new(File::create("a")?);
    for x in v { out.write_number(*x)?; }
    out.flush()
}
pub fn in_memory(v: &[u32]) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    for x in v { out.write_number(*x)?; }
    Ok(out)
}
"#
        ),
        case!(
            "a method of that name for another type",
            r#"
trait Save { fn save(&mut self, x: u32) -> io::Result<()>; }
struct Log(File);
impl Save for Log {
    fn save(&mut self, x: u32) -> io::Result<()> { writeln!(self.0, "{x}") }
}
trait Other { fn save(&mut self, x: u32); }
impl Other for File { fn save(&mut self, _: u32) {} }
pub fn fine(v: &[u32]) -> io::Result<()> {
    let mut out = File::create("a")?;
    for x in v { Other::save(&mut out, *x); }
    for x in v { out.save(*x); }
    Ok(())
}
"#
        ),
    ]);
}

#[test]
fn how_much_formatted_writes_are() {
    check(&[case!(
        "each argument is a call of the writer",
        r#"
pub fn a_few_lines(a: &str, b: &str) -> io::Result<()> {
    let mut out = File::create("a")?;
    writeln!(out, "{a}")?;
    writeln!(out, "{{{b}}}")?;
    writeln!(out)
}
pub fn a_header(a: &str, b: u32, c: u32) -> io::Result<()> {
    let mut out = File::create("a")?; //~ unbuffered_write
    writeln!(out, "% {a}: {b}, {c} and {} to {}", b + 1, c + 1)?;
    writeln!(out, "% {a} {b} {c}")?;
    writeln!(out, "% {}", a.len())?;
    writeln!(out, "% {}", b * c)
}
"#
    )]);
}

#[test]
fn results_under_other_names() {
    check(&[Case {
        name: "a dependency's alias, and its way to change an error",
        files: &[(
            "src/lib.rs",
            r#"use std::{fs::File, io::Write};
use other::{CliResult, FromIo};
fn create(path: &str) -> CliResult<File> {
    File::create(path).map_err_context(|| path.to_owned())
}
pub fn f(v: &[u32]) -> CliResult<()> {
    let mut out = create("a")?; //~ unbuffered_write
    for x in v { writeln!(out, "{x}")?; }
    Ok(())
}
"#,
        )],
    }]);
}

#[test]
fn recursion_ends() {
    check(&[
        case!(
            "a function that calls itself",
            r#"
pub struct Node { value: u32, children: Vec<Node> }
fn walk(out: &mut impl Write, node: &Node) -> io::Result<()> {
    writeln!(out, "{}", node.value)?;
    for child in &node.children { walk(out, child)?; }
    Ok(())
}
fn nothing(out: &mut impl Write, depth: u32) -> io::Result<()> { if depth > 0 { nothing(out, depth - 1) } else { Ok(()) } }
pub fn bare(node: &Node) -> io::Result<()> {
    let mut out = File::create("a")?; //~ unbuffered_write
    walk(&mut out, node)
}
pub fn fine(depth: u32) -> io::Result<()> {
    let mut out = File::create("a")?;
    nothing(&mut out, depth)
}
"#
        ),
        case!(
            "two functions that call each other",
            r#"
fn even(out: &mut dyn Write, left: u32) -> io::Result<()> {
    if left == 0 { return Ok(()); }
    for _ in 0..left { write!(out, "e{left}")?; }
    odd(out, left - 1)
}
fn odd(out: &mut dyn Write, left: u32) -> io::Result<()> { if left == 0 { Ok(()) } else { even(out, left - 1) } }
fn open(left: u32) -> io::Result<File> { if left == 0 { File::create("a") } else { again(left - 1) } }
fn again(left: u32) -> io::Result<File> { open(left) }
pub fn bare() -> io::Result<()> {
    let mut out = File::create("a")?; //~ unbuffered_write
    odd(&mut out, 9)
}
pub fn made(v: &[u32]) -> io::Result<()> {
    let mut out = again(3)?; //~ unbuffered_write
    for x in v { writeln!(out, "{x}")?; }
    Ok(())
}
pub fn fine() -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    odd(&mut out, 9)?;
    Ok(out)
}
"#
        ),
    ]);
}

#[test]
fn traits_and_crates() {
    check(&[
        case!(
            "a default method",
            r#"
pub trait Rows {
    fn numbers(&self) -> Vec<u32>;
    fn put(&self, out: &mut dyn Write) -> io::Result<()> { for x in self.numbers() { writeln!(out, "{x}")?; } Ok(()) }
    fn size(&self, out: &mut dyn Write) -> io::Result<()> { out.write_all(b"size") }
}
pub struct Few;
impl Rows for Few { fn numbers(&self) -> Vec<u32> { vec![1] } }
pub fn bare(few: &Few) -> io::Result<()> {
    let mut out = File::create("a")?; //~ unbuffered_write
    few.put(&mut out)
}
pub fn fine(few: &Few) -> io::Result<()> {
    let mut out = File::create("a")?;
    few.size(&mut out)
}
"#
        ),
        Case {
            name: "two crates, through a type of the other",
            files: &[
                (
                    "src/lib.rs",
                    r#"use std::{fs::File, io};
pub fn bare(v: &[u32]) -> io::Result<()> {
    used::Table::new(File::create("a")?).rows(v) //~ unbuffered_write
}
pub fn opened(v: &[u32]) -> io::Result<()> {
    use io::Write;
    let mut out = used::create()?; //~ unbuffered_write
    for x in v { writeln!(out, "{x}")?; }
    Ok(())
}
pub fn fine(bytes: &[u8]) -> io::Result<()> {
    used::Table::new(File::create("a")?).all(bytes) //~! unbuffered_write
}
"#,
                ),
                (
                    "used/src/lib.rs",
                    r#"use std::{fs::File, io::{self, Write}};
pub fn create() -> io::Result<File> { File::create("b") }
pub struct Table<W>(W);
impl<W: Write> Table<W> {
    pub fn new(out: W) -> Self { Self(out) }
    pub fn rows(mut self, v: &[u32]) -> io::Result<()> { for x in v { writeln!(self.0, "{x}")?; } Ok(()) }
    pub fn all(mut self, bytes: &[u8]) -> io::Result<()> { self.0.write_all(bytes) }
}
"#,
                ),
            ],
        },
    ]);
}
