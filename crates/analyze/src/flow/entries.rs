//! Directory entries, their paths and their attributes.

use super::methods::SAME;
use super::{Evaluation, EventKind, OriginKind, Value};
use crate::syntax::Expr;
use crate::types::Ty;

impl Evaluation<'_> {
    /// Methods of directory entries, of their paths and of their attributes.
    pub(super) fn entry_method(&mut self, expr: &Expr, value: &Value, name: &str) -> Option<Value> {
        let entry = self.entry_behind(value);
        let attributes = value
            .origins
            .iter()
            .any(|id| matches!(self.flow.origin(*id).kind, OriginKind::Attributes { .. }));
        if attributes && !SAME.contains(&name) {
            self.event(
                EventKind::Method {
                    how: name.to_owned(),
                },
                value,
                expr.range,
                expr.range,
            );
            return Some(Value::default());
        }
        let entry = entry?;
        let is_entry = matches!(self.flow.origin(entry).kind, OriginKind::Entry { .. });
        let on_entry = is_entry && value.origins.contains(&entry);
        let how = name.to_owned();
        match (name, on_entry) {
            ("path" | "into_path", true) => {
                let ty = match &self.flow.origin(entry).kind {
                    OriginKind::Entry { api } => Ty::entry_path(api),
                    _ => Ty::external("std::path::PathBuf"),
                };
                Some(self.made(OriginKind::EntryPath { of: entry }, ty, expr.range))
            }
            ("metadata", true) => {
                let api = "DirEntry::metadata".to_owned();
                Some(self.made(
                    OriginKind::Attributes { api, of: entry },
                    Ty::external("std::fs::Metadata"),
                    expr.range,
                ))
            }
            ("metadata" | "symlink_metadata", false) => {
                let api = format!("Path::{name}");
                self.event(EventKind::Query { how }, value, expr.range, expr.range);
                Some(self.made(
                    OriginKind::Attributes { api, of: entry },
                    Ty::external("std::fs::Metadata"),
                    expr.range,
                ))
            }
            ("is_dir" | "is_file" | "is_symlink" | "exists", false) => {
                self.event(EventKind::Query { how }, value, expr.range, expr.range);
                Some(Value::default())
            }
            ("file_type" | "file_name" | "ino" | "depth" | "path_is_symlink", true) => {
                self.event(EventKind::Query { how }, value, expr.range, expr.range);
                Some(Value::default())
            }
            _ => None,
        }
    }
}
