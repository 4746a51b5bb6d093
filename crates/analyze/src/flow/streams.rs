//! Methods of `Read`, `Write`, `Seek`, `File` and the buffers.

use super::{Amount, Direction, Evaluation, EventKind, OriginKind, Value, WalkKind};
use crate::syntax::Expr;
use crate::types::{Handle, Ty};

impl Evaluation<'_> {
    /// Methods of `Read`, `Write`, `Seek`, `File` and the buffers.
    #[expect(
        clippy::too_many_lines,
        reason = "one arm for each method of std's I/O"
    )]
    pub(super) fn stream_method(
        &mut self,
        expr: &Expr,
        receiver: &Expr,
        value: &Value,
        name: &str,
        arguments: &[Expr],
        values: &[Value],
    ) -> Option<Value> {
        let range = expr.range;
        let handle = value.ty.handle();
        let is_stream = handle != Handle::Other || self.is_wrapped(value);
        let unknown = !value.ty.is_known();
        let local_trait = || matches!(value.ty, Ty::Local(..));
        if local_trait() {
            return None;
        }
        let how = name.to_owned();
        let integer_suffix = |prefix: &str| {
            name.strip_prefix(prefix).is_some_and(|rest| {
                // tokio's names tell the order of the bytes.
                let rest = rest.strip_suffix("_le").unwrap_or(rest);
                matches!(
                    rest,
                    "u8" | "i8"
                        | "u16"
                        | "i16"
                        | "u24"
                        | "i24"
                        | "u32"
                        | "i32"
                        | "u48"
                        | "i48"
                        | "u64"
                        | "i64"
                        | "u128"
                        | "i128"
                        | "f32"
                        | "f64"
                )
            })
        };
        if integer_suffix("read_") && arguments.is_empty() {
            self.transfer(
                value,
                receiver,
                Direction::Read,
                Amount::Small(None),
                name,
                range,
            );
            return Some(Value::default());
        }
        if integer_suffix("write_") && arguments.len() == 1 {
            self.transfer(
                value,
                receiver,
                Direction::Write,
                Amount::Small(None),
                name,
                range,
            );
            return Some(Value::default());
        }
        match name {
            "write_all" | "write" if arguments.len() == 1 && (is_stream || unknown) => {
                let amount = self.written(&arguments[0], &values[0]);
                self.event(
                    EventKind::Escape {
                        how: format!("{name} of"),
                        by_value: false,
                    },
                    &values[0],
                    range,
                    arguments[0].range,
                );
                if name == "write_all" || is_stream {
                    self.transfer(value, receiver, Direction::Write, amount, name, range);
                }
                Some(Value::default())
            }
            "write_fmt" if is_stream || unknown => {
                self.transfer(
                    value,
                    receiver,
                    Direction::Write,
                    Amount::Small(None),
                    name,
                    range,
                );
                Some(Value::default())
            }
            "read_exact" if is_stream || unknown => {
                let amount = values
                    .first()
                    .map_or(Amount::Chunk, |buffer| self.filled(buffer));
                self.transfer(value, receiver, Direction::Read, amount, name, range);
                Some(Value::default())
            }
            "read" if is_stream && arguments.len() == 1 => {
                let amount = self.filled(&values[0]);
                self.event(
                    EventKind::Method {
                        how: "read into".to_owned(),
                    },
                    &values[0],
                    range,
                    arguments[0].range,
                );
                self.transfer(value, receiver, Direction::Read, amount, name, range);
                Some(Value::default())
            }
            "bytes"
                if (is_stream || handle == Handle::Other && is_opened(self, value))
                    && handle != Handle::Memory =>
            {
                self.transfer(
                    value,
                    receiver,
                    Direction::Read,
                    Amount::Small(None),
                    name,
                    range,
                );
                Some(Value::of(Ty::External(
                    "std::iter::Iterator".into(),
                    vec![Ty::external("u8")],
                )))
            }
            "read_to_end" | "read_to_string" if arguments.len() == 1 && (is_stream || unknown) => {
                self.transfer(value, receiver, Direction::Read, Amount::Bulk, name, range);
                self.event(
                    EventKind::Method {
                        how: format!("{name} into"),
                    },
                    &values[0],
                    range,
                    arguments[0].range,
                );
                Some(Value::default())
            }
            "flush" if is_stream || unknown => {
                self.event(EventKind::Flush, value, range, receiver.range);
                Some(Value::default())
            }
            "shutdown" if handle == Handle::BufferedWriter => {
                self.event(EventKind::Flush, value, range, receiver.range);
                Some(Value::default())
            }
            "seek" | "rewind" | "stream_position" | "seek_relative" | "stream_len" if is_stream => {
                self.event(EventKind::Seek { how }, value, range, receiver.range);
                Some(Value::default())
            }
            "sync_all" | "sync_data" => {
                self.ask(value, receiver);
                let loops = self.loops.clone();
                let kind = super::ActKind::Others;
                self.flow.syncs.push(super::Act { range, loops, kind });
                self.event(EventKind::Sync, value, range, receiver.range);
                Some(Value::default())
            }
            "metadata" | "set_permissions" | "is_terminal" | "path" if is_stream => {
                self.event(EventKind::Query { how }, value, range, receiver.range);
                Some(Value::default())
            }
            "lock" if matches!(handle, Handle::Stdout | Handle::Stdin | Handle::Stderr) => {
                let ty = match handle {
                    Handle::Stdout => "std::io::StdoutLock",
                    Handle::Stdin => "std::io::StdinLock",
                    _ => "std::io::StderrLock",
                };
                Some(Value {
                    ty: Ty::external(ty),
                    ..value.clone()
                })
            }
            "lock" | "try_lock" | "write" | "read" if arguments.is_empty() => Some(value.clone()),
            "try_clone" if is_stream => {
                self.event(
                    EventKind::Escape {
                        how,
                        by_value: false,
                    },
                    value,
                    range,
                    receiver.range,
                );
                Some(self.made(
                    OriginKind::Open {
                        api: "try_clone".to_owned(),
                    },
                    value.ty.clone(),
                    range,
                ))
            }
            "open" if arguments.len() == 1 && self.is_open_options(&value.ty) => {
                let (api, ty) = match value.ty.path() {
                    Some("tokio::fs::OpenOptions") => {
                        ("tokio::fs::OpenOptions::open", "tokio::fs::File")
                    }
                    Some("async_std::fs::OpenOptions") => {
                        ("async_std::fs::OpenOptions::open", "async_std::fs::File")
                    }
                    Some("fs_err::OpenOptions") => ("fs_err::OpenOptions::open", "fs_err::File"),
                    _ => ("std::fs::OpenOptions::open", "std::fs::File"),
                };
                Some(self.made(
                    OriginKind::Open {
                        api: api.to_owned(),
                    },
                    Ty::external(ty),
                    range,
                ))
            }
            "into_inner" | "finish" | "into_parts" | "try_finish" | "auto_finish" | "persist"
            | "into_temp_path" | "keep"
                if is_stream =>
            {
                self.event(EventKind::Finish { how }, value, range, receiver.range);
                Some(self.inner(value))
            }
            "buffer" | "fill_buf" | "capacity"
                if matches!(handle, Handle::BufferedReader | Handle::BufferedWriter) =>
            {
                self.event(EventKind::Method { how }, value, range, receiver.range);
                if name == "capacity" || handle == Handle::BufferedWriter {
                    return Some(Value::default());
                }
                let kind = OriginKind::Ahead {
                    capacity: self.capacity(value),
                };
                Some(self.made(kind, Ty::Slice(Box::new(Ty::external("u8"))), range))
            }
            "lines" | "read_line" | "read_until" | "split" | "skip_until" | "consume"
                if is_stream && handle != Handle::Memory =>
            {
                match (name, arguments) {
                    ("lines", []) => self.walk(WalkKind::Lines, value, range),
                    ("split", [_]) => self.walk(WalkKind::Split, value, range),
                    _ => {}
                }
                let transfer = EventKind::Transfer {
                    direction: Direction::Read,
                    amount: Amount::Chunk,
                    how,
                };
                self.event(transfer, value, range, receiver.range);
                let element = Ty::external("std::string::String");
                Some(Value::of(Ty::External(
                    "std::iter::Iterator".into(),
                    vec![element],
                )))
            }
            "lines" | "split" | "split_whitespace" | "chars" | "char_indices"
            | "split_terminator" | "bytes" | "chunks" | "windows" => {
                if matches!(name, "lines" | "bytes") && arguments.is_empty() {
                    self.ask(value, receiver);
                }
                self.event(EventKind::Mentioned, value, range, receiver.range);
                Some(Value::of(Ty::External(
                    "std::iter::Iterator".into(),
                    vec![Ty::Unknown],
                )))
            }
            "take" | "chain" if is_stream && arguments.len() == 1 => {
                let ty = Ty::External("std::io::Take".to_owned(), vec![value.ty.clone()]);
                Some(Value {
                    ty,
                    origins: value.origins.clone(),
                    borrowed: value.borrowed,
                })
            }
            "as_raw_fd" | "as_fd" | "into_raw_fd" | "as_raw_handle" | "as_handle" if is_stream => {
                self.event(
                    EventKind::Escape {
                        how,
                        by_value: false,
                    },
                    value,
                    range,
                    receiver.range,
                );
                Some(Value::default())
            }
            "into_std" | "into_file" | "as_file" | "as_file_mut" | "file" | "file_mut"
                if is_stream =>
            {
                Some(Value {
                    ty: Ty::external("std::fs::File"),
                    borrowed: value.borrowed || !name.starts_with("into_"),
                    ..value.clone()
                })
            }
            _ => None,
        }
    }

    pub(super) fn is_open_options(&self, ty: &Ty) -> bool {
        matches!(
            ty.path(),
            Some(
                "std::fs::OpenOptions"
                    | "tokio::fs::OpenOptions"
                    | "async_std::fs::OpenOptions"
                    | "fs_err::OpenOptions"
            )
        )
    }

    pub(super) fn is_wrapped(&self, value: &Value) -> bool {
        value
            .origins
            .iter()
            .any(|id| matches!(self.flow.origin(*id).kind, OriginKind::Wrapper { .. }))
    }

    fn capacity(&self, value: &Value) -> Option<u64> {
        value
            .origins
            .iter()
            .find_map(|id| match self.flow.origin(*id).kind {
                OriginKind::Buffer { capacity, .. } => capacity,
                _ => None,
            })
    }

    /// What is under a buffer or wrapper.
    pub(super) fn inner(&self, value: &Value) -> Value {
        let ty = value.ty.arguments().first().cloned().unwrap_or_default();
        let over = value
            .origins
            .iter()
            .flat_map(|id| match &self.flow.origin(*id).kind {
                OriginKind::Buffer { over, .. } | OriginKind::Wrapper { over, .. } => over.clone(),
                _ => Vec::new(),
            });
        Value {
            ty,
            origins: over.collect(),
            borrowed: value.borrowed,
        }
    }
}

fn is_opened(evaluation: &Evaluation<'_>, value: &Value) -> bool {
    value
        .origins
        .iter()
        .any(|id| matches!(evaluation.flow.origin(*id).kind, OriginKind::Open { .. }))
}
