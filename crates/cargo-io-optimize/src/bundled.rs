//! The runtime crate as this program carries it: its sources, its licences and a manifest that stands alone.

use model::NewFile;
use toml::{Table, Value};

/// The crate's name.
pub(crate) const NAME: &str = "io-optimize";
/// Its version, which is this program's.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Its sources, what is to be read about it and its licences, by their paths relative to its folder.
pub(crate) const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/bundled.rs"));
/// Its manifest as it is written.
pub(crate) const MANIFEST: &str = include_str!("../runtime/manifest.toml");
/// The copy keeps the style that it is written in.
const RUSTFMT: &str = "disable_all_formatting = true\n";

/// All files of a copy, their paths relative to its folder.
pub(crate) fn files() -> Vec<NewFile> {
    let own = [
        ("Cargo.toml", manifest()),
        ("rustfmt.toml", RUSTFMT.to_owned()),
    ];
    let file = |(path, contents): (&str, String)| NewFile {
        path: path.to_owned(),
        contents,
    };
    let sources = FILES.iter().map(|(path, text)| (*path, (*text).to_owned()));
    own.into_iter().chain(sources).map(file).collect()
}

/// The oldest compiler that it works with.
pub(crate) fn rust_version() -> String {
    let rust_version = &parsed()["package"]["rust-version"];
    rust_version.as_str().expect("it is text").to_owned()
}

/// Its manifest as a value.
pub(crate) fn parsed() -> Table {
    MANIFEST.parse().expect("the manifest has been built from")
}

/// The crate's manifest without what it inherits from its workspace, and without what a copy has no use for: tests, which need
/// crates of their own, and optional dependencies, all of which would go into the lock file.
fn manifest() -> String {
    let original = parsed();
    let table = |key: &str| original.get(key).and_then(Value::as_table).cloned();
    let mut package = table("package").unwrap_or_default();
    package.insert("version".to_owned(), VERSION.into());
    package.insert("license".to_owned(), env!("CARGO_PKG_LICENSE").into());
    package.insert("publish".to_owned(), false.into());
    let marked = Table::from_iter([("bundled".to_owned(), true.into())]);
    let metadata = Table::from_iter([(toolchain::BUNDLED_METADATA.to_owned(), marked.into())]);
    package.insert("metadata".to_owned(), metadata.into());
    let library = ["test", "doctest", "bench"].map(|key| (key.to_owned(), false.into()));
    let mut target = table("target").unwrap_or_default();
    for (_, platform) in &mut target {
        if let Some(dependencies) = platform.get_mut("dependencies") {
            remove_optional(dependencies);
        }
    }
    let mut dependencies = original.get("dependencies").cloned();
    dependencies.iter_mut().for_each(remove_optional);
    let features: Vec<String> = table("features")
        .unwrap_or_default()
        .keys()
        .map(|name| format!("{name:?}"))
        .collect();
    let known = format!("cfg(feature, values({}))", features.join(", "));
    let parts = [
        ("package", Some(package.into())),
        ("lib", Some(Table::from_iter(library).into())),
        ("dependencies", dependencies),
        ("target", Some(target.into())),
    ];
    let mut text = format!(
        "# A copy of {NAME} {VERSION} as cargo-io-optimize bundles it, without its tests and its optional features.\n"
    );
    for (key, value) in parts {
        let Some(value) = value else { continue };
        let part = Table::from_iter([(key.to_owned(), value)]);
        text.push('\n');
        text += &toml::to_string(&part).expect("it was TOML before");
    }
    // The code still asks for the features.
    text + &format!(
        "\n[lints.rust]\nunexpected_cfgs = {{ level = \"warn\", check-cfg = ['{known}'] }}\n"
    )
}

fn remove_optional(dependencies: &mut Value) {
    if let Some(table) = dependencies.as_table_mut() {
        table.retain(|_, value| value.get("optional").and_then(Value::as_bool) != Some(true));
    }
}

#[cfg(test)]
mod tests {
    use super::{NAME, VERSION, files, rust_version};

    #[test]
    fn the_copy_stands_alone_and_has_its_licences() {
        let files = files();
        let text = |path: &str| {
            let file = files.iter().find(|file| file.path == path);
            file.unwrap_or_else(|| panic!("no {path}"))
                .contents
                .as_str()
        };
        let manifest: toml::Table = text("Cargo.toml").parse().expect("TOML");
        assert_eq!(manifest["package"]["name"].as_str(), Some(NAME));
        assert_eq!(manifest["package"]["version"].as_str(), Some(VERSION));
        assert_eq!(manifest["package"]["publish"].as_bool(), Some(false));
        assert!(
            !text("Cargo.toml").contains("workspace"),
            "{}",
            text("Cargo.toml")
        );
        assert!(
            !text("Cargo.toml").contains("optional ="),
            "{}",
            text("Cargo.toml")
        );
        assert!(!manifest.contains_key("dev-dependencies"));
        assert!(text("LICENSE-MIT").contains("Permission is hereby granted"));
        assert!(text("LICENSE-APACHE").contains("Apache License"));
        assert!(text("src/lib.rs").contains("pub use copy::"));
        assert!(files.iter().all(|file| !file.path.starts_with("tests/")));
        assert_eq!(rust_version(), "1.78");
    }
}
