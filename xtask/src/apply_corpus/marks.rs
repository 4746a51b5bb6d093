//! Marks at the beginning of the functions that were edited, so that a run of the tests tells which of them it executes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

use super::crate_run::Edit;

/// Marked functions.
pub(super) struct Marks {
    /// Each function that is executed leaves a file of its number here.
    folder: PathBuf,
    pub(super) functions: usize,
}

impl Marks {
    /// Marks the innermost function round each edit in a tree that is as it was before.
    ///
    /// Edits outside of functions, of imports for example, mark nothing; nor do those in `const` functions.
    pub(super) fn set(tree: &Path, edits: &[&Edit]) -> Result<Self> {
        let folder = tree.with_extension("executed");
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)
            .with_context(|| format!("could not make {}", folder.display()))?;
        let mut by_file: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for edit in edits {
            by_file.entry(&edit.path).or_default().push(edit.start);
        }
        let mut functions = 0;
        for (path, starts) in by_file {
            let file = tree.join(path);
            let mut text = fs::read_to_string(&file)
                .with_context(|| format!("could not read {}", file.display()))?;
            let places = bodies(&text, &starts);
            for place in places.into_iter().rev() {
                text.insert_str(place, &mark(&folder, functions));
                functions += 1;
            }
            fs::write(&file, text)
                .with_context(|| format!("could not write {}", file.display()))?;
        }
        Ok(Self { folder, functions })
    }

    /// How many of the functions have been executed.
    pub(super) fn executed(&self) -> usize {
        self.folder
            .read_dir()
            .map_or(0, |entries| entries.flatten().count())
    }
}

/// A statement in the line of the function's brace, so that all lines keep their numbers.
fn mark(folder: &Path, number: usize) -> String {
    let file = folder.join(number.to_string());
    format!(" {{ let _ = ::std::fs::File::create({file:?}); }}")
}

/// Where the bodies of the innermost functions round these places begin, behind the brace; sorted.
fn bodies(text: &str, places: &[usize]) -> BTreeSet<usize> {
    let Ok(file) = syn::parse_file(text) else {
        return BTreeSet::new();
    };
    // A byte order mark is no part of what is parsed.
    let shift = text.len() - text.trim_start_matches('\u{feff}').len();
    let mut found = Functions::default();
    found.visit_file(&file);
    let innermost = |place: usize| {
        found
            .blocks
            .iter()
            .filter(|block| block.contains(&(place - shift)))
            .min_by_key(|block| block.len())
    };
    places
        .iter()
        .filter_map(|place| innermost(*place))
        .map(|block| block.start + shift + 1)
        .collect()
}

#[derive(Default)]
struct Functions {
    blocks: Vec<Range<usize>>,
}

impl Functions {
    fn add(&mut self, signature: &syn::Signature, block: &syn::Block) {
        if signature.constness.is_none() {
            self.blocks.push(block.span().byte_range());
        }
    }
}

impl<'a> Visit<'a> for Functions {
    fn visit_item_fn(&mut self, item: &'a syn::ItemFn) {
        self.add(&item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'a syn::ImplItemFn) {
        self.add(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'a syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.add(&item.sig, block);
        }
        visit::visit_trait_item_fn(self, item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_function_is_marked_in_the_line_of_its_brace() {
        let text = "use std::io;\nfn outer() {\n    fn inner() {\n        work();\n    }\n}\n";
        let at = |word: &str| text.find(word).unwrap();
        let behind = |head: &str| at(head) + head.len();
        assert_eq!(
            bodies(text, &[at("work")]),
            BTreeSet::from([behind("fn inner() {")])
        );
        assert_eq!(
            bodies(text, &[at("    fn inner"), at("work"), at("io;")]),
            BTreeSet::from([behind("fn outer() {"), behind("fn inner() {")])
        );
    }
}
