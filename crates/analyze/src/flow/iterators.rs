//! Iterators, and methods whose argument is a function of what they are called on.

use super::{Evaluation, EventKind, Value};
use crate::index::Meaning;
use crate::syntax::{Expr, ExprKind, TypeRef};
use crate::types::Ty;

/// Adaptors whose closure runs once for each element.
const ADAPTORS: &[&str] = &[
    "for_each",
    "try_for_each",
    "map",
    "filter_map",
    "flat_map",
    "filter",
    "filter_entry",
    "any",
    "all",
    "find",
    "find_map",
    "position",
    "fold",
    "try_fold",
    "partition",
    "retain",
    "take_while",
    "skip_while",
    "map_while",
    "inspect",
    "max_by_key",
    "min_by_key",
    "sort_by_key",
    "sum",
    "for_each_with",
    "for_each_init",
    "scan",
    "then",
    "for_each_concurrent",
    "process_results",
    "sorted_by_key",
    "group_by",
    "chunk_by",
    "map_ok",
    "filter_ok",
];

impl Evaluation<'_> {
    /// `map`, `and_then`, `for_each` and the like, whose argument is a function of what they are called on.
    pub(super) fn closure_method(
        &mut self,
        expr: &Expr,
        receiver: &Expr,
        value: &Value,
        name: &str,
        arguments: &[Expr],
    ) -> Option<Value> {
        let maps = matches!(
            name,
            "map" | "and_then" | "map_or" | "map_or_else" | "then" | "tap" | "pipe" | "map_ok"
        );
        if !maps && !ADAPTORS.contains(&name) {
            return None;
        }
        let element = value.ty.element();
        // `read_dir(path).and_then(…)` is given the whole listing: no iterator has these methods.
        let is_result = matches!(name, "and_then" | "map_or" | "map_or_else");
        let is_sequence = !is_result && (element.is_known() || is_iterator(&value.ty));
        if let (true, [argument], ExprKind::Path(path)) = (
            name == "map" && !is_sequence,
            arguments,
            &arguments.first()?.kind,
        ) {
            // `File::open(path).map(BufReader::new)`
            let meaning = self.resolve(path);
            let given = vec![value.clone()];
            let receiver = std::slice::from_ref(receiver);
            return match meaning {
                Meaning::External(path) => {
                    Some(self.call_external(&path, receiver, given, expr.range))
                }
                Meaning::Function(function) => {
                    Some(self.call_function(function, receiver, given, expr.range))
                }
                Meaning::Associated(of, variant) => {
                    let field = format!("{variant}.0");
                    self.event(
                        EventKind::Stored { of, field },
                        value,
                        expr.range,
                        argument.range,
                    );
                    Some(Value::of(Ty::Local(of, Vec::new())))
                }
                Meaning::Type(of) => {
                    let field = "0".to_owned();
                    self.event(
                        EventKind::Stored { of, field },
                        value,
                        expr.range,
                        argument.range,
                    );
                    Some(Value::of(Ty::Local(of, Vec::new())))
                }
                Meaning::Module(_) | Meaning::Alias(_) | Meaning::Unknown => None,
            };
        }
        let by_path = arguments
            .iter()
            .any(|argument| matches!(argument.kind, ExprKind::Path(_)));
        if is_sequence
            && by_path
            && matches!(name, "filter_map" | "flat_map" | "map_while" | "filter")
        {
            // `filter_map(Result::ok)` keeps what it walks over.
            return Some(Value::of(value.ty.clone()));
        }
        let position = arguments
            .iter()
            .rposition(|argument| matches!(argument.kind, ExprKind::Closure(_)))?;
        let ExprKind::Closure(closure) = &arguments[position].kind else {
            return None;
        };
        for (other, argument) in arguments.iter().enumerate() {
            if other != position {
                self.expr(argument);
            }
        }
        let only_sequences = !matches!(
            name,
            "map"
                | "filter"
                | "inspect"
                | "take_while"
                | "then"
                | "and_then"
                | "find"
                | "any"
                | "all"
        );
        if is_sequence || (only_sequences && ADAPTORS.contains(&name)) {
            let result = self.repeated(expr.range, None, None, |this| {
                let last = closure.parameters.len().saturating_sub(1);
                let given = this.element(value, receiver.range);
                let parameters: Vec<Value> = (0..closure.parameters.len())
                    .map(|at| {
                        if at == last {
                            given.clone()
                        } else {
                            Value::default()
                        }
                    })
                    .collect();
                this.closure(closure, parameters, false)
            });
            let ty = match name {
                "map" | "filter_map" | "flat_map" | "map_while" | "map_ok" => {
                    Ty::External("std::iter::Iterator".into(), vec![result.ty])
                }
                "filter" | "filter_entry" | "take_while" | "skip_while" | "inspect"
                | "filter_ok" => value.ty.clone(),
                _ => Ty::Unknown,
            };
            return Some(Value::of(ty));
        }
        let parameters = vec![value.clone(); closure.parameters.len()];
        let result = self.closure(closure, parameters, false);
        let keeps = matches!(name, "filter" | "inspect" | "take_while" | "tap");
        Some(if keeps { value.clone() } else { result })
    }

    pub(super) fn iterator(&mut self, value: &Value, name: &str, turbofish: &[TypeRef]) -> Value {
        let element = value.ty.element();
        let ty = match (name, &value.ty) {
            ("collect", _) if !turbofish.is_empty() && !element.is_known() => {
                self.ty(&turbofish[0])
            }
            ("enumerate", _) => Ty::External(
                "std::iter::Iterator".into(),
                vec![Ty::Tuple(vec![Ty::external("usize"), element])],
            ),
            ("flatten", Ty::External(path, _)) if path.ends_with("ReadDir") => value.ty.clone(),
            (_, Ty::External(path, _))
                if path.contains("WalkDir")
                    || path.ends_with("ReadDir")
                    || path.contains("IntoIter") =>
            {
                value.ty.clone()
            }
            _ => Ty::External("std::iter::Iterator".into(), vec![element]),
        };
        Value::of(ty)
    }
}

fn is_iterator(ty: &Ty) -> bool {
    ty.path().is_some_and(|path| {
        path.ends_with("Iterator")
            || path.ends_with("::Vec")
            || path.contains("WalkDir")
            || path.ends_with("ReadDir")
    })
}
