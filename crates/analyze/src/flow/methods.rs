//! Method calls.

use super::{Evaluation, EventKind, OriginKind, Value, WalkKind, standard};
use crate::syntax::{Expr, ExprKind, TypeRef};
use crate::types::{Handle, Ty};

/// Methods that hand on what they are called on, as far as I/O is concerned.
pub(super) const SAME: &[&str] = &[
    "unwrap",
    "expect",
    "context",
    "wrap_err",
    "inspect_err",
    "log_err",
    "wrap_err_with",
    "ok",
    "ok_or",
    "ok_or_else",
    "unwrap_or_else",
    "unwrap_or",
    "unwrap_or_default",
    "or_else",
    "or",
    "into_diagnostic",
    "as_ref",
    "as_mut",
    "by_ref",
    "borrow",
    "borrow_mut",
    "get_mut",
    "get_ref",
    "take",
    "into",
    "as_deref",
    "as_deref_mut",
    "as_mut_slice",
    "as_slice",
    "as_mut_ref",
    "into_boxed",
    "annotate",
    "change_context",
    "attach_printable",
    "fuse",
    "into_iter_mut",
    "as_mut_os",
    "to_owned",
    "as_str",
    "clone",
    "into_bytes",
    "trim",
    "trim_end",
    "as_path",
    "to_path_buf",
    "deref",
    "deref_mut",
    "as_file",
    "as_file_mut",
    "into_file",
    "report",
    "or_fail",
];

/// Whether a method hands on what it is called on, as far as I/O is concerned.
pub(crate) fn is_opener(name: &str) -> bool {
    SAME.contains(&name)
}

const ITERATORS: &[&str] = &[
    "iter",
    "iter_mut",
    "into_iter",
    "enumerate",
    "rev",
    "skip",
    "step_by",
    "chain",
    "cloned",
    "copied",
    "filter",
    "skip_while",
    "take_while",
    "peekable",
    "inspect",
    "drain",
    "sorted",
    "sorted_by",
    "sorted_by_key",
    "par_iter",
    "into_par_iter",
    "par_bridge",
    "min_depth",
    "max_depth",
    "follow_links",
    "filter_entry",
    "sort_by",
    "sort_by_file_name",
    "same_file_system",
    "contents_first",
    "flatten",
    "collect",
    "unique",
    "dedup",
    "follow_root_links",
    "max_open",
    "filter_ok",
    "fuse",
];

/// Whether a method is named like those that crates add to `Result` to change its error.
fn treats_error(name: &str) -> bool {
    name.starts_with("map_err") || name.ends_with("_context")
}

impl Evaluation<'_> {
    pub(super) fn method(
        &mut self,
        expr: &Expr,
        receiver: &Expr,
        name: &str,
        turbofish: &[TypeRef],
        arguments: &[Expr],
    ) -> Value {
        let value = self.expr(receiver);
        let own = match value.ty {
            Ty::Local(of, _) => self.world.index.method(of, name),
            _ => None,
        };
        // What a method of the workspace does stands in the method.
        if own.is_none() {
            self.method_acts(name, arguments.len(), expr.range);
        }
        self.method_runs(expr, receiver, &value, name, arguments);
        if let Some(result) = self.closure_method(expr, receiver, &value, name, arguments) {
            return result;
        }
        let values = self.all(arguments);
        if let Some(function) = own {
            return self.call_function(function, arguments, values, expr.range);
        }
        self.path_method(expr, receiver, &value, name, arguments);
        if let Some(result) = self.kept_method(expr, receiver, &value, name, &values) {
            return result;
        }
        if let Some(result) = self.entry_method(expr, &value, name) {
            return result;
        }
        if let Some(result) = self.stream_method(expr, receiver, &value, name, arguments, &values) {
            return result;
        }
        if let Some(result) = self.trait_method(expr, receiver, &value, name, arguments, &values) {
            return result;
        }
        if ITERATORS.contains(&name) && value.ty.handle() == Handle::Other {
            return self.iterator(&value, name, turbofish);
        }
        let is_list = value.ty.handle() == Handle::Memory && !value.ty.is("std::string::String");
        if is_list && matches!(name, "iter" | "iter_mut" | "into_iter" | "drain") {
            let how = name.to_owned();
            self.event(
                EventKind::Method { how },
                &value,
                expr.range,
                receiver.range,
            );
            return self.iterator(&value, name, turbofish);
        }
        if name == "to_vec" && matches!(receiver.kind, ExprKind::Bytes(_)) {
            let kind = OriginKind::Fresh {
                bytes: None,
                empty: false,
            };
            return self.made(kind, standard::bytes(), expr.range);
        }
        if SAME.contains(&name) || treats_error(name) {
            self.opened(&value, receiver.range, expr.range);
            let lends = matches!(
                name,
                "as_mut"
                    | "as_ref"
                    | "by_ref"
                    | "borrow_mut"
                    | "get_mut"
                    | "get_ref"
                    | "as_deref_mut"
            );
            return Value {
                borrowed: value.borrowed || lends,
                ..value
            };
        }
        self.other_method(expr, receiver, &value, name, arguments, &values)
    }

    fn other_method(
        &mut self,
        expr: &Expr,
        receiver: &Expr,
        value: &Value,
        name: &str,
        arguments: &[Expr],
        values: &[Value],
    ) -> Value {
        let range = expr.range;
        let alternatives = match &value.ty {
            Ty::OneOf(all) => all.as_slice(),
            one => std::slice::from_ref(one),
        };
        let rows = alternatives.iter().filter_map(Ty::path);
        let mut rows = rows.filter_map(|path| self.world.effects.record_walk(path, name));
        if let Some(row) = rows.next() {
            self.walk(WalkKind::Records(row), value, range);
        }
        self.trait_calls(&value.ty, name, &[], range);
        if let Ty::External(path, _) = &value.ty {
            let method = format!("{path}::{name}");
            let krate = path.split("::").next();
            // A method of a trait of that crate is a row of the trait.
            let listed = self.world.effects.listed(&method);
            let learned = self.learned(&method);
            let row = listed.or(learned.function);
            let row = row.or_else(|| self.method_row(name, values, arguments, krate));
            let row = row.or(learned.method);
            if let Some(row) = row {
                return self.call_with_effect(row, &method, arguments, values, range);
            }
            self.silent(&method, values);
            // Builders hand themselves on: `OpenOptions::new().read(true)`.
            if path.ends_with("Options") || path.ends_with("Builder") {
                self.escape_all(values, arguments, name, range);
                return Value::of(value.ty.clone());
            }
            if path == "std::process::Command" {
                self.escape_all(values, arguments, name, range);
                return Value::of(match name {
                    "spawn" => Ty::external("std::process::Child"),
                    "output" => Ty::external("std::process::Output"),
                    "status" => Ty::external("std::process::ExitStatus"),
                    _ => value.ty.clone(),
                });
            }
        }
        if !value.ty.is_known() || value.ty.is(crate::types::ANOTHER) {
            if let Some(row) = self.method_row(name, values, arguments, None) {
                return self.call_with_effect(row, name, arguments, values, range);
            }
            self.ask_of_method(receiver, value, name, arguments, values);
            if let Some(function) = self.world.index.only_trait_function(name)
                && values.iter().any(|value| !value.origins.is_empty())
            {
                return self.call_function(function, arguments, values.to_vec(), range);
            }
        }
        self.event(
            EventKind::Method {
                how: name.to_owned(),
            },
            value,
            range,
            receiver.range,
        );
        self.escape_all(values, arguments, name, range);
        match (name, &value.ty) {
            ("map" | "and_then", _) => Value::default(),
            ("join" | "parent" | "with_extension" | "with_file_name", Ty::External(path, _))
                if is_path(path) =>
            {
                Value::of(Ty::external("std::path::PathBuf"))
            }
            // Bytes of a text are in memory, whatever holds it.
            ("as_bytes", _) => Value {
                ty: Ty::Slice(Box::new(Ty::external("u8"))),
                ..value.clone()
            },
            _ => Value::default(),
        }
    }
}

impl Evaluation<'_> {
    /// The row of a method that is given a bare handle, of one crate or of any that the code depends on; asks about
    /// arguments that may be one.
    fn method_row(
        &mut self,
        name: &str,
        values: &[Value],
        arguments: &[Expr],
        own: Option<&str>,
    ) -> Option<usize> {
        for (at, (value, argument)) in values.iter().zip(arguments).enumerate() {
            let is_given = value.ty.handle().is_bare() && !value.origins.is_empty();
            if !is_given && value.ty.is_known() {
                continue;
            }
            let row = self.world.effects.method(name, at, |krate| match own {
                Some(own) => own == krate,
                None => self.is_dependency(krate),
            });
            match row {
                Some(row) if is_given => return Some(row),
                Some(_) => self.ask(value, argument),
                None => {}
            }
        }
        None
    }

    /// Asks what a method is called on, and what it is given, where that decides what it does.
    fn ask_of_method(
        &mut self,
        receiver: &Expr,
        value: &Value,
        name: &str,
        arguments: &[Expr],
        values: &[Value],
    ) {
        let is_stream_method = matches!(
            (name, arguments.len()),
            (
                "lines"
                    | "bytes"
                    | "sync_all"
                    | "sync_data"
                    | "stream_position"
                    | "rewind"
                    | "try_clone"
                    | "metadata"
                    | "file_type"
                    | "path",
                0
            ) | ("read" | "read_line" | "read_vectored" | "seek", 1)
                | ("read_until", 2)
        );
        if is_stream_method {
            self.ask(value, receiver);
        }
        let Some(function) = self.world.index.only_trait_function(name) else {
            return;
        };
        for (position, (value, argument)) in values.iter().zip(arguments).enumerate() {
            if self.takes_any(function, position) {
                self.ask(value, argument);
            }
        }
    }
}

fn is_path(path: &str) -> bool {
    matches!(path, "std::path::Path" | "std::path::PathBuf")
}
