//! What is done with files by their paths.

use super::{Evaluation, Lookup, PathUse, PathUseKind, Value};
use crate::syntax::{Expr, TextRange};
use crate::types::Ty;

impl Evaluation<'_> {
    fn path_use(&mut self, kind: PathUseKind, api: &str, path: TextRange, range: TextRange) {
        self.flow.path_uses.push(PathUse {
            kind,
            api: api.to_owned(),
            path,
            range,
            loops: self.loops.clone(),
        });
    }

    /// A call of a function outside the workspace whose first argument may be a path.
    pub(super) fn external_path_use(&mut self, api: &str, arguments: &[Expr], range: TextRange) {
        let Some(path) = arguments.first() else {
            return;
        };
        if let Some(kind) = of_function(api) {
            self.path_use(kind, api, path.range, range);
        }
        if matches!(api, "std::fs::metadata" | "fs_err::metadata") {
            self.lookup("metadata", path.range, range, true);
        }
    }

    fn lookup(&mut self, how: &str, path: TextRange, range: TextRange, sure: bool) {
        self.flow.lookups.push(Lookup {
            how: how.to_owned(),
            path,
            range,
            loops: self.loops.clone(),
            sure,
        });
    }

    /// A question to a path, or a file opened with options.
    pub(super) fn path_method(
        &mut self,
        expr: &Expr,
        receiver: &Expr,
        value: &Value,
        name: &str,
        arguments: &[Expr],
    ) {
        let asks = matches!(name, "is_dir" | "is_file" | "exists" | "metadata");
        if asks && arguments.is_empty() && may_be_path(&value.ty) {
            let sure = matches!(&value.ty, Ty::External(..));
            self.lookup(name, receiver.range, expr.range, sure);
        }
        match (name, arguments) {
            ("exists" | "try_exists" | "is_file", []) if may_be_path(&value.ty) => {
                self.path_use(PathUseKind::Question, name, receiver.range, expr.range);
            }
            ("open", [path]) if self.is_open_options(&value.ty) => {
                let api = value.ty.path().unwrap_or_default().to_owned();
                self.path_use(PathUseKind::Options, &api, path.range, expr.range);
            }
            _ => {}
        }
    }
}

fn may_be_path(ty: &Ty) -> bool {
    match ty {
        Ty::Unknown | Ty::Abstract(_) => true,
        Ty::External(path, _) => path.starts_with("std::path::") || path == "camino::Utf8PathBuf",
        _ => false,
    }
}

/// What a function outside the workspace does with the file that its first argument names.
fn of_function(api: &str) -> Option<PathUseKind> {
    let (of, name) = api.rsplit_once("::")?;
    let files = matches!(of, "std::fs" | "fs_err" | "tokio::fs");
    Some(match name {
        "open" if matches!(of, "std::fs::File" | "fs_err::File" | "tokio::fs::File") => {
            PathUseKind::Open
        }
        "create" | "create_new" if of.ends_with("fs::File") || of == "fs_err::File" => {
            PathUseKind::Create
        }
        "read" | "read_to_string" if files => PathUseKind::Read,
        "write" if files => PathUseKind::Create,
        "create_dir" | "create_dir_all" if files => PathUseKind::CreateDirectory,
        "remove_file" | "remove_dir" | "remove_dir_all" if files => PathUseKind::Remove,
        "exists" if files => PathUseKind::Question,
        // `image::open(path)` and the like read the file that they open.
        "open" if !of.starts_with("std::") && !of.starts_with("tokio::") => PathUseKind::Parse,
        _ => return None,
    })
}
